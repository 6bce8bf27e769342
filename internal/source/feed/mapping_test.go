package feed_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A mapping of one record, as the entry's keys location and availability, each without
// what every place must have.
func TestMappings(t *testing.T) {
	for _, test := range []struct {
		name, location, availability, more string
		body                               string // a JSON object
		want                               string // members of the place, or those of availability
		warnings                           []string
	}{
		{"several fields are joined", "name: [first, last, none]", "", "", `{"first": "St.", "last": "Mary"}`, `{"name": "St. Mary"}`, nil},
		{"several fields make an id", "id: [name, zip]", "", "", `{"name": "A", "zip": 7}`, `{"external_ids": [["a", "A-7"]]}`, nil},
		{"a system of ids", "", "", "id_system: sites", `{}`, `{"external_ids": [["sites", "1"]]}`, nil},
		{
			"ids of others", "external_ids: {vtrcks: pin, npi_usa: npi, cvs: store}", "", "", `{"pin": "NJ1", "npi": 1234567890, "store": "N/A"}`,
			`{"external_ids": [["a", "1"], ["npi_usa", "1234567890"], ["vtrcks", "NJ1"]], "meta": {"npi_usa": "1234567890"}}`,
			[]string{`invalid cvs: location.external_ids.cvs (store) must be the place's own and stay as it is, not "N/A"`},
		},
		{"a map, whatever the case", "location_type: {field: kind, map: {Drug  store: pharmacy}}", "", "", `{"kind": "DRUG STORE"}`, `{"location_type": "PHARMACY"}`, nil},
		{
			"a text that the map does not name", "location_type: {field: kind, map: {Drug store: PHARMACY}}", "", "location_type: MASS_VAX", `{"kind": "Church"}`, `{"location_type": "MASS_VAX"}`,
			[]string{`invalid location_type: location.location_type (kind) is "Church", which map does not name: add it there, or set default`},
		},
		{"a default", "city: {field: town, default: Newark}", "", "", `{"town": " "}`, `{"city": "Newark"}`, nil},
		{"a map of nothing", "description: {field: d, map: {'': 'No notes', x: ''}}", "", "", `{"d": null}`, `{"description": "No notes"}`, nil},
		{
			"empty fields take facts away",
			"address: a\n  city: a\n  postal_code: a\n  county: a\n  latitude: a\n  longitude: b\n  info_phone: a\n  info_url: a\n  booking_phone: a\n  booking_url: a\n  description: a\n  requires_waitlist: a\n  minimum_age_months: a",
			"", "", `{"a": "", "b": null}`,
			`{"address_lines": [], "city": null, "postal_code": null, "county": null, "position": null, "info_phone": null, "info_url": null, "booking_phone": null, "booking_url": null, "description": null, "requires_waitlist": false, "minimum_age_months": null}`, nil,
		},
		{"what can't be read takes nothing away", "booking_url: a\n  postal_code: a\n  minimum_age_years: a\n  requires_waitlist: a\n  latitude: a\n  longitude: a", "", "", `{"a": "see below"}`, `{}`, []string{
			`invalid postal_code: location.postal_code (a) must be a ZIP code, such as 07102 or 07102-1234, not "see below"`,
			`invalid latitude: location.latitude (a) must be a number of degrees, such as 40.7357, not "see below"`,
			`invalid longitude: location.longitude (a) must be a number of degrees, such as 40.7357, not "see below"`,
			`invalid booking_url: location.booking_url (a) must be a web address, such as https://example.org/book, not "see below"`,
			`invalid requires_waitlist: location.requires_waitlist (a) must be yes or no, not "see below"`,
			`invalid minimum_age_years: location.minimum_age_years (a) must be an age as a number, such as 12, not "see below"`,
		}},
		{
			"an address in one line", "full_address: where", "", "", `{"where": "1 Main St, Suite 2, Bordentown, NJ 08505"}`,
			`{"address_lines": ["1 Main St, Suite 2"], "city": "Bordentown", "postal_code": "08505", "county": "Burlington"}`, nil,
		},
		{
			"an address in several lines", "full_address: where\n  city: town", "", "", `{"where": "1 Main St\nBordentown, NJ 8505-1", "town": "Bordentown City"}`,
			`{"address_lines": ["1 Main St", "Bordentown, NJ 8505-1"], "city": "Bordentown City"}`,
			[]string{`invalid full_address: location.full_address (where) must be STREET, CITY, STATE ZIP, such as 9 Main Street, Newark, NJ 07102, not "1 Main St\nBordentown, NJ 8505-1"`},
		},
		{"lines of an address", "address: [a, b]", "", "", `{"a": "1 Main St\nSuite 2\n", "b": "Rear"}`, `{"address_lines": ["1 Main St", "Suite 2", "Rear"]}`, nil},
		{"the county by the ZIP code", "postal_code: zip", "", "", `{"zip": "07102"}`, `{"postal_code": "07102", "county": "Essex"}`, nil},
		{"the county as it is called", "county: c", "", "", `{"c": "Essex COUNTY"}`, `{"county": "Essex"}`, nil},
		{"a position that is none", "latitude: a\n  longitude: a", "", "", `{"a": 0}`, `{}`, []string{"invalid position: latitude 0, longitude 0"}},
		{
			"a position with its sign forgotten", "postal_code: zip\n  latitude: lat\n  longitude: lon", "", "", `{"zip": "07102", "lat": 40.73, "lon": 74.17}`, `{"postal_code": "07102", "county": "Essex"}`,
			[]string{"position far from the ZIP code: latitude 40.73, longitude 74.17, but 07102 is at 40.7, -74.2"},
		},
		{"a position near the ZIP code", "postal_code: zip\n  latitude: lat\n  longitude: lon", "", "", `{"zip": "07102", "lat": 40.9, "lon": "-74.0"}`, `{"postal_code": "07102", "county": "Essex", "position": {"latitude": 40.9, "longitude": -74}}`, nil},
		{"facts that no record has stay", "city: a\n  address: b\n  latitude: a\n  longitude: b\n  minimum_age_years: c\n  requires_waitlist: d", "", "", `{"e": 1}`, `{}`, nil},
		{"a source that does not change facts", "city: town", "", "update_location: false", `{"town": "X"}`, `{"city": "X"}`, nil},
		{"all places of a provider", "", "", "authoritative: true", `{}`, `{"is_public": true}`, nil},

		{"nothing is said", "", "", "", `{}`, `{"available": "UNKNOWN"}`, nil},
		{"a status", "", "available: open", "", `{"open": true}`, `{"available": "YES"}`, nil},
		{
			"a status that can't be read", "", "available: open", "", `{"open": "soon"}`, `{"available": "UNKNOWN"}`,
			[]string{`invalid available: availability.available (open) must be YES, NO or UNKNOWN (use map to say what is which), not "soon"`},
		},
		{"a status that is not there", "", "available: open", "", `{"open": null}`, `{"available": "UNKNOWN"}`, nil},
		{"a count", "", "available_count: n", "", `{"n": 3}`, `{"available": "YES", "available_count": 3}`, nil},
		{"a count of none", "", "available_count: n", "", `{"n": "0"}`, `{"available": "NO", "available_count": 0}`, nil},
		{
			"a count that can't be read", "", "available_count: n", "", `{"n": "few"}`, `{"available": "UNKNOWN"}`,
			[]string{`invalid available_count: availability.available_count (n) must be a whole number of 0 or more, not "few"`},
		},
		{"a status and a count", "", "available: open\n  available_count: n", "", `{"open": "no", "n": 3}`, `{"available": "NO", "available_count": 3}`, nil},
		{"products in one text", "", "products: {field: v, map: {'Covid, kids': pfizer_age_5_11, Covid: pfizer, Other: ''}}", "", `{"v": "COVID"}`, `{"available": "UNKNOWN", "products": ["pfizer"]}`, nil},
		{"products of which some are in the map", "", "products: {field: v, map: {Covid: pfizer}}", "", `{"v": "MMR, covid, Flu"}`, `{"available": "UNKNOWN", "products": ["mmr", "pfizer", "flu"]}`, nil},
		{"products with a comma in the map", "", "products: {field: v, map: {'Covid, kids': pfizer_age_5_11}}", "", `{"v": "covid, Kids"}`, `{"available": "UNKNOWN", "products": ["pfizer_age_5_11"]}`, nil},
		{
			"products in a list, with a default", "", "products: {field: [v, w], map: {Covid: pfizer}, default: flu}", "", `{"v": ["Covid", null, 5, {"a": 1}], "w": "Covid"}`, `{"available": "UNKNOWN", "products": ["pfizer", "flu"]}`,
			[]string{`invalid products: availability.products (v, w) must be a single value, not an object with "a"`},
		},
		{"products of another separator", "", "products: {field: v, separator: ' + '}", "", `{"v": "MMR + Tdap + MMR"}`, `{"available": "UNKNOWN", "products": ["mmr", "tdap"]}`, nil},
		{"a product for all", "", "products: {value: 'flu, mmr'}", "", `{}`, `{"available": "UNKNOWN", "products": ["flu", "mmr"]}`, nil},
		{
			"products that are none", "", "products: v", "", `{"v": "Sniffle Shot; Flu; Sniffle Shot; Other"}`,
			`{"available": "UNKNOWN", "products": ["flu"], "meta": {"unknown_products": ["Sniffle Shot", "Other"]}}`,
			[]string{"unknown product: Sniffle Shot", "unknown product: Other"},
		},
		{
			"doses", "", "doses: d", "", `{"d": "First dose only, third"}`, `{"available": "UNKNOWN", "doses": ["first_dose_only"]}`,
			[]string{`invalid doses: availability.doses (d) must be one of [all_doses first_dose_only second_dose_only] (use map to say what is which), not "third"`},
		},
		{"a time in the place's zone", "postal_code: zip", "valid_at: t", "", `{"zip": "07102", "t": "11/1/2021 9:30 AM"}`, `{"available": "UNKNOWN", "valid_at": "2021-11-01T13:30:00.000Z"}`, nil},
		{"a time in the feed's zone", "postal_code: zip", "valid_at: t", "time_zone: America/Denver", `{"zip": "07102", "t": "11/1/2021 9:30 AM"}`, `{"available": "UNKNOWN", "valid_at": "2021-11-01T15:30:00.000Z"}`, nil},
		{
			"a time in no zone", "", "valid_at: t", "", `{"t": "11/1/2021 9:30 AM"}`, `{"available": "UNKNOWN"}`,
			[]string{"invalid valid_at: availability.valid_at (t) has no offset from UTC, and no zone is known: set time_zone, such as America/New_York"},
		},
		{
			"a time to come", "", "valid_at: t", "", `{"t": "2021-11-01T16:06:00Z"}`, `{"available": "UNKNOWN"}`,
			[]string{"invalid valid_at: availability.valid_at (t) must not be in the future (is time_zone right?), but is 2021-11-01T16:06:00Z"},
		},
		{"a time to come by a clock that is fast", "", "valid_at: t", "", `{"t": "2021-11-01T16:04:00Z"}`, `{"available": "UNKNOWN", "valid_at": "2021-11-01T16:04:00.000Z"}`, nil},

		{
			"slots without a status are there to be had", "", "slots: {items: s, start: t}", "", `{"s": [{"t": "2021-11-02T09:30Z"}, {"t": "2021-11-01T17:00Z"}]}`,
			`{"available": "YES", "slots": [{"start": "2021-11-01T17:00:00Z", "available": "YES"}, {"start": "2021-11-02T09:30:00Z", "available": "YES"}]}`, nil,
		},
		{
			"slots that are taken", "", "slots: {items: s, start: t, available: {field: free, map: {'yes': 'YES', taken: 'NO'}}}", "", `{"s": [{"t": "2021-11-02T09:30Z", "free": "Taken"}]}`,
			`{"available": "NO", "slots": [{"start": "2021-11-02T09:30:00Z", "available": "NO"}]}`, nil,
		},
		{
			"a slot of unknown status", "", "slots: {items: s, start: t, available: free}", "", `{"s": [{"t": "2021-11-02T09:30Z", "free": "no"}, {"t": "2021-11-02T09:30Z"}]}`,
			`{"available": "UNKNOWN", "slots": [{"start": "2021-11-02T09:30:00Z", "available": "NO"}, {"start": "2021-11-02T09:30:00Z", "available": "UNKNOWN"}]}`, nil,
		},
		{"slots that are over", "", "slots: {items: s, start: t, end: e}", "", `{"s": [{"t": "2021-11-01T15:59Z"}, {"t": "2021-11-01T15:00Z", "e": "2021-11-01T15:59Z"}]}`, `{"available": "NO"}`, nil},
		{
			"a slot that is not over", "", "slots: {items: s, start: t, end: e}", "", `{"s": [{"t": "2021-11-01T15:00Z", "e": "2021-11-01T17:00Z"}]}`,
			`{"available": "YES", "slots": [{"start": "2021-11-01T15:00:00Z", "end": "2021-11-01T17:00:00Z", "available": "YES"}]}`, nil,
		},
		{"no slots", "", "slots: {items: s, start: t}", "", `{"s": null}`, `{"available": "NO"}`, nil},
		{
			"no word of slots", "", "slots: {items: s, start: t}", "", `{"x": 1}`, `{"available": "UNKNOWN"}`,
			[]string{`no list of s: items: there is no s in it; it is an object with "id", "name", "state", "x"`},
		},
		{"slots that are no list", "", "slots: {items: s.t, start: t}", "", `{"s": {"t": "none"}}`, `{"available": "UNKNOWN"}`, []string{"no list of s.t: items: s.t must be a list, not a text"}},
		{
			"a slot that can't be read", "", "slots: {items: s, start: t, available_count: n}", "", `{"s": [{"t": "noon", "n": 0}, {"t": "2021-11-02T09:30Z", "n": 0}]}`,
			`{"available": "UNKNOWN", "slots": [{"start": "2021-11-02T09:30:00Z", "available": "NO", "available_count": 0}]}`,
			[]string{`invalid s: availability.slots.start (t) must be a date and time, such as 2021-11-01 09:30 or 11/1/2021 9:30 AM (set format if it is written another way), not "noon"`},
		},
		{
			"a status besides slots", "", "available: {value: UNKNOWN}\n  slots: {items: s, start: t}", "", `{"s": [{"t": "2021-11-02T09:30Z"}]}`,
			`{"available": "UNKNOWN", "slots": [{"start": "2021-11-02T09:30:00Z", "available": "YES"}]}`, nil,
		},
		{
			"slots in the place's zone, date and time apart", "state: {value: CA}\n  postal_code: zip", "slots: {items: s, start: [d, t], end: [d, e]}", "", `{"zip": "90001", "s": [{"d": "11/2/2021", "t": "9:30 AM", "e": ""}, {"d": "2021-11-03T01:00Z"}]}`,
			`{"available": "YES", "slots": [{"start": "2021-11-02T09:30:00-07:00", "available": "YES"}, {"start": "2021-11-02T18:00:00-07:00", "available": "YES"}]}`,
			nil,
		},
		{"a ZIP code of another state", "postal_code: zip", "valid_at: t", "", `{"zip": "90001", "t": "11/1/2021 9:30 AM"}`, `{"available": "UNKNOWN"}`, []string{
			"state and ZIP code differ: NJ, but 90001 is in CA",
			"invalid valid_at: availability.valid_at (t) has no offset from UTC, and no zone is known: set time_zone, such as America/New_York",
		}},
		{"a record that is a place without slots", "", "slots: {start: t}", "rows: slots", `{"t": ""}`, `{"available": "NO"}`, nil},
		{"records that do not tell of slots", "", "slots: {start: t}", "rows: slots", `{"from": "2021-11-02T09:30Z"}`, `{"available": "UNKNOWN"}`, nil},
		{
			"days", "", "capacity: {items: d, date: on, available_count: free, unavailable_count: taken, products: v, dose: x}", "", `{"d": [{"on": "2021-11-03", "free": 0, "taken": 3, "v": "Flu", "x": "all doses"}, {"on": "11/2/2021", "free": "2"}]}`,
			`{"available": "YES", "capacity": [{"date": "2021-11-02", "available": "YES", "available_count": 2}, {"date": "2021-11-03", "dose": "all_doses", "products": ["flu"], "available": "NO", "available_count": 0, "unavailable_count": 3}]}`, nil,
		},
		{
			"days of which only those taken are told", "", "capacity: {items: d, date: on, unavailable_count: taken}", "", `{"d": [{"on": "2021-11-03", "taken": 3}, {"on": "2021-11-04", "taken": 0}]}`,
			`{"available": "YES", "capacity": [{"date": "2021-11-03", "available": "NO", "unavailable_count": 3}, {"date": "2021-11-04", "available": "YES", "unavailable_count": 0}]}`, nil,
		},
		{
			"today is not over, yesterday is", "", "capacity: {items: d, date: on}", "time_zone: America/New_York", `{"d": [{"on": "2021-10-31"}, {"on": "2021-11-01"}]}`,
			`{"available": "YES", "capacity": [{"date": "2021-11-01", "available": "YES"}]}`, nil,
		},
		{
			"nor is a day anywhere", "", "capacity: {items: d, date: on}", "", `{"d": [{"on": "2021-10-30"}, {"on": "2021-11-01T06:00-10:00"}, {"on": "2021-10-31"}]}`,
			`{"available": "YES", "capacity": [{"date": "2021-11-01", "available": "YES"}]}`, nil,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			entry := "name: a\nurl: https://a.example/a.ndjson\nprovider: a\n" + test.more + "\nlocation:\n  " + test.location
			record := strings.TrimSuffix(test.body, "}")
			for _, needed := range []struct{ key, value string }{{"id", "1"}, {"name", `"A"`}, {"state", `"NJ"`}} {
				if !strings.HasPrefix(test.location, needed.key+":") {
					entry += fmt.Sprintf("\n  %s: %s", needed.key, needed.key)
					if record != "{" {
						record += ", "
					}
					record += fmt.Sprintf("%q: %s", needed.key, needed.value)
				}
			}
			if test.availability != "" {
				entry += "\navailability:\n  " + test.availability
			}
			got := run(t, checked(t, entry), text("", record+"}"))
			var warnings []string
			for _, w := range got.warnings {
				if !strings.HasPrefix(w.Sample, "no record has") {
					warnings = append(warnings, w.Kind+": "+w.Sample)
				}
			}
			if diff := cmp.Diff(test.warnings, warnings); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
			if len(got.updates) != 1 || got.err != nil {
				t.Fatalf("got %v", got.told())
			}
			if changes := !strings.Contains(test.more, "update_location: false"); got.updates[0].UpdateLocation != changes {
				t.Errorf("facts are changed: %v", got.updates[0].UpdateLocation)
			}
			var place, want map[string]any
			if err := json.Unmarshal(got.updates[0].AppendJSON(nil), &place); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(test.want), &want); err != nil {
				t.Fatal(err)
			}
			said := place["availability"].(map[string]any)
			delete(place, "availability")
			usual := map[string]any{"provider": "a", "location_type": "CLINIC", "name": "A", "state": "NJ", "external_ids": []any{[]any{"a", "1"}}}
			if want["available"] != nil {
				place = said
				usual = map[string]any{"source": "a", "is_public": true, "checked_at": "2021-11-01T16:00:00.000Z"}
			}
			for name, value := range usual {
				if _, given := want[name]; !given {
					want[name] = value
				}
			}
			if diff := cmp.Diff(want, place); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
