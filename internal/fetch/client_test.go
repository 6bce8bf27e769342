package fetch_test

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"getmyvax.org/univaf/internal/fetch"

	"github.com/google/go-cmp/cmp"
)

// transport answers without a network, so that a test may own the clock.
type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

func answer(req *http.Request, status int, header http.Header, body string) *http.Response {
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{
		StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: req,
	}
}

func TestUserAgent(t *testing.T) {
	for _, test := range []struct {
		name, release, contact, want string
	}{
		{"released", "1.2.3", "https://example.org/about", "univaf/1.2.3 (+https://example.org/about)"},
		{"in development", "", "https://example.org/about", "univaf/dev (+https://example.org/about)"},
		{"without a contact", "", "", "univaf/dev"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got string
			c := fetch.New(fetch.Options{Release: test.release, Contact: test.contact, Transport: transport(
				func(r *http.Request) (*http.Response, error) {
					got = r.UserAgent()
					return answer(r, 200, nil, ""), nil
				})})
			resp, err := c.Get(t.Context(), "https://example.org/", nil)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if got != test.want {
				t.Errorf("User-Agent %q, want %q", got, test.want)
			}
		})
	}
}

func TestGetDecompresses(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			t.Error("gzip was not asked for")
		}
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		io.WriteString(z, "text")
		z.Close()
	}))
	defer server.Close()
	if got := get(t, fetch.New(fetch.Options{}), server.URL); got != "text" {
		t.Errorf("got %q", got)
	}
}

func get(t *testing.T, c *fetch.Client, url string) string {
	t.Helper()
	resp, err := c.Get(t.Context(), url, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestRetries(t *testing.T) {
	reset := errors.New("connection reset")
	type reply struct {
		status int
		header http.Header
		err    error
	}
	for _, test := range []struct {
		name    string
		method  string
		retry   fetch.Retry
		replies []reply
		want    []time.Duration // when each try begins, in whole tenths of a second
		wantErr string
	}{
		{name: "a good answer", replies: []reply{{status: 200}}, want: []time.Duration{0}},
		{name: "overload passes", replies: []reply{{status: 503}, {status: 429}, {status: 200}}, want: []time.Duration{0, time.Second, 3 * time.Second}},
		{name: "a network error passes", replies: []reply{{err: reset}, {status: 200}}, want: []time.Duration{0, time.Second}},
		{
			name: "three tries at most", replies: []reply{{status: 500}, {status: 524}, {status: 502}}, want: []time.Duration{0, time.Second, 3 * time.Second},
			wantErr: "GET https://example.org/: 502 Bad Gateway",
		},
		{
			name: "three network errors", replies: []reply{{err: reset}, {err: reset}, {err: reset}}, want: []time.Duration{0, time.Second, 3 * time.Second},
			wantErr: "GET https://example.org/: connection reset",
		},
		{
			name: "not found stays so", replies: []reply{{status: 404}}, want: []time.Duration{0},
			wantErr: "GET https://example.org/: 404 Not Found",
		},
		{name: "the server says when", replies: []reply{{status: 429, header: http.Header{"Retry-After": {"7"}}}, {status: 200}}, want: []time.Duration{0, 7 * time.Second}},
		{name: "the server says a time", replies: []reply{{status: 503, header: http.Header{
			"Date": {"Mon, 01 Nov 2021 12:00:00 GMT"}, "Retry-After": {"Mon, 01 Nov 2021 12:00:30 GMT"},
		}}, {status: 200}}, want: []time.Duration{0, 30 * time.Second}},
		{
			name: "the server says tomorrow", replies: []reply{{status: 503, header: http.Header{"Retry-After": {"86400"}}}}, want: []time.Duration{0},
			wantErr: "GET https://example.org/: 503 Service Unavailable",
		},
		{
			name: "the server says the end of time", replies: []reply{{status: 503, header: http.Header{"Retry-After": {"9223372036854775807"}}}}, want: []time.Duration{0},
			wantErr: "GET https://example.org/: 503 Service Unavailable",
		},
		{
			name: "a post is sent once", method: "POST", replies: []reply{{status: 503}}, want: []time.Duration{0},
			wantErr: "POST https://example.org/: 503 Service Unavailable",
		},
		{name: "a post that only asks", method: "POST", retry: fetch.DefaultRetry.WithPost(), replies: []reply{{status: 503}, {status: 200}}, want: []time.Duration{0, time.Second}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				var got []time.Duration
				c := fetch.New(fetch.Options{Retry: test.retry, Transport: transport(func(r *http.Request) (*http.Response, error) {
					reply := test.replies[len(got)]
					got = append(got, time.Since(start).Truncate(200*time.Millisecond))
					if reply.err != nil {
						return nil, reply.err
					}
					return answer(r, reply.status, reply.header, ""), nil
				})})
				method := test.method
				if method == "" {
					method = "GET"
				}
				resp, err := c.Do(t.Context(), method, "https://example.org/", nil, nil)
				if err == nil {
					resp.Body.Close()
				}
				if message := errorText(err); message != test.wantErr {
					t.Errorf("error %q, want %q", message, test.wantErr)
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("tries at (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestCancelEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		c := fetch.New(fetch.Options{Transport: transport(func(r *http.Request) (*http.Response, error) {
			return answer(r, 503, nil, ""), nil
		})})
		start := time.Now()
		_, err := c.Get(ctx, "https://example.org/", nil)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 300*time.Millisecond {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
	})
}

func TestRateLimit(t *testing.T) {
	for _, test := range []struct {
		name   string
		noWait bool
		want   []time.Duration
	}{
		{"two a second", false, []time.Duration{0, 500 * time.Millisecond, time.Second}},
		{"a replay does not wait", true, []time.Duration{0, 0, 0}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				var got []time.Duration
				c := fetch.New(fetch.Options{RateLimit: 2, NoWait: test.noWait, Transport: transport(func(r *http.Request) (*http.Response, error) {
					got = append(got, time.Since(start))
					return answer(r, 200, nil, ""), nil
				})})
				for range 3 {
					get(t, c, "https://example.org/")
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("requests at (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestBodiesThatAreNotWhole(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/short":
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "only this")
		default:
			io.WriteString(w, strings.Repeat("x", 11))
		}
	}))
	defer server.Close()
	for _, test := range []struct {
		path     string
		maxBytes int64
		want     string // what could be read
		wantErr  string
	}{
		{"/short", 0, "only this", "reading the body: unexpected EOF"},
		{"/long", 10, "xxxxxxxxxx", "the body is too large: more than 10 bytes"},
		{"/fits", 11, "xxxxxxxxxxx", ""},
	} {
		t.Run(test.path, func(t *testing.T) {
			resp, err := fetch.New(fetch.Options{MaxBytes: test.maxBytes}).Get(t.Context(), server.URL+test.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			got, err := io.ReadAll(resp.Body)
			if string(got) != test.want || !strings.HasSuffix(errorText(err), test.wantErr) || (err == nil) != (test.wantErr == "") {
				t.Errorf("got %q, error %v; want %q, error …%s", got, err, test.want, test.wantErr)
			}
			if err != nil && !strings.Contains(err.Error(), server.URL+test.path) {
				t.Errorf("the error does not name the request: %v", err)
			}
		})
	}
}

func TestTimeout(t *testing.T) {
	done := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { <-done }))
	defer server.Close()
	defer close(done)
	_, err := fetch.New(fetch.Options{Timeout: 20 * time.Millisecond, NoWait: true}).Get(t.Context(), server.URL, nil)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestStatusErrorCarriesTheBody(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		io.WriteString(w, `{"why":"because"}`)
	}))
	defer server.Close()
	_, err := fetch.New(fetch.Options{}).Get(t.Context(), server.URL, nil)
	var status *fetch.StatusError
	if !errors.As(err, &status) || status.Code != 400 || string(status.Body) != `{"why":"because"}` {
		t.Errorf("got %#v", err)
	}
}
