// Package hyvee reads what Hy-Vee's site for appointments knows of its pharmacies.
package hyvee

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/fetch"
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/vaccine"
)

const (
	sourceName = "univaf-hyvee"
	provider   = "hyvee"
	api        = "https://www.hy-vee.com/my-pharmacy/api/graphql"
	bookingURL = "https://www.hy-vee.com/my-pharmacy/covid-vaccine-consent"
	// passing is the error that the site gives now and then, and not when asked again.
	passing = "Internal Server Error"
)

// Source asks once for the stores of all states. Nobody promised that the site would
// answer others than its own pages.
var Source = source.Definition{
	Name:      "hyvee",
	Help:      "Hy-Vee's pharmacies, by its site for appointments.",
	New:       func(env source.Env) source.Source { return &reader{env} },
	Names:     []string{sourceName},
	Contact:   source.Contact{URL: "https://www.hy-vee.com/my-pharmacy"},
	States:    []string{"IA", "IL", "KS", "MN", "MO", "NE", "SD", "WI"},
	Schedule:  "8/15 * * * *",
	Timeout:   time.Minute,
	RetryPost: true,
}

type reader struct{ env source.Env }

// Records reads all stores before it yields one.
func (s *reader) Records(ctx context.Context, q source.Query) iter.Seq2[univaf.Update, error] {
	return func(yield func(univaf.Update, error) bool) {
		var data struct {
			Found []json.RawMessage `json:"searchPharmaciesNearPoint"`
		}
		err := s.env.Fetch.GraphQL(ctx, api, search, passing, &data)
		if err == nil && data.Found == nil {
			err = errors.New("the answer has no list of pharmacies")
		}
		if err != nil {
			yield(univaf.Update{}, err)
			return
		}
		for i, raw := range data.Found {
			var f found
			if err := schema.Decode(raw, &f); err != nil {
				id := cmp.Or(idOf(raw), fmt.Sprintf("#%d", i+1))
				err = &source.RecordError{Kind: "invalid location", ID: id, Err: err, Sample: source.Sample(raw)}
				if !yield(univaf.Update{}, err) {
					return
				}
				continue
			}
			if len(q.States) > 0 && !slices.Contains(q.States, f.Location.Address.State) {
				continue
			}
			if !yield(s.store(&f.Location), nil) {
				return
			}
		}
	}
}

// idOf gives the id of a record that is not as it should be; "" if it has none.
func idOf(raw json.RawMessage) string {
	var f struct {
		Location struct {
			ID string `json:"locationId"`
		}
	}
	if json.Unmarshal(raw, &f) != nil {
		return ""
	}
	return f.Location.ID
}

func (s *reader) store(l *location) univaf.Update {
	u := univaf.Update{PublicUnsaid: true}
	u.Location = univaf.Location{
		// Names say no more than, for instance, that it is the second store of a town.
		Name:         "HyVee " + l.Name,
		ExternalIDs:  univaf.ExternalIDs{{System: provider, Value: l.ID}, {System: "hyvee_store", Value: l.BusinessCode}},
		Provider:     provider,
		LocationType: univaf.Pharmacy,
		AddressLines: []string{l.Address.Line1},
		City:         l.Address.City,
		State:        l.Address.State,
		PostalCode:   l.Address.ZIP,
		Position:     source.Position(s.env, l.ID, l.Address.Latitude, l.Address.Longitude),
		InfoPhone:    l.Phone,
		BookingURL:   bookingURL,
		Meta:         source.Encode(meta{l.Nickname}),
	}
	if l.Address.Line2 != "" {
		u.AddressLines = append(u.AddressLines, l.Address.Line2)
	}
	if !strings.Contains(strings.ToLower(l.Terms), "no eligibility terms") {
		u.Description = l.Terms
	}
	u.Availability = s.availability(l)
	return u
}

type meta struct {
	Nickname string `json:"hyvee_nickname,omitempty"`
}

func (s *reader) availability(l *location) *univaf.Availability {
	a := &univaf.Availability{Source: sourceName, CheckedAt: s.env.Now(), IsPublic: true, Available: univaf.No}
	if l.Vaccines.Available {
		a.Available = univaf.Yes
	}
	var products source.Products
	for _, m := range l.Vaccines.Manufacturers {
		code, known := productOf(m.VaccineName)
		products.Add(s.env, l.ID, m.VaccineName, code, known)
	}
	a.Products, a.Meta = products.Codes, products.Meta()
	return a
}

// names are those that the site gives vaccines for COVID-19. Moderna's for teenagers was
// the same as for adults. Pharmacies vaccinate nobody under 3, so some ages start later
// than those of the product.
var names = map[string]string{
	"Moderna":                             "moderna",
	"Moderna (12-17)":                     "moderna",
	"Moderna Bivalent":                    "moderna_ba4_ba5",
	"Pediatric Moderna Bivalent (6-12)":   "moderna_ba4_ba5_age_6_11",
	"Pediatric-Moderna (3-5)":             "moderna_age_0_5",
	"Pediatric Moderna Bivalent (3-5)":    "moderna_ba4_ba5_age_0_5",
	"Pediatric Moderna Bivalent 3-5":      "moderna_ba4_ba5_age_0_5",
	"Pfizer-BioNTech":                     "pfizer",
	"Pfizer Bivalent":                     "pfizer_ba4_ba5",
	"Pediatric-Pfizer (5-11)":             "pfizer_age_5_11",
	"Pediatric Pfizer Bivalent (5-11)":    "pfizer_ba4_ba5_age_5_11",
	"Pediatric-Pfizer (under 5)":          "pfizer_age_0_4",
	"Pediatric-Pfizer Bivalent (under 5)": "pfizer_ba4_ba5_age_0_4",
	"Pediatric Pfizer Bivalent 3-4":       "pfizer_ba4_ba5_age_0_4",
	"Janssen":                             "jj",
	"Novavax":                             "novavax",
}

func productOf(name string) (code string, known bool) {
	if code, known = names[name]; known {
		return code, true
	}
	return vaccine.MatchOther(name)
}

// search finds all stores: none is farther than 5,000 miles from the middle of the
// country.
var search = fetch.GraphQL{
	OperationName: "SearchPharmaciesNearPointWithCovidVaccineAvailability",
	Variables: struct {
		Radius    int     `json:"radius"`
		Latitude  float64 `json:"latitude"`
		Longitude float64 `json:"longitude"`
	}{5000, 39.8283, -98.5795},
	Query: query,
}
