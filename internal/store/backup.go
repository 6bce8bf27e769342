package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
)

// ErrOwnTools says that a database has tools of its own for backups.
var ErrOwnTools = errors.New("PostgreSQL is backed up by pg_dump and restored by pg_restore")

// A Copy is a copy of an SQLite database, or what one holds.
type Copy struct {
	Path      string
	Seq       int64 // the last entry of its log
	Locations int64
	Bytes     int64

	purpose string
	version int64 // of the schema
}

// Backup copies the database as it is at one moment, while others read and write it. The
// file appears under its name when it is whole, checked and on the disk.
func Backup(ctx context.Context, address, to string) (Copy, error) {
	e, err := existing(address)
	if err != nil {
		return Copy{}, err
	}
	for _, name := range []string{e.path, e.path + "-wal", e.path + "-shm"} {
		if sameFile(name, to) {
			return Copy{}, fmt.Errorf("%s is the database itself", to)
		}
	}
	part := to + ".part"
	made, err := copyInto(ctx, e, part)
	if err != nil {
		_ = os.Remove(part)
		return Copy{}, err
	}
	if err := os.Rename(part, to); err != nil {
		return Copy{}, err
	}
	made.Path = to
	return made, syncFile(filepath.Dir(to))
}

// existing gives the engine of an SQLite file that is there.
func existing(address string) (engine, error) {
	e, err := newEngine(address)
	if err != nil {
		return e, err
	}
	if e.config != nil {
		return e, ErrOwnTools
	}
	_, err = os.Stat(e.path)
	return e, err
}

func sameFile(a, b string) bool {
	one, err := os.Stat(a)
	if err != nil {
		return false
	}
	other, err := os.Stat(b)
	return err == nil && os.SameFile(one, other)
}

// copyInto writes a copy to a file, in place of one that a run before may have left there,
// checks it and has it on the disk.
func copyInto(ctx context.Context, e engine, to string) (Copy, error) {
	if err := os.Remove(to); err != nil && !errors.Is(err, os.ErrNotExist) {
		return Copy{}, err
	}
	db, err := sql.Open("sqlite", e.dsn("deferred", "busy_timeout(20000)"))
	if err != nil {
		return Copy{}, err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, `VACUUM INTO $1`, to); err != nil {
		return Copy{}, fmt.Errorf("copy %s: %w", e.path, err)
	}
	if err := syncFile(to); err != nil { // SQLite does not
		return Copy{}, err
	}
	return inspect(ctx, to, quickCheck)
}

// How thoroughly a database is looked at. The full check reads every index against its
// table, which takes many times as long; what was copied row by row has indexes made anew.
const (
	quickCheck = `PRAGMA quick_check(1)`
	fullCheck  = `PRAGMA integrity_check(1)`
)

func syncFile(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return file.Sync()
}

// inspect checks that a file is a whole database of ours, and tells what it holds.
func inspect(ctx context.Context, path, check string) (Copy, error) {
	c := Copy{Path: path}
	info, err := os.Stat(path)
	if err != nil {
		return c, err
	}
	c.Bytes = info.Size()
	e, err := newEngine("sqlite:" + path)
	if err != nil {
		return c, err
	}
	db, err := sql.Open("sqlite", e.dsn("deferred", "query_only(on)", "busy_timeout(20000)"))
	if err != nil {
		return c, err
	}
	defer db.Close()
	var verdict string
	if err := db.QueryRowContext(ctx, check).Scan(&verdict); err != nil {
		return c, fmt.Errorf("%w: %s is not a whole SQLite database: %w", ErrRefused, path, err)
	}
	if verdict != "ok" {
		return c, fmt.Errorf("%w: %s is damaged: %s", ErrRefused, path, strings.ReplaceAll(verdict, "\n", " "))
	}
	const read = `SELECT h.seq, m.value, (SELECT count(*) FROM locations),
		(SELECT max(version_id) FROM ` + goose.DefaultTablename + ` WHERE is_applied)
		FROM log_head h JOIN meta m ON m.key = 'purpose'`
	if err := db.QueryRowContext(ctx, read).Scan(&c.Seq, &c.purpose, &c.Locations, &c.version); err != nil {
		return c, fmt.Errorf("%w: %s is not a database of UNIVAF: %w", ErrRefused, path, err)
	}
	return c, nil
}

// pageCopy copies all pages of the database behind db to the file of e, in one transaction
// there. held is called when nobody else can write to that file any more, before anything
// of it changes.
func pageCopy(ctx context.Context, db *sql.DB, e engine, held func() error) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(driver any) error {
		from, ok := driver.(interface {
			NewBackup(to string) (*sqlite.Backup, error)
		})
		if !ok {
			return errors.ErrUnsupported
		}
		b, err := from.NewBackup(e.dsn("immediate", "busy_timeout(20000)", "synchronous(full)"))
		if err != nil {
			return err
		}
		if _, err = b.Step(1); err == nil { // which takes the lock
			err = held()
		}
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			_, err = b.Step(-1)
		}
		// Without the last step it leaves everything as it was.
		return errors.Join(err, b.Finish())
	})
}

// copyFile copies a file that nobody writes to.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
