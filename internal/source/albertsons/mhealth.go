package albertsons

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/vaccine"
)

const (
	mhealthSource = "univaf-albertsons"
	// mhealthFile is asked for with a number that is new each time, against old copies.
	mhealthFile = "https://s3-us-west-2.amazonaws.com/mhc.cdn.content/vaccineAvailability.json?v=%d"
)

// Mhealth is the source of the file that mHealth Coach published, by which Albertsons had
// its appointments for COVID-19 booked until 2022.
var Mhealth = source.Definition{
	Name:    "albertsonsMhealth",
	Help:    "Pharmacies and clinics of Albertsons's brands, by the file of mHealth Coach.",
	New:     func(env source.Env) source.Source { return &mhealth{env} },
	Names:   []string{mhealthSource},
	Timeout: 30 * time.Second,
	Retired: "no longer maintained since Albertsons has its own booking site (albertsonsScraper)",
}

type mhealth struct{ env source.Env }

// Records holds the file whole: one place may have several entries.
func (s *mhealth) Records(ctx context.Context, q source.Query) iter.Seq2[univaf.Update, error] {
	return func(yield func(univaf.Update, error) bool) {
		list, err := openStores(s.env)
		var entries []json.RawMessage
		var published time.Time
		if err == nil {
			entries, published, err = s.entries(ctx)
		}
		if err != nil {
			yield(univaf.Update{}, err)
			return
		}
		states := source.StatesOf(q)
		var places groups
		for _, raw := range entries {
			l, err := s.listing(raw, list, states)
			if err != nil && !yield(univaf.Update{}, err) {
				return
			}
			if l != nil {
				l.Availability.ValidAt = published
				places.add(l)
			}
		}
		for _, place := range places.inOrder {
			if !yield(merge(*place), nil) {
				return
			}
		}
	}
}

// entries gives the file and when it was published; the zero time if that is not known.
func (s *mhealth) entries(ctx context.Context) (entries []json.RawMessage, published time.Time, err error) {
	url := fmt.Sprintf(mhealthFile, s.env.Now().UnixMilli())
	header, err := s.env.Fetch.JSON(ctx, http.MethodGet, url, nil, nil, &entries)
	if err == nil && entries == nil {
		err = fmt.Errorf("GET %s: a list was expected, not null", url)
	}
	if err != nil {
		return nil, published, err
	}
	if text := header.Get("Last-Modified"); text != "" {
		if published, err = http.ParseTime(text); err != nil {
			s.env.Warn(source.Warning{Kind: "invalid time", ID: "Last-Modified", Sample: source.Sample(text)})
		}
	}
	return entries, published.UTC(), nil
}

// An entry is what the file has of one kind of appointments at one place.
type entry struct {
	ID           text
	Region       text
	Address      string // with a name before it
	Lat, Long    text
	CoachURL     string `json:"coach_url"` // where to book
	Availability any    // "yes" or "no"
	DrugName     any    // a list of texts
	Description  string
}

var (
	// nowhere is an address that somebody left out on purpose: "Some school - ., ., TX, 75001".
	nowhere  = regexp.MustCompile(` \., \., [A-Z]{2}, \d{5}`)
	testName = regexp.MustCompile(`(?i)^public test$`)
)

// A listing is an entry as a record of its own.
type listing struct {
	univaf.Update
	place   groupKey
	meta    mhealthMeta
	unknown []string // names of products
}

// mhealthMeta is a location's meta.
type mhealthMeta struct {
	Address  string `json:"mhealth_address"`
	Region   string `json:"albertsons_region,omitempty"`
	TimeZone string `json:"timezone,omitempty"`
	// Adult, Pediatric and Infant are links for those ages, of which an entry has one at
	// most. Bookings came later and tell more.
	Adult     string    `json:"booking_url_adult,omitempty"`
	Pediatric string    `json:"booking_url_pediatric,omitempty"`
	Infant    string    `json:"booking_url_infant,omitempty"`
	Bookings  []booking `json:"booking_urls"`
}

// A booking is where appointments can be had for some products.
type booking struct {
	Products  []string      `json:"products,omitempty"`
	URL       string        `json:"url,omitempty"`
	Available univaf.Status `json:"available"`
}

// listing reads an entry. It is nil if the place is not in the states, or none at all.
func (s *mhealth) listing(raw json.RawMessage, list *stores, states []string) (*listing, error) {
	var e entry
	err := json.Unmarshal(raw, &e)
	if err == nil && e.ID == "" {
		err = errors.New("id is missing")
	}
	id := string(e.ID)
	if err != nil {
		return nil, &source.RecordError{Kind: "invalid entry", ID: id, Err: err, Sample: source.Sample(raw)}
	}
	e.correct()
	if nowhere.MatchString(e.Address) {
		return nil, nil
	}
	p, err := parsePlace(e.Address)
	if err != nil {
		return nil, &source.RecordError{Kind: "invalid address", ID: id, Err: err, Sample: source.Sample(raw)}
	}
	if testName.MatchString(p.name) || !slices.Contains(states, p.address.State) {
		return nil, nil
	}
	at := point(s.env, id, e.Lat, e.Long)
	store := list.find(&p, at)
	if store != nil {
		p.number, p.brand = store.number, store.brand
	}
	if p.brand == nil {
		return nil, &source.RecordError{Kind: "unknown brand", ID: id, Err: errors.New("the name is of no brand that we know"), Sample: source.Sample(raw)}
	}
	l := &listing{meta: mhealthMeta{Address: e.Address, Region: string(e.Region)}}
	l.UpdateLocation = true
	l.Location = univaf.Location{
		Name: p.name, Provider: provider, LocationType: p.brand.locationType(),
		AddressLines: p.address.Lines, City: p.address.City, State: p.address.State, PostalCode: p.address.ZIP,
		Position: at, InfoURL: p.brand.url, Description: e.Description,
	}
	if store != nil {
		store.location(&l.Location)
		l.meta.TimeZone = store.TimeZone
	}
	l.identify(id, &p)
	s.offer(l, &e, &p)
	return l, nil
}

// identify sets the ids, and which entries are of the same place.
func (l *listing) identify(id string, p *place) {
	l.ExternalIDs = univaf.ExternalIDs{{System: provider, Value: id}, {System: provider + "_" + p.brand.key, Value: id}}
	l.place = groupKey{id: id}
	switch {
	case p.number != "":
		l.ExternalIDs = append(l.ExternalIDs, numberIDs(p.brand, p.number)...)
		l.place = groupKey{id: p.number, brand: p.brand}
	case p.brand.key == communityClinic:
		// Many names would fit anywhere: "Pediatric Moderna Age 3-5".
		l.place = groupKey{id: l.Name + "\n" + addressKey(p.address), brand: p.brand}
	}
}

// offer sets what can be had, for whom and where.
func (s *mhealth) offer(l *listing, e *entry, p *place) {
	id := string(e.ID)
	products := source.Products{Codes: p.products}
	for _, name := range s.drugNames(e) {
		code, known := drugs[strings.ToLower(name)]
		if !known {
			code, known = vaccine.Match(name)
		}
		products.Add(s.env, id, name, code, known)
	}
	l.unknown = products.Unknown
	url, err := source.CleanURL(e.CoachURL)
	if err != nil {
		s.env.Warn(source.Warning{Kind: "invalid URL", ID: id, Sample: source.Sample(e.CoachURL)})
	}
	l.BookingURL = url
	l.Availability = &univaf.Availability{
		Source: mhealthSource, CheckedAt: s.env.Now(), IsPublic: true,
		Available: s.status(e), Products: products.Codes,
	}
	switch {
	case p.infant || slices.ContainsFunc(products.Codes, forInfant):
		l.meta.Infant = url
	case p.pediatric || slices.ContainsFunc(products.Codes, forChild):
		l.meta.Pediatric = url
	default:
		l.meta.Adult = url
	}
	l.meta.Bookings = []booking{{products.Codes, url, l.Availability.Available}}
}

// drugs are the products by their names in the file, in small letters.
var drugs = map[string]string{
	"pfizer":        "pfizer",
	"pfizerchild":   "pfizer_age_5_11",
	"pfizertoddler": "pfizer_age_0_4",
	"moderna":       "moderna",
	// Those who book "ModernaChild" have to be younger than 6.
	"modernachild":   "moderna_age_0_5",
	"modernatoddler": "moderna_age_0_5",
	"jnj":            "jj",
}

func forInfant(code string) bool {
	return strings.HasSuffix(code, "_age_0_4") || strings.HasSuffix(code, "_age_0_5")
}

func forChild(code string) bool {
	return strings.HasSuffix(code, "_age_5_11") || strings.HasSuffix(code, "_age_6_11")
}

// drugNames reads the names of products. What is no list of texts is left out with a warning.
func (s *mhealth) drugNames(e *entry) (names []string) {
	list, isList := e.DrugName.([]any)
	ok := isList || e.DrugName == nil
	for _, one := range list {
		name, isText := one.(string)
		if ok = ok && isText; isText {
			names = append(names, name)
		}
	}
	if !ok {
		s.env.Warn(source.Warning{Kind: "unexpected drugName", ID: string(e.ID), Sample: source.Sample(source.Encode(e.DrugName))})
	}
	return names
}

func (s *mhealth) status(e *entry) univaf.Status {
	switch e.Availability {
	case "yes":
		return univaf.Yes
	case "no":
		return univaf.No
	}
	s.env.Warn(source.Warning{Kind: "unexpected availability", ID: string(e.ID), Sample: source.Sample(source.Encode(e.Availability))})
	return univaf.Unknown
}
