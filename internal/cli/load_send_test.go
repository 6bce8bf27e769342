package cli_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// stores are CVS's with numbers from 1 to n.
func stores(n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprint(i+1))
	}
	return list
}

func TestLoadSendsBatches(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		env := map[string]string{"API_URL": s.ready().url, "API_KEY": testKey}
		const n = 1200 // more than two batches
		file := recording(t, "", stores(n)...)
		got := runLoad(t, env, "cvsSmart", "--send", "--now", "2021-11-01T12:00:00Z", "--replay", file)
		if want := fmt.Sprintf("records=%d sent=%[1]d created=%[1]d out_of_date=0 failed=0", n); got.code != 0 || !strings.Contains(got.stderr, want) {
			t.Fatalf("exit code %d, %q not in the log:\n%s", got.code, want, got.stderr)
		}
		got = runLoad(t, env, "cvsSmart", "--send", "--now", "2021-11-01T12:10:00Z", "--replay", file)
		if want := fmt.Sprintf("sent=%d unchanged=%[1]d", n); got.code != 0 || !strings.Contains(got.stderr, want) {
			t.Errorf("exit code %d, %q not in the log:\n%s", got.code, want, got.stderr)
		}
		if status, _, body := s.get("/api/edge/locations/cvs:1200"); status != http.StatusOK || !strings.Contains(string(body), "CVS #1200") {
			t.Errorf("the last place: %d %s", status, body)
		}
	})
}

// A flaky stands between a loader and the API and, while broken, answers 503 or breaks
// answers off.
type flaky struct {
	broken atomic.Bool
	cut    atomic.Int64 // so many answers end after their first line
}

func (f *flaky) start(t *testing.T, api string) string {
	t.Helper()
	target, err := url.Parse(api)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = func(r *http.Response) error {
		if f.cut.Add(-1) >= 0 {
			all, err := io.ReadAll(r.Body)
			first, _, _ := strings.Cut(string(all), "\n")
			r.Body = io.NopCloser(strings.NewReader(first + "\n"))
			return err
		}
		return nil
	}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f.broken.Load() {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	return front.URL
}

func TestLoadSendsAgainWhatGotNoAnswer(t *testing.T) {
	s := startServer(t, nil).ready()
	f := &flaky{}
	f.cut.Store(2)
	env := map[string]string{"API_URL": f.start(t, s.url), "API_KEY": testKey}
	got := runLoad(t, env, "cvsSmart", "--send", "--replay", recording(t, "", stores(20)...))
	if got.code != 0 || !strings.Contains(got.stderr, "failed=0") {
		t.Errorf("exit code %d: %s", got.code, got.stderr)
	}
	for _, id := range stores(20) {
		if status, _, _ := s.get("/api/edge/locations/cvs:" + id); status != http.StatusOK {
			t.Errorf("place %s: %d", id, status)
		}
	}
}

func TestSpoolKeepsWhatCouldNotBeSent(t *testing.T) {
	s := startServer(t, nil).ready()
	f := &flaky{}
	f.broken.Store(true)
	dir := filepath.Join(t.TempDir(), "spool")
	env := map[string]string{"API_URL": f.start(t, s.url), "API_KEY": testKey}
	got := runLoad(t, env, "cvsSmart", "--send", "--spool", dir, "--replay", recording(t, "", stores(30)...))
	if !strings.Contains(got.stderr, "failed=30") || !strings.Contains(got.stderr, `msg="records were kept to be sent by the next run" records=30`) {
		t.Fatalf("exit code %d: %s", got.code, got.stderr)
	}

	// A torn line is what a process leaves that dies while it writes.
	files := spoolFiles(t, dir)
	if len(files) != 1 {
		t.Fatalf("files in the spool: %v", files)
	}
	torn, err := os.OpenFile(files[0], os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(torn, `{"record":{"external`)
	torn.Close()

	f.broken.Store(false)
	got = runLoad(t, env, "cvsSmart", "--send", "--spool", dir, "--replay", recording(t, "", "31"))
	if got.code != 0 || !strings.Contains(got.stderr, "source=spool records=30 sent=30 created=30") || !strings.Contains(got.stderr, "the line breaks off") {
		t.Errorf("exit code %d: %s", got.code, got.stderr)
	}
	for _, id := range stores(31) {
		if status, _, _ := s.get("/api/edge/locations/cvs:" + id); status != http.StatusOK {
			t.Errorf("place %s: %d", id, status)
		}
	}
	if files := spoolFiles(t, dir); len(files) > 0 {
		t.Errorf("left in the spool: %v", files)
	}
}

func spoolFiles(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestLoadLeavesOutStaleData(t *testing.T) {
	// Four places as of 2021, one of which has no appointments and so no age.
	file := filepath.Join("..", "source", "cvs", "testdata", "smart", "stores", "exchanges.json")
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"--filter-stale-data"}, "records=4 sent=1 out_of_date=0 failed=0 skipped=0 stale=3"},
		{[]string{"--filter-stale-data", "--stale-threshold", "864000000000"}, "records=4 sent=4"},
		{[]string{"--filter-stale-data", "--stale-threshold=100000h"}, "records=4 sent=4"},
		{nil, `msg="stale data" source=cvsSmart stale_after=24h0m0s`},
	} {
		got := runLoad(t, nil, append([]string{"cvsSmart", "--now", "2022-11-01T12:00:00Z", "--replay", file}, test.args...)...)
		if got.code != 0 || !strings.Contains(got.stderr, test.want) {
			t.Errorf("%v: exit code %d, %q not in the log:\n%s", test.args, got.code, test.want, got.stderr)
		}
	}
	got := runLoad(t, nil, "cvsSmart", "--stale-threshold", "-1", "--replay", file)
	if got.code != 2 || !strings.Contains(got.stderr, "--stale-threshold") {
		t.Errorf("exit code %d: %s", got.code, got.stderr)
	}
}

func TestLoadPrintsPretty(t *testing.T) {
	got := runLoad(t, nil, "cvsSmart", "--pretty", "--replay", recording(t, "", "1"))
	var record struct{ Name string }
	if err := json.Unmarshal([]byte(got.stdout), &record); err != nil || record.Name != "CVS #1" || !strings.Contains(got.stdout, "\n  \"name\": \"CVS #1\",\n") {
		t.Errorf("printed %s (%v)", got.stdout, err)
	}
}
