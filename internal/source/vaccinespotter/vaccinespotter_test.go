package vaccinespotter_test

import (
	"encoding/json"
	"strings"
	"testing"

	"getmyvax.org/univaf/internal/source/sourcetest"
	"getmyvax.org/univaf/internal/source/vaccinespotter"
)

func TestSource(t *testing.T) {
	for name, dir := range sourcetest.Cases(t, "testdata") {
		t.Run(name, func(t *testing.T) { sourcetest.Run(t, dir, vaccinespotter.Source) })
	}
}

// The cases whose expected output is that of a loader that gave up at the first bad record.
var deviations = map[string]sourcetest.Outcome{
	"extra-vaccinespotter-http-error": {Error: "GET https://www.vaccinespotter.org/api/v0/states/CO.json: 404 Not Found"},
	"extra-vaccinespotter-null-provider-location-id-throws": {
		Skipped: []string{"invalid feature 3: provider_location_id is missing"},
		Records: []string{`{
			"id": "walgreens:5863", "location_type": "PHARMACY", "name": "Some Store", "provider": "walgreens",
			"address_lines": ["1 N Main St"], "city": "Denver", "state": "CO", "postal_code": "80014",
			"position": {"longitude": -104.1, "latitude": 39.7}, "booking_url": "https://x.example.com/", "booking_phone": "1-800-925-4733",
			"meta": {"time_zone": "America/Denver", "vaccinespotter": {"provider": "walgreens", "brand": "walgreens", "brand_id": 47}},
			"external_ids": [["vaccinespotter", "2"], ["walgreens", "5863"]],
			"availability": {"source": "univaf-vaccinespotter", "checked_at": "2021-11-01T12:00:00Z", "available": "UNKNOWN"}
		}`},
	},
	"vaccinespotter-should-not-fail-on-locations-with-malformed-appointments-data--formatstore": {
		Warnings: map[string]int{"invalid appointments": 1},
	},
}

func TestShared(t *testing.T) {
	for name, dir := range sourcetest.SharedCases(t, "vaccinespotter") {
		t.Run(name, func(t *testing.T) {
			if strings.HasSuffix(name, "--formatstore") {
				dir = sourcetest.AsRun(t, dir, []string{"NJ"}, false, func(args []json.RawMessage) []sourcetest.Answer {
					file := `{"type":"FeatureCollection","features":[` + string(args[0]) + `]}`
					return []sourcetest.Answer{{URL: "https://www.vaccinespotter.org/api/v0/states/NJ.json", Body: file}}
				})
			}
			sourcetest.RunAs(t, dir, vaccinespotter.Source, deviations[name])
		})
	}
}
