package univaf

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// Capacity is what can be had on one day: of some products and one dose, where
// that is known. An appointment slot reads as one, too.
type Capacity struct {
	Date             string // YYYY-MM-DD, local to the place
	Dose             string
	Products         []string
	Available        Status
	AvailableCount   *int64
	UnavailableCount *int64
}

// An offerForm tells slots from capacity: both are lists of objects that say what
// can be had when.
type offerForm struct {
	when  string // the member that says when, required
	times []string
}

var (
	slotForm     = offerForm{when: "start", times: []string{"start", "end"}}
	capacityForm = offerForm{when: "date"}
)

// offers reads a list of slots or of capacity and gives it in canonical form: known
// members in a fixed order, then the others by name, as they came. Members that are
// null or empty lists are left out. An empty list reads as nil. The offers are put into
// list, which must be empty.
func (r *reader) offers(list *[]Capacity, raw []byte, form *offerForm) ([]Capacity, json.RawMessage) {
	var some [16]member
	out := make([]byte, 0, len(raw)+len(raw)/8)
	c := r.elements(raw)
	for i := 0; c.next() >= 0; i++ {
		r.at(i, func() {
			if c.next() != '{' {
				r.members(nil, c.value())
				return
			}
			members := c.members(some[:0])
			for i := range members {
				if m := &members[i]; isNull(m.raw) || isEmptyList(m.raw) {
					m.raw = nil
				}
			}
			var offer Capacity
			offer, out = r.offer(append(out, ','), members, form)
			*list = append(*list, offer)
		})
	}
	if len(*list) == 0 {
		return nil, nil
	}
	out[0] = '['
	return *list, append(out, ']')
}

func isEmptyList(raw []byte) bool { return raw[0] == '[' && raw[skipSpace(raw, 1)] == ']' }

// offer reads one offer and appends its canonical form to b.
func (r *reader) offer(b []byte, members []member, form *offerForm) (Capacity, []byte) {
	var c Capacity
	get := func(name string, read func([]byte)) {
		if raw := take(members, name); raw != nil || name == form.when {
			r.in(name, func() { read(raw) })
		}
	}
	b = append(b, '{')
	for _, name := range form.times {
		get(name, func(raw []byte) {
			var date string
			if b, date = r.slotTime(b, name, raw); name == form.when {
				c.Date = date
			}
		})
	}
	if form.when == "date" {
		get("date", func(raw []byte) {
			if c.Date = r.date(raw); c.Date != "" {
				b = appendString(appendKey(b, "date"), c.Date)
			}
		})
	}
	get("dose", func(raw []byte) { c.Dose = r.common(raw) })
	get("products", func(raw []byte) { c.Products = r.commonStrings(raw) })
	get("available", func(raw []byte) { c.Available = r.status(raw) })
	get("available_count", func(raw []byte) { c.AvailableCount = r.count(raw) })
	get("unavailable_count", func(raw []byte) { c.UnavailableCount = r.count(raw) })
	if c.Available == "" {
		c.Available = c.statusFromCounts()
	}
	b = c.appendMembers(b)
	for _, m := range members {
		if m.raw != nil {
			b = r.extra(b, m)
		}
	}
	return c, append(b, '}')
}

// extra appends a member of which nothing is known.
func (r *reader) extra(b []byte, m member) []byte {
	b = append(appendString(append(b, ','), m.name), ':')
	start := len(b)
	b = appendCanonical(b, m.raw)
	if bytes.IndexByte(m.name, 0) >= 0 {
		r.inside(m.name, func() { r.storable(nil) })
	}
	if holdsNUL(b[start:]) {
		r.inside(m.name, func() { r.storable(nil) })
		b = b[:start]
	}
	return b
}

// appendMembers renders what slots and capacity have in common.
func (c *Capacity) appendMembers(b []byte) []byte {
	if c.Dose != "" {
		b = appendString(appendKey(b, "dose"), c.Dose)
	}
	if len(c.Products) > 0 {
		b = appendStrings(appendKey(b, "products"), c.Products)
	}
	b = appendString(appendKey(b, "available"), string(c.Available))
	if c.AvailableCount != nil {
		b = strconv.AppendInt(appendKey(b, "available_count"), *c.AvailableCount, 10)
	}
	if c.UnavailableCount != nil {
		b = strconv.AppendInt(appendKey(b, "unavailable_count"), *c.UnavailableCount, 10)
	}
	return b
}

// statusFromCounts is the status of an offer that names none. Without any count it
// is there to be had, or it would not be listed.
func (c *Capacity) statusFromCounts() Status {
	if c.AvailableCount != nil {
		return statusFromCount(*c.AvailableCount)
	}
	if c.UnavailableCount != nil && *c.UnavailableCount > 0 {
		return No
	}
	return Yes
}

// slotTime reads a date and time, appends it in RFC 3339's form and gives the date. One
// without an offset is UTC.
func (r *reader) slotTime(b []byte, name string, raw []byte) (appended []byte, date string) {
	if raw == nil {
		r.fail("is required: an ISO 8601 date and time")
		return b, ""
	}
	s := r.bytes(raw)
	if len(s) == 0 && r.failedHere() {
		return b, ""
	}
	_, text, err := parseDateTime(string(s))
	if err != nil {
		r.fail("%v, not %s", err, sample(raw))
		return b, ""
	}
	return appendString(appendKey(b, name), text), r.texts.of([]byte(text[:10]))
}

func (r *reader) date(raw []byte) string {
	if raw == nil {
		r.fail("is required: a date such as 2021-11-01")
		return ""
	}
	s := r.common(raw)
	if s == "" && r.failedHere() {
		return ""
	}
	if _, _, _, ok := parseDate(s); !ok {
		r.fail("must be a date such as 2021-11-01, not %s", sample(raw))
		return ""
	}
	return s
}
