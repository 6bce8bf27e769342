package archive

import (
	"fmt"
	"time"
)

// A Day is one of UTC, by its first moment.
type Day struct{ time.Time }

// DayOf gives the day of a moment.
func DayOf(t time.Time) Day { return Day{t.UTC().Truncate(24 * time.Hour)} }

// ParseDay reads YYYY-MM-DD.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Day{}, fmt.Errorf("must be a date, such as 2021-11-01, not %q", s)
	}
	return Day{t}, nil
}

// Plus gives the day so many days later.
func (d Day) Plus(days int) Day { return Day{d.AddDate(0, 0, days)} }

// End is the first moment after the day.
func (d Day) End() time.Time { return d.Plus(1).Time }

func (d Day) String() string { return d.Format(time.DateOnly) }
