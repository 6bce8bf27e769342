package feed_test

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/fetch"
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/source/feed"
	"getmyvax.org/univaf/internal/source/sourcetest"

	"github.com/goccy/go-yaml"
)

// config reads an entry as the configuration file has it, with what every entry needs.
func config(t testing.TB, text string) *feed.Config {
	t.Helper()
	var c feed.Config
	if err := yaml.UnmarshalWithOptions([]byte(text), &c, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	return &c
}

// checked reads an entry that must be in order.
func checked(t testing.TB, text string) *feed.Config {
	t.Helper()
	c := config(t, text)
	if errs := c.Check(); errs != nil {
		t.Fatal(errors.Join(errs...))
	}
	return c
}

func TestFeeds(t *testing.T) {
	for name, dir := range sourcetest.Cases(t, "testdata/feeds") {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join(dir, "feed.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			c := checked(t, string(text))
			c.Dir = dir
			sourcetest.Run(t, dir, c.Definition())
		})
	}
}

var noon = time.Date(2021, time.November, 1, 16, 0, 0, 0, time.UTC)

// A result is what came of a run.
type result struct {
	updates  []univaf.Update
	skipped  []string
	warnings []source.Warning
	err      error
}

// An answer is given to every request.
type answer struct {
	status int // 200 if 0
	header http.Header
	body   io.Reader
}

func (a answer) RoundTrip(req *http.Request) (*http.Response, error) {
	header := a.header
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{StatusCode: cmp.Or(a.status, 200), Header: header, Body: io.NopCloser(a.body), Request: req}, nil
}

// text answers with a body of a type.
func text(contentType, body string) answer {
	return answer{header: http.Header{"Content-Type": {contentType}}, body: strings.NewReader(body)}
}

func (r *result) kinds() map[string]int {
	kinds := map[string]int{}
	for _, w := range r.warnings {
		kinds[w.Kind]++
	}
	return kinds
}

func run(t testing.TB, c *feed.Config, transport http.RoundTripper, states ...string) (r result) {
	t.Helper()
	d := c.Definition()
	src := d.New(source.Env{
		Fetch: fetch.New(d.Client(fetch.Options{Transport: transport, NoWait: true})),
		Now:   func() time.Time { return noon },
		Warn:  func(w source.Warning) { r.warnings = append(r.warnings, w) },
	})
	for u, err := range src.Records(t.Context(), source.Query{States: states}) {
		var bad *source.RecordError
		switch {
		case r.err != nil:
			t.Fatalf("after the error that ends it, the source yields %v, %v", u, err)
		case errors.As(err, &bad):
			r.skipped = append(r.skipped, bad.Error())
		case err != nil:
			r.err = err
		default:
			r.updates = append(r.updates, u)
		}
	}
	return r
}
