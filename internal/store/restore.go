package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Restore puts a backup in the place of a database, and names a new epoch, so that followers
// load anew and cursors of before are refused. It is one transaction: servers may have the
// database open, and if it is cut short all is as before. What was there is kept in a file
// beside it, whose path it gives ("" if there was no database).
func Restore(ctx context.Context, address, from string, now time.Time) (restored Copy, aside string, err error) {
	e, err := newEngine(address)
	switch {
	case err != nil:
		return Copy{}, "", err
	case e.config != nil:
		return Copy{}, "", ErrOwnTools
	case sameFile(e.path, from):
		return Copy{}, "", fmt.Errorf("%s is the database itself", from)
	}
	backup, err := inspect(ctx, from, fullCheck)
	if err != nil {
		return Copy{}, "", err
	}
	_, err = os.Stat(e.path)
	isNew := errors.Is(err, os.ErrNotExist)
	if !isNew {
		if err := replaceable(ctx, e, backup); err != nil {
			return Copy{}, "", err
		}
	}
	ready := e.path + ".restore"
	defer removeDatabase(ready)
	if err := prepareRestore(ctx, from, ready, backup.purpose, now); err != nil {
		return Copy{}, "", err
	}
	if restored, err = inspect(ctx, ready, quickCheck); err != nil {
		return Copy{}, "", err
	}
	restored.Path = e.path
	if isNew {
		return restored, "", moveInto(ready, e.path)
	}
	aside = e.path + ".before-restore-" + now.UTC().Format("20060102T150405Z")
	db, err := sql.Open("sqlite", (engine{path: ready}).dsn("deferred"))
	if err != nil {
		return Copy{}, "", err
	}
	defer db.Close()
	err = pageCopy(ctx, db, e, func() error {
		_, err := copyInto(ctx, e, aside)
		return err
	})
	if err != nil {
		return Copy{}, "", fmt.Errorf("restore %s: %w", e.path, err)
	}
	return restored, aside, nil
}

// replaceable refuses to replace a database by one for something else.
func replaceable(ctx context.Context, e engine, by Copy) error {
	now, err := inspect(ctx, e.path, quickCheck)
	if err != nil {
		return fmt.Errorf("what is to be replaced can't be kept, so move it away first: %w", err)
	}
	if now.purpose != by.purpose {
		return fmt.Errorf("%w: the backup holds %s data and %s %s", ErrRefused, purposeName(by.purpose), e.path, purposeName(now.purpose))
	}
	return nil
}

// prepareRestore makes a copy of a backup that is as the database is to be.
func prepareRestore(ctx context.Context, from, ready, purpose string, now time.Time) error {
	removeDatabase(ready)
	if err := os.MkdirAll(filepath.Dir(ready), 0o755); err != nil {
		return err
	}
	if err := copyFile(from, ready); err != nil {
		return err
	}
	s, err := Open(ctx, Options{URL: "sqlite:" + ready, Purpose: purpose, Now: func() time.Time { return now }})
	if err != nil {
		return err
	}
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE meta SET value = $1 WHERE key = 'epoch'`, rand.Text())
		return err
	})
	return errors.Join(err, s.Close())
}

// moveInto gives a database its name, where there is none.
func moveInto(ready, path string) error {
	for _, rest := range []string{"-wal", "-shm"} { // of one that was removed: they would spoil this one
		if err := os.Remove(path + rest); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if err := syncFile(ready); err != nil {
		return err
	}
	if err := os.Rename(ready, path); err != nil {
		return err
	}
	return syncFile(filepath.Dir(path))
}

func removeDatabase(path string) {
	for _, rest := range []string{"", "-wal", "-shm", ".lock"} {
		_ = os.Remove(path + rest)
	}
}
