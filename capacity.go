package univaf

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Capacity is what can be had on one day: of some products and one dose, where
// that is known. An appointment slot reads as one, too, with Start for Date.
type Capacity struct {
	Date             string // YYYY-MM-DD, local to the place
	Start            string // of a slot: ISO 8601 with an offset
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
// null or empty lists are left out. An empty list reads as nil.
func (r *reader) offers(raw json.RawMessage, form offerForm) ([]Capacity, json.RawMessage) {
	var offers []Capacity
	var out []byte
	for i, one := range r.elements(raw) {
		r.in(i, func() {
			members := r.members(one)
			if members == nil {
				return
			}
			maps.DeleteFunc(members, func(_ string, raw json.RawMessage) bool {
				return isNull(raw) || string(trimList(raw)) == "[]"
			})
			offer, text := r.offer(members, form)
			offers = append(offers, offer)
			out = append(append(out, ','), text...)
		})
	}
	if offers == nil {
		return nil, nil
	}
	out[0] = '['
	return offers, append(out, ']')
}

// trimList turns "[ ]" into "[]".
func trimList(raw json.RawMessage) json.RawMessage {
	if len(raw) > 1 && raw[0] == '[' && len(trimSpace(raw[1:len(raw)-1])) == 0 {
		return json.RawMessage("[]")
	}
	return raw
}

func (r *reader) offer(members map[string]json.RawMessage, form offerForm) (Capacity, []byte) {
	var c Capacity
	b := []byte{'{'}
	get := func(name string, read func(json.RawMessage)) {
		raw, found := members[name]
		if found || name == form.when {
			r.in(name, func() { read(raw) })
		}
		delete(members, name)
	}
	for _, name := range form.times {
		get(name, func(raw json.RawMessage) {
			if text := r.slotTime(raw); text != "" {
				b = appendString(appendKey(b, name), text)
				if name == form.when {
					c.Start, c.Date = text, text[:10]
				}
			}
		})
	}
	if form.when == "date" {
		get("date", func(raw json.RawMessage) {
			if c.Date = r.date(raw); c.Date != "" {
				b = appendString(appendKey(b, "date"), c.Date)
			}
		})
	}
	get("dose", func(raw json.RawMessage) { c.Dose = r.text(raw) })
	get("products", func(raw json.RawMessage) { c.Products = r.strings(raw) })
	get("available", func(raw json.RawMessage) { c.Available = r.status(raw) })
	get("available_count", func(raw json.RawMessage) { c.AvailableCount = r.count(raw) })
	get("unavailable_count", func(raw json.RawMessage) { c.UnavailableCount = r.count(raw) })
	if c.Available == "" {
		c.Available = c.statusFromCounts()
	}
	b = c.appendMembers(b)
	for _, name := range slices.Sorted(maps.Keys(members)) {
		r.in(name, func() {
			if strings.ContainsRune(name, 0) {
				r.fail("must not hold the NUL character")
			}
			b = appendString(append(b, ','), name)
			b = append(append(b, ':'), r.canonical(members[name])...)
		})
	}
	return c, append(b, '}')
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
		return statusFromCount(c.AvailableCount)
	}
	if c.UnavailableCount != nil && *c.UnavailableCount > 0 {
		return No
	}
	return Yes
}

// slotTime reads a date and time and gives it in RFC 3339's form. One without an
// offset is UTC.
func (r *reader) slotTime(raw json.RawMessage) string {
	if raw == nil {
		r.fail("is required: an ISO 8601 date and time")
		return ""
	}
	s := r.text(raw)
	if s == "" && r.failedHere() {
		return ""
	}
	_, text, err := parseDateTime(s)
	if err != nil {
		r.fail("%v, not %s", err, sample(raw))
		return ""
	}
	return text
}

func (r *reader) date(raw json.RawMessage) string {
	if raw == nil {
		r.fail("is required: a date such as 2021-11-01")
		return ""
	}
	s := r.text(raw)
	if s == "" && r.failedHere() {
		return ""
	}
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		r.fail("must be a date such as 2021-11-01, not %s", sample(raw))
		return ""
	}
	return s
}

// availableCount is how many appointments of an offer can be had, nil if unknown.
// Whatever its count, what is gone is gone.
func (c *Capacity) availableCount() *int64 {
	if c.AvailableCount != nil && c.Available == No {
		return new(int64)
	}
	return c.AvailableCount
}

// slotCounts gives the numbers of appointments that a slot stands for. One without
// counts is one appointment; of one whose status is unknown nothing is known.
func (c *Capacity) slotCounts() (available, unavailable *int64) {
	available, unavailable = c.availableCount(), c.UnavailableCount
	if c.Available == Unknown {
		return available, unavailable
	}
	free, gone := int64(1), int64(0)
	if c.Available == No {
		free, gone = 0, 1
	}
	if unavailable == nil {
		if unavailable = &gone; available != nil {
			unavailable = new(int64)
		}
	}
	if available == nil {
		available = &free
	}
	return available, unavailable
}

// add gives the sum of two counts. What is known of one is known of both.
func add(a, b *int64) *int64 {
	if a == nil {
		return b
	}
	if b == nil {
		return a
	}
	sum := min(*a+*b, maxCount)
	return &sum
}

// capacityFromSlots sums slots up by day, product and dose, in that order.
func capacityFromSlots(slots []Capacity) []Capacity {
	byKey := map[string]*Capacity{}
	for _, slot := range slots {
		products := slices.Sorted(slices.Values(slot.Products))
		key := strings.Join([]string{slot.Date, strings.Join(products, "\x01"), slot.Dose}, "\x00")
		sum, found := byKey[key]
		if !found {
			sum = &Capacity{Date: slot.Date, Dose: slot.Dose, Products: slot.Products, Available: slot.Available}
			byKey[key] = sum
		}
		available, unavailable := slot.slotCounts()
		sum.AvailableCount, sum.UnavailableCount = add(sum.AvailableCount, available), add(sum.UnavailableCount, unavailable)
		sum.Available = better(sum.Available, slot.Available)
	}
	var out []Capacity
	for _, key := range slices.Sorted(maps.Keys(byKey)) {
		out = append(out, *byKey[key])
	}
	return out
}

// better is the status of two offers together: one that can be had will do, and
// only if all are known to be gone are they gone.
func better(a, b Status) Status {
	for _, status := range []Status{Yes, Unknown} {
		if a == status || b == status {
			return status
		}
	}
	return No
}

func encodeCapacity(list []Capacity) json.RawMessage {
	if len(list) == 0 {
		return nil
	}
	b := []byte{'['}
	for i := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(append(b, `{"date":`...), list[i].Date)
		b = append(list[i].appendMembers(b), '}')
	}
	return append(b, ']')
}

// derive fills what the report leaves unsaid: products, doses and the count from
// capacity, the status from the count, else from what capacity says.
func (a *Availability) derive(capacity []Capacity) {
	products, doses := a.Products == nil, a.Doses == nil
	var total *int64
	var status Status
	for _, c := range capacity {
		if products {
			for _, p := range c.Products {
				if !slices.Contains(a.Products, p) {
					a.Products = append(a.Products, p)
				}
			}
		}
		if doses && c.Dose != "" && !slices.Contains(a.Doses, c.Dose) {
			a.Doses = append(a.Doses, c.Dose)
		}
		total = add(total, c.availableCount())
		if status == "" {
			status = c.Available
		}
		status = better(status, c.Available)
	}
	if a.AvailableCount == nil {
		a.AvailableCount = total
	}
	switch {
	case a.Available != "":
	case a.AvailableCount != nil && (*a.AvailableCount > 0 || status == ""):
		a.Available = statusFromCount(a.AvailableCount)
	case status != "":
		a.Available = status
	default:
		a.Available = Unknown
	}
}

func statusFromCount(count *int64) Status {
	switch {
	case count == nil:
		return Unknown
	case *count > 0:
		return Yes
	}
	return No
}

func parseStatus(s string) (Status, bool) {
	status := Status(strings.ToUpper(s))
	return status, status == Yes || status == No || status == Unknown
}
