package usa_test

import (
	"encoding/json"
	"errors"
	"testing"

	"getmyvax.org/univaf/internal/source/sourcetest"
	"getmyvax.org/univaf/internal/usa"

	"github.com/google/go-cmp/cmp"
)

func TestParseAddress(t *testing.T) {
	for text, want := range map[string]usa.Address{
		"1 Elm St, Trenton, NJ 08601":                           {[]string{"1 Elm St"}, "Trenton", "NJ", "08601"},
		"The Mall, 1 Elm St, Suite 4, Trenton, nj, 08601-1234 ": {[]string{"The Mall, 1 Elm St, Suite 4"}, "Trenton", "NJ", "08601-1234"},
		"1 Elm St,\u00a0Fort\nLee, NJ\t08601":                   {[]string{"1 Elm St"}, "Fort\nLee", "NJ", "08601"},
	} {
		got, err := usa.ParseAddress(text)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("ParseAddress(%q): %v (-want +got):\n%s", text, err, diff)
		}
	}
	for text, want := range map[string]error{
		"": usa.ErrAddress, "1 Elm St": usa.ErrAddress, "., ., NJ 08601": usa.ErrAddress, "1 Elm St, --, NJ 08601": usa.ErrAddress,
		"1 Elm St,Trenton,NJ 08601": usa.ErrAddress, "1 Elm St\nTrenton, Trenton, NJ 08601": usa.ErrAddress, "1 Elm St, Trenton, NJ 8601": usa.ErrZIP,
	} {
		if got, err := usa.ParseAddress(text); !errors.Is(err, want) {
			t.Errorf("ParseAddress(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
}

func TestMatchableAddress(t *testing.T) {
	for _, test := range []struct{ a, b string }{
		{"12 N.W. 5th Ave., Portland, OR 97209", "12 Northwest Fifth Avenue, Portland, OR 97209"},
		{"1 U.S. Hwy 1, Ste #5, Edison, NJ 08817", "1 US Highway 1 Suite 5 Edison NJ 08817"},
		{"Town Hall, 1 St. John's Rd, Troy, NY 12180", "1 Saint John Road - Troy, NY 12180"},
		{"1 Mt Holly Pike, Burlington, NJ 08016", "1 Mount Holly Turnpike, Burlington, NJ 08016"},
		{"100 Main St Bldg 7, Reno, NV 89501", "100 Main #7, Reno, NV 89501"},
	} {
		a, b := usa.MatchableAddress(usa.MatchableLines(test.a)...), usa.MatchableAddress(usa.MatchableLines(test.b)...)
		if a != b || a == "" {
			t.Errorf("%q and %q are %q and %q", test.a, test.b, a, b)
		}
	}
	if a, b := usa.MatchableAddress("1 Elm St", "Troy"), usa.MatchableAddress("2 Elm St", "Troy"); a == b {
		t.Errorf("different addresses are both %q", a)
	}
}

func TestSharedTables(t *testing.T) {
	t.Run("parseUsAddress", func(t *testing.T) {
		for _, row := range sourcetest.Table(t, "parseUsAddress") {
			got, err := usa.ParseAddress(row.Text(t, 0))
			var want struct {
				Lines      []string
				City       string
				State, ZIP string
			}
			unmarshal(t, row.Output, &want)
			if diff := cmp.Diff(usa.Address(want), got); diff != "" || (err != nil) != (row.Error != nil) {
				t.Errorf("%q: %v (-want +got):\n%s", row.Text(t, 0), err, diff)
			}
		}
	})
	t.Run("parseUsPhoneNumber", func(t *testing.T) {
		texts(t, "parseUsPhoneNumber", usa.ParsePhone)
	})
	t.Run("matchable", func(t *testing.T) {
		texts(t, "matchable", func(text string) (string, error) { return usa.Matchable(text), nil })
	})
	t.Run("matchableAddress", func(t *testing.T) {
		for _, row := range sourcetest.Table(t, "matchableAddress") {
			var lines []string
			if json.Unmarshal(row.Args[0], &lines) != nil {
				lines = usa.MatchableLines(row.Text(t, 0))
			}
			got := usa.MatchableAddress(lines...)
			if len(row.Args) > 1 {
				var i int
				unmarshal(t, row.Args[1], &i)
				got = usa.MatchableLine(i, lines...)
			}
			var want string
			unmarshal(t, row.Output, &want)
			if got != want {
				t.Errorf("%s = %q, want %q", row.Args, got, want)
			}
		}
	})
	t.Run("formatZipCode", func(t *testing.T) {
		for _, row := range sourcetest.Table(t, "formatZipCode") {
			var text string
			if json.Unmarshal(row.Args[0], &text) != nil {
				text = string(row.Args[0]) // a number
			}
			got, err := usa.FormatZIP(text)
			check(t, row, got, err)
		}
	})
}

// texts checks a function of one text.
func texts(t *testing.T, function string, f func(string) (string, error)) {
	t.Helper()
	for _, row := range sourcetest.Table(t, function) {
		got, err := f(row.Text(t, 0))
		check(t, row, got, err)
	}
}

func check(t *testing.T, row sourcetest.Row, got string, err error) {
	t.Helper()
	var want string
	if row.Output != nil {
		unmarshal(t, row.Output, &want)
	}
	if got != want || (err != nil) != (row.Error != nil) {
		t.Errorf("%s = %q, %v; want %q, %+v", row.Args, got, err, want, row.Error)
	}
}

func unmarshal(t *testing.T, data []byte, v any) {
	t.Helper()
	if data == nil {
		return
	}
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatal(err)
	}
}
