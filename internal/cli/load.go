package cli

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"getmyvax.org/univaf/client"
	"getmyvax.org/univaf/internal/fetch"
	"getmyvax.org/univaf/internal/load"
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/usa"
)

type loadCommand struct {
	Names       []string   `arg:"" optional:"" name:"source" help:"Sources to read; all at once."`
	Send        bool       `help:"Send the records to the API instead of printing them; its key is in the environment variable API_KEY."`
	Spool       string     `help:"Folder that keeps what could not be sent; the next run with it sends that first." placeholder:"DIR" type:"path"`
	Compact     bool       `help:"Print one record a line, as is done anyway." xor:"form"`
	Pretty      bool       `help:"Print records indented, for people." xor:"form"`
	States      []string   `help:"Read only these states, e.g. VA,NJ." placeholder:"STATE"`
	HideMissing bool       `name:"hide-missing-locations" help:"Hide places in the API that a source, of those that know all places of their provider, names no more. Needs the API."`
	DropStale   bool       `name:"filter-stale-data" help:"Leave out records that are older than the threshold."`
	Stale       staleAfter `name:"stale-threshold" help:"How old records may be: milliseconds, or such as 36h. By default a day, or what the source says." placeholder:"AGE"`
	RateLimit   *float64   `help:"Most requests per second to each source." placeholder:"N"`
	Unsafe      bool       `help:"Run even a source that does harm."`
	Contact     string     `help:"URL that tells sources who is asking." fallback:"UNIVAF_CONTACT" placeholder:"URL"`
	DataDir     string     `help:"Folder with the lists of stores (stores/)." default:"./data" fallback:"UNIVAF_DATA_DIR"`

	apiFlags
	configFlags
	Now     *time.Time `help:"Take this time for now, e.g. 2021-11-01T12:00:00Z." placeholder:"TIME"`
	Replay  string     `help:"Take all answers from this recording, not from the network." placeholder:"FILE" xor:"recording"`
	Record  string     `help:"Record the sources' answers in this file, secrets masked." placeholder:"FILE" xor:"recording"`
	Verbose bool       `help:"Log more." short:"v"`
}

// Help is what load --help says besides its flags.
func (c *loadCommand) Help() string {
	return "Exit codes: 0 all sources were read, 2 the command line asks for what can't be, 90 something unexpected, 91 a source failed, 92 all failed."
}

// staleAfter reads a duration as the old loader did, in milliseconds, or as Go does.
type staleAfter time.Duration

// UnmarshalText reads "86400000" or "24h".
func (s *staleAfter) UnmarshalText(text []byte) error {
	age, err := time.ParseDuration(string(text))
	if ms, notNumber := strconv.ParseInt(string(text), 10, 64); notNumber == nil && ms < math.MaxInt64/int64(time.Millisecond) {
		age, err = time.Duration(ms)*time.Millisecond, nil
	}
	if err != nil || age <= 0 {
		return fmt.Errorf("must be milliseconds or a duration such as 36h, greater than 0, not %q", text)
	}
	*s = staleAfter(age)
	return nil
}

// Run reads the sources. How each went is logged; the exit code tells whether some
// or all failed.
func (c *loadCommand) Run(h *host) error {
	h.collectOften()
	if c.Verbose {
		h.level.Set(min(h.level.Level(), slog.LevelDebug))
	}
	sources, err := c.read(h.getenv)
	if err != nil {
		return err
	}
	definitions, err := c.definitions(sources)
	if err != nil {
		return err
	}
	options, err := c.options(h)
	if err != nil {
		return err
	}
	var api *client.Client
	transport, finish, err := c.transport()
	if err != nil {
		return usage("%w", err)
	}
	if c.Send || c.HideMissing {
		o := client.Options{Release: h.release, Contact: c.Contact}
		if c.Replay != "" && !c.Send { // only sending goes over the network
			o.Transport = transport
		}
		if api, err = c.client(h, o); err != nil {
			return err
		}
	}
	if c.HideMissing {
		options.Known = knownPlaces(api)
	}
	if c.Send {
		options.History = history(h, api)
	}
	reports, err := c.load(h, c.jobs(h, definitions, transport), api, options)
	if err := errors.Join(err, finish()); err != nil {
		return failure{err, exitLoadError}
	}
	if c.Send {
		tell(h, api, reports)
	}
	return outcome(reports)
}

// load runs the jobs with the sink that was asked for.
func (c *loadCommand) load(h *host, jobs []load.Job, api *client.Client, o load.Options) ([]load.Report, error) {
	if !c.Send {
		o.Concurrency = 1 // so that records come in the order of their source
		return load.Run(h.ctx, jobs, printer(h.stdout, c.Pretty), o), nil
	}
	sender := client.NewSender(api, c.Concurrency)
	o.Concurrency = sender.InFlight()
	progress := watch(h)
	defer progress.stop()
	o.Log, o.Progress = progress.log, progress.show
	sink := toAPI(sender)
	if c.Spool == "" {
		return load.Run(h.ctx, jobs, sink, o), nil
	}
	spool, err := load.NewSpool(c.Spool, sink, client.IsTemporary, time.Now)
	if err != nil {
		return nil, err
	}
	if err := spool.Resend(h.ctx, o.Log, o.Concurrency); err != nil {
		return nil, err
	}
	reports := load.Run(h.ctx, jobs, spool, o)
	kept, err := spool.Close()
	if kept > 0 {
		o.Log.Warn("records were kept to be sent by the next run", "records", kept, "spool", c.Spool)
	}
	return reports, err
}

func (c *loadCommand) options(h *host) (o load.Options, err error) {
	o = load.Options{Log: h.log, Now: time.Now, Stale: time.Duration(c.Stale), DropStale: c.DropStale}
	if o.Query.States, err = c.states(); err != nil {
		return o, err
	}
	if c.RateLimit != nil && !(*c.RateLimit > 0 && *c.RateLimit <= math.MaxFloat64) {
		return o, usage("--rate-limit must be a number of requests per second greater than 0, not %v", *c.RateLimit)
	}
	if c.Spool != "" && !c.Send {
		return o, usage("--spool is for --send")
	}
	return o, nil
}

func (c *loadCommand) definitions(sources *config) ([]source.Definition, error) {
	if len(c.Names) == 0 {
		return nil, usage("name the sources to load: univaf load SOURCE…\nunivaf sources lists them.")
	}
	var definitions []source.Definition
	for _, name := range c.Names {
		d, ok := sources.find(name)
		switch {
		case !ok:
			return nil, usage("there is no source %q; the sources are %s", name, sources.names())
		case d.Unsafe != "" && !c.Unsafe:
			return nil, usage("%s is unsafe: %s; --unsafe runs it nevertheless", name, d.Unsafe)
		}
		if !slices.ContainsFunc(definitions, func(known source.Definition) bool { return known.Name == d.Name }) {
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
			return nil, usage("--states: there is no state %q; give USPS codes, such as VA,NJ", text)
		}
		states = append(states, code)
	}
	if c.States != nil && states == nil {
		return nil, usage("--states names no state; give USPS codes, such as VA,NJ")
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
		jobs[i] = newJob(h, d, options, c.DataDir)
		jobs[i].Env.Now = now
	}
	return jobs
}

// newJob makes a job of a source.
func newJob(h *host, d source.Definition, o fetch.Options, dataDir string) load.Job {
	return load.Job{Definition: d, Env: source.Env{
		Fetch: fetch.New(d.Client(o)), Now: time.Now, Getenv: h.getenv, Stores: os.DirFS(filepath.Join(dataDir, "stores")),
	}}
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
