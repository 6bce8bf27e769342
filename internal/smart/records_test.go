package smart_test

import (
	"errors"
	"strings"
	"testing"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/smart"

	"github.com/google/go-cmp/cmp"
)

// problem gives what is wrong with the only line of a file.
func problem(t *testing.T, kind, text string) string {
	t.Helper()
	var errs []error
	switch kind {
	case "Location":
		for _, err := range smart.Decode[smart.Location](strings.NewReader(text)) {
			errs = append(errs, err)
		}
	case "Schedule":
		for _, err := range smart.Decode[smart.Schedule](strings.NewReader(text)) {
			errs = append(errs, err)
		}
	case "Slot":
		for _, err := range smart.Decode[smart.Slot](strings.NewReader(text)) {
			errs = append(errs, err)
		}
	}
	if len(errs) != 1 {
		t.Fatalf("%d records", len(errs))
	}
	if errs[0] == nil {
		return ""
	}
	var line *smart.LineError
	if !errors.As(errs[0], &line) {
		t.Fatalf("error of type %T", errs[0])
	}
	return line.Err.Error()
}

const (
	goodSchedule = `{"resourceType":"Schedule","id":"8","serviceType":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/service-type","code":"57","display":"Immunization"}]}],"actor":[{"reference":"Location/7"}],"extension":null}`
	goodLocation = `{"resourceType":"Location","id":"7","identifier":[{"system":"https://a.example","value":"1"}],"name":"A","telecom":[{"system":"phone","value":"1"}],"address":{"line":["1 Elm St"],"city":"Camden","state":"NJ","postalCode":"08102"},"position":{"latitude":39.9,"longitude":-75.1,"altitude":3}}`
)

func TestRecordsAreChecked(t *testing.T) {
	goodSlot := slotLine("")
	for _, test := range []struct {
		name, kind, from, to string // the good record with from put into the place of to
		want                 string
	}{
		{"good", "Location", "", "", ""},
		{"another type", "Location", `"Location"`, `"Place"`, `/resourceType must be "Location", not "Place"`},
		{"an odd id", "Location", `"id":"7"`, `"id":"bad/id!"`, `/id must be 1 to 64 letters, digits, '-', '.', '_' or spaces, not "bad/id!"`},
		{"a number for an id", "Location", `"id":"7"`, `"id":7`, `/id must be a string, not number`},
		{"a long id", "Location", `"id":"7"`, `"id":"` + strings.Repeat("7", 65) + `"`, `/id must be 1 to 64 letters, digits, '-', '.', '_' or spaces, not "` + strings.Repeat("7", 65) + `"`},
		{"no name", "Location", `"name":"A",`, ``, `/name is required`},
		{"an empty name", "Location", `"name":"A"`, `"name":""`, ``},
		{"no identifier", "Location", `"identifier":[{"system":"https://a.example","value":"1"}],`, ``, ``},
		{"an identifier of no system", "Location", `"https://a.example"`, `"a"`, `/identifier/0/system must be a URI, not "a"`},
		{"a fax", "Location", `"system":"phone"`, `"system":"fax"`, `/telecom/0/system must be phone or url, not "fax"`},
		{"no telecom", "Location", `"telecom":[{"system":"phone","value":"1"}],`, ``, `/telecom is required`},
		{"no address", "Location", `"address"`, `"addresses"`, `/address is required`},
		{"one line of address", "Location", `["1 Elm St"]`, `"1 Elm St"`, `/address/line must be a list, not string`},
		{"no city and no ZIP code", "Location", `"city":"Camden","state":"NJ","postalCode":"08102"`, `"state":"NJ"`, `/address/city is required; /address/postalCode is required`},
		{"half a position", "Location", `"longitude":-75.1,`, ``, `/position/longitude is required`},
		{"a position in words", "Location", `39.9`, `"39.9"`, `/position/latitude must be a number, not string`},

		{"good", "Schedule", "", "", ""},
		{"no actor", "Schedule", `"actor":[{"reference":"Location/7"}]`, `"actor":[]`, `/actor must have exactly one entry, not 0`},
		{"another actor", "Schedule", `Location/7`, `Practitioner/7`, `/actor/0/reference must begin with Location/, not be "Practitioner/7"`},
		{"no service", "Schedule", `"serviceType"`, `"service"`, `/serviceType must have an entry`},
		{"a service without codes", "Schedule", `"coding"`, `"code"`, `/serviceType/0/coding must have an entry`},
		{"a number for a code", "Schedule", `"57"`, `57`, `/serviceType/coding/code must be a string, not number`},
		{"an extension of no kind", "Schedule", `"extension":null`, `"extension":[{"url":"x"}]`, `/extension/0/url must be a URI, not "x"`},
		{"an extension that is none", "Schedule", `"extension":null`, `"extension":[5]`, `/extension must hold objects`},

		{"good", "Slot", "", "", ""},
		{"an incomplete offset, as in the standard", "Slot", `09:00:00-04:00`, `09:00:00-04`, ``},
		{"no offset", "Slot", `09:00:00-04:00`, `09:00:00`, `/start must have an offset from UTC, such as Z or -05:00, not "2021-11-01T09:00:00"`},
		{"no time", "Slot", `2021-11-01T09:10:00-04:00`, `soon`, `/end must be an ISO 8601 date and time, such as 2021-11-01T12:00:00Z, not "soon"`},
		{"another status", "Slot", `"free"`, `"FREE"`, `/status must be free or busy, not "FREE"`},
		{"another reference", "Slot", `Schedule/8`, `8`, `/schedule/reference must begin with Schedule/, not be "8"`},
	} {
		t.Run(test.kind+" "+test.name, func(t *testing.T) {
			good := map[string]string{"Location": goodLocation, "Schedule": goodSchedule, "Slot": goodSlot}[test.kind]
			if !strings.Contains(good, test.from) {
				t.Fatalf("%s is not in the record", test.from)
			}
			got := problem(t, test.kind, strings.Replace(good, test.from, test.to, 1))
			if got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestExternalIDs(t *testing.T) {
	l := smart.Location{ID: "7", Identifier: []smart.Identifier{
		{System: smart.SystemVTrckS, Value: "abc"},
		{System: smart.SystemNPI, Value: "1598055964"},
		{System: smart.SystemVTrckS, Value: "unknown VTrckS pin for 7"},
		{System: "https://a.example", Value: ""},
		{System: "https://a.example", Value: "null"},
		{System: "https://a.example", Value: "nil"},
		{System: "https://a.example", Value: "NULL"},
		{System: "https://b.example", Value: "13"},
	}}
	rename := func(id smart.Identifier) smart.Identifier {
		if id.System == "https://b.example" {
			id.System = "b"
		}
		return id
	}
	want := univaf.ExternalIDs{
		{System: "own", Value: "7"},
		{System: "vtrcks", Value: "abc"},
		{System: "npi_usa", Value: "1598055964"},
		{System: "https://a.example", Value: "NULL"},
		{System: "b", Value: "13"},
	}
	if diff := cmp.Diff(want, l.ExternalIDs("own", rename)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := l.ExternalIDs("", nil); len(got) != 4 || got[0].System != "vtrcks" {
		t.Errorf("without an id of its own: %v", got)
	}
}

func TestCapacity(t *testing.T) {
	for _, test := range []struct {
		name, extension string
		want            int64
		ok              bool
	}{
		{"none is one", ``, 1, true},
		{"a number", `"valueInteger":5`, 5, true},
		{"a text", `"valueInteger":"5"`, 5, true},
		{"a text that begins with digits", `"valueInteger":"5 left"`, 5, true},
		{"zero", `"valueInteger":"0"`, 0, true},
		{"of another type", `"valueString":"2"`, 2, true},
		{"a fraction", `"valueInteger":1.5`, 0, false},
		{"negative", `"valueInteger":-1`, -1, false},
		{"words", `"valueInteger":"many"`, 0, false},
		{"null", `"valueInteger":null`, 0, false},
		{"huge", `"valueInteger":1e300`, 0, false},
		{"no value", `"other":1`, 0, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			extension := ""
			if test.extension != "" {
				extension = `,"extension":[{"url":"` + smart.ExtSlotCapacity + `",` + test.extension + `}]`
			}
			for s, err := range smart.Decode[smart.Slot](strings.NewReader(slotLine(extension))) {
				if err != nil {
					t.Fatal(err)
				}
				if got, ok := s.Capacity(); got != test.want || ok != test.ok {
					t.Errorf("got %d, %v, want %d, %v", got, ok, test.want, test.ok)
				}
			}
		})
	}
}

func TestExtensionCoding(t *testing.T) {
	for _, test := range []struct {
		name, value string
		want        smart.Coding
		ok          bool
	}{
		{"whole", `{"system":"http://hl7.org/fhir/sid/cvx","code":"207","display":"Moderna"}`, smart.Coding{System: smart.SystemCVX, Code: "207", Display: "Moderna"}, true},
		{"a number for a code", `{"system":"http://hl7.org/fhir/sid/cvx","code":212}`, smart.Coding{System: smart.SystemCVX, Code: "212"}, true},
		{"a name alone", `{"display":"Moderna"}`, smart.Coding{Display: "Moderna"}, true},
		{"a list for a code", `{"code":[]}`, smart.Coding{}, false},
		{"null", `null`, smart.Coding{}, false},
		{"a text", `"207"`, smart.Coding{}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := smart.Extension{URL: smart.ExtVaccineProduct, Name: "valueCoding", Value: []byte(test.value)}
			if got, ok := e.Coding(); got != test.want || ok != test.ok {
				t.Errorf("got %v, %v, want %v, %v", got, ok, test.want, test.ok)
			}
		})
	}
}

func TestTypesEncode(t *testing.T) {
	for _, test := range []struct {
		name   string
		record any
		want   string
	}{
		{"an empty location", smart.Location{ID: "7"}, `{"resourceType":"Location","id":"7","name":"","telecom":[],"address":{"line":[],"city":"","state":"","postalCode":""}}`},
		{
			"a slot",
			smart.Slot{
				ID: "9", Schedule: smart.Reference{Reference: "Schedule/8"}, Status: smart.Free, Start: "2021-11-01T09:00:00Z", End: "2021-11-01T10:00:00Z",
				Extension: []smart.Extension{smart.NewExtension(smart.ExtSlotCapacity, "valueInteger", 3), {URL: "a:b"}},
			},
			`{"resourceType":"Slot","id":"9","schedule":{"reference":"Schedule/8"},"status":"free","start":"2021-11-01T09:00:00Z","end":"2021-11-01T10:00:00Z","extension":[{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/slot-capacity","valueInteger":3},{"url":"a:b"}]}`,
		},
		{"an empty schedule", smart.Schedule{ID: "8"}, `{"resourceType":"Schedule","id":"8","serviceType":[],"actor":[]}`},
		{
			"an empty manifest",
			smart.Manifest{TransactionTime: "2021-11-01T12:00:00Z", Request: "https://example.org/$bulk-publish"},
			`{"transactionTime":"2021-11-01T12:00:00Z","request":"https://example.org/$bulk-publish","output":[],"error":[]}`,
		},
		{
			"a file",
			smart.File{Type: "Slot", URL: "https://example.org/s?a&b", Extension: &smart.FileExtension{State: smart.States{"NJ"}}},
			`{"type":"Slot","url":"https://example.org/s?a&b","extension":{"state":["NJ"]}}`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got strings.Builder
			if err := smart.NewEncoder(&got).Encode(test.record); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want+"\n", got.String()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
