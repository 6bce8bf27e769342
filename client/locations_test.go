package client_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"getmyvax.org/univaf/client"
)

func TestLocationsFollowsPagesOfManyMegabytes(t *testing.T) {
	const perPage, pages = 2000, 3
	slots := strings.Repeat(`{"start":"2026-11-02T09:00:00-05:00","available":"YES","products":["pfizer"]},`, 20)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("state") != "NJ" {
			t.Errorf("%s does not name the state", r.URL)
		}
		page := len(r.FormValue("page_next"))
		next := ""
		if page < pages-1 { // a host that nobody should be led to
			next = "https://evil.example/api/edge/locations?state=NJ&page_next=" + strings.Repeat("x", page+1)
		}
		fmt.Fprintf(w, `{"links":{"next":%q},"data":[`, next)
		for i := range perPage {
			if i > 0 {
				fmt.Fprint(w, ",")
			}
			fmt.Fprintf(w, `{"id":"00000000-0000-0000-%04d-%012d","name":"N","availability":{"slots":[%s]}}`, page, i, strings.TrimSuffix(slots, ","))
		}
		fmt.Fprint(w, "]}")
	}))
	defer server.Close()
	c, err := client.NewReader(server.URL, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	places, err := c.Locations(t.Context(), url.Values{"state": {"NJ"}})
	if err != nil || len(places) != perPage*pages || places[len(places)-1].ID != "00000000-0000-0000-0002-000000001999" {
		t.Errorf("%d places, %v", len(places), err)
	}
}
