package cli_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestCompareTellsInWhatServersDiffer(t *testing.T) {
	// What clients see depends on no engine.
	before, after := startServer(t, map[string]string{"DB_URL": engines[0].url(t)}).ready(), startServer(t, map[string]string{"DB_URL": engines[1].url(t)}).ready()
	var lines strings.Builder
	const n = 1100 // more than a page
	for i := range n {
		lines.WriteString(line(t, place(fmt.Sprint(i))))
	}
	for _, s := range []*server{before, after} {
		status, _, body := s.do(http.MethodPost, "/api/v1/updates", strings.NewReader(lines.String()), "X-Api-Key", testKey)
		if status != http.StatusOK || strings.Contains(string(body), `"status":4`) {
			t.Fatalf("%d %.300s", status, body)
		}
	}
	compare := func(args ...string) result {
		t.Helper()
		return runCommand(t, nil, append([]string{"compare", before.url, after.url}, args...)...)
	}
	got := compare("--ignore", "id")
	if got.code != 0 || !strings.Contains(got.stdout, "both have 0, found by id, and 1100, found by an id of another system\n") ||
		!strings.HasSuffix(got.stdout, "\nNothing differs.\n") {
		t.Errorf("the same places: exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	if got := compare("--examples", "1"); got.code != 1 || !strings.Contains(got.stdout, "\nid differs in 1100:\n    ") || strings.Count(got.stdout, "old: ") != 2 {
		t.Errorf("ids: exit code %d\n%.2000s%s", got.code, got.stdout, got.stderr)
	}

	after.post("/api/v1/update?update_location=true", place("1", "name", "Shop <One>"))
	after.put(place("new"))
	before.put(place("elsewhere", "state", "NY"))
	before.put(place("2", "availability", map[string]any{"source": "s", "checked_at": "2022-03-01T12:10:00Z", "available": "NO"}))
	got = compare("--ignore", "id,updated_at", "--states", "nj,Delaware")
	for _, want := range []string{
		"\nname differs in 1:\n", `old: "Shop 1"` + "\n", `new: "Shop <One>"` + "\n", "\n1 are only in the new one:\n", " Shop new in NJ, shop:new\n",
		"\navailability.available differs in 0, and in 1 of which one server has a later report:\n", `old: "NO"`, `new: "YES"`,
	} {
		if !strings.Contains(got.stdout, want) {
			t.Errorf("no %q", want)
		}
	}
	if got.code != 1 || strings.Contains(got.stdout, "elsewhere") || strings.Contains(got.stdout, "checked_at") || t.Failed() {
		t.Errorf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	got = compare("--json", "--ignore", "id,updated_at,name", "--within", "1m")
	report := parse(t, []byte(got.stdout))
	if got.code != 1 || at(report, "old") != 1101.0 || at(report, "only_old", "examples", 0, "name") != "Shop elsewhere" ||
		at(report, "fields", 0, "field") != "availability.available" || at(report, "fields", 0, "differ") != 1.0 || at(report, "fields", 0, "examples", 0, "new") != "YES" {
		t.Errorf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
}

func TestCompareSaysWhyItCant(t *testing.T) {
	good := startServer(t, nil).ready().url
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/page/"):
			fmt.Fprint(w, "<!doctype html><p>Hello")
		case strings.HasPrefix(r.URL.Path, "/json/"):
			fmt.Fprint(w, `{"hello":"world"}`)
		case strings.HasPrefix(r.URL.Path, "/odd/"):
			fmt.Fprint(w, `{"data":[{"name":"no id"}]}`)
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	for _, test := range []struct {
		name string
		args []string
		want string
	}{
		{"no URL", []string{good, "nope"}, `must be of the form https://host, not "nope"`},
		{"one URL", []string{good}, "<new-url>"},
		{"a state that is none", []string{good, good, "--states", "NJ,XX"}, `not "XX"`},
		{"less than no time", []string{good, good, "--within", "-1m"}, "--within"},
		{"a web page", []string{good, server.URL + "/page"}, "AL: the new server: GET " + server.URL + "/page/api/edge/locations?limit=1000&state=AL: the answer is a web page"},
		{"another API", []string{server.URL + "/json", good}, "the old server: GET " + server.URL + "/json/api/edge/locations?limit=1000&state=AL: the answer lists no places"},
		{"odd places", []string{good, server.URL + "/odd"}, `the new server: a location has no id: {"name":"no id"}`},
		{"nothing there", []string{good, server.URL}, "404"},
	} {
		got := runCommand(t, nil, append([]string{"compare"}, test.args...)...)
		if got.code != 2 || got.stdout != "" || !strings.Contains(got.stderr, test.want) {
			t.Errorf("%s: exit code %d, printed %q, said %s", test.name, got.code, got.stdout, got.stderr)
		}
	}
}
