package load

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"getmyvax.org/univaf"
)

// DefaultStale is how old a record may be.
const DefaultStale = univaf.DefaultStale

// Age is how old what a record says is: how long ago it was valid, or how long ago its
// last appointment was, whichever is longer, but never less than 0. It is not known, and
// ok is false, of a record without times, and of one whose list of appointments is empty:
// whoever has no appointments has no reason to say so again.
func Age(u *univaf.Update, now time.Time) (age time.Duration, ok bool) {
	a := u.Availability
	if a == nil {
		return 0, false
	}
	list, member := a.Slots, `"start"`
	if list == nil {
		list, member = a.Capacity, `"date"`
	}
	times := []time.Time{a.ValidAt}
	if list != nil {
		last, found := lastTime(list, member)
		if !found && isEmptyList(list) {
			return 0, false
		}
		times = append(times, last)
	}
	for _, t := range times {
		// A record that was valid just now has no time of its source's own.
		if !t.IsZero() && !t.Equal(now) {
			age, ok = max(age, now.Sub(t)), true
		}
	}
	return age, ok
}

func isEmptyList(raw json.RawMessage) bool {
	return len(bytes.TrimSpace(bytes.Trim(bytes.TrimSpace(raw), "[]"))) == 0
}

// lastTime reads the last value of a member in a list of objects, without decoding the
// hundreds before.
func lastTime(list json.RawMessage, member string) (t time.Time, ok bool) {
	i := bytes.LastIndex(list, []byte(member))
	if i < 0 {
		return t, false
	}
	rest := bytes.TrimLeft(list[i+len(member):], " \t\r\n:")
	var text string
	if json.NewDecoder(bytes.NewReader(rest)).Decode(&text) != nil {
		return t, false
	}
	t, err := univaf.ParseTime(text)
	return t, err == nil
}

// Ages sum up how old records were.
type Ages struct {
	Known                     int // records whose age is known
	Min, Max, Average, Median time.Duration
}

func sumAges(all []time.Duration) Ages {
	if len(all) == 0 {
		return Ages{}
	}
	all = slices.Sorted(slices.Values(all))
	sum := 0.0
	for _, age := range all {
		sum += float64(age)
	}
	middle := len(all) / 2
	median := all[middle]
	if len(all)%2 == 0 {
		median = (all[middle-1] + all[middle]) / 2
	}
	return Ages{
		Known: len(all), Min: all[0], Max: all[len(all)-1],
		Average: time.Duration(sum / float64(len(all))), Median: median,
	}
}
