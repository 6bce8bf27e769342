package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
)

// An engine is all in which SQLite and PostgreSQL differ but the migrations.
type engine struct {
	name    string // for messages; holds no password
	dialect goose.Dialect
	// migrations is the folder that holds them.
	migrations string
	path       string          // of the SQLite file
	config     *pgx.ConnConfig // of PostgreSQL
	// session runs a batch in a transaction. It is told where the log is thought to end,
	// and gives errMoved if it does not end there.
	session func(ctx context.Context, db *sql.DB, last position, f func(session) error) error
	reclaim string // gives the space of removed rows back; PostgreSQL does so by itself
	// snapshot is how a transaction sees one moment throughout.
	snapshot *sql.TxOptions
}

func newEngine(address string) (engine, error) {
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok {
		if path == "" {
			return engine{}, fmt.Errorf("%w: sqlite: needs a path, as in sqlite:./data/univaf.db", ErrRefused)
		}
		return engine{
			name: path, dialect: goose.DialectSQLite3, migrations: "sqlite", path: path, session: sqliteSession,
			reclaim: "PRAGMA incremental_vacuum", snapshot: &sql.TxOptions{},
		}, nil
	}
	if !strings.HasPrefix(address, "postgres://") && !strings.HasPrefix(address, "postgresql://") {
		return engine{}, fmt.Errorf("%w: its address must start with sqlite: or postgres://", ErrRefused)
	}
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return engine{}, fmt.Errorf("%w: %w", ErrRefused, err) // pgx leaves the password out
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 10 * time.Second
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "univaf"
	}
	return engine{
		name:       fmt.Sprintf("%s on %s", config.Database, config.Host),
		dialect:    goose.DialectPostgres,
		migrations: "postgres",
		config:     config,
		session:    postgresSession,
		snapshot:   &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
	}, nil
}

// snapshotReaders is how many connections read a snapshot of SQLite together.
const snapshotReaders = 4

func (e engine) open(poolSize int) (writer, reader *sql.DB, err error) {
	if e.config != nil {
		db := stdlib.OpenDB(*e.config)
		if poolSize == 0 {
			poolSize = 10
		}
		poolSize = max(poolSize, 2) // a batch waits for the catalog, which may need one to load
		db.SetMaxOpenConns(poolSize)
		db.SetMaxIdleConns(poolSize)
		db.SetConnMaxIdleTime(5 * time.Minute)
		return db, db, nil
	}
	if err := os.MkdirAll(filepath.Dir(e.path), 0o755); err != nil {
		return nil, nil, err
	}
	// auto_vacuum counts only before the first table, so it comes first.
	writer, err = sql.Open("sqlite", e.dsn("immediate",
		"auto_vacuum(incremental)", "journal_mode(wal)", "synchronous(full)", "foreign_keys(on)", "busy_timeout(20000)",
		"cache_size(-65536)")) // 64 MB: a batch that does not fit is written twice
	if err != nil {
		return nil, nil, err
	}
	// More writers would only wait for each other, and more readers slow the writer.
	writer.SetMaxOpenConns(1)
	reader, err = sql.Open("sqlite", e.dsn("deferred", "query_only(on)", "busy_timeout(20000)"))
	if err != nil {
		return nil, nil, err
	}
	reader.SetMaxOpenConns(snapshotReaders + 1)
	return writer, reader, nil
}

func (e engine) dsn(txlock string, pragmas ...string) string {
	query := url.Values{"_txlock": {txlock}, "_pragma": pragmas}
	path, err := filepath.Abs(e.path)
	if err != nil {
		path = e.path
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + query.Encode()
}

// isDataError reports whether err says that the data can't be stored, rather than
// that the database can't be reached.
func isDataError(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		// Class 22: data exception, 23: integrity, 42: our SQL, 54: limits.
		switch pg.Code[:min(2, len(pg.Code))] {
		case "22", "23", "42", "54":
			return true
		}
		return false
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		const sqliteError, tooBig, constraint, mismatch = 1, 18, 19, 20
		switch lite.Code() & 0xff {
		case sqliteError, tooBig, constraint, mismatch:
			return true
		}
		return false
	}
	return errors.Is(err, ErrRefused) || errors.Is(err, errGuard)
}
