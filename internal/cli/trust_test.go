package cli_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"getmyvax.org/univaf"
)

// fresh gives an update whose report is of now.
func fresh(id, source, status string) map[string]any {
	return place(id, "availability", map[string]any{"source": source, "checked_at": univaf.FormatTime(time.Now()), "available": status})
}

func (s *server) availability(path string) any {
	s.t.Helper()
	status, _, body := s.get(path)
	if status != http.StatusOK {
		s.t.Fatalf("%s: %d %s", path, status, body)
	}
	return at(parse(s.t, body), "data", "availability")
}

func TestAnswersSayHowFarToRelyOnThem(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		s.put(place("old")) // of 2022
		s.put(fresh("one", "a", "YES"))
		s.put(fresh("agreed", "a", "YES"))
		s.put(fresh("agreed", "b", "YES"))
		s.put(fresh("contradicted", "a", "YES"))
		s.put(fresh("contradicted", "b", "NO"))
		slow := fresh("slow", "cdc", "YES")
		s.put(slow)
		for id, want := range map[string]string{"old": "low", "one": "medium", "agreed": "high", "contradicted": "low", "slow": "medium"} {
			a := s.availability("/api/v1/locations/shop:" + id)
			if got := at(a, "confidence"); got != want {
				t.Errorf("%s: confidence %v, want %s", id, got, want)
			}
			valid, stale := timeOf(t, at(a, "valid_at").(string)), timeOf(t, at(a, "stale_at").(string))
			holds := 24 * time.Hour
			if id == "slow" {
				holds = 48 * time.Hour
			}
			if stale.Sub(valid) != holds {
				t.Errorf("%s: valid at %v, stale at %v", id, valid, stale)
			}
			edge := s.availability("/api/edge/locations/shop:" + id)
			for _, name := range []string{"confidence", "stale_at", "fields_by_source"} {
				if got := at(edge, name); got != nil {
					t.Errorf("the edge API says %s: %v", name, got)
				}
			}
		}
		if got := at(s.availability("/api/v1/locations/shop:old"), "stale_at"); got != "2022-03-02T12:00:00.000Z" {
			t.Errorf("stale at %v", got)
		}
		want := map[string]any{"a": []any{}, "b": []any{"available"}}
		if diff := cmp.Diff(want, at(s.availability("/api/v1/locations/shop:agreed"), "fields_by_source")); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		for _, path := range []string{"/api/v1/locations", "/api/v1/locations.ndjson", "/api/v1/locations?sources=a,b"} {
			if _, _, body := s.get(path); strings.Count(string(body), `"confidence":"`) != 5-strings.Count(path, "sources=")*2 {
				t.Errorf("%s: %s", path, body)
			}
		}
	})
}

// What time brings makes another answer with another tag, though nobody wrote anything.
func TestAnswersGrowStale(t *testing.T) {
	s := startServer(t, nil).ready()
	const lasts = 3 * time.Second
	p := fresh("1", "a", "YES")
	p["availability"].(map[string]any)["checked_at"] = univaf.FormatTime(time.Now().Add(lasts - 24*time.Hour))
	s.put(p)
	s.put(fresh("2", "a", "YES"))
	paths := []string{"/api/v1/locations", "/api/v1/locations.ndjson", "/api/v1/locations/shop:1", "/api/v1/locations/shop:1?sources=a"}
	tags := map[string]string{}
	for _, path := range paths {
		_, header, body := s.get(path)
		if tags[path] = header.Get("ETag"); strings.Contains(string(body), `"low"`) {
			t.Fatalf("%s is stale already: %s", path, body)
		}
	}
	eventually(t, "it is stale", func() bool {
		return at(s.availability("/api/v1/locations/shop:1"), "confidence") == "low"
	})
	for _, path := range paths {
		status, _, body := s.get(path, "If-None-Match", tags[path])
		if status != http.StatusOK || strings.Count(string(body), `"confidence":"low"`) != 1 {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	if status, _, _ := s.get("/api/v1/locations/shop:2", "If-None-Match", "*"); status != http.StatusNotModified {
		t.Errorf("the other place: %d", status)
	}
}

func TestASourceThatFailsIsReliedOnLess(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			env := map[string]string{"DB_URL": e.url(t)}
			s := startServer(t, env).ready()
			s.put(fresh("1", "a", "YES"))
			s.put(fresh("2", "univaf-cvs-smart", "YES"))
			s.put(fresh("3", "c", "YES"))
			now := univaf.FormatTime(time.Now())
			for _, source := range []string{"a", "cvsSmart"} { // this one writes univaf-cvs-smart
				status, _, body := s.post("/api/v1/sources/"+source+"/runs", fmt.Sprintf(`{"start":%q,"end":%q,"error":"away"}`, now, now))
				if status != http.StatusNoContent {
					t.Fatalf("%d %s", status, body)
				}
			}
			s.stop()
			again := startServer(t, env).ready()
			eventually(t, "it is known", func() bool {
				return at(again.availability("/api/v1/locations/shop:1"), "confidence") == "low"
			})
			for id, want := range map[string]string{"2": "low", "3": "medium"} {
				if got := at(again.availability("/api/v1/locations/shop:"+id), "confidence"); got != want {
					t.Errorf("%s: %v, want %s", id, got, want)
				}
			}
		})
	}
}

func timeOf(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := univaf.ParseTime(text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
