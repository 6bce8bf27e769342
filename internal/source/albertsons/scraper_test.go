package albertsons

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"getmyvax.org/univaf/internal/fetch"
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/source/sourcetest"

	"github.com/google/go-cmp/cmp"
)

func TestScraper(t *testing.T) {
	for name, dir := range sourcetest.Cases(t, "testdata/scraper") {
		t.Run(name, func(t *testing.T) { sourcetest.Run(t, dir, Scraper) })
	}
}

// The cases in which the old loader gave up. Ours goes on with the stores of which nothing is
// in doubt.
var scraperOutcomes = map[string]sourcetest.Outcome{
	"extra-abs-scraper-api-error-list": {Error: "400 Bad Request: Zip is bad (code RX-12), Try later (code RX-13)"},
	"extra-abs-scraper-mismatched-store-numbers": {
		Skipped: []string{"invalid store 1445: storeNumber 2892 and currentStoreNumber 1445 differ"},
	},
	"extra-abs-scraper-schema-violation": {Skipped: []string{"invalid store 2892: "}},
}

// inDoubt are the stores that the answers of these cases name. Of the others they say that
// there are no appointments.
var inDoubt = map[string][]string{
	"extra-abs-scraper-mismatched-store-numbers": {"1445", "2892"},
	"extra-abs-scraper-schema-violation":         {"2892"},
}

func TestScraperShared(t *testing.T) {
	stores := sharedStores(t)
	cases := sourcetest.SharedCases(t, "albertsonsScraper")
	for name, dir := range cases {
		t.Run(name, func(t *testing.T) {
			want := scraperOutcomes[name]
			want.Stores = stores
			if numbers := inDoubt[name]; numbers != nil {
				all := cases["albertsons-scraper-should-output-valid-data-for-unavailable-locations"]
				want.Records = slices.DeleteFunc(changed(t, all, func(record) {}), func(r string) bool {
					return slices.ContainsFunc(numbers, func(n string) bool { return strings.Contains(r, `["albertsons_v2","`+n+`"]`) })
				})
			}
			if name == "extra-abs-scraper-enum-object-quirk" {
				want.Records = changed(t, dir, func(r record) {
					if r.availability()["available"] == "YES" {
						r["meta"].(map[string]any)["albertsons_division"] = "d"
						r.availability()["products"] = []any{"moderna_ba4_ba5", "pfizer_ba4_ba5", "pfizer_ba4_ba5"}
					}
				})
			}
			sourcetest.RunAs(t, dir, Scraper, want)
		})
	}
}

// A case does not tell what headers are sent.
func TestScraperSendsTheKey(t *testing.T) {
	for _, key := range []string{"", "secret"} {
		sent := http.Header{}
		src := Scraper.New(source.Env{
			Fetch: fetch.New(fetch.Options{NoWait: true, Transport: transport(func(r *http.Request) (*http.Response, error) {
				sent = r.Header
				return nil, http.ErrHandlerTimeout
			})}),
			Stores: fstest.MapFS{}, Warn: func(source.Warning) {},
			Getenv: func(name string) string { return map[string]string{"ALBERTSONS_SUBSCRIPTION_KEY": key}[name] },
		})
		for range src.Records(t.Context(), source.Query{States: []string{"DC"}}) {
		}
		if got := sent.Get("ocp-apim-subscription-key"); got != key || sent.Get("version") != "2" {
			t.Errorf("with the key %q, %v is sent", key, sent)
		}
	}
}

func TestScraperStopsWhenItIsCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	requests := 0
	src := Scraper.New(source.Env{
		Fetch: fetch.New(fetch.Options{NoWait: true, Transport: transport(func(r *http.Request) (*http.Response, error) {
			requests++
			cancel()
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("[]")), Request: r}, nil
		})}),
		Stores: fstest.MapFS{}, Warn: func(source.Warning) {}, Getenv: func(string) string { return "" },
	})
	for u, err := range src.Records(ctx, source.Query{}) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, %v", u, err)
		}
	}
	if requests != 1 {
		t.Errorf("%d requests", requests)
	}
}

type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

func TestSharedSearches(t *testing.T) {
	type set struct {
		Radius int
		Zips   []string
	}
	var want map[string][]set
	decode(t, readFile(t, sourcetest.Shared(t, "static/albertsons_zip_codes.json")), &want)
	got := map[string][]set{}
	for _, s := range searches {
		got[s.state] = append(got[s.state], set{s.radius, s.zips})
	}
	compare(t, want, got)
}

func TestSharedServiceTypes(t *testing.T) {
	var table struct {
		Types map[string]string `json:"SERVICE_TYPES"`
	}
	decode(t, readFile(t, sourcetest.Shared(t, "static/tables_albertsons_scraper.json")), &table)
	for name, code := range table.Types {
		if strings.HasPrefix(code, "(") { // the whole table, by mistake
			table.Types[name] = "moderna_ba4_ba5"
		}
	}
	compare(t, table.Types, serviceTypes)
}

func compare(t *testing.T, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
