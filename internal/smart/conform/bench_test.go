package conform_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"getmyvax.org/univaf/internal/fetch"
	"getmyvax.org/univaf/internal/smart/conform"
)

// BenchmarkCheck reads a hundred thousand slots, from a folder and over HTTP, that keep
// to all rules or break several each. The figure is 60 MB/s.
func BenchmarkCheck(b *testing.B) {
	var good strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&good, `{"resourceType":"Slot","id":"T%d","schedule":{"reference":"Schedule/S1"},"status":"busy","start":"2026-11-%02dT09:00:00-05:00","end":"2026-11-%02[2]dT10:00:00-05:00",`+
			`"extension":[{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/booking-deep-link","valueUrl":"https://one.example/book?slot=%[1]d"},`+
			`{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/booking-phone","valueString":"1-800-555-0100"}]}`+"\n", i, i%28+1)
	}
	bad := strings.NewReplacer(`-05:00"`, `Z"`, `T09:`, `T01:`, `Schedule/S1`, `Schedule/S9`, `valueUrl":"https:`, `valueUrl":"`).Replace(good.String())
	for name, slots := range map[string]string{"good": good.String(), "bad": bad} {
		feed := map[string]string{}
		for name, text := range goodFeed {
			feed[name] = text
		}
		feed["slots.ndjson"] = slots
		dir := write(b, feed)
		publisher := httptest.NewServer(http.FileServerFS(os.DirFS(dir)))
		defer publisher.Close()
		manifest := strings.ReplaceAll(feed["$bulk-publish"], "https://clinics.example", publisher.URL)
		if err := os.WriteFile(filepath.Join(dir, "$bulk-publish"), []byte(manifest), 0o600); err != nil {
			b.Fatal(err)
		}
		for _, target := range []string{dir, publisher.URL} {
			kind := "folder"
			if target != dir {
				kind = "HTTP"
			}
			b.Run(name+"/"+kind, func(b *testing.B) {
				b.SetBytes(int64(len(slots)))
				for b.Loop() {
					r := check(b, conform.Options{Target: target, Get: fetch.New(fetch.Options{NoWait: true})})
					if !r.Complete || (r.Worst() == conform.Error) != (name == "bad") {
						b.Fatalf("worst %q, complete %v", r.Worst(), r.Complete)
					}
				}
			})
		}
	}
}
