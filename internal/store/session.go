package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// A session is a transaction in which a batch is written.
type session interface {
	// next takes the lock on the log and gives the seq that the batch will have there,
	// and the epoch.
	next() (seq int64, epoch string, err error)
	// write writes the rows and appends to the log, and tells of each put how many of
	// its rows it wrote.
	write(puts []put, log logRow) (written []int64, err error)
}

// A logRow is what a batch adds to the log.
type logRow struct {
	seq, time int64 // milliseconds since 1970
	entries   []byte
}

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

func sqliteSession(ctx context.Context, db *sql.DB, f func(session) error) error {
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

func (s sqliteTx) next() (seq int64, epoch string, err error) {
	err = s.tx.QueryRowContext(s.ctx, nextSeq).Scan(&seq, &epoch)
	return seq, epoch, err
}

// chunks are the numbers of rows that one statement writes to SQLite. A few fixed
// ones keep the number of distinct statements small, so that they stay prepared.
var chunks = []int{100, 10, 1}

func (s sqliteTx) write(puts []put, log logRow) (written []int64, err error) {
	for _, p := range puts {
		count := int64(0)
		for rows := p.rows; len(rows) > 0; {
			size := chunks[slices.IndexFunc(chunks, func(n int) bool { return n <= len(rows) })]
			result, err := s.tx.ExecContext(s.ctx, p.to.insert()+p.to.values(size)+p.to.conflict, slices.Concat(rows[:size]...)...)
			if err != nil {
				return nil, err
			}
			n, err := result.RowsAffected()
			if err != nil {
				return nil, err
			}
			rows, count = rows[size:], count+n
		}
		written = append(written, count)
	}
	_, err = s.tx.ExecContext(s.ctx, insertLog, log.seq, log.time, log.entries)
	return written, err
}

// A postgresTx is a session on PostgreSQL. What takes time there is to and fro, so
// statements travel together: a batch is three round trips.
type postgresTx struct {
	ctx  context.Context
	conn *pgx.Conn
}

// channel is where PostgreSQL announces log rows; the payload is the seq.
const channel = "univaf_log"

const notifyingInsertLog = insertLog + ` RETURNING pg_notify('` + channel + `', seq::text)`

func postgresSession(ctx context.Context, db *sql.DB, f func(session) error) error {
	pooled, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer pooled.Close()
	return pooled.Raw(func(driver any) error {
		conn := driver.(*stdlib.Conn).Conn()
		err := f(postgresTx{ctx, conn})
		if err == nil {
			err = commit(ctx, conn)
		}
		if err != nil && !conn.IsClosed() {
			// One that can't even roll back must not go back to the pool.
			if _, failed := conn.Exec(ctx, "ROLLBACK"); failed != nil {
				_ = conn.Close(context.WithoutCancel(ctx))
			}
		}
		return err
	})
}

func commit(ctx context.Context, conn *pgx.Conn) error {
	tag, err := conn.Exec(ctx, "COMMIT")
	if err == nil && tag.String() != "COMMIT" {
		err = fmt.Errorf("the commit ended in %s", tag)
	}
	return err
}

func (s postgresTx) next() (seq int64, epoch string, err error) {
	var b pgx.Batch
	b.Queue("BEGIN")
	b.Queue(nextSeq).QueryRow(func(row pgx.Row) error { return row.Scan(&seq, &epoch) })
	err = s.conn.SendBatch(s.ctx, &b).Close()
	return seq, epoch, err
}

func (s postgresTx) write(puts []put, log logRow) (written []int64, err error) {
	var b pgconn.Batch
	queue := func(statement string, parameters [][]byte) error {
		prepared, err := s.conn.Prepare(s.ctx, statement, statement)
		if err != nil {
			return err
		}
		b.ExecPrepared(prepared.Name, parameters, allBinary, nil)
		return nil
	}
	for _, p := range puts {
		if err := queue(p.to.insert()+p.to.unnest()+p.to.conflict, p.to.arrays(p.rows)); err != nil {
			return nil, err
		}
	}
	if err := queue(notifyingInsertLog, [][]byte{appendValue(nil, log.seq), appendValue(nil, log.time), log.entries}); err != nil {
		return nil, err
	}
	results := s.conn.PgConn().ExecBatch(s.ctx, &b)
	for results.NextResult() {
		tag, err := results.ResultReader().Close()
		if err != nil {
			return nil, errors.Join(err, results.Close())
		}
		written = append(written, tag.RowsAffected())
	}
	return written, results.Close()
}
