package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/client"
	"getmyvax.org/univaf/internal/fetch"
	"getmyvax.org/univaf/internal/load"
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/source/all"
	"getmyvax.org/univaf/internal/usa"
)

type loadCommand struct {
	Names       []string   `arg:"" optional:"" name:"source" help:"Sources to read; all at once. Without any, the sources are listed."`
	Send        bool       `help:"Send the records to the API instead of printing them; its key is in the environment variable API_KEY."`
	APIURL      string     `name:"api-url" help:"Where the API is, e.g. https://getmyvax.org." fallback:"API_URL" placeholder:"URL"`
	Concurrency int        `help:"How many records are sent at once." default:"10" fallback:"API_CONCURRENCY"`
	States      []string   `help:"Read only these states, e.g. VA,NJ." placeholder:"STATE"`
	RateLimit   *float64   `help:"Most requests per second to each source." placeholder:"N"`
	Contact     string     `help:"URL that tells sources who is asking." fallback:"UNIVAF_CONTACT" placeholder:"URL"`
	Now         *time.Time `help:"Take this time for now, e.g. 2021-11-01T12:00:00Z." placeholder:"TIME"`
	Replay      string     `help:"Take the sources' answers from this recording, not from the network." placeholder:"FILE" xor:"recording"`
	Record      string     `help:"Record the sources' answers in this file, secrets masked." placeholder:"FILE" xor:"recording"`
}

// Run reads the sources. How each went is logged; the exit code tells whether some
// or all failed.
func (c *loadCommand) Run(h *host) (err error) {
	definitions, err := c.definitions()
	if err != nil {
		return err
	}
	states, err := c.states()
	if err != nil {
		return err
	}
	if c.RateLimit != nil && !(*c.RateLimit > 0 && *c.RateLimit <= math.MaxFloat64) {
		return fmt.Errorf("--rate-limit must be a number of requests per second greater than 0, not %v", *c.RateLimit)
	}
	if c.Concurrency < 1 {
		return fmt.Errorf("--concurrency must be 1 or more, not %d", c.Concurrency)
	}
	options := load.Options{Query: source.Query{States: states}, Concurrency: c.Concurrency, Log: h.log, Now: time.Now}
	sink := printer(h.stdout)
	if c.Send {
		if sink, err = c.sender(h); err != nil {
			return err
		}
	} else {
		options.Concurrency = 1 // so that records come in the order of their source
	}
	transport, finish, err := c.transport()
	if err != nil {
		return err
	}
	reports := load.Run(h.ctx, c.jobs(h, definitions, transport), sink, options)
	if err := finish(); err != nil {
		return err
	}
	return outcome(reports)
}

func (c *loadCommand) definitions() ([]source.Definition, error) {
	if len(c.Names) == 0 {
		var list strings.Builder
		for _, d := range all.Sources {
			fmt.Fprintf(&list, "\n  %-18s %s", d.Name, d.Help)
		}
		return nil, fmt.Errorf("name the sources to load: univaf load SOURCE…\nThe sources are:%s", list.String())
	}
	var definitions []source.Definition
	for i, name := range c.Names {
		d, ok := all.Find(name)
		if !ok {
			return nil, fmt.Errorf("there is no source %q; the sources are %s", name, strings.Join(all.Names(), ", "))
		}
		if !slices.Contains(c.Names[:i], name) {
			definitions = append(definitions, d)
		}
	}
	return definitions, nil
}

func (c *loadCommand) states() ([]string, error) {
	var states []string
	for _, text := range c.States {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		code, ok := usa.StateCode(text)
		if !ok {
			return nil, fmt.Errorf("--states: there is no state %q; give USPS codes, such as VA,NJ", text)
		}
		states = append(states, code)
	}
	if c.States != nil && states == nil {
		return nil, errors.New("--states names no state; give USPS codes, such as VA,NJ")
	}
	return states, nil
}

// transport gives what carries the requests to sources and what to do in the end.
func (c *loadCommand) transport() (transport http.RoundTripper, finish func() error, err error) {
	finish = func() error { return nil }
	switch {
	case c.Replay != "":
		transport, err = fetch.OpenReplay(c.Replay)
	case c.Record != "":
		var recorder *fetch.Recorder
		if recorder, err = fetch.NewRecorder(c.Record, nil); err == nil {
			return recorder, recorder.Close, nil
		}
	}
	return transport, finish, err
}

// jobs gives each source its own client, so that each has its own rate limit.
func (c *loadCommand) jobs(h *host, definitions []source.Definition, transport http.RoundTripper) []load.Job {
	now := time.Now
	if c.Now != nil {
		now = func() time.Time { return *c.Now }
	}
	options := fetch.Options{Release: h.release, Contact: c.Contact, Transport: transport, NoWait: c.Replay != ""}
	if c.RateLimit != nil {
		options.RateLimit = *c.RateLimit
	}
	jobs := make([]load.Job, len(definitions))
	for i, d := range definitions {
		jobs[i] = load.Job{Definition: d, Env: source.Env{Fetch: fetch.New(options), Now: now, Getenv: h.getenv}}
	}
	return jobs
}

// printer writes one line per record.
func printer(out io.Writer) load.Sink {
	var mu sync.Mutex
	return load.SinkFunc(func(_ context.Context, u univaf.Update) error {
		line := append(u.AppendJSON(nil), '\n')
		mu.Lock()
		defer mu.Unlock()
		_, err := out.Write(line)
		switch {
		case errors.Is(err, syscall.EPIPE), errors.Is(err, io.ErrClosedPipe): // head has seen enough
			return load.ErrSinkClosed
		case err != nil:
			return fmt.Errorf("%w: %w", load.ErrSinkFailed, err)
		}
		return nil
	})
}

// sender posts each record to the API.
func (c *loadCommand) sender(h *host) (load.Sink, error) {
	key := h.getenv("API_KEY")
	switch {
	case c.APIURL == "":
		return nil, errors.New("--send needs to know where the API is: set --api-url or the environment variable API_URL")
	case key == "":
		return nil, errors.New("--send needs the API's key: set the environment variable API_KEY")
	}
	api, err := client.New(c.APIURL, key, client.Options{Release: h.release, Contact: c.Contact})
	if err != nil {
		return nil, err
	}
	return load.SinkFunc(func(ctx context.Context, u univaf.Update) error {
		_, err := api.Send(ctx, u)
		if refused := (*client.Error)(nil); errors.As(err, &refused) && refused.Refused() {
			return fmt.Errorf("%w: %w", load.ErrSinkFailed, err)
		}
		return err
	}), nil
}

// outcome tells by the exit code how many sources failed.
func outcome(reports []load.Report) error {
	failed := 0
	for _, r := range reports {
		if r.Err != nil && !errors.Is(r.Err, load.ErrSinkClosed) {
			failed++
		}
	}
	switch failed {
	case 0:
		return nil
	case len(reports):
		return exitCode(exitAllFailed)
	}
	return exitCode(exitSomeFailed)
}
