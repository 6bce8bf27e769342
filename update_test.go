package univaf_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"getmyvax.org/univaf"

	"github.com/google/go-cmp/cmp"
)

func decode(t *testing.T, in string) univaf.Update {
	t.Helper()
	u, ignored, err := univaf.DecodeUpdate([]byte(in))
	if err != nil {
		t.Fatalf("%s: %v", in, err)
	}
	if ignored != nil {
		t.Fatalf("%s: ignored %q", in, ignored)
	}
	return u
}

// The reports of most tests come from source s and were checked at noon.
const (
	reportStart = `{"external_ids":[["a","1"]],"availability":{"source":"s","checked_at":"2021-11-01T12:00:00Z",`
	outputStart = `{"external_ids":[["a","1"]],"availability":{"source":"s",` +
		`"valid_at":"2021-11-01T12:00:00.000Z","checked_at":"2021-11-01T12:00:00.000Z","is_public":true,`
	reportEnd = `}}`
)

// reported decodes availability with the given members and gives the members of its
// canonical form, without those that all have.
func reported(t *testing.T, members string) string {
	t.Helper()
	u := decode(t, reportStart+members+reportEnd)
	out, ok := strings.CutPrefix(string(u.AppendJSON(nil)), outputStart)
	if !ok {
		t.Fatalf("got %s", u.AppendJSON(nil))
	}
	return strings.TrimSuffix(out, reportEnd)
}

func TestDecodeUpdateReadsEveryField(t *testing.T) {
	got := decode(t, `{
		"id": "855B42EA-e952-4121-8a56-1f153498de4f",
		"external_ids": [["cvs", "10047"], ["vtrcks", "CV1"]],
		"provider": "cvs", "location_type": "pharmacy", "name": " CVS #10047 ",
		"address_lines": ["1 Main St.", " ", " Floor 2"], "city": "Camden", "state": "New Jersey",
		"postal_code": "08102", "county": "Camden", "position": {"latitude": 39.9448, "longitude": -75.1195},
		"info_phone": "856-555-0100", "info_url": "https://cvs.example/",
		"booking_phone": "856-555-0101", "booking_url": "https://cvs.example/book",
		"description": "Next to\nthe library.", "requires_waitlist": true, "minimum_age_months": 60,
		"meta": {"b": 1.50, "a": {"d": [], "c": null}}, "is_public": false, "internal_notes": "by phone",
		"availability": {
			"source": "univaf-cvs", "valid_at": "2021-11-01T08:00:00-04:00", "checked_at": "2021-11-01T12:05:00Z",
			"is_public": false, "available": "yes", "available_count": 2,
			"products": ["pfizer", "moderna", "pfizer", ""], "doses": ["all_doses"],
			"capacity": [{"available": "YES", "date": "2021-11-02"}],
			"slots": [{"available": "NO", "start": "2021-11-02T09:00:00-04:00"}],
			"meta": {"b": "<&>", "a": 2}
		}
	}`)
	want := univaf.Update{
		Location: univaf.Location{
			ID:          "855B42EA-e952-4121-8a56-1f153498de4f",
			ExternalIDs: univaf.ExternalIDs{{"cvs", "10047"}, {"vtrcks", "CV1"}},
			Provider:    "cvs", LocationType: univaf.Pharmacy, Name: "CVS #10047",
			AddressLines: []string{"1 Main St.", "Floor 2"}, City: "Camden", State: "New Jersey",
			PostalCode: "08102", County: "Camden", Position: &univaf.Position{Longitude: -75.1195, Latitude: 39.9448},
			InfoPhone: "856-555-0100", InfoURL: "https://cvs.example/",
			BookingPhone: "856-555-0101", BookingURL: "https://cvs.example/book",
			Description: "Next to\nthe library.", RequiresWaitlist: true, MinimumAgeMonths: ptr(60),
			Meta: raw(`{"a":{"c":null,"d":[]},"b":1.50}`), IsPublic: false, InternalNotes: "by phone",
		},
		Given: univaf.FieldSet(0).With(locationFields...),
		Availability: &univaf.Availability{
			Source: "univaf-cvs", Available: univaf.Yes, AvailableCount: ptr(int64(2)),
			Products: []string{"pfizer", "moderna"}, Doses: []string{"all_doses"},
			Capacity: raw(`[{"date":"2021-11-02","available":"YES"}]`),
			Slots:    raw(`[{"start":"2021-11-02T09:00:00-04:00","available":"NO"}]`),
			Meta:     raw(`{"a":2,"b":"<&>"}`), IsPublic: false, ValidAt: at(0), CheckedAt: at(5),
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestDecodeUpdateTellsNullFromAbsence(t *testing.T) {
	got := decode(t, `{"external_ids":[["a","1"]],"name":null,"position":null,"meta":null,"is_public":null,"availability":null}`)
	want := univaf.Update{
		Location: univaf.Location{ExternalIDs: univaf.ExternalIDs{{"a", "1"}}},
		Given:    univaf.FieldSet(0).With("name", "position", "meta"), // null for is_public says nothing
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got.Given.Has("city") || got.Given.Has("nonsense") || !got.Given.Has("name") {
		t.Error("Has tells another story than the set")
	}
}

// What old senders give, and what is let pass in what there is today.
func TestDecodeUpdateForms(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"external ids as an object keep their order", `{"external_ids":{"z":"1","a":"2","m":"3"}}`, `{"external_ids":[["z","1"],["a","2"],["m","3"]]}`},
		{"numbers as ids", `{"external_ids":{"a":12,"b":-3,"c":1.50}}`, `{"external_ids":[["a","12"],["b","-3"],["c","1.50"]]}`},
		{"a number as id in a pair", `{"external_ids":[["a",12345678901234567890]]}`, `{"external_ids":[["a","12345678901234567890"]]}`},
		{"an id given twice counts once", `{"external_ids":[["a","1"],["b","1"],["a","1"]]}`, `{"external_ids":[["a","1"],["b","1"]]}`},
		{"several ids of one system", `{"external_ids":[["a","2"],["a","1"]]}`, `{"external_ids":[["a","2"],["a","1"]]}`},
		{"a colon in an id's value", `{"external_ids":[["a","b:c"]]}`, `{"external_ids":[["a","b:c"]]}`},
		{"no external ids", `{"external_ids":[]}`, `{}`},
		{"null external ids", `{"external_ids":null}`, `{}`},
		{"an empty object of external ids", `{"external_ids":{}}`, `{}`},
		{"a sender's own id, of whatever kind", `{"id":17,"external_ids":[["a","1"]]}`, `{"id":"17","external_ids":[["a","1"]]}`},
		{"a null id", `{"id":null}`, `{}`},
		{"no address lines", `{"address_lines":[]}`, `{"address_lines":[]}`},
		{"empty text for address lines", `{"address_lines":""}`, `{"address_lines":[]}`},
		{"null for address lines", `{"address_lines":null}`, `{"address_lines":[]}`},
		{"false for address lines", `{"address_lines":false}`, `{"address_lines":[]}`},
		{"0 for address lines", `{"address_lines":0}`, `{"address_lines":[]}`},
		{"null among address lines", `{"address_lines":["a",null,"","b"]}`, `{"address_lines":["a","b"]}`},
		{"blank text is none", `{"name":" \t\n"}`, `{"name":null}`},
		{"an empty location type is none", `{"location_type":""}`, `{"location_type":null}`},
		{"the location's type in lower case", `{"location_type":"mass_vax"}`, `{"location_type":"MASS_VAX"}`},
		{"an age written as a float", `{"minimum_age_months":6e1}`, `{"minimum_age_months":60}`},
		{"age 0", `{"minimum_age_months":0}`, `{"minimum_age_months":0}`},
		{"what else is in a position is dropped", `{"position":{"longitude":1,"latitude":-2.5,"height":3}}`, `{"position":{"longitude":1,"latitude":-2.5}}`},
		{"the ends of the earth", `{"position":{"longitude":180,"latitude":-90}}`, `{"position":{"longitude":180,"latitude":-90}}`},
		{"members sent back", `{"created_at":"2021-11-01T12:00:00Z","updated_at":17}`, `{}`},
		{"space around the document", " \n{\"name\" : \"x\"}\n ", `{"name":"x"}`},
		{"the last of two members counts", `{"name":"x","name":"y"}`, `{"name":"y"}`},
		{"nothing at all", `{}`, `{}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			u := decode(t, test.in)
			if diff := cmp.Diff(test.want, string(u.AppendJSON(nil))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestDecodeUpdateTimes(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{
			"both", `"valid_at":"2021-11-01T08:00:00-04:00","checked_at":"2021-11-01 12:05:00"`,
			`"valid_at":"2021-11-01T12:00:00.000Z","checked_at":"2021-11-01T12:05:00.000Z"`,
		},
		{
			"without valid_at it is checked_at", `"checked_at":"2021-11-01T12:05"`,
			`"valid_at":"2021-11-01T12:05:00.000Z","checked_at":"2021-11-01T12:05:00.000Z"`,
		},
		{
			"null valid_at", `"valid_at":null,"checked_at":"2021-11-01"`,
			`"valid_at":"2021-11-01T00:00:00.000Z","checked_at":"2021-11-01T00:00:00.000Z"`,
		},
		{
			"updated_at is valid_at's old name", `"updated_at":"2021-10-31","checked_at":"2021-11-01"`,
			`"valid_at":"2021-10-31T00:00:00.000Z","checked_at":"2021-11-01T00:00:00.000Z"`,
		},
		{
			"null updated_at says nothing", `"updated_at":null,"valid_at":"2021-10-30","checked_at":"2021-11-01"`,
			`"valid_at":"2021-10-30T00:00:00.000Z","checked_at":"2021-11-01T00:00:00.000Z"`,
		},
		{
			"valid_at may lie after checked_at", `"valid_at":"2021-11-02","checked_at":"2021-11-01"`,
			`"valid_at":"2021-11-02T00:00:00.000Z","checked_at":"2021-11-01T00:00:00.000Z"`,
		},
		{
			"finer than milliseconds is cut off", `"valid_at":"2021-11-01T12:00:00.1239Z","checked_at":"2021-11-01T12:00:00.9999999Z"`,
			`"valid_at":"2021-11-01T12:00:00.123Z","checked_at":"2021-11-01T12:00:00.999Z"`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			u := decode(t, `{"availability":{"source":"s",`+test.in+`}}`)
			want := `{"availability":{"source":"s",` + test.want + `,"is_public":true,"available":"UNKNOWN"}}`
			if diff := cmp.Diff(want, string(u.AppendJSON(nil))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestDecodeUpdateReports(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		// What is said outright.
		{"nothing said", `"meta":null`, `"available":"UNKNOWN"`},
		{"null is nothing said", `"available":null,"available_count":null,"products":null,"doses":null,"capacity":null,"slots":null,"is_public":null`, `"available":"UNKNOWN"`},
		{"an empty status is none", `"available":""`, `"available":"UNKNOWN"`},
		{"the status in lower case", `"available":"no"`, `"available":"NO"`},
		{"the status in mixed case", `"available":"Unknown"`, `"available":"UNKNOWN"`},
		{"a count gives the status", `"available_count":3`, `"available":"YES","available_count":3`},
		{"count 0 gives the status NO", `"available_count":0`, `"available":"NO","available_count":0`},
		{"a status is not overruled by a count", `"available":"UNKNOWN","available_count":3`, `"available":"UNKNOWN","available_count":3`},
		{"a count written as a float", `"available_count":1.2e2`, `"available":"YES","available_count":120`},
		{"empty lists are known", `"products":[],"doses":[]`, `"available":"UNKNOWN","products":[],"doses":[]`},
		{"empty lists of days and slots are not", `"capacity":[],"slots":[ ]`, `"available":"UNKNOWN"`},
		{"an empty meta is known", `"meta":{}`, `"available":"UNKNOWN","meta":{}`},
		{"meta in canonical order", `"meta":{"b":{"d":1.0,"c":"é"},"a":[{"z":1,"y":2}]}`, `"available":"UNKNOWN","meta":{"a":[{"y":2,"z":1}],"b":{"c":"é","d":1.0}}`},
		{"members sent back", `"id":"l:s","location_id":"l","changed_at":"2021-11-01"`, `"available":"UNKNOWN"`},

		// Old senders put things into meta.
		{
			"meta's lists and counts have fields of their own", `"meta":{"available_count":0,"products":["jj"],"doses":["d"],"a":1}`,
			`"available":"NO","available_count":0,"products":["jj"],"doses":["d"],"meta":{"a":1}`,
		},
		{
			"meta's slots and capacity, too", `"meta":{"slots":[{"start":"2021-11-02T09:00:00Z"}],"capacity":[{"date":"2021-11-02"}]}`,
			`"available":"YES","capacity":[{"date":"2021-11-02","available":"YES"}],` +
				`"slots":[{"start":"2021-11-02T09:00:00Z","available":"YES"}],"meta":{}`,
		},
		{
			"nulls stay in meta", `"products":["jj"],"meta":{"slots":null,"capacity":null,"available_count":null,"products":null,"doses":null}`,
			`"available":"UNKNOWN","products":["jj"],"meta":{"available_count":null,"capacity":null,"doses":null,"products":null,"slots":null}`,
		},
		{"empty lists in meta move", `"meta":{"products":[]}`, `"available":"UNKNOWN","products":[],"meta":{}`},

		// Slots.
		{
			"a slot is one appointment to be had", `"available":"YES","products":[],"doses":[],"slots":[{"start":"2021-11-02T09:00:00Z"}]`,
			`"available":"YES","available_count":1,"products":[],"doses":[],` +
				`"capacity":[{"date":"2021-11-02","available":"YES","available_count":1,"unavailable_count":0}],` +
				`"slots":[{"start":"2021-11-02T09:00:00Z","available":"YES"}]`,
		},
		{
			"a slot that is gone", `"slots":[{"start":"2021-11-02T09:00:00Z","available":"no"}]`,
			`"available":"NO","available_count":0,` +
				`"capacity":[{"date":"2021-11-02","available":"NO","available_count":0,"unavailable_count":1}],` +
				`"slots":[{"start":"2021-11-02T09:00:00Z","available":"NO"}]`,
		},
		{
			"of an unknown slot nothing is known", `"slots":[{"start":"2021-11-02T09:00:00Z","available":"unknown"}]`,
			`"available":"UNKNOWN","capacity":[{"date":"2021-11-02","available":"UNKNOWN"}],` +
				`"slots":[{"start":"2021-11-02T09:00:00Z","available":"UNKNOWN"}]`,
		},
		{
			"a slot's count gives its status", `"slots":[{"start":"2021-11-02T09:00:00Z","available_count":3},{"start":"2021-11-03T09:00:00Z","available_count":0,"unavailable_count":2}]`,
			`"available":"YES","available_count":3,"capacity":[` +
				`{"date":"2021-11-02","available":"YES","available_count":3,"unavailable_count":0},` +
				`{"date":"2021-11-03","available":"NO","available_count":0,"unavailable_count":2}],` +
				`"slots":[{"start":"2021-11-02T09:00:00Z","available":"YES","available_count":3},` +
				`{"start":"2021-11-03T09:00:00Z","available":"NO","available_count":0,"unavailable_count":2}]`,
		},
		{
			"a slot with taken ones alone is gone", `"slots":[{"start":"2021-11-02T09:00:00Z","unavailable_count":2}]`,
			`"available":"NO","available_count":0,` +
				`"capacity":[{"date":"2021-11-02","available":"NO","available_count":0,"unavailable_count":2}],` +
				`"slots":[{"start":"2021-11-02T09:00:00Z","available":"NO","unavailable_count":2}]`,
		},
		{
			"members of a slot in canonical order, extras last and by name",
			`"slots":[{"z":[1, 2],"location":{"b":1,"a":"\u00e9"},"unavailable_count":1,"available_count":2,"available":"YES",` +
				`"products":["jj"],"dose":"first","end":"2021-11-02T09:15:00Z","date":"x","start":"2021-11-02T09:00:00Z"}]`,
			`"available":"YES","available_count":2,"products":["jj"],"doses":["first"],` +
				`"capacity":[{"date":"2021-11-02","dose":"first","products":["jj"],"available":"YES","available_count":2,"unavailable_count":1}],` +
				`"slots":[{"start":"2021-11-02T09:00:00Z","end":"2021-11-02T09:15:00Z","dose":"first","products":["jj"],"available":"YES",` +
				`"available_count":2,"unavailable_count":1,"date":"x","location":{"a":"é","b":1},"z":[1,2]}]`,
		},
		{
			"null and empty members of a slot are dropped",
			`"slots":[{"start":"2021-11-02T09:00:00Z","end":null,"dose":null,"products":[ ],"available":null,"available_count":null,"x":null,"y":[],"z":{}}]`,
			`"available":"YES","available_count":1,` +
				`"capacity":[{"date":"2021-11-02","available":"YES","available_count":1,"unavailable_count":0}],` +
				`"slots":[{"start":"2021-11-02T09:00:00Z","available":"YES","z":{}}]`,
		},

		// Days.
		{
			"days in canonical order, extras kept", `"capacity":[{"z":1,"a":{"c":1,"b":2},"unavailable_count":1,"available_count":2,"products":["jj"],"dose":"d","date":"2021-11-02"}]`,
			`"available":"YES","available_count":2,"products":["jj"],"doses":["d"],` +
				`"capacity":[{"date":"2021-11-02","dose":"d","products":["jj"],"available":"YES","available_count":2,"unavailable_count":1,"a":{"b":2,"c":1},"z":1}]`,
		},
		{
			"null and empty members of a day are dropped", `"capacity":[{"date":"2021-11-02","products":[],"available":"NO","available_count":null,"x":null}]`,
			`"available":"NO","capacity":[{"date":"2021-11-02","available":"NO"}]`,
		},
		{
			"days stay in the order given, and speak before slots", `"slots":[{"start":"2021-11-04T09:00:00Z","available":"NO"}],"capacity":[{"date":"2021-11-03","available_count":1},{"date":"2021-11-02","available_count":2}]`,
			`"available":"YES","available_count":3,` +
				`"capacity":[{"date":"2021-11-03","available":"YES","available_count":1},{"date":"2021-11-02","available":"YES","available_count":2}],` +
				`"slots":[{"start":"2021-11-04T09:00:00Z","available":"NO"}]`,
		},
		{
			"products and doses of all days, each once, as first seen",
			`"capacity":[{"date":"2021-11-02","products":["b","a"],"dose":"2"},{"date":"2021-11-03","products":["a","c"],"dose":"1"},{"date":"2021-11-04","dose":"2"}]`,
			`"available":"YES","products":["b","a","c"],"doses":["2","1"],"capacity":[` +
				`{"date":"2021-11-02","dose":"2","products":["b","a"],"available":"YES"},` +
				`{"date":"2021-11-03","dose":"1","products":["a","c"],"available":"YES"},` +
				`{"date":"2021-11-04","dose":"2","available":"YES"}]`,
		},
		{
			"what is said outright stays", `"available":"NO","available_count":9,"products":["x"],"doses":[],"capacity":[{"date":"2021-11-02","products":["a"],"dose":"1","available_count":4}]`,
			`"available":"NO","available_count":9,"products":["x"],"doses":[],` +
				`"capacity":[{"date":"2021-11-02","dose":"1","products":["a"],"available":"YES","available_count":4}]`,
		},
		{
			"days without counts give the status, not a count", `"capacity":[{"date":"2021-11-02","available":"NO"},{"date":"2021-11-03","available":"YES"}]`,
			`"available":"YES","capacity":[{"date":"2021-11-02","available":"NO"},{"date":"2021-11-03","available":"YES"}]`,
		},
		{
			"what is gone does not count", `"capacity":[{"date":"2021-11-02","available":"NO","available_count":5}]`,
			`"available":"NO","available_count":0,"capacity":[{"date":"2021-11-02","available":"NO","available_count":5}]`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, reported(t, test.in)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestLongListsHoldEachTextOnce(t *testing.T) {
	var twice, once, pairs, ids []string
	for i := range 300 {
		text := fmt.Sprintf(`"p%d"`, i%150)
		twice, pairs = append(twice, text), append(pairs, `["a",`+text+`]`)
	}
	once, ids = twice[:150], pairs[:150]
	list := func(texts []string) string { return "[" + strings.Join(texts, ",") + "]" }
	want := `"available":"UNKNOWN","products":` + list(once) + `,"doses":` + list(once)
	if diff := cmp.Diff(want, reported(t, `"products":`+list(twice)+`,"doses":`+list(twice))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	derived := decode(t, reportStart+`"capacity":[{"date":"2021-11-02","products":`+list(once)+`},{"date":"2021-11-03","products":`+list(twice)+`}]`+reportEnd)
	if products := derived.Availability.Products; len(products) != 150 || products[149] != "p149" {
		t.Errorf("got %q", products)
	}
	u := decode(t, `{"external_ids":`+list(pairs)+`}`)
	if diff := cmp.Diff(`{"external_ids":`+list(ids)+`}`, string(u.AppendJSON(nil))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestSlotTimesInRFC3339(t *testing.T) {
	for _, test := range []struct{ name, in, want, date string }{
		{"UTC", "2021-11-02T09:00:00Z", "2021-11-02T09:00:00Z", "2021-11-02"},
		{"an offset stays", "2021-11-02T09:00:00-04:00", "2021-11-02T09:00:00-04:00", "2021-11-02"},
		{"the day is the place's own", "2021-11-02T23:30:00-04:00", "2021-11-02T23:30:00-04:00", "2021-11-02"},
		{"and not UTC's ahead either", "2021-11-02T00:30:00+10:00", "2021-11-02T00:30:00+10:00", "2021-11-02"},
		{"without offset it is UTC", "2021-11-02T09:00:00", "2021-11-02T09:00:00Z", "2021-11-02"},
		{"a space for the T", "2021-11-02 09:00:00-04:00", "2021-11-02T09:00:00-04:00", "2021-11-02"},
		{"an offset without colon", "2021-11-02T09:00:00-0400", "2021-11-02T09:00:00-04:00", "2021-11-02"},
		{"no seconds", "2021-11-02T09:00-04:00", "2021-11-02T09:00:00-04:00", "2021-11-02"},
		{"neither seconds nor offset", "2021-11-02 09:00", "2021-11-02T09:00:00Z", "2021-11-02"},
		{"a fraction stays", "2021-11-02T09:00:00.250Z", "2021-11-02T09:00:00.250Z", "2021-11-02"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := reported(t, `"slots":[{"start":"`+test.in+`","end":"`+test.in+`"}]`)
			want := `"available":"YES","available_count":1,` +
				`"capacity":[{"date":"` + test.date + `","available":"YES","available_count":1,"unavailable_count":0}],` +
				`"slots":[{"start":"` + test.want + `","end":"` + test.want + `","available":"YES"}]`
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// Slots sum up to capacity by day, products and dose.
func TestCapacityFromSlots(t *testing.T) {
	for _, test := range []struct{ name, slots, want string }{
		{
			"by day, in order",
			`[{"start":"2021-11-03T09:00:00Z"},{"start":"2021-11-02T09:00:00Z"},{"start":"2021-11-03T08:00:00Z"}]`,
			`[{"date":"2021-11-02","available":"YES","available_count":1,"unavailable_count":0},
			  {"date":"2021-11-03","available":"YES","available_count":2,"unavailable_count":0}]`,
		},
		{
			"by products, whatever their order; the first slot's is shown",
			`[{"start":"2021-11-02T09:00:00Z","products":["b","a"]},{"start":"2021-11-02T10:00:00Z","products":["a","b"]},
			  {"start":"2021-11-02T11:00:00Z","products":["a"]},{"start":"2021-11-02T11:00:00Z"}]`,
			`[{"date":"2021-11-02","available":"YES","available_count":1,"unavailable_count":0},
			  {"date":"2021-11-02","products":["a"],"available":"YES","available_count":1,"unavailable_count":0},
			  {"date":"2021-11-02","products":["b","a"],"available":"YES","available_count":2,"unavailable_count":0}]`,
		},
		{
			"a product's name may hold a comma",
			`[{"start":"2021-11-02T09:00:00Z","products":["a,b"]},{"start":"2021-11-02T10:00:00Z","products":["a","b"]}]`,
			`[{"date":"2021-11-02","products":["a","b"],"available":"YES","available_count":1,"unavailable_count":0},
			  {"date":"2021-11-02","products":["a,b"],"available":"YES","available_count":1,"unavailable_count":0}]`,
		},
		{
			"by dose, none first",
			`[{"start":"2021-11-02T09:00:00Z","dose":"second"},{"start":"2021-11-02T10:00:00Z","dose":"first"},
			  {"start":"2021-11-02T11:00:00Z"},{"start":"2021-11-02T12:00:00Z","dose":"first"}]`,
			`[{"date":"2021-11-02","available":"YES","available_count":1,"unavailable_count":0},
			  {"date":"2021-11-02","dose":"first","available":"YES","available_count":2,"unavailable_count":0},
			  {"date":"2021-11-02","dose":"second","available":"YES","available_count":1,"unavailable_count":0}]`,
		},
		{
			"one that can be had will do",
			`[{"start":"2021-11-02T09:00:00Z","available":"NO"},{"start":"2021-11-02T10:00:00Z","available":"UNKNOWN"},
			  {"start":"2021-11-02T11:00:00Z","available":"YES"}]`,
			`[{"date":"2021-11-02","available":"YES","available_count":1,"unavailable_count":1}]`,
		},
		{
			"some gone and some unknown is unknown",
			`[{"start":"2021-11-02T09:00:00Z","available":"UNKNOWN"},{"start":"2021-11-02T10:00:00Z","available":"NO"}]`,
			`[{"date":"2021-11-02","available":"UNKNOWN","available_count":0,"unavailable_count":1}]`,
		},
		{
			"all gone is gone",
			`[{"start":"2021-11-02T09:00:00Z","available":"NO"},{"start":"2021-11-02T10:00:00Z","available":"NO","unavailable_count":4}]`,
			`[{"date":"2021-11-02","available":"NO","available_count":0,"unavailable_count":5}]`,
		},
		{
			"counts are summed up",
			`[{"start":"2021-11-02T09:00:00Z","available_count":2,"unavailable_count":1},
			  {"start":"2021-11-02T10:00:00Z","available_count":3},{"start":"2021-11-02T11:00:00Z","available":"NO","available_count":7}]`,
			`[{"date":"2021-11-02","available":"YES","available_count":5,"unavailable_count":1}]`,
		},
		{
			"sums stay within what every client can hold",
			`[{"start":"2021-11-02T09:00:00Z","available_count":9007199254740991},{"start":"2021-11-02T10:00:00Z","available_count":9007199254740991}]`,
			`[{"date":"2021-11-02","available":"YES","available_count":9007199254740991,"unavailable_count":0}]`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			u := decode(t, reportStart+`"slots":`+test.slots+reportEnd)
			want := strings.NewReplacer("\n", "", "\t", "", "  ", "").Replace(test.want)
			if diff := cmp.Diff(want, string(u.Availability.Capacity)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestEqualReportsInOtherForms(t *testing.T) {
	a := decode(t, reportStart+`"meta":{"a":1,"b":{"c":2,"d":3}},"products":["jj"],
		"slots":[{"start":"2021-11-02T09:00:00Z","dose":"d","x":{"y":1,"z":2}}]`+reportEnd)
	b := decode(t, `{"availability":{
		"slots" : [ { "x":{"z":2,"y":1}, "dose":"d", "available":"yes", "start":"2021-11-02 09:00", "end":null } ],
		"products":["jj","jj"], "meta":{ "b":{"d":3,"c":2}, "\u0061":1 }, "available":null,
		"checked_at":"2021-11-01T08:00:00-04:00", "source":"s"},
		"external_ids":{"a":1}}`)
	if diff := cmp.Diff(string(a.AppendJSON(nil)), string(b.AppendJSON(nil))); diff != "" {
		t.Errorf("-a +b:\n%s", diff)
	}
	if content := a.Availability.AppendContent(nil); !bytes.Equal(content, b.Availability.AppendContent(nil)) {
		t.Error("the content differs")
	}
}

func TestUnknownMembersOfAvailabilityAreIgnoredAndReported(t *testing.T) {
	u, ignored, err := univaf.DecodeUpdate([]byte(
		reportStart + `"z":1,"a/b~c":{"x":1},"changed_at":"x","available":"YES","Source":"t"` + reportEnd))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"/availability/Source", "/availability/a~1b~0c", "/availability/z"}, ignored); diff != "" {
		t.Errorf("ignored: -want +got:\n%s", diff)
	}
	if diff := cmp.Diff(outputStart+`"available":"YES"`+reportEnd, string(u.AppendJSON(nil))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
