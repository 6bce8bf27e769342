package archive_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/archive"
	"getmyvax.org/univaf/internal/needs"
	"getmyvax.org/univaf/internal/store"
)

var update = flag.Bool("update", false, "renew docs/data-dictionary.md")

const dictionaryHead = `# Data dictionary

What the files of [the archive](guides/archive.md) hold. Types are those of Parquet, in the words of SQL; in NDJSON, times are
text such as ` + "`2021-11-01T12:00:00.000Z`" + ` and what is not known is null, or absent in the log.

`

func TestTheDataDictionaryIsInTheDocuments(t *testing.T) {
	const path = "../../docs/data-dictionary.md"
	want := dictionaryHead + strings.TrimSpace(archive.Dictionary()) + "\n"
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s (-want +got; go test ./internal/archive -update renews it):\n%s", path, diff)
	}
}

// duckDB runs a script of testdata/duckdb and gives what it prints.
func duckDB(t *testing.T, input string, args ...string) string {
	t.Helper()
	const folder = "testdata/duckdb"
	needs.More(t, "DuckDB is not asked")
	needs.Programs(t, "node")
	needs.Folder(t, filepath.Join(folder, "node_modules", "@duckdb", "node-api"))
	args[0] = filepath.Join(folder, args[0])
	command := exec.Command("node", args...)
	command.Stdin = strings.NewReader(input)
	var said bytes.Buffer
	command.Stderr = &said
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	return string(out)
}

// manyKinds writes two days with all that a row can hold.
func manyKinds(w *world) {
	months, count := 6, int64(3)
	full := univaf.Location{
		ID: "01a211ff-806e-7730-8cdc-20ffe6ee378a", Provider: "cvs", LocationType: univaf.Pharmacy, Name: `The "Pharmacy" <é>` + "\u2028",
		AddressLines: []string{"1 Main St", "Unit 2"}, City: "Newark", State: "NJ", PostalCode: "07101", County: "Essex",
		Position: &univaf.Position{Longitude: -74.17, Latitude: 40.73}, InfoPhone: "800-555-0100", InfoURL: "https://a.example/?a=1&b=2",
		BookingPhone: "800-555-0101", BookingURL: "https://b.example", Description: "two\nlines", RequiresWaitlist: true,
		MinimumAgeMonths: &months, Meta: json.RawMessage(`{"a":[1,{"b":null}]}`), IsPublic: true, CreatedAt: on(0, "08:00"), UpdatedAt: on(0, "08:00"),
		ExternalIDs: univaf.ExternalIDs{{System: "cvs", Value: "1"}, {System: univaf.SystemFormerID, Value: "older"}},
	}
	said := record(full.ID, on(0, "08:00"), univaf.Yes)
	said.AvailableCount, said.Products, said.Doses = &count, []string{"pfizer", "moderna"}, []string{"all_doses"}
	said.Capacity = json.RawMessage(`[{"date":"2026-11-02","dose":"all_doses","products":["pfizer"],"available":"YES","available_count":2,"unavailable_count":1,"age":"12+"},{"date":"2026-11-03","available":"NO"}]`)
	said.Slots = json.RawMessage(`[{"start":"2026-11-02T09:00:00-05:00","end":"2026-11-02T09:15:00-05:00","products":["pfizer"],"available":"YES"},{"start":"2026-11-02T14:30:00Z","available":"NO"}]`)
	said.Meta = json.RawMessage(`{"x":"y"}`)
	w.write(on(0, "08:00"), func(tx *store.Tx) {
		tx.PutLocations([]univaf.Location{full, place("a", on(0, "08:00"))})
		tx.PutAvailability([]univaf.Availability{said, record("a", on(0, "08:00"), univaf.No)})
	})
	w.write(on(0, "09:00"), func(tx *store.Tx) {
		tx.PutChecks([]univaf.Availability{check("a", on(0, "08:00"), on(0, "09:00")), check(full.ID, on(0, "08:30"), on(0, "09:00"))})
	})
	w.run(on(1, "00:20"))
}

func TestDuckDBReadsTheSameFromBothFormats(t *testing.T) {
	w := newWorld(t, engines[0].url(t))
	manyKinds(w)
	want := "provider_locations 2\nexternal_ids 2\navailability 2\navailability_log 4\nmerged_ids 1\n"
	if got := duckDB(t, "", "compare.mjs", w.folder, date(0)); got != want {
		t.Errorf("it reads:\n%s", got)
	}
}

func TestTheQueriesOfTheGuideRun(t *testing.T) {
	guide, err := os.ReadFile("../../docs/guides/archive.md")
	if err != nil {
		t.Fatal(err)
	}
	var queries []string
	for _, block := range regexp.MustCompile("(?s)```sql\n(.*?)```").FindAllStringSubmatch(string(guide), -1) {
		queries = append(queries, block[1])
	}
	if len(queries) != 5 {
		t.Fatalf("%d queries", len(queries))
	}
	notebook, err := os.ReadFile("../../docs/guides/archive.ipynb")
	if err != nil {
		t.Fatal(err)
	}
	var cells struct {
		Format int `json:"nbformat"`
		Cells  []struct {
			Source []string
		}
	}
	if err := json.Unmarshal(notebook, &cells); err != nil || cells.Format != 4 {
		t.Fatalf("the notebook: %v, of format %d", err, cells.Format)
	}
	for _, c := range cells.Cells {
		for _, block := range regexp.MustCompile(`(?s)sql\(f"""(.*?)"""`).FindAllStringSubmatch(strings.Join(c.Source, ""), -1) {
			queries = append(queries, regexp.MustCompile(`\{day\("(\w+)"\)\}`).ReplaceAllString(block[1], "https://archive.example/$1/$1-2026-11-24.parquet"))
		}
	}
	w := newWorld(t, engines[0].url(t))
	manyKinds(w)
	for i, q := range queries {
		queries[i] = strings.NewReplacer("https://archive.example", w.folder, "2026-11-24", date(0)).Replace(q)
	}
	input, err := json.Marshal(queries)
	if err != nil {
		t.Fatal(err)
	}
	if got := duckDB(t, string(input), "run.mjs"); got != "1\n1\n4\n1\n1\n1\n2\n" {
		t.Errorf("rows: %q", got)
	}
}
