package cvs

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"slices"
	"strings"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/source"
)

const (
	scraperSource = "univaf-cvs-scraper"
	website       = "https://www.cvs.com"
	searchURL     = website + "/Services/ICEAGPV1/immunization/1.0.0/getIMZStores"

	// What the search answers with: stores, or that there are none with appointments.
	codeFound, codeNone = "0000", "1010"
)

// Scraper is the source of what CVS's website found around ZIP codes in New Jersey. It
// names stores with appointments only: of the list of stores, the others have none.
var Scraper = source.Definition{
	Name:      "cvsScraper",
	Help:      "CVS pharmacies in New Jersey, by the search of CVS's website.",
	New:       func(env source.Env) source.Source { return &scraper{env} },
	Names:     []string{scraperSource},
	Contact:   contact,
	States:    []string{"NJ"},
	RateLimit: 0.2,
	RetryPost: true,
	Retired:   "no longer maintained since CVS has SMART Scheduling Links (cvsSmart)",
}

type scraper struct{ env source.Env }

// Records asks for one ZIP code after another, and yields stores as they are found, some
// of them several times. It goes on with the other ZIP codes when one can't be read.
func (s *scraper) Records(ctx context.Context, _ source.Query) iter.Seq2[univaf.Update, error] {
	return func(yield func(univaf.Update, error) bool) {
		list, err := stores(s.env)
		if err != nil {
			yield(univaf.Update{}, err)
			return
		}
		seen := map[string]bool{}   // numbers
		failed := map[string]bool{} // ZIP codes
		var errs []error
		for _, zip := range searchZIPs {
			if ctx.Err() != nil {
				break
			}
			found, err := s.search(ctx, zip)
			if err != nil {
				errs = append(errs, err)
				failed[zip] = true
			}
			for _, raw := range found {
				number, u, err := s.found(raw, list)
				seen[number] = seen[number] || u != nil || err != nil // of which nothing can be said
				if err != nil && !yield(univaf.Update{}, err) || u != nil && !yield(*u, nil) {
					return
				}
			}
		}
		if ctx.Err() == nil && len(failed) < len(searchZIPs) {
			for _, u := range s.others(list, seen, failed) {
				if !yield(u, nil) {
					return
				}
			}
		}
		if err := cmp.Or(errors.Join(errs...), ctx.Err()); err != nil {
			yield(univaf.Update{}, err)
		}
	}
}

// searchBody is what the website sends, but for the ZIP code.
const searchBody = `{"requestMetaData":{"appName":"CVS_WEB","lineOfBusiness":"RETAIL","channelName":"WEB","deviceType":"DESKTOP",` +
	`"deviceToken":"7777","apiKey":"a2ff75c6-2da7-4299-929d-d670d827ab4a","source":"ICE_WEB","securityType":"apiKey",` +
	`"responseFormat":"JSON","type":"cn-dep"},"requestPayloadData":{"selectedImmunization":["CVD"],"distanceInMiles":25,` +
	`"imzData":[{"imzType":"CVD","allocationType":"1"}],"searchCriteria":{"addressLine":"%s"}}}`

// search gives the stores with appointments around a ZIP code.
func (s *scraper) search(ctx context.Context, zip string) ([]json.RawMessage, error) {
	header := http.Header{
		"Content-Type": {"application/json"},
		"Origin":       {website},
		"Referer":      {website + "/vaccine/intake/store/cvd-store-select/first-dose-select"},
	}
	var answer struct {
		ResponseMetaData    struct{ StatusCode, StatusDesc string }
		ResponsePayloadData struct{ Locations *[]json.RawMessage }
	}
	_, err := s.env.Fetch.JSON(ctx, http.MethodPost, searchURL, header, fmt.Appendf(nil, searchBody, zip), &answer)
	if err != nil {
		return nil, fmt.Errorf("ZIP code %s: %w", zip, err)
	}
	switch status := answer.ResponseMetaData; {
	case status.StatusCode == codeNone:
		return nil, nil
	case status.StatusCode == codeFound && answer.ResponsePayloadData.Locations == nil:
		return nil, fmt.Errorf("ZIP code %s: CVS's search finds stores, but tells none", zip)
	case status.StatusCode == codeFound:
		return *answer.ResponsePayloadData.Locations, nil
	default:
		return nil, fmt.Errorf("ZIP code %s: CVS's search answers %q: %s", zip, source.Sample(status.StatusCode), source.Sample(status.StatusDesc))
	}
}

// found makes an update of a store that the search gave, and tells its number as far as
// that can be read. The update is nil if the store is in another state, or not in the list
// with its county, if there is one.
func (s *scraper) found(raw json.RawMessage, list map[string]known) (number string, u *univaf.Update, err error) {
	var store struct {
		Number  string `json:"StoreNumber"`
		Address string `json:"addressLine"`
		City    string `json:"addressCityDescriptionText"`
		State   string `json:"addressState"`
		ZIP     string `json:"addressZipCode"`
	}
	err = json.Unmarshal(raw, &store)
	number = padNumber(store.Number)
	switch {
	case err != nil:
	case store.State == "":
		err = errors.New("addressState is missing")
	case !strings.EqualFold(store.State, "NJ"):
		return number, nil, nil
	case !fiveDigits.MatchString(number):
		err = fmt.Errorf("StoreNumber %q is no number of up to five digits", source.Sample(number))
	}
	if err != nil {
		return number, nil, &source.RecordError{Kind: "invalid store", ID: source.Sample(number), Err: err, Sample: source.Sample(raw)}
	}
	// Those that the list has without a county are in no other data of CVS's: the search
	// has old ones, too.
	entry := list[number]
	if list != nil && entry.County == "" {
		s.env.Warn(source.Warning{Kind: "store not listed with its county", ID: number, Sample: source.Sample(raw)})
		return number, nil, nil
	}
	l := place(number, store.Address, store.City, "NJ", store.ZIP)
	l.County = entry.county(store.ZIP)
	update := s.update(l, univaf.Yes)
	return number, &update, nil
}

// others gives the listed stores in New Jersey that were not found, in the order of their
// numbers. Of those in a ZIP code whose search failed nothing can be said.
func (s *scraper) others(list map[string]known, seen, failed map[string]bool) (updates []univaf.Update) {
	for _, number := range slices.Sorted(maps.Keys(list)) {
		store := list[number]
		if seen[number] || failed[store.ZIP] || !strings.HasSuffix(store.Address, "NJ "+store.ZIP) {
			continue
		}
		l := place(number, store.Address, "", "NJ", store.ZIP)
		l.County = store.county(store.ZIP)
		updates = append(updates, s.update(l, univaf.No))
	}
	return updates
}

func (s *scraper) update(l univaf.Location, available univaf.Status) univaf.Update {
	return univaf.Update{Location: l, PublicUnsaid: true, Availability: &univaf.Availability{
		Source: scraperSource, ValidAt: s.env.Now(), CheckedAt: s.env.Now(), IsPublic: true, Available: available,
	}}
}

// searchZIPs are spread over New Jersey, densely where there are many stores.
var searchZIPs = strings.Fields(`
08203 08015 07009 07928 07628 08816 08817 08818 08820 08837 08899 08906 07201 07202 07206 07207
07208 08348 07631 07632 07666 08560 08618 08628 08638 08822 08812 08026 08028 07840 08062 07730
07734 07716 07732 08201 08648 07852 07644 07740 07764 08902 07060 07062 07063 07647 08109 08110
08536 08540 08541 08542 08543 08544 08550 07456 08751 08088 07016 07023 07027 07033 07036 07061
07065 07066 07076 07081 07083 07087 07088 07090 07091 07092 07203 07204 07205 07735 07901 07902
07922 07974 07462 07976 08251 08360 08361 08362 08043 07052 08759 08046
`)
