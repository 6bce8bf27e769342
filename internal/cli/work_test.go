package cli_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"getmyvax.org/univaf/internal/demo"
	"getmyvax.org/univaf/internal/pgtest"
)

// A hangingPublisher serves invented clinics, but does not answer the first times that it is
// asked for its manifest.
type hangingPublisher struct {
	url  string
	asks atomic.Int64
}

func newHangingPublisher(t *testing.T, times int64) *hangingPublisher {
	t.Helper()
	p := &hangingPublisher{}
	clinics := demo.NewPublisher(nil, time.Now)
	ended := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, demo.Manifest) && p.asks.Add(1) <= times {
			select {
			case <-r.Context().Done():
			case <-ended:
			}
			return
		}
		clinics.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(ended) })
	p.url = server.URL + "/" + demo.Manifest
	return p
}

// A fleet is a server and what workers need to know.
type fleet struct {
	*server
	env []string
}

func newFleet(t *testing.T, manifest string) fleet {
	t.Helper()
	url := pgtest.URL(t)
	file := configFile(t, `
publishers:
  - {name: county, manifest: '`+manifest+`', provider: county_health, states: [NJ], schedule: every 10m}
`)
	env := map[string]string{"DB_URL": url, "UNIVAF_CONFIG": file}
	s := startServer(t, env, "--no-run-sources").ready()
	return fleet{s, []string{"DB_URL=" + url, "UNIVAF_CONFIG=" + file, "API_URL=" + s.url, "API_KEY=" + testKey}}
}

func (f fleet) worker(t *testing.T) (*os.Process, *syncBuffer) {
	t.Helper()
	logs := &syncBuffer{}
	process, _ := asProcess(t, logs, f.env, "work", "--sources", "county")
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("log of a worker:\n%s", logs)
		}
	})
	return process, logs
}

func (f fleet) hasClinics() bool {
	_, _, body := f.get("/api/v1/locations?provider=county_health&state=NJ&limit=1")
	return strings.Contains(string(body), `"provider":"county_health"`)
}

// A worker that is killed while it runs a source is replaced within a minute, one that is
// told to end at once.
func TestAnotherWorkerTakesOver(t *testing.T) {
	for _, test := range []struct {
		name   string
		signal os.Signal
		within time.Duration
	}{
		{"killed", syscall.SIGKILL, time.Minute},
		{"ended", syscall.SIGTERM, 15 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			publisher := newHangingPublisher(t, 1)
			f := newFleet(t, publisher.url)
			first, _ := f.worker(t)
			eventually(t, "the first worker runs the source", func() bool { return publisher.asks.Load() == 1 })
			_, logs := f.worker(t)
			eventually(t, "the second worker is there", func() bool { return strings.Contains(logs.String(), "working") })
			start := time.Now()
			if err := first.Signal(test.signal); err != nil {
				t.Fatal(err)
			}
			for !f.hasClinics() {
				if time.Since(start) > test.within {
					t.Fatalf("after %v nobody else has run the source", test.within)
				}
				time.Sleep(100 * time.Millisecond)
			}
			t.Logf("taken over after %v (at most %v)", time.Since(start).Round(100*time.Millisecond), test.within)
			eventually(t, "the run is reported", func() bool { return f.source("county").LastRun != nil })
			if got := f.source("county"); got.State != "ok" || got.Schedule != "every 10m" || got.LastRun.Error != "" || publisher.asks.Load() != 2 {
				t.Errorf("%+v, last run %+v, asked %d times", got, got.LastRun, publisher.asks.Load())
			}
		})
	}
}

// However many workers there are, a source runs once, and not while it is paused.
func TestWorkersRunASourceOnce(t *testing.T) {
	publisher := newHangingPublisher(t, 0)
	f := newFleet(t, publisher.url)
	for range 3 {
		f.worker(t)
	}
	eventually(t, "the clinics are there", f.hasClinics)
	eventually(t, "the run is reported", func() bool { return f.source("county").LastRun != nil })
	time.Sleep(6 * time.Second) // a round more of each worker
	if asked := publisher.asks.Load(); asked != 1 {
		t.Errorf("the source ran %d times", asked)
	}
}

func TestWorkRefuses(t *testing.T) {
	api := map[string]string{"API_URL": "https://api.example", "API_KEY": "k", "DB_URL": "postgres://127.0.0.1:1/x"}
	with := func(name, value string) map[string]string {
		env := map[string]string{name: value}
		for n, v := range api {
			if n != name {
				env[n] = v
			}
		}
		return env
	}
	for _, test := range []struct {
		name string
		env  map[string]string
		args []string
		want string
	}{
		{"no sources", api, nil, "there is nothing to run"},
		{"an unknown source", api, []string{"--sources", "nope"}, `there is no source "nope"`},
		{"SQLite", with("DB_URL", "sqlite:x.db"), []string{"--sources", "cvsSmart"}, "workers share a PostgreSQL"},
		{"no database", with("DB_URL", ""), []string{"--sources", "cvsSmart"}, "workers share a PostgreSQL"},
		{"no API", with("API_URL", ""), []string{"--sources", "cvsSmart"}, "API_URL"},
		{"no key", with("API_KEY", ""), []string{"--sources", "cvsSmart"}, "API_KEY"},
		{"no worker", api, []string{"--sources", "cvsSmart", "--workers", "0"}, "--workers must be 1 or more"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := runCommand(t, test.env, append([]string{"work"}, test.args...)...)
			if got.code != 2 || !strings.Contains(got.stderr, test.want) {
				t.Errorf("exit code %d, said %s; want %s", got.code, got.stderr, test.want)
			}
		})
	}
}
