package conform_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"getmyvax.org/univaf/internal/smart/conform"
)

// goodFeed keeps to all rules, so each is kept by it, and each case of brokenRules is a
// change of it that breaks one.
var goodFeed = map[string]string{
	"$bulk-publish": `{"transactionTime":"2026-11-01T12:00:00.000Z","request":"https://clinics.example/$bulk-publish","output":[
{"type":"Location","url":"https://clinics.example/locations.ndjson","extension":{"state":["MA","NJ"]}},
{"type":"Schedule","url":"https://clinics.example/schedules.ndjson","extension":{"state":["MA"]}},
{"type":"Slot","url":"https://clinics.example/slots.ndjson","extension":{"state":["MA"]}}],"error":[]}`,
	"locations.ndjson": `{"resourceType":"Location","id":"L1","name":"One","telecom":[{"system":"phone","value":"1-800-555-0100"},{"system":"url","value":"https://one.example"}],"address":{"line":["1 Main St"],"city":"Boston","state":"MA","postalCode":"02114-1234"},"position":{"latitude":42.3,"longitude":-71.1},"identifier":[{"system":"https://cdc.gov/vaccines/programs/vtrcks","value":"PIN1"}],"extension":[{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/has-availability","valueCode":"some"}]}
{"resourceType":"Location","id":"L-2.b","name":"Two \u0026 a half","telecom":[{"system":"url","value":"https://two.example"},{"system":"phone","value":"1-800-555-0101"}],"address":{"line":["2 Main St","Suite 3"],"city":"Newark","state":"NJ","postalCode":"07101"},"identifier":[{"system":"https://cdc.gov/vaccines/programs/vtrcks","value":"PIN2"}]}
`,
	"schedules.ndjson": `{"resourceType":"Schedule","id":"S1","actor":[{"reference":"Location/L1"}],"serviceType":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/service-type","code":"57"},{"system":"http://fhir-registry.smarthealthit.org/CodeSystem/service-type","code":"covid19-immunization"}]}],"extension":[{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/vaccine-product","valueCoding":{"system":"http://hl7.org/fhir/sid/cvx","code":"309"}},{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/vaccine-dose","valueInteger":1},{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/vaccine-dose","valueInteger":2}]}
`,
	"slots.ndjson": `{"resourceType":"Slot","id":"T1","schedule":{"reference":"Schedule/S1"},"status":"free","start":"2026-11-02T09:00:00-05:00","end":"2026-11-02T10:00:00-05:00","extension":[{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/booking-deep-link","valueUrl":"https://one.example/book?slot=1"},{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/booking-phone","valueString":"1-800-555-0100"},{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/slot-capacity","valueInteger":100}]}
{"resourceType":"Slot","id":"T2","schedule":{"reference":"Schedule/S1"},"status":"busy","start":"2026-11-02T10:00:00-05:00","end":"2026-11-02T10:20:00.5-05:00","extension":[{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/booking-deep-link","valueUrl":"https://one.example/book?slot=2"},{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/booking-phone","valueString":"1-800-555-0100"}]}
`,
}

// brokenRules has a change for each rule but those of HTTP. What else it breaks is in also.
var brokenRules = []struct {
	rule, file, from, to string
	also                 string
}{
	{"manifest.json", "$bulk-publish", `{"transactionTime"`, `["transactionTime"`, ""},
	{"manifest.transaction-time", "$bulk-publish", "12:00:00.000Z", "12:00Z", ""},
	{"manifest.request", "$bulk-publish", "https://clinics.example/$bulk-publish", "/$bulk-publish", ""},
	{"manifest.output", "$bulk-publish", "https://clinics.example/slots.ndjson", "slots.ndjson", ""},
	{"manifest.all-types", "$bulk-publish", `{"type":"Slot"`, `{"type":"Other"`, "manifest.known-types"},
	{"manifest.known-types", "$bulk-publish", `{"type":"Slot"`, `{"type":"Practitioner","url":"https://x.example/"},{"type":"Slot"`, ""},
	{"manifest.no-repeats", "$bulk-publish", `{"type":"Slot"`, `{"type":"Location","url":"https://clinics.example/locations.ndjson","extension":{"state":["MA"]}},{"type":"Slot"`, ""},
	{"manifest.state", "$bulk-publish", `{"state":["MA","NJ"]}`, `{}`, ""},
	{"manifest.state-codes", "$bulk-publish", `["MA","NJ"]`, `["MA","NJ","Texas"]`, ""},
	{"manifest.error-list", "$bulk-publish", `,"error":[]`, ``, ""},

	{"file.whole", "$bulk-publish", "/slots.ndjson", "/gone.ndjson", ""},
	{"file.json-lines", "slots.ndjson", `"status":"free",`, `"status":"free"`, ""},
	{"file.no-byte-order-mark", "locations.ndjson", `{"resourceType":"Location","id":"L1"`, "\uFEFF" + `{"resourceType":"Location","id":"L1"`, ""},
	{"file.no-blank-lines", "slots.ndjson", "}\n{", "}\n \n{", ""},
	{"file.line-ends", "slots.ndjson", "}\n{", "}\r\n{", ""},
	{"file.not-empty", "$bulk-publish", `{"type":"Slot"`, `{"type":"Slot","url":"https://clinics.example/empty.ndjson","extension":{"state":["MA"]}},{"type":"Slot"`, ""},
	{"file.resource-type", "slots.ndjson", `"Slot","id":"T1"`, `"slot","id":"T1"`, ""},
	{"resource.extension", "locations.ndjson", `"valueCode":"some"`, `"valueCode":"some","valueString":"some"`, ""},

	{"location.id", "locations.ndjson", "L-2.b", "L_2", ""},
	{"location.id-unique", "locations.ndjson", "L-2.b", "L1", ""},
	{"location.name", "locations.ndjson", `"name":"One"`, `"name":" "`, ""},
	{"location.telecom", "locations.ndjson", `[{"system":"phone"`, `[{"system":"fax","value":"1"},{"system":"phone"`, ""},
	{"location.phone-and-url", "locations.ndjson", `,{"system":"url","value":"https://one.example"}`, ``, ""},
	{"location.address", "locations.ndjson", `["1 Main St"]`, `"1 Main St"`, ""},
	{"location.state", "locations.ndjson", `"MA"`, `"Massachusetts"`, ""},
	{"location.postal-code", "locations.ndjson", `02114-1234`, `2114`, ""},
	{"location.identifier", "locations.ndjson", `{"system":"https://cdc.gov/vaccines/programs/vtrcks","value":"PIN1"}`, `{"system":"https://cdc.gov/vaccines/programs/vtrcks","value":"PIN1"},{"system":"store","value":"1"}`, ""},
	{"location.vtrcks", "locations.ndjson", `"identifier":[{"system":"https://cdc.gov/vaccines/programs/vtrcks","value":"PIN2"}]`, `"identifier":[{"system":"http://hl7.org/fhir/sid/us-npi","value":"1234567893"}]`, ""},
	{"location.some-vtrcks", "locations.ndjson", `programs/vtrcks`, `programs/other`, "location.vtrcks"},
	{"location.position", "locations.ndjson", `-71.1`, `"-71.1"`, ""},
	{"location.output-state", "locations.ndjson", `"NJ"`, `"NY"`, ""},
	{"location.has-availability", "locations.ndjson", `"some"`, `"yes"`, ""},

	{"schedule.id", "schedules.ndjson", `"id":"S1"`, `"id":"` + strings.Repeat("S", 65) + `"`, "slot.schedule-known"},
	{"schedule.id-unique", "schedules.ndjson", `"S1"`, `"S1","actor":[{"reference":"Location/L1"}],"serviceType":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/service-type","code":"57"}]}]}` + "\n" + `{"resourceType":"Schedule","id":"S1"`, ""},
	{"schedule.actor", "schedules.ndjson", `[{"reference":"Location/L1"}]`, `[{"reference":"Location/L1"},{"reference":"Location/L-2.b"}]`, ""},
	{"schedule.actor-known", "schedules.ndjson", `Location/L1`, `Location/L3`, ""},
	{"schedule.service-type", "schedules.ndjson", `"http://terminology.hl7.org/CodeSystem/service-type","code":"57"},`, `"http://terminology.hl7.org/CodeSystem/service-type","code":"57"},{"code":"57"},`, ""},
	{"schedule.immunization", "schedules.ndjson", `"57"},{"system":"http://fhir-registry.smarthealthit.org/CodeSystem/service-type","code":"covid19-immunization"}`, `"58"}`, ""},
	{"schedule.covid19", "schedules.ndjson", `"57"},{`, `"57"}]},{"coding":[{`, ""},
	{"schedule.product", "schedules.ndjson", `"309"`, `309`, ""},
	{"schedule.one-product", "schedules.ndjson", `"extension":[`, `"extension":[{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/vaccine-product","valueCoding":{"system":"http://hl7.org/fhir/sid/cvx","code":"310"}},`, ""},
	{"schedule.dose", "schedules.ndjson", `"valueInteger":2`, `"valueInteger":"2"`, ""},
	{"schedule.output-state", "schedules.ndjson", `Location/L1`, `Location/L-2.b`, "slot.output-state"},

	{"slot.id", "slots.ndjson", `"id":"T1"`, `"id":1`, ""},
	{"slot.id-unique", "slots.ndjson", `"T2"`, `"T1"`, ""},
	{"slot.schedule", "slots.ndjson", `{"reference":"Schedule/S1"},"status":"free"`, `{"reference":"S1"},"status":"free"`, ""},
	{"slot.schedule-known", "slots.ndjson", `Schedule/S1`, `Schedule/S2`, ""},
	{"slot.status", "slots.ndjson", `"free"`, `"busy-unavailable"`, ""},
	{"slot.times", "slots.ndjson", `"2026-11-02T09:00:00-05:00"`, `"2026-11-02T09:00:00-05"`, ""},
	{"slot.start-before-end", "slots.ndjson", `"end":"2026-11-02T10:00:00-05:00"`, `"end":"2026-11-02T09:00:00-05:00"`, ""},
	{"slot.local-offset", "slots.ndjson", `"2026-11-02T09:00:00-05:00"`, `"2026-11-02T14:00:00Z"`, ""},
	{"slot.narrow", "slots.ndjson", `"2026-11-02T09:00:00-05:00"`, `"2026-11-02T08:59:59-05:00"`, ""},
	{"slot.long-capacity", "slots.ndjson", `"2026-11-02T10:20:00.5-05:00"`, `"2026-11-02T11:00:00.5-05:00"`, "slot.narrow"},
	{"slot.capacity", "slots.ndjson", `"valueInteger":100`, `"valueInteger":"100"`, ""},
	{"slot.deep-link", "slots.ndjson", `"https://one.example/book?slot=1"`, `"one.example/book?slot=1"`, ""},
	{"slot.phone", "slots.ndjson", `"valueString":"1-800-555-0100"},{`, `"valueString":""},{`, ""},
	{"slot.has-deep-link", "slots.ndjson", `{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/booking-deep-link","valueUrl":"https://one.example/book?slot=1"},`, ``, ""},
	{"slot.has-phone", "slots.ndjson", `{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/booking-phone","valueString":"1-800-555-0100"},`, ``, ""},
	{"slot.busy-listed", "slots.ndjson", `"busy"`, `"free"`, ""},
	{"slot.output-state", "$bulk-publish", `slots.ndjson","extension":{"state":["MA"]}`, `slots.ndjson","extension":{"state":["NJ"]}`, ""},
}

// write puts a feed into a folder.
func write(t testing.TB, feed map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range feed {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func check(t testing.TB, o conform.Options) *conform.Report {
	t.Helper()
	o.Examples = 3
	r, err := conform.Check(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// broken gives the rules that are broken, without those that are the rule in question.
func broken(r *conform.Report) []string {
	var names []string
	for _, one := range r.Rules {
		if one.Status == conform.Broken {
			names = append(names, one.Name)
		}
	}
	return names
}

func result(r *conform.Report, rule string) conform.Result {
	for _, one := range r.Rules {
		if one.Name == rule {
			return one
		}
	}
	return conform.Result{}
}

func TestGoodFeedKeepsAllRules(t *testing.T) {
	r := check(t, conform.Options{Target: write(t, goodFeed)})
	for _, one := range r.Rules {
		want := conform.Kept
		if strings.HasPrefix(one.Name, "http.") || one.Name == "manifest.url" || one.Name == "manifest.request-is-own" {
			want = conform.NotApplicable // in a folder
		}
		if one.Status != want {
			t.Errorf("%s is %s, want %s: %v", one.Name, one.Status, want, one.Examples)
		}
	}
	if !r.Complete || r.Worst() != "" {
		t.Errorf("complete %v, worst %q: %v", r.Complete, r.Worst(), r.Reasons)
	}
}

func TestBrokenRules(t *testing.T) {
	tested := map[string]bool{}
	for _, test := range brokenRules {
		tested[test.rule] = true
		t.Run(test.rule, func(t *testing.T) {
			feed := map[string]string{"empty.ndjson": ""}
			for name, text := range goodFeed {
				feed[name] = text
			}
			times := 1
			if test.rule == "location.some-vtrcks" || test.rule == "slot.schedule-known" {
				times = -1
			}
			feed[test.file] = strings.Replace(feed[test.file], test.from, test.to, times)
			if feed[test.file] == goodFeed[test.file] {
				t.Fatal("nothing was changed")
			}
			r := check(t, conform.Options{Target: write(t, feed)})
			got := result(r, test.rule)
			if got.Status != conform.Broken || got.Count < 1 || len(got.Examples) == 0 || got.Examples[0].Message == "" {
				t.Errorf("%s with %d examples, count %d", got.Status, len(got.Examples), got.Count)
			}
			for _, name := range broken(r) {
				if name != test.rule && name != test.also {
					t.Errorf("broken, too: %s: %v", name, result(r, name).Examples)
				}
			}
		})
	}
	for _, rule := range conform.Rules {
		if !tested[rule.Name] && !strings.HasPrefix(rule.Name, "http.") && rule.Name != "manifest.url" && rule.Name != "manifest.request-is-own" {
			t.Errorf("%s has no case", rule.Name)
		}
	}
}

// The sample feed lists five weeks of slots. Of a copy that has fewer, those are checked.
func TestExamplesOfTheStandardPassEveryMust(t *testing.T) {
	const dir = "../../../../shared/smart/examples"
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Skipf("the standard's examples are not here: %v", err)
	}
	feed := map[string]string{}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		feed[e.Name()] = string(data)
	}
	for _, week := range []string{"W11", "W12", "W13"} {
		if name := "slots-2021-" + week + ".ndjson"; feed[name] == "" {
			feed["$bulk-publish"] = strings.ReplaceAll(feed["$bulk-publish"], name, "slots-2021-W10.ndjson")
		}
	}
	r := check(t, conform.Options{Target: write(t, feed)})
	for _, one := range r.Rules {
		if one.Severity == conform.Error && one.Status == conform.Broken {
			t.Errorf("%s: %v", one.Name, one.Examples)
		}
	}
	if !r.Complete || result(r, "slot.narrow").Count == 0 {
		t.Errorf("complete %v, %d slots of more than an hour", r.Complete, result(r, "slot.narrow").Count)
	}
}
