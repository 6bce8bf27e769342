package riteaid_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/source/riteaid"
	"getmyvax.org/univaf/internal/source/sourcetest"
	"getmyvax.org/univaf/internal/usa"
)

func TestSources(t *testing.T) {
	for folder, d := range map[string]source.Definition{"smart": riteaid.Smart, "api": riteaid.API, "scraper": riteaid.Scraper} {
		for name, dir := range sourcetest.Cases(t, filepath.Join("testdata", folder)) {
			t.Run(d.Name+"/"+name, func(t *testing.T) { sourcetest.Run(t, dir, d) })
		}
	}
}

func TestSmartShared(t *testing.T) {
	deviations := map[string]sourcetest.Outcome{
		// The place is skipped; the run goes on.
		"extra-rite-aid-smart-pin-mismatch-throws": {Skipped: []string{"invalid Location 1111: the number of the store"}},
	}
	for name, dir := range sourcetest.SharedCases(t, "riteAidSmart") {
		t.Run(name, func(t *testing.T) { sourcetest.RunAs(t, dir, riteaid.Smart, deviations[name]) })
	}
}

func TestScraperShared(t *testing.T) {
	deviations := map[string]sourcetest.Outcome{
		// A store that can't be read is skipped; the run goes on.
		"extra-rite-aid-scraper-invalid-timestamp-leads-to-mismatch": {
			Skipped:  []string{"invalid store 1: 0 slots are listed, but there should be 1"},
			Warnings: map[string]int{"invalid time": 1},
		},
		"extra-rite-aid-scraper-schema-violation": {Skipped: []string{"invalid store 1: /storeType: "}},

		"extra-rite-aid-scraper-null-stores-and-too-many-results":        {Warnings: map[string]int{"search finds too many stores": 1}},
		"extra-rite-aid-scraper-unsupported-state":                       {Error: `there are no ZIP codes to search in "TX"`},
		"rite-aid-scraper-raises-riteaidapierror-on-api-error-responses": {Error: "ERROR RA0005: Something went wrong."},
	}
	for name, dir := range sourcetest.SharedCases(t, "riteAidScraper") {
		t.Run(name, func(t *testing.T) { sourcetest.RunAs(t, dir, riteaid.Scraper, deviations[name]) })
	}
}

func TestAPIShared(t *testing.T) {
	deviations := map[string]sourcetest.Outcome{
		"extra-rite-aid-api-missing-env":                          {Error: "RITE_AID_URL and RITE_AID_KEY must be set"},
		"extra-rite-aid-api-state-errors-then-unauthorized-stops": {Error: "stateCode=CT: 403 Forbidden"},
		"rite-aid-source-throws-on-failing-api-response--querystate": {
			Error: "ERROR 1234: RiteAid API timed out",
		},
		// The store is skipped; the run goes on.
		"rite-aid-source-throws-errors-for-inconsistent-slot-counts--formatstore": {
			Skipped: []string{"invalid store 116: 2021-04-24: 201 slots of 200 are available"},
		},
		"rite-aid-source-warns-for-unreasonable-slot-counts--formatstore": {
			Warnings: map[string]int{"unlikely number of slots": 1},
		},
	}
	for name, dir := range sourcetest.SharedCases(t, "riteAidApi") {
		t.Run(name, func(t *testing.T) {
			if strings.Contains(name, "--") {
				dir = asRun(t, dir)
			}
			want := deviations[name]
			want.Records = withCountiesKnown(t, dir)
			sourcetest.RunAs(t, dir, riteaid.API, want)
		})
	}
}

// asRun makes a case of the helper that makes a record, or of the one that asks for those
// of a state, a run for New Jersey.
func asRun(t *testing.T, dir string) string {
	t.Helper()
	var recorded []struct{ Body string }
	decode(t, read(t, dir, "exchanges.json"), &recorded)
	if len(read(t, dir, "expected.ndjson")) == 0 {
		// What throws returns nothing, which AsRun would have as null.
		again := t.TempDir()
		if err := os.CopyFS(again, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		dir = again
		if err := os.WriteFile(filepath.Join(dir, "expected.ndjson"), []byte("null"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return sourcetest.AsRun(t, dir, []string{"NJ"}, false, func(args []json.RawMessage) []sourcetest.Answer {
		body := `{"Status":"SUCCESS","ErrCde":null,"ErrMsg":null,"ErrMsgDtl":null,"Data":{"providerDetails":[` + string(args[0]) + `]}}`
		if len(recorded) > 0 {
			body = recorded[0].Body
		}
		return []sourcetest.Answer{{URL: "https://api.riteaid.com/test?stateCode=NJ", Body: body}}
	})
}

// withCountiesKnown gives the expected records, without the counties of ZIP codes of which
// our table knows none: they came from other tables. Those that it knows must be the same.
func withCountiesKnown(t *testing.T, dir string) []string {
	t.Helper()
	records := []string{}
	for line := range strings.Lines(string(read(t, dir, "expected.ndjson"))) {
		var record map[string]any
		decode(t, []byte(line), &record)
		code, _ := record["postal_code"].(string)
		if zip, _ := usa.ByZIP(code); zip.County == "" {
			delete(record, "county")
		}
		text, err := json.Marshal(record)
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, string(text))
	}
	return records
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func decode(t *testing.T, text []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatal(err)
	}
}
