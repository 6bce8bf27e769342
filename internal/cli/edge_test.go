package cli_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// An exchange is one request and its answer, as recorded.
type exchange struct {
	Name    string `json:"name"`
	Request struct {
		Method  string            `json:"method"`
		Path    string            `json:"path"`
		Headers map[string]string `json:"headers"`
		Body    json.RawMessage   `json:"body,omitempty"`
		RawBody string            `json:"raw_body,omitempty"`
	} `json:"request"`
	Response struct {
		Status  int               `json:"status"`
		Headers map[string]string `json:"headers"`
		Body    any               `json:"body,omitempty"`
		Text    string            `json:"text,omitempty"`
	} `json:"response"`
}

func readExchanges(t *testing.T, path string) []exchange {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var list []exchange
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// The old server's recorded answers, one after another. Where ours differ on purpose,
// docs/api/changes-from-edge.md says so and deviations does it.
func TestEdgeAnswersAsTheOldServerDid(t *testing.T) {
	path := filepath.Join("..", "..", "..", "shared", "edge", "exchanges.json")
	if _, err := os.Stat(path); err != nil {
		t.Skip("the recorded exchanges are not here; TestEdgeContract tests the same on our own")
	}
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		replay(t, s, readExchanges(t, path))
	})
}

// The same rules on exchanges of our own.
func TestEdgeContract(t *testing.T) {
	path := filepath.Join("testdata", "edge.json")
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		replay(t, s, readExchanges(t, path))
	})
}

// replay sends the requests and compares the answers. Ids and the times of now are
// variables: each stands for whatever it met first.
func replay(t *testing.T, s *server, list []exchange) {
	ours := map[string]string{} // recorded value → ours
	for i := range list {
		deviate(list, i, ours)
		e := list[i]
		if strings.HasPrefix(e.Request.Path, "/smart-scheduling") {
			continue // the publisher's
		}
		body := ourWords(ours, string(e.Request.Body))
		var headers []string
		for name, value := range e.Request.Headers {
			headers = append(headers, name, value)
		}
		if e.Request.RawBody != "" {
			body = e.Request.RawBody
		}
		if e.Request.Headers["Content-Encoding"] == "gzip" {
			body = gzipped(t, `{"external_ids": [["cvs", "10047"]], "availability": {"source": "gz",
				"checked_at": "2021-11-01T09:00:00Z", "available": "NO"}}`)
		}
		status, header, got := s.do(e.Request.Method, ourWords(ours, e.Request.Path), strings.NewReader(body), headers...)
		if status != e.Response.Status {
			t.Errorf("%s: status %d, want %d: %s", e.Name, status, e.Response.Status, got)
			continue
		}
		for name, want := range e.Response.Headers {
			if got := strings.Join(header.Values(name), ", "); !sameHeader(name, got, want) {
				t.Errorf("%s: header %s is %q, want %q", e.Name, name, got, want)
			}
		}
		switch {
		case e.Response.Body != nil:
			want := normalise(e.Response.Body)
			bind(ours, want, normalise(parse(t, got)))
			if diff := cmp.Diff(translate(ours, want, s.url), normalise(parse(t, got))); diff != "" {
				t.Errorf("%s: body (-want +got):\n%s", e.Name, diff)
			}
		case strings.Contains(e.Response.Headers["content-type"], "ndjson"):
			compareLines(t, e, ours, got, s.url)
		case string(got) != e.Response.Text:
			t.Errorf("%s: text %q, want %q", e.Name, got, e.Response.Text)
		}
	}
}

func compareLines(t *testing.T, e exchange, ours map[string]string, got []byte, base string) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(string(got)), "\n")
	wants := strings.Split(strings.TrimSpace(e.Response.Text), "\n")
	if len(lines) != len(wants) || !strings.HasSuffix(string(got), "\n") {
		t.Errorf("%s: %d lines, want %d", e.Name, len(lines), len(wants))
		return
	}
	for i := range lines {
		want, have := normalise(parse(t, []byte(wants[i]))), normalise(parse(t, []byte(lines[i])))
		if diff := cmp.Diff(translate(ours, want, base), have); diff != "" {
			t.Errorf("%s: line %d (-want +got):\n%s", e.Name, i, diff)
		}
	}
}

func sameHeader(name, got, want string) bool {
	// Ours may say that more varies.
	if strings.EqualFold(name, "vary") {
		return !slices.ContainsFunc(strings.Split(want, ", "), func(one string) bool { return !strings.Contains(got, one) })
	}
	return got == want
}

// normalise brings recorded and own answers to the form in which they are compared:
// ids in one order, only the code of an error (our messages are better).
func normalise(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, one := range v {
			out[key] = normalise(one)
		}
		if ids, ok := out["external_ids"].([]any); ok {
			slices.SortFunc(ids, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		}
		if failure, ok := out["error"].(map[string]any); ok {
			delete(failure, "message")
		}
		if source, ok := out["source"]; ok && out["location_id"] != nil {
			out["id"] = fmt.Sprintf("%s:%s", out["location_id"], source)
		}
		return out
	case []any:
		out := []any{}
		for _, one := range v {
			out = append(out, normalise(one))
		}
		if len(out) > 0 {
			if first, ok := out[0].(map[string]any); ok && first["location_id"] != nil {
				slices.SortFunc(out, func(a, b any) int { return strings.Compare(recordKey(a), recordKey(b)) })
			}
		}
		return out
	}
	return v
}

func recordKey(v any) string {
	return fmt.Sprint(at(v, "source"), at(v, "valid_at"))
}

var variable = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$|^202[6-9]-`)

// bind takes our values for the recorded variables.
func bind(ours map[string]string, want, got any) {
	switch want := want.(type) {
	case map[string]any:
		for key, one := range want {
			bind(ours, one, at(got, key))
		}
	case []any:
		for i, one := range want {
			bind(ours, one, at(got, i))
		}
	case string:
		if have, ok := got.(string); ok && variable.MatchString(want) && ours[want] == "" {
			ours[want] = have
		}
	}
}

// translate puts our values for the variables.
func translate(ours map[string]string, v any, base string) any {
	switch v := v.(type) {
	case map[string]any:
		for key, one := range v {
			v[key] = translate(ours, one, base)
		}
	case []any:
		for i, one := range v {
			v[i] = translate(ours, one, base)
		}
	case string:
		return strings.ReplaceAll(ourWords(ours, v), "http://HOST", base)
	}
	return v
}

func ourWords(ours map[string]string, s string) string {
	for old, own := range ours {
		s = strings.ReplaceAll(s, old, own)
		s = strings.ReplaceAll(s, strings.ReplaceAll(old, ":", "%3A"), strings.ReplaceAll(own, ":", "%3A"))
	}
	return s
}

func gzipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// deviate changes a recorded answer to what ours is on purpose.
func deviate(list []exchange, i int, ours map[string]string) {
	e := &list[i]
	body := e.Response.Body
	switch e.Name {
	case "after it: content did not move":
		// Other content at the same valid_at is a change at checked_at.
		a := at(body, "data", "availability").(map[string]any)
		a["available"], a["changed_at"], a["minimum_eligible_age_months"] = "NO", a["checked_at"], 60.0
		delete(a, "products")
		delete(a, "doses")
	case "by external id (the old server left availability out: give it)":
		at(body, "data").(map[string]any)["availability"] = at(named(list, "merged over two sources").Response.Body, "data", "availability")
	case "its next page", "availability list":
		// The last page has no next.
		delete(at(body, "links").(map[string]any), "next")
	case "availability page":
		// Pages go by LOCATION_ID:SOURCE.
		records := at(named(list, "availability list").Response.Body, "data").([]any)
		ourID := func(v any) string { return ourWords(ours, fmt.Sprintf("%s:%s", at(v, "location_id"), at(v, "source"))) }
		first := slices.MinFunc(records, func(a, b any) int { return strings.Compare(ourID(a), ourID(b)) })
		body.(map[string]any)["data"] = []any{first}
		next := "http://HOST/api/edge/availability?limit=1&page_next=" + strings.ReplaceAll(ourID(first), ":", "%3A")
		body.(map[string]any)["links"] = map[string]any{"next": next}
	case "not JSON":
		at(body, "error").(map[string]any)["code"] = "bad_request"
	}
}

func named(list []exchange, name string) *exchange {
	return &list[slices.IndexFunc(list, func(e exchange) bool { return e.Name == name })]
}
