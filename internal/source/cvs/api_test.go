package cvs_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"getmyvax.org/univaf/internal/fetch"
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/source/cvs"
	"getmyvax.org/univaf/internal/source/sourcetest"
)

func TestAPI(t *testing.T) {
	for name, dir := range sourcetest.Cases(t, "testdata/api") {
		t.Run(name, func(t *testing.T) { sourcetest.Run(t, dir, cvs.API) })
	}
}

func TestScraper(t *testing.T) {
	for name, dir := range sourcetest.Cases(t, "testdata/scraper") {
		t.Run(name, func(t *testing.T) { sourcetest.Run(t, dir, cvs.Scraper) })
	}
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestAPISendsKeyToCVS(t *testing.T) {
	var asked []string
	src := cvs.API.New(source.Env{
		Fetch: fetch.New(fetch.Options{Transport: transport(func(r *http.Request) (*http.Response, error) {
			asked = append(asked, r.URL.String()+" "+r.Header.Get("x-api-key"))
			body := io.NopCloser(strings.NewReader(`{"covaxAvailability":[]}`))
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: body, Request: r}, nil
		})}),
		Stores: fstest.MapFS{},
		Now:    func() time.Time { return time.Time{} },
		Getenv: func(name string) string { return map[string]string{"CVS_API_KEY": "s3cret-key"}[name] },
		Warn:   func(source.Warning) {},
	})
	for _, err := range src.Records(t.Context(), source.Query{}) {
		t.Error(err)
	}
	const want = "https://api.cvshealth.com/immunization-status/v1/covax-availability?stateCode=NJ s3cret-key"
	if len(asked) != 1 || asked[0] != want {
		t.Errorf("asked for %q, want %q once", asked, want)
	}
}
