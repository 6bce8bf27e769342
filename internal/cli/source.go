package cli

import (
	"context"
	"fmt"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/store"
)

type sourceCommand struct {
	Pause  pauseCommand  `cmd:"" help:"Keep a source from being run for a while, by whatever runs it on this database."`
	Resume resumeCommand `cmd:"" help:"Let a source that was paused be run again."`
}

type pauseCommand struct {
	Name   string        `arg:"" name:"source" help:"Name of the source."`
	For    time.Duration `help:"How long, e.g. 2h." required:"" placeholder:"DURATION"`
	Reason string        `help:"Why, for those who look at its status." placeholder:"TEXT"`

	databaseFlags
	configFlags
}

// Run pauses the source.
func (c *pauseCommand) Run(h *host) error {
	if c.For <= 0 {
		return usage("--for must be greater than 0, not %v", c.For)
	}
	now := time.Now()
	p := univaf.Pause{Source: c.Name, Since: now, Until: now.Add(c.For), Reason: c.Reason}
	if err := setPause(h, c.databaseFlags, c.configFlags, p); err != nil {
		return err
	}
	_, err := fmt.Fprintf(h.stdout, "%s is paused until %s\n", c.Name, p.Until.UTC().Format(time.RFC3339))
	return err
}

type resumeCommand struct {
	Name string `arg:"" name:"source" help:"Name of the source."`

	databaseFlags
	configFlags
}

// Run ends the pause.
func (c *resumeCommand) Run(h *host) error {
	now := time.Now()
	if err := setPause(h, c.databaseFlags, c.configFlags, univaf.Pause{Source: c.Name, Since: now, Until: now}); err != nil {
		return err
	}
	_, err := fmt.Fprintf(h.stdout, "%s is no longer paused\n", c.Name)
	return err
}

func setPause(h *host, database databaseFlags, file configFlags, p univaf.Pause) error {
	sources, err := file.read(h.getenv)
	if err != nil {
		return err
	}
	d, known := sources.find(p.Source)
	if !known {
		return usage("there is no source %q; the sources are %s", p.Source, sources.names())
	}
	p.Source = d.Name
	db, err := database.open(h)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	return db.Pause(h.ctx, p)
}

// open opens the database for a moment's work.
func (f databaseFlags) open(h *host) (*store.Store, error) {
	address, err := f.address(h.getenv, "univaf.db")
	if err != nil {
		return nil, usage("%w", err)
	}
	ctx, cancel := context.WithTimeout(h.ctx, 30*time.Second)
	defer cancel()
	return store.Open(ctx, store.Options{URL: address, PoolSize: f.DBPool, Now: time.Now})
}
