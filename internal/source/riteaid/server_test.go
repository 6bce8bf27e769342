package riteaid_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/fetch"
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/source/riteaid"

	"github.com/google/go-cmp/cmp"
)

// run gives what a source yields, with its warnings as text.
func run(
	t *testing.T, d source.Definition, transport http.RoundTripper, env map[string]string, states ...string,
) (updates []univaf.Update, warnings []string, failure error) {
	t.Helper()
	src := d.New(source.Env{
		Fetch:  fetch.New(d.Client(fetch.Options{Transport: transport, NoWait: true})),
		Now:    func() time.Time { return time.Date(2026, 2, 2, 12, 0, 0, 0, time.UTC) },
		Getenv: func(name string) string { return env[name] },
		Warn:   func(w source.Warning) { warnings = append(warnings, fmt.Sprintf("%s %s: %s", w.Kind, w.ID, w.Sample)) },
	})
	for u, err := range src.Records(t.Context(), source.Query{States: states}) {
		if failure != nil {
			t.Fatalf("after %v comes %v, %v", failure, u, err)
		}
		if failure = err; err == nil {
			updates = append(updates, u)
		}
	}
	return updates, warnings, failure
}

func TestAPIKeyIsSentAndNeverTold(t *testing.T) {
	const key = "very secret"
	for _, status := range []int{http.StatusOK, http.StatusNotFound, http.StatusUnauthorized} {
		asked := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked++
			sent := r.Header.Get("Proxy-Authorization")
			if sent != "ldap "+key || r.URL.String() != "/stores?a=b&stateCode=VT" {
				t.Errorf("asked for %s with %q", r.URL, sent)
			}
			w.WriteHeader(status)
			_, _ = fmt.Fprintf(w, `{"Status":"ERROR","ErrCde":"E1","ErrMsg":"what is %s?"}`, sent)
		}))
		env := map[string]string{"RITE_AID_URL": server.URL + "/stores?a=b", "RITE_AID_KEY": key}
		_, warnings, err := run(t, riteaid.API, server.Client().Transport, env, "VT")
		server.Close()
		told := fmt.Sprint(err, warnings)
		if !strings.Contains(told, "what is ldap masked?") || strings.Contains(told, key) || asked != 1 {
			t.Errorf("%d: after %d requests the run ends with %v, warnings %q", status, asked, err, warnings)
		}
	}
}

// A website answers searches: its stores are those that a search finds, by ZIP code.
type website struct {
	stores map[string][]int
	hidden int // a store whose slots it does not tell
	fails  func(url.Values) bool
	asked  []string
}

func (w *website) RoundTrip(r *http.Request) (*http.Response, error) {
	query := r.URL.Query()
	w.asked = append(w.asked, query.Get("address")+" "+query.Get("storeNumbers"))
	if w.fails != nil && w.fails(query) {
		return nil, errors.New("the line is down")
	}
	var stores []string
	for _, number := range w.stores[query.Get("address")] {
		list := query.Get("storeNumbers")
		if list == "" || number != w.hidden && slices.Contains(strings.Split(list, ","), fmt.Sprint(number)) {
			stores = append(stores, fmt.Sprintf(foundStore, number))
		}
	}
	body := `{"Status":"SUCCESS","data":{"stores":[` + strings.Join(stores, ",") + `]}}`
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

const foundStore = `{"storeNumber":%d,"brand":null,"customDisplayName":null,"address":"9 Elm St","city":"Elmwood","state":"MA",
	"zipcode":"1001","timeZone":"EST","fullZipCode":"1001-7","fullPhone":null,"locationDescription":"","storeType":"CORE",
	"latitude":42.1,"longitude":-72.5,"name":"Rite Aid","milesFromCenter":1,"totalSlotCount":0,"totalAvailableSlots":0,
	"firstAvailableSlot":null,"specialServiceKeys":[],"availableSlots":[]}`

func names(updates []univaf.Update) (list []string) {
	for _, u := range updates {
		list = append(list, u.Name)
	}
	return list
}

func TestScraperAsksForSlotsOfFewStoresAtOnce(t *testing.T) {
	var numbers []int
	var texts, want []string
	for n := 101; n <= 200; n++ {
		numbers = append(numbers, n)
		texts = append(texts, fmt.Sprint(n))
		want = append(want, fmt.Sprintf("Rite Aid #%d", n))
	}
	site := &website{stores: map[string][]int{"01075": numbers, "02332": {200, 201}}}
	updates, warnings, err := run(t, riteaid.Scraper, site, nil, "MA")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(append(want, "Rite Aid #201"), names(updates)); diff != "" {
		t.Errorf("stores (-want +got):\n%s", diff)
	}
	asked := []string{"01075 "}
	for some := range slices.Chunk(texts, 25) {
		asked = append(asked, "01075 "+strings.Join(some, ","))
	}
	if diff := cmp.Diff(append(asked, "02332 ", "02332 201"), site.asked); diff != "" {
		t.Errorf("searches (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"search finds too many stores 01075: 100 within 85 miles"}, warnings); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

func TestScraperFindsAgainWhatASearchLost(t *testing.T) {
	site := &website{
		stores: map[string][]int{"01075": {1, 2}, "02332": {2, 3}},
		fails:  func(q url.Values) bool { return q.Get("address") == "01075" && q.Get("storeNumbers") != "" },
	}
	updates, _, err := run(t, riteaid.Scraper, site, nil, "MA")
	if err == nil || !strings.Contains(err.Error(), "the line is down") {
		t.Errorf("the run ends with %v", err)
	}
	if diff := cmp.Diff([]string{"Rite Aid #2", "Rite Aid #3"}, names(updates)); diff != "" {
		t.Errorf("stores (-want +got):\n%s", diff)
	}
}

func TestScraperTellsOfStoresThatItCannotGet(t *testing.T) {
	site := &website{stores: map[string][]int{"01075": {1, 2, 3}}, hidden: 2}
	updates, warnings, err := run(t, riteaid.Scraper, site, nil, "MA")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Rite Aid #1", "Rite Aid #3"}, names(updates)); diff != "" {
		t.Errorf("stores (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"search lacks stores 01075: 2 of 3"}, warnings); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}
