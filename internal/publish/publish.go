// Package publish makes resources of SMART Scheduling Links of what everybody sees of
// places: FHIR R4 Locations, Schedules and Slots, a line of NDJSON each.
//
// The standard is https://github.com/smart-on-fhir/smart-scheduling-links. A state may have
// hundreds of megabytes of Slots, so resources are written from the places' JSON as it is
// kept, with no values between.
//
// It must not know of HTTP, nor where places are kept.
package publish

import (
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/usa"
)

// IdentifierBase is what systems of identifiers begin with that have no URI of their own.
const IdentifierBase = "https://fhir.usdigitalresponse.org/identifiers/"

// A Place is what is published of a location.
type Place struct {
	ID    string // UUID
	State string // USPS code
	// Facts are the location's facts as univaf.Location.AppendJSON writes them for everybody,
	// and Answer what everybody sees of its availability, as univaf.Merged.AppendJSON does; nil
	// if nobody said anything. The closing braces may be missing.
	Facts, Answer []byte
	// Contact gives the phone and web address of whoever is behind a source, for places that
	// tell none; "" where there is none.
	Contact func(source string) (phone, site string)
	// Page is the address of the place in our own API, for those of which no other is known.
	Page string
}

// A Writer appends resources. It keeps buffers and is for one goroutine; the zero value is
// ready.
type Writer struct {
	clock  clock
	kinds  map[string][]kind // by the products and the dose as they stand in JSON
	key    []byte
	seen   map[uint64]int32 // slots of the place by hash, to tell equal ones apart
	days   map[string]bool  // of the place that slots are on
	tail   []byte           // of Slots that have no link or phone of their own
	offers []offered
	facts  facts
	answer answer
}

// Facts and answer are the texts of members that are of use here: nil where there are none.
type facts struct {
	name, lines, city, postalCode, county, position, description, updatedAt, ids []byte
	infoPhone, infoURL, bookingPhone, bookingURL                                 []byte
}

type answer struct {
	given                                                         bool
	sources, validAt, available, products, doses, capacity, slots []byte
}

func (w *Writer) read(p *Place) {
	w.facts, w.answer = facts{}, answer{}
	f, a := &w.facts, &w.answer
	for name, value := range univaf.Members(p.Facts) {
		if string(value) == "null" {
			continue
		}
		switch string(name) {
		case "name":
			f.name = value
		case "address_lines":
			f.lines = value
		case "city":
			f.city = value
		case "postal_code":
			f.postalCode = value
		case "county":
			f.county = value
		case "position":
			f.position = value
		case "description":
			f.description = value
		case "updated_at":
			f.updatedAt = value
		case "external_ids":
			f.ids = value
		case "info_phone":
			f.infoPhone = value
		case "info_url":
			f.infoURL = value
		case "booking_phone":
			f.bookingPhone = value
		case "booking_url":
			f.bookingURL = value
		}
	}
	a.given = len(p.Answer) > 0
	for name, value := range univaf.Members(p.Answer) {
		switch string(name) {
		case "sources":
			a.sources = value
		case "valid_at":
			a.validAt = value
		case "available":
			a.available = value
		case "products":
			a.products = value
		case "doses":
			a.doses = value
		case "capacity":
			a.capacity = value
		case "slots":
			a.slots = value
		}
	}
	w.clock.in(zone(textOf(f.postalCode), p.State))
}

// zone is that of the place, nil if it is not known.
func zone(postalCode, state string) *time.Location {
	z := usa.Zone(postalCode, state)
	if z == time.UTC {
		return nil
	}
	return z
}

func textOf(value []byte) string {
	text, _ := univaf.Text(value)
	return string(text)
}

// first gives the first value that is some text, or nil.
func first(values ...[]byte) []byte {
	for _, v := range values {
		if len(v) > len(`""`) {
			return v
		}
	}
	return nil
}
