package cli_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
)

// place is an update of a place with an appointment.
func place(id string, more ...any) map[string]any {
	p := map[string]any{
		"external_ids": [][]string{{"shop", id}}, "provider": "shop", "name": "Shop " + id, "state": "NJ",
		"availability": map[string]any{"source": "s", "checked_at": "2022-03-01T12:00:00Z", "available": "YES"},
	}
	for i := 0; i < len(more); i += 2 {
		p[more[i].(string)] = more[i+1]
	}
	return p
}

// put sends an update that must succeed.
func (s *server) put(update any) {
	s.t.Helper()
	if status, _, body := s.post("/api/v1/update", update); status != http.StatusOK && status != http.StatusCreated {
		s.t.Fatalf("update: %d %s", status, body)
	}
}

// names gives the names of the places in a list.
func names(v any) (list []string) {
	entries, _ := v.([]any)
	for _, one := range entries {
		list = append(list, fmt.Sprint(at(one, "name")))
	}
	return list
}

func TestPagesHoldEveryPlaceOnce(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		var want []string
		for i := range 7 {
			s.put(place(fmt.Sprint(i)))
			want = append(want, fmt.Sprint("Shop ", i))
		}
		for _, resource := range []string{"locations", "availability"} {
			var got []string
			pages := 0
			for next := s.url + "/api/v1/" + resource + "?limit=3&" + ignored + "=a%20b"; next != ""; pages++ {
				_, _, body := s.get(strings.TrimPrefix(next, s.url))
				page := parse(t, body)
				if resource == "locations" {
					got = append(got, names(at(page, "data"))...)
				} else {
					for _, one := range at(page, "data").([]any) {
						_, _, body := s.get("/api/v1/locations/" + at(one, "location_id").(string))
						got = append(got, fmt.Sprint(at(parse(t, body), "data", "name")))
					}
				}
				next, _ = at(page, "links", "next").(string)
				if next != "" && !strings.Contains(next, "limit=3&"+ignored+"=a%20b&page_next=") {
					t.Errorf("next %q does not keep the query", next)
				}
			}
			if resource == "availability" {
				slices.Sort(got) // these go by id
			}
			if diff := cmp.Diff(want, got); diff != "" || pages != 3 {
				t.Errorf("%s: %d pages (-want +got):\n%s", resource, pages, diff)
			}
		}
		for _, limit := range []string{"2001", "99999999999999999999"} {
			if status, _, body := s.get("/api/v1/locations?limit=" + limit); status != 200 || len(names(at(parse(t, body), "data"))) != 7 {
				t.Errorf("limit %s: %d %s", limit, status, body)
			}
		}
	})
}

func TestFilters(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		s.put(place("1", "state", "Idaho"))
		s.put(place("2", "provider", "other"))
		s.put(place("3", "is_public", false))
		for query, want := range map[string][]string{
			"":                        {"Shop 1", "Shop 2"},
			"state=id":                {"Shop 1"},
			"state=New%20Jersey":      {"Shop 2"},
			"state=WY":                nil,
			"provider=other":          {"Shop 2"},
			"provider=other&state=ID": nil,
			"sources=none":            {"Shop 1", "Shop 2"},
			"include_private=false":   {"Shop 1", "Shop 2"},
		} {
			_, _, body := s.get("/api/v1/locations?" + query)
			if diff := cmp.Diff(want, names(at(parse(t, body), "data"))); diff != "" {
				t.Errorf("%q (-want +got):\n%s", query, diff)
			}
			_, _, lines := s.get("/api/v1/locations.ndjson?" + query)
			if got := bytes.Count(lines, []byte("\n")); got != len(want) {
				t.Errorf("%q: %d lines, want %d", query, got, len(want))
			}
		}
		_, _, body := s.get("/api/v1/locations?include_private=true", "X-Api-Key", testKey)
		if diff := cmp.Diff([]string{"Shop 1", "Shop 2", "Shop 3"}, names(at(parse(t, body), "data"))); diff != "" {
			t.Errorf("with a key (-want +got):\n%s", diff)
		}
		_, _, body = s.get("/api/v1/locations?sources=none&state=ID")
		if a := at(parse(t, body), "data", 0); at(a, "name") != "Shop 1" || at(a, "availability") != nil {
			t.Errorf("no source: %v", a)
		}
		// A hidden place is hidden everywhere, and null does not show it.
		s.post("/api/v1/update?update_location=true", map[string]any{"external_ids": [][]string{{"shop", "3"}}, "is_public": nil})
		if status, _, _ := s.get("/api/v1/locations/shop:3"); status != http.StatusNotFound {
			t.Errorf("a hidden place by id: %d", status)
		}
		_, _, body = s.get("/api/v1/availability")
		if got := len(at(parse(t, body), "data").([]any)); got != 2 {
			t.Errorf("%d records, want 2", got)
		}
	})
}

func TestV1SaysTheYoungestAgeWhereOnlyProductsTell(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		p := place("1")
		p["availability"].(map[string]any)["products"] = []string{"jj", "something_new"}
		s.put(p)
		for path, want := range map[string]any{"/api/v1/": 216.0, "/api/edge/": nil} {
			_, _, body := s.get(path + "locations/shop:1")
			a := at(parse(t, body), "data", "availability")
			if got := at(a, "minimum_eligible_age_months"); got != want {
				t.Errorf("%s: %v, want %v", path, got, want)
			}
			if diff := cmp.Diff([]any{"jj", "something_new"}, at(a, "products")); diff != "" {
				t.Errorf("%s: products (-want +got):\n%s", path, diff)
			}
		}
	})
}

func TestAnswersAreCachedByTheirTags(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		s.put(place("1", "state", "NJ"))
		s.put(place("2", "state", "ID"))
		paths := []string{
			"/api/v1/locations", "/api/v1/locations?state=NJ", "/api/v1/locations?state=ID", "/api/v1/locations.ndjson",
			"/api/v1/locations/shop:1", "/api/v1/locations/shop:2", "/api/v1/availability", "/api/edge/locations",
		}
		tags := map[string]string{}
		seen := map[string]string{}
		for _, path := range paths {
			for _, encoding := range []string{"identity", "gzip", "zstd"} {
				_, header, _ := s.get(path, "Accept-Encoding", encoding)
				tag := header.Get("ETag")
				if before, found := seen[tag]; found || tag == "" {
					t.Errorf("%s in %s has the tag %s of %s", path, encoding, tag, before)
				}
				seen[tag] = path + " in " + encoding
				status, header, body := s.get(path, "Accept-Encoding", encoding, "If-None-Match", `"x", W/`+tag)
				if status != http.StatusNotModified || len(body) != 0 || header.Get("ETag") != tag {
					t.Errorf("%s in %s: %d with %d bytes", path, encoding, status, len(body))
				}
			}
			_, header, _ := s.get(path)
			tags[path] = header.Get("ETag")
		}
		s.put(map[string]any{"external_ids": [][]string{{"shop", "1"}, {"more", "1"}}})
		var same []string
		for _, path := range paths {
			if status, _, _ := s.get(path, "If-None-Match", tags[path]); status == http.StatusNotModified {
				same = append(same, path)
			}
		}
		if diff := cmp.Diff([]string{"/api/v1/locations?state=ID", "/api/v1/locations/shop:2"}, same); diff != "" {
			t.Errorf("what a change in New Jersey leaves as it was (-want +got):\n%s", diff)
		}
		if _, header, _ := s.do(http.MethodHead, "/api/v1/locations", nil); header.Get("ETag") == "" {
			t.Error("HEAD has no tag")
		}
	})
}

func TestAPlaceThatMovesLeavesItsStateAnew(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		s.put(place("1"))
		s.put(place("2"))
		_, before, _ := s.get("/api/v1/locations?state=NJ")
		if status, _, body := s.post("/api/v1/update?update_location=true", map[string]any{
			"external_ids": [][]string{{"shop", "2"}}, "state": "NY",
		}); status != 200 {
			t.Fatalf("%d %s", status, body)
		}
		status, _, body := s.get("/api/v1/locations?state=NJ", "If-None-Match", before.Get("ETag"))
		if diff := cmp.Diff([]string{"Shop 1"}, names(at(parse(t, body), "data"))); status != 200 || diff != "" {
			t.Errorf("New Jersey: %d (-want +got):\n%s", status, diff)
		}
		_, _, body = s.get("/api/v1/locations?state=NY")
		if diff := cmp.Diff([]string{"Shop 2"}, names(at(parse(t, body), "data"))); diff != "" {
			t.Errorf("New York (-want +got):\n%s", diff)
		}
	})
}

func TestAnswersAreCompressedAsTheClientLikes(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		s.put(place("1"))
		_, _, plain := s.get("/api/v1/locations.ndjson")
		for accept, want := range map[string]string{
			"gzip": "gzip", "zstd": "zstd", "gzip, deflate, br, zstd": "zstd", "gzip;q=1.0, zstd;q=0.5": "gzip",
			"zstd;q=0": "", "*": "zstd", "br": "", "identity": "", "gzip;q=banana": "",
		} {
			_, header, body := s.get("/api/v1/locations.ndjson", "Accept-Encoding", accept)
			if got := header.Get("Content-Encoding"); got != want {
				t.Errorf("%q gives %q, want %q", accept, got, want)
				continue
			}
			if got := decompress(t, want, body); !bytes.Equal(got, plain) {
				t.Errorf("%q: %q, want %q", accept, got, plain)
			}
			if !strings.Contains(header.Get("Vary"), "Accept-Encoding") {
				t.Errorf("%q: Vary is %q", accept, header.Get("Vary"))
			}
		}
	})
}

func decompress(t *testing.T, encoding string, body []byte) []byte {
	t.Helper()
	var in io.Reader = bytes.NewReader(body)
	var err error
	switch encoding {
	case "gzip":
		in, err = gzip.NewReader(in)
	case "zstd":
		in, err = zstd.NewReader(in)
	}
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestErrorsNameTheField(t *testing.T) {
	type problem struct {
		status int
		code   string
		fields []string // pointers and parameters
	}
	ok := `"external_ids": [["a", "1"]], "provider": "a", "name": "A", "state": "NJ"`
	availability := func(members string) string {
		return `{` + ok + `, "availability": {"source": "s", "checked_at": "2022-03-01T12:00:00Z", ` + members + `}}`
	}
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		for _, test := range []struct {
			name, path, body string
			want             problem
		}{
			{"no JSON", "/api/v1/update", `{"name": `, problem{400, "bad_request", nil}},
			{"nothing", "/api/v1/update", ``, problem{400, "bad_request", nil}},
			{"a list", "/api/v1/update", `[]`, problem{422, "value_error", []string{""}}},
			{"null", "/api/v1/update", `null`, problem{422, "value_error", []string{""}}},
			{
				"two faults", "/api/v1/update", `{` + ok + `, "city": 7, "position": {"longitude": 200, "latitude": 1}}`,
				problem{422, "value_error", []string{"/city", "/position/longitude"}},
			},
			{
				"faults of all kinds", "/api/v1/update", `{"external_ids": [["a", ""]], "state": "Narnia", "availability": {"source": "s", "checked_at": "now"}}`,
				problem{422, "value_error", []string{"/availability/checked_at", "/external_ids/0/1", "/state"}},
			},
			{"an unknown field", "/api/v1/update", `{` + ok + `, "colour": "red"}`, problem{422, "value_error", []string{"/colour"}}},
			{
				"a bad slot", "/api/v1/update", availability(`"slots": [{"start": "2022-03-01T10:00:00Z"}, {"start": "noon"}]`),
				problem{422, "value_error", []string{"/availability/slots/1/start"}},
			},
			{
				"a bad product", "/api/v1/update", availability(`"products": ["a", 7]`),
				problem{422, "value_error", []string{"/availability/products/1"}},
			},
			{
				"a bad time", "/api/v1/update", availability(`"valid_at": "2022-02-30T00:00:00Z"`),
				problem{422, "value_error", []string{"/availability/valid_at"}},
			},
			{
				"a NUL", "/api/v1/update", availability(`"meta": {"a": "\u0000"}`),
				problem{422, "value_error", []string{"/availability/meta"}},
			},
			{
				"no name", "/api/v1/update", `{"external_ids": [["a", "1"]]}`,
				problem{422, "value_error", []string{"/name", "/provider", "/state"}},
			},
			{
				"update_location", "/api/v1/update?update_location=maybe", `{` + ok + `}`,
				problem{422, "value_error", []string{"update_location"}},
			},
			{"limit", "GET /api/v1/locations?limit=-1", "", problem{422, "value_error", []string{"limit"}}},
			{"state", "GET /api/v1/locations?state=Atlantis", "", problem{422, "value_error", []string{"state"}}},
			{"page_next", "GET /api/v1/locations?page_next=2022-99-01T00:00:00Z,1", "", problem{422, "value_error", []string{"page_next"}}},
			{"page_next of records", "GET /api/v1/availability?page_next=:", "", problem{422, "value_error", []string{"page_next"}}},
			{"include_private", "GET /api/v1/locations?include_private=perhaps", "", problem{422, "value_error", []string{"include_private"}}},
			{"an escape that is none", "GET /api/v1/locations?state=%zz", "", problem{400, "bad_request", nil}},
			{"a method", "GET /api/v1/update", "", problem{405, "method_not_allowed", nil}},
			{"no such address", "GET /api/v1/nothing", "", problem{404, "not_found", nil}},
			{"no such place", "GET /api/v1/locations/shop:none", "", problem{404, "error_404", nil}},
		} {
			var status int
			var header http.Header
			var body []byte
			if path, isGet := strings.CutPrefix(test.path, "GET "); isGet {
				status, header, body = s.get(path)
			} else {
				status, header, body = s.post(test.path, test.body)
			}
			got := problem{status: status, code: fmt.Sprint(at(parse(t, body), "code"))}
			list, _ := at(parse(t, body), "errors").([]any)
			for _, one := range list {
				field, _ := at(one, "pointer").(string)
				if parameter, ok := at(one, "parameter").(string); ok {
					field = parameter
				}
				got.fields = append(got.fields, field)
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(problem{})); diff != "" {
				t.Errorf("%s: %s (-want +got):\n%s", test.name, body, diff)
			}
			if kind := header.Get("Content-Type"); kind != "application/problem+json" {
				t.Errorf("%s: Content-Type %q", test.name, kind)
			}
		}
		if _, _, body := s.get("/api/v1/locations"); len(names(at(parse(t, body), "data"))) != 0 {
			t.Errorf("something was written: %s", body)
		}
	})
}

func TestUnknownAvailabilityFieldsAreNamedInAHeader(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		p := place("1")
		p["availability"].(map[string]any)["wait\ning"] = 5
		_, header, _ := s.post("/api/v1/update", p)
		if got := header.Get("Univaf-Warning"); got != `/availability/wait\ning is not a known field and was ignored` {
			t.Errorf("warning %q", got)
		}
		s.put(place("2"))
		_, header, _ = s.post("/api/edge/update", map[string]any{"external_ids": [][]string{{"shop", "1"}, {"shop", "2"}}})
		if got := header.Get("Univaf-Warning"); !strings.HasPrefix(got, `external id "shop:2" is location `) {
			t.Errorf("warning %q", got)
		}
	})
}

func TestBodiesAreLimited(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		large := place("1", "description", strings.Repeat("x", 2_500_000))
		if status, _, body := s.post("/api/edge/update", large); status != http.StatusRequestEntityTooLarge {
			t.Errorf("%d %s", status, body)
		}
		fits := place("1", "description", strings.Repeat("x", 2_400_000))
		if status, _, body := s.post("/api/edge/update", fits); status != http.StatusCreated {
			t.Errorf("%d %s", status, body)
		}
		send := func(coding, body string) (int, []byte) {
			status, _, answer := s.do(http.MethodPost, "/api/v1/update", strings.NewReader(body), "X-Api-Key", testKey, "Content-Encoding", coding)
			return status, answer
		}
		bomb := gzipped(t, strings.Repeat(" ", 100<<20))
		for _, test := range []struct {
			name, coding, body string
			want               int
		}{
			{"a bomb", "gzip", bomb, http.StatusRequestEntityTooLarge},
			{"no gzip", "gzip", "hello", http.StatusBadRequest},
			{"gzip cut short", "gzip", bomb[:1000], http.StatusBadRequest},
			{"no zstd", "zstd", "hello", http.StatusBadRequest},
			{"a coding that we do not know", "br", "hello", http.StatusUnsupportedMediaType},
		} {
			if status, answer := send(test.coding, test.body); status != test.want {
				t.Errorf("%s: %d %s, want %d", test.name, status, answer, test.want)
			}
		}
	})
}

func TestIDsInAddresses(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		s.put(place("1", "external_ids", [][]string{{"odd", "a/b:c $%é"}, {"univaf_v1", "11111111-1111-4111-8111-111111111111"}}))
		_, _, body := s.get("/api/v1/locations")
		id := at(parse(t, body), "data", 0, "id").(string)
		for _, path := range []string{
			"/api/v1/locations/" + url.PathEscape("odd:a/b:c $%é"),
			"/api/v1/locations/odd:a%2Fb:c%20%24%25%C3%A9",
			"/api/v1/locations/" + strings.ToUpper(id),
			"/api/edge/locations/11111111-1111-4111-8111-111111111111",
			"/api/v1/locations/univaf_v1:11111111-1111-4111-8111-111111111111",
		} {
			status, _, body := s.get(path)
			if status != 200 || at(parse(t, body), "data", "id") != id {
				t.Errorf("%s: %d %s", path, status, body)
			}
		}
		status, header, _ := s.get("/api/v1/locations/11111111-1111-4111-8111-111111111111?sources=s")
		if want := "/api/v1/locations/" + id + "?sources=s"; status != http.StatusPermanentRedirect || header.Get("Location") != want {
			t.Errorf("a former id: %d to %q, want %q", status, header.Get("Location"), want)
		}
	})
}

func TestTenFirstSightingsMakeOnePlace(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			env := map[string]string{"DB_URL": e.url(t)}
			servers := []*server{startServer(t, env).ready(), startServer(t, env).ready()} // two replicas take them
			var running sync.WaitGroup
			statuses := make([]int, 10)
			for i := range statuses {
				running.Go(func() {
					p := place("new")
					p["availability"].(map[string]any)["source"] = fmt.Sprint("s", i)
					statuses[i], _, _ = servers[i%2].post("/api/edge/update", p)
				})
			}
			running.Wait()
			slices.Sort(statuses)
			if diff := cmp.Diff([]int{200, 200, 200, 200, 200, 200, 200, 200, 200, 201}, statuses); diff != "" {
				t.Errorf("statuses (-want +got):\n%s", diff)
			}
			for _, s := range servers {
				eventually(t, "the replica shows all reports of the one place", func() bool {
					_, _, body := s.get("/api/v1/locations")
					page := parse(t, body)
					sources, _ := at(page, "data", 0, "availability", "sources").([]any)
					return len(names(at(page, "data"))) == 1 && len(sources) == 10
				})
			}
		})
	}
}
