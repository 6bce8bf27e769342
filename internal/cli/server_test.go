package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"getmyvax.org/univaf/internal/cli"
	"getmyvax.org/univaf/internal/pgtest"
)

const testKey = "test-key"

// engines are the databases that every test of the whole program runs on.
var engines = []struct {
	name string
	url  func(t *testing.T) string
}{
	{"sqlite", func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "univaf.db") }},
	{"postgres", func(t *testing.T) string { return pgtest.URL(t) }},
}

// onEngines runs a test of an empty server on each database.
func onEngines(t *testing.T, f func(t *testing.T, s *server)) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			f(t, startServer(t, map[string]string{"DB_URL": e.url(t)}))
		})
	}
}

// A server is the whole program, serving.
type server struct {
	t    *testing.T
	url  string
	env  map[string]string // as it was given
	stop func() int        // ends it and gives its exit code
	logs *syncBuffer
}

// startServer runs univaf serve with the environment given, and ends it with the test.
func startServer(t *testing.T, env map[string]string, args ...string) *server {
	t.Helper()
	all := map[string]string{"API_KEYS": "other," + testKey, "PORT": "0", "UNIVAF_DATA_DIR": t.TempDir()}
	maps.Copy(all, env)
	ctx, cancel := context.WithCancel(context.Background())
	out, in := io.Pipe()
	s := &server{t: t, env: env, logs: &syncBuffer{}}
	code := make(chan int, 1)
	go func() {
		c := cli.Run(ctx, append([]string{"serve"}, args...), func(name string) string { return all[name] }, in, s.logs)
		_ = in.Close()
		code <- c
	}()
	s.stop = sync.OnceValue(func() int {
		cancel()
		select {
		case c := <-code:
			return c
		case <-time.After(30 * time.Second):
			t.Error("the server does not end")
			return -1
		}
	})
	t.Cleanup(func() {
		s.stop()
		if t.Failed() {
			t.Logf("log of the server:\n%s", s.logs)
		}
	})
	lines := bufio.NewScanner(out)
	for s.url == "" && lines.Scan() {
		_, s.url, _ = strings.Cut(lines.Text(), "listens on ")
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	if s.url == "" {
		t.Fatalf("the server does not start (exit code %d):\n%s", <-code, s.logs)
	}
	return s
}

// ready waits until the server has data.
func (s *server) ready() *server {
	s.t.Helper()
	eventually(s.t, "the server is ready", func() bool {
		status, _, _ := s.get("/ready")
		return status == http.StatusOK
	})
	return s
}

// eventually waits until f says so. The limit is for machines that are busy with other
// tests and search for data races besides.
func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	const limit = 2 * time.Minute
	for end := time.Now().Add(limit); !f(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited %v in vain until %s", limit, what)
		}
	}
}

// get asks for a path and gives status, header and body as served.
func (s *server) get(path string, headers ...string) (int, http.Header, []byte) {
	s.t.Helper()
	return s.do(http.MethodGet, path, nil, headers...)
}

// post sends a JSON body with the test key.
func (s *server) post(path string, body any) (int, http.Header, []byte) {
	s.t.Helper()
	text, ok := body.(string)
	if !ok {
		data, err := json.Marshal(body)
		if err != nil {
			s.t.Fatal(err)
		}
		text = string(data)
	}
	return s.do(http.MethodPost, path, strings.NewReader(text), "X-Api-Key", testKey, "Content-Type", "application/json")
}

// client is a client whose every exchange with the server is held to the contract.
func (s *server) client() *http.Client {
	return &http.Client{
		Timeout:       time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     heldToContract(s.t),
	}
}

// do sends a request. Headers are names and values in turn.
func (s *server) do(method, path string, body io.Reader, headers ...string) (int, http.Header, []byte) {
	s.t.Helper()
	req, err := http.NewRequest(method, s.url+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "identity")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := s.client().Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	return resp.StatusCode, resp.Header, data
}

// parse reads JSON.
func parse(t *testing.T, data []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("not JSON: %v: %.200s", err, data)
	}
	return v
}

// at walks into parsed JSON: at(v, "data", "availability", "slots", 0).
func at(v any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[step]
		case int:
			list, _ := v.([]any)
			if step >= len(list) {
				return nil
			}
			v = list[step]
		default:
			panic(fmt.Sprintf("a step of type %T", step))
		}
	}
	return v
}

// A syncBuffer is a buffer that may be written and read at once.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
