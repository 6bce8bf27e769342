package albertsons

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/fetch"
	"getmyvax.org/univaf/internal/source"
)

const (
	scraperSource = "univaf-albertsons-scraper"
	searchURL     = "https://rxie.albertsons.com/abs/prod/rxie/appointment/service-availability"
	bookingURL    = "https://www.albertsons.com/vaccinations/home"
	// keyVariable holds the key that the booking site sends from every visitor's browser.
	keyVariable = "ALBERTSONS_SUBSCRIPTION_KEY"
)

// Scraper is the source of what Albertsons's booking site finds around ZIP codes. It names
// stores with appointments only: of the list of stores, the others have none.
var Scraper = source.Definition{
	Name:        "albertsonsScraper",
	Help:        "Pharmacies of Albertsons's brands in 17 states, by the search of their booking site.",
	New:         func(env source.Env) source.Source { return &scraper{env} },
	Names:       []string{scraperSource},
	Schedule:    "20/30 * * * *",
	States:      searchedStates(),
	Credentials: []string{keyVariable},
	RateLimit:   1,
	Timeout:     time.Minute,
	RetryPost:   true,
}

type scraper struct{ env source.Env }

// Records yields stores as they are found, then those that were not. Of a state where a search
// failed, or gave what can't be read, it can't be said which were not found.
func (s *scraper) Records(ctx context.Context, q source.Query) iter.Seq2[univaf.Update, error] {
	return func(yield func(univaf.Update, error) bool) {
		list, err := openStores(s.env)
		if err != nil {
			yield(univaf.Update{}, err)
			return
		}
		f := &finder{
			env: s.env, list: list, states: s.states(q),
			given: map[string]bool{}, named: map[string]bool{}, unclear: map[string]bool{},
		}
		var failed []error
		for _, search := range searches {
			if !slices.Contains(f.states, search.state) {
				continue
			}
			for _, zip := range search.zips {
				items, err := s.search(ctx, zip, search.radius)
				if err != nil {
					failed = append(failed, err)
					f.unclear[search.state] = true
				}
				if ctx.Err() != nil || refused(err) {
					yield(univaf.Update{}, cmp.Or(errors.Join(failed...), ctx.Err()))
					return
				}
				for _, raw := range items {
					u, wanted, err := f.item(raw, search.state)
					if (wanted || err != nil) && !yield(u, err) {
						return
					}
				}
			}
		}
		for _, u := range f.others() {
			if !yield(u, nil) {
				return
			}
		}
		if err := errors.Join(failed...); err != nil {
			yield(univaf.Update{}, err)
		}
	}
}

// states gives those that are asked for and can be searched.
func (s *scraper) states(q source.Query) (states []string) {
	all := searchedStates()
	if len(q.States) == 0 {
		return all
	}
	for _, state := range q.States {
		if slices.Contains(all, state) {
			states = append(states, state)
		} else {
			s.env.Warn(source.Warning{Kind: "state not supported", ID: state, Sample: strings.Join(all, ", ")})
		}
	}
	return states
}

// searchBody asks for any vaccine against COVID-19. A search for several kinds gives only the
// stores that have all of them.
const searchBody = `{"radius":%d,"dateOfBirth":"01/01/1980","serviceTypes":[{"serviceTypeName":"COVID-19 Unknown","scientificName":""}],"zip":"%s"}`

// search gives the stores with appointments around a ZIP code.
func (s *scraper) search(ctx context.Context, zip string, radius int) (items []json.RawMessage, err error) {
	header := http.Header{
		"Content-Type":  {"application/json"},
		"Correlationid": {"1fd0cdf8-8a41-4c6c-8ff2-14c703445f55"},
		"Version":       {"2"},
	}
	key := s.env.Getenv(keyVariable)
	if key != "" {
		header.Set("Ocp-Apim-Subscription-Key", key)
	}
	_, err = s.env.Fetch.JSON(ctx, http.MethodPost, searchURL, header, fmt.Appendf(nil, searchBody, radius, zip), &items)
	var status *fetch.StatusError
	switch {
	case errors.As(err, &status) && explain(status.Body) != "":
		err = fmt.Errorf("%w: %s", err, explain(status.Body))
	case err != nil:
	case items == nil:
		err = errors.New("the search answers null")
	case len(items) > 0 && !slices.ContainsFunc(items, isStore):
		err = fmt.Errorf("the search answers with no stores: %s", cmp.Or(explain(source.Encode(items)), source.Sample(items[0])))
	}
	if refused(err) && key == "" {
		err = fmt.Errorf("%w (%s is not set)", err, keyVariable)
	}
	if err != nil {
		return nil, fmt.Errorf("ZIP code %s: %w", zip, err)
	}
	return items, nil
}

// refused reports whether the site wants another key, so that there is no use in going on.
func refused(err error) bool {
	var status *fetch.StatusError
	return errors.As(err, &status) && (status.Code == http.StatusUnauthorized || status.Code == http.StatusForbidden)
}

// mostMessages is how many of what the site says are told.
const mostMessages = 5

// explain gives what the site says is wrong; "" if it does not.
func explain(body []byte) string {
	var list []struct{ ErrorCode, ErrorMessage string }
	if json.Unmarshal(body, &list) != nil {
		return ""
	}
	var messages []string
	for _, e := range list[:min(len(list), mostMessages)] {
		if e.ErrorCode != "" || e.ErrorMessage != "" {
			messages = append(messages, fmt.Sprintf("%s (code %s)", source.Sample(e.ErrorMessage), source.Sample(e.ErrorCode)))
		}
	}
	return strings.Join(messages, ", ")
}

func isStore(raw json.RawMessage) bool {
	var item struct{ Store json.RawMessage }
	return json.Unmarshal(raw, &item) == nil && len(item.Store) > 0 && string(item.Store) != "null"
}
