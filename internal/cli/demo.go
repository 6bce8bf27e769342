package cli

import (
	"context"
	"net/http"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/demo"
	"getmyvax.org/univaf/internal/fetch"
	"getmyvax.org/univaf/internal/ingest"
	"getmyvax.org/univaf/internal/load"
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/source/smartlinks"
)

const (
	// demoFolder is where the fictitious publisher is.
	demoFolder = "/demo/smart-scheduling/"
	// demoEvery is how often it is read; what it says changes each minute.
	demoEvery = time.Minute
	// demoLogKept is how long its log is kept: nobody else follows it.
	demoLogKept = time.Hour
)

// readDemo reads the fictitious publisher over and over, through the same client and
// the same door as any source, until ctx ends.
func readDemo(ctx context.Context, h *host, server string, writer *ingest.Ingester) {
	definition := source.Definition{Name: "demo", New: func(env source.Env) source.Source {
		return smartlinks.New(smartlinks.Options{
			ManifestURL: server + demoFolder + demo.Manifest, Source: demo.SourceName, IDSystem: demo.IDSystem,
			Provider: demo.Provider, LocationType: univaf.Pharmacy,
		}, env)
	}}
	job := newJob(h, definition, fetch.Options{Transport: &http.Transport{}}, "")
	for ctx.Err() == nil {
		load.Run(ctx, []load.Job{job}, door(writer), load.Options{Concurrency: doorConcurrency, Log: h.log, Now: time.Now})
		select {
		case <-ctx.Done():
		case <-time.After(demoEvery):
		}
	}
}
