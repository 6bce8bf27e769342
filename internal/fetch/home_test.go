package fetch_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"getmyvax.org/univaf/internal/fetch"
)

// server answers with the value of the header X-Api-Key.
func server(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s.URL
}

func TestWhatOthersSayLeadsToNoPrivateAddress(t *testing.T) {
	inside := server(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("secret")) })
	home := server(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/away" {
			http.Redirect(w, r, inside, http.StatusFound)
		}
	})
	c := fetch.New(fetch.Options{NoWait: true})
	if _, _, err := c.Text(t.Context(), inside, nil); err != nil {
		t.Errorf("what the operator names is refused: %v", err)
	}
	ctx := fetch.From(t.Context(), home+"/manifest")
	if _, _, err := c.Text(ctx, home+"/file", nil); err != nil {
		t.Errorf("a file beside its manifest is refused: %v", err)
	}
	c = fetch.New(fetch.Options{NoWait: true})
	for _, address := range []string{inside, home + "/away", "http://[::1]:1/", "http://169.254.169.254/", "http://100.100.100.200/", "http://10.0.0.1/"} {
		if text, _, err := c.Text(ctx, address, nil); !errors.Is(err, fetch.ErrPrivateAddress) {
			t.Errorf("%s gives %q, %v", address, text, err)
		}
	}
}

func TestHeaderIsForOneHost(t *testing.T) {
	tells := func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte("got " + r.Header.Get("X-Tenant")))
	}
	other := server(t, tells)
	home := server(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/away" {
			http.Redirect(w, r, other, http.StatusFound)
			return
		}
		tells(w, r)
	})
	c := fetch.New(fetch.Options{NoWait: true, Header: map[string]string{"X-Tenant": "county"}, HeaderFor: home + "/manifest"})
	for address, want := range map[string]string{home + "/file": "got county", other: "got ", home + "/away": "got "} {
		if got, _, err := c.Text(t.Context(), address, nil); got != want || err != nil {
			t.Errorf("%s: %q, %v; want %q", strings.TrimPrefix(address, home), got, err, want)
		}
	}
}
