package feed

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/source"
)

// offers gather what a place has to offer at which times, rendered.
type offers struct {
	list    []offer
	yes     bool // one can be had
	unknown bool // one may be had: what was said could not be read
}

type offer struct {
	at   int64 // by which they are ordered
	json json.RawMessage
}

func (o *offers) add(at time.Time, status univaf.Status, v any) {
	o.yes = o.yes || status == univaf.Yes
	o.unknown = o.unknown || status == univaf.Unknown
	o.list = append(o.list, offer{at.UnixMilli(), source.Encode(v)})
}

// encode gives them in the order of time, nil if there are none.
func (o *offers) encode() json.RawMessage {
	if len(o.list) == 0 {
		return nil
	}
	slices.SortStableFunc(o.list, func(a, b offer) int { return cmp.Compare(a.at, b.at) })
	all := make([]json.RawMessage, len(o.list))
	for i := range o.list {
		all[i] = o.list[i].json
	}
	return source.Encode(all)
}

// A slot is what a record holds of an appointment.
type slot struct {
	Start          string        `json:"start"`
	End            string        `json:"end,omitempty"`
	Dose           string        `json:"dose,omitempty"`
	Products       []string      `json:"products,omitempty"`
	Available      univaf.Status `json:"available"`
	AvailableCount *int64        `json:"available_count,omitempty"`
	BookingPhone   string        `json:"booking_phone,omitempty"`
	BookingURL     string        `json:"booking_url,omitempty"`
}

// slot reads the appointment that a record is. What is over is left out:
// lists that people keep have old rows.
func (r *run) slot(rec *record, p *place) error {
	m := &r.config.Availability.Slots
	start, day, err := r.time(rec, &m.Start, p.zone)
	if err == nil && day {
		err = errors.New("must have a time of day, such as 9:30 AM; if that is in a column of its own, name both: [DATE, TIME]")
	}
	if err != nil {
		return m.Start.fault(err)
	}
	if start.IsZero() {
		return rec.empty(&m.Start)
	}
	end, day, err := r.time(rec, &m.End, p.zone)
	switch {
	case err == nil && (day && len(m.End.Fields) > 1 || end.Equal(start)):
		end = time.Time{} // there is but the date, or no end
	case err == nil && !end.IsZero() && (day || end.Before(start)):
		err = errors.New("must be a time of day after the start")
	}
	if err != nil {
		r.warn(rec, &m.End, err)
		end = time.Time{}
	}
	s := slot{Start: start.Format(time.RFC3339)}
	over := start
	if !end.IsZero() {
		s.End, over = end.Format(time.RFC3339), end
	}
	if over.Before(r.env.Now()) {
		return nil
	}
	s.Products = r.products(rec, &m.Products, p)
	s.Dose, _ = parsed(r, rec, &m.Dose, parseDose)
	s.AvailableCount = r.count(rec, &m.AvailableCount)
	s.Available = r.offered(rec, &m.Available, statusOf(&m.AvailableCount, s.AvailableCount))
	s.BookingPhone, _ = r.text(rec, &m.BookingPhone)
	s.BookingURL, _ = parsed(r, rec, &m.BookingURL, parseURL)
	p.slots.add(start, s.Available, s)
	return nil
}

// A capacity is what a record holds of a day.
type capacity struct {
	Date             string        `json:"date"`
	Dose             string        `json:"dose,omitempty"`
	Products         []string      `json:"products,omitempty"`
	Available        univaf.Status `json:"available"`
	AvailableCount   *int64        `json:"available_count,omitempty"`
	UnavailableCount *int64        `json:"unavailable_count,omitempty"`
}

// day reads the day that a record is. Days that are over are left out.
func (r *run) day(rec *record, p *place) error {
	m := &r.config.Availability.Capacity
	date, _, err := r.time(rec, &m.Date, p.zone)
	if errors.Is(err, errNoZone) {
		date, _, err = r.time(rec, &m.Date, time.UTC) // a day is the place's, wherever that is
	}
	if err != nil {
		return m.Date.fault(err)
	}
	if date.IsZero() {
		return rec.empty(&m.Date)
	}
	year, month, day := date.Date()
	over := time.Date(year, month, day+1, 0, 0, 0, 0, date.Location())
	if p.zone == nil {
		over = over.Add(11 * time.Hour) // when it is over in Samoa, too
	}
	if !over.After(r.env.Now()) {
		return nil
	}
	c := capacity{Date: date.Format(time.DateOnly), Products: r.products(rec, &m.Products, p)}
	c.Dose, _ = parsed(r, rec, &m.Dose, parseDose)
	c.AvailableCount, c.UnavailableCount = r.count(rec, &m.AvailableCount), r.count(rec, &m.UnavailableCount)
	otherwise := statusOf(&m.AvailableCount, c.AvailableCount)
	if !m.AvailableCount.given() && c.UnavailableCount != nil && *c.UnavailableCount > 0 {
		otherwise = univaf.No // all of the day's that are told of
	}
	c.Available = r.offered(rec, &m.Available, otherwise)
	p.days.add(date, c.Available, c)
	return nil
}

// statusOf is what a count says. What is listed without one is there to be had.
func statusOf(f *Field, count *int64) univaf.Status {
	switch {
	case !f.given():
		return univaf.Yes
	case count == nil:
		return univaf.Unknown
	case *count > 0:
		return univaf.Yes
	}
	return univaf.No
}

// offered gives the status that is said, or else the one that counts tell.
func (r *run) offered(rec *record, f *Field, otherwise univaf.Status) univaf.Status {
	if !f.given() {
		return otherwise
	}
	if status, ok := parsed(r, rec, f, parseStatus); ok {
		return status
	}
	return univaf.Unknown
}

// nested reads each element of the list at items in a record by read.
func (r *run) nested(rec *record, items path, o *offers, read func(*record, *place) error, p *place) {
	v, found := items.of(rec.data.(object).v)
	list, isList := v.([]any)
	if !found || v != nil && !isList {
		what := fmt.Sprintf("items: %s must be a list, not %s", items.whole, kind(v))
		if !found {
			what = fmt.Sprintf("items: there is no %s in it; it is %s", items.whole, kind(rec.data.(object).v))
		}
		o.unknown = true
		r.env.Warn(source.Warning{Kind: "no list of " + items.whole, ID: rec.at, Sample: source.Sample(what)})
		return
	}
	for i, one := range list {
		item := &record{at: fmt.Sprintf("%s, %s[%d]", rec.at, items.whole, i), data: object{one}}
		if err := read(item, p); err != nil {
			o.unknown = true
			r.env.Warn(source.Warning{Kind: "invalid " + items.whole, ID: item.at, Sample: source.Sample(err.Error())})
		}
	}
}
