package heb_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"getmyvax.org/univaf/internal/source/heb"
	"getmyvax.org/univaf/internal/source/sourcetest"
)

func TestSource(t *testing.T) {
	for name, dir := range sourcetest.Cases(t, "testdata") {
		t.Run(name, func(t *testing.T) { sourcetest.Run(t, dir, heb.Source) })
	}
}

const now = "2021-11-01T12:00:00.000Z"

func TestShared(t *testing.T) {
	for name, dir := range sourcetest.SharedCases(t, "heb") {
		t.Run(name, func(t *testing.T) {
			var want sourcetest.Outcome
			switch {
			case strings.HasSuffix(name, "--formatlocation"):
				// The helper did not know when the file was written.
				want.Records = records(t, dir, func(_, availability map[string]any) { availability["valid_at"] = now })
				dir = sourcetest.AsRun(t, dir, []string{"TX"}, false, func(args []json.RawMessage) []sourcetest.Answer {
					return []sourcetest.Answer{{
						URL:  "https://heb-ecom-covid-vaccine.hebdigital-prd.com/vaccine_locations.json?v=1635768000000",
						Body: `{"locations":[` + string(args[0]) + `]}`,
					}}
				})
			case name == "h-e-b-should-output-valid-data":
				// One place is in Tx, and one at 0, 0.
				want.Warnings = map[string]int{"unknown state": 1, "invalid position": 1}
				flu := beforeFlu(t, dir)
				want.Records = records(t, dir, func(record, availability map[string]any) {
					availability["valid_at"], availability["checked_at"] = availability["checked_at"], availability["valid_at"]
					number := record["external_ids"].([]any)[0].([]any)[1].(string)
					if i, given := flu[number]; given {
						products, _ := availability["products"].([]any)
						availability["products"] = slices.Insert(products, i, any("flu"))
					}
				})
			}
			sourcetest.RunAs(t, dir, heb.Source, want)
		})
	}
}

// records gives the expected records of a case after a change.
func records(t *testing.T, dir string, change func(record, availability map[string]any)) (out []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "expected.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var record map[string]any
		decode(t, []byte(line), &record)
		change(record, record["availability"].(map[string]any))
		text, err := json.Marshal(record)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(text))
	}
	return out
}

// beforeFlu tells, for each store that lists vaccines for flu, how many others it lists
// before: vaccines for flu were left out once.
func beforeFlu(t *testing.T, dir string) map[string]int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "exchanges.json"))
	if err != nil {
		t.Fatal(err)
	}
	var exchanges []struct{ Body string }
	decode(t, text, &exchanges)
	var file struct {
		Locations []struct {
			StoreNumber            json.Number
			AvailableImmunizations []string
		}
	}
	decode(t, []byte(exchanges[0].Body), &file)
	out := map[string]int{}
	for _, l := range file.Locations {
		i := slices.IndexFunc(l.AvailableImmunizations, func(name string) bool { return strings.HasSuffix(name, "Flu") })
		if i >= 0 {
			out[l.StoreNumber.String()] = i
		}
	}
	if len(out) == 0 {
		t.Fatal("no store lists vaccines for flu")
	}
	return out
}

func decode(t *testing.T, text []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatal(err)
	}
}
