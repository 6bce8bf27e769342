package cvs_test

import (
	"testing"

	"getmyvax.org/univaf/internal/source/cvs"
	"getmyvax.org/univaf/internal/source/sourcetest"
)

func TestSmart(t *testing.T) {
	for name, dir := range sourcetest.Cases(t, "testdata/smart") {
		t.Run(name, func(t *testing.T) { sourcetest.Run(t, dir, cvs.Smart) })
	}
}

// The cases whose expected output is that of a loader that gave up at the first bad
// record. Ours skips the record and goes on.
var deviations = map[string]sourcetest.Outcome{
	"extra-cvs-smart-invalid-location-record": {
		Skipped: []string{"invalid Location bad/id!: "},
	},
	"extra-cvs-smart-malformed-ndjson-and-literal-tabs": {
		Skipped: []string{"invalid Location : Location record in https://www.cvs.com/immunizations/inventory/data/l1.ndjson, line 2: not valid JSON"},
		Records: []string{`{
			"external_ids": [["cvs","2001"],["vtrcks","VT2001"]], "name": "CVS #2001",
			"provider": "cvs", "location_type": "PHARMACY",
			"address_lines": ["1\tMain St"], "city": "Town", "state": "VA", "postal_code": "12345",
			"booking_phone": "888-111-2001", "booking_url": "https://www.cvs.com/vaccine/intake/store/cvd-schedule",
			"availability": {
				"source": "univaf-cvs-smart", "valid_at": "2021-11-01T11:50:00Z", "checked_at": "2021-11-01T12:00:00Z",
				"is_public": true, "available": "NO", "capacity": []
			}
		}`},
	},
	// A broken whole fails the source, as ever.
	"extra-cvs-smart-manifest-404": {
		Error: "GET https://www.cvs.com/immunizations/inventory/data/$bulk-publish: 404 Not Found",
	},
}

func TestSmartShared(t *testing.T) {
	for name, dir := range sourcetest.SharedCases(t, "cvsSmart") {
		t.Run(name, func(t *testing.T) { sourcetest.RunAs(t, dir, cvs.Smart, deviations[name]) })
	}
}
