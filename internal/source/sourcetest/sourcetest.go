// Package sourcetest runs sources on recorded exchanges and compares what they give
// with what is expected. A case is a folder:
//
//	case.json        options (states), now, env, kind; more members are ignored
//	exchanges.json   a recording, as package fetch replays it
//	expected.ndjson  the records, in any order, one a line (any, if there is no such
//	                 file); null equals absent,
//	                 times are instants; {"record": …, "options": …} is a record
//	                 with options, of which update_location counts
//	outcome.json     an Outcome; without it a run must succeed, skipping nothing
//	stores/          lists of stores for Env.Stores, if there are any
package sourcetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/fetch"
	"getmyvax.org/univaf/internal/source"

	"github.com/google/go-cmp/cmp"
)

// An Outcome says how a run goes, besides its records.
type Outcome struct {
	// Error is part of the error that ends the run; "" if it succeeds.
	Error string `json:"error"`
	// Skipped are the records that are skipped, as "KIND ID: …": each entry is how
	// one of them begins.
	Skipped []string `json:"skipped"`
	// Warnings counts warnings by kind.
	Warnings map[string]int `json:"warnings"`
	// Records stand for expected.ndjson where that is not what we want; nil if it is.
	Records []string `json:"-"`
	// Stores is Env.Stores if the folder stores of the case is not; else nil.
	Stores fs.FS `json:"-"`
}

// Run runs the case in dir, with what its files say of the outcome.
func Run(t *testing.T, dir string, d source.Definition) {
	t.Helper()
	var want Outcome
	if data, err := os.ReadFile(filepath.Join(dir, "outcome.json")); err == nil {
		readJSON(t, data, &want)
	} else if !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	RunAs(t, dir, d, want)
}

// RunAs runs the case in dir and expects the outcome given.
func RunAs(t *testing.T, dir string, d source.Definition, want Outcome) {
	t.Helper()
	var c struct {
		Kind    string
		Options struct{ States []string }
		Now     time.Time
		Env     map[string]string
	}
	readJSON(t, read(t, dir, "case.json"), &c)
	if c.Kind != "run" {
		t.Skipf("the case is of one helper (kind %s), not of a whole source", c.Kind)
	}
	replay, err := fetch.OpenReplay(filepath.Join(dir, "exchanges.json"))
	if err != nil {
		t.Fatal(err)
	}
	warnings := map[string]int{}
	stores := os.DirFS(filepath.Join(dir, "stores"))
	if want.Stores != nil {
		stores = want.Stores
	}
	src := d.New(source.Env{
		Fetch:  fetch.New(d.Client(fetch.Options{Transport: replay, NoWait: true})),
		Stores: stores,
		Now:    func() time.Time { return c.Now },
		Getenv: func(name string) string { return c.Env[name] },
		Warn:   func(w source.Warning) { warnings[w.Kind]++ },
	})

	var records, skipped []string
	var failure error
	for u, err := range src.Records(t.Context(), source.Query{States: c.Options.States}) {
		var bad *source.RecordError
		switch {
		case failure != nil:
			t.Fatalf("after the error that ends it, the source yields %v, %v", u, err)
		case errors.As(err, &bad):
			skipped = append(skipped, bad.Error())
			if bad.Sample == "" {
				t.Errorf("no sample of the record that is skipped: %v", err)
			}
		case err != nil:
			failure = err
		default:
			records = append(records, render(t, u))
		}
	}

	for _, r := range records {
		checkRecord(t, r)
	}
	if want.Records == nil && !exists(filepath.Join(dir, "expected.ndjson")) {
		t.Logf("the case does not tell which records there are; there are %d, and they are sound", len(records))
		want.Records = records
	}
	if want.Records == nil {
		want.Records = strings.Split(string(read(t, dir, "expected.ndjson")), "\n")
	}
	if diff := cmp.Diff(normal(t, want.Records), normal(t, records)); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if (failure == nil) != (want.Error == "") || failure != nil && !strings.Contains(failure.Error(), want.Error) {
		t.Errorf("the run ends with %v, want %q", failure, want.Error)
	}
	slices.Sort(skipped)
	slices.Sort(want.Skipped)
	if !slices.EqualFunc(skipped, want.Skipped, strings.HasPrefix) {
		t.Errorf("skipped records:\n got  %q\n want %q", skipped, want.Skipped)
	}
	if len(want.Warnings)+len(warnings) > 0 {
		if diff := cmp.Diff(want.Warnings, warnings); diff != "" {
			t.Errorf("warnings (-want +got):\n%s", diff)
		}
	}
}

// SharedCases gives the folders of the cases of a source that lie beside the
// repository, by name. It skips the test where there are none.
func SharedCases(t *testing.T, name string) map[string]string {
	t.Helper()
	return Cases(t, Shared(t, name))
}

// Shared gives the path of a file or folder of what is told of sources beside the
// repository, as "utils/titleCase.json". It skips the test where there is none.
func Shared(t *testing.T, name string) string {
	t.Helper()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for !exists(filepath.Join(root, "go.mod")) {
		if root == filepath.Dir(root) {
			t.Fatal("not inside a module")
		}
		root = filepath.Dir(root)
	}
	path := filepath.Join(root, "..", "shared", "sources", filepath.FromSlash(name))
	if !exists(path) {
		t.Skipf("the shared cases are not here: there is no %s", path)
	}
	return path
}

// A Row is one line of a shared table of a function.
type Row struct {
	Args             []json.RawMessage
	Output           json.RawMessage
	Error            *struct{ Name, Message string }
	ReturnsUndefined bool `json:"returns_undefined"`
}

// Text gives an argument that is a text; null is "".
func (r Row) Text(t *testing.T, i int) (s string) {
	t.Helper()
	if i < len(r.Args) {
		readJSON(t, r.Args[i], &s)
	}
	return s
}

// Table gives the rows of the shared table of a function.
func Table(t *testing.T, function string) []Row {
	t.Helper()
	var table struct{ Cases []Row }
	path := Shared(t, "utils/"+function+".json")
	readJSON(t, read(t, filepath.Dir(path), filepath.Base(path)), &table)
	if len(table.Cases) == 0 {
		t.Fatalf("%s has no cases", path)
	}
	return table.Cases
}

// Cases gives the folders in dir by name.
func Cases(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]string{}
	for _, e := range entries {
		if e.IsDir() {
			cases[e.Name()] = filepath.Join(dir, e.Name())
		}
	}
	if len(cases) == 0 {
		t.Fatalf("no cases in %s", dir)
	}
	return cases
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func readJSON(t *testing.T, data []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatal(err)
	}
}

// checkRecord fails the test if the API would refuse a record.
func checkRecord(t *testing.T, record string) {
	t.Helper()
	var whole struct{ Record json.RawMessage }
	if json.Unmarshal([]byte(record), &whole) == nil && whole.Record != nil {
		record = string(whole.Record)
	}
	_, ignored, err := univaf.DecodeUpdate([]byte(record))
	if err != nil || len(ignored) > 0 {
		t.Errorf("the API refuses, or ignores %v of, a record: %v\n%s", ignored, err, record)
	}
}

func render(t *testing.T, u univaf.Update) string {
	t.Helper()
	text := string(u.AppendJSON(nil))
	if u.UpdateLocation {
		text = fmt.Sprintf(`{"record":%s,"options":{"update_location":true}}`, text)
	}
	return text
}

// normal gives each record in a form that compares, and all in one order.
func normal(t *testing.T, lines []string) []string {
	t.Helper()
	out := []string{}
	for _, line := range lines {
		if line = strings.TrimSpace(line); line == "" || line == "null" {
			continue
		}
		var record any
		readJSON(t, []byte(line), &record)
		var text bytes.Buffer
		enc := json.NewEncoder(&text)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", " ")
		if err := enc.Encode(plain(record)); err != nil {
			t.Fatal(err)
		}
		out = append(out, text.String())
	}
	slices.Sort(out)
	return slices.Compact(out) // a set: some sources tell the same twice
}

// plain drops nulls and gives times as UTC.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, one := range v {
			if one == nil {
				delete(v, name)
				continue
			}
			if date, ok := one.(string); ok && len(date) == len(time.DateOnly) && strings.HasSuffix(name, "_at") {
				one = date + "T00:00:00Z" // as dates without a time are meant
			}
			v[name] = plain(one)
		}
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case string:
		if at, err := univaf.ParseTime(v); err == nil && len(v) > len(time.DateOnly) {
			return univaf.FormatTime(at)
		}
	}
	return v
}

// An Answer is what an upstream gives to a GET in a case that is made by AsRun.
type Answer struct{ URL, Body string }

// AsRun makes a shared case of one helper, which tells the helper's arguments in
// input.json and what it returns in expected.ndjson, a case of a whole run for states:
// answers gives what the upstream would say for those arguments.
func AsRun(t *testing.T, dir string, states []string, updateLocation bool, answers func(args []json.RawMessage) []Answer) string {
	t.Helper()
	var input struct{ Args []json.RawMessage }
	readJSON(t, read(t, dir, "input.json"), &input)
	var record any
	readJSON(t, read(t, dir, "expected.ndjson"), &record)
	if updateLocation && record != nil {
		record = map[string]any{"record": record, "options": map[string]any{"update_location": true}}
	}
	var exchanges []map[string]any
	for _, a := range answers(input.Args) {
		exchanges = append(exchanges, map[string]any{"method": "GET", "url": a.URL, "status": 200, "body": a.Body})
	}
	var old map[string]any
	readJSON(t, read(t, dir, "case.json"), &old)
	out := t.TempDir()
	for name, v := range map[string]any{
		"case.json":       map[string]any{"kind": "run", "now": old["now"], "env": old["env"], "options": map[string]any{"states": states}},
		"exchanges.json":  exchanges,
		"expected.ndjson": record,
	} {
		text, err := json.Marshal(v)
		if err == nil {
			err = os.WriteFile(filepath.Join(out, name), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}
