// Package store is the database: the truth about locations and availability, and
// the log of how it came to be. SQLite (embedded) and PostgreSQL (shared) run the
// same SQL text; how they differ is in engine.go and the migrations.
//
// It must not know which updates are right or which records are one place: it
// writes what it is told to, guarded, and tells what it holds.
package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"getmyvax.org/univaf"
)

// ErrRefused marks a database that must not be used as it is: made by a newer
// release, or for another purpose. Trying again does not help.
var ErrRefused = errors.New("database refused")

// Options say which database to open, and how.
type Options struct {
	// URL is sqlite:PATH, or postgres://… as libpq reads it.
	URL string
	// PoolSize is how many connections to PostgreSQL may be open; 0 means 10.
	PoolSize int
	// Purpose is written into a new database and must be that of an old one: ""
	// for real data, "demo" for invented.
	Purpose string
	// Now gives the time of log rows.
	Now func() time.Time
}

// Store is an open database. Its methods may be called concurrently.
type Store struct {
	engine engine
	writer *sql.DB
	reader *sql.DB
	epoch  string
	now    func() time.Time
	recent recent
	// snapshot has room for one: two that each have some connections and wait for more
	// would wait for each other.
	snapshot chan struct{}

	mu        sync.Mutex
	listeners map[chan struct{}]bool
	own       int64    // the last log entry that this process wrote, or is writing
	last      position // the last one that it wrote
}

// Open opens the database and brings it up to date. It may be called by several
// processes at once. The error is ErrRefused where trying again is no use.
func Open(ctx context.Context, o Options) (*Store, error) {
	engine, err := newEngine(o.URL)
	if err != nil {
		return nil, err
	}
	s := &Store{engine: engine, now: o.Now, snapshot: make(chan struct{}, 1), listeners: map[chan struct{}]bool{}}
	if s.writer, s.reader, err = engine.open(o.PoolSize); err != nil {
		return nil, fmt.Errorf("database %s: %w", engine.name, err)
	}
	if err := s.prepare(ctx, o.Purpose); err != nil {
		_ = s.Close()
		return nil, fmt.Errorf("database %s: %w", engine.name, err)
	}
	return s, nil
}

func (s *Store) prepare(ctx context.Context, purpose string) error {
	if err := s.migrate(ctx); err != nil {
		return err
	}
	return s.inTx(ctx, func(tx *sql.Tx) error {
		const insert = `INSERT INTO meta (key, value) VALUES ('epoch', $1), ('purpose', $2) ON CONFLICT (key) DO NOTHING`
		if _, err := tx.ExecContext(ctx, insert, rand.Text(), purpose); err != nil {
			return err
		}
		var was string
		const read = `SELECT e.value, p.value FROM meta e JOIN meta p ON p.key = 'purpose' WHERE e.key = 'epoch'`
		if err := tx.QueryRowContext(ctx, read).Scan(&s.epoch, &was); err != nil {
			return err
		}
		if was != purpose {
			return fmt.Errorf("%w: it holds %s data, not %s", ErrRefused, purposeName(was), purposeName(purpose))
		}
		return nil
	})
}

func purposeName(purpose string) string {
	if purpose == "" {
		return "real"
	}
	return purpose
}

// Close closes the database.
func (s *Store) Close() error {
	return errors.Join(s.reader.Close(), s.writer.Close())
}

// Ping tells whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	return unavailable(s.reader.PingContext(ctx))
}

// Epoch names the life of the database in which it was opened; it is another after a restore.
func (s *Store) Epoch() string { return s.epoch }

// inTx runs f in a transaction.
func (s *Store) inTx(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return unavailable(err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	if err := f(tx); err != nil {
		return unavailable(err)
	}
	return unavailable(tx.Commit())
}

// unavailable marks errors that tell of the database's absence, not of the data.
func unavailable(err error) error {
	if err == nil || isDataError(err) || errors.Is(err, univaf.ErrUnavailable) {
		return err
	}
	return fmt.Errorf("%w: %w", univaf.ErrUnavailable, err)
}
