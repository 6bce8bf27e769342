package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
)

// A session is a transaction in which a batch is written.
type session interface {
	// next gives where the batch will stand in the log. That is certain if it holds the
	// lock on the log already, else write makes sure of it.
	next() (at position, certain bool, err error)
	// write writes the rows and appends to the log. It gives errGuard if it was kept
	// from writing a row that must be written.
	write(puts []put, log logRow) error
}

// A position is an entry of the log.
type position struct {
	seq   int64
	epoch string // of the database; "" if the position is not known
}

// A logRow is what a batch adds to the log.
type logRow struct {
	seq, time int64 // milliseconds since 1970
	entries   []byte
}

// errMoved says that the log does not end where it was thought to end.
var errMoved = errors.New("another process has written")

// nextSeq moves the counter, which is the lock: who moves it writes alone until the
// commit. So the log has no gap and its order is that of the commits. In PostgreSQL
// every later statement sees what the batch before committed (READ COMMITTED).
const nextSeq = `UPDATE log_head SET seq = seq + 1 RETURNING seq, (SELECT value FROM meta WHERE key = 'epoch')`

const insertLog = `INSERT INTO log (seq, time, entries) VALUES ($1, $2, $3)`

// A sqliteTx is a session on SQLite, to which a statement costs little.
type sqliteTx struct {
	ctx context.Context
	tx  *sql.Tx
}

func sqliteSession(ctx context.Context, db *sql.DB, _ position, f func(session) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	if err := f(sqliteTx{ctx, tx}); err != nil {
		return err
	}
	return tx.Commit()
}

func (s sqliteTx) next() (at position, certain bool, err error) {
	err = s.tx.QueryRowContext(s.ctx, nextSeq).Scan(&at.seq, &at.epoch)
	return at, true, err
}

// chunks are the numbers of rows that one statement writes to SQLite. A few fixed
// ones keep the number of distinct statements small, so that they stay prepared.
var chunks = []int{100, 10, 1}

func (s sqliteTx) write(puts []put, log logRow) error {
	for _, p := range puts {
		written := int64(0)
		for rows := p.rows; len(rows) > 0; {
			size := chunks[slices.IndexFunc(chunks, func(n int) bool { return n <= len(rows) })]
			result, err := s.tx.ExecContext(s.ctx, p.to.insert()+p.to.values(size)+p.to.conflict, slices.Concat(rows[:size]...)...)
			if err != nil {
				return err
			}
			n, err := result.RowsAffected()
			if err != nil {
				return err
			}
			rows, written = rows[size:], written+n
		}
		if p.all && written != int64(len(p.rows)) {
			return errGuard
		}
	}
	_, err := s.tx.ExecContext(s.ctx, insertLog, log.seq, log.time, log.entries)
	return err
}
