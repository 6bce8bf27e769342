package wadoh_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"getmyvax.org/univaf/internal/source/sourcetest"
	"getmyvax.org/univaf/internal/source/wadoh"
)

func TestSource(t *testing.T) {
	for name, dir := range sourcetest.Cases(t, "testdata") {
		t.Run(name, func(t *testing.T) { sourcetest.Run(t, dir, wadoh.Source) })
	}
}

// How runs end that are not simply as the expected records say.
var outcomes = map[string]sourcetest.Outcome{
	"washington-doh-api-should-throw-graphqlerror-with-detailed-error-info": {
		Error: `(Status: 400) Expected type Int!, found "hello". (×1)`,
	},
	"extra-wa-doh-unexpected-body": {Error: "state GU: page 1: the answer has no list of locations, or no total"},
	"extra-wa-doh-no-locations":    {Warnings: map[string]int{"no locations": 1}},
}

func TestShared(t *testing.T) {
	for name, dir := range sourcetest.SharedCases(t, "waDoh") {
		t.Run(name, func(t *testing.T) {
			if strings.HasSuffix(name, "--formatlocation") {
				dir = asRun(t, dir)
			}
			sourcetest.RunAs(t, dir, wadoh.Source, outcomes[name])
		})
	}
}

// asRun makes a case of one location a run for its state.
func asRun(t *testing.T, dir string) string {
	t.Helper()
	dir = sourcetest.AsRun(t, dir, []string{"PR"}, false, func(args []json.RawMessage) []sourcetest.Answer {
		body := fmt.Sprintf(`{"data":{"searchLocations":{"paging":{"total":1},"locations":[%s]}}}`, args[0])
		return []sourcetest.Answer{{URL: "https://apim-vaccs-prod.azure-api.net/open/graphql", Body: body}}
	})
	name := filepath.Join(dir, "exchanges.json")
	text, err := os.ReadFile(name)
	if err == nil {
		err = os.WriteFile(name, bytes.Replace(text, []byte(`"GET"`), []byte(`"POST"`), 1), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
