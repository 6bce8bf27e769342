package cli

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/api"
	"getmyvax.org/univaf/internal/source"
)

// holdsFor says for how long what sources say holds, by their names in availability.
func holdsFor(definitions []source.Definition) map[string]time.Duration {
	after := map[string]time.Duration{}
	for _, d := range definitions {
		for _, name := range d.Names {
			after[name] = max(after[name], cmp.Or(d.StaleAfter, univaf.DefaultStale))
		}
	}
	return after
}

// contacts gives how to reach whoever is behind a source, by its name in availability.
func contacts(definitions []source.Definition) func(string) (phone, site string) {
	known := map[string]source.Contact{}
	for _, d := range definitions {
		for _, name := range d.Names {
			known[name] = d.Contact
		}
	}
	return func(name string) (phone, site string) { return known[name].Phone, known[name].URL }
}

// judging is how often it is looked at how sources do.
const judging = time.Minute

// judgeSources looks now and then at how sources do, since answers of those that do badly
// are to be relied on less. While the database is away they are taken to do as they did.
func judgeSources(ctx context.Context, log *slog.Logger, server *api.Server) {
	known := true
	for {
		err := server.JudgeSources(ctx)
		if err != nil && known && ctx.Err() == nil {
			log.Warn("it is not known how sources do", "err", err)
		}
		known = err == nil
		select {
		case <-ctx.Done():
			return
		case <-time.After(judging):
		}
	}
}
