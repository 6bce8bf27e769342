package fetch_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"getmyvax.org/univaf/internal/fetch"
)

func replay(t *testing.T, recording string) *fetch.Client {
	t.Helper()
	exchanges, err := fetch.ParseExchanges([]byte(recording))
	if err != nil {
		t.Fatal(err)
	}
	return fetch.New(fetch.Options{Transport: fetch.NewReplay(exchanges), NoWait: true, Retry: fetch.DefaultRetry.WithPost()})
}

// ask gives the body of the answer, or the error's text.
func ask(t *testing.T, c *fetch.Client, method, url, body string) string {
	t.Helper()
	var sent []byte
	if body != "" {
		sent = []byte(body)
	}
	resp, err := c.Do(t.Context(), method, url, nil, sent)
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}

func TestReplay(t *testing.T) {
	const recording = `[
	 {"method":"GET","url":"https://example.org/a?x=1&y=2","served":"once","status":200,"body":"first"},
	 {"method":"GET","url":"https://example.org/a?x=1&y=2","served":"once","status":200,"body":"second"},
	 {"method":"GET","url":"https://example.org/again","served":"repeatedly","status":200,"body":"again"},
	 {"method":"GET","url":"https://example.org/v?v=0&x=1","ignore_query":["v"],"status":200,"body":"any v"},
	 {"method":"GET","url":"https://example.org/s?sig=masked-by-hand","status":200,"body":"signed"},
	 {"method":"POST","url":"https://example.org/p","request_body":"{\"a\":1,\"b\":2}","status":200,"body":"asked for 1"},
	 {"method":"GET","url":"https://example.org/busy","status":503,"body":""},
	 {"method":"GET","url":"https://example.org/busy","status":200,"body":"not busy"},
	 {"method":"GET","url":"https://example.org/gone","status":404,"body":""},
	 {"method":"GET","url":"https://example.org/moved","status":302,"response_headers":{"location":"https://example.net/new"},"body":""},
	 {"method":"GET","url":"https://example.net/new","status":200,"response_headers":{"content-encoding":"gzip","content-length":"3"},"body":"moved here"}
	]`
	c := replay(t, recording)
	for _, step := range []struct{ name, method, url, body, want string }{
		{"the first of two", "GET", "https://example.org/a?x=1&y=2", "", "first"},
		{"then the second, in another order", "GET", "https://example.org/a?y=2&x=1", "", "second"},
		{"then no more", "GET", "https://example.org/a?x=1&y=2", "", "GET https://example.org/a?x=1&y=2: not in the recording any more: each answer is served once"},
		{"again", "GET", "https://example.org/again", "", "again"},
		{"and again", "GET", "https://example.org/again", "", "again"},
		{"a parameter that does not count", "GET", "https://example.org/v?x=1&v=77", "", "any v"},
		{"a signature of our own", "GET", "https://example.org/s?sig=real", "", "signed"},
		{"another question", "POST", "https://example.org/p", `{"a":2}`, "POST https://example.org/p: not in the recording"},
		{"the same question", "POST", "https://example.org/p", `{ "b":2, "a":1 }`, "asked for 1"},
		{"a retry", "GET", "https://example.org/busy", "", "not busy"},
		{"a status", "GET", "https://example.org/gone", "", "GET https://example.org/gone: 404 Not Found"},
		{"a redirect", "GET", "https://example.org/moved", "", "moved here"},
		{"what is not there", "GET", "https://example.org/z?key=abc", "", "GET https://example.org/z?key=masked: not in the recording"},
	} {
		t.Run(step.name, func(t *testing.T) {
			if got := ask(t, c, step.method, step.url, step.body); got != step.want {
				t.Errorf("got %q, want %q", got, step.want)
			}
		})
	}
}

func TestOpenReplayRefuses(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"not JSON", "{", "must be a JSON array of exchanges"},
		{"null", "null", "must be a JSON array of exchanges, not null"},
		{"an object", `{"method":"GET"}`, "must be a JSON array of exchanges"},
		{"no method", `[{"url":"https://example.org/","status":200}]`, "exchange 1: method is missing"},
		{"no url", `[{"method":"GET","status":200}]`, "exchange 1: url is missing"},
		{"no status", `[{"method":"GET","url":"https://example.org/"}]`, "exchange 1: status must be"},
		{"served never", `[{"method":"GET","url":"https://example.org/","status":200,"served":"never"}]`, `exchange 1: served must be once or repeatedly, not "never"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "recording.json")
			if err := os.WriteFile(name, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := fetch.OpenReplay(name)
			if !strings.Contains(errorText(err), test.want) || !strings.Contains(errorText(err), name) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
	if _, err := fetch.OpenReplay(filepath.Join(t.TempDir(), "none.json")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

// What was recorded can be replayed, and tells no secrets.
func TestRecordThenReplay(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/ask?token=topsecret", http.StatusTemporaryRedirect)
		case "/gone":
			http.NotFound(w, r)
		default:
			http.SetCookie(w, &http.Cookie{Name: "session", Value: "topsecret"})
			body, _ := io.ReadAll(r.Body)
			io.WriteString(w, "<answer to "+string(body)+">\n")
		}
	}))
	defer server.Close()
	name := filepath.Join(t.TempDir(), "recording.json")
	recorder, err := fetch.NewRecorder(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	requests := [][3]string{
		{"GET", server.URL + "/ask?sig=topsecret&x=1", ""},
		{"POST", server.URL + "/moved", `{"q":"<b>"}`},
		{"GET", server.URL + "/gone", ""},
	}
	header := http.Header{"X-Api-Key": {"topsecret"}, "Authorization": {"topsecret"}, "Cookie": {"a=topsecret"}}
	live := fetch.New(fetch.Options{Transport: recorder})
	var want []string
	for _, r := range requests {
		resp, err := live.Do(t.Context(), r[0], r[1], header, []byte(r[2]))
		if err != nil {
			want = append(want, err.Error())
			continue
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		want = append(want, string(body))
	}
	if err := recorder.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "topsecret") {
		t.Errorf("the recording tells secrets:\n%s", text)
	}
	again, err := fetch.OpenReplay(name)
	if err != nil {
		t.Fatal(err)
	}
	c := fetch.New(fetch.Options{Transport: again, NoWait: true})
	for i, r := range requests {
		if got := ask(t, c, r[0], r[1], r[2]); got != want[i] {
			t.Errorf("%s %s: got %q, want %q", r[0], r[1], got, want[i])
		}
	}
}

func TestRecordNothing(t *testing.T) {
	name := filepath.Join(t.TempDir(), "recording.json")
	recorder, err := fetch.NewRecorder(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := recorder.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := fetch.OpenReplay(name); err != nil {
		t.Error(err)
	}
}
