package catalog

import (
	"cmp"
	"slices"
	"time"

	"getmyvax.org/univaf"
)

// A Slot is a time, or a day without times, at which something can be had at a place: all
// that its offers of then have together.
type Slot struct {
	Match
	Start      string   // RFC 3339, as the source gave it; "" for a day
	End        string   // the same, or ""
	Date       string   // local to the place, such as 2021-11-01
	Products   []string // codes
	Doses      []string
	Count      *int64 // of what can be had, where every offer tells
	BookingURL string // of its own, or ""
}

// Slots gives what can be had soonest at the places for which the filter holds, at most
// s.Most, in the order of time.
func (v *View) Slots(s *Search) []Slot {
	t := newTest(v, &s.Filter)
	first := ranking{most: s.Most}
	var times []opening
	for r := range v.each(t) {
		times = times[:0]
		t.openings(r, func(o opening) bool {
			if len(first.list) == s.Most && s.Most > 0 && o.minute > first.list[0].SortMark.Key {
				return false
			}
			times = append(times, o)
			return true
		})
		if len(times) == 0 {
			continue
		}
		slices.SortFunc(times, func(a, b opening) int { return cmp.Or(cmp.Compare(a.minute, b.minute), compareDays(a, b)) })
		times = slices.CompactFunc(times, func(a, b opening) bool { return a.minute == b.minute })
		m := t.mark(r, ByDistance)
		for _, o := range times {
			m.opening, m.SortMark.Key = o, o.minute
			if s.After == nil || m.SortMark.compare(*s.After) > 0 {
				first.add(m)
			}
		}
	}
	var list []Slot
	said := map[*Record]univaf.Availability{}
	for _, m := range first.ordered() {
		a, known := said[m.Record]
		if !known {
			a = m.merged()
			said[m.Record] = a
		}
		list = append(list, t.slot(m, &a))
	}
	return list
}

// First gives what can be had soonest at each of the matches. Where no time is known, it
// has no date and is of all that the place has.
func (v *View) First(f *Filter, matches []Match) []Slot {
	t := newTest(v, f)
	list := make([]Slot, len(matches))
	for i, m := range matches {
		a := m.merged()
		if m.opening = t.first(m.Record); m.opening.minute != never {
			list[i] = t.slot(m, &a)
			continue
		}
		list[i] = Slot{Match: m}
		for _, code := range a.Products {
			if t.products.admitsAny(productCodes, []string{code}) {
				list[i].Products = append(list[i].Products, code)
			}
		}
	}
	return list
}

// compareDays puts times before days.
func compareDays(a, b opening) int {
	switch {
	case a.day == b.day:
		return 0
	case b.day:
		return -1
	}
	return 1
}

// slot reads the offers of the match's opening.
func (t *test) slot(m Match, a *univaf.Availability) Slot {
	s := Slot{Match: m, Date: time.Unix(m.opening.localDay()*86400, 0).UTC().Format(time.DateOnly)}
	list, counted := a.Slots, true
	if m.opening.day {
		list = a.Capacity
	}
	for text := range univaf.Elements(list) {
		o := readOffer(text)
		if o.status != statusYes || !m.opening.is(o.when) {
			continue
		}
		products, doses := stringsOf(o.products), a.Doses
		if o.products == nil {
			products = a.Products
		}
		if code, ok := univaf.Text(o.dose); ok {
			doses = []string{string(code)}
		}
		if !t.products.admitsAny(productCodes, products) || !t.doses.admitsAny(doseCodes, doses) {
			continue
		}
		s.Products, s.Doses = addNew(s.Products, products), addNew(s.Doses, doses)
		counted = s.extras(text) && counted
	}
	if !counted {
		s.Count = nil
	}
	return s
}

// is reports whether the opening is what an offer's time or day says.
func (o opening) is(when []byte) bool {
	if o.day {
		day, ok := readDay(when)
		return ok && day == o.localDay()
	}
	start, ok := readStart(when)
	return ok && start.minute == o.minute
}

// extras reads what else an offer says, and reports whether it tells a count.
func (s *Slot) extras(offer []byte) (counted bool) {
	for name, value := range univaf.Members(offer) {
		text, _ := univaf.Text(value)
		switch string(name) {
		case "start":
			s.Start = cmp.Or(s.Start, string(text))
		case "end":
			s.End = cmp.Or(s.End, string(text))
		case "booking_url":
			s.BookingURL = cmp.Or(s.BookingURL, string(text))
		case "available_count":
			if n, ok := readCount(value); ok {
				counted = true
				if s.Count != nil {
					n += *s.Count
				}
				s.Count = &n
			}
		}
	}
	return counted
}

// admitsAny is what groupReader.admits says of codes.
func (t *codeTest) admitsAny(c *codes, list []string) bool {
	if t.set == nil || len(list) == 0 && t.unnamed {
		return true
	}
	return slices.ContainsFunc(list, func(code string) bool {
		n, ok := c.known(code)
		return ok && (n >= t.beyond || t.set.has(n))
	})
}

func addNew(to, list []string) []string {
	for _, one := range list {
		if !slices.Contains(to, one) {
			to = append(to, one)
		}
	}
	return to
}
