package catalog_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/catalog"
	"getmyvax.org/univaf/internal/usa"
	"getmyvax.org/univaf/internal/vaccine"
	"getmyvax.org/univaf/internal/words"
)

// A plainPlace is what everybody sees of a place.
type plainPlace struct {
	univaf.Location
	Said    *plainSaid
	Updated time.Time
}

type plainSaid struct {
	Available univaf.Status `json:"available"`
	Products  []string      `json:"products"`
	Doses     []string      `json:"doses"`
	Slots     []plainOffer  `json:"slots"`
	Capacity  []plainOffer  `json:"capacity"`
	ValidAt   time.Time     `json:"valid_at"`
}

type plainOffer struct {
	Start     time.Time     `json:"start"`
	Date      string        `json:"date"`
	Products  []string      `json:"products"`
	Dose      string        `json:"dose"`
	Available univaf.Status `json:"available"`
}

func readPlain(rt *rapid.T, r *catalog.Record) plainPlace {
	var p struct {
		Availability *plainSaid `json:"availability"`
	}
	if err := json.Unmarshal(r.AppendJSON(nil, catalog.V1, catalog.Pick{}), &p); err != nil {
		rt.Fatal(err)
	}
	place := plainPlace{Location: r.Location(), Said: p.Availability}
	place.Updated = place.UpdatedAt
	for _, a := range r.Records(catalog.Pick{}) {
		place.Updated = later(place.Updated, a.ChangedAt)
	}
	return place
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// where tells where the place is, by the table of ZIP codes if need be.
func (p *plainPlace) where() *univaf.Position {
	if p.Position != nil {
		return p.Position
	}
	if zip, ok := usa.ByZIP(p.PostalCode); ok && zip.Latitude != 0 {
		return &univaf.Position{Longitude: zip.Longitude, Latitude: zip.Latitude}
	}
	return nil
}

// holds is the filter in plain words.
func (p *plainPlace) holds(f *catalog.Filter) bool {
	some := func(list []string, one string) bool { return len(list) == 0 || slices.Contains(list, one) }
	at := p.where()
	county := p.County
	if zip, ok := usa.ByZIP(p.PostalCode); ok && county == "" {
		county = zip.County
	}
	county = strings.ToUpper(strings.TrimSuffix(county, " County"))
	cities := map[string]string{"Edison": "edison", "EDISON": "edison", "San José": "san jose"}
	walkIn := map[string]string{`{"walkins_accepted":true}`: "true", `{"walkIn":"no"}`: "false"}
	switch {
	case !f.Private && !p.IsPublic, !some(f.States, p.State), !some(f.Counties, county), !some(f.Cities, cities[p.City]),
		!some(f.Providers, p.Provider), len(f.LocationTypes) > 0 && p.LocationType != f.LocationTypes[0],
		f.WalkIn != nil && walkIn[string(p.Meta)] != fmt.Sprint(*f.WalkIn),
		!f.UpdatedSince.IsZero() && p.Updated.Before(f.UpdatedSince),
		f.Age != nil && p.MinimumAgeMonths != nil && *p.MinimumAgeMonths > *f.Age:
		return false
	}
	if f.Text.Prefix != "" {
		text := words.Split(strings.Join(append(p.AddressLines, p.Name, p.Provider, p.City, p.State, p.PostalCode), " / "))
		for _, word := range f.Text.Words {
			if !slices.Contains(text, word) {
				return false
			}
		}
		if !slices.ContainsFunc(text, func(word string) bool { return strings.HasPrefix(word, f.Text.Prefix) }) {
			return false
		}
	}
	if f.Near != nil && (at == nil || f.Radius > 0 && f.Near.Distance(*at) > f.Radius) {
		return false
	}
	if f.Box != nil {
		edges := boxes[f.Box]
		inside := at != nil && at.Latitude >= edges[1] && at.Latitude <= edges[3]
		if west, east := edges[0], edges[2]; inside && west <= east {
			inside = at.Longitude >= west && at.Longitude <= east
		} else if inside {
			inside = at.Longitude >= west || at.Longitude <= east
		}
		if !inside {
			return false
		}
	}
	return p.holdsSaid(f)
}

// A plainGroup is an offer, or what is said without offers.
type plainGroup struct {
	products, doses []string
	status          univaf.Status
	openings        []time.Time
	days            []string // of the openings
}

func (p *plainPlace) groups(f *catalog.Filter) (list []plainGroup) {
	s := p.Said
	if s == nil || f.MaxAge > 0 && s.ValidAt.Before(f.Now.Add(-f.MaxAge)) {
		return nil
	}
	told := map[string]bool{}
	add := func(o plainOffer, day string, at time.Time, open bool) {
		g := plainGroup{o.Products, s.Doses, o.Available, nil, nil}
		if o.Products == nil {
			g.products = s.Products
		}
		if o.Dose != "" {
			g.doses = []string{o.Dose}
		}
		if s.Available == univaf.No {
			g.status = univaf.No
		}
		if g.status == univaf.Yes && open {
			g.openings, g.days = []time.Time{at}, []string{day}
		}
		list = append(list, g)
	}
	for _, o := range s.Slots {
		day := o.Start.Format(time.DateOnly)
		told[day] = true
		add(o, day, o.Start, !o.Start.Before(f.Now))
	}
	for _, o := range s.Capacity {
		if !told[o.Date] {
			at := p.midnight(o.Date)
			add(o, o.Date, at, at.Add(24*time.Hour).After(f.Now))
		}
	}
	if len(list) == 0 {
		return []plainGroup{{s.Products, s.Doses, s.Available, nil, nil}}
	}
	rest := plainGroup{nil, s.Doses, univaf.Unknown, nil, nil}
	if s.Available == univaf.No {
		rest.status = univaf.No
	}
	for _, product := range s.Products {
		if !slices.ContainsFunc(list, func(g plainGroup) bool { return slices.Contains(g.products, product) }) {
			rest.products = append(rest.products, product)
		}
	}
	if rest.products != nil {
		list = append(list, rest)
	}
	return list
}

// midnight is when the day begins there, by the sun.
func (p *plainPlace) midnight(day string) time.Time {
	hours := -6.0
	if at := p.where(); at != nil {
		hours = math.Round(at.Longitude / 15)
	}
	t, _ := time.Parse(time.DateOnly, day)
	return t.Add(-time.Duration(hours) * time.Hour)
}

// wanted gives the groups of the products and doses that are looked for, as far as something
// is open in the window.
func (p *plainPlace) wanted(f *catalog.Filter) (list []plainGroup) {
	for _, g := range p.groups(f) {
		named := len(f.Products) > 0 || len(f.Diseases) > 0
		fits := func(code string) bool {
			product, known := vaccine.ByCode(code)
			return (!named || slices.Contains(f.Products, code) || known && slices.Contains(f.Diseases, product.Disease)) &&
				(f.Age == nil || !known || product.MayServe(*f.Age))
		}
		if !slices.ContainsFunc(g.products, fits) && (len(g.products) > 0 || named && !slices.Contains(f.Diseases, vaccine.COVID19)) {
			continue
		}
		if len(f.Doses) > 0 && !slices.Contains(g.doses, f.Doses[0]) && !slices.Contains(g.doses, "all_doses") {
			continue
		}
		var open plainGroup
		for i, day := range g.days {
			if (f.From.IsZero() || day >= f.From.Format(time.DateOnly)) && (f.To.IsZero() || day <= f.To.Format(time.DateOnly)) {
				open.openings, open.days = append(open.openings, g.openings[i]), append(open.days, day)
			}
		}
		g.openings, g.days = open.openings, open.days
		if (!f.From.IsZero() || !f.To.IsZero()) && g.openings == nil {
			continue
		}
		list = append(list, g)
	}
	return list
}

func (p *plainPlace) holdsSaid(f *catalog.Filter) bool {
	windowed := !f.From.IsZero() || !f.To.IsZero()
	status := univaf.Unknown
	silent := p.groups(f) == nil
	if !silent {
		status = p.Said.Available
	}
	if len(f.Products) > 0 || len(f.Diseases) > 0 || len(f.Doses) > 0 || windowed || f.Age != nil && !silent {
		list := p.wanted(f)
		if len(list) == 0 {
			return false
		}
		best := func(g plainGroup) int {
			return slices.Index([]univaf.Status{univaf.No, univaf.Unknown, univaf.Yes}, g.status)
		}
		status = slices.MaxFunc(list, func(a, b plainGroup) int { return best(a) - best(b) }).status
	}
	return len(f.Statuses) == 0 || slices.Contains(f.Statuses, status)
}

// key is what the order compares before ids.
func (p *plainPlace) key(s *catalog.Search) string {
	switch s.Order {
	case catalog.ByDistance:
		return fmt.Sprintf("%012.4f", s.Near.Distance(*p.where()))
	case catalog.BySoonest:
		first := "9999"
		for _, g := range p.wanted(&s.Filter) {
			for _, at := range g.openings {
				first = min(first, at.UTC().Format(time.RFC3339))
			}
		}
		return first
	case catalog.ByName:
		return words.Plain(p.Name)
	case catalog.ByUpdate:
		return fmt.Sprint(math.MaxInt64 - p.Updated.UnixMilli())
	}
	return univaf.FormatTime(p.CreatedAt)
}
