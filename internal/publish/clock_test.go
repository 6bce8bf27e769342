package publish

import (
	"testing"

	"getmyvax.org/univaf/internal/usa"
)

func TestTimesAreAsTheyAreAtThePlace(t *testing.T) {
	for _, test := range []struct{ zip, state, given, want string }{
		{"08102", "NJ", "2026-11-01T05:30:00Z", "2026-11-01T01:30:00-04:00"},
		{"08102", "NJ", "2026-11-01T06:30:00Z", "2026-11-01T01:30:00-05:00"}, // the clocks have gone back
		{"08102", "NJ", "2026-03-08T07:00:00.25Z", "2026-03-08T03:00:00-04:00"},
		{"08102", "NJ", "2026-07-01T09:00:00.500-04:00", "2026-07-01T09:00:00.500-04:00"},
		{"85001", "AZ", "2026-07-01T09:00:00-06:00", "2026-07-01T08:00:00-07:00"},
		{"96813", "HI", "2026-01-01T00:00:00Z", "2025-12-31T14:00:00-10:00"},
		{"", "GU", "2026-01-01T00:00:00Z", "2026-01-01T10:00:00+10:00"},
		{"", "AE", "2026-01-01T09:00:00+01:00", "2026-01-01T09:00:00+01:00"}, // nobody knows where
	} {
		var c clock
		c.in(zone(test.zip, test.state))
		m, ok := readMoment([]byte(test.given))
		if got := string(c.append(nil, m)); !ok || got != test.want {
			t.Errorf("%s in %s: %s, want %s", test.given, test.state, got, test.want)
		}
	}
	for _, bad := range []string{"", "2026-11-01", "2026-11-01T0x:00:00Z", "2026-11-01T00:00:00+1"} {
		if _, ok := readMoment([]byte(bad)); ok {
			t.Errorf("%q is taken for a time", bad)
		}
	}
}

func TestDaysGoFromMidnightToMidnight(t *testing.T) {
	for date, hours := range map[string]int64{"2026-11-01": 25, "2026-03-08": 23, "2026-07-01": 24} {
		c := clock{zone: usa.Zone("08102", "NJ")}
		start, end, ok := c.day(date)
		if !ok || end-start != hours*3600 {
			t.Errorf("%s has %d s", date, end-start)
		}
	}
}
