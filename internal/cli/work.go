package cli

import (
	"strings"

	"getmyvax.org/univaf/client"
	"getmyvax.org/univaf/internal/load"

	"github.com/jackc/pgx/v5/pgxpool"
)

type workCommand struct {
	Workers int `help:"How many sources run here at once." default:"4" fallback:"UNIVAF_WORKERS"`

	apiFlags
	sourceFlags
	databaseFlags
}

// Help is what work --help says besides its flags.
func (c *workCommand) Help() string {
	return "Any number of workers share one PostgreSQL: each source that is due is run by one of them, and taken over by another if that one dies. " +
		"Records are sent to the API. On one machine, serve --sources does without workers."
}

// Run works until the context ends.
func (c *workCommand) Run(h *host) error {
	h.collectOften()
	config, jobs, err := c.timed(h, c.DataDir)
	if err != nil {
		return err
	}
	switch {
	case len(jobs) == 0:
		return usage("there is nothing to run: name sources with --sources or in the configuration file; the sources are %s", config.names())
	case c.Workers < 1:
		return usage("--workers must be 1 or more, not %d", c.Workers)
	case !c.isSet():
		return usage("workers share a PostgreSQL: set DB_URL (on one machine, use serve --sources)")
	}
	address, err := c.address(h.getenv, "")
	if err != nil {
		return usage("%w", err)
	}
	if !strings.HasPrefix(address, "postgres") {
		return usage("workers share a PostgreSQL, which DB_URL must name (on one machine, use serve --sources)")
	}
	api, err := c.client(h, client.Options{Release: h.release, Contact: c.Contact})
	if err != nil {
		return err
	}
	db, err := c.open(h)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	pool, err := pgxpool.New(h.ctx, address)
	if err != nil {
		return usage("the database: %w", err)
	}
	defer pool.Close()
	sender := client.NewSender(api, c.Concurrency)
	h.log.Info("working", "sources", len(jobs), "at_once", c.Workers)
	fleet := load.Fleet{Pool: pool, Workers: c.Workers}
	fleet.Run(h.ctx, jobs, toAPI(sender), db, scheduledOptions(h, sender.InFlight(), knownPlaces(api)))
	h.log.Info("no longer working")
	return nil
}
