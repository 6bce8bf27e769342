package univaf

import (
	"encoding/json"
	"slices"
	"strings"
)

// A tally is a sum of counts, as far as they are known.
type tally struct {
	n     int64
	known bool
}

func tallyOf(count *int64) tally {
	if count == nil {
		return tally{}
	}
	return tally{*count, true}
}

func (t *tally) add(more tally) {
	if more.known {
		t.n, t.known = min(t.n+more.n, maxCount), true
	}
}

// count is nil if nothing is known.
func (t tally) count() *int64 {
	if !t.known {
		return nil
	}
	return &t.n
}

// availableCount is how many appointments of an offer can be had. Whatever its count,
// what is gone is gone.
func (c *Capacity) availableCount() tally {
	if c.AvailableCount != nil && c.Available == No {
		return tally{0, true}
	}
	return tallyOf(c.AvailableCount)
}

// slotCounts gives the numbers of appointments that a slot stands for. One without
// counts is one appointment; of one whose status is unknown nothing is known.
func (c *Capacity) slotCounts() (available, unavailable tally) {
	available, unavailable = c.availableCount(), tallyOf(c.UnavailableCount)
	if c.Available == Unknown {
		return available, unavailable
	}
	if !unavailable.known {
		unavailable.known = true
		if c.Available == No && !available.known {
			unavailable.n = 1
		}
	}
	if !available.known {
		available.known = true
		if c.Available != No {
			available.n = 1
		}
	}
	return available, unavailable
}

// capacityFromSlots sums slots up by day, product and dose, in that order.
func capacityFromSlots(slots []Capacity) []Capacity {
	type sum struct {
		key                    string
		first                  *Capacity
		status                 Status
		available, unavailable tally
	}
	var sums []sum
	byKey := map[string]int{}
	var key []byte
	for i := range slots {
		slot := &slots[i]
		key = slot.appendSumKey(key[:0])
		at, found := byKey[string(key)]
		if !found {
			at = len(sums)
			sums = append(sums, sum{key: string(key), first: slot, status: slot.Available})
			byKey[sums[at].key] = at
		}
		s := &sums[at]
		available, unavailable := slot.slotCounts()
		s.available.add(available)
		s.unavailable.add(unavailable)
		s.status = better(s.status, slot.Available)
	}
	slices.SortFunc(sums, func(a, b sum) int { return strings.Compare(a.key, b.key) })
	var out []Capacity
	for _, s := range sums {
		out = append(out, Capacity{
			Date: s.first.Date, Dose: s.first.Dose, Products: s.first.Products, Available: s.status,
			AvailableCount: s.available.count(), UnavailableCount: s.unavailable.count(),
		})
	}
	return out
}

// appendSumKey renders what slots have in common that are summed up together.
func (c *Capacity) appendSumKey(b []byte) []byte {
	b = append(append(b, c.Date...), 0)
	products := c.Products
	if !slices.IsSorted(products) {
		products = slices.Sorted(slices.Values(products))
	}
	for i, p := range products {
		if i > 0 {
			b = append(b, 1)
		}
		b = append(b, p...)
	}
	return append(append(b, 0), c.Dose...)
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
	products, doses := distinct[string]{all: a.Products}, distinct[string]{all: a.Doses}
	var total tally
	var status Status
	for i := range capacity {
		c := &capacity[i]
		if a.Products == nil {
			for _, p := range c.Products {
				products.add(p)
			}
		}
		if a.Doses == nil && c.Dose != "" {
			doses.add(c.Dose)
		}
		total.add(c.availableCount())
		if status == "" {
			status = c.Available
		}
		status = better(status, c.Available)
	}
	a.Products, a.Doses = products.all, doses.all
	if a.AvailableCount == nil {
		a.AvailableCount = total.count()
	}
	switch {
	case a.Available != "":
	case a.AvailableCount != nil && (*a.AvailableCount > 0 || status == ""):
		a.Available = statusFromCount(*a.AvailableCount)
	case status != "":
		a.Available = status
	default:
		a.Available = Unknown
	}
}

func statusFromCount(count int64) Status {
	if count > 0 {
		return Yes
	}
	return No
}
