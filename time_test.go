package univaf_test

import (
	"testing"
	"time"

	"getmyvax.org/univaf"

	"pgregory.net/rapid"
)

func TestParseTime(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"UTC", "2021-11-01T12:00:00Z", "2021-11-01T12:00:00.000Z"},
		{"behind UTC", "2021-11-01T12:00:00-04:00", "2021-11-01T16:00:00.000Z"},
		{"ahead of UTC, another day", "2021-11-01T02:00:00+05:30", "2021-10-31T20:30:00.000Z"},
		{"an offset without colon", "2021-11-01T12:00:00-0400", "2021-11-01T16:00:00.000Z"},
		{"no offset is UTC", "2021-11-01T12:00:00", "2021-11-01T12:00:00.000Z"},
		{"a space for the T", "2021-11-01 12:00:00", "2021-11-01T12:00:00.000Z"},
		{"a space and an offset", "2021-11-01 12:00:00-04:00", "2021-11-01T16:00:00.000Z"},
		{"no seconds", "2021-11-01T12:00", "2021-11-01T12:00:00.000Z"},
		{"no seconds, an offset", "2021-11-01T12:00-04:00", "2021-11-01T16:00:00.000Z"},
		{"milliseconds", "2021-11-01T12:00:00.123Z", "2021-11-01T12:00:00.123Z"},
		{"finer is cut off", "2021-11-01T12:00:00.123999Z", "2021-11-01T12:00:00.123Z"},
		{"a fraction without offset", "2021-11-01T12:00:00.5", "2021-11-01T12:00:00.500Z"},
		{"a date alone is midnight UTC", "2021-11-01", "2021-11-01T00:00:00.000Z"},
		{"a leap day", "2020-02-29", "2020-02-29T00:00:00.000Z"},
		{"before 1970", "1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := univaf.ParseTime(test.in)
			if err != nil {
				t.Fatal(err)
			}
			if text := univaf.FormatTime(got); text != test.want {
				t.Errorf("got %s, want %s", text, test.want)
			}
			if got.Location() != time.UTC {
				t.Errorf("got the zone %v, want UTC", got.Location())
			}
		})
	}
}

func TestParseTimeRefuses(t *testing.T) {
	for _, in := range []string{
		"", "yesterday", "12:00", "2021-11-01T", "2021-11-01T12", "2021-11", "2021-02-30", "2021-13-01",
		"2021-11-01T25:00:00Z", "2021-11-01T12:60:00Z", "2021-11-01T12:00:00 Z", "2021-11-01T12:00:00ZZ",
		"11/01/2021 12:00:00", "2021-11-01_12:00:00Z", "1635768000", " 2021-11-01", "2021-11-01T12:00:00+4",
		"20211101T120000Z", "2021-11-01t12:00:00z",
	} {
		t.Run(in, func(t *testing.T) {
			const want = "must be an ISO 8601 date and time, such as 2021-11-01T12:00:00Z"
			if got, err := univaf.ParseTime(in); err == nil || err.Error() != want {
				t.Errorf("got %v, error %v; want error %q", got, err, want)
			}
		})
	}
}

func TestFormatTime(t *testing.T) {
	for _, test := range []struct {
		name string
		in   time.Time
		want string
	}{
		{"whole seconds have milliseconds, too", noon, "2021-11-01T12:00:00.000Z"},
		{"another zone becomes UTC", noon.In(time.FixedZone("", -4*3600)), "2021-11-01T12:00:00.000Z"},
		{"finer is cut, not rounded", noon.Add(1999999), "2021-11-01T12:00:00.001Z"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := univaf.FormatTime(test.in); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestTimesComeBack(t *testing.T) {
	first := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	last := time.Date(2999, 12, 31, 0, 0, 0, 0, time.UTC).UnixMilli()
	rapid.Check(t, func(t *rapid.T) {
		want := time.UnixMilli(rapid.Int64Range(first, last).Draw(t, "ms")).
			Add(time.Duration(rapid.IntRange(0, 999_999).Draw(t, "ns")))
		got, err := univaf.ParseTime(univaf.FormatTime(want))
		if err != nil {
			t.Fatal(err)
		}
		if !got.Equal(univaf.Instant(want)) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}
