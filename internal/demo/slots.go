package demo

import (
	"iter"
	"time"

	"getmyvax.org/univaf/internal/vaccine"
)

const (
	daysAhead = 5      // today, by the place's clock, and four more
	opensAt   = 9 * 4  // in quarters of an hour after midnight
	closesAt  = 18 * 4 // the last appointment ends by then
)

// demands says how wanted a place's appointments are: what percentage of them is
// free when the time comes. Those of -100 are always full.
var demands = []int{-100, 2, 5, 10, 20, 20, 30, 30, 40, 50, 60, 70}

// An appointment is a quarter of an hour at a place, whether it is free or not.
type appointment struct {
	chance  chance
	product vaccine.Product
	start   time.Time // on the place's clock
}

// appointments gives the place's appointments that start after now, by time.
func (p place) appointments(now time.Time) iter.Seq[appointment] {
	return func(yield func(appointment) bool) {
		year, month, today := now.In(p.point.zone).Date()
		for day := today; day < today+daysAhead; day++ {
			days := time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60)
			c := p.chance.of(theDay, uint64(days))
			count := pick(c, []int{1, 2, 2, 2, 2})
			for i := range count {
				a := appointment{
					chance:  c.of(uint64(i)),
					product: p.products[(int(days)*2+i+p.number)%len(p.products)],
				}
				from, to := between(opensAt, closesAt, i, count)
				quarter := from + a.chance.of(theSlot).below(to-from)
				a.start = time.Date(year, month, day, 0, 15*quarter, 0, 0, p.point.zone)
				if a.start.After(now) && !yield(a) {
					return
				}
			}
		}
	}
}

// between gives the bounds of the i-th of count equal parts of from..to.
func between(from, to, i, count int) (int, int) {
	return from + (to-from)*i/count, from + (to-from)*(i+1)/count
}

// changes counts how often the place has changed its appointments by now: it does so
// every 15 to 40 minutes, at minutes of its own.
func (p place) changes(now time.Time) uint64 {
	c := p.chance.of(thePace)
	every := 15 + c.below(26)
	return uint64((int(now.Unix()/60) + c.of(1).below(every)) / every)
}

// state decides about an appointment as of now. At each change of its place a quarter
// of the appointments are decided anew; the later they are, the more are free.
func (p place) state(a appointment, now time.Time) (c chance, free bool) {
	c = a.chance.of(theStatus)
	c = c.of((p.changes(now) + uint64(c.below(4))) / 4)
	likely := pick(p.chance.of(theDemand), demands) +
		int(40*a.start.Sub(now)/(daysAhead*24*time.Hour))
	return c.of(1), c.percent(likely)
}

// slots gives the place's appointments as of now, which is a whole minute.
func (p place) slots(now time.Time) iter.Seq[slot] {
	return func(yield func(slot) bool) {
		for a := range p.appointments(now) {
			scheduleID := p.scheduleID(a.product)
			c, free := p.state(a, now)
			s := slot{
				ResourceType: "Slot",
				ID:           p.id + "-" + a.start.Format("0601021504"),
				Meta:         testData,
				Schedule:     reference{"Schedule/" + scheduleID},
				Status:       "busy",
				Start:        a.start.Format(time.RFC3339),
				End:          a.start.Add(15 * time.Minute).Format(time.RFC3339),
			}
			if free {
				s.Status = "free"
			}
			s.Extension = p.booking(s.ID, c, free)
			if !yield(s) {
				return
			}
		}
	}
}

// booking gives the extensions that some places have on their slots.
func (p place) booking(slotID string, c chance, free bool) []extension {
	var list []extension
	switch n := p.chance.of(theBooking).below(100); {
	case n < 8:
		list = append(list, bookingLink(p.kind.site+"/book?slot="+slotID))
	case n < 12:
		if phone := p.phone(); phone != "" {
			list = append(list, bookingPhone(phone))
		}
	}
	if p.chance.of(theBooking, 1).percent(8) {
		capacity := 0
		if free {
			capacity = 1 + c.below(12)
		}
		list = append(list, slotCapacity(capacity))
	}
	return list
}
