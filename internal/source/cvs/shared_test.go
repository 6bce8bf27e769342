package cvs_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"getmyvax.org/univaf/internal/source/cvs"
	"getmyvax.org/univaf/internal/source/sourcetest"
	"getmyvax.org/univaf/internal/usa"
)

func TestAPIShared(t *testing.T) {
	outcomes := map[string]sourcetest.Outcome{
		"cvs-api-throws-a-nicely-formatted-error-from-the-api": {
			Error: "400 Bad Request: 5004 The parameters you have provided do not seem to be valid.",
		},
		"cvs-api-throws-an-error-if-there-are-no-credentials": {Error: "set CVS_API_KEY"},
	}
	for name, dir := range sourcetest.SharedCases(t, "cvsApi") {
		t.Run(name, func(t *testing.T) {
			want := outcomes[name]
			want.Records = expected(t, dir)
			want.Stores = sharedStores(t, func(string) bool { return true })
			sourcetest.RunAs(t, dir, cvs.API, want)
		})
	}
}

// outsideNJ is the number of a listed store of which nothing is said where it is not found.
const outsideNJ = "05848"

func TestScraperShared(t *testing.T) {
	const noStores = `{"responseMetaData":{"statusCode":"1010","statusDesc":"No stores"}}`
	for name, dir := range sourcetest.SharedCases(t, "cvsScraper") {
		t.Run(name, func(t *testing.T) {
			want := sourcetest.Outcome{Records: expected(t, dir)}
			all := func(string) bool { return true }
			switch {
			case strings.HasSuffix(name, "--createcannedunavailablestore"):
				dir = searches(t, dir, noStores)
				want.Stores = sharedStores(t, all)
			case strings.HasSuffix(name, "--converttostandardschema"):
				var input struct{ Args []json.RawMessage }
				decode(t, read(t, dir, "input.json"), &input)
				dir = searches(t, dir, string(input.Args[0]))
				want.Stores = sharedStores(t, func(number string) bool {
					return number == outsideNJ || strings.Contains(strings.Join(want.Records, " "), "CVS:"+number)
				})
				if strings.Contains(name, "unknown-store") {
					want.Skipped = slices.Repeat([]string{"invalid store nosuchstore: "}, 92) // each search finds it
				}
			case name == "extra-cvs-scraper-full-crawl":
				want.Stores = sharedStores(t, all)
				want.Warnings = map[string]int{"store not listed with its county": 2}
			}
			sourcetest.RunAs(t, dir, cvs.Scraper, want)
		})
	}
}

// searches makes a case of one answer a run in which each search answers so.
func searches(t *testing.T, dir, answer string) string {
	t.Helper()
	var old map[string]any
	decode(t, read(t, dir, "case.json"), &old)
	out := t.TempDir()
	for name, v := range map[string]any{
		"case.json": map[string]any{"kind": "run", "now": old["now"]},
		"exchanges.json": []map[string]any{{
			"method": "POST", "url": "https://www.cvs.com/Services/ICEAGPV1/immunization/1.0.0/getIMZStores",
			"served": "repeatedly", "status": 200, "body": answer,
		}},
	} {
		if err := os.WriteFile(filepath.Join(out, name), encode(t, v), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// expected gives the records that a case expects, or those in the object by number that it
// expects, as we want them.
func expected(t *testing.T, dir string) []string {
	t.Helper()
	records := []string{}
	for line := range bytes.Lines(read(t, dir, "expected.ndjson")) {
		var one map[string]any
		decode(t, line, &one)
		if one["external_ids"] != nil {
			one = map[string]any{"": one}
		}
		for _, record := range one {
			records = append(records, withDeviations(t, record.(map[string]any)))
		}
	}
	return records
}

// withDeviations gives a record whose ids are pairs. Counties came from a table of New
// Jersey that we have not: where it had none, ours has that of its ZIP code.
func withDeviations(t *testing.T, record map[string]any) string {
	t.Helper()
	var ids [][2]any
	for system, value := range record["external_ids"].(map[string]any) {
		ids = append(ids, [2]any{system, value})
	}
	record["external_ids"] = ids
	if record["county"] == nil {
		place, _ := usa.ByZIP(record["postal_code"].(string))
		record["county"] = place.County
		if place.County == "" {
			delete(record, "county")
		}
	}
	return string(encode(t, record))
}

// sharedStores gives the list of stores of the shared cases, of those that are wanted.
func sharedStores(t *testing.T, wanted func(number string) bool) fs.FS {
	t.Helper()
	file, err := os.Open(sourcetest.Shared(t, "static/cvs_known_stores.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var list bytes.Buffer
	err = cvs.Stores.Import(file, func(store any) error {
		line := encode(t, store)
		var one struct{ Number string }
		if decode(t, line, &one); wanted(one.Number) {
			list.Write(append(line, '\n'))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return fstest.MapFS{"cvs.ndjson": {Data: list.Bytes()}}
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

func encode(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
