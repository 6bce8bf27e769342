package vaccinespotter

import (
	"regexp"
	"strings"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/source"
)

// A store is a place while it is made.
type store struct {
	univaf.Location
	properties *properties
	brand      string
	extra      univaf.ExternalIDs // besides those that every place has
	warn       func(source.Warning)
}

// formatters know more of some chains: by company and brand, brand, or company. CVS's own
// data is better, so its stores are left out.
var formatters = map[string]func(*store){
	"walgreens":            walgreens,
	"duane_reade":          duaneReade,
	"safeway":              safeway,
	"centura":              centura,
	"comassvax":            func(s *store) { s.LocationType = univaf.MassVax },
	"southeastern_grocers": southeasternGrocers,
	"kroger":               kroger,
	"cvs":                  nil,
}

func (s *store) number() string { return *s.properties.ProviderLocationID }

// addIDs gives the place its ids, each also without the zeros in front.
func (s *store) addIDs() {
	ids := univaf.ExternalIDs{{System: "vaccinespotter", Value: s.properties.ID.String()}}
	if n := s.number(); n != "" {
		ids = append(ids, univaf.ExternalID{System: s.brand, Value: n})
	}
	s.ExternalIDs = source.UnpaddedIDs(append(ids, s.extra...))
}

func walgreens(s *store) {
	if n := s.number(); n != "" {
		s.ID = "walgreens:" + n
		s.extra = univaf.ExternalIDs{{System: "walgreens", Value: n}}
	}
	s.BookingPhone = "1-800-925-4733"
}

func duaneReade(s *store) {
	walgreens(s)
	s.Name = "Duane Reade #" + s.number()
}

var numberInName = regexp.MustCompile(`#?\b(\d+)\b`)

func safeway(s *store) {
	found := numberInName.FindStringSubmatch(s.Name)
	if found == nil {
		s.warn(source.Warning{Kind: "no store number", ID: s.ID, Sample: s.Name})
		return
	}
	s.Name = "Safeway #" + found[1]
}

func centura(s *store) {
	s.LocationType = univaf.Clinic
	s.BookingPhone = "855-882-8065"
}

// southeasternGrocers' ids are the number of the chain and that of the store: 3-1688.
func southeasternGrocers(s *store) {
	_, n, ok := strings.Cut(s.number(), "-")
	if !ok || n == "" {
		s.warn(source.Warning{Kind: "no store number", ID: s.ID, Sample: s.number()})
		return
	}
	s.Name += " #" + n
	if brand := deref(s.properties.ProviderBrand); brand != "" {
		s.extra = univaf.ExternalIDs{{System: brand, Value: n}}
	}
}

// kroger's ids are the division's and the store's if they are long, and then the same for
// all its brands.
func kroger(s *store) {
	if n := s.number(); len(n) == 7 || len(n) == 8 {
		s.extra = univaf.ExternalIDs{{System: "kroger", Value: n}}
	}
}
