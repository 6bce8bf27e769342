package conform_test

import (
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"getmyvax.org/univaf/internal/fetch"
	"getmyvax.org/univaf/internal/smart/conform"
)

// A server publishes goodFeed as it should be served. Before, if not nil, may answer
// instead, and then reports true.
type server struct {
	before func(w http.ResponseWriter, r *http.Request) bool
	after  func(h http.Header, name string)
	own    string // where it is, in place of https://clinics.example
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.before != nil && s.before(w, r) {
		return
	}
	name := strings.TrimPrefix(r.URL.Path, "/")
	body, ok := goodFeed[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	body = strings.ReplaceAll(body, "https://clinics.example", s.own)
	h := w.Header()
	h.Set("Content-Type", "application/fhir+ndjson")
	if name == "$bulk-publish" {
		h.Set("Content-Type", "application/json")
	}
	h.Set("Cache-Control", "public, max-age=60")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("ETag", `"1"`)
	if s.after != nil {
		s.after(h, name)
	}
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(body))
}

// onHTTPS serves the feed, and gives what its checker needs.
func onHTTPS(t *testing.T, s *server) conform.Options {
	t.Helper()
	at := httptest.NewTLSServer(s)
	t.Cleanup(at.Close)
	s.own = at.URL
	return conform.Options{
		Target: at.URL + "/$bulk-publish",
		Get:    fetch.New(fetch.Options{Transport: at.Client().Transport, NoWait: true, MaxBytes: 4 << 20, Timeout: 5 * time.Second}),
	}
}

func TestGoodServerKeepsAllRules(t *testing.T) {
	o := onHTTPS(t, &server{})
	for _, path := range []string{"/$bulk-publish", "/%24bulk-publish", "/", ""} {
		target := strings.TrimSuffix(o.Target, "/$bulk-publish") + path
		r := check(t, conform.Options{Target: target, Get: o.Get})
		for _, one := range r.Rules {
			if one.Status != conform.Kept {
				t.Errorf("%s: %s is %s: %v", path, one.Name, one.Status, one.Examples)
			}
		}
		if !r.Complete {
			t.Errorf("%s: not complete: %v", path, r.Reasons)
		}
	}
}

func TestBrokenRulesOfHTTP(t *testing.T) {
	without := func(name string) func(http.Header, string) {
		return func(h http.Header, _ string) { h.Del(name) }
	}
	typed := func(file, kind string) func(http.Header, string) {
		return func(h http.Header, name string) {
			if name == file {
				h.Set("Content-Type", kind)
			}
		}
	}
	refuse := func(name, accept string, status int) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path != "/"+name || r.Header.Get("Accept") != accept {
				return false
			}
			w.WriteHeader(status)
			return true
		}
	}
	tests := []struct {
		rule   string
		server server
		also   []string
	}{
		{"http.manifest-accept", server{before: refuse("$bulk-publish", "", 406)}, []string{"http.revalidation"}},
		{"http.manifest-accept", server{before: refuse("$bulk-publish", "application/json", 406)}, nil},
		{"http.manifest-type", server{after: typed("$bulk-publish", "text/plain")}, nil},
		{"http.file-accept", server{before: refuse("slots.ndjson", "application/fhir+ndjson", 406)}, nil},
		{"http.file-type", server{after: typed("slots.ndjson", "application/octet-stream")}, nil},
		{"http.cache-control", server{after: without("Cache-Control")}, nil},
		{"http.revalidation", server{after: without("ETag")}, nil},
		{"http.cors", server{after: without("Access-Control-Allow-Origin")}, nil},
		{"http.open", server{before: refuse("slots.ndjson", "", 403)}, []string{"file.whole"}},
		{"manifest.request-is-own", server{before: func(w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("X-Elsewhere", "1")
			r.URL.Path = strings.TrimPrefix(r.URL.Path, "/elsewhere")
			return false
		}}, nil},
		{"manifest.url", server{before: func(_ http.ResponseWriter, r *http.Request) bool {
			r.URL.Path = strings.ReplaceAll(r.URL.Path, "manifest.json", "$bulk-publish")
			return false
		}}, []string{"manifest.request-is-own"}},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			o := onHTTPS(t, &test.server)
			switch test.rule {
			case "manifest.request-is-own":
				o.Target = strings.Replace(o.Target, "/$bulk", "/elsewhere/$bulk", 1)
			case "manifest.url":
				o.Target = strings.Replace(o.Target, "$bulk-publish", "manifest.json", 1)
			}
			r := check(t, o)
			if got := result(r, test.rule); got.Status != conform.Broken {
				t.Errorf("%s is %s", test.rule, got.Status)
			}
			for _, name := range broken(r) {
				if name != test.rule && !slices.Contains(test.also, name) {
					t.Errorf("broken, too: %s: %v", name, result(r, name).Examples)
				}
			}
		})
	}
}

func TestHTTPInTheClearIsAHint(t *testing.T) {
	s := &server{}
	at := httptest.NewServer(s)
	t.Cleanup(at.Close)
	s.own = at.URL
	r := check(t, conform.Options{Target: at.URL, Get: fetch.New(fetch.Options{NoWait: true})})
	if got := broken(r); !slices.Equal(got, []string{"http.https"}) || r.Worst() != conform.Hint || !r.Complete {
		t.Errorf("broken: %v, worst %q, complete %v", got, r.Worst(), r.Complete)
	}
}

// What can't be read whole is never reported as good, whatever is the reason.
func TestUnreadableFilesAreNoSuccess(t *testing.T) {
	slots := goodFeed["slots.ndjson"]
	tests := map[string]func(w http.ResponseWriter, r *http.Request){
		"none": func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) },
		"cut, with a length": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "5000")
			_, _ = io.WriteString(w, slots)
		},
		"cut at the end of a line": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, slots)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		},
		"cut in a line, with no length": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, slots[:len(slots)-9]) },
		"cut gzip": func(w http.ResponseWriter, _ *http.Request) {
			var b strings.Builder
			z := gzip.NewWriter(&b)
			_, _ = io.WriteString(z, slots)
			_ = z.Flush() // and no end
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(w, b.String())
		},
		"endless lines": func(w http.ResponseWriter, _ *http.Request) {
			for {
				if _, err := io.WriteString(w, slots); err != nil {
					return
				}
			}
		},
		"an endless line": func(w http.ResponseWriter, _ *http.Request) {
			for {
				if _, err := io.WriteString(w, strings.Repeat("[", 1<<16)); err != nil {
					return
				}
			}
		},
		"a bomb": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			for {
				if _, err := z.Write(make([]byte, 1<<20)); err != nil {
					return
				}
			}
		},
		"a redirect to itself": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) },
		"a line too long": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `"`+strings.Repeat("a", 1<<20)+"\"\n"+slots)
		},
	}
	for name, answer := range tests {
		t.Run(name, func(t *testing.T) {
			o := onHTTPS(t, &server{before: func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path == "/slots.ndjson" {
					w.Header().Set("Content-Type", "application/fhir+ndjson")
					answer(w, r)
					return true
				}
				return false
			}})
			r := check(t, o)
			if r.Complete || r.Worst() != conform.Error || len(r.Reasons) == 0 || r.Files[2].Complete {
				t.Errorf("complete %v, worst %q, reasons %v, file %+v", r.Complete, r.Worst(), r.Reasons, r.Files[2])
			}
		})
	}
}

// A slot can't be said to have no Schedule if Schedules could not be read.
func TestReferencesToUnreadFilesAreNotChecked(t *testing.T) {
	o := onHTTPS(t, &server{before: func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/schedules.ndjson" {
			w.WriteHeader(http.StatusNotFound)
		}
		return r.URL.Path == "/schedules.ndjson"
	}})
	r := check(t, o)
	if got := result(r, "slot.schedule-known"); got.Status != conform.NotChecked || r.Complete {
		t.Errorf("%+v, complete %v", got, r.Complete)
	}
}

func TestBadManifests(t *testing.T) {
	for name, body := range map[string]string{
		"empty": "", "binary": "\x00\xff\x1f\x8b", "a page": "<html></html>", "a list": "[]", "no output": "{}",
		"output is a number": `{"output":1}`, "endless": strings.Repeat(" ", 5<<20), "deep": strings.Repeat(`{"output":[`, 1<<17),
		"no files": `{"output":[]}`,
	} {
		t.Run(name, func(t *testing.T) {
			o := onHTTPS(t, &server{before: func(w http.ResponseWriter, _ *http.Request) bool {
				_, _ = io.WriteString(w, body)
				return true
			}})
			r := check(t, o)
			if r.Worst() != conform.Error && r.Complete {
				t.Errorf("worst %q, complete %v", r.Worst(), r.Complete)
			}
		})
	}
}

// Whoever writes a manifest must not have the checker look into its user's network.
func TestManifestsDoNotLeadIntoPrivateNetworks(t *testing.T) {
	asked := false
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	t.Cleanup(inside.Close)
	outside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strings.ReplaceAll(goodFeed["$bulk-publish"], "https://clinics.example", inside.URL))
	}))
	t.Cleanup(outside.Close)
	r := check(t, conform.Options{Target: outside.URL, Get: fetch.New(fetch.Options{NoWait: true})})
	if asked || r.Complete {
		t.Errorf("asked %v, complete %v", asked, r.Complete)
	}
}

// Who stops the checker gets a report that says so.
func TestStopping(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, err := conform.Check(ctx, conform.Options{Target: write(t, goodFeed)})
	if err != nil || r.Complete {
		t.Errorf("%v, complete %v", err, r.Complete)
	}
}

// Secrets in the query of a URL, as of a blob's signature, stay out of the report.
func TestSecretsAreMasked(t *testing.T) {
	o := onHTTPS(t, &server{before: func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusNotFound)
		return true
	}})
	o.Target += "?api_key=hidden"
	r := check(t, o)
	if text := r.Target + strings.Join(r.Reasons, ""); strings.Contains(text, "hidden") || r.Complete {
		t.Error(text)
	}
}
