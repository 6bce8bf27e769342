package albertsons

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"regexp"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/usa"
)

// A listed store is a line of the list of the chain's stores: some members of what the pages
// of its stores hold. Members that are unknown are null or left out.
type listed struct {
	Name        string        `json:"name"`                   // without number, e.g. "Vons Pharmacy"
	Number      string        `json:"c_parentEntityID"`       // that which the store goes by
	OldNumber   string        `json:"c_oldStoreID,omitempty"` // that which it went by, in part still
	Address     listedAddress `json:"address"`
	Coordinate  *coordinate   `json:"geocodedCoordinate,omitempty"`
	Phone       *phone        `json:"mainPhone,omitempty"`
	TimeZone    string        `json:"timezone,omitempty"` // e.g. "America/Denver"
	URL         string        `json:"c_pagesURL,omitempty"`
	Description string        `json:"description,omitempty"`
}

type listedAddress struct {
	Line1      string `json:"line1"`
	Line2      string `json:"line2,omitempty"`
	Line3      string `json:"line3,omitempty"`
	City       string `json:"city"`
	Region     string `json:"region"`
	PostalCode string `json:"postalCode"`
}

type coordinate struct {
	Lat  float64 `json:"lat"`
	Long float64 `json:"long"`
}

type phone struct {
	Display string `json:"display"`
}

var (
	numberForm = regexp.MustCompile(`^\d{1,8}$`)
	zipForm    = regexp.MustCompile(`^\d{5}(-\d{4})?$`)
)

// check says what makes a store useless.
func (l *listed) check() error {
	_, isState := usa.StateByCode(l.Address.Region)
	switch c := l.Coordinate; {
	case !numberForm.MatchString(l.Number):
		return fmt.Errorf("c_parentEntityID %q is no number", source.Sample(l.Number))
	case storeBrand(l.fullName()) == nil:
		return fmt.Errorf("the name %q is of no brand that we know", source.Sample(l.Name))
	case l.Address.Line1 == "" || l.Address.City == "":
		return errors.New("the address lacks line1 or city")
	case !isState:
		return fmt.Errorf("region %q is no state", source.Sample(l.Address.Region))
	case !zipForm.MatchString(l.Address.PostalCode):
		return fmt.Errorf("postalCode %q is no ZIP code", source.Sample(l.Address.PostalCode))
	case c != nil && !(math.Abs(c.Lat) <= 90 && math.Abs(c.Long) <= 180):
		return fmt.Errorf("geocodedCoordinate %v is nowhere", *c)
	}
	return nil
}

func (l *listed) fullName() string { return l.Name + " #" + source.Unpad(l.Number) }

// longestLine is far more than a store takes.
const longestLine = 1 << 20

// readStores gives the stores of a list until a line is no store.
func readStores(r io.Reader) iter.Seq2[listed, error] {
	return func(yield func(listed, error) bool) {
		lines := bufio.NewScanner(r)
		lines.Buffer(nil, longestLine)
		n := 0
		for lines.Scan() {
			n++
			if len(bytes.TrimSpace(lines.Bytes())) == 0 {
				continue
			}
			var l listed
			err := json.Unmarshal(lines.Bytes(), &l)
			if err == nil {
				err = l.check()
			}
			if err != nil {
				yield(l, fmt.Errorf("line %d: %w", n, err))
				return
			}
			if !yield(l, nil) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(listed{}, fmt.Errorf("line %d: %w", n+1, err))
		}
	}
}

// A known store is one of the list, made ready to be found.
type known struct {
	listed
	number, oldNumber string // without zeros in front
	brand             *brand
	brands            map[*brand]bool // whose patterns the name has
	at                *spot
}

// location replaces what a place is known by with what the list says of it.
func (k *known) location(l *univaf.Location) {
	l.Name = k.fullName()
	l.Provider, l.LocationType = provider, univaf.Pharmacy
	l.AddressLines = nil
	for _, line := range []string{k.Address.Line1, k.Address.Line2, k.Address.Line3} {
		if line != "" {
			l.AddressLines = append(l.AddressLines, line)
		}
	}
	l.City, l.State, l.PostalCode = k.Address.City, k.Address.Region, k.Address.PostalCode
	if k.Coordinate != nil {
		l.Position = &univaf.Position{Latitude: k.Coordinate.Lat, Longitude: k.Coordinate.Long}
	}
	l.InfoURL = k.brand.url
	if k.URL != "" {
		l.InfoURL = k.URL
	}
	if k.Phone != nil {
		l.InfoPhone = k.Phone.Display
	}
	if l.Description == "" {
		l.Description = k.Description
	}
}

// stores are the known stores, in the list's order.
type stores struct {
	all       []*known
	byNumber  map[string]*known
	byState   map[string][]*known
	byAddress map[string]map[string]*known // by state and addressKey; those of a state are made when first needed
	signs     map[string]map[*brand]bool   // whose patterns a name has, by the name
}

// openStores reads the list. It is nil if there is none.
func openStores(env source.Env) (*stores, error) {
	file, err := source.OpenStores(env, provider)
	if file == nil || err != nil {
		return nil, err
	}
	defer file.Close()
	s := &stores{
		byNumber: map[string]*known{}, byState: map[string][]*known{}, byAddress: map[string]map[string]*known{},
		signs: map[string]map[*brand]bool{},
	}
	for l, err := range readStores(file) {
		if err != nil {
			return nil, fmt.Errorf("list of Albertsons's stores: %w", err)
		}
		s.add(l)
	}
	return s, nil
}

func (s *stores) add(l listed) {
	k := &known{
		listed: l, number: source.Unpad(l.Number), oldNumber: source.Unpad(l.OldNumber),
		brand: storeBrand(l.fullName()), brands: s.brandsOf(l.Name),
	}
	if c := l.Coordinate; c != nil {
		at := spotAt(c.Lat, c.Long)
		k.at = &at
	}
	s.all = append(s.all, k)
	s.byNumber[k.number] = k
	s.byState[l.Address.Region] = append(s.byState[l.Address.Region], k)
}

// at gives the store of an address; nil if there is none. Later ones of the list count.
func (s *stores) at(a usa.Address) *known {
	keys := s.byAddress[a.State]
	if keys == nil {
		keys = map[string]*known{}
		for _, k := range s.byState[a.State] {
			keys[addressKey(usa.Address{
				Lines: []string{k.Address.Line1}, City: k.Address.City, State: k.Address.Region, ZIP: k.Address.PostalCode,
			})] = k
		}
		s.byAddress[a.State] = keys
	}
	return keys[addressKey(a)]
}

func (s *stores) brandsOf(name string) map[*brand]bool {
	found := s.signs[name]
	if found == nil {
		found = map[*brand]bool{}
		for _, b := range brands {
			if !b.noStore && b.in(name) {
				found[b] = true
			}
		}
		s.signs[name] = found
	}
	return found
}
