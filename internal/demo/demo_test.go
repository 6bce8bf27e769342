package demo

import (
	"bytes"
	"encoding/json"
	"math"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"getmyvax.org/univaf/internal/usa"
	"github.com/google/go-cmp/cmp"
)

// Noon in New York, two days before daylight-saving time ended.
var noon = time.Date(2026, 10, 30, 16, 0, 0, 0, time.UTC)

// get asks a publisher mounted below a prefix, whose clock stands at now.
func get(t *testing.T, now time.Time, method, name string) *httptest.ResponseRecorder {
	t.Helper()
	const prefix = "/demo/smart-scheduling"
	mux := http.NewServeMux()
	mux.Handle(prefix+"/", http.StripPrefix(prefix, NewPublisher(nil, func() time.Time { return now })))
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, "https://univaf.example"+prefix+"/"+name, nil))
	return w
}

func body(t *testing.T, now time.Time, name string) []byte {
	t.Helper()
	return get(t, now, "GET", name).Body.Bytes()
}

// feed is all that the publisher says at one time.
type feed struct {
	locations []location
	schedules []schedule
	slots     []slot
	bytes     int
}

func read(t *testing.T, now time.Time) feed {
	t.Helper()
	var m manifest
	if err := json.Unmarshal(body(t, now, Manifest), &m); err != nil {
		t.Fatal(err)
	}
	var f feed
	for _, o := range m.Output {
		data := body(t, now, o.URL[strings.LastIndex(o.URL, "/")+1:])
		f.bytes += len(data)
		switch o.Type {
		case "Location":
			f.locations = append(f.locations, lines[location](t, data)...)
		case "Schedule":
			f.schedules = append(f.schedules, lines[schedule](t, data)...)
		case "Slot":
			f.slots = append(f.slots, lines[slot](t, data)...)
		}
	}
	return f
}

func lines[T any](t *testing.T, data []byte) []T {
	t.Helper()
	var all []T
	for line := range bytes.Lines(data) {
		dec := json.NewDecoder(bytes.NewReader(line))
		dec.DisallowUnknownFields()
		var one T
		if err := dec.Decode(&one); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		all = append(all, one)
	}
	return all
}

func TestManifest(t *testing.T) {
	res := get(t, noon.Add(17*time.Second), "GET", Manifest)
	var got manifest
	if err := json.Unmarshal(res.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	const base = "https://univaf.example/demo/smart-scheduling/"
	want := manifest{TransactionTime: "2026-10-30T16:00:00.000Z", Request: base + Manifest, Error: []output{}}
	for _, s := range usa.States {
		if s.HasPlaces() {
			for _, kind := range []string{"Location", "Schedule", "Slot"} {
				o := output{Type: kind, URL: base + strings.ToLower(kind) + "s-" + strings.ToLower(s.Code) + ".ndjson"}
				o.Extension.State = []string{s.Code}
				want.Output = append(want.Output, o)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestBaseURLIsTheCallers(t *testing.T) {
	handler := NewPublisher(func(*http.Request) string { return "https://cdn.example/x" }, func() time.Time { return noon })
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/$bulk-publish", nil))
	var got manifest
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if want := "https://cdn.example/x/locations-al.ndjson"; got.Output[0].URL != want {
		t.Errorf("got %s, want %s", got.Output[0].URL, want)
	}
}

func TestAnswers(t *testing.T) {
	type answer struct {
		Status             int
		Type, Cache, Allow string
		Body               bool
	}
	for _, test := range []struct {
		method, name string
		want         answer
	}{
		{"GET", Manifest, answer{200, "application/json", maxAge, "", true}},
		{"GET", "%24bulk-publish", answer{200, "application/json", maxAge, "", true}},
		{"GET", "slots-nj.ndjson", answer{200, "application/fhir+ndjson", maxAge, "", true}},
		{"HEAD", "slots-nj.ndjson", answer{200, "application/fhir+ndjson", maxAge, "", false}},
		{"GET", "slots-NJ.ndjson", answer{404, "application/json", "", "", true}},
		{"GET", "slots-aa.ndjson", answer{404, "application/json", "", "", true}},
		{"GET", "", answer{404, "application/json", "", "", true}},
		{"POST", Manifest, answer{405, "application/json", "", "GET, HEAD", true}},
	} {
		t.Run(test.method+" "+test.name, func(t *testing.T) {
			res := get(t, noon, test.method, test.name)
			data, h := res.Body.Bytes(), res.Header()
			got := answer{res.Code, h.Get("Content-Type"), h.Get("Cache-Control"), h.Get("Allow"), len(data) > 0}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if test.want.Type == "application/json" && !json.Valid(data) {
				t.Errorf("not JSON: %s", data)
			}
		})
	}
}

func TestFeedHangsTogether(t *testing.T) {
	f := read(t, noon)
	t.Logf("%d locations, %d schedules, %d slots, %.1f MB",
		len(f.locations), len(f.schedules), len(f.slots), float64(f.bytes)/1e6)
	if f.bytes > 25e6 {
		t.Errorf("the feed has %d bytes", f.bytes)
	}
	if n := len(f.locations); n < 4900 || n > 5100 {
		t.Errorf("%d locations, want about 5,000", n)
	}

	id := regexp.MustCompile(`^[A-Za-z0-9.-]{1,64}$`)
	ids := map[string]bool{}
	add := func(kind, one string, m meta) {
		if !id.MatchString(one) || ids[kind+"/"+one] {
			t.Errorf("%s %q: malformed id or there twice", kind, one)
		}
		ids[kind+"/"+one] = true
		if len(m.Tag) != 1 || m.Tag[0].Code != "HTEST" {
			t.Errorf("%s %q does not say that it is for tests", kind, one)
		}
	}
	for _, l := range f.locations {
		add("Location", l.ID, l.Meta)
	}
	products := map[[2]string]bool{}
	for _, s := range f.schedules {
		add("Schedule", s.ID, s.Meta)
		if len(s.Actor) != 1 || !ids[s.Actor[0].Reference] {
			t.Errorf("schedule %s: actor %v is not there", s.ID, s.Actor)
		}
		product := s.Extension[0].ValueCoding
		if key := [2]string{s.Actor[0].Reference, product.Code}; products[key] {
			t.Errorf("schedule %s: product %s is there twice", s.ID, product.Code)
		} else {
			products[key] = true
		}
		if strings.HasPrefix(product.Display, "CVX") {
			t.Errorf("schedule %s: product %s is not in the catalogue", s.ID, product.Code)
		}
		isCovid := slices.Contains(slices.Concat(covidVaccines, childCovidVaccines), product.Code)
		want := []coding{{System: serviceType, Code: "57", Display: "Immunization"}}
		if isCovid {
			want = append(want, covidService)
		}
		if diff := cmp.Diff([]codeableConcept{{Coding: want}}, s.ServiceType); diff != "" {
			t.Errorf("schedule %s: service type (-want +got):\n%s", s.ID, diff)
		}
	}
	kinds := map[string]int{}
	for _, s := range f.slots {
		add("Slot", s.ID, s.Meta)
		if !ids[s.Schedule.Reference] {
			t.Errorf("slot %s: schedule %s is not there", s.ID, s.Schedule.Reference)
		}
		start, err := time.Parse(time.RFC3339, s.Start)
		if err != nil || !start.After(noon) {
			t.Errorf("slot %s starts at %s", s.ID, s.Start)
		}
		end, err := time.Parse(time.RFC3339, s.End)
		if err != nil || end.Sub(start) != 15*time.Minute {
			t.Errorf("slot %s ends at %s", s.ID, s.End)
		}
		kinds[s.Status]++
		for _, e := range s.Extension {
			kinds[strings.TrimPrefix(e.URL, structures)]++
		}
	}
	t.Log(kinds)
	for _, kind := range []string{"free", "busy", "booking-deep-link", "booking-phone", "slot-capacity"} {
		if kinds[kind] < 1000 {
			t.Errorf("%d slots with %s", kinds[kind], kind)
		}
	}
}

func TestPlacesAreClearlyFictitious(t *testing.T) {
	phone := regexp.MustCompile(`^[2-9][0-9]{2}-555-01[0-9]{2}$`)
	site := regexp.MustCompile(`^https://[a-z]+\.example\.(org|com|net)/`)
	without := map[string]int{}
	for _, l := range read(t, noon).locations {
		if !strings.Contains(l.Name, "fictitious") {
			t.Errorf("%s: name %q", l.ID, l.Name)
		}
		given := map[string]bool{}
		for _, contact := range l.Telecom {
			given[contact.System] = true
			if contact.System == "phone" && !phone.MatchString(contact.Value) ||
				contact.System == "url" && !site.MatchString(contact.Value) {
				t.Errorf("%s: %s %s could be someone's", l.ID, contact.System, contact.Value)
			}
		}
		if !given["url"] {
			t.Errorf("%s has no site", l.ID)
		}
		if !given["phone"] {
			without["phone"]++
		}
		if l.Position == nil {
			without["position"]++
		}
		if strings.Contains(l.Name, "Mobile Clinic") {
			without["address of its own"]++
		}
	}
	for _, what := range []string{"phone", "position", "address of its own"} {
		if n := without[what]; n < 20 || n > 400 {
			t.Errorf("%d places without %s", n, what)
		}
	}
}

func TestPINs(t *testing.T) {
	places := map[string]int{}
	with := 0
	all := read(t, noon).locations
	for _, l := range all {
		for _, i := range l.Identifier {
			if i.System == vtrcks {
				places[i.Value]++
				with++
			}
		}
	}
	shared := 0
	for _, n := range places {
		if n > 1 {
			shared++
		}
	}
	if with < len(all)*8/10 || with == len(all) || shared < 50 {
		t.Errorf("of %d places %d have a PIN; %d PINs are shared", len(all), with, shared)
	}
}

func TestEveryStateHasPlacesWhereItIs(t *testing.T) {
	count := map[string]int{}
	for _, l := range read(t, noon).locations {
		state := l.Address.State
		count[state]++
		if l.Position == nil {
			continue
		}
		near := slices.ContainsFunc(points()[state], func(p point) bool {
			return p.zip == l.Address.PostalCode && p.city == l.Address.City &&
				metres(p.lat, p.lng, l.Position.Latitude, l.Position.Longitude) <= p.spread+2
		})
		if !near {
			t.Errorf("%s is not near its ZIP code: %+v", l.ID, *l.Position)
		}
	}
	for _, s := range usa.States {
		if got := count[s.Code]; s.HasPlaces() && got < 5 || !s.HasPlaces() && got > 0 {
			t.Errorf("%s has %d places", s.Code, got)
		}
	}
	if count["CA"] < 10*count["WY"] {
		t.Errorf("California has %d places and Wyoming %d", count["CA"], count["WY"])
	}
}

// metres is the distance of places that are not far apart.
func metres(lat1, lng1, lat2, lng2 float64) float64 {
	const degree = 111_200
	return math.Hypot((lat2-lat1)*degree, (lng2-lng1)*degree*math.Cos(lat1*math.Pi/180))
}
