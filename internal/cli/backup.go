package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"getmyvax.org/univaf/internal/store"
)

type backupCommand struct {
	To string `help:"File that the backup is; one of that name is replaced once the new one is whole." required:"" placeholder:"FILE"`

	databaseFlags
}

// Help is what backup --help says besides its flags.
func (c *backupCommand) Help() string {
	return "Copies the embedded database as it is at one moment, while servers go on reading and writing it. " +
		"Of PostgreSQL, pg_dump makes backups."
}

// Run makes a backup.
func (c *backupCommand) Run(h *host) error {
	address, err := c.address(h.getenv, "univaf.db")
	if err != nil {
		return usage("%w", err)
	}
	start := time.Now()
	made, err := store.Backup(h.ctx, address, c.To)
	if err != nil {
		return backupError("backup", err)
	}
	_, err = fmt.Fprintf(h.stdout, "%s has %d locations, up to entry %d of the log (%.1f MB, %v)\n",
		made.Path, made.Locations, made.Seq, float64(made.Bytes)/1e6, time.Since(start).Round(10*time.Millisecond))
	return err
}

type restoreCommand struct {
	From string `help:"File that univaf backup made." required:"" placeholder:"FILE"`

	databaseFlags
}

// Help is what restore --help says besides its flags.
func (c *restoreCommand) Help() string {
	return "Puts a backup in the place of the embedded database. Servers may go on: they read everything anew within a second, and answer " +
		"cursors of the list of changes with 410, so that followers start anew. What was there is kept in a file beside. " +
		"Keys of the API are those of the backup, too. PostgreSQL is restored by pg_restore."
}

// Run restores.
func (c *restoreCommand) Run(h *host) error {
	address, err := c.address(h.getenv, "univaf.db")
	if err != nil {
		return usage("%w", err)
	}
	restored, aside, err := store.Restore(h.ctx, address, c.From, time.Now())
	if err != nil {
		return backupError("restore", err)
	}
	fmt.Fprintf(h.stdout, "%s has %d locations again, up to entry %d of the log\n", restored.Path, restored.Locations, restored.Seq)
	if aside != "" {
		fmt.Fprintf(h.stdout, "what it had before is in %s\n", aside)
	}
	return nil
}

func backupError(what string, err error) error {
	switch {
	case errors.Is(err, store.ErrOwnTools):
		return usage("%s is for the embedded database: %w", what, err)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: %w", what, err)
	}
	return fmt.Errorf("%s: nothing was changed: %w", what, err)
}
