package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/client"
	"getmyvax.org/univaf/internal/load"
)

// apiFlags say where the API is that records are sent to.
type apiFlags struct {
	APIURL      string `name:"api-url" help:"Where the API is, e.g. https://getmyvax.org; its key is in the environment variable API_KEY." fallback:"API_URL" placeholder:"URL"`
	Concurrency int    `help:"How many requests are sent to the API at once." default:"10" fallback:"API_CONCURRENCY"`
}

// client makes the client of the API.
func (f apiFlags) client(h *host, o client.Options) (*client.Client, error) {
	key := h.getenv("API_KEY")
	switch {
	case f.APIURL == "":
		return nil, usage("it must be known where the API is: set --api-url or the environment variable API_URL")
	case key == "":
		return nil, usage("the API's key is needed: set the environment variable API_KEY")
	case f.Concurrency < 1:
		return nil, usage("--concurrency must be 1 or more, not %d", f.Concurrency)
	}
	api, err := client.New(f.APIURL, key, o)
	if err != nil {
		return nil, usage("%w", err)
	}
	return api, nil
}

// tell lets the API know how the runs went, for its status of sources.
func tell(h *host, api *client.Client, reports []load.Report) {
	for _, r := range reports {
		if errors.Is(r.Err, load.ErrSinkFailed) || h.ctx.Err() != nil {
			continue // it would not listen
		}
		if err := api.Report(h.ctx, r.Run()); err != nil {
			h.log.Warn("the API was not told how the run went", "source", r.Source, "err", err)
		}
	}
}

// history asks the API how sources did before. An old one does not know.
func history(h *host, api *client.Client) map[string]load.History {
	sources, err := api.Sources(h.ctx)
	if err != nil && !client.IsUnknown(err) {
		h.log.Warn("it is not known how the sources did before", "err", err)
	}
	all := map[string]load.History{}
	for name, s := range sources {
		all[name] = load.History{Usual: s.Usual, Last: s.LastRun}
	}
	return all
}

// knownPlaces asks the API for the places that it shows.
func knownPlaces(api *client.Client) load.Known {
	return func(ctx context.Context, provider string, states []string) (all []univaf.Update, err error) {
		if len(states) == 0 {
			return api.Locations(ctx, url.Values{"provider": {provider}})
		}
		for _, state := range states {
			places, err := api.Locations(ctx, url.Values{"provider": {provider}, "state": {state}})
			if err != nil {
				return nil, err
			}
			all = append(all, places...)
		}
		return all, nil
	}
}

// toAPI sends to the API.
func toAPI(sender *client.Sender) load.Sink {
	return load.SinkFunc(func(ctx context.Context, u univaf.Update) (load.Outcome, error) {
		result, err := sender.Send(ctx, u)
		if refused := (*client.Error)(nil); errors.As(err, &refused) && refused.Refused() {
			err = fmt.Errorf("%w: %w", load.ErrSinkFailed, err)
		}
		return outcomeOf(result.Location.Action, result.Availability.Action), err
	})
}

// outcomeOf sums up what became of the two halves of an update, by what the API and
// ingest call it.
func outcomeOf(location, availability string) load.Outcome {
	actions := []string{location, availability}
	switch {
	case location == "created":
		return load.Created
	case slices.ContainsFunc(actions, func(action string) bool { // edge says create and update
		return action == "updated" || action == "created" || action == "update" || action == "create"
	}):
		return load.Changed
	case slices.Contains(actions, "unchanged"):
		return load.Unchanged
	}
	return load.Taken
}
