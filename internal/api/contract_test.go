package api

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"getmyvax.org/univaf/internal/catalog"
	"getmyvax.org/univaf/internal/contract"
)

func TestTheContractHasEveryRouteAndNoOther(t *testing.T) {
	document, err := contract.Load(description)
	if err != nil {
		t.Fatal(err)
	}
	var routes []string
	s := New(Options{Now: time.Now, Catalog: catalog.New(time.Now), SecurityContact: "mailto:a@b.example"})
	for _, pattern := range s.patterns {
		if !strings.Contains(pattern, " /operate/") { // pages for operators, no API
			routes = append(routes, strings.TrimSuffix(pattern, "{$}"))
		}
	}
	slices.Sort(routes)
	if diff := cmp.Diff(routes, document.Operations()); diff != "" {
		t.Errorf("routes and operations (-routes +contract):\n%s", diff)
	}
}
