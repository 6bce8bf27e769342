package cli_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"getmyvax.org/univaf/internal/smart/conform"
)

// smartFeed is a publisher in a folder that keeps to all rules.
var smartFeed = map[string]string{
	"$bulk-publish": `{"transactionTime":"2026-11-01T12:00:00Z","request":"https://clinics.example/$bulk-publish","output":[` +
		`{"type":"Location","url":"https://clinics.example/smart/locations/states/MA.ndjson","extension":{"state":["MA"]}},` +
		`{"type":"Schedule","url":"https://clinics.example/smart/schedules/states/MA.ndjson","extension":{"state":["MA"]}},` +
		`{"type":"Slot","url":"https://clinics.example/smart/slots/states/MA.ndjson","extension":{"state":["MA"]}}],"error":[]}`,
	"locations/states/MA.ndjson": `{"resourceType":"Location","id":"L1","name":"One","telecom":[{"system":"phone","value":"1-800-555-0100"},{"system":"url","value":"https://one.example"}],"address":{"line":["1 Main St"],"city":"Boston","state":"MA","postalCode":"02114"},"identifier":[{"system":"https://cdc.gov/vaccines/programs/vtrcks","value":"PIN1"}]}` + "\n",
	"schedules/states/MA.ndjson": `{"resourceType":"Schedule","id":"S1","actor":[{"reference":"Location/L1"}],"serviceType":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/service-type","code":"57"}]}]}` + "\n",
	"slots/states/MA.ndjson": `{"resourceType":"Slot","id":"T1","schedule":{"reference":"Schedule/S1"},"status":"busy","start":"2026-11-02T09:00:00-05:00","end":"2026-11-02T09:20:00-05:00",` +
		`"extension":[{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/booking-deep-link","valueUrl":"https://one.example/1"},{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/booking-phone","valueString":"1-800-555-0100"}]}` + "\n",
}

// publish writes smartFeed into a folder, with one text in one file replaced.
func publish(t *testing.T, file, from, to string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range smartFeed {
		if name == file {
			text = strings.Replace(text, from, to, 1)
		}
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestSmartCheckEndsAsBadlyAsTheWorstRule(t *testing.T) {
	for _, test := range []struct {
		name, file, from, to string
		code                 int
		says                 string
	}{
		{"all kept", "", "", "", 0, "RECOMMENDED  3 rules kept, 0 broken, 3 not checked\n"},
		{"a hint", "$bulk-publish", `{"type":"Slot"`, `{"type":"Other","url":"https://x.example"},{"type":"Slot"`, 0, "\nhint  manifest.known-types, once: "},
		{"a warning", "slots/states/MA.ndjson", "09:20", "10:20", 3, "\n    MA.ndjson:1 (T1): it is from "},
		{"an error", "slots/states/MA.ndjson", "Schedule/S1", "Schedule/S2", 1, "\nerror  slot.schedule-known, once: The Schedule of a Slot is in a Schedule file. (Slot File)\n    MA.ndjson:1 (T1): there is no Schedule/S2\n"},
		{"a file that is not there", "$bulk-publish", "/slots/states/MA", "/slots/states/NJ", 2, "\nNot all could be read, so this is no report on the whole:\n"},
		{"no manifest", "$bulk-publish", "{", "<", 2, "the manifest is not one"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := runCommand(t, nil, "smart", "check", publish(t, test.file, test.from, test.to))
			if got.code != test.code || !strings.Contains(got.stdout, test.says) {
				t.Errorf("exit code %d, want %d\n%s%s", got.code, test.code, got.stdout, got.stderr)
			}
		})
	}
}

func TestSmartCheckAsJSON(t *testing.T) {
	got := runCommand(t, nil, "smart", "check", "--json", "--examples", "1", publish(t, "locations/states/MA.ndjson", `"MA"`, `"Mass."`))
	var r conform.Report
	if err := json.Unmarshal([]byte(got.stdout), &r); err != nil || got.code != 3 {
		t.Fatalf("exit code %d: %v\n%s", got.code, err, got.stderr)
	}
	for _, one := range r.Rules {
		if one.Name == "location.state" && (one.Status != conform.Broken || one.Count != 1 || len(one.Examples) != 1 || one.Examples[0].ID != "L1") {
			t.Errorf("%+v", one)
		}
	}
	if len(r.Files) != 3 || !r.Complete {
		t.Errorf("files %+v, complete %v", r.Files, r.Complete)
	}
}

func TestSmartCheckOverHTTP(t *testing.T) {
	dir := publish(t, "", "", "")
	publisher := httptest.NewServer(http.FileServerFS(os.DirFS(dir)))
	t.Cleanup(publisher.Close)
	manifest := strings.ReplaceAll(smartFeed["$bulk-publish"], "https://clinics.example/smart", publisher.URL)
	manifest = strings.ReplaceAll(manifest, "https://clinics.example", publisher.URL)
	if err := os.WriteFile(filepath.Join(dir, "$bulk-publish"), []byte(manifest), 0o600); err != nil {
		t.Fatal(err)
	}
	got := runCommand(t, nil, "smart", "check", publisher.URL)
	if got.code != 3 || !strings.Contains(got.stdout, "warning  http.cache-control, once: ") || !strings.Contains(got.stdout, ", 0 broken\n") {
		t.Errorf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
}

func TestSmartCheckOfNothing(t *testing.T) {
	for name, args := range map[string][]string{
		"no such folder":       {filepath.Join(t.TempDir(), "gone")},
		"no manifest in it":    {t.TempDir()},
		"not a URL":            {"https://"},
		"less than no example": {"--examples=-1", t.TempDir()},
	} {
		got := runCommand(t, nil, append([]string{"smart", "check"}, args...)...)
		if got.code != 2 || got.stdout != "" || !strings.HasPrefix(got.stderr, "univaf: ") {
			t.Errorf("%s: exit code %d\n%s%s", name, got.code, got.stdout, got.stderr)
		}
	}
}

func TestSmartRules(t *testing.T) {
	got := runCommand(t, nil, "smart", "rules")
	if lines := strings.Count(got.stdout, "\n"); got.code != 0 || lines != len(conform.Rules) || !strings.Contains(got.stdout, "slot.start-before-end") {
		t.Errorf("exit code %d, %d lines\n%s", got.code, lines, got.stderr)
	}
}
