package smart_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"getmyvax.org/univaf/internal/smart"

	"github.com/google/go-cmp/cmp"
)

const base = "https://feed.example/"

// feed is what a publisher serves: bodies by the last part of their URL. It notes
// what was asked for.
type feed struct {
	bodies map[string]string
	html   bool
	asked  []string
}

func (f *feed) Get(_ context.Context, address string, header http.Header) (*http.Response, error) {
	name := strings.TrimPrefix(address, base)
	f.asked = append(f.asked, name)
	body, found := f.bodies[name]
	if !found {
		return nil, errors.New("GET " + address + ": 404 Not Found")
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	resp := &http.Response{
		StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: &http.Request{URL: u},
	}
	if f.html {
		resp.Header.Set("Content-Type", "text/html; charset=utf-8")
	}
	return resp, nil
}

func file(kind, name, extension string) string {
	return `{"type":"` + kind + `","url":"` + base + name + `"` + extension + `}`
}

func manifest(files ...string) string {
	return `{"transactionTime":"2021-11-01T11:50:00Z","request":"` + base + `$bulk-publish","output":[` + strings.Join(files, ",") + `],"error":[]}`
}

func location(id, state string) string {
	return strings.Replace(line(id, "Place "+id), `"NJ"`, `"`+state+`"`, 1) + "\n"
}

func schedule(id, location, code string) string {
	return `{"resourceType":"Schedule","id":"` + id + `","serviceType":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/service-type","code":"` + code +
		`","display":"x"}]}],"actor":[{"reference":"Location/` + location + `"}]}` + "\n"
}

func slot(id, schedule string) string {
	return `{"resourceType":"Slot","id":"` + id + `","schedule":{"reference":"Schedule/` + schedule + `"},"status":"free","start":"2021-11-01T09:00:00-04:00","end":"2021-11-01T09:10:00-04:00"}` + "\n"
}

// places reads a feed. A place is shown as "id: slot(schedule)…", an error by its
// text, without the sample.
func places(t *testing.T, f *feed, states ...string) (got []string) {
	t.Helper()
	m, err := smart.GetManifest(t.Context(), f, base+"$bulk-publish")
	if err != nil {
		return []string{err.Error()}
	}
	for p, err := range smart.Places(t.Context(), f, m, states) {
		if err != nil {
			got = append(got, err.Error())
			continue
		}
		text := p.Location.ID + ":"
		for _, s := range p.Slots {
			text += " " + s.ID + "(" + s.Schedule.ID + ")"
		}
		got = append(got, text)
	}
	return got
}

func TestPlaces(t *testing.T) {
	f := &feed{bodies: map[string]string{
		"$bulk-publish": manifest(file("Slot", "s1", ""), file("Schedule", "c", ""), file("Location", "l", `,"extension":null`), file("Slot", "s2", "")),
		"l":             location("b", "NJ") + location("a", "VA") + location("b", "NJ") + location("none", "NJ"),
		"c":             schedule("1", "b", "57") + schedule("2", "a", "57") + schedule("3", "b", "57") + schedule("4", "b", "124") + schedule("5", "elsewhere", "57"),
		"s1":            slot("x", "3") + slot("y", "1") + slot("z", "4") + slot("z", "5") + slot("z", "6"),
		"s2":            slot("w", "1") + slot("v", "2"),
	}}
	want := []string{"b: x(3) y(1) w(1)", "a: v(2)", "none:"}
	if diff := cmp.Diff(want, places(t, f)); diff != "" {
		t.Errorf("all states (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"$bulk-publish", "l", "c", "s1", "s2"}, f.asked); diff != "" {
		t.Errorf("order of requests (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a: v(2)"}, places(t, f, "VA", "MD")); diff != "" {
		t.Errorf("one state (-want +got):\n%s", diff)
	}
}

func TestTooManyPlacesEndTheRun(t *testing.T) {
	smart.LimitRecords(t, "Location", 2)
	f := &feed{bodies: map[string]string{
		"$bulk-publish": manifest(file("Location", "l?sig=secret", "")),
		"l?sig=secret":  location("a", "NJ") + location("a", "NJ"),
	}}
	if diff := cmp.Diff([]string{"a:"}, places(t, f)); diff != "" {
		t.Errorf("as many as may be (-want +got):\n%s", diff)
	}
	f.bodies["l?sig=secret"] += location("a", "NJ")
	if diff := cmp.Diff([]string{"https://feed.example/l: more than 2 Location records"}, places(t, f)); diff != "" {
		t.Errorf("one more (-want +got):\n%s", diff)
	}
}

func TestStatesOfFiles(t *testing.T) {
	f := &feed{bodies: map[string]string{
		"$bulk-publish": manifest(
			file("Location", "list", `,"extension":{"state":["NJ","VA"]}`),
			file("Location", "string", `,"extension":{"state":"AK"}`),
			file("Location", "of/VA.ndjson", ""),
			file("Location", "of/AK.ndjson?x=1", ""),
			file("Location", "of/AK", ""),
			file("Location", "of/AK.ndjson", `,"extension":{"state":[]}`),
			file("Location", "of/slot_AK.ndjson", ""),
			file("Location", "of/XX.ndjson", ""),
			file("Location", "AK/all.ndjson", `,"extension":{"currentAsOf":"2021-11-01T11:00:00Z"}`),
		),
	}}
	m, err := smart.GetManifest(t.Context(), f, base+"$bulk-publish")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, file := range m.Files("Location", []string{"VA"}) {
		got = append(got, strings.TrimPrefix(file.URL, base))
	}
	want := []string{"list", "of/VA.ndjson", "of/slot_AK.ndjson", "of/XX.ndjson", "AK/all.ndjson"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestManifestIsChecked(t *testing.T) {
	for _, test := range []struct{ name, body, want string }{
		{"not JSON", `{"transactionTime"`, "not a manifest of SMART Scheduling Links: not valid JSON: unexpected end of JSON input"},
		{"markup", `<!DOCTYPE html>`, "not a manifest of SMART Scheduling Links: not valid JSON: invalid character '<' looking for beginning of value"},
		{"a list", `[]`, "must be an object, not array"},
		{"empty", `{}`, "/transactionTime must be an ISO 8601 date and time, such as 2021-11-01T12:00:00Z, not \"\"; /request must be a URI, not \"\"; /output is required: a list"},
		{"one output", `{"output":{}}`, "/output must be a list, not object"},
		{"an odd type", manifest(file("Patient", "p", "")), `/output/0/type must be Location, Schedule or Slot, not "Patient"`},
		{"an odd address", manifest(`{"type":"Slot","url":"slots.ndjson"}`), `/output/0/url must be the URL of a file, not "slots.ndjson"`},
		{"another protocol", manifest(`{"type":"Slot","url":"file://host/etc/passwd"}`), `/output/0/url must be the URL of a file, not "file://host/etc/passwd"`},
		{"a long state", manifest(file("Slot", "s", `,"extension":{"state":["Alaska"]}`)), `/output/0/extension/state must hold two capital letters each, not "Alaska"`},
		{"a number of states", manifest(file("Slot", "s", `,"extension":{"state":5}`)), `/output/extension/state must be a list, not number`},
		{"an odd time", manifest(file("Slot", "s", `,"extension":{"currentAsOf":"noon"}`)), `/output/0/extension/currentAsOf must be an ISO 8601 date and time`},
		{"no errors known", `{"transactionTime":"2021-11-01T11:50:00+00:00","request":"` + base + `$bulk-publish","output":[],"error":"none"}`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := smart.GetManifest(t.Context(), &feed{bodies: map[string]string{"m?sig=topsecret": test.body}}, base+"m?sig=topsecret")
			switch {
			case err == nil && test.want != "", err != nil && (test.want == "" || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got %v, want %s", err, test.want)
			case err != nil && (!strings.HasPrefix(err.Error(), base+"m: ") || strings.Contains(err.Error(), "topsecret")):
				t.Errorf("the manifest should be named, without secrets: %v", err)
			}
		})
	}
}

func TestBadRecordsAndFiles(t *testing.T) {
	whole := map[string]string{
		"$bulk-publish": manifest(file("Location", "l", ""), file("Schedule", "c", ""), file("Slot", "of/NJ.ndjson", ""), file("Slot", "of/VA.ndjson", "")),
		"l":             location("a", "NJ") + location("b", "VA") + location("c", "MD"),
		"c":             schedule("1", "a", "57") + schedule("2", "b", "57"),
		"of/NJ.ndjson":  slot("x", "1"),
		"of/VA.ndjson":  slot("y", "2"),
	}
	for _, test := range []struct {
		name, file, body string // body "none" for no such file
		want             []string
	}{
		{"all is well", "", "", []string{"a: x(1)", "b: y(2)", "c:"}},
		{"a bad location", "l", location("a", "NJ") + "{nope}\n\n" + location("b!", "VA") + location("c", "MD"), []string{
			"Location record in https://feed.example/l, line 2: not valid JSON: invalid character 'n' looking for beginning of object key string",
			"Location record in https://feed.example/l, line 3: /id must be 1 to 64 letters, digits, '-', '.', '_' or spaces, not \"b!\"",
			"a: x(1)", "c:",
		}},
		{"no locations", "l", "none", []string{"GET https://feed.example/l: 404 Not Found"}},
		{"a page instead of schedules", "c", "<html>\n<p>Sorry</p>", []string{"https://feed.example/c: the answer is markup, not data"}},
		{"words instead of schedules", "c", "Sorry,\nplease come again", []string{
			"Schedule record in https://feed.example/c, line 1: not valid JSON: invalid character 'S' looking for beginning of value",
			"Schedule record in https://feed.example/c, line 2: not valid JSON: invalid character 'p' looking for beginning of value",
			"https://feed.example/c: not NDJSON: no line of it is JSON",
		}},
		{"the slots of one state are missing", "of/VA.ndjson", "none", []string{"a: x(1)", "c:", "GET https://feed.example/of/VA.ndjson: 404 Not Found"}},
		{"the manifest is missing", "$bulk-publish", "none", []string{"GET https://feed.example/$bulk-publish: 404 Not Found"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := &feed{bodies: map[string]string{}}
			for name, body := range whole {
				f.bodies[name] = body
			}
			f.bodies[test.file] = test.body
			if test.body == "none" {
				delete(f.bodies, test.file)
			}
			if diff := cmp.Diff(test.want, places(t, f)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	t.Run("a login page", func(t *testing.T) {
		got := places(t, &feed{bodies: map[string]string{"$bulk-publish": "<html>"}, html: true})
		if !slices.Equal(got, []string{"https://feed.example/$bulk-publish: the answer is a web page, not data"}) {
			t.Errorf("got %q", got)
		}
	})
}

func TestPlacesStopsWhenTold(t *testing.T) {
	f := &feed{bodies: map[string]string{
		"$bulk-publish": manifest(file("Location", "l", ""), file("Schedule", "c", "")),
		"l":             "{nope}\n" + location("a", "NJ") + location("b", "NJ"),
		"c":             "",
	}}
	m, err := smart.GetManifest(t.Context(), f, base+"$bulk-publish")
	if err != nil {
		t.Fatal(err)
	}
	for after := range 3 {
		seen := 0
		for range smart.Places(t.Context(), f, m, nil) {
			if seen++; seen > after {
				break
			}
		}
		if seen != after+1 {
			t.Errorf("%d were yielded after %d", seen, after)
		}
	}
}

func TestDays(t *testing.T) {
	place := func(start, status, capacity string) smart.PlacedSlot {
		s := smart.Slot{ID: start + capacity, Status: status, Start: smart.Instant(start)}
		if capacity != "" {
			s.Extension = []smart.Extension{smart.NewExtension(smart.ExtSlotCapacity, "valueInteger", capacity)}
		}
		return smart.PlacedSlot{Slot: s}
	}
	slots := []smart.PlacedSlot{
		place("2021-11-03T23:00:00-08:00", smart.Busy, "1"),
		place("2021-11-02T09:00:00Z", smart.Free, "many"),
		place("2021-11-01T09:00:00Z", smart.Busy, ""),
		place("2021-11-01T10:00:00Z", smart.Free, "0"),
		place("2021-11-03T09:00:00-08:00", smart.Free, "some"),
	}
	days := smart.Days(slots)
	want := `[{"date":"2021-11-01","available":"YES"},{"date":"2021-11-02","available":"UNKNOWN"},{"date":"2021-11-03","available":"NO"}]`
	if diff := cmp.Diff(want, string(smart.EncodeDays(days))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := string(smart.EncodeDays(smart.Days(nil))); got != "[]" {
		t.Errorf("no slots: %s", got)
	}
}
