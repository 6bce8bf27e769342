package smart

import (
	"encoding/json"
	"slices"
	"strings"

	"getmyvax.org/univaf"
)

// A Day says whether appointments can be had on one date.
type Day struct {
	Date       string        `json:"date"` // YYYY-MM-DD, local to the place
	Available  univaf.Status `json:"available"`
	BookingURL string        `json:"booking_url,omitempty"`
}

// Days sums slots up by date: YES if any slot of the day is free. A slot whose
// capacity is not a number, or less than 0, is UNKNOWN. The first slot of a day says what
// the day is, the others can only raise it to YES. The days come in order.
func Days(slots []PlacedSlot) []Day {
	return days(slots, func(*Slot) string { return "" })
}

// DaysWithLinks does so and gives each day the deep link of its first slot. It gives nil
// if a slot begins and ends on different dates, since that is for several days then.
func DaysWithLinks(slots []PlacedSlot) []Day {
	for i := range slots {
		if s := &slots[i]; s.Start.Date() != s.End.Date() {
			return nil
		}
	}
	return days(slots, func(s *Slot) string { return Find(s.Extension, ExtBookingDeepLink).Text() })
}

func days(slots []PlacedSlot, link func(*Slot) string) []Day {
	days := []Day{}
	index := map[string]int{}
	for i := range slots {
		s := &slots[i].Slot
		status := univaf.No
		if s.Status == Free {
			status = univaf.Yes
		}
		if n, ok := s.Capacity(); !ok || n < 0 {
			status = univaf.Unknown
		}
		at, found := index[s.Start.Date()]
		if !found {
			at = len(days)
			index[s.Start.Date()] = at
			days = append(days, Day{s.Start.Date(), status, link(s)})
		}
		if status == univaf.Yes {
			days[at].Available = univaf.Yes
		}
	}
	slices.SortFunc(days, func(a, b Day) int { return strings.Compare(a.Date, b.Date) })
	return days
}

// EncodeDays renders days as an Availability's Capacity; none is [].
func EncodeDays(days []Day) json.RawMessage {
	text, _ := json.Marshal(orEmpty(days)) // texts always encode
	return text
}
