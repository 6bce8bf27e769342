package api

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"getmyvax.org/univaf/internal/contract"
)

func TestTheContractHasEveryRouteAndNoOther(t *testing.T) {
	document, err := contract.Load(description)
	if err != nil {
		t.Fatal(err)
	}
	var routes []string
	for _, pattern := range New(Options{}).patterns {
		routes = append(routes, strings.TrimSuffix(pattern, "{$}"))
	}
	slices.Sort(routes)
	if diff := cmp.Diff(routes, document.Operations()); diff != "" {
		t.Errorf("routes and operations (-routes +contract):\n%s", diff)
	}
}
