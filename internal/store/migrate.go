package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/gofrs/flock"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations
var migrations embed.FS

// migrate brings the tables up to date, one process at a time.
func (s *Store) migrate(ctx context.Context) error {
	folder, err := fs.Sub(migrations, "migrations/"+s.engine.migrations)
	if err != nil {
		return err
	}
	var options []goose.ProviderOption
	if s.engine.dialect == goose.DialectPostgres {
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300)) // try each second, for 5 minutes
		if err != nil {
			return err
		}
		options = append(options, goose.WithSessionLocker(locker))
	} else {
		guard := flock.New(s.engine.path + ".lock")
		if err := guard.Lock(); err != nil {
			return err
		}
		defer func() { _ = guard.Unlock() }()
	}
	provider, err := goose.NewProvider(s.engine.dialect, s.writer, folder, options...)
	if err != nil {
		return err
	}
	sources := provider.ListSources()
	newest := sources[len(sources)-1].Version
	current, err := provider.GetDBVersion(ctx)
	if err != nil {
		return err
	}
	if current > newest {
		return fmt.Errorf("%w: it was made by a newer release (its schema is version %d, this program knows %d)",
			ErrRefused, current, newest)
	}
	if _, err := provider.Up(ctx); err != nil && !errors.Is(err, goose.ErrNoNextVersion) {
		return err
	}
	return nil
}
