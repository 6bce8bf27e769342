package cli_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"getmyvax.org/univaf/internal/cli"
	"getmyvax.org/univaf/internal/demo"
)

// publisher serves invented clinics, and gives the URL of their manifest.
func publisher(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(demo.NewPublisher(nil, time.Now))
	t.Cleanup(server.Close)
	return server.URL + "/" + demo.Manifest
}

// configFile writes a configuration.
func configFile(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "univaf.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// A sourceState is what GET /api/v1/sources says of a source.
type sourceState struct {
	Name, State, Schedule string
	LastRun               *struct {
		Records, Sent, Created int
		Error                  string
		Warnings               []struct{ Fingerprint string }
	} `json:"last_run"`
	LastSuccess *time.Time `json:"last_success"`
	Pause       *struct{ Reason string }
}

func (s *server) source(name string) (found sourceState) {
	s.t.Helper()
	status, _, body := s.get("/api/v1/sources")
	var answer struct{ Data []sourceState }
	if err := json.Unmarshal(body, &answer); err != nil || status != http.StatusOK {
		s.t.Fatalf("GET /api/v1/sources: %d, %v: %s", status, err, body)
	}
	for _, one := range answer.Data {
		if one.Name == name {
			return one
		}
	}
	s.t.Fatalf("there is no source %s in %s", name, body)
	return found
}

func runCommand(t *testing.T, env map[string]string, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := cli.Run(t.Context(), args, func(name string) string { return env[name] }, &stdout, &stderr)
	return result{code, stdout.String(), stderr.String()}
}

func TestServeRunsSources(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			file := configFile(t, `
publishers:
  - name: county
    manifest: `+publisher(t)+`
    provider: county_health
    states: [NJ]
    schedule: every 1m
    headers: {Authorization: "Bearer ${COUNTY_TOKEN}"}
`)
			env := map[string]string{"DB_URL": e.url(t), "UNIVAF_CONFIG": file, "COUNTY_TOKEN": "topsecret"}
			s := startServer(t, env).ready()
			eventually(t, "the clinics are there", func() bool {
				_, _, body := s.get("/api/v1/locations?provider=county_health&state=NJ&limit=1")
				return strings.Contains(string(body), `"provider":"county_health"`)
			})
			eventually(t, "the run is reported", func() bool { return s.source("county").LastRun != nil })
			got := s.source("county")
			if run := got.LastRun; got.State != "ok" || got.Schedule != "every 1m" || got.LastSuccess == nil || run.Records == 0 || run.Created != run.Records {
				t.Errorf("%+v, last run %+v", got, got.LastRun)
			}

			// A pause is for whatever runs on this database.
			paused := runCommand(t, env, "source", "pause", "county", "--for", "1h", "--reason", "they asked")
			if paused.code != 0 || !strings.Contains(paused.stdout, "county is paused until ") {
				t.Fatalf("exit code %d, %s%s", paused.code, paused.stdout, paused.stderr)
			}
			if got := s.source("county"); got.State != "paused" || got.Pause == nil || got.Pause.Reason != "they asked" {
				t.Errorf("%+v", got)
			}
			runCommand(t, env, "source", "resume", "county")
			if got := s.source("county"); got.State != "ok" || got.Pause != nil {
				t.Errorf("%+v", got)
			}

			list := runCommand(t, map[string]string{"API_URL": s.url, "UNIVAF_CONFIG": file, "COUNTY_TOKEN": "x"}, "sources")
			if list.code != 0 || !strings.Contains(list.stdout, "\ncounty ") || !strings.Contains(list.stdout, " ok ") {
				t.Errorf("exit code %d, %s%s", list.code, list.stdout, list.stderr)
			}
			if strings.Contains(s.logs.String(), "topsecret") {
				t.Error("the log tells the token")
			}
		})
	}
}

// A spreadsheet on the server is on the map without code.
func TestServeRunsFeeds(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		config := configFile(t, `
feeds:
  - name: clinics
    file: clinics.csv
    provider: essex_county
    time_zone: America/New_York
    authoritative: true
    location: {id: ID, name: Clinic, postal_code: ZIP}
    availability: {available: {field: Status, map: {Open: YES, Full: NO}}}
`)
		csv := filepath.Join(filepath.Dir(config), "clinics.csv")
		env := map[string]string{"API_URL": s.ready().url, "API_KEY": testKey, "UNIVAF_CONFIG": config}
		put := func(rows string) {
			t.Helper()
			if err := os.WriteFile(csv, []byte("ID,Clinic,ZIP,Status\n"+rows), 0o600); err != nil {
				t.Fatal(err)
			}
			if got := runLoad(t, env, "clinics", "--send", "--hide-missing-locations"); got.code != 0 {
				t.Fatalf("exit code %d, said %s", got.code, got.stderr)
			}
		}
		put("1,North,7039,Open\n2,South,07009,Full\n3,East,07009,Full\n")
		for id, want := range map[string]string{"1": `"available":"YES"`, "2": `"available":"NO"`} {
			if status, _, body := s.get("/api/v1/locations/clinics:" + id); status != http.StatusOK || !strings.Contains(string(body), want) || !strings.Contains(string(body), `"state":"NJ"`) {
				t.Errorf("clinic %s: %d %s", id, status, body)
			}
		}
		put("1,North,07039,Full\n2,South,07009,Open\n")
		if status, _, body := s.get("/api/v1/locations/clinics:3"); status != http.StatusNotFound {
			t.Errorf("the clinic that is gone: %d %s", status, body)
		}
	})
}

func TestLoadReportsItsRuns(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		env := map[string]string{"API_URL": s.ready().url, "API_KEY": testKey}
		runLoad(t, env, "cvsSmart", "--send", "--replay", recording(t, "{nope}\n", "1", "2"))
		got := s.source("cvsSmart")
		if run := got.LastRun; got.State != "ok" && got.State != "degraded" || run == nil || run.Sent != 2 || len(run.Warnings) != 1 ||
			run.Warnings[0].Fingerprint != "cvsSmart/invalid-Location" {
			t.Errorf("%+v, last run %+v", got, got.LastRun)
		}
		for range 3 {
			runLoad(t, env, "cvsSmart", "--send", "--replay", write(t, "[]"))
		}
		if got := s.source("cvsSmart"); got.State != "failing" || !strings.Contains(got.LastRun.Error, "not in the recording") || got.LastSuccess == nil {
			t.Errorf("%+v, last run %+v", got, got.LastRun)
		}
	})
}

func TestReportsAreChecked(t *testing.T) {
	s := startServer(t, nil).ready()
	for _, test := range []struct {
		name, key, body string
		status          int
		want            string
	}{
		{"no key", "", `{}`, http.StatusForbidden, ""},
		{"no JSON", testKey, `{`, http.StatusBadRequest, ""},
		{"no start", testKey, `{"end":"2026-01-01T00:00:00Z"}`, http.StatusUnprocessableEntity, `"/start"`},
		{"an end before it began", testKey, `{"start":"2026-01-01T00:00:01Z","end":"2026-01-01T00:00:00Z"}`, http.StatusUnprocessableEntity, `"/end"`},
		{"fewer than none", testKey, `{"start":"2026-01-01T00:00:00Z","end":"2026-01-01T00:00:00Z","sent":-1}`, http.StatusUnprocessableEntity, "negative"},
	} {
		status, _, body := s.do(http.MethodPost, "/api/v1/sources/x/runs", strings.NewReader(test.body), "X-Api-Key", test.key)
		if status != test.status || !strings.Contains(string(body), test.want) {
			t.Errorf("%s: %d %s", test.name, status, body)
		}
	}
}

func TestConfigurationIsChecked(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"an unknown key", "publishers:\n  - name: a\n    manifesto: https://a.example/$bulk-publish\n", "[3:5]"},
		{"no YAML", "publishers: [", "configuration"},
		{"a secret that is not set", "publishers:\n  - name: a\n    headers: {Key: \"${NOT_SET}\"}\n", "line 3: the environment variable NOT_SET is not set"},
		{"a publisher without anything", "publishers:\n  - name: a b\n", "publishers[a b].manifest"},
		{"a wrong type", "publishers:\n  - {name: a, provider: a, manifest: 'https://a.example/x', location_type: SHOP}\n", "publishers[a].location_type"},
		{"a wrong schedule", "publishers:\n  - {name: a, provider: a, manifest: 'https://a.example/x', schedule: soon}\n", `a: schedule "soon"`},
		{"a feed without anything", "feeds:\n  - name: a\n", "feeds[a]."},
		{"a feed with an unknown key", "feeds:\n  - name: a\n    location: {nom: Clinic}\n", "nom"},
		{
			"two feeds that name all places of one provider", "feeds:\n" +
				"  - {name: a, file: a.csv, provider: p, authoritative: true, location: {id: ID, name: N, state: S}, availability: {available: A}}\n" +
				"  - {name: b, file: b.csv, provider: p, authoritative: true, location: {id: ID, name: N, state: S}, availability: {available: A}}\n",
			"a and b are both authoritative for provider p",
		},
		{"two of a name", "publishers:\n  - {name: cvsSmart, provider: a, manifest: 'https://a.example/x'}\n", "there are two sources cvsSmart"},
		{"a source that is none", "sources:\n  - name: nope\n", `there is no source "nope"`},
		{"a state that is none", "sources:\n  - {name: cvsSmart, states: [XX]}\n", `sources[cvsSmart].states`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := runCommand(t, map[string]string{"PORT": "0"}, "serve", "--config", configFile(t, test.text))
			if got.code != 2 || !strings.Contains(got.stderr, test.want) {
				t.Errorf("exit code %d, said %s; want %s", got.code, got.stderr, test.want)
			}
		})
	}
	if got := runCommand(t, nil, "sources", "--config", configFile(t, "")); got.code != 0 {
		t.Errorf("an empty file: %d %s", got.code, got.stderr)
	}
}
