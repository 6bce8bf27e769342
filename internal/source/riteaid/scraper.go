package riteaid

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/usa"
)

const (
	scraperSource = "univaf-rite-aid-scraper"
	searchURL     = "https://www.riteaid.com/content/riteaid-web/en.racloudgetavailablestores.json"
	bookingURL    = "https://www.riteaid.com/pharmacy/covid-qualifier"

	mostFound = 100 // stores in an answer
	mostAsked = 25  // stores whose slots are asked for at once
)

// Scraper is the source of the search on the website where people booked. It tells each
// slot with its products.
var Scraper = source.Definition{
	Name:      "riteAidScraper",
	Help:      "Rite Aid pharmacies, by the search of Rite Aid's website.",
	New:       func(env source.Env) source.Source { return &scraper{env} },
	Names:     []string{scraperSource},
	Schedule:  "5/30 * * * *",
	States:    states,
	Retired:   retired,
	RateLimit: 1,
}

type scraper struct{ env source.Env }

// Records searches one state after another, and goes on when a search fails.
func (s *scraper) Records(ctx context.Context, q source.Query) iter.Seq2[univaf.Update, error] {
	return func(yield func(univaf.Update, error) bool) {
		var failed []error
		for _, state := range statesOf(q) {
			for u, err := range s.state(ctx, state) {
				var bad *source.RecordError
				if err != nil && !errors.As(err, &bad) {
					failed = append(failed, err)
				} else if !yield(u, err) {
					return
				}
			}
			if ctx.Err() != nil {
				break
			}
		}
		if err := errors.Join(failed...); err != nil {
			yield(univaf.Update{}, err)
		}
	}
}

// state yields the stores in a state, and the error of each search that fails.
func (s *scraper) state(ctx context.Context, state string) iter.Seq2[univaf.Update, error] {
	return func(yield func(univaf.Update, error) bool) {
		if areas[state] == nil {
			yield(univaf.Update{}, fmt.Errorf("there are no ZIP codes to search in %q", state))
			return
		}
		seen := map[int64]bool{}
		for _, a := range areas[state] {
			for zip := range strings.FieldsSeq(a.zips) {
				around := search{zip, a.radius}
				for u, err := range s.around(ctx, around, state, seen) {
					if !yield(u, err) {
						return
					}
				}
				if ctx.Err() != nil {
					return
				}
			}
		}
	}
}

// A search is for the stores around a ZIP code.
type search struct {
	zip    string
	radius int // in miles
}

// around yields the stores of a search that are in the state and were not seen before. An
// answer has the slots of those stores alone whose numbers are asked for.
func (s *scraper) around(ctx context.Context, around search, state string, seen map[int64]bool) iter.Seq2[univaf.Update, error] {
	return func(yield func(univaf.Update, error) bool) {
		found, err := s.ask(ctx, around, nil)
		if err != nil {
			yield(univaf.Update{}, err)
			return
		}
		var numbers []int64
		for _, raw := range found {
			number, in, err := listed(raw)
			if err != nil && !yield(univaf.Update{}, err) {
				return
			}
			if err == nil && in == state && !seen[number] {
				seen[number] = true
				numbers = append(numbers, number)
			}
		}
		for some := range slices.Chunk(numbers, mostAsked) {
			stores, err := s.ask(ctx, around, some)
			if err != nil {
				for _, number := range some {
					delete(seen, number) // another search may find it, too
				}
				if !yield(univaf.Update{}, err) {
					return
				}
				continue
			}
			if len(stores) < len(some) {
				s.env.Warn(source.Warning{
					Kind: "search lacks stores", ID: around.zip, Sample: fmt.Sprintf("%d of %d", len(stores), len(some)),
				})
			}
			for _, raw := range stores {
				if !yield(s.update(raw)) {
					return
				}
			}
		}
	}
}

// listed gives the number and state of a store that a search finds.
func listed(raw json.RawMessage) (number int64, state string, err error) {
	var store struct {
		StoreNumber int64
		State       string
	}
	err = json.Unmarshal(raw, &store)
	if err == nil && (store.StoreNumber < 1 || store.State == "") {
		err = errors.New("storeNumber or state is missing")
	}
	if err != nil {
		err = badStore(raw, "storeNumber", err)
	}
	return store.StoreNumber, store.State, err
}

// ask makes a search, with the slots of the stores with those numbers.
func (s *scraper) ask(ctx context.Context, around search, numbers []int64) ([]json.RawMessage, error) {
	query := url.Values{
		"address":                       {around.zip},
		"radius":                        {strconv.Itoa(around.radius)},
		"vaccineIds":                    {strings.Join(vaccineIDs, ",")},
		"showAllStoresWithAvailibility": {"false"}, // sic; gives more than true
		"count":                         {strconv.Itoa(mostFound)},
		"fetchMechanismVersion":         {"2"},
		"loadMoreFlag":                  {"true"},
	}
	if len(numbers) > 0 {
		var list []string
		for _, number := range numbers {
			list = append(list, strconv.FormatInt(number, 10))
		}
		query.Set("storeNumbers", strings.Join(list, ","))
	}
	var answer struct {
		Data struct{ Stores []json.RawMessage }
	}
	err := ask(ctx, s.env, question{url: searchURL + "?" + query.Encode(), schema: searchAnswerSchema}, &answer)
	stores := answer.Data.Stores
	if len(stores) >= mostFound {
		s.env.Warn(source.Warning{
			Kind: "search finds too many stores", ID: around.zip, Sample: fmt.Sprintf("%d within %d miles", len(stores), around.radius),
		})
	}
	return stores, err
}

// A foundStore is what the website has of a store.
type foundStore struct {
	StoreNumber         int64
	Address             string
	City                string
	State               string
	ZIPCode             string
	TimeZone            string
	FullPhone           *string
	LocationDescription string
	Latitude, Longitude float64
	FirstAvailableSlot  *string
	AvailableSlots      []foundDay
}

// id is how errors and warnings name the store.
func (f *foundStore) id() string { return strconv.FormatInt(f.StoreNumber, 10) }

func (s *scraper) update(raw json.RawMessage) (univaf.Update, error) {
	var from foundStore
	if err := searchStoreSchema.Decode(raw, &from); err != nil {
		return univaf.Update{}, badStore(raw, "storeNumber", err)
	}
	l, err := s.place(&from)
	if err != nil {
		return univaf.Update{}, badStore(raw, "storeNumber", err)
	}
	a, err := s.availability(&from)
	if err != nil {
		return univaf.Update{}, badStore(raw, "storeNumber", err)
	}
	return univaf.Update{Location: l, Availability: a, PublicUnsaid: true}, nil
}

func (s *scraper) place(from *foundStore) (univaf.Location, error) {
	ids := storeIDs(from.id())
	l := univaf.Location{
		ExternalIDs:  ids,
		Name:         storeName(ids),
		Provider:     provider,
		LocationType: univaf.Pharmacy,
		AddressLines: []string{from.Address},
		City:         from.City,
		State:        from.State,
		Position:     source.Position(s.env, from.id(), from.Latitude, from.Longitude),
		BookingURL:   bookingURL,
		Description:  from.LocationDescription,
		Meta:         json.RawMessage(`{}`), // as this source's records always had
	}
	var badZIP, badPhone error
	l.PostalCode, badZIP = usa.FormatZIP(from.ZIPCode)
	l.InfoPhone, badPhone = phone(from.FullPhone)
	return l, cmp.Or(badZIP, badPhone)
}

// availability tells that there are appointments but not which, if the website does so.
func (s *scraper) availability(from *foundStore) (*univaf.Availability, error) {
	a := &univaf.Availability{Source: scraperSource, CheckedAt: s.env.Now(), IsPublic: true, Available: univaf.No}
	some := from.FirstAvailableSlot != nil && *from.FirstAvailableSlot != ""
	if len(from.AvailableSlots) > 0 || !some {
		slots, unknown, err := s.slots(from, zoneOf(from.TimeZone))
		if err != nil {
			return nil, err
		}
		some = some || len(slots) > 0
		a.Slots, a.Meta = source.Encode(slots), unknown.Meta()
	}
	if some {
		a.Available = univaf.Yes
	}
	return a, nil
}
