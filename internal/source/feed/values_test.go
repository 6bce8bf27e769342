package feed

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTimes(t *testing.T) {
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ text, format, want string }{ // "day" behind it if it has no time of day
		{"2021-11-01T09:30:00-07:00", "", "2021-11-01T09:30:00-07:00"},
		{"2021-11-01T09:30:00Z", "", "2021-11-01T09:30:00Z"},
		{"2021-11-01T09:30:15.25+0530", "", "2021-11-01T09:30:15.25+05:30"},
		{"2021-11-01T09:30", "", "2021-11-01T09:30:00-04:00"},
		{"2021-11-01 09:30", "", "2021-11-01T09:30:00-04:00"},
		{"2021-12-01 9:30", "", "2021-12-01T09:30:00-05:00"},
		{"2021/11/1 9:30:59", "", "2021-11-01T09:30:59-04:00"},
		{"11/01/2021 9:30 AM", "", "2021-11-01T09:30:00-04:00"},
		{"11/1/2021  12:05 am", "", "2021-11-01T00:05:00-04:00"},
		{"11/1/21 12 p.m.", "", "2021-11-01T12:00:00-04:00"},
		{"11-1-2021, 9PM", "", "2021-11-01T21:00:00-04:00"},
		{"Mon, 11/1/2021 at 9:30 PM EST", "", "2021-11-01T21:30:00-05:00"},
		{"11/1/2021 9:30 AM ET", "", "2021-11-01T09:30:00-04:00"},
		{"11/1/2021 9:30 AM PT", "", "2021-11-01T09:30:00-07:00"},
		{"November 1, 2021", "", "2021-11-01T00:00:00-04:00 day"},
		{"Monday, Nov. 1st, 2021 16:00", "", "2021-11-01T16:00:00-04:00"},
		{"Sept 1 2021 4pm", "", "2021-09-01T16:00:00-04:00"},
		{"1-Nov-21", "", "2021-11-01T00:00:00-04:00 day"},
		{"1 November 2021 08:00", "", "2021-11-01T08:00:00-04:00"},
		{"2021-11-01", "", "2021-11-01T00:00:00-04:00 day"},
		{"13/1/2021", "", "must be a day that there is, with the month before the day (or set format), not \"13/1/2021\""},
		{"2021-02-29", "", "must be a day that there is"},
		{"0000-00-00", "", "must be a day that there is"},
		{"0001-01-01", "", "must be a time that can be"},
		{"2021-11-01 24:00", "", "must be a date and time"},
		{"2021-11-01 13:00 PM", "", "must be a date and time"},
		{"2021-11-01 09:61", "", "must be a date and time"},
		{"2021-11-01 9", "", "must be a date and time"},
		{"2021-11-019:30", "", "must be a date and time"},
		{"11/1/20219:30", "", "must be a date and time"},
		{"2021-11-01T09:30+25:00", "", "must have an offset such as -05:00"},
		{"2021-11-01T09:30 XYZ", "", "must have an offset such as -05:00"},
		{"Smarch 1, 2021", "", "must be a date and time"},
		{"9:30 AM", "", "must be a date and time"},
		{"44501.5", "", "must be a date and time"},
		{"", "", "must be a date and time"},

		{"01.11.2021 9:30", "DD.MM.YYYY H:mm", "2021-11-01T09:30:00-04:00"},
		{"1/11/21 09:30 pm", "D/M/YY hh:mm A", "2021-11-01T21:30:00-04:00"},
		{"Monday 1 november 2021", "DDDD D MMMM YYYY", "2021-11-01T00:00:00-04:00 day"},
		{"20211101T0930-0700", "YYYYMMDDTHHmmZ", "must be a time as in format, YYYYMMDDTHHmmZ, not"},
		{"20211101T0930-07:00", "YYYYMMDDTHHmmZ", "2021-11-01T09:30:00-07:00"},
		{"2021-11-01", "DD.MM.YYYY", "must be a time as in format, DD.MM.YYYY, not \"2021-11-01\""},
		{"1635773400", "unix", "2021-11-01T13:30:00Z"},
		{"1635773400500", "unix_ms", "2021-11-01T13:30:00.5Z"},
		{"1.6357734E9", "unix", "2021-11-01T13:30:00Z"},
		{"1635773400500", "unix", "must be a number of seconds (unix) or milliseconds (unix_ms)"},
		{"soon", "unix", "must be a number of seconds"},
		{"NaN", "unix", "must be a number of seconds"},
		{"-1", "unix", "must be a time that can be"},
	} {
		at, day, err := parseTime(test.text, test.format, newYork)
		got := at.Format(time.RFC3339Nano)
		if day {
			got += " day"
		}
		if err != nil {
			got = err.Error()
		}
		if !strings.HasPrefix(got, test.want) || err == nil && got != test.want {
			t.Errorf("%q as %q: %s, want %s", test.text, test.format, got, test.want)
		}
		if err != nil || test.format != "" && test.format != "DD.MM.YYYY H:mm" {
			continue
		}
		// Without a zone, only what has an offset can be read.
		_, _, err = parseTime(test.text, test.format, nil)
		offset := strings.ContainsAny(test.text, "+Z") || strings.HasSuffix(test.text, "-07:00") || strings.HasSuffix(test.text, "T")
		if offset != (err == nil) || err != nil && !errors.Is(err, errNoZone) {
			t.Errorf("%q without a zone: %v", test.text, err)
		}
	}
}

func TestValues(t *testing.T) {
	show := func(v any, err error) string {
		if err != nil {
			return "error"
		}
		return fmt.Sprint(v)
	}
	for name, f := range map[string]struct {
		parse func(string) string
		want  map[string]string
	}{
		"status": {func(s string) string { return show(parseStatus(s)) }, map[string]string{
			"YES": "YES", "yes": "YES", "true": "YES", "1": "YES", "x": "YES", "No": "NO", "false": "NO", "0": "NO", "unknown": "UNKNOWN", "open": "error", "2": "error",
		}},
		"location type": {func(s string) string { return show(parseLocationType(s)) }, map[string]string{
			"pharmacy": "PHARMACY", "Mass vax": "MASS_VAX", "church": "error",
		}},
		"count": {func(s string) string { return show(parseCount(s)) }, map[string]string{
			"0": "0", "12": "12", "1,200": "1200", "12.0": "12", "1e3": "1000", "-1": "error", "1.5": "error", "a few": "error",
			"NaN": "error", "Inf": "error", "1e400": "error", "9007199254740993": "error",
		}},
		"months": {func(s string) string { return show(parseMonths(s)) }, map[string]string{"6": "6", "6 +": "6", "-1": "error", "six": "error"}},
		"years":  {func(s string) string { return show(parseYears(s)) }, map[string]string{"12": "144", "0.5": "6", "12+": "144", "5-11": "error", "1000": "error", "NaN": "error"}},
		"ZIP code": {func(s string) string { return show(parseZIP(s)) }, map[string]string{
			"07102": "07102", "7102": "07102", "7102.0": "07102", "07102-1": "07102-0001", "071021234": "07102-1234", "901": "00901",
			"0": "error", "00000": "error", "7102.5": "error", "0710212": "error", "M5V 1A1": "error", "07102-": "error", "-": "error", "７１０２": "error",
		}},
		"state": {func(s string) string { return show(parseState(s)) }, map[string]string{"nj": "NJ", "New Jersey": "NJ", "N. Mex.": "NM", "Ontario": "error"}},
		"URL": {func(s string) string { return show(parseURL(s)) }, map[string]string{
			"https://a.example/b": "https://a.example/b", "a.example": "http://a.example", "javascript:alert(1)": "error", "call us": "error",
		}},
		"dose": {func(s string) string { return show(parseDose(s)) }, map[string]string{"First dose only": "first_dose_only", "ALL_DOSES": "all_doses", "1": "error"}},
		"product": {func(s string) string { return show(parseProduct(s)) }, map[string]string{
			"Moderna": "moderna", "PFIZER_2026": "pfizer_2026", "212": "jj", "CVX 207": "moderna", "Pfizer, ages 5-11": "pfizer_age_5_11",
			"Flu shot": "flu", "999": "error", "Sniffle Shot": "error",
		}},
		"id": {func(s string) string { return show(s, badID(s)) }, map[string]string{
			"0": "0", "A 1/é": "A 1/é", "null": "error", "Undefined": "error", "NaN": "error", "N/A": "error", "none": "error", "-": "error", "--": "error",
			"1.23E+11": "error", "1E+05": "error", "E+05": "E+05", strings.Repeat("x", 512): strings.Repeat("x", 512), strings.Repeat("x", 513): "error",
		}},
	} {
		for text, want := range f.want {
			if got := f.parse(text); got != want {
				t.Errorf("%s %q: %s, want %s", name, text, got, want)
			}
		}
	}
}

func TestLists(t *testing.T) {
	for _, test := range []struct {
		text, separator string
		want            []string
	}{
		{"Pfizer, Moderna;Flu | RSV\nMMR,,", "", []string{"Pfizer", "Moderna", "Flu", "RSV", "MMR"}},
		{"Pfizer, ages 5-11, Moderna, 6 months - 5 years, 208, 12+", "", []string{"Pfizer, ages 5-11", "Moderna, 6 months - 5 years", "208, 12+"}},
		{"5-11, Pfizer", "", []string{"5-11", "Pfizer"}},
		{"Pfizer, ages 5-11 / Moderna", "/", []string{"Pfizer, ages 5-11", "Moderna"}},
		{" ", "", nil},
	} {
		if diff := cmp.Diff(test.want, split(test.text, test.separator)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.text, diff)
		}
	}
}

func TestPaths(t *testing.T) {
	document := map[string]any{
		"a":   map[string]any{"b": []any{map[string]any{"c": "first"}, map[string]any{"c": []any{"x", "y"}}, nil, map[string]any{}}, "null": nil},
		"a.b": "by its whole name", "two words": "2", "d": []any{},
	}
	for text, want := range map[string]any{ // errPath for what is no path, an error for what is not found
		"a.b[0].c": "first", "a.b[1].c[1]": "y", "a.b.c": "by its whole name", "two words": "2", "a.null": nil, "d.x": []any{},
		"a[0]": errors.ErrUnsupported, "a.b[9]": errors.ErrUnsupported, "a.b[0].x": errors.ErrUnsupported, "x": errors.ErrUnsupported,
		"a.b[0].c.x": errors.ErrUnsupported, "A": errors.ErrUnsupported, "d[0]": errors.ErrUnsupported,
		"": errPath, "a.": errPath, ".a": errPath, "a..b": errPath, "a[": errPath, "a[x]": errPath, "a[-1]": errPath, "a[1]b": errPath, "a]": errPath,
	} {
		if text == "a.b.c" {
			want = []any{"first", "x", "y"}
		}
		p, err := parsePath(text)
		if err != nil {
			if want != any(errPath) {
				t.Errorf("%s: %v", text, err)
			}
			continue
		}
		got, ok := p.of(document)
		if !ok {
			got = errors.ErrUnsupported
		}
		if diff := cmp.Diff(want, got, cmp.Comparer(errors.Is)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	if got, ok := (path{whole: "a[x]"}).of(map[string]any{"a[x]": 1}); !ok || got != 1 {
		t.Errorf("a name that is no path: %v", got)
	}
}

func TestGoogleSheets(t *testing.T) {
	const d, docs = "https://docs.google.com/spreadsheets/d/1AbC_-x", "https://docs.google.com"
	for in, want := range map[string]string{
		d + "/edit#gid=7":              d + "/export?format=csv&gid=7",
		d + "/edit?gid=7#gid=7":        d + "/export?format=csv&gid=7",
		d + "/edit?usp=sharing":        d + "/export?format=csv",
		d:                              d + "/export?format=csv",
		d + "/":                        d + "/export?format=csv",
		d + "/view#gid=7&range=A1":     d + "/export?format=csv&gid=7",
		d + "/htmlview":                d + "/export?format=csv",
		d + "/export?format=csv&gid=7": d + "/export?format=csv&gid=7",
		d + "/export?format=tsv":       d + "/export?format=tsv",
		d + "/gviz/tq?tqx=out:csv":     d + "/gviz/tq?tqx=out:csv",
		" " + d + "/edit ":             d + "/export?format=csv",
		docs + "/spreadsheets/u/1/d/1AbC/edit#gid=0":                        docs + "/spreadsheets/d/1AbC/export?format=csv&gid=0",
		docs + "/a/county.example/spreadsheets/d/1AbC/edit":                 docs + "/a/county.example/spreadsheets/d/1AbC/export?format=csv",
		docs + "/spreadsheets/d/e/2PACX-1/pubhtml":                          docs + "/spreadsheets/d/e/2PACX-1/pub?output=csv",
		docs + "/spreadsheets/d/e/2PACX-1/pubhtml?gid=7&single=true":        docs + "/spreadsheets/d/e/2PACX-1/pub?gid=7&output=csv&single=true",
		docs + "/spreadsheets/d/e/2PACX-1/pub?gid=7&single=true&output=csv": docs + "/spreadsheets/d/e/2PACX-1/pub?gid=7&single=true&output=csv",
		docs + "/document/d/1AbC/edit":                                      docs + "/document/d/1AbC/edit",
		"https://docs.google.com.example/spreadsheets/d/1AbC/edit":          "https://docs.google.com.example/spreadsheets/d/1AbC/edit",
		"https://county.example/clinics.csv?a=1":                            "https://county.example/clinics.csv?a=1",
	} {
		c := Config{URL: in}
		if got := c.address(); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestFormats(t *testing.T) {
	header := func(kind string) map[string][]string { return map[string][]string{"Content-Type": {kind}} }
	for _, test := range []struct {
		address, contentType, head, want string
	}{
		{"https://a.example/a.CSV?x=.json", "application/json", "[", "csv"},
		{"a.tsv", "", "", "csv"},
		{"https://a.example/a.geojson", "text/plain", "", "json"},
		{"dir/a.jsonl", "", "", "ndjson"},
		{"https://a.example/json", "text/csv; charset=utf-8", "{", "csv"},
		{"https://a.example/", "application/fhir+ndjson", "", "ndjson"},
		{"https://a.example/a.php", "text/plain", " \n{", "json"},
		{"https://a.example/a.php", "text/plain", "id,name", "csv"},
		{"https://a.example/a.php", "", "", "csv"},
	} {
		if got := guessFormat(test.address, header(test.contentType), []byte(test.head)); got != test.want {
			t.Errorf("%+v: %s", test, got)
		}
	}
}
