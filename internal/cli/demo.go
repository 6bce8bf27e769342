package cli

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/demo"
	"getmyvax.org/univaf/internal/fetch"
	"getmyvax.org/univaf/internal/ingest"
	"getmyvax.org/univaf/internal/load"
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/source/smartlinks"
	"getmyvax.org/univaf/internal/vaccine"
)

const (
	// demoFolder is where the fictitious publisher is.
	demoFolder = "/demo/smart-scheduling/"
	// demoEvery is how often it is read; what it says changes each minute.
	demoEvery = time.Minute
	// demoLogKept is how long its log is kept: nobody else follows it.
	demoLogKept = time.Hour
	// demoConcurrency lets commits hold many records.
	demoConcurrency = 200
)

// readDemo reads the fictitious publisher over and over, through the same client and
// the same door as any source, until ctx ends.
func readDemo(ctx context.Context, log *slog.Logger, server string, writer *ingest.Ingester) {
	definition := source.Definition{Name: "demo", New: func(env source.Env) source.Source {
		return smartlinks.New(smartlinks.Options{
			ManifestURL: server + demoFolder + demo.Manifest, Source: demo.SourceName, IDSystem: demo.IDSystem,
			Provider: demo.Provider, LocationType: univaf.Pharmacy,
			Product: func(cvx string) (string, bool) {
				p, ok := vaccine.ByCVX(cvx)
				return p.Code, ok
			},
		}, env)
	}}
	client := fetch.New(fetch.Options{Transport: &http.Transport{}})
	for ctx.Err() == nil {
		job := load.Job{Definition: definition, Env: source.Env{
			Fetch: client, Now: time.Now, Getenv: func(string) string { return "" }, Stores: storeLists(""),
		}}
		load.Run(ctx, []load.Job{job}, door(writer), load.Options{Concurrency: demoConcurrency, Log: log, Now: time.Now})
		select {
		case <-ctx.Done():
		case <-time.After(demoEvery):
		}
	}
}

// door gives records to ingest in the same form as they come over the network, so
// that all meet the same checks.
func door(writer *ingest.Ingester) load.Sink {
	return load.SinkFunc(func(ctx context.Context, u univaf.Update) (load.Outcome, error) {
		read, err := writer.Read(u.AppendJSON(nil), u.UpdateLocation)
		if err != nil {
			return load.Taken, err
		}
		result, err := writer.Submit(ctx, read)
		if err == nil && result.Availability == ingest.OutOfDate {
			err = univaf.ErrOutOfDate
		}
		return outcomeOf(string(result.Location), string(result.Availability)), err
	})
}
