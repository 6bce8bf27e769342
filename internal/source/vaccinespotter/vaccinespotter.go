// Package vaccinespotter reads what VaccineSpotter.org gathered of pharmacies. The site
// was shut down in 2022; copies of its files, and sites that took over its form, can
// still be read.
package vaccinespotter

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strings"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/source"
)

const (
	sourceName = "univaf-vaccinespotter"
	stateURL   = "https://www.vaccinespotter.org/api/v0/states/%s.json"
)

// Source reads one GeoJSON file for each state.
var Source = source.Definition{
	Name:    "vaccinespotter",
	Help:    "Pharmacies of all chains, by VaccineSpotter.org.",
	New:     func(env source.Env) source.Source { return &spotter{env} },
	Names:   []string{sourceName},
	Retired: "VaccineSpotter.org was shut down in 2022",
}

type spotter struct{ env source.Env }

// Records goes on with the other states when one can't be read.
func (s *spotter) Records(ctx context.Context, q source.Query) iter.Seq2[univaf.Update, error] {
	return func(yield func(univaf.Update, error) bool) {
		var failed []error
		for _, state := range source.StatesOf(q) {
			var file struct{ Features []json.RawMessage }
			if _, err := s.env.Fetch.JSON(ctx, http.MethodGet, fmt.Sprintf(stateURL, state), nil, nil, &file); err != nil {
				failed = append(failed, err)
				if ctx.Err() != nil {
					break
				}
				continue
			}
			for _, raw := range file.Features {
				u, wanted, err := s.store(raw)
				if wanted && !yield(u, err) {
					return
				}
			}
		}
		if err := errors.Join(failed...); err != nil {
			yield(univaf.Update{}, err)
		}
	}
}

// A feature is a place as the site has it.
type feature struct {
	Geometry *struct {
		Coordinates []float64
	}
	Properties properties
}

type properties struct {
	ID                 json.Number
	URL                string
	City               string
	Name               string
	State              string
	Address            string
	Provider           string
	TimeZone           *string `json:"time_zone"`
	PostalCode         string  `json:"postal_code"`
	ProviderBrand      *string `json:"provider_brand"`
	ProviderBrandID    any     `json:"provider_brand_id"`
	ProviderBrandName  string  `json:"provider_brand_name"`
	ProviderLocationID *string `json:"provider_location_id"`

	Appointments            json.RawMessage
	AppointmentTypes        map[string]any `json:"appointment_types"`
	AppointmentVaccineTypes map[string]any `json:"appointment_vaccine_types"`
	AppointmentsAvailable   any            `json:"appointments_available"`
	LastFetched             string         `json:"appointments_last_fetched"`
}

// brand is the chain, with the company that owns it before it: kroger_smiths.
func (p *properties) brand() string {
	brand, provider := strings.ToLower(p.Provider), strings.ToLower(p.Provider)
	if p.ProviderBrand != nil && *p.ProviderBrand != "" {
		brand = strings.ToLower(*p.ProviderBrand)
	}
	if !strings.Contains(brand, provider) {
		brand = provider + "_" + brand
	}
	return brand
}

// store makes an update of a feature. It is not wanted if the site itself knew too little
// of it, or others know better.
func (s *spotter) store(raw json.RawMessage) (u univaf.Update, wanted bool, err error) {
	var f feature
	if err := json.Unmarshal(raw, &f); err != nil {
		return u, true, badFeature("", err, raw)
	}
	p := &f.Properties
	if p.AppointmentsAvailable == nil && p.City == "" && p.Address == "" {
		return u, false, nil
	}
	if p.ProviderLocationID == nil {
		return u, true, badFeature(p.ID.String(), errors.New("provider_location_id is missing"), raw)
	}
	brand := p.brand()
	change, known := formatters[brand]
	for _, name := range []string{deref(p.ProviderBrand), p.Provider} {
		if !known {
			change, known = formatters[strings.ToLower(name)]
		}
	}
	if known && change == nil {
		return u, false, nil
	}
	place := &store{properties: p, brand: brand, warn: s.env.Warn}
	place.Location = s.facts(&f, brand)
	if known {
		change(place)
	}
	place.addIDs()
	return univaf.Update{Location: place.Location, Availability: s.availability(p), PublicUnsaid: true}, true, nil
}

func badFeature(id string, err error, raw json.RawMessage) error {
	return &source.RecordError{Kind: "invalid feature", ID: id, Err: err, Sample: source.Sample(raw)}
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func (s *spotter) facts(f *feature, brand string) univaf.Location {
	p := &f.Properties
	l := univaf.Location{
		ID:           "vaccinespotter:" + p.ID.String(),
		LocationType: univaf.Pharmacy,
		Name:         cmp.Or(p.Name, p.ProviderBrandName),
		Provider:     brand,
		City:         source.TitleCase(p.City),
		State:        p.State,
		PostalCode:   p.PostalCode,
		BookingURL:   p.URL,
	}
	if id := *p.ProviderLocationID; id != "" {
		l.ID = brand + ":" + id
	}
	if p.Address != "" {
		l.AddressLines = []string{source.TitleCase(p.Address)}
	}
	if g := f.Geometry; g != nil && len(g.Coordinates) == 2 {
		l.Position = source.Position(s.env, p.ID.String(), g.Coordinates[1], g.Coordinates[0])
	}
	l.Meta = source.Encode(meta{p.TimeZone, spotterMeta{p.Provider, p.ProviderBrand, p.ProviderBrandID}})
	return l
}

type meta struct {
	TimeZone       *string     `json:"time_zone"`
	VaccineSpotter spotterMeta `json:"vaccinespotter"`
}

type spotterMeta struct {
	Provider string  `json:"provider"`
	Brand    *string `json:"brand"`
	BrandID  any     `json:"brand_id"`
}

func (s *spotter) availability(p *properties) *univaf.Availability {
	a := &univaf.Availability{Source: sourceName, CheckedAt: s.env.Now(), Available: univaf.Unknown, IsPublic: true}
	if at, err := univaf.ParseTime(p.LastFetched); err == nil {
		a.ValidAt = at
	} else if p.LastFetched != "" {
		s.env.Warn(source.Warning{Kind: "invalid time", ID: p.ID.String(), Sample: p.LastFetched})
	}
	switch p.AppointmentsAvailable {
	case true:
		a.Available = univaf.Yes
	case false:
		a.Available = univaf.No
	}
	s.offers(p, a)
	return a
}
