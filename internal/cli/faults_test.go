package cli_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"getmyvax.org/univaf/internal/cli"
	"getmyvax.org/univaf/internal/pgtest"
)

func TestReadsGoOnWhileTheDatabaseIsDown(t *testing.T) {
	database := pgtest.NewServer(t)
	s := startServer(t, map[string]string{"DB_URL": database.URL()}).ready()
	s.put(place("1"))
	_, before, _ := s.get("/api/v1/locations")

	database.Stop()
	eventually(t, "/ready tells of it", func() bool {
		status, _, body := s.get("/ready")
		return status == http.StatusOK && at(parse(t, body), "database") == "unavailable"
	})
	status, header, body := s.get("/api/v1/locations")
	if diff := cmp.Diff([]string{"Shop 1"}, names(at(parse(t, body), "data"))); status != 200 || diff != "" {
		t.Errorf("%d (-want +got):\n%s", status, diff)
	}
	stale := header.Get("Univaf-As-Of")
	time.Sleep(1500 * time.Millisecond)
	if _, header, _ := s.get("/api/v1/locations"); header.Get("Univaf-As-Of") != stale || header.Get("ETag") != before.Get("ETag") {
		t.Errorf("as of %s, then %s: nothing new was learned", stale, header.Get("Univaf-As-Of"))
	}
	status, header, body = s.post("/api/v1/update", place("2"))
	if status != http.StatusServiceUnavailable || header.Get("Retry-After") == "" {
		t.Errorf("a write: %d %s", status, body)
	}
	_, _, answer := s.post("/api/v1/updates", line(t, place("2")))
	if list := results(t, answer); len(list) != 1 || list[0]["status"] != 503.0 {
		t.Errorf("a stream of writes: %s", answer)
	}

	database.Start()
	eventually(t, "the write is taken", func() bool {
		status, _, _ := s.post("/api/v1/update", place("2"))
		return status == http.StatusCreated
	})
	eventually(t, "the data is current", func() bool {
		_, header, body := s.get("/api/v1/locations")
		return header.Get("Univaf-As-Of") > stale && len(names(at(parse(t, body), "data"))) == 2
	})
}

func TestADatabaseThatIsDownAtTheStartIsTriedAgain(t *testing.T) {
	database := pgtest.NewServer(t)
	database.Stop()
	s := startServer(t, map[string]string{"DB_URL": database.URL()})
	if status, _, _ := s.get("/health"); status != http.StatusOK {
		t.Errorf("/health: %d", status)
	}
	if status, _, _ := s.get("/ready"); status != http.StatusServiceUnavailable {
		t.Errorf("/ready: %d", status)
	}
	if status, header, body := s.get("/api/v1/locations"); status != http.StatusServiceUnavailable || header.Get("Retry-After") == "" {
		t.Errorf("a read: %d %s", status, body)
	}
	if status, _, body := s.post("/api/edge/update", place("1")); status != http.StatusServiceUnavailable {
		t.Errorf("a write: %d %s", status, body)
	}
	database.Start()
	s.ready().put(place("1"))
}

// asProgram makes the test binary be the program itself.
const asProgram = "UNIVAF_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(cli.Run(context.Background(), os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// startProcess runs the server as a process of its own, which can be killed.
func startProcess(t *testing.T, databaseURL string) (*server, *os.Process) {
	t.Helper()
	s := &server{t: t, logs: &syncBuffer{}}
	program, out := asProcess(t, s.logs, []string{"API_KEYS=" + testKey, "DB_URL=" + databaseURL}, "serve", "--port", "0", "--data-dir", t.TempDir())
	for lines := bufio.NewScanner(out); s.url == "" && lines.Scan(); {
		_, s.url, _ = strings.Cut(lines.Text(), "listens on ")
	}
	if s.url == "" {
		t.Fatalf("the server does not start:\n%s", s.logs)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return s, program
}

// asProcess runs the program as a process of its own, and gives what it prints.
func asProcess(t *testing.T, logs io.Writer, env []string, args ...string) (*os.Process, io.Reader) {
	t.Helper()
	program := exec.Command(os.Args[0], args...)
	program.Env = append(env, asProgram+"=1")
	program.Stderr = logs
	out, err := program.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = program.Process.Kill()
		_ = program.Wait()
	})
	return program.Process, out
}

// writers send new places until stop is called, which gives the names of those that
// the server said it has. The first one is there when it returns.
func writers(s *server, n int) (stop func() []string) {
	var (
		mu    sync.Mutex
		acked []string
		done  atomic.Bool
		group sync.WaitGroup
	)
	client := s.client()
	for w := range n {
		group.Go(func() {
			for i := 0; !done.Load(); i++ {
				id := fmt.Sprintf("%d-%d", w, i)
				req, _ := http.NewRequest(http.MethodPost, s.url+"/api/edge/update", strings.NewReader(line(s.t, place(id))))
				req.Header.Set("X-Api-Key", testKey)
				resp, err := client.Do(req)
				if err != nil {
					return
				}
				_ = resp.Body.Close()
				if resp.StatusCode == http.StatusCreated {
					mu.Lock()
					acked = append(acked, "Shop "+id)
					mu.Unlock()
				}
			}
		})
	}
	eventually(s.t, "a place is acknowledged", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(acked) > 0
	})
	return func() []string {
		done.Store(true)
		group.Wait()
		return acked
	}
}

// The server ends at some moment of a stream of writes, in order or killed. Whatever
// it said is written is there when it comes again.
func TestNothingAcknowledgedIsLost(t *testing.T) {
	for _, e := range engines {
		for _, how := range []string{"stopped", "killed"} {
			t.Run(e.name+" "+how, func(t *testing.T) {
				t.Parallel()
				url := e.url(t)
				var s *server
				var end func()
				if how == "killed" {
					var process *os.Process
					s, process = startProcess(t, url)
					end = func() { _ = process.Kill() }
				} else {
					s = startServer(t, map[string]string{"DB_URL": url})
					end = func() {
						if code := s.stop(); code != 0 {
							t.Errorf("exit code %d", code)
						}
					}
				}
				stop := writers(s.ready(), 4)
				time.Sleep(500 * time.Millisecond)
				end()
				acked := stop()

				again := startServer(t, map[string]string{"DB_URL": url}).ready()
				_, _, body := again.get("/api/v1/locations.ndjson")
				got := map[string]bool{}
				for _, one := range results(t, body) {
					got[one["name"].(string)] = true
				}
				for _, name := range acked {
					if !got[name] {
						t.Errorf("%s was acknowledged and is lost", name)
					}
				}
				t.Logf("%d acknowledged, %d there", len(acked), len(got))
				if len(acked) == 0 {
					t.Error("nothing was acknowledged")
				}
			})
		}
	}
}

// Two servers on one database: each shows what the other took.
func TestReplicasFollowEachOther(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			env := map[string]string{"DB_URL": e.url(t)}
			one, two := startServer(t, env).ready(), startServer(t, env).ready()
			one.put(place("1"))
			two.put(place("2"))
			for _, s := range []*server{one, two} {
				eventually(t, "both places are shown", func() bool {
					_, _, body := s.get("/api/v1/locations")
					return slices.Equal(names(at(parse(t, body), "data")), []string{"Shop 1", "Shop 2"})
				})
			}
			_, tag1, body1 := one.get("/api/v1/locations", "X-Forwarded-Host", "univaf.example")
			_, tag2, body2 := two.get("/api/v1/locations", "X-Forwarded-Host", "univaf.example")
			if string(body1) != string(body2) || tag1.Get("ETag") != tag2.Get("ETag") {
				t.Errorf("they differ: %s %s\n%s\n%s", tag1.Get("ETag"), tag2.Get("ETag"), body1, body2)
			}
		})
	}
}

func TestItSaysWhyItDoesNotStart(t *testing.T) {
	taken := startServer(t, nil)
	port := taken.url[strings.LastIndex(taken.url, ":")+1:]
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		args []string
		env  map[string]string
		want string
		code int
	}{
		{"a used port", []string{"serve", "--port", port}, nil, "port " + port + " is in use", 1},
		{"a data folder that is none", []string{"serve"}, map[string]string{"UNIVAF_DATA_DIR": file}, "not a directory", 1},
		{"production without keys", []string{"serve"}, map[string]string{"UNIVAF_ENV": "production", "DB_URL": "sqlite:x.db"}, "needs API_KEYS", 1},
		{"production without a database", []string{"serve"}, map[string]string{"NODE_ENV": "production", "API_KEYS": "k"}, "needs a database", 1},
		{"an address that is none", []string{"serve"}, map[string]string{"DATABASE_URL": "oracle://x"}, "must start with sqlite: or postgres://", 1},
		{"a port that is none", []string{"serve"}, map[string]string{"PORT": "eighty"}, "--port", 2},
		{"a sunset that is none", []string{"serve"}, map[string]string{"API_SUNSET_DATE": "soon"}, "API_SUNSET_DATE", 1},
		{"a pool that is none", []string{"serve"}, map[string]string{"DB_POOL_SIZE_DATA": "0"}, "DB_POOL_SIZE_DATA", 1},
		{"a demo on another database", []string{"serve", "--demo"}, map[string]string{"DB_URL": "sqlite:real.db"}, "a database file of its own", 1},
		{"an unknown flag", []string{"serve", "--fast"}, nil, "--fast", 2},
		{"an unknown command", []string{"bake"}, nil, "bake", 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			env := map[string]string{"PORT": "0", "UNIVAF_DATA_DIR": t.TempDir()}
			for name, value := range test.env {
				env[name] = value
			}
			code, stdout, stderr := run(t, env, test.args...)
			if stdout != "" {
				t.Errorf("it greets: %s", stdout)
			}
			last := stderr[strings.LastIndex(strings.TrimSpace(stderr), "\n")+1:]
			if code != test.code || !strings.HasPrefix(last, "univaf: ") || !strings.Contains(last, test.want) {
				t.Errorf("exit code %d, last line %q, want %d and %q; all:\n%s", code, last, test.code, test.want, stderr)
			}
		})
	}
}

// Whoever writes looks things up in the catalog, which must not end before.
func TestServeEndsSoonInMidWrite(t *testing.T) {
	for range 4 {
		s := startServer(t, nil, "--demo").ready()
		for { // until the first of the demo's places have been written
			if _, _, body := s.get("/ready"); !strings.Contains(string(body), `"locations":0,`) {
				break
			}
		}
		start := time.Now()
		if code := s.stop(); code != 0 || time.Since(start) > 10*time.Second {
			t.Fatalf("exit code %d after %v", code, time.Since(start))
		}
	}
}
