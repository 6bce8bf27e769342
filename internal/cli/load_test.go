package cli_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"getmyvax.org/univaf/internal/cli"

	"github.com/google/go-cmp/cmp"
)

const cvs = "https://www.cvs.com/immunizations/inventory/data/"

// recording writes a recording of CVS's feed with stores of those ids, in New
// Jersey but for the last, which is in Virginia, and gives its name.
func recording(t *testing.T, more string, stores ...string) string {
	t.Helper()
	locations := more
	for i, id := range stores {
		state := "NJ"
		if i == len(stores)-1 {
			state = "VA"
		}
		locations += fmt.Sprintf(`{"resourceType":"Location","id":%q,"identifier":[],"name":"CVS","telecom":[{"system":"phone","value":"555-0101"}],`+
			`"address":{"line":["1 Elm St"],"city":"Camden","state":%q,"postalCode":"08102"}}`+"\n", id, state)
	}
	manifest := `{"transactionTime":"2021-11-01T11:50:00Z","request":"` + cvs + `$bulk-publish","output":[{"type":"Location","url":"` + cvs + `l"}]}`
	var exchanges []map[string]any
	for name, body := range map[string]string{"$bulk-publish": manifest, "l": locations} {
		exchanges = append(exchanges, map[string]any{"method": "GET", "url": cvs + name, "served": "once", "status": 200, "body": body})
	}
	text, err := json.Marshal(exchanges)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, string(text))
}

func write(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "recording.json")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

type result struct {
	code           int
	stdout, stderr string
}

func runLoad(t *testing.T, env map[string]string, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := cli.Run(t.Context(), append([]string{"load"}, args...), func(name string) string { return env[name] }, &stdout, &stderr)
	return result{code, stdout.String(), stderr.String()}
}

func TestLoadPrintsRecords(t *testing.T) {
	got := runLoad(t, nil, "cvsSmart", "--now", "2021-11-01T12:00:00Z", "--replay", recording(t, "{nope}\n", "1", "2"))
	record := func(id, state string) string {
		return `{"external_ids":[["cvs","` + id + `"]],"provider":"cvs","location_type":"PHARMACY","name":"CVS #` + id + `","address_lines":["1 Elm St"],` +
			`"city":"Camden","state":"` + state + `","postal_code":"08102","booking_phone":"555-0101","booking_url":"https://www.cvs.com/vaccine/intake/store/cvd-schedule",` +
			`"availability":{"source":"univaf-cvs-smart","valid_at":"2021-11-01T11:50:00.000Z","checked_at":"2021-11-01T12:00:00.000Z","is_public":true,"available":"NO","capacity":[]}}` + "\n"
	}
	if diff := cmp.Diff(record("1", "NJ")+record("2", "VA"), got.stdout); diff != "" || got.code != 0 {
		t.Errorf("exit code %d, records (-want +got):\n%s", got.code, diff)
	}
	for _, text := range []string{`msg="unexpected data" source=cvsSmart kind="invalid Location" count=1`, "sample={nope}", "sent=2", "skipped=1"} {
		if !strings.Contains(got.stderr, text) {
			t.Errorf("%s is not in the log:\n%s", text, got.stderr)
		}
	}
}

func TestLoadStates(t *testing.T) {
	for _, test := range []struct{ states, want string }{
		{"VA", "2"}, {" va , md", "2"}, {"nj,VA", "12"}, {"MD", ""},
	} {
		t.Run(test.states, func(t *testing.T) {
			got := runLoad(t, nil, "cvsSmart", "--states", test.states, "--replay", recording(t, "", "1", "2"))
			var ids string
			for line := range strings.Lines(got.stdout) {
				var record struct {
					Name string
				}
				if err := json.Unmarshal([]byte(line), &record); err != nil {
					t.Fatal(err)
				}
				ids += strings.TrimPrefix(record.Name, "CVS #")
			}
			if ids != test.want || got.code != 0 {
				t.Errorf("got %q, exit code %d:\n%s", ids, got.code, got.stderr)
			}
		})
	}
}

func TestLoadRefuses(t *testing.T) {
	good := recording(t, "", "1")
	for _, test := range []struct {
		name string
		env  map[string]string
		args []string
		want string
	}{
		{"no source", nil, nil, "name the sources to load: univaf load SOURCE…\nunivaf sources lists them."},
		{"an unknown source", nil, []string{"cvsSmart", "nope"}, `there is no source "nope"; the sources are `},
		{"an unknown state", nil, []string{"cvsSmart", "--states", "NJ,XX"}, `there is no state "XX"`},
		{"no state", nil, []string{"cvsSmart", "--states", ","}, "--states names no state"},
		{"a negative rate", nil, []string{"cvsSmart", "--rate-limit=-1"}, "--rate-limit must be a number of requests per second greater than 0, not -1"},
		{"a rate of zero", nil, []string{"cvsSmart", "--rate-limit", "0"}, "--rate-limit must be"},
		{"a rate of no number", nil, []string{"cvsSmart", "--rate-limit", "NaN"}, "--rate-limit must be"},
		{"a rate in words", nil, []string{"cvsSmart", "--rate-limit", "slow"}, "--rate-limit: expected a float"},
		{"no concurrency", map[string]string{"API_CONCURRENCY": "0", "API_URL": "https://api.example", "API_KEY": "k"}, []string{"cvsSmart", "--send"}, "--concurrency must be 1 or more, not 0"},
		{"an odd time", nil, []string{"cvsSmart", "--now", "noon"}, "--now"},
		{"a recording that is not there", nil, []string{"cvsSmart", "--replay", good + ".none"}, good + ".none: no such file"},
		{"a recording that is none", nil, []string{"cvsSmart", "--replay", write(t, "{")}, "a recording must be a JSON array of exchanges"},
		{"to replay and record", nil, []string{"cvsSmart", "--replay", good, "--record", good}, "--replay and --record can't be used together"},
		{"to send nowhere", map[string]string{"API_KEY": "k"}, []string{"cvsSmart", "--send", "--replay", good}, "API_URL"},
		{"to send without a key", map[string]string{"API_URL": "https://api.example"}, []string{"cvsSmart", "--send", "--replay", good}, "API_KEY"},
		{"to send to what is no URL", map[string]string{"API_URL": "api.example", "API_KEY": "k"}, []string{"cvsSmart", "--send"}, `the API's URL must be of the form https://host, not "api.example"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := runLoad(t, test.env, test.args...)
			if got.code != 2 || got.stdout != "" || !strings.Contains(got.stderr, test.want) {
				t.Errorf("exit code %d, printed %q, said %q; want %q", got.code, got.stdout, got.stderr, test.want)
			}
		})
	}
}

func TestLoadFails(t *testing.T) {
	for _, test := range []struct{ name, recording, want string }{
		{"nothing recorded", "[]", "GET " + cvs + "$bulk-publish: not in the recording"},
		{"not found", `[{"method":"GET","url":"` + cvs + `$bulk-publish","status":404}]`, "GET " + cvs + "$bulk-publish: 404 Not Found"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := runLoad(t, nil, "cvsSmart", "--replay", write(t, test.recording))
			if got.code != 92 || got.stdout != "" || !strings.Contains(got.stderr, test.want) {
				t.Errorf("exit code %d, printed %q, said %q", got.code, got.stdout, got.stderr)
			}
		})
	}
}

// api is an API as it was before it took batches: it takes updates one by one and answers
// by the name of the place.
func api(t *testing.T, answers map[string]string) (url string, names func() []string) {
	t.Helper()
	var mu sync.Mutex
	var seen []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/api/v1/") {
			http.NotFound(w, r)
			return
		}
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			t.Error(err)
			return
		}
		body, err := io.ReadAll(z)
		if err != nil || r.Method != "POST" || r.URL.Path != "/api/edge/update" || r.Header.Get("x-api-key") != "topsecret" {
			t.Errorf("%s %s with key %q: %v", r.Method, r.URL, r.Header.Get("x-api-key"), err)
		}
		var place struct{ Name string }
		if err := json.Unmarshal(body, &place); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, place.Name)
		if answer, found := answers[place.Name]; found {
			var status int
			fmt.Sscan(answer, &status)
			w.WriteHeader(status)
			io.WriteString(w, answer[3:])
			return
		}
		io.WriteString(w, `{"data":{"location":{"action":"updated"},"availability":{"action":"updated"}}}`)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/", func() []string {
		mu.Lock()
		defer mu.Unlock()
		slices.Sort(seen)
		return seen
	}
}

func TestLoadSends(t *testing.T) {
	url, names := api(t, map[string]string{
		"CVS #2": `409 {"error":{"message":"Newer data is known","code":"out_of_date"}}`,
		"CVS #3": `422 {"error":{"message":"Bad data","code":"bad"}}`,
	})
	env := map[string]string{"API_URL": url, "API_KEY": "topsecret", "API_CONCURRENCY": "2"}
	got := runLoad(t, env, "cvsSmart", "--send", "--replay", recording(t, "", "1", "2", "3", "4"))
	if got.code != 0 || got.stdout != "" {
		t.Errorf("exit code %d, printed %q", got.code, got.stdout)
	}
	if diff := cmp.Diff([]string{"CVS #1", "CVS #2", "CVS #3", "CVS #4"}, names()); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
	for _, text := range []string{"sent=2 changed=2 out_of_date=1 failed=1", `err="the API answered 422 bad: Bad data"`, "id=cvs:3"} {
		if !strings.Contains(got.stderr, text) {
			t.Errorf("%s is not in the log:\n%s", text, got.stderr)
		}
	}
	if strings.Contains(got.stderr, "topsecret") {
		t.Errorf("the log tells the key:\n%s", got.stderr)
	}
}

// With a key that is not taken there is no sense in sending all the rest.
func TestLoadStopsWhenRefused(t *testing.T) {
	url, _ := api(t, map[string]string{"CVS #1": `403 {"error":{"message":"Not you","code":"unauthorized"}}`})
	got := runLoad(t, map[string]string{"API_URL": url, "API_KEY": "topsecret"}, "cvsSmart", "--send", "--concurrency=1", "--replay", recording(t, "", "1", "2"))
	if got.code != 92 || !strings.Contains(got.stderr, "level=ERROR") || !strings.Contains(got.stderr, "the API answered 403 unauthorized: Not you") {
		t.Errorf("exit code %d: %s", got.code, got.stderr)
	}
}

// As in "univaf load … | head -1".
func TestLoadEndsQuietlyWhenNobodyReads(t *testing.T) {
	reader, writer := io.Pipe()
	reader.Close()
	var stderr bytes.Buffer
	code := cli.Run(context.Background(), []string{"load", "cvsSmart", "--replay", recording(t, "", "1", "2")}, func(string) string { return "" }, writer, &stderr)
	if code != 0 || strings.Contains(stderr.String(), "level=ERROR") {
		t.Errorf("exit code %d: %s", code, stderr.String())
	}
}
