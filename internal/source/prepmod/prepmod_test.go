package prepmod_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"getmyvax.org/univaf/internal/source/prepmod"
	"getmyvax.org/univaf/internal/source/sourcetest"
)

func TestSource(t *testing.T) {
	for name, dir := range sourcetest.Cases(t, "testdata") {
		t.Run(name, func(t *testing.T) { sourcetest.Run(t, dir, prepmod.Source) })
	}
}

// Other vaccines than those for COVID-19 were left out once; now they are shown. An
// immunization that says no more than that is of an unknown product.
var others = map[string]struct{ products, meta string }{
	"prepmod-api-does-not-include-generic-immunizations--formatlocation":    {"", `"meta": {"unknown_products": ["Child and Adolescent Immunization(s)"]},`},
	"prepmod-api-does-not-include-monkeypox-vaccines--formatlocation":       {`"products": ["mpox"],`, ""},
	"prepmod-api-does-not-include-shingles-zoster-vaccines--formatlocation": {`"products": ["zoster"],`, ""},
}

func TestShared(t *testing.T) {
	for name, dir := range sourcetest.SharedCases(t, "prepmod") {
		t.Run(name, func(t *testing.T) {
			var want sourcetest.Outcome
			switch {
			case strings.Contains(name, "hide"):
				// What the source no longer names is hidden by those who run it.
				want.Records = named(t, dir)
			case name == "extra-prepmod-server-error-throws":
				want.Error = "$bulk-publish: 403 Forbidden"
			}
			if strings.HasSuffix(name, "--formatlocation") {
				var id string
				dir, id = asRun(t, dir)
				if other, found := others[name]; found {
					want.Records = []string{fmt.Sprintf(otherRecord, id, other.products, other.meta)}
					if other.meta != "" {
						want.Warnings = map[string]int{"unknown product": 1}
					}
				}
			}
			sourcetest.RunAs(t, dir, prepmod.Source, want)
		})
	}
}

const otherRecord = `{"record": {
	"is_public": true, "name": "Test Location", "provider": "prepmod", "location_type": "CLINIC",
	"external_ids": [["prepmod-myhealth.alaska.gov-location", "%[1]s"], ["https://example.com/store", "1234"]],
	"address_lines": ["123 Example Rd."], "city": "Somewheresville", "state": "SC", "postal_code": "29614", "county": "Greenville",
	"position": {"latitude": 46.0763689, "longitude": -118.2838519},
	"booking_url": "https://myhealth.alaska.gov/appointment/en/clinic/search?location=29614&search_radius=10+miles&q%%5Bvenue_search_name_or_venue_name_i_cont%%5D=Test+Location",
	"info_url": "https://example.com/%[1]s", "info_phone": "888-555-1234",
	"availability": {
		"source": "univaf-prepmod", "valid_at": "2021-11-01T12:00:00Z", "checked_at": "2021-11-01T12:00:00Z", "is_public": true,
		"available": "YES", %[3]s
		"slots": [{
			"start": "2021-09-13T09:00:00.000-08:00", "end": "2021-09-13T09:09:00.000-08:00", "available": "YES", %[2]s
			"booking_url": "https://prepmod.doh.wa.gov//appointment/en/client/registration?clinic_id=6320"
		}]
	}
}, "options": {"update_location": true}}`

// named gives the expected records of places that the source names: those with availability.
func named(t *testing.T, dir string) (records []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "expected.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, `"availability"`) {
			records = append(records, line)
		}
	}
	return records
}

// asRun makes a case of one place a run that reads it from a deployment.
func asRun(t *testing.T, dir string) (out, id string) {
	t.Helper()
	var input struct{ Args []json.RawMessage }
	read(t, filepath.Join(dir, "input.json"), &input)
	var host, published string
	var place struct {
		Location         struct{ ID string }
		Schedules, Slots []json.RawMessage
	}
	var whole struct{ Location json.RawMessage }
	for i, v := range []any{&host, &published, &place} {
		decode(t, input.Args[i], v)
	}
	decode(t, input.Args[2], &whole)

	type exchange struct {
		Method string `json:"method"`
		URL    string `json:"url"`
		Status int    `json:"status"`
		Body   string `json:"body"`
	}
	answer := func(path, body string) exchange { return exchange{"GET", host + path, 200, body} }
	exchanges := []exchange{
		answer("/api/smart-scheduling-links/$bulk-publish", fmt.Sprintf(`{"transactionTime":%q,"request":%q,"output":[
			{"type":"Location","url":"%[2]s/l"},{"type":"Schedule","url":"%[2]s/s"},{"type":"Slot","url":"%[2]s/t"}]}`, published, host)),
		answer("/l", lines(t, whole.Location)), answer("/s", lines(t, place.Schedules...)), answer("/t", lines(t, place.Slots...)),
	}
	out = t.TempDir()
	write(t, filepath.Join(out, "exchanges.json"), exchanges)
	write(t, filepath.Join(out, "case.json"), map[string]any{
		"kind": "run", "now": "2021-11-01T12:00:00Z", "options": map[string]any{"states": []string{"AK"}},
	})
	var record any
	read(t, filepath.Join(dir, "expected.ndjson"), &record)
	write(t, filepath.Join(out, "expected.ndjson"), map[string]any{"record": record, "options": map[string]any{"update_location": true}})
	return out, place.Location.ID
}

// lines gives records one a line.
func lines(t *testing.T, records ...json.RawMessage) string {
	t.Helper()
	var out strings.Builder
	for _, r := range records {
		var v any
		decode(t, r, &v)
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(append(text, '\n'))
	}
	return out.String()
}

func decode(t *testing.T, text []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, name string, v any) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	decode(t, text, v)
}

func write(t *testing.T, name string, v any) {
	t.Helper()
	text, err := json.Marshal(v)
	if err == nil {
		err = os.WriteFile(name, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
