package feed_test

import (
	"fmt"
	"testing"

	"getmyvax.org/univaf"
)

// full maps everything that can be mapped in one table.
const full = `
name: full
url: https://county.example/clinics
provider: county
%s
location:
  id: id
  external_ids: {npi_usa: a}
  name: [name, b]
  location_type: c
  address: a
  city: a
  state: {field: state, default: NJ}
  postal_code: zip
  county: b
  latitude: c
  longitude: n
  info_phone: a
  info_url: b
  booking_url: {field: c, map: {x: "https://a.example"}}
  description: a
  requires_waitlist: b
  minimum_age_years: n
availability:
  available: {field: c, map: {Open: YES}, default: UNKNOWN}
  available_count: n
  products: a
  doses: b
  valid_at: t
`

// FuzzFeeds holds every record that any feed gives to what the API takes.
func FuzzFeeds(f *testing.F) {
	const header = "id,name,state,zip,a,b,c,n,t\n"
	for _, seed := range []struct {
		form int
		body string
	}{
		{0, header + "1,A,NJ,07102,\"x, y\",z,Open,12,2021-11-01\n2,B,,7102,1 Main St,,,-1,soon\n"},
		{1, "id;name;state;zip;a;b;c;n;t\n1;A;NJ;;;;;;11/2/2021 9:30 AM\n1;A;;;;;;3;2021-11-02T09:30Z\n"},
		{2, "\xff\xfei\x00d\x00" + header + "1,\"A\n\"\"B,,,,,,,\n"},
		{3, `[{"id": 1, "name": ["A"], "state": null, "zip": 7102, "a": {"b": [1]}, "b": [], "c": true, "n": 1e400, "t": 0, "s": [{"t": "2021-11-02T09:30Z", "n": 1}, {"t": "x"}, null]}, null]`},
		{4, "{\"id\": \"\\u0000\", \"name\": \"\\ud800\"}\n{\"id\": 2, \"name\": \"A\", \"t\": \"2021-11-01\"}\r\n[[[["},
	} {
		f.Add(seed.form, []byte(seed.body))
	}
	forms := []string{
		"format: csv", "rows: slots", "rows: days\ntime_zone: America/Chicago", "format: json", "format: ndjson\nrows: products",
	}
	offers := []string{
		"", "  slots: {start: t, end: t, available_count: n, products: b, dose: a, booking_url: c}",
		"  capacity: {date: t, available_count: n, unavailable_count: n, products: a}", "  slots: {items: s, start: t, available_count: n}", "",
	}
	f.Fuzz(func(t *testing.T, form int, body []byte) {
		form = int(uint(form) % uint(len(forms)))
		got := run(t, checked(t, fmt.Sprintf(full, forms[form])+offers[form]), text("", string(body)))
		seen := map[univaf.ExternalID]bool{}
		for _, u := range got.updates {
			if id := u.ExternalIDs[0]; seen[id] {
				t.Errorf("two records of %v", id)
			} else {
				seen[id] = true
			}
			record := u.AppendJSON(nil)
			if _, ignored, err := univaf.DecodeUpdate(record); err != nil || len(ignored) > 0 {
				t.Errorf("the API refuses, or ignores %v of, a record: %v\n%s", ignored, err, record)
			}
		}
		for _, skipped := range got.skipped {
			if skipped == "" {
				t.Error("a record is skipped without a reason")
			}
		}
		_ = got.told()
	})
}
