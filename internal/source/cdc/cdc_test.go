package cdc_test

import (
	"encoding/json"
	"strings"
	"testing"

	"getmyvax.org/univaf/internal/source/cdc"
	"getmyvax.org/univaf/internal/source/sourcetest"
)

func TestAPI(t *testing.T) {
	for name, dir := range sourcetest.Cases(t, "testdata") {
		t.Run(name, func(t *testing.T) { sourcetest.Run(t, dir, cdc.API) })
	}
}

// The cases whose expected output is that of a loader that gave up at the first bad record.
var deviations = map[string]sourcetest.Outcome{
	"extra-cdc-bad-url-throws": {
		Warnings: map[string]int{"invalid URL": 1},
		Records: []string{`{"record": {
			"external_ids": [["vaccines_gov", "g-undefined"], ["cvs", "123"]], "name": "Cvs Pharmacy, Inc. #00123", "provider": "cvs",
			"address_lines": ["1 MAIN ST"], "city": "Springfield", "state": "MA", "postal_code": "01101", "info_phone": "555-555-1234",
			"position": {"latitude": 42.1, "longitude": -72.5},
			"meta": {"insurance_accepted": true, "walkins_accepted": false, "monday_hours": "09:00AM-09:00PM", "cdc_minimum_age": {}},
			"availability": {"source": "cdc", "valid_at": "2021-10-30", "checked_at": "2021-11-01T12:00:00Z", "available": "YES", "products": ["pfizer"]}
		}, "options": {"update_location": true}}`},
	},
	"extra-cdc-unknown-ndc-throws": {
		Warnings: map[string]int{"unknown product": 1},
		Records: []string{`{"record": {
			"external_ids": [["vaccines_gov", "g-undefined"], ["cvs", "123"]], "name": "Cvs Pharmacy, Inc. #00123", "provider": "cvs",
			"address_lines": ["1 MAIN ST"], "city": "Springfield", "state": "MA", "postal_code": "01101", "info_phone": "555-555-1234",
			"info_url": "https://www.example.com/x", "position": {"latitude": 42.1, "longitude": -72.5},
			"meta": {"insurance_accepted": true, "walkins_accepted": false, "monday_hours": "09:00AM-09:00PM", "cdc_minimum_age": {}},
			"availability": {
				"source": "cdc", "valid_at": "2021-10-30", "checked_at": "2021-11-01T12:00:00Z", "available": "YES",
				"meta": {"unknown_products": ["11111-2222-33"]}
			}
		}, "options": {"update_location": true}}`},
	},
	// A state that can't be read fails the run in the end.
	"extra-cdc-http-error-for-one-state-then-next-state-ok": {Error: "loc_admin_state=VT: 404 Not Found"},
}

func TestShared(t *testing.T) {
	for name, dir := range sourcetest.SharedCases(t, "cdcApi") {
		t.Run(name, func(t *testing.T) {
			if strings.HasSuffix(name, "--formatstore") {
				dir = sourcetest.AsRun(t, dir, []string{"NJ"}, true, func(args []json.RawMessage) []sourcetest.Answer {
					return []sourcetest.Answer{{
						URL:  "https://data.cdc.gov/resource/5jp2-pgaw.json?%24limit=5000&%24offset=0&loc_admin_state=NJ",
						Body: string(args[0]),
					}}
				})
			}
			sourcetest.RunAs(t, dir, cdc.API, deviations[name])
		})
	}
}
