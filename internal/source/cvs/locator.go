package cvs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"getmyvax.org/univaf/internal/source"

	"golang.org/x/net/html"
)

const locator = website + "/store-locator/cvs-pharmacy-locations/New-Jersey"

// crawlStores reads the page of each city in New Jersey. It fails if any can't be read:
// the list would lack that city's stores.
func crawlStores(ctx context.Context, env source.Env, yield func(any) error) error {
	var state struct {
		CityList []struct{ CityName string }
	}
	if err := pageData(ctx, env, locator, "cvs-store-locator-state-page", "state-page-props", &state); err != nil {
		return err
	}
	given := map[string]bool{} // numbers: a store may be on the pages of two cities
	for _, city := range state.CityList {
		found, err := cityStores(ctx, env, city.CityName)
		if err != nil {
			return err
		}
		for _, store := range found {
			if given[store.Number] {
				continue
			}
			given[store.Number] = true
			if err := yield(store); err != nil {
				return err
			}
		}
	}
	if len(given) == 0 {
		return fmt.Errorf("%s: no stores in %d cities: has the store locator changed?", locator, len(state.CityList))
	}
	return nil
}

// secondLine is "Union, NJ, 07083".
var secondLine = regexp.MustCompile(`^(.+), NJ, (\d{5})(-\d{4})?$`)

// cityStores gives the stores of a city. Those that can't be read are left out with a warning.
func cityStores(ctx context.Context, env source.Env, city string) ([]known, error) {
	var found []known
	var page struct {
		StoreResult []json.RawMessage
	}
	address := locator + "/" + url.PathEscape(strings.ReplaceAll(city, " ", "-"))
	if err := pageData(ctx, env, address, "cvs-store-locator-city-page", "slcp-props", &page); err != nil {
		return nil, err
	}
	for _, raw := range page.StoreResult {
		var from struct {
			Number  string `json:"storeNumber"`
			Phone   string
			Address struct{ FirstLine, SecondLine string }
		}
		err := json.Unmarshal(raw, &from)
		place := secondLine.FindStringSubmatch(strings.TrimSpace(from.Address.SecondLine))
		if err == nil && place == nil {
			err = errors.New("the address has no NJ with a ZIP code")
		}
		var store known
		if err == nil {
			store = known{
				Number:  padNumber(from.Number),
				Address: strings.TrimSpace(from.Address.FirstLine) + " " + place[1] + ", NJ " + place[2],
				ZIP:     place[2],
				Phone:   from.Phone,
			}
			err = store.check()
		}
		if err != nil {
			env.Warn(source.Warning{Kind: "invalid store", ID: city + " " + from.Number, Sample: err.Error() + ": " + source.Sample(raw)})
			continue
		}
		found = append(found, store)
	}
	return found, nil
}

// pageData decodes the JSON that a page has in an attribute of a custom element.
func pageData(ctx context.Context, env source.Env, address, element, attribute string, v any) error {
	resp, err := env.Fetch.Do(ctx, http.MethodGet, address, http.Header{"Accept": {"text/html"}}, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	const largest = 16 << 20
	page, err := html.Parse(io.LimitReader(resp.Body, largest))
	if err != nil {
		return fmt.Errorf("%s: %w", address, err)
	}
	for node := range page.Descendants() {
		if node.Type != html.ElementNode || node.Data != element {
			continue
		}
		for _, a := range node.Attr {
			if a.Key != attribute {
				continue
			}
			if err := json.Unmarshal([]byte(a.Val), v); err != nil {
				return fmt.Errorf("%s: %s: %w", address, attribute, err)
			}
			return nil
		}
	}
	return fmt.Errorf("%s: the page has no %s: has the store locator changed?", address, element)
}
