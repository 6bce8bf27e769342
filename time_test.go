package univaf_test

import (
	"regexp"
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

// parseByForms reads a time with the package time, once its form is known.
func parseByForms(s string) (time.Time, bool) {
	form := regexp.MustCompile(`^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$`).FindStringSubmatch(s)
	switch {
	case form == nil:
		return time.Time{}, false
	case form[2] == "":
		form[2] = "00:00"
	case form[3] == "" && len(form[4]) == len("-0700"):
		return time.Time{}, false
	}
	if form[3] == "" {
		form[3] = ":00"
	}
	if form[4] == "" {
		form[4] = "Z"
	}
	layout := time.RFC3339
	if len(form[4]) == len("-0700") {
		layout = "2006-01-02T15:04:05Z0700"
	}
	t, err := time.Parse(layout, form[1]+"T"+form[2]+form[3]+form[4])
	_, offset := t.Zone()
	t = t.UTC().Truncate(time.Millisecond)
	return t, err == nil && max(offset, -offset) <= 18*60*60 && t.Year() >= 1900 && t.Year() <= 9999
}

func TestTimesAreReadAsThePackageTimeDoes(t *testing.T) {
	forms := rapid.SampledFrom([]string{
		"2021-11-01", "2020-02-29", "2021-02-28T23:59", "2021-11-01T12:00:00Z", "2021-11-01 12:00:00.5", "1900-01-01T00:00:00+18:00",
		"2021-11-01T12:00:00.1234567890-04:00", "9999-12-31T23:59:59-0030", "2021-11-30T08:09:10.999+05:60", "2021-11-30T08:09Z",
	})
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(forms.Draw(t, "form"))
		for range rapid.IntRange(0, 3).Draw(t, "changes") {
			i := rapid.IntRange(0, len(text)-1).Draw(t, "at")
			text[i] = rapid.SampledFrom([]byte("00112233456789-+:.,TZ ")).Draw(t, "byte")
		}
		if rapid.IntRange(0, 3).Draw(t, "cut") == 0 {
			text = text[:rapid.IntRange(0, len(text)).Draw(t, "length")]
		}
		want, ok := parseByForms(string(text))
		got, err := univaf.ParseTime(string(text))
		if ok != (err == nil) {
			t.Fatalf("%q: got error %v, want a time: %v", text, err, ok)
		}
		if ok && !got.Equal(want) {
			t.Fatalf("%q: got %v, want %v", text, got, want)
		}
	})
}

func TestTimesAreWrittenAsThePackageTimeDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// From before year 0 to after 9999.
		at := time.Unix(rapid.Int64Range(-70_000_000_000, 270_000_000_000).Draw(t, "s"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns"))
		if got, want := univaf.FormatTime(at), at.UTC().Format("2006-01-02T15:04:05.000Z"); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
	})
}
