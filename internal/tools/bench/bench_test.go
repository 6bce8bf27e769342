package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const wrkText = `Running 5s test @ http://127.0.0.1:4100/
  2 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    10.98ms    7.63ms  84.71ms   90.95%
    Req/Sec   791.80    210.66     1.19k    66.00%
  Latency Distribution
     50%    8.62ms
     75%   11.56ms
     90%   17.52ms
     99%   43.84ms
  7922 requests in 5.05s, 3.43MB read
Requests/sec:   1570.23
Transfer/sec:    696.18KB
`

func TestReadWrk(t *testing.T) {
	got, err := readWrk(wrkText)
	if want := (load{1570.23, 43840 * time.Microsecond}); err != nil || got != want {
		t.Errorf("got %v, error %v", got, err)
	}
	for _, text := range []string{
		"", strings.Replace(wrkText, "Requests/sec", "x", 1),
		strings.Replace(wrkText, "Requests/sec", "  Non-2xx or 3xx responses: 3\nRequests/sec", 1),
		strings.Replace(wrkText, "Requests/sec", "  Socket errors: connect 0, read 0, write 0, timeout 3\nRequests/sec", 1),
	} {
		if _, err := readWrk(text); err == nil {
			t.Errorf("no error for %q", text)
		}
	}
}

func TestMedian(t *testing.T) {
	for want, list := range map[float64][]float64{2: {3, 1, 2}, 2.5: {4, 1, 3, 2}, 7: {7}} {
		if got := median(list); got != want {
			t.Errorf("%v: %v, want %v", list, got, want)
		}
	}
}

func TestJudge(t *testing.T) {
	for _, tt := range []struct {
		figure          *figure
		engine          engine
		ratio           float64
		target, verdict string
	}{
		{pageIdentity, sqlite, 1.2, "≥ 1.2", "met"},
		{pageIdentity, postgres, 1.19, "≥ 1.2", "missed"},
		{memory, sqlite, 2.01, "≤ 2", "missed"},
		{start, sqlite, 4.9, "≤ 5s", "met"},
		{rechecks, postgres, 1.4, "≥ 1.5", "missed"},
		{rechecks, sqlite, 1.4, "≥ 1", "met"},
		{singleUpdates, sqlite, 0.1, "", ""},
		{nearby, sqlite, 2999, "≥ 3000/s", "missed"},
		{nearbyP99, postgres, 0.029, "≤ 30ms", "met"},
	} {
		if target, verdict := tt.figure.judge(tt.engine, tt.ratio); target != tt.target || verdict != tt.verdict {
			t.Errorf("%s on %s: %q, %q", tt.figure.name, tt.engine, target, verdict)
		}
	}
}

func TestTableHasTheMedians(t *testing.T) {
	b := &bench{out: io.Discard, results: results{}}
	for _, rate := range []float64{300, 100, 200} {
		b.add(byID, sqlite, rate, 400)
	}
	b.add(start, sqlite, 1.5, 0)
	want := `| figure | engine | UNIVAF | reference | ratio | target | |
|---|---|---:|---:|---:|---|---|
| location by id | SQLite | 200.0/s | 400.0/s (nginx, the same bytes) | 0.50 | ≥ 0.7 | missed |
| start to ready | SQLite | 1.5s |  |  | ≤ 5s | met |
`
	if got := b.table(); got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestRenewKeepsWhatIsWrittenByHand(t *testing.T) {
	file := filepath.Join(t.TempDir(), "benchmarks.md")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("before\n" + beginFigures + "old\n" + endFigures + "after\n")
	if err := renew(file, "new\n"); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(file)
	if want := "before\n" + beginFigures + "\nnew\n\n" + endFigures + "after\n"; err != nil || string(got) != want {
		t.Errorf("got %q, error %v", got, err)
	}
	write("no marks")
	if err := renew(file, "new"); err == nil {
		t.Error("no error without marks")
	}
}

func TestBadFlags(t *testing.T) {
	for _, args := range [][]string{{"-n", "5"}, {"all"}} {
		if err := run(context.Background(), args, io.Discard); err == nil {
			t.Errorf("%q: no error", args)
		}
	}
}

// The document that is kept has a place for the figures.
func TestTheDocumentCanBeRenewed(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("../../..", document))
	if err != nil || !strings.Contains(string(text), beginFigures) || !strings.Contains(string(text), endFigures) {
		t.Errorf("%s has no marks, error %v", document, err)
	}
}

func TestSearchesAreForPlacesWithAppointments(t *testing.T) {
	dump := filepath.Join(t.TempDir(), "dump.ndjson")
	if err := os.WriteFile(dump, []byte(`{"name":"No","availability":{"available":"NO"}}
{"name":"A & B","city":"Troy","state":"NY","location_type":"CLINIC","position":{"longitude":-73.7,"latitude":42.7},"availability":{"available":"YES","capacity":[{"available":"NO","products":["jj"]},{"available":"YES","products":["moderna"]}]}}
`), 0o600); err != nil {
		t.Fatal(err)
	}
	near, words, states, err := pickSearches(dump, 2)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"/api/v1/locations?available=yes&limit=20&near=42.7000%2C-73.7000&products=moderna&radius=25",
		"/api/v1/locations?limit=20&q=A+%26+B+Troy",
		"/api/v1/locations?available=yes%2Cunknown&limit=50&location_type=CLINIC&products=moderna&state=NY",
	}
	if got := slices.Concat(near, words, states); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
