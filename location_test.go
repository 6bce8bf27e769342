package univaf_test

import (
	"encoding/json"
	"slices"
	"testing"

	"getmyvax.org/univaf"

	"github.com/google/go-cmp/cmp"
)

// locationFields names the facts that an update can set, the private ones last.
var locationFields = []string{
	"provider", "location_type", "name", "address_lines", "city", "state", "postal_code", "county", "position",
	"info_phone", "info_url", "booking_phone", "booking_url", "description", "requires_waitlist",
	"minimum_age_months", "meta", "is_public", "internal_notes",
}

// clinic is a location of which everything is known.
func clinic() univaf.Location {
	return univaf.Location{
		ID:          "855b42ea-e952-4121-8a56-1f153498de4f",
		ExternalIDs: univaf.ExternalIDs{{"county", "1:2"}, {"npi_usa", "3"}},
		Provider:    "county", LocationType: univaf.MobileClinic, Name: `The "Clinic" <é> \`,
		AddressLines: []string{"1 Main St.", "Floor 2"}, City: "Camden", State: "NJ", PostalCode: "08102",
		County: "Camden", Position: &univaf.Position{Longitude: -75.1195, Latitude: 39.9448},
		InfoPhone: "1", InfoURL: "https://a.example/?b&c", BookingPhone: "2", BookingURL: "https://b.example/",
		Description: "line\nline", RequiresWaitlist: true, MinimumAgeMonths: ptr(0),
		Meta: raw(`{"a":{"b":[1,null]}}`), IsPublic: true, InternalNotes: "ring twice",
		CreatedAt: at(0), UpdatedAt: at(1),
	}
}

func TestLocationJSON(t *testing.T) {
	const known = `{"id":"855b42ea-e952-4121-8a56-1f153498de4f","provider":"county","location_type":"MOBILE_CLINIC",` +
		`"name":"The \"Clinic\" <é> \\","address_lines":["1 Main St.","Floor 2"],"city":"Camden","state":"NJ",` +
		`"postal_code":"08102","county":"Camden","position":{"longitude":-75.1195,"latitude":39.9448},` +
		`"info_phone":"1","info_url":"https://a.example/?b&c","booking_phone":"2","booking_url":"https://b.example/",` +
		`"description":"line\nline","requires_waitlist":true,"minimum_age_months":0,"meta":{"a":{"b":[1,null]}},` +
		`"created_at":"2021-11-01T12:00:00.000Z","updated_at":"2021-11-01T12:01:00.000Z",`
	const unknown = `{"id":"x","provider":null,"location_type":null,"name":null,"address_lines":[],"city":null,"state":null,` +
		`"postal_code":null,"county":null,"position":null,"info_phone":null,"info_url":null,"booking_phone":null,` +
		`"booking_url":null,"description":null,"requires_waitlist":false,"minimum_age_months":null,"meta":null,` +
		`"created_at":"2021-11-01T12:00:00.000Z","updated_at":"2021-11-01T12:00:00.000Z",`
	for _, test := range []struct {
		name     string
		location univaf.Location
		private  bool
		want     string
	}{
		{"everything known, public", clinic(), false, known + `"external_ids":[["county","1:2"],["npi_usa","3"]]`},
		{
			"everything known, private", clinic(), true,
			known + `"is_public":true,"internal_notes":"ring twice","external_ids":[["county","1:2"],["npi_usa","3"]]`,
		},
		{"nothing known, public", univaf.Location{ID: "x", CreatedAt: noon, UpdatedAt: noon}, false, unknown + `"external_ids":[]`},
		{
			"nothing known, private",
			univaf.Location{ID: "x", CreatedAt: noon, UpdatedAt: noon},
			true,
			unknown + `"is_public":false,"internal_notes":null,"external_ids":[]`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := string(test.location.AppendJSON(nil, test.private))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if !json.Valid([]byte(got + "}")) {
				t.Error("not valid JSON once closed")
			}
		})
	}
}

func TestAppendJSONAppends(t *testing.T) {
	l, a := clinic(), fullReport()
	m := univaf.Merged{Availability: a, Sources: []string{"s"}}
	for _, test := range []struct {
		name   string
		append func([]byte) []byte
	}{
		{"location", func(b []byte) []byte { return l.AppendJSON(b, true) }},
		{"record", a.AppendJSON},
		{"merged answer", m.AppendJSON},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := "before," + string(test.append(nil))
			if diff := cmp.Diff(want, string(test.append([]byte("before,")))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestLocationComesBackFromJSON(t *testing.T) {
	for _, test := range []struct {
		name string
		want univaf.Location
	}{
		{"everything known", clinic()},
		{"nothing known", univaf.Location{ID: "x", CreatedAt: noon, UpdatedAt: noon}},
		{"private", univaf.Location{ID: "x", Name: "Hidden", IsPublic: false, InternalNotes: "why", CreatedAt: noon, UpdatedAt: noon}},
		{"a public one", univaf.Location{ID: "x", IsPublic: true, CreatedAt: noon, UpdatedAt: noon}},
	} {
		t.Run(test.name, func(t *testing.T) {
			text, err := json.Marshal(test.want)
			if err != nil {
				t.Fatal(err)
			}
			var got univaf.Location
			if err := json.Unmarshal(text, &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// fullReport is a record of which everything is known.
func fullReport() univaf.Availability {
	return univaf.Availability{
		LocationID: "l", Source: "s", Available: univaf.No, AvailableCount: ptr(int64(0)),
		Products: []string{"jj"}, Doses: []string{}, Capacity: raw(`[{"date":"2021-11-02","available":"NO"}]`),
		Slots: raw(`[{"start":"2021-11-02T09:00:00-04:00","available":"NO"}]`), Meta: raw(`{}`),
		IsPublic: true, ValidAt: at(0), CheckedAt: at(1), ChangedAt: at(2),
	}
}

func TestAvailabilityJSON(t *testing.T) {
	const times = `"valid_at":"2021-11-01T12:00:00.000Z","checked_at":"2021-11-01T12:01:00.000Z","changed_at":"2021-11-01T12:02:00.000Z",`
	for _, test := range []struct {
		name   string
		record univaf.Availability
		want   string
	}{
		{
			"everything known", fullReport(),
			`{"id":"l:s","location_id":"l","source":"s",` + times + `"available":"NO","available_count":0,"products":["jj"],"doses":[],` +
				`"capacity":[{"date":"2021-11-02","available":"NO"}],"slots":[{"start":"2021-11-02T09:00:00-04:00","available":"NO"}],` +
				`"meta":{},"is_public":true}`,
		},
		{
			"nothing known",
			univaf.Availability{LocationID: "l", Source: "s", Available: univaf.Unknown, ValidAt: at(0), CheckedAt: at(1), ChangedAt: at(2)},
			`{"id":"l:s","location_id":"l","source":"s",` + times + `"available":"UNKNOWN","available_count":null,"products":null,"doses":null,` +
				`"capacity":null,"slots":null,"meta":null,"is_public":false}`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			text, err := json.Marshal(test.record)
			if err != nil {
				t.Fatal(err)
			}
			// json.Marshal compacts and escapes what MarshalJSON gives; there is nothing of that here.
			if diff := cmp.Diff(test.want, string(text)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			var got univaf.Availability
			if err := json.Unmarshal(text, &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.record, got); diff != "" {
				t.Errorf("read back: -want +got:\n%s", diff)
			}
		})
	}
}

func TestMergedJSONHoldsWhatIsKnown(t *testing.T) {
	const times = `"valid_at":"2021-11-01T12:00:00.000Z","checked_at":"2021-11-01T12:00:00.000Z",`
	for _, test := range []struct {
		name   string
		merged univaf.Merged
		want   string
	}{
		{
			"little", merged(univaf.Unknown, nil, "a", "b"),
			`{"sources":["a","b"],` + times + `"available":"UNKNOWN","changed_at":"2021-11-01T12:00:00.000Z"`,
		},
		{
			"all", merged(univaf.No, func(a *univaf.Availability) {
				full := fullReport()
				a.AvailableCount, a.Products, a.Doses = full.AvailableCount, full.Products, full.Doses
				a.Capacity, a.Slots, a.Meta = full.Capacity, full.Slots, full.Meta
			}, "a"),
			`{"sources":["a"],` + times + `"available":"NO","available_count":0,"products":["jj"],"doses":[],` +
				`"capacity":[{"date":"2021-11-02","available":"NO"}],"slots":[{"start":"2021-11-02T09:00:00-04:00","available":"NO"}],` +
				`"meta":{},"changed_at":"2021-11-01T12:00:00.000Z"`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, string(test.merged.AppendJSON(nil))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestApply(t *testing.T) {
	for _, test := range []struct {
		name, in string
		change   func(*univaf.Location)
	}{
		{"nothing said", `{"external_ids":[["x","1"]]}`, func(*univaf.Location) {}},
		{"given facts alone change", `{"name":"New","minimum_age_months":12,"requires_waitlist":false}`, func(l *univaf.Location) {
			l.Name, l.MinimumAgeMonths, l.RequiresWaitlist = "New", ptr(12), false
		}},
		{"null clears", `{"city":null,"position":null,"address_lines":null,"location_type":null,"minimum_age_months":null,"internal_notes":null}`, func(l *univaf.Location) {
			l.City, l.Position, l.AddressLines, l.LocationType, l.MinimumAgeMonths, l.InternalNotes = "", nil, nil, "", nil, ""
		}},
		{"empty text clears", `{"city":"","address_lines":""}`, func(l *univaf.Location) { l.City, l.AddressLines = "", nil }},
		{"what is hidden", `{"is_public":false}`, func(l *univaf.Location) { l.IsPublic = false }},
		{"meta is merged by its keys", `{"meta":{"z":1,"a":{"c":2}}}`, func(l *univaf.Location) { l.Meta = raw(`{"a":{"c":2},"z":1}`) }},
		{"a null in meta is a value", `{"meta":{"a":null}}`, func(l *univaf.Location) { l.Meta = raw(`{"a":null}`) }},
		{"an empty meta adds nothing", `{"meta":{}}`, func(*univaf.Location) {}},
		{"ids and times stay", `{"id":"y","external_ids":[["x","1"]],"created_at":"2000-01-01"}`, func(*univaf.Location) {}},
	} {
		t.Run(test.name, func(t *testing.T) {
			old, want := clinic(), clinic()
			test.change(&want)
			got := old.Apply(decode(t, test.in))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if diff := cmp.Diff(clinic(), old); diff != "" {
				t.Errorf("the old location changed:\n%s", diff)
			}
			same := cmp.Diff(want, clinic()) == ""
			if got.SameFacts(old) != same {
				t.Errorf("SameFacts: got %v, want %v", !same, same)
			}
		})
	}
}

func TestApplyMetaToNone(t *testing.T) {
	got := univaf.Location{}.Apply(decode(t, `{"meta":{"b":1,"a":2}}`))
	if diff := cmp.Diff(univaf.Location{Meta: raw(`{"a":2,"b":1}`)}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestSameFacts(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*univaf.Location)
		want   bool
	}{
		{"id, external ids and times play no part", func(l *univaf.Location) {
			l.ID, l.ExternalIDs, l.CreatedAt, l.UpdatedAt = "y", nil, at(9), at(9)
		}, true},
		{"an equal position elsewhere in memory", func(l *univaf.Location) { l.Position = ptr(*l.Position) }, true},
		{"name", func(l *univaf.Location) { l.Name = "x" }, false},
		{"position", func(l *univaf.Location) { l.Position = &univaf.Position{} }, false},
		{"age 0 and unknown", func(l *univaf.Location) { l.MinimumAgeMonths = nil }, false},
		{"address lines", func(l *univaf.Location) { l.AddressLines = slices.Clone(l.AddressLines)[:1] }, false},
		{"meta", func(l *univaf.Location) { l.Meta = nil }, false},
		{"is_public", func(l *univaf.Location) { l.IsPublic = false }, false},
		{"internal notes", func(l *univaf.Location) { l.InternalNotes = "" }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			other := clinic()
			test.change(&other)
			if got := clinic().SameFacts(other); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
			if got := other.SameFacts(clinic()); got != test.want {
				t.Errorf("the other way round: got %v, want %v", got, test.want)
			}
		})
	}
}

func TestExternalIDsWith(t *testing.T) {
	a, b, c := univaf.ExternalID{"s", "a"}, univaf.ExternalID{"s", "b"}, univaf.ExternalID{"t", "a"}
	for _, test := range []struct {
		name             string
		ids, more        univaf.ExternalIDs
		wantAll, wantNew univaf.ExternalIDs
	}{
		{"new ones go behind", univaf.ExternalIDs{b}, univaf.ExternalIDs{c, a}, univaf.ExternalIDs{b, c, a}, univaf.ExternalIDs{c, a}},
		{"known ones stay where they are", univaf.ExternalIDs{a, b}, univaf.ExternalIDs{b, c, a}, univaf.ExternalIDs{a, b, c}, univaf.ExternalIDs{c}},
		{"twice counts once", nil, univaf.ExternalIDs{a, a}, univaf.ExternalIDs{a}, univaf.ExternalIDs{a}},
		{"nothing new", univaf.ExternalIDs{a}, univaf.ExternalIDs{a}, univaf.ExternalIDs{a}, nil},
		{"none", nil, nil, nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			all, added := test.ids.With(test.more)
			if diff := cmp.Diff(test.wantAll, all); diff != "" {
				t.Errorf("all: -want +got:\n%s", diff)
			}
			if diff := cmp.Diff(test.wantNew, added); diff != "" {
				t.Errorf("added: -want +got:\n%s", diff)
			}
		})
	}
}

func TestExternalIDsWithDoesNotWriteIntoSharedMemory(t *testing.T) {
	shared := append(make(univaf.ExternalIDs, 0, 4), univaf.ExternalID{"s", "a"})
	first, _ := shared.With(univaf.ExternalIDs{{"s", "b"}})
	second, _ := shared.With(univaf.ExternalIDs{{"s", "c"}})
	if diff := cmp.Diff(univaf.ExternalIDs{{"s", "a"}, {"s", "b"}}, first); diff != "" {
		t.Errorf("first: -want +got:\n%s", diff)
	}
	if diff := cmp.Diff(univaf.ExternalIDs{{"s", "a"}, {"s", "c"}}, second); diff != "" {
		t.Errorf("second: -want +got:\n%s", diff)
	}
}

func TestParseExternalID(t *testing.T) {
	for _, test := range []struct {
		in   string
		want univaf.ExternalID
		ok   bool
	}{
		{"cvs:10047", univaf.ExternalID{"cvs", "10047"}, true},
		{"a:b:c", univaf.ExternalID{"a", "b:c"}, true},
		{"a::", univaf.ExternalID{"a", ":"}, true},
		{"a: b", univaf.ExternalID{"a", " b"}, true},
		{"a:", univaf.ExternalID{}, false},
		{":b", univaf.ExternalID{}, false},
		{":", univaf.ExternalID{}, false},
		{"ab", univaf.ExternalID{}, false},
		{"", univaf.ExternalID{}, false},
	} {
		t.Run(test.in, func(t *testing.T) {
			got, ok := univaf.ParseExternalID(test.in)
			if ok != test.ok || (ok && got != test.want) {
				t.Errorf("got %v, %v; want %v, %v", got, ok, test.want, test.ok)
			}
			if ok && got.String() != test.in {
				t.Errorf("it prints as %s", got)
			}
		})
	}
}

func TestExternalIDJSON(t *testing.T) {
	text, err := json.Marshal(univaf.ExternalIDs{{"cvs", "1"}})
	if err != nil || string(text) != `[["cvs","1"]]` {
		t.Fatalf("got %s, %v", text, err)
	}
	var got univaf.ExternalIDs
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(univaf.ExternalIDs{{"cvs", "1"}}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestIdentifies(t *testing.T) {
	for system, want := range map[string]bool{"vtrcks": false, "npi_usa": false, "cvs": true, "univaf_v1": true} {
		if got := (univaf.ExternalID{system, "1"}).Identifies(); got != want {
			t.Errorf("%s: got %v, want %v", system, got, want)
		}
	}
}

func TestMinimumEligibleAge(t *testing.T) {
	for _, test := range []struct {
		name               string
		location, products *int
		want               *int
	}{
		{"neither", nil, nil, nil},
		{"the location's alone", ptr(6), nil, ptr(6)},
		{"the products' alone", nil, ptr(60), ptr(60)},
		{"the location takes older ones", ptr(144), ptr(60), ptr(144)},
		{"the products are for older ones", ptr(6), ptr(60), ptr(60)},
		{"0 is known", ptr(0), nil, ptr(0)},
		{"0 and more", ptr(0), ptr(6), ptr(6)},
		{"equal", ptr(6), ptr(6), ptr(6)},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, univaf.MinimumEligibleAge(test.location, test.products)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestSystemFromURI(t *testing.T) {
	for uri, want := range map[string]string{ // "" is not ok
		"https://a.example/store": "a.example/store", "http://a.example:8080/x": "a.example_8080/x", "urn:oid:1.2": "urn_oid_1.2",
		"https://": "", "cvs": "", "a:b": "", "": "",
	} {
		if got, ok := univaf.SystemFromURI(uri); ok != (want != "") || ok && got != want {
			t.Errorf("SystemFromURI(%q) = %q, %v; want %q", uri, got, ok, want)
		}
	}
	u, _, err := univaf.DecodeUpdate([]byte(`{"external_ids":[["https://a.example/store","1"]]}`))
	if err != nil || u.ExternalIDs[0] != (univaf.ExternalID{System: "a.example/store", Value: "1"}) {
		t.Errorf("an update with such a system: %v, %v", u.ExternalIDs, err)
	}
}
