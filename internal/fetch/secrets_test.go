package fetch_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"getmyvax.org/univaf/internal/fetch"

	"github.com/google/go-cmp/cmp"
)

func TestMaskURL(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"nothing to hide", "https://example.org/a/$bulk-publish?state=VA&x=%20", "https://example.org/a/$bulk-publish?state=VA&x=%20"},
		{"a storage link", "https://example.org/a?sv=1&sig=abc%2B&se=2", "https://example.org/a?sv=1&sig=masked&se=2"},
		{"a key, escaped and in capitals", "https://example.org/a?API%5Fkey=abc", "https://example.org/a?API%5Fkey=masked"},
		{"a password", "https://me:secret@example.org/a?x=1", "https://masked@example.org/a?x=1"},
		{"a password without a path", "https://me:secret@example.org", "https://masked@example.org"},
		{"not a URL", "%zz?token=abc", "%zz?token=masked"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := fetch.MaskURL(test.in); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestErrorsHideSecrets(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	refused := gone.URL
	gone.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/loop":
			http.Redirect(w, r, r.URL.String(), http.StatusFound)
		case "/moved":
			http.Redirect(w, r, "/away?key=topsecret", http.StatusFound)
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	for _, test := range []struct{ name, url, want string }{
		{"a status", server.URL + "/a?sig=topsecret", "GET " + server.URL + "/a?sig=masked: 404 Not Found"},
		{"a redirect", server.URL + "/moved?sig=topsecret", "GET " + server.URL + "/moved?sig=masked (redirected to " + server.URL + "/away?key=masked): 404 Not Found"},
		{"a refused connection", refused + "/?key=topsecret", "GET " + refused + "/?key=masked: dial tcp"},
		{"redirects without end", server.URL + "/loop?token=topsecret", "GET " + server.URL + "/loop?token=masked: more than 10 redirects"},
		{"not a URL", "http://[::1?key=topsecret", "GET http://[::1?key=masked: not a URL"},
		{"no host", "/a?key=topsecret", "GET /a?key=masked: not a URL"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := fetch.New(fetch.Options{NoWait: true}).Get(t.Context(), test.url, nil)
			if got := errorText(err); !strings.HasPrefix(got, test.want) || strings.Contains(got, "topsecret") {
				t.Errorf("got %q, want %q…", got, test.want)
			}
		})
	}
}

// What crosses to another host on a redirect, and what stays on the same one.
func TestRedirectsCarryNoKeysElsewhere(t *testing.T) {
	var got http.Header
	seen := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { got = r.Header.Clone() })
	other := httptest.NewServer(seen)
	defer other.Close()
	mux := http.NewServeMux()
	mux.Handle("/there", seen)
	mux.Handle("/here", http.RedirectHandler("/there", http.StatusFound))
	mux.Handle("/away", http.RedirectHandler(other.URL, http.StatusFound))
	server := httptest.NewServer(mux)
	defer server.Close()

	header := http.Header{
		"X-Api-Key": {"k"}, "Authorization": {"Bearer k"}, "Proxy-Authorization": {"ldap k"}, "Cookie": {"c=k"}, "Accept": {"application/json"},
	}
	for _, test := range []struct {
		path string
		want []string
	}{
		{"/here", []string{"X-Api-Key", "Authorization", "Proxy-Authorization", "Cookie", "Accept"}},
		{"/away", []string{"Accept"}},
	} {
		t.Run(test.path, func(t *testing.T) {
			resp, err := fetch.New(fetch.Options{}).Get(t.Context(), server.URL+test.path+"?sig=topsecret", header)
			if err != nil {
				t.Fatal(err)
			}
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			var present []string
			for _, name := range []string{"X-Api-Key", "Authorization", "Proxy-Authorization", "Cookie", "Accept"} {
				if got.Get(name) != "" {
					present = append(present, name)
				}
			}
			if diff := cmp.Diff(test.want, present); diff != "" {
				t.Errorf("headers (-want +got):\n%s", diff)
			}
			if test.path == "/away" && strings.Contains(got.Get("Referer"), "topsecret") {
				t.Errorf("Referer %s", got.Get("Referer"))
			}
		})
	}
}
