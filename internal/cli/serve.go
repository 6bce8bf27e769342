package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/api"
	"getmyvax.org/univaf/internal/archive"
	"getmyvax.org/univaf/internal/catalog"
	"getmyvax.org/univaf/internal/demo"
	"getmyvax.org/univaf/internal/ingest"
	"getmyvax.org/univaf/internal/keys"
	"getmyvax.org/univaf/internal/load"
	"getmyvax.org/univaf/internal/store"
)

type serveCommand struct {
	Port        int    `help:"Port to listen on." default:"3000" fallback:"PORT"`
	Host        string `help:"Address to listen on. By default loopback, in production all." fallback:"UNIVAF_HOST"`
	Env         string `help:"production is strict: it wants API_KEYS and a database." default:"development" fallback:"UNIVAF_ENV,NODE_ENV"`
	PrimaryHost string `help:"Public host name for links, which then are https." fallback:"PRIMARY_HOST"`
	SunsetDate  string `name:"api-sunset-date" placeholder:"TIME" help:"When the API ends, for the Sunset header." fallback:"API_SUNSET_DATE"`
	SunsetInfo  string `name:"api-sunset-info-url" placeholder:"URL" help:"Where its end is explained." fallback:"API_SUNSET_INFO_URL"`
	RunSources  bool   `help:"Run the sources that have a schedule; with --no-run-sources workers do (univaf work)." default:"true" negatable:"" fallback:"UNIVAF_RUN_SOURCES"`
	Demo        bool   `help:"Serve invented places, in a database file of their own."`
	RateLimit   int    `help:"Most requests a second from one address without a key; for 4 seconds' worth may come at once. 0 is no limit." default:"50" fallback:"UNIVAF_RATE_LIMIT"`
	KeyLimit    int    `name:"key-rate-limit" help:"Most requests a second with one key; a batch of updates is one." default:"2000" fallback:"UNIVAF_KEY_RATE_LIMIT"`
	Pprof       string `placeholder:"ADDRESS" help:"Loopback address for profiles (/debug/pprof/), such as 127.0.0.1:6060." fallback:"UNIVAF_PPROF"`

	TrustedProxies  []string `help:"Addresses of proxies whose X-Forwarded-* headers are believed, besides loopback and private ones." fallback:"UNIVAF_TRUSTED_PROXIES" placeholder:"PREFIX"`
	SecurityContact string   `help:"Whom to tell of weaknesses, for /.well-known/security.txt: a mailto: or https: URI." fallback:"UNIVAF_SECURITY_CONTACT" placeholder:"URI"`

	servedArchive
	sourceFlags
	databaseFlags
}

// Help is what serve --help says besides its flags.
func (c *serveCommand) Help() string {
	return "API_KEYS holds the keys that may write, comma-separated; outside production it may be empty, then dev-key is one."
}

// devKey is taken outside production where no key is set.
const devKey = "dev-key"

// greetingTime is how long the greeting waits for the database. One that is down is
// tried on and on.
const greetingTime = 2 * time.Second

// shutdownTime is how long requests that are under way may take at the end.
const shutdownTime = 20 * time.Second

// Run serves until the context ends.
func (c *serveCommand) Run(h *host) error {
	options, err := c.options(h)
	if err != nil {
		return err
	}
	if options.config, options.jobs, err = c.timed(h, c.DataDir); err != nil {
		return err
	}
	if !c.Demo {
		if options.archive, err = c.servedArchive.open(h); err != nil {
			return err
		}
		if options.archive != nil {
			defer func() { _ = options.archive.Close() }()
		}
	}
	listener, err := c.listen(h.ctx)
	if err != nil {
		return err
	}
	if c.Pprof != "" {
		profiles, err := serveProfiles(h.ctx, c.Pprof)
		if err != nil {
			return err
		}
		defer func() { _ = profiles.Close() }()
	}
	h.collectOften()
	err = c.serve(h, listener, options)
	if errors.Is(err, context.Canceled) && h.ctx.Err() != nil {
		return nil
	}
	return err
}

// settings are what the flags amount to.
type settings struct {
	database store.Options
	keys     []string // of API_KEYS
	sunset   time.Time
	proxies  []netip.Prefix
	config   *config
	jobs     []load.Timed
	archive  *archive.Bucket // nil if there is none
}

// sources tells the API of all sources and of the schedules of those that run here.
func (s *settings) sources() []api.Source {
	var list []api.Source
	for _, d := range s.config.definitions {
		source := api.Source{Name: d.Name, Description: d.Help, RecordsAs: d.Names, States: d.States, Retired: d.Retired}
		for _, job := range s.jobs {
			if job.Job.Definition.Name == d.Name {
				source.Schedule, source.Every = job.Schedule.String(), job.Schedule.Period(time.Now())
			}
		}
		list = append(list, source)
	}
	return list
}

func (c *serveCommand) production() bool { return c.Env == "production" }

func (c *serveCommand) logKept() time.Duration {
	if c.Demo {
		return demoLogKept
	}
	return time.Duration(c.Keep)
}

func (c *serveCommand) options(h *host) (settings, error) {
	var s settings
	for key := range strings.SplitSeq(h.getenv("API_KEYS"), ",") {
		if key = strings.TrimSpace(key); key != "" {
			s.keys = append(s.keys, key)
		}
	}
	if len(s.keys) == 0 {
		if c.production() {
			return s, errors.New("production needs API_KEYS: the keys that may write, comma-separated")
		}
		s.keys = []string{devKey}
		h.log.Warn("API_KEYS is not set: the key " + devKey + " may write")
	}
	file := "univaf.db"
	if c.Demo {
		if c.isSet() {
			return s, fmt.Errorf("--demo uses a database file of its own (%s/demo.db): unset the other database settings", c.DataDir)
		}
		file, s.database.Purpose = "demo.db", "demo"
	} else if c.production() && !c.isSet() {
		return s, errNoDatabase
	}
	if c.SunsetDate != "" {
		var err error
		if s.sunset, err = univaf.ParseTime(c.SunsetDate); err != nil {
			return s, fmt.Errorf("--api-sunset-date (API_SUNSET_DATE) %w", err)
		}
	}
	if err := c.checkAccess(&s); err != nil {
		return s, err
	}
	address, err := c.address(h.getenv, file)
	s.database.URL, s.database.PoolSize, s.database.Now = address, c.DBPool, time.Now
	return s, err
}

func (c *serveCommand) listen(ctx context.Context) (net.Listener, error) {
	host := c.Host
	if host == "" && !c.production() {
		host = "127.0.0.1"
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", net.JoinHostPort(host, fmt.Sprint(c.Port)))
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("port %d is in use: stop what listens there, or choose another with --port or PORT", c.Port)
	case err != nil:
		return nil, fmt.Errorf("can't listen: %w", err)
	}
	return listener, nil
}

// serve wires the parts together and runs them. The listener answers from the start;
// /ready tells when there is data.
func (c *serveCommand) serve(h *host, listener net.Listener, s settings) error {
	var (
		database = &lateStore{}
		reader   = catalog.New(time.Now)
		writer   = ingest.New(database, pictures(reader), time.Now)
		ring     = keys.NewRing(keys.Fixed(s.keys), time.Now)
	)
	reader.SetStale(holdsFor(s.config.definitions))
	var server *api.Server
	var publisher http.Handler
	if c.Demo {
		publisher = demo.NewPublisher(func(r *http.Request) string { return server.Base(r) + demoFolder }, time.Now)
	}
	server = api.New(api.Options{
		Demo: publisher, Catalog: reader, Ingest: writer, Ping: database.Ping, Sources: s.sources(), Runs: database, History: database, Keys: ring, Operations: database, PrimaryHost: c.PrimaryHost,
		AddressRate: c.RateLimit, KeyRate: c.KeyLimit, SecurityContact: c.SecurityContact, Contact: contacts(s.config.definitions), Proxies: s.proxies, Sunset: s.sunset, SunsetInfo: c.SunsetInfo, Build: h.release, Now: time.Now, Log: h.log,
	})
	web := &http.Server{
		Handler: server, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		WriteTimeout: time.Minute, // streams move it on as they go
		ErrorLog:     slog.NewLogLogger(h.log.Handler(), slog.LevelDebug),
	}

	// The parts end in order: first the web, so that what it has taken is written, then
	// the writer, then what reads.
	parts, stopParts := context.WithCancelCause(context.WithoutCancel(h.ctx))
	defer stopParts(nil)
	writing, stopWriting := context.WithCancel(parts)
	defer stopWriting()
	var running sync.WaitGroup
	opened := make(chan struct{})
	written := make(chan struct{})
	running.Go(func() {
		writer.Run(writing)
		close(written)
	})
	running.Go(func() {
		db, err := openStore(parts, h.log, s.database)
		if err != nil {
			stopParts(err)
			return
		}
		database.Store(db)
		close(opened)
		running.Go(func() { ring.Run(parts, db, func(err error) { reportKeys(h.log, err) }) })
		running.Go(func() { trim(parts, h.log, db, trimLog(db, s.archive), c.logKept()) })
		if s.archive != nil {
			running.Go(func() { c.keepArchive(parts, h, db, s.archive) })
		}
		running.Go(func() { judgeSources(parts, h.log, server) })
		if c.RunSources {
			running.Go(func() { runSources(parts, h, s.jobs, reader, writer, db) })
		}
		if c.Demo {
			running.Go(func() { readDemo(parts, h, "http://"+listener.Addr().String(), writer) })
		}
		select { // who is told that there is data may show any key
		case <-ring.Loaded():
		case <-parts.Done():
		}
		reader.Run(parts, db, func(err error) { reportCatalog(h.log, err) })
	})
	failed := make(chan error, 1)
	go func() { failed <- api.Serve(web, listener) }()
	// A database that must not be used is told of before, and without, a greeting.
	select {
	case <-opened:
	case <-parts.Done():
	case <-time.After(greetingTime):
	}
	if parts.Err() == nil {
		c.greet(h, listener.Addr())
	}

	var err error
	select {
	case <-h.ctx.Done():
		h.log.Info("shutting down")
	case <-parts.Done():
		err = context.Cause(parts)
	case err = <-failed:
	}
	server.Drain()
	ending, cancel := context.WithTimeout(context.WithoutCancel(h.ctx), shutdownTime)
	defer cancel()
	if web.Shutdown(ending) != nil {
		_ = web.Close()
	}
	stopWriting()
	<-written // it looks things up in the catalog until then
	stopParts(nil)
	running.Wait()
	if db := database.Load(); db != nil {
		err = errors.Join(err, db.Close())
	}
	return err
}

// pictures lets ingest see what there is.
func pictures(c *catalog.Catalog) ingest.Reader {
	return func(ctx context.Context, epoch string, seq int64) (ingest.Picture, error) {
		return c.At(ctx, epoch, seq)
	}
}

func (c *serveCommand) greet(h *host, addr net.Addr) {
	base := "http://" + addr.String()
	fmt.Fprintf(h.stdout, `UNIVAF listens on %[1]s

Try:
  open %[1]s/docs/
  curl '%[1]s/api/v1/locations?state=NJ&limit=2'
  curl --compressed %[1]s/api/v1/locations.ndjson | head
`, base)
}

// A lateStore is a database that may not have been reached yet.
type lateStore struct {
	atomic.Pointer[store.Store]
}

// Write is (*store.Store).Write.
func (l *lateStore) Write(ctx context.Context, f func(*store.Tx) error) (int64, error) {
	if db := l.Load(); db != nil {
		return db.Write(ctx, f)
	}
	return 0, univaf.ErrUnavailable
}

// Ping is (*store.Store).Ping.
func (l *lateStore) Ping(ctx context.Context) error {
	if db := l.Load(); db != nil {
		return db.Ping(ctx)
	}
	return univaf.ErrUnavailable
}

// Runs is (*store.Store).Runs.
func (l *lateStore) Runs(ctx context.Context, most int) (map[string][]univaf.Run, error) {
	if db := l.Load(); db != nil {
		return db.Runs(ctx, most)
	}
	return nil, univaf.ErrUnavailable
}

// Pauses is (*store.Store).Pauses.
func (l *lateStore) Pauses(ctx context.Context, now time.Time) (map[string]univaf.Pause, error) {
	if db := l.Load(); db != nil {
		return db.Pauses(ctx, now)
	}
	return nil, univaf.ErrUnavailable
}

// AddRun is (*store.Store).AddRun.
func (l *lateStore) AddRun(ctx context.Context, r univaf.Run) error {
	if db := l.Load(); db != nil {
		return db.AddRun(ctx, r)
	}
	return univaf.ErrUnavailable
}

// Pause is (*store.Store).Pause.
func (l *lateStore) Pause(ctx context.Context, p univaf.Pause) error {
	if db := l.Load(); db != nil {
		return db.Pause(ctx, p)
	}
	return univaf.ErrUnavailable
}

// Keys is (*store.Store).Keys.
func (l *lateStore) Keys(ctx context.Context) ([]univaf.Key, error) {
	if db := l.Load(); db != nil {
		return db.Keys(ctx)
	}
	return nil, univaf.ErrUnavailable
}

// openStore opens the database. One that can't be reached is tried again until ctx
// ends; one that must not be used, or a file that can't be, is an error.
func openStore(ctx context.Context, log *slog.Logger, o store.Options) (*store.Store, error) {
	for wait := time.Second; ; wait = min(2*wait, 15*time.Second) {
		db, err := store.Open(ctx, o)
		if err == nil || errors.Is(err, store.ErrRefused) || strings.HasPrefix(o.URL, "sqlite:") || ctx.Err() != nil {
			return db, err
		}
		log.Warn("the database can't be reached; trying again", "wait", wait, "err", err)
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(wait):
		}
	}
}

func reportCatalog(log *slog.Logger, err error) {
	if err != nil {
		log.Error("the data grows old", "err", err)
		return
	}
	log.Info("the data is current again")
}

func reportKeys(log *slog.Logger, err error) {
	if err != nil {
		log.Error("keys can't be read; those known till now go on working", "err", err)
		return
	}
	log.Info("keys are current again")
}

// How long reports of runs, turns of statuses and counts of openings are kept.
const (
	runsKept     = 90 * 24 * time.Hour
	turnsKept    = 400 * 24 * time.Hour
	openingsKept = 100 * 24 * time.Hour
)

// trim lets old log rows and reports go, now and then.
func trim(ctx context.Context, log *slog.Logger, db *store.Store, trimLog func(context.Context, time.Time) (int64, error), logKept time.Duration) {
	for {
		now := time.Now()
		for _, old := range []struct {
			name   string
			trim   func(context.Context, time.Time) (int64, error)
			before time.Time
		}{
			{"log", trimLog, now.Add(-logKept)},
			{"source_runs", db.TrimRuns, now.Add(-runsKept)},
			{"status_history", db.TrimTurns, now.Add(-turnsKept)},
			{"openings", db.TrimOpenings, now.Add(-openingsKept)},
		} {
			if n, err := old.trim(ctx, old.before); err != nil && ctx.Err() == nil {
				log.Warn("old rows can't be removed", "table", old.name, "err", err)
			} else if n > 0 {
				log.Info("old rows removed", "table", old.name, "rows", n)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Hour):
		}
	}
}
