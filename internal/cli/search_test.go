package cli_test

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// today is the day on which the tests began.
var today = time.Now().UTC()

// day is so many days from today.
func day(n int) string { return today.AddDate(0, 0, n).Format(time.DateOnly) }

// spot is an update of a place at a point, with members of its availability.
func spot(id string, latitude, longitude float64, said map[string]any, more ...any) map[string]any {
	p := place(id, append([]any{"position", map[string]any{"longitude": longitude, "latitude": latitude}}, more...)...)
	a := map[string]any{"source": "s", "checked_at": time.Now().UTC().Add(-time.Minute).Format(time.RFC3339)}
	for name, value := range said {
		a[name] = value
	}
	p["availability"] = a
	return p
}

type list = []map[string]any

// putSpots fills a server with places to look for.
func (s *server) putSpots() {
	s.put(spot("1", 40.50, -74.40, map[string]any{"slots": list{
		{"start": day(2) + "T09:30:00-05:00", "end": day(2) + "T09:45:00-05:00", "products": []string{"pfizer"}, "dose": "first_dose_only", "available_count": 2},
		{"start": day(2) + "T09:30:00-05:00", "products": []string{"moderna"}, "dose": "second_dose_only", "available_count": 1},
		{"start": day(3) + "T09:30:00-05:00", "products": []string{"moderna"}, "available": "NO"},
	}}, "name", "Café “Salud”", "city", "Edison", "booking_url", "https://shop.example/1", "meta", map[string]any{"walkins_accepted": true}))
	s.put(spot("2", 40.60, -74.40, map[string]any{"capacity": list{
		{"date": day(1), "products": []string{"flu"}, "available": "YES"},
		{"date": day(2), "products": []string{"pfizer_age_5_11"}, "available": "NO"},
	}}, "location_type", "CLINIC", "minimum_age_months", 60, "address_lines", []string{"12 Main St."}, "county", "Union County"))
	s.put(spot("3", 41.50, -74.40, map[string]any{"available": "NO", "checked_at": "2022-03-01T12:00:00Z"}, "state", "NY", "provider", "h_e_b"))
	p := place("4", "postal_code", "08817")
	delete(p, "availability")
	s.put(p)
	s.put(spot("5", 52, 179.9, map[string]any{"available": "YES", "products": []string{"brand_new"}}, "state", "AK"))
	s.put(spot("6", 40.50, -74.40, map[string]any{"available": "YES"}, "is_public", false))
}

// found gives the names of the places that a search gives, in order.
func (s *server) found(query string, headers ...string) []string {
	s.t.Helper()
	status, _, body := s.get("/api/v1/locations?"+query, headers...)
	if status != http.StatusOK {
		s.t.Fatalf("%s: %d %s", query, status, body)
	}
	return names(at(parse(s.t, body), "data"))
}

func TestSearch(t *testing.T) {
	const one, two, three, four, five = "Café “Salud”", "Shop 2", "Shop 3", "Shop 4", "Shop 5"
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		s.putSpots()
		for query, want := range map[string][]string{
			"near=40.5,-74.4":                              {one, four, two, three, five},
			"near=40.5,%20-74.4&radius=10":                 {one, four, two},
			"near=40.61,-74.4&radius=8km":                  {two},
			"near=40.61,-74.4&radius=8%20miles":            {two, four, one},
			"zip=08817&radius=5":                           {four, one},
			"zip=08817-1234&radius=5&sort=name":            {one, four},
			"near=52,-179.9&radius=20":                     {five},
			"bbox=-75,40,-74,41":                           {one, two, four},
			"bbox=170,50,-170,60":                          {five},
			"bbox=-74.4,40.5,-74.4,40.5":                   {one},
			"state=NJ,ny":                                  {one, two, three, four},
			"state=NJ&state=alaska":                        {one, two, four, five},
			"county=UNION":                                 {two},
			"county=middlesex":                             {four},
			"city=edison":                                  {one},
			"provider=h_e_b,other":                         {three},
			"location_type=clinic":                         {two},
			"products=pfizer":                              {one},
			"products=300,208":                             {one},
			"products=brand_new":                           {five},
			"diseases=covid-19":                            {one, two, three},
			"diseases=covid_19&available=yes":              {one},
			"diseases=influenza&available=yes":             {two},
			"products=pfizer_age_5_11&available=YES":       nil,
			"products=pfizer_age_5_11,flu&available=yes":   {two},
			"available=yes":                                {one, two, five},
			"available=unknown,no":                         {three, four},
			"doses=second_dose_only":                       {one},
			"products=pfizer&doses=second_dose_only":       nil,
			"age=4":                                        {three, four, five},
			"age=7":                                        {two, three, four, five},
			"age=80m&products=pfizer_age_5_11,pfizer":      {two},
			"age=12y&diseases=covid_19":                    {one, three},
			"from=" + day(1) + "&to=" + day(1):             {two},
			"from=" + day(2):                               {one},
			"to=" + day(9):                                 {one, two},
			"from=" + day(1) + "&products=moderna":         {one},
			"from=" + day(3) + "&products=moderna":         nil,
			"walk_in=true":                                 {one},
			"q=cafe":                                       {one},
			"q=salud!%20caf":                               {one},
			"q=main%20shop%2012":                           {two},
			"q=heb":                                        {three},
			"q=shop%20088":                                 {four},
			"q=shop&sort=name":                             {one, two, three, four, five},
			"updated_since=2022-03-02":                     {one, two, three, four, five},
			"updated_since=" + day(1):                      nil,
			"max_age=1h&available=yes,no":                  {one, two, five},
			"max_age=1h&available=unknown":                 {three, four},
			"sort=soonest":                                 {two, one, three, four, five},
			"sort=soonest&products=pfizer":                 {one},
			"sort=name&limit=2":                            {one, two},
			"ids=shop:5,shop:2,shop:nothing,shop:6,shop:2": {two, five},
			"q=shop&near=40.5,-74.4&radius=10":             {one, four, two},
			"near=40.5,-74.4&radius=100&state=NY":          {three},
		} {
			if diff := cmp.Diff(want, s.found(query)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", query, diff)
			}
		}
		if got := s.found("include_private=true&near=40.5,-74.4&radius=1km", "X-Api-Key", testKey); !slices.Contains(got, "Shop 6") {
			t.Errorf("with a key: %v", got)
		}
		_, _, body := s.get("/api/v1/locations?near=40.5,-74.4")
		data := at(parse(t, body), "data")
		var distances []string
		for i := range 3 {
			distances = append(distances, fmt.Sprint(at(data, i, "distance_miles"), " ", at(data, i, "distance_from")))
		}
		if diff := cmp.Diff([]string{"0 <nil>", "1.08 postal_code", "6.91 <nil>"}, distances); diff != "" {
			t.Errorf("distances (-want +got):\n%s", diff)
		}
		// What is too old to count is not shown.
		_, _, body = s.get("/api/v1/locations?max_age=1h&state=NY")
		if a := at(parse(t, body), "data", 0, "availability"); a != nil {
			t.Errorf("old availability: %v", a)
		}
		// The old API keeps to what it had: the contract does not know these parameters.
		resp, err := http.Get(s.url + "/api/edge/locations?near=999&q=cafe&state=NJ")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		old, _ := io.ReadAll(resp.Body)
		if got := names(at(parse(t, old), "data")); len(got) != 3 {
			t.Errorf("edge: %v", got)
		}
	})
}

func TestSearchParametersAreChecked(t *testing.T) {
	long := strings.Repeat("00000000-0000-4000-8000-000000000000,", 10_000)
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		s.putSpots()
		_, _, body := s.get("/api/v1/locations?near=40.5,-74.4&limit=1")
		next, err := url.Parse(at(parse(t, body), "links", "next").(string))
		if err != nil {
			t.Fatal(err)
		}
		cursor := next.Query().Get("page_next")
		for query, want := range map[string]string{ // the parameter, and what the message must say
			"near=999,999":                    "near: from -90 to 90",
			"near=40.5":                       "near: 40.52,-74.41",
			"near=NaN,1":                      "near: NaN",
			"near=1e1,0x10":                   "near: 0x10",
			"near=1,2&zip=08817":              "zip: near",
			"zip=00000":                       "zip: none that is known",
			"zip=banana":                      "zip: banana",
			"zip=09001":                       "zip: of an area",
			"near=1,2&radius=0":               "radius: at most 500 miles",
			"near=1,2&radius=10000":           "radius: at most 500 miles",
			"near=1,2&radius=900km":           "radius: 900km",
			"near=1,2&radius=5furlongs":       "radius: 5furlongs",
			"near=1,2&radius=-5":              "radius: -5",
			"radius=5":                        "radius: needs 'near' or 'zip'",
			"bbox=1,2,3":                      "bbox: west,south,east,north",
			"bbox=-75,41,-74,40":              "bbox: south below north",
			"bbox=-75,41,-74,400":             "bbox: 400",
			"state=NJ,Atlantis":               "state: Atlantis",
			"location_type=castle":            "location_type: MOBILE_CLINIC",
			"products=potion":                 "products: flu_fluzone",
			"products=99999":                  "products: 99999",
			"diseases=vampirism":              "diseases: covid_19",
			"doses=99th":                      "doses: first_dose_only",
			"available=maybe":                 "available: yes, no and unknown",
			"age=old":                         "age: from 0 to 130",
			"age=131":                         "age: 131",
			"age=-1":                          "age: -1",
			"from=2026-11-31":                 "from: a date",
			"from=2026-11-01T00:00:00Z":       "from: a date",
			"from=2026-11-02&to=2026-11-01":   "to: 2026-11-02",
			"walk_in=perhaps":                 "walk_in: true or false",
			"q=--":                            "q: a word",
			"ids=" + long[:len(long)-1] + "1": "",
			"updated_since=yesterday":         "updated_since: ISO 8601",
			"max_age=5":                       "max_age: 30m or 6h",
			"max_age=400d":                    "max_age: 400d",
			"max_age=m":                       "max_age: m",
			"sort=random":                     "sort: distance, soonest, name or updated",
			"sort=distance":                   "sort: near",
			"fields=name,secret":              "fields: availability.available",
			"fields=availability.secret":      "fields: availability.secret",
			"near=1,2&limit=0":                "limit: > 0",
			"near=1,2&limit=x":                "limit: x",
			"near=1,2&page_next=hello":        "page_next: links.next",
			"near=1,2&page_next=" + cursor:    "page_next: another search",
			"near=40.5,-74.4&q=a&page_next=" + cursor:  "page_next: another search",
			"near=40.5,-74.4&page_next=" + cursor[:30]: "page_next: links.next",
		} {
			path := "/api/v1/locations?" + query
			if strings.HasPrefix(query, "ids=") {
				var ids []string
				for i := range 10_000 {
					ids = append(ids, fmt.Sprintf("%08d-0000-4000-8000-000000000000", i))
				}
				path, want = "/api/v1/locations?ids="+strings.Join(ids, ","), "ids: at most 200"
			}
			status, header, body := s.get(path)
			problem := parse(t, body)
			got := fmt.Sprint(at(problem, "errors", 0, "parameter"), ": ", at(problem, "errors", 0, "message"))
			name, part, _ := strings.Cut(want, ": ")
			if status != http.StatusUnprocessableEntity || !strings.HasPrefix(got, name+": ") || !strings.Contains(got, part) ||
				header.Get("Content-Type") != "application/problem+json" || len(body) > 10_000 {
				t.Errorf("%.200s: %d %.300s", query, status, body)
			}
		}
		// What depends on the clock can't be gone through for days.
		_, _, body = s.get("/api/v1/locations?sort=soonest&limit=1")
		if next, err = url.Parse(at(parse(t, body), "links", "next").(string)); err != nil {
			t.Fatal(err)
		}
		raw, err := base64.RawURLEncoding.DecodeString(next.Query().Get("page_next"))
		if err != nil {
			t.Fatal(err)
		}
		binary.BigEndian.PutUint64(raw[8:], uint64(time.Now().Add(-25*time.Hour).Unix()))
		status, _, body := s.get("/api/v1/locations?sort=soonest&limit=1&page_next=" + base64.RawURLEncoding.EncodeToString(raw))
		if status != http.StatusUnprocessableEntity || !strings.Contains(string(body), "older than a day") {
			t.Errorf("a cursor of yesterday: %d %s", status, body)
		}
		// Everything that is wrong is told at once.
		_, _, body = s.get("/api/v1/locations?near=999,999&age=x&sort=y")
		if problems, _ := at(parse(t, body), "errors").([]any); len(problems) != 3 {
			t.Errorf("%s", body)
		}
		for path, want := range map[string]string{
			"summary?by=planet":        "by: state, county or tile",
			"summary?by=tile":          "zoom: from 0 to 14",
			"summary?by=tile&zoom=15":  "zoom: 15",
			"summary?near=999,999":     "near: 999",
			"slots?sort=name":          "sort: soonest",
			"slots?from=x":             "from: a date",
			"openings.atom?zip=banana": "zip: banana",
			"locations.geojson?bbox=1": "bbox: west",
			"locations.ndjson?q=.":     "q: a word",
		} {
			status, _, body := s.get("/api/v1/" + path)
			got := fmt.Sprint(at(parse(t, body), "errors", 0, "parameter"), ": ", at(parse(t, body), "errors", 0, "message"))
			name, part, _ := strings.Cut(want, ": ")
			if status != http.StatusUnprocessableEntity || !strings.HasPrefix(got, name+": ") || !strings.Contains(got, part) {
				t.Errorf("%s: %d %s", path, status, body)
			}
		}
	})
}

func TestFields(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		s.put(spot("1", 40.5, -74.4, map[string]any{"available": "YES", "products": []string{"flu"}, "meta": map[string]any{"a": "}"}}))
		_, _, body := s.get("/api/v1/locations/shop:1")
		whole := at(parse(t, body), "data").(map[string]any)
		some := func(names ...string) map[string]any {
			m := map[string]any{"id": whole["id"]}
			for _, name := range names {
				m[name] = whole[name]
			}
			return m
		}
		inner := some("name")
		inner["availability"] = map[string]any{"available": "YES", "products": []any{"flu"}}
		near := some()
		near["distance_miles"] = 0.0
		for query, want := range map[string]map[string]any{
			"fields=name,position":         some("name", "position"),
			"fields=id":                    some(),
			"fields=availability&state=NJ": some("availability"),
			"fields=availability.products,name,availability.available": inner,
			"fields=distance_miles&near=40.5,-74.4":                    near,
			"fields=availability.slots":                                {"id": whole["id"], "availability": map[string]any{}},
		} {
			_, _, body := s.get("/api/v1/locations?" + query)
			if diff := cmp.Diff(any(want), at(parse(t, body), "data", 0)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", query, diff)
			}
			_, _, line := s.get("/api/v1/locations.ndjson?" + query)
			if diff := cmp.Diff(any(want), parse(t, line)); diff != "" {
				t.Errorf("%s as NDJSON (-want +got):\n%s", query, diff)
			}
		}
	})
}

// Who goes from page to page finds every place that did not change once, whatever happens
// to the others.
func TestPagesOfASearchStayRightWhileDataChanges(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		put := func(i int, name string, latitude float64) {
			s.put(spot(fmt.Sprint(i), latitude, -74.4, map[string]any{"available": "YES", "capacity": list{
				{"date": day(1 + i%3), "available": "YES"},
			}}, "name", name))
		}
		for i := range 12 {
			put(i, fmt.Sprint("Shop ", i), 40+float64(i*7%12)/10)
		}
		for _, order := range []string{"near=40,-74.4", "near=40,-74.4&radius=500&sort=soonest", "sort=name", "sort=updated", "q=shop", "available=yes"} {
			got := map[string]int{}
			next := s.url + "/api/v1/locations?limit=4&" + order
			for pages := 0; next != ""; pages++ {
				if pages > 4 {
					t.Fatalf("%s: there is no end", order)
				}
				status, _, body := s.get(strings.TrimPrefix(next, s.url))
				if status != http.StatusOK {
					t.Fatalf("%s: %d %s", order, status, body)
				}
				for _, name := range names(at(parse(t, body), "data")) {
					got[name]++
				}
				next, _ = at(parse(t, body), "links", "next").(string)
				if pages == 0 { // two places change: one is gone from the search, one goes elsewhere
					for _, id := range []string{"3", "8"} {
						s.post("/api/v1/update?update_location=true", map[string]any{
							"external_ids": [][]string{{"shop", id}}, "name": "A shop that changed", "position": map[string]any{"longitude": -74.4, "latitude": 39.0},
						})
					}
				}
			}
			for i := range 12 {
				if name := fmt.Sprint("Shop ", i); i != 3 && i != 8 && got[name] != 1 {
					t.Errorf("%s: %s comes %d times", order, name, got[name])
				}
			}
			for _, id := range []string{"3", "8"} {
				s.post("/api/v1/update?update_location=true", map[string]any{"external_ids": [][]string{{"shop", id}}, "name": "Shop " + id})
			}
		}
	})
}

func TestSearchesAreCachedByTheirTags(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		s.putSpots()
		seen := map[string]string{}
		for _, path := range []string{
			"locations?near=40.5,-74.4&radius=10", "locations?near=40.5,-74.4&radius=11", "locations?bbox=-75,40,-74,41", "locations?q=shop",
			"locations.ndjson?q=shop", "locations.geojson?q=shop", "locations.geojson", "summary?by=state", "summary?by=county", "slots?zip=08817", "openings.atom",
			"locations?sort=soonest",
		} {
			path = "/api/v1/" + path
			// What depends on the clock may change its tag between two requests.
			eventually(t, path+" is not modified", func() bool {
				_, header, plain := s.get(path)
				tag := header.Get("ETag")
				status, again, none := s.get(path, "If-None-Match", tag)
				_, zipped, packed := s.get(path, "Accept-Encoding", "gzip")
				if zipped.Get("Content-Encoding") != "gzip" || zipped.Get("ETag") == tag || string(decompress(t, "gzip", packed)) != string(plain) {
					return false
				}
				if before, found := seen[tag]; found && before != path {
					t.Fatalf("%s has the tag of %s", path, before)
				}
				seen[tag] = path
				return status == http.StatusNotModified && len(none) == 0 && again.Get("Univaf-As-Of") != "" && again.Get("Cache-Control") == "public, max-age=10"
			})
		}
		_, before, _ := s.get("/api/v1/locations?near=40.5,-74.4&radius=10")
		s.put(map[string]any{"external_ids": [][]string{{"shop", "5"}, {"more", "5"}}})
		if status, _, _ := s.get("/api/v1/locations?near=40.5,-74.4&radius=10", "If-None-Match", before.Get("ETag")); status != http.StatusNotModified {
			t.Errorf("a change in Alaska changes what is found in New Jersey: %d", status)
		}
		s.put(map[string]any{"external_ids": [][]string{{"shop", "2"}, {"more", "2"}}})
		if status, _, _ := s.get("/api/v1/locations?near=40.5,-74.4&radius=10", "If-None-Match", before.Get("ETag")); status != http.StatusOK {
			t.Errorf("after a change of what is found: %d", status)
		}
	})
}
