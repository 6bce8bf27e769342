package demo

import (
	"fmt"
	"iter"
	"math"
	"strings"

	"getmyvax.org/univaf/internal/usa"
	"getmyvax.org/univaf/internal/vaccine"
)

// seed is where every chance comes from.
const seed chance = 20210401

// A place is one fictitious location.
type place struct {
	chance   chance
	id       string // "nj-042": the state and a number in it
	code     string
	number   int // from 1
	point    point
	kind     kind
	products []vaccine.Product // one schedule each; at least one
}

// A kind is what sort of business a place is, with its invented site.
type kind struct{ name, site string }

var (
	pharmacies = []kind{
		{"Demo Pharmacy", "https://pharmacy.example.org"},
		{"Example Drugs", "https://drugs.example.com"},
		{"Sample Market Pharmacy", "https://market.example.net"},
	}
	clinic           = kind{"Sample Community Clinic", "https://clinic.example.org"}
	healthDepartment = kind{"Placeholder Health Department", "https://health.example.net"}
	mobileClinic     = kind{"Demo Mobile Clinic", "https://mobile.example.org"}
)

// What is given, as CVX numbers.
var (
	covidVaccines      = []string{"309", "309", "312", "312", "334", "313"}
	childCovidVaccines = []string{"311", "310"}
	fluVaccines        = []string{"140", "140", "153", "135", "168", "155", "111"}
	rsvVaccines        = []string{"305", "303", "326"}
)

// places gives a state's places, by number.
func places(state usa.State) iter.Seq[place] {
	return func(yield func(place) bool) {
		where := points()[state.Code]
		for number := 1; number <= placesIn(state.Code); number++ {
			c := seed.of(uint64(state.Code[0]), uint64(state.Code[1]), uint64(number))
			p := place{
				chance:   c,
				id:       fmt.Sprintf("%s-%03d", strings.ToLower(state.Code), number),
				code:     state.Code,
				number:   number,
				point:    where[(number-1)%len(where)],
				kind:     kindOf(c.of(theKind)),
				products: productsOf(c.of(theProducts)),
			}
			if !yield(p) {
				return
			}
		}
	}
}

func kindOf(c chance) kind {
	switch n := c.below(100); {
	case n < 2:
		return mobileClinic
	case n < 8:
		return healthDepartment
	case n < 20:
		return clinic
	}
	return pick(c.of(1), pharmacies)
}

func productsOf(c chance) []vaccine.Product {
	var products []vaccine.Product
	for i, group := range []struct {
		percent int
		numbers []string
	}{{92, covidVaccines}, {12, childCovidVaccines}, {50, fluVaccines}, {22, rsvVaccines}} {
		if c := c.of(uint64(i)); c.percent(group.percent) {
			products = append(products, product(pick(c.of(1), group.numbers)))
		}
	}
	if products == nil {
		products = append(products, product(fluVaccines[0]))
	}
	return products
}

// product gives a product of the catalogue. Without an entry the number is published
// all the same, as other publishers do.
func product(cvx string) vaccine.Product {
	if p, ok := vaccine.ByCVX(cvx); ok {
		p.CVX = []string{cvx}
		return p
	}
	return vaccine.Product{Name: "CVX " + cvx, CVX: []string{cvx}}
}

func (p place) scheduleID(product vaccine.Product) string { return p.id + "-" + product.CVX[0] }

func (p place) page() string { return p.kind.site + "/locations/" + p.id }

// pin is the place's VTrckS PIN, "" where it has none. Some have their neighbour's:
// a PIN stands for who ordered the vaccine, not for where it is given.
func (p place) pin() string {
	c := p.chance.of(thePIN)
	number := p.number
	switch n := c.below(100); {
	case n < 7:
		return ""
	case n < 17 && number > 1:
		number--
	}
	return fmt.Sprintf("DEMO%s%04d", p.code, number)
}

// phone is a number from the range 555-0100 to 555-0199, which is kept free for
// fiction (ATIS-0300048). A few places have none.
func (p place) phone() string {
	c := p.chance.of(thePhone)
	if c.percent(4) {
		return ""
	}
	return fmt.Sprintf("%s-555-01%02d", areaCodes[p.code], c.of(1).below(100))
}

// position gives the place's coordinates in degrees. A few do not have any.
func (p place) position() (lat, lng float64, ok bool) {
	if p.chance.of(thePosition).percent(3) {
		return 0, 0, false
	}
	angle := 2 * math.Pi * p.chance.of(theDirection).fraction()
	metres := p.point.spread * math.Sqrt(p.chance.of(theDistance).fraction())
	lat, lng = p.point.moved(metres*math.Cos(angle), metres*math.Sin(angle))
	return lat, lng, true
}

func (p place) addressLines() []string {
	c := p.chance.of(theStreet)
	street := pick(c, []string{"Example", "Sample", "Placeholder", "Fictitious", "Imaginary", "Specimen", "Mock"}) +
		" " + pick(c.of(1), []string{"Street", "Avenue", "Road", "Drive", "Lane", "Boulevard"})
	lines := []string{fmt.Sprintf("%d %s", 1+p.chance.of(theHouse).below(9_899), street)}
	if c := p.chance.of(theSuite); c.percent(8) {
		lines = append(lines, fmt.Sprintf("Suite %d", 100+c.of(1).below(300)))
	}
	return lines
}

func (p place) location() location {
	l := location{
		ResourceType: "Location",
		ID:           p.id,
		Meta:         testData,
		Identifier: []identifier{{
			System: "https://demo.example.org/store-number",
			Value:  strings.ToUpper(p.id),
		}},
		Name:        fmt.Sprintf("%s %s (fictitious)", p.kind.name, strings.ToUpper(p.id)),
		Description: "Made up for UNIVAF's demonstration.",
		Telecom:     []telecom{{System: "url", Value: p.page()}},
		Address: address{
			Line:       p.addressLines(),
			City:       p.point.city,
			District:   p.point.county,
			State:      p.code,
			PostalCode: p.point.zip,
		},
	}
	if pin := p.pin(); pin != "" {
		l.Identifier = append([]identifier{{System: vtrcks, Value: pin}}, l.Identifier...)
	}
	if phone := p.phone(); phone != "" {
		l.Telecom = append([]telecom{{System: "phone", Value: phone}}, l.Telecom...)
	}
	if lat, lng, ok := p.position(); ok {
		l.Position = &position{Latitude: lat, Longitude: lng}
	}
	return l
}

func (p place) schedules() iter.Seq[schedule] {
	return func(yield func(schedule) bool) {
		for _, product := range p.products {
			coding := []coding{{System: serviceType, Code: "57", Display: "Immunization"}}
			if product.Disease == vaccine.COVID19 {
				coding = append(coding, covidService)
			}
			s := schedule{
				ResourceType: "Schedule",
				ID:           p.scheduleID(product),
				Meta:         testData,
				ServiceType:  []codeableConcept{{Coding: coding}},
				Actor:        []reference{{"Location/" + p.id}},
				Extension:    []extension{vaccineProduct(product)},
			}
			if !yield(s) {
				return
			}
		}
	}
}
