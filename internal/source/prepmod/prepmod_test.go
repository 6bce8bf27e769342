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
				dir = sourcetest.AsRun(t, dir, []string{"AK"}, true, func(args []json.RawMessage) (answers []sourcetest.Answer) {
					answers, id = deployment(t, args)
					return answers
				})
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

// deployment answers as the deployment of a place would, and tells the place's id.
func deployment(t *testing.T, args []json.RawMessage) (answers []sourcetest.Answer, id string) {
	t.Helper()
	var host, published string
	var place struct {
		Location         json.RawMessage
		Schedules, Slots []json.RawMessage
	}
	var location struct{ ID string }
	decode(t, args[0], &host)
	decode(t, args[1], &published)
	decode(t, args[2], &place)
	decode(t, place.Location, &location)
	return []sourcetest.Answer{
		{URL: host + "/api/smart-scheduling-links/$bulk-publish", Body: fmt.Sprintf(`{"transactionTime":%q,"request":%q,"output":[
			{"type":"Location","url":"%[2]s/l"},{"type":"Schedule","url":"%[2]s/s"},{"type":"Slot","url":"%[2]s/t"}]}`, published, host)},
		{URL: host + "/l", Body: lines(t, place.Location)},
		{URL: host + "/s", Body: lines(t, place.Schedules...)},
		{URL: host + "/t", Body: lines(t, place.Slots...)},
	}, location.ID
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
