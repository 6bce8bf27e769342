package cli_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The main job: a server on an empty database, a recorded source that is loaded over
// the API, and what comes out.
func TestARecordedSourceComesOutAsAvailability(t *testing.T) {
	shared := filepath.Join("..", "..", "..", "shared", "sources", "cvsSmart",
		"cvs-smart-scheduling-links-api-should-load-cvs-smart-api-data", "exchanges.json")
	for _, test := range []struct {
		name, recording, state, id string
		want                       map[string]any
	}{
		{"our own recording", filepath.Join("testdata", "cvs.json"), "NJ", "cvs:7001", map[string]any{
			"name": "CVS #7001", "provider": "cvs", "state": "NJ", "city": "TRENTON", "postal_code": "08608",
			"external_ids": []any{[]any{"cvs", "7001"}, []any{"vtrcks", "CV1007001"}},
			"availability": map[string]any{
				"sources": []any{"univaf-cvs-smart"}, "available": "YES", "valid_at": "2021-10-30T07:15:00.250Z",
				"checked_at": "2021-11-01T12:00:00.000Z", "changed_at": "2021-10-30T07:15:00.250Z",
				"capacity": []any{
					map[string]any{"date": "2021-11-02", "available": "YES"},
					map[string]any{"date": "2021-11-03", "available": "NO"},
				},
			},
		}},
		{"the old system's", shared, "VA", "cvs:2004", map[string]any{
			"name": "CVS #2004", "provider": "cvs", "state": "VA", "city": "ALEXANDRIA", "postal_code": "22306",
			"external_ids": []any{[]any{"cvs", "2004"}, []any{"vtrcks", "CV1002004"}},
			"availability": map[string]any{
				"sources": []any{"univaf-cvs-smart"}, "available": "YES", "valid_at": "2021-05-17T16:41:05.534Z",
				"checked_at": "2021-11-01T12:00:00.000Z", "changed_at": "2021-05-17T16:41:05.534Z",
				"capacity": []any{
					map[string]any{"date": "2021-05-18", "available": "NO"},
					map[string]any{"date": "2021-05-19", "available": "YES"},
				},
			},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := os.Stat(test.recording); err != nil {
				t.Skip("the recording is not here")
			}
			onEngines(t, func(t *testing.T, s *server) {
				s.ready()
				load := func(args ...string) (int, string) {
					env := map[string]string{"API_URL": s.url + "/", "API_KEY": testKey}
					args = append([]string{"load", "cvsSmart", "--send", "--replay", test.recording, "--states", test.state}, args...)
					code, out, log := run(t, env, args...)
					if out != "" {
						t.Errorf("printed %q", out)
					}
					return code, log
				}
				if code, log := load("--now", "2021-11-01T12:00:00Z"); code != 0 || !strings.Contains(log, "sent=1 ") {
					t.Fatalf("exit code %d: %s", code, log)
				}
				status, _, body := s.get("/api/edge/locations/" + test.id)
				if status != http.StatusOK {
					t.Fatalf("%d %s", status, body)
				}
				got := map[string]any{}
				for name := range test.want {
					got[name] = at(parse(t, body), "data", name)
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				// Looking again an hour later moves the times alone.
				if code, log := load("--now", "2021-11-01T13:00:00Z"); code != 0 || !strings.Contains(log, "sent=1 ") {
					t.Errorf("again: exit code %d: %s", code, log)
				}
				_, _, body = s.get("/api/edge/locations/" + test.id)
				a := at(parse(t, body), "data", "availability")
				if at(a, "checked_at") != "2021-11-01T13:00:00.000Z" || at(a, "changed_at") != at(test.want["availability"], "changed_at") {
					t.Errorf("again: %v", a)
				}
				if code, log := load("--now", "2021-11-01T12:30:00Z"); code != 0 || !strings.Contains(log, "out_of_date=1 ") {
					t.Errorf("late: exit code %d: %s", code, log)
				}
			})
		})
	}
}

func TestTheDemonstrationHasDataAndSaysWhatItIs(t *testing.T) {
	folder := t.TempDir()
	s := startServer(t, map[string]string{"UNIVAF_DATA_DIR": folder}, "--demo").ready()
	const notice = "This is a demonstration: every place and appointment in it is fictitious."
	eventually(t, "all that was loaded is shown", func() bool {
		_, sent, loaded := strings.Cut(s.logs.String(), "sent=")
		_, _, body := s.get("/ready")
		return loaded && strings.HasPrefix(sent, fmt.Sprint(at(parse(t, body), "locations"))+" ")
	})
	states := map[string]bool{}
	_, header, body := s.get("/api/v1/locations.ndjson")
	if header.Get("Univaf-Demo") != notice {
		t.Errorf("NDJSON: %v", header)
	}
	open := 0
	for _, one := range results(t, body) {
		states[one["state"].(string)] = true
		if name := one["name"].(string); !strings.Contains(name, "fictitious") {
			t.Errorf("%q sounds real", name)
		}
		if at(one, "availability", "available") == "YES" {
			open++
		}
	}
	if n := bytes.Count(body, []byte("\n")); n < 4900 || n > 5100 {
		t.Errorf("%d places, want about 5,000", n)
	}
	if len(states) != 59 {
		t.Errorf("%d states, want the 50, DC, 5 territories and 3 associated states", len(states))
	}
	if open < 500 || open > 4500 {
		t.Errorf("%d places have appointments", open)
	}
	for _, path := range []string{"/api/edge/locations?limit=1", "/api/v1/locations/univaf_demo:nj-002", "/docs/", "/nothing", "/demo/smart-scheduling/$bulk-publish"} {
		_, header, body := s.get(path)
		if header.Get("Univaf-Demo") != notice {
			t.Errorf("%s: %v", path, header)
		}
		if strings.HasPrefix(path, "/api") || path == "/docs/" {
			if !strings.Contains(string(body), "fictitious") {
				t.Errorf("%s: %s", path, body)
			}
		}
	}
	_, _, body = s.get("/demo/smart-scheduling/$bulk-publish", "X-Forwarded-Proto", "https", "X-Forwarded-Host", "demo.example")
	if at(parse(t, body), "request") != "https://demo.example/demo/smart-scheduling/$bulk-publish" {
		t.Errorf("manifest: %.300s", body)
	}
	if code := s.stop(); code != 0 {
		t.Errorf("exit code %d", code)
	}

	// Neither takes the other's database.
	code, _, log := run(t, map[string]string{"PORT": "0", "DB_URL": "sqlite:" + filepath.Join(folder, "demo.db")}, "serve")
	if code != 1 || !strings.Contains(log, "it holds demo data, not real") {
		t.Errorf("exit code %d: %s", code, log)
	}
	genuine := startServer(t, map[string]string{"UNIVAF_DATA_DIR": folder}).ready()
	if _, header, body := genuine.get("/api/v1/locations"); header.Get("Univaf-Demo") != "" || len(names(at(parse(t, body), "data"))) != 0 {
		t.Errorf("the real server shows %s", body)
	}
	if status, _, _ := genuine.get("/demo/smart-scheduling/$bulk-publish"); status != http.StatusNotFound {
		t.Errorf("the real server publishes invented data: %d", status)
	}
	genuine.stop()
	if err := os.Rename(filepath.Join(folder, "univaf.db"), filepath.Join(folder, "demo.db")); err != nil {
		t.Fatal(err)
	}
	code, _, log = run(t, map[string]string{"PORT": "0", "UNIVAF_DATA_DIR": folder}, "serve", "--demo")
	if code != 1 || !strings.Contains(log, "it holds real data, not demo") {
		t.Errorf("exit code %d: %s", code, log)
	}
}
