package cli_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/needs"
	"getmyvax.org/univaf/internal/usa"
)

const manifestPath = "/smart-scheduling/$bulk-publish"

// clinic is a place of which all is known.
func clinic() map[string]any {
	return map[string]any{
		"external_ids": [][]string{{"shop", "7"}, {"vtrcks", "PIN7"}, {"npi_usa", "1234567890"}, {"my shop", "a/b"}},
		"provider":     "shop", "name": `Shop "7" & Sons`, "location_type": "PHARMACY", "description": "Behind the library.",
		"address_lines": []string{"1 Main St", "Floor 2"}, "city": "Camden", "state": "NJ", "postal_code": "08102", "county": "Camden",
		"position":   map[string]float64{"longitude": -75.1195, "latitude": 39.9448},
		"info_phone": "856-555-0100", "info_url": "https://shop.example/7", "booking_url": "https://shop.example/7/book?a=1&b=2", "booking_phone": "856-555-0101",
		"availability": map[string]any{
			"source": "s", "valid_at": "2026-11-01T00:00:00Z", "checked_at": "2026-11-01T00:01:00Z",
			"products": []string{"pfizer_2026", "flu_fluad", "herbal"},
			"slots": []map[string]any{
				{"start": "2026-11-02T14:00:00Z", "end": "2026-11-02T14:15:00Z", "available": "YES", "products": []string{"pfizer_2026"}, "dose": "all_doses"},
				{"start": "2026-11-02T14:00:00Z", "end": "2026-11-02T14:15:00Z", "available": "NO", "products": []string{"pfizer_2026"}, "dose": "all_doses"},
				{"start": "2026-11-02T09:15:00-05:00", "end": "2026-11-02T09:15:00-05:00", "available_count": 3, "products": []string{"flu_fluad", "pfizer_2026"}, "booking_url": "https://shop.example/slot"},
				{"start": "2026-11-02T09:30:00-05:00", "available": "UNKNOWN"},
			},
			"capacity": []map[string]any{
				{"date": "2026-11-01", "available_count": 4, "products": []string{"flu_fluad"}},
				{"date": "2026-11-02", "available_count": 9, "products": []string{"flu_fluad"}},
			},
		},
	}
}

// fhir gives the resources of a file, without their ids: "L", "C1", … stand for them.
func (s *server) fhir(path string, names map[string]string, letter string) (list []any) {
	s.t.Helper()
	status, header, body := s.get(path)
	if status != http.StatusOK || header.Get("Content-Type") != "application/fhir+ndjson" {
		s.t.Fatalf("%s: %d %v", path, status, header)
	}
	if len(body) > 0 && !bytes.HasSuffix(body, []byte("}\n")) {
		s.t.Errorf("%s ends with %q", path, body[len(body)-2:])
	}
	for line := range bytes.Lines(body) {
		one := parse(s.t, line).(map[string]any)
		id := one["id"].(string)
		if names[id] != "" {
			s.t.Errorf("%s: %s is there twice", path, id)
		}
		names[id] = fmt.Sprint(letter, len(list)+1)
		text := string(line)
		for id, name := range names {
			text = strings.ReplaceAll(text, `"`+id+`"`, `"`+name+`"`)
			text = strings.ReplaceAll(text, `/`+id+`"`, `/`+name+`"`)
		}
		one = parse(s.t, []byte(text)).(map[string]any)
		delete(one["meta"].(map[string]any), "lastUpdated")
		list = append(list, one)
	}
	return list
}

const (
	smartExtension = `http://fhir-registry.smarthealthit.org/StructureDefinition/`
	wantSync       = `"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/lastSourceSync","valueDateTime":"2026-11-01T00:00:00.000Z"}]`
	wantMeta       = `"meta":{"source":"https://fhir.usdigitalresponse.org/sources/s",` + wantSync + `}`
)

func wantSchedule(id, service, display, has string, product string, doses ...int) string {
	more := ""
	if product != "" {
		more = `,{"url":"` + smartExtension + `vaccine-product","valueCoding":` + product + `}`
	}
	for _, dose := range doses {
		more += fmt.Sprintf(`,{"url":"%svaccine-dose","valueInteger":%d}`, smartExtension, dose)
	}
	if service != "" {
		service = `,{"system":` + service + `,"display":"` + display + `"}`
	}
	return `{"resourceType":"Schedule","id":"` + id + `","serviceType":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/service-type","code":"57","display":"Immunization"}` +
		service + `]}],"actor":[{"reference":"Location/L1"}],"extension":[{"url":"` + smartExtension + `has-availability","valueCode":"` + has + `"}` + more + `],` + wantMeta + `}`
}

func wantSlot(n int, schedule, status, start, end, count, link string) string {
	if count != "" {
		count = `{"url":"` + smartExtension + `slot-capacity","valueInteger":` + count + `},`
	}
	return fmt.Sprintf(`{"resourceType":"Slot","id":"S%d","schedule":{"reference":"Schedule/%s"},"status":"%s","start":"%s","end":"%s","extension":[%s{"url":"%[7]sbooking-deep-link","valueUrl":"%[8]s"},{"url":"%[7]sbooking-phone","valueString":"856-555-0101"}],"meta":{%[9]s}}`,
		n, schedule, status, start, end, count, smartExtension, link, wantSync)
}

func TestPublishedResources(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		s.put(clinic())
		s.put(place("hidden", "is_public", false))
		names := map[string]string{}
		check := func(kind, letter string, want ...string) {
			t.Helper()
			var values []any
			for _, one := range want {
				values = append(values, parse(t, []byte(one)))
			}
			if diff := gocmp.Diff(values, s.fhir("/smart-scheduling/"+kind+"/states/NJ.ndjson", names, letter)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", kind, diff)
			}
		}
		check("locations", "L", `{"resourceType":"Location","id":"L1","identifier":[
			{"system":"https://fhir.usdigitalresponse.org/identifiers/shop","value":"7"},{"system":"https://cdc.gov/vaccines/programs/vtrcks","value":"PIN7"},
			{"system":"http://hl7.org/fhir/sid/us-npi","value":"1234567890"},{"system":"https://fhir.usdigitalresponse.org/identifiers/my%20shop","value":"a/b"}],
			"name":"Shop \"7\" & Sons","description":"Behind the library.","telecom":[{"system":"phone","value":"856-555-0100"},{"system":"url","value":"https://shop.example/7"}],
			"address":{"line":["1 Main St","Floor 2"],"city":"Camden","state":"NJ","postalCode":"08102","district":"Camden"},
			"position":{"longitude":-75.1195,"latitude":39.9448},`+wantMeta+`}`)
		const covid = `"http://fhir-registry.smarthealthit.org/CodeSystem/service-type","code":"covid19-immunization"`
		const cvx = `{"system":"http://hl7.org/fhir/sid/cvx","code":`
		const comirnaty = cvx + `"309","display":"Pfizer-BioNTech Comirnaty, 2026-27"}`
		check("schedules", "C",
			wantSchedule("C1", covid, "COVID-19 Immunization Appointment", "some", comirnaty, 1, 2),
			wantSchedule("C2", `"https://fhir.usdigitalresponse.org/service-types","code":"influenza-immunization"`, "influenza immunization appointment", "some",
				cvx+`"168","display":"Flu: Fluad, with adjuvant, for ages 65 and up"}`),
			wantSchedule("C3", covid, "COVID-19 Immunization Appointment", "some", comirnaty),
			wantSchedule("C4", `"https://fhir.usdigitalresponse.org/products","code":"herbal"`, "herbal", "unknown", ""))
		const book = "https://shop.example/7/book?a=1&b=2"
		check("slots", "S",
			wantSlot(1, "C1", "free", "2026-11-02T09:00:00-05:00", "2026-11-02T09:15:00-05:00", "", book),
			wantSlot(2, "C1", "busy", "2026-11-02T09:00:00-05:00", "2026-11-02T09:15:00-05:00", "", book),
			wantSlot(3, "C2", "free", "2026-11-02T09:15:00-05:00", "2026-11-02T09:30:00-05:00", "3", "https://shop.example/slot"),
			wantSlot(4, "C3", "free", "2026-11-02T09:15:00-05:00", "2026-11-02T09:30:00-05:00", "3", "https://shop.example/slot"),
			// On that day the clocks go back.
			wantSlot(5, "C2", "free", "2026-11-01T00:00:00-04:00", "2026-11-02T00:00:00-05:00", "4", book))
	})
}

func TestPublishedPlacesOfWhichLittleIsKnown(t *testing.T) {
	s := startServer(t, nil).ready()
	for i, available := range []any{"YES", "NO", "UNKNOWN", nil} {
		p := place(fmt.Sprint(i), "state", "GU")
		if available == nil {
			delete(p, "availability")
		} else {
			p["availability"].(map[string]any)["available"] = available
		}
		s.put(p)
	}
	var got []string
	_, _, schedules := s.get("/smart-scheduling/schedules/states/GU.ndjson")
	for line := range bytes.Lines(schedules) {
		got = append(got, at(parse(t, line), "extension", 0, "valueCode").(string))
	}
	if diff := gocmp.Diff([]string{"some", "none", "unknown", "unknown"}, got); diff != "" {
		t.Errorf("has-availability (-want +got):\n%s", diff)
	}
	if _, _, slots := s.get("/smart-scheduling/slots/states/GU.ndjson"); len(slots) != 0 {
		t.Errorf("slots nobody spoke of: %s", slots)
	}
	_, _, locations := s.get("/smart-scheduling/locations/states/GU.ndjson")
	first, _, _ := bytes.Cut(locations, []byte("\n"))
	one := parse(t, first)
	telecom := []any{map[string]any{"system": "url", "value": s.url + "/api/v1/locations/" + at(one, "id").(string)}}
	address := map[string]any{"line": []any{"unknown"}, "city": "unknown", "state": "GU", "postalCode": "unknown"}
	if diff := gocmp.Diff([]any{telecom, address}, []any{at(one, "telecom"), at(one, "address")}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Who tells no phone or address has those of the source, as far as it has some.
func TestPublishedPlacesHaveTheirSourcesContact(t *testing.T) {
	s := startServer(t, nil).ready()
	for i, source := range []string{"univaf-cvs-smart", "nobody-knows-it"} {
		for j, url := range []any{nil, "https://store.example/7"} {
			p := place(fmt.Sprint(i, j), "state", "GU", "info_url", url)
			p["availability"].(map[string]any)["source"] = source
			s.put(p)
		}
	}
	var got []string
	_, _, locations := s.get("/smart-scheduling/locations/states/GU.ndjson")
	for line := range bytes.Lines(locations) {
		one := parse(t, line)
		list := ""
		for _, each := range at(one, "telecom").([]any) {
			list += fmt.Sprint(at(each, "system"), " ", at(each, "value"), " ")
		}
		got = append(got, strings.ReplaceAll(list, at(one, "id").(string), "ID"))
	}
	want := []string{
		"phone 800-746-7287 url https://www.cvs.com/immunizations ", "phone 800-746-7287 url https://store.example/7 ",
		"url " + s.url + "/api/v1/locations/ID ", "url https://store.example/7 ",
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestManifestHoldsWhileNothingChanges(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		s.put(clinic())
		s.put(place("2", "state", "PR"))
		status, header, body := s.get(manifestPath)
		if status != http.StatusOK || header.Get("Content-Type") != "application/json; charset=utf-8" || header.Get("Cache-Control") != "public, max-age=10" {
			t.Errorf("%d %v", status, header)
		}
		m := parse(t, body)
		var files []string
		for _, one := range at(m, "output").([]any) {
			u := strings.TrimPrefix(at(one, "url").(string), s.url+"/smart-scheduling/")
			files = append(files, fmt.Sprint(at(one, "type"), " ", at(one, "extension", "state", 0), " ", u))
		}
		want := []string{
			"Location NJ locations/states/NJ.ndjson", "Location PR locations/states/PR.ndjson", "Schedule NJ schedules/states/NJ.ndjson",
			"Schedule PR schedules/states/PR.ndjson", "Slot NJ slots/states/NJ.ndjson", "Slot PR slots/states/PR.ndjson",
		}
		if diff := gocmp.Diff(want, files); diff != "" || at(m, "request") != s.url+manifestPath {
			t.Errorf("request %v, files (-want +got):\n%s", at(m, "request"), diff)
		}
		paths := []string{manifestPath, "/smart-scheduling/slots/states/NJ.ndjson"}
		tags := map[string]string{}
		for _, path := range paths {
			_, header, _ := s.get(path)
			tags[path] = header.Get("ETag")
			modified := header.Get("Last-Modified")
			for _, condition := range [][]string{{"If-None-Match", tags[path]}, {"If-Modified-Since", modified}} {
				if status, header, body := s.get(path, condition...); status != http.StatusNotModified || len(body) > 0 || header.Get("Last-Modified") != modified {
					t.Errorf("%s with %v: %d", path, condition, status)
				}
			}
			if status, _, _ := s.get(path, "If-None-Match", `"other"`, "If-Modified-Since", modified); status != http.StatusOK {
				t.Errorf("%s: %d although the tag is another", path, status)
			}
			for _, encoding := range []string{"gzip", "zstd"} {
				_, header, packed := s.get(path, "Accept-Encoding", encoding)
				_, _, plain := s.get(path)
				if got := decompress(t, header.Get("Content-Encoding"), packed); !bytes.Equal(got, plain) || header.Get("ETag") == tags[path] {
					t.Errorf("%s in %s differs, or has the tag of another coding", path, encoding)
				}
			}
		}
		if _, _, escaped := s.get("/smart-scheduling/%24bulk-publish"); !bytes.Equal(escaped, body) {
			t.Errorf("as %%24bulk-publish it is %s", escaped)
		}
		same := func(when string, changed ...string) {
			t.Helper()
			for _, path := range paths {
				_, header, _ := s.get(path)
				if got := header.Get("ETag"); (got != tags[path]) != slices.Contains(changed, path) {
					t.Errorf("%s: %s has the tag %s, and had %s", when, path, got, tags[path])
				}
			}
		}
		check := clinic()
		check["availability"].(map[string]any)["valid_at"] = "2026-11-01T00:20:00Z"
		check["availability"].(map[string]any)["checked_at"] = "2026-11-01T00:21:00Z"
		s.put(check)
		same("after a check")
		if _, _, body := s.get(paths[1]); !bytes.Contains(body, []byte(`"valueDateTime":"2026-11-01T00:20:00.000Z"`)) {
			t.Error("the check is not told of")
		}
		transactionTime := func() string {
			_, _, body := s.get(manifestPath)
			return at(parse(t, body), "transactionTime").(string)
		}
		before := transactionTime()
		time.Sleep(2 * time.Millisecond)
		s.put(place("3", "state", "PR"))
		same("after a change elsewhere", manifestPath)
		second := transactionTime()
		time.Sleep(2 * time.Millisecond)
		// What a source that lags behind changes counts as well.
		s.put(place("3", "state", "PR", "availability", map[string]any{"source": "slow", "checked_at": "2022-02-28T12:00:00Z", "available": "NO"}))
		if third := transactionTime(); before >= second || second >= third {
			t.Errorf("transactionTime is %s, then %s, then %s", before, second, third)
		}
		check["availability"].(map[string]any)["checked_at"] = "2026-11-01T00:22:00Z"
		check["availability"].(map[string]any)["slots"] = nil
		s.put(check)
		same("after a change", paths...)
	})
}

func TestManifestIsTheSameAfterARestart(t *testing.T) {
	env := map[string]string{"DB_URL": "sqlite:" + filepath.Join(t.TempDir(), "u.db"), "PRIMARY_HOST": "univaf.example"}
	read := func(s *server) (all string) {
		for _, path := range []string{manifestPath, "/smart-scheduling/locations/states/NJ.ndjson", "/smart-scheduling/slots/states/NJ.ndjson"} {
			_, header, body := s.get(path)
			all += header.Get("ETag") + header.Get("Last-Modified") + string(body)
		}
		return all
	}
	s := startServer(t, env).ready()
	s.put(clinic())
	want := read(s)
	s.stop()
	if diff := gocmp.Diff(want, read(startServer(t, env).ready())); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

func TestPublisherRefuses(t *testing.T) {
	s := startServer(t, nil).ready()
	for _, test := range []struct {
		method, path string
		status       int
		code         string
	}{
		{"GET", "/smart-scheduling/slots/states/XX.ndjson", 404, "not-found"},
		{"GET", "/smart-scheduling/slots/states/NJ", 404, "not-found"},
		{"GET", "/smart-scheduling/slots/states/nj.ndjson", 404, "not-found"},
		{"GET", "/smart-scheduling/slots/states/%2E%2E.ndjson", 404, "not-found"},
		{"GET", "/smart-scheduling/nothing", 404, "not-found"},
		{"GET", "/smart-scheduling", 404, "not-found"},
		{"POST", manifestPath, 405, "not-supported"},
	} {
		status, header, body := s.do(test.method, test.path, nil)
		outcome := parse(t, body)
		if status != test.status || header.Get("Content-Type") != "application/fhir+json; charset=utf-8" ||
			at(outcome, "resourceType") != "OperationOutcome" || at(outcome, "issue", 0, "code") != test.code {
			t.Errorf("%s %s: %d %v %s", test.method, test.path, status, header, body)
		}
	}
	if status, _, body := s.get("/smart-scheduling/slots/states/WY.ndjson"); status != http.StatusOK || len(body) != 0 {
		t.Errorf("a state without places: %d %s", status, body)
	}
}

// A had says what can be had: what the round trip must give back.
type had struct {
	Start, End    int64
	Product, Dose string
	Free          bool
	Count         int64 // 0 where it is one or not known
}

func compareHad(a, b had) int {
	return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.Product, b.Product), cmp.Compare(a.Dose, b.Dose), cmp.Compare(a.End, b.End),
		cmp.Compare(a.Count, b.Count), cmp.Compare(fmt.Sprint(a.Free), fmt.Sprint(b.Free)))
}

// doseNames are those of the doses that the standard has, by the sum of their numbers.
var doseNames = []string{"", "first_dose_only", "second_dose_only", "all_doses"}

// drawPlace draws an update and what must come back of it.
func drawPlace(t *rapid.T, id string) (update map[string]any, status string, all []had) {
	town := rapid.SampledFrom([][2]string{{"NJ", "08102"}, {"AZ", "85001"}, {"AK", "99501"}, {"IN", "46401"}, {"HI", "96813"}}).Draw(t, "town")
	zone := usa.Zone(town[1], town[0])
	update = place(id, "state", town[0], "postal_code", town[1])
	a := map[string]any{"source": "s", "valid_at": "2026-10-01T00:00:00Z", "checked_at": "2026-10-01T00:00:00Z"}
	update["availability"] = a
	products := rapid.SampledFrom([][]string{nil, {"novavax_2026"}, {"mmr", "flu_fluad"}, {"rsv_abrysvo", "pfizer_2026", "tdap"}})
	form := rapid.SampledFrom([]string{"slots", "capacity", "status"}).Draw(t, "form")
	if form == "status" {
		status = rapid.SampledFrom([]string{"YES", "NO", "UNKNOWN"}).Draw(t, "available")
		a["available"] = status
		return update, status, nil
	}
	status = "NO"
	// Where an offer names none, it is for any of those that the place has.
	var list []any
	var every []string
	everyDose := 0
	var offered []had
	var codesOf [][]string
	for i := range rapid.IntRange(1, 6).Draw(t, "offers") {
		o := map[string]any{}
		h := had{Dose: rapid.SampledFrom(doseNames).Draw(t, "dose")}
		if h.Dose != "" {
			o["dose"] = h.Dose
		}
		if form == "slots" {
			// Around the days when clocks change, and two at one time.
			start := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 300).Draw(t, "minutes")) * 15 * time.Minute)
			end := start.Add(time.Duration(rapid.IntRange(0, 8).Draw(t, "length")) * 15 * time.Minute)
			o["start"], o["end"] = start.Format(time.RFC3339), end.In(time.FixedZone("", -5*3600)).Format(time.RFC3339)
			if !end.After(start) {
				end = start.Add(15 * time.Minute)
			}
			h.Start, h.End = start.Unix(), end.Unix()
		} else {
			day := time.Date(2026, 10, 30+i, 0, 0, 0, 0, zone)
			o["date"] = day.Format(time.DateOnly)
			h.Start, h.End = day.Unix(), day.AddDate(0, 0, 1).Unix()
		}
		n := rapid.Int64Range(-1, 4).Draw(t, "count")
		if h.Free = n != 0; n >= 0 {
			o["available_count"] = n
		} else {
			o["available"] = "YES"
		}
		if n > 1 {
			h.Count = n
		}
		codes := products.Draw(t, "products")
		o["products"] = codes
		for _, code := range codes {
			if !slices.Contains(every, code) {
				every = append(every, code)
			}
		}
		everyDose |= slices.Index(doseNames, h.Dose)
		offered, codesOf = append(offered, h), append(codesOf, codes)
		if h.Free {
			status = "YES"
		}
		list = append(list, o)
	}
	for i, h := range offered {
		codes := codesOf[i]
		if codes == nil {
			codes = every
		}
		if codes == nil {
			codes = []string{""}
		}
		if h.Dose == "" {
			h.Dose = doseNames[everyDose]
		}
		for _, h.Product = range codes {
			all = append(all, h)
		}
	}
	a[form] = list
	slices.SortFunc(all, compareHad)
	return update, status, all
}

func TestOurClientReadsWhatWePublish(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil).ready()
	config := configFile(t, "publishers:\n  - {name: ours, provider: ours, manifest: '"+s.url+manifestPath+"'}\n")
	type place struct {
		Status string
		Had    []had
	}
	updates, want := map[string]map[string]any{}, map[string]place{}
	rapid.Check(t, func(rt *rapid.T) { // reading takes long: all of them are read together
		for range rapid.IntRange(1, 5).Draw(rt, "places") {
			id := fmt.Sprint("p", len(want))
			update, status, all := drawPlace(rt, id)
			s.put(update)
			updates[id], want[id] = update, place{status, all}
		}
	})
	loaded := runLoad(t, nil, "ours", "--config", config)
	if loaded.code != 0 || loaded.stderr == "" {
		t.Fatalf("load ended with %d: %s", loaded.code, loaded.stderr)
	}
	got := map[string]place{}
	for line := range strings.Lines(loaded.stdout) {
		u, _, err := univaf.DecodeUpdate([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		id := u.ExternalIDs[1].Value
		if at := u.Availability.ValidAt; at.Format(time.DateOnly) != "2026-10-01" {
			t.Errorf("%s: valid at %v", id, at)
		}
		var slots []struct {
			Start, End time.Time
			Dose       string
			Products   []string
			Available  string
			Count      int64 `json:"available_count"`
		}
		_ = json.Unmarshal(u.Availability.Slots, &slots)
		p := place{Status: string(u.Availability.Available)}
		for _, slot := range slots {
			p.Had = append(p.Had, had{slot.Start.Unix(), slot.End.Unix(), strings.Join(slot.Products, " "), slot.Dose, slot.Available == "YES", slot.Count})
		}
		slices.SortFunc(p.Had, compareHad)
		got[id] = p
	}
	for id := range want {
		if diff := gocmp.Diff(want[id], got[id]); diff != "" {
			t.Errorf("%s (-want +got):\n%s\nof %s", id, diff, line(t, updates[id]))
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d places, want %d", len(got), len(want))
	}
}

// others gives what the validators of scripts/fhir were installed with.
func others(t *testing.T) string {
	t.Helper()
	folder, err := filepath.Abs(filepath.Join("..", "..", "scripts", "fhir"))
	if err != nil {
		t.Fatal(err)
	}
	needs.More(t, "other validators are not asked")
	needs.Programs(t, "node")
	needs.Folder(t, filepath.Join(folder, "node_modules", "@medplum", "core"))
	return folder
}

func TestOtherValidatorsFindNothing(t *testing.T) {
	t.Parallel()
	folder := others(t)
	s := startServer(t, nil).ready()
	s.put(clinic())
	rapid.Check(t, func(rt *rapid.T) {
		id := fmt.Sprint(rapid.IntRange(0, 1_000_000).Draw(rt, "id"))
		update, _, _ := drawPlace(rt, id)
		update["external_ids"] = [][]string{{"shop", id}, {"vtrcks", "PIN" + id}}
		s.post("/api/v1/update", update)
	})
	var all []byte
	for _, state := range []string{"NJ", "AZ", "AK", "IN", "HI"} {
		for _, kind := range []string{"locations", "schedules", "slots"} {
			_, _, body := s.get("/smart-scheduling/" + kind + "/states/" + state + ".ndjson")
			all = append(all, body...)
		}
	}
	t.Run("JSON Schema of R4", func(t *testing.T) {
		file, err := os.Open(filepath.Join(folder, "node_modules", "@medplum", "definitions", "dist", "fhir", "r4", "fhir.schema.json"))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		definitions, err := jsonschema.UnmarshalJSON(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, missing := range []string{"integer64", "Resource"} { // it refers to them
			definitions.(map[string]any)["definitions"].(map[string]any)[missing] = map[string]any{}
		}
		c := jsonschema.NewCompiler()
		if err := c.AddResource("fhir.schema.json", definitions); err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(all) {
			value, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
			if err != nil {
				t.Fatal(err)
			}
			schema, err := c.Compile("fhir.schema.json#/definitions/" + at(value, "resourceType").(string))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(value); err != nil {
				t.Fatalf("%v\n%s", err, line)
			}
		}
	})
	check := func(t *testing.T, profiles ...string) {
		t.Helper()
		run := func(lines []byte) ([]byte, error) {
			command := exec.CommandContext(t.Context(), "node", append([]string{filepath.Join(folder, "check.mjs")}, profiles...)...)
			command.Stdin = bytes.NewReader(lines)
			return command.CombinedOutput()
		}
		const bad = `{"resourceType":"Slot","id":"a","status":"free","start":"soon"}`
		if out, err := run([]byte(bad)); err != nil || !strings.Contains(string(out), "Slot/a") || !strings.Contains(string(out), "Slot.start") {
			t.Errorf("a bad Slot: %v: %.2000s", err, out)
		}
		out, err := run(all)
		if want := fmt.Sprintf("%d resources\n", bytes.Count(all, []byte("\n"))); err != nil || string(out) != want {
			t.Errorf("%v: %.2000s", err, out)
		}
	}
	t.Run("definitions of R4", func(t *testing.T) { check(t) })
	t.Run("profiles", func(t *testing.T) {
		profiles, err := filepath.Abs(filepath.Join("..", "..", "..", "shared", "smart", "profiles"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(profiles); err != nil {
			t.Skip("the profiles of SMART Scheduling Links are not there")
		}
		check(t, profiles)
	})
}

func TestReadersMayLeaveHalfWay(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil).ready()
	for i := range 200 {
		p := clinic()
		p["external_ids"] = [][]string{{"shop", fmt.Sprint(i)}}
		s.put(p)
	}
	for _, encoding := range []string{"identity", "gzip"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/smart-scheduling/slots/states/NJ.ndjson", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", encoding)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := resp.Body.Read(make([]byte, 10)); err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
	}
	if _, _, body := s.get("/smart-scheduling/slots/states/NJ.ndjson"); bytes.Count(body, []byte("\n")) != 1000 {
		t.Errorf("%d slots", bytes.Count(body, []byte("\n")))
	}
	if code := s.stop(); code != 0 || strings.Contains(s.logs.String(), "level=ERROR") {
		t.Errorf("exit code %d", code)
	}
}

// What the checker wants, but for what a place itself does not tell, the publisher gives.
func TestOurCheckerFindsNothing(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		p := clinic()
		said := p["availability"].(map[string]any)
		days := said["capacity"]
		delete(said, "capacity")
		s.put(p)
		check := func(code int, want ...string) {
			t.Helper()
			got := runCommand(t, nil, "smart", "check", s.url+"/smart-scheduling/")
			for _, text := range append(want, "kept, 0 broken\n") {
				if !strings.Contains(got.stdout, text) {
					t.Errorf("it does not say %q", text)
				}
			}
			if got.code != code || t.Failed() {
				t.Errorf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
			}
		}
		check(0, "Slot               4 in 1 file", "SHOULD       24 rules kept, 0 broken\n")
		said["capacity"], said["checked_at"], said["valid_at"] = days, "2026-11-01T00:11:00Z", "2026-11-01T00:10:00Z"
		s.put(p)
		check(3, "warning  slot.narrow, once: ", "SHOULD       23 rules kept, 1 broken\n") // a day is longer than an hour
	})
}
