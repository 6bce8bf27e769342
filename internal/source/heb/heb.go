// Package heb reads the file that H-E-B publishes of its pharmacies.
package heb

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/usa"
)

const (
	sourceName = "univaf-heb"
	provider   = "heb"
	// file is for the chain's own pages. It is asked for with a number that changes, so
	// that no cache on the way has it.
	file = "https://heb-ecom-covid-vaccine.hebdigital-prd.com/vaccine_locations.json?v=%d"
	// scheduler is where people choose a store, for those that have no address of their own.
	scheduler = "https://vaccine.heb.com/scheduler"
)

// Source reads one file of all stores.
var Source = source.Definition{
	Name:     "heb",
	Help:     "H-E-B's pharmacies in Texas, by the file that it publishes for finders.",
	New:      func(env source.Env) source.Source { return &reader{env} },
	Names:    []string{sourceName},
	Contact:  source.Contact{URL: "https://www.heb.com/pharmacy"},
	States:   []string{"TX"},
	Schedule: "1/15 * * * *",
	Timeout:  30 * time.Second,
}

type reader struct{ env source.Env }

// Records leaves out places without a store's number, since nothing else tells them
// apart.
func (s *reader) Records(ctx context.Context, q source.Query) iter.Seq2[univaf.Update, error] {
	return func(yield func(univaf.Update, error) bool) {
		now := s.env.Now()
		var body struct{ Locations []json.RawMessage }
		header, err := s.env.Fetch.JSON(ctx, http.MethodGet, fmt.Sprintf(file, now.UnixMilli()), nil, nil, &body)
		if err == nil && body.Locations == nil {
			err = errors.New("the file has no list of locations")
		}
		if err != nil {
			yield(univaf.Update{}, err)
			return
		}
		published := s.published(header, now)
		for i, raw := range body.Locations {
			number, err := storeNumber(raw)
			if err == nil && number == "" {
				continue
			}
			var l location
			if err == nil {
				err = schema.Decode(raw, &l)
			}
			if err != nil {
				id := cmp.Or(source.Sample(number), fmt.Sprintf("#%d", i+1))
				err = &source.RecordError{Kind: "invalid location", ID: id, Err: err, Sample: source.Sample(raw)}
				if !yield(univaf.Update{}, err) {
					return
				}
				continue
			}
			if _, known := usa.StateByCode(l.State); !known {
				s.env.Warn(source.Warning{Kind: "unknown state", ID: number, Sample: source.Sample(l.State)})
			}
			if len(q.States) > 0 && !slices.Contains(q.States, l.State) {
				continue
			}
			if !yield(s.store(&l, published, now), nil) {
				return
			}
		}
	}
}

// published is when the file was written, or now if that is not told.
func (s *reader) published(header http.Header, now time.Time) time.Time {
	text := header.Get("Last-Modified")
	if text == "" {
		return now
	}
	at, err := http.ParseTime(text)
	if err != nil {
		s.env.Warn(source.Warning{Kind: "invalid time", ID: "Last-Modified", Sample: source.Sample(text)})
		return now
	}
	return at
}

// storeNumber gives the number whatever else is wrong with the record; "" if there is none.
func storeNumber(raw json.RawMessage) (string, error) {
	var l struct {
		StoreNumber json.RawMessage `json:"storeNumber"`
	}
	if err := json.Unmarshal(raw, &l); err != nil {
		return "", err
	}
	number := strings.Trim(string(l.StoreNumber), `"`)
	if number == "null" || number == "0" {
		return "", nil
	}
	return number, nil
}

func (s *reader) store(l *location, published, now time.Time) univaf.Update {
	number := strconv.FormatInt(l.StoreNumber, 10)
	a := &univaf.Availability{
		Source:         sourceName,
		ValidAt:        published,
		CheckedAt:      now,
		IsPublic:       true,
		Available:      univaf.No,
		AvailableCount: &l.OpenAppointmentSlots,
	}
	if l.OpenAppointmentSlots > 0 {
		a.Available = univaf.Yes
	}
	products := s.products(l, number)
	a.Products, a.Meta = products.Codes, products.Meta()
	return univaf.Update{
		Location: univaf.Location{
			Name:         l.Name,
			ExternalIDs:  univaf.ExternalIDs{{System: provider, Value: number}},
			Provider:     provider,
			LocationType: univaf.Pharmacy,
			AddressLines: []string{l.Street},
			City:         l.City,
			State:        l.State,
			PostalCode:   l.ZIP,
			Position:     s.position(l, number),
			BookingURL:   cmp.Or(l.URL, scheduler),
		},
		Availability: a,
	}
}

// position keeps 0, 0, where the file has places that it can't place, as it has always
// been kept; but it is warned of.
func (s *reader) position(l *location, store string) *univaf.Position {
	p := source.Position(s.env, store, l.Latitude, l.Longitude)
	if l.Latitude == 0 && l.Longitude == 0 {
		p = &univaf.Position{}
	}
	return p
}
