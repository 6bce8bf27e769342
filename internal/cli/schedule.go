package cli

import (
	"cmp"
	"context"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/catalog"
	"getmyvax.org/univaf/internal/fetch"
	"getmyvax.org/univaf/internal/ingest"
	"getmyvax.org/univaf/internal/load"
	"getmyvax.org/univaf/internal/store"
)

// sourceFlags say which sources run on a schedule.
type sourceFlags struct {
	Sources []string `help:"Sources to run on their schedules, besides those of the configuration file." fallback:"UNIVAF_SOURCES" placeholder:"SOURCE"`
	Contact string   `help:"URL that tells sources who is asking." fallback:"UNIVAF_CONTACT" placeholder:"URL"`

	configFlags
}

// timed gives the jobs that run on a schedule.
func (f sourceFlags) timed(h *host, dataDir string) (*config, []load.Timed, error) {
	c, err := f.read(h.getenv)
	if err != nil {
		return nil, nil, err
	}
	list, err := c.scheduled(f.Sources)
	if err != nil {
		return nil, nil, err
	}
	var jobs []load.Timed
	for _, s := range list {
		d, _ := c.find(s.Name)
		text := cmp.Or(s.Schedule, d.Schedule)
		if text == "" {
			return nil, nil, usage("%s has no usual schedule: give it one in the configuration file", s.Name)
		}
		schedule, err := load.ParseSchedule(text)
		if err != nil {
			return nil, nil, usage("%s: %w", s.Name, err)
		}
		jobs = append(jobs, load.Timed{
			Job:      newJob(h, d, fetch.Options{Release: h.release, Contact: f.Contact}, dataDir),
			Schedule: schedule, States: s.States,
		})
	}
	return c, jobs, nil
}

// doorConcurrency is how many records go to ingest at once, so that commits hold many.
const doorConcurrency = 200

// scheduledOptions are how scheduled runs go: what is too old is left out, and what is gone
// is hidden.
func scheduledOptions(h *host, concurrency int, known load.Known) load.Options {
	return load.Options{Concurrency: concurrency, DropStale: true, Known: known, Log: h.log, Now: time.Now}
}

// runSources runs sources on their schedules until the program is to end.
func runSources(parts context.Context, h *host, jobs []load.Timed, reader *catalog.Catalog, writer *ingest.Ingester, db *store.Store) {
	if len(jobs) == 0 {
		return
	}
	ctx, stop := context.WithCancel(parts)
	defer stop()
	defer context.AfterFunc(h.ctx, stop)() // before anything else ends
	reader.WaitFor(ctx, 0)                 // or every place would seem to be new
	load.RunOnTime(ctx, jobs, door(writer), db, scheduledOptions(h, doorConcurrency, placesOf(reader)))
}

// placesOf gives the places that readers see of a provider.
func placesOf(c *catalog.Catalog) load.Known {
	return func(_ context.Context, provider string, states []string) (places []univaf.Update, err error) {
		if len(states) == 0 {
			states = []string{""}
		}
		view := c.View()
		for _, state := range states {
			for r := range view.Locations(catalog.Query{State: state, Provider: provider}) {
				l := r.Location()
				places = append(places, univaf.Update{Location: univaf.Location{ID: l.ID, ExternalIDs: l.ExternalIDs}})
			}
		}
		return places, nil
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
