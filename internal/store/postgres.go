package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// A postgresTx is a session on PostgreSQL. What takes time there is to and fro, so a
// batch travels in one message, from BEGIN to COMMIT, when it is known where it will
// stand in the log: mostly, as nobody else writes. What must hold is therefore said in
// SQL: a statement that finds otherwise divides by zero, and nothing behind it is done.
type postgresTx struct {
	ctx  context.Context
	conn *pgx.Conn
	at   position // where the batch is thought to stand
	open bool     // whether the transaction has begun, and at is certain
}

// channel is where PostgreSQL announces log rows; the payload is the seq.
const channel = "univaf_log"

const (
	notifyingInsertLog = insertLog + ` RETURNING pg_notify('` + channel + `', seq::text)`

	// expectedSeq is nextSeq where $1 is the seq that must come, in the epoch $2.
	expectedSeq = `UPDATE log_head SET seq = seq + 1
	RETURNING 1 / (seq = $1 AND (SELECT value FROM meta WHERE key = 'epoch') = $2)::int`
)

// allWritten gives the statement that writes rows, $1 and so on, and fails if it was
// kept from one of them; their number is the last parameter.
func (t *table) allWritten() string {
	return "WITH written AS (" + t.insert() + t.unnest() + t.conflict + " RETURNING 1) SELECT 1 / (count(*) = " +
		parameter(len(t.columns)) + ")::int FROM written"
}

func postgresSession(ctx context.Context, db *sql.DB, last position, f func(session) error) error {
	pooled, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer pooled.Close()
	return pooled.Raw(func(driver any) error {
		s := &postgresTx{ctx: ctx, conn: driver.(*stdlib.Conn).Conn()}
		if last.epoch != "" {
			s.at = position{last.seq + 1, last.epoch}
		}
		err := f(s)
		if err != nil && !s.conn.IsClosed() && s.conn.PgConn().TxStatus() != 'I' {
			// One that can't even roll back must not go back to the pool.
			if _, failed := s.conn.Exec(ctx, "ROLLBACK"); failed != nil {
				_ = s.conn.Close(context.WithoutCancel(ctx))
			}
		}
		return err
	})
}

func (s *postgresTx) next() (at position, certain bool, err error) {
	if s.at.epoch != "" {
		return s.at, false, nil
	}
	var b pgx.Batch
	b.Queue("BEGIN")
	b.Queue(nextSeq).QueryRow(func(row pgx.Row) error { return row.Scan(&s.at.seq, &s.at.epoch) })
	s.open = true
	err = s.conn.SendBatch(s.ctx, &b).Close()
	return s.at, true, err
}

func (s *postgresTx) write(puts []put, log logRow) error {
	var m message
	seq := appendValue(nil, log.seq)
	if !s.open {
		m.add("BEGIN", nil)
		m.add(expectedSeq, errMoved, seq, []byte(s.at.epoch))
	}
	for _, p := range puts {
		if parameters := p.to.arrays(p.rows); p.all {
			m.add(p.to.allWritten(), errGuard, append(parameters, appendValue(nil, int64(len(p.rows))))...)
		} else {
			m.add(p.to.insert()+p.to.unnest()+p.to.conflict, nil, parameters...)
		}
	}
	m.add(notifyingInsertLog, nil, seq, appendValue(nil, log.time), log.entries)
	m.add("COMMIT", nil)
	return m.send(s.ctx, s.conn)
}

// A message is statements that travel together. The first that fails ends it.
type message []statement

type statement struct {
	text       string
	parameters [][]byte // in binary format
	otherwise  error    // what it means if it divides by zero
}

func (m *message) add(text string, otherwise error, parameters ...[]byte) {
	*m = append(*m, statement{text, parameters, otherwise})
}

const divisionByZero = "22012"

func (m message) send(ctx context.Context, conn *pgx.Conn) error {
	var b pgconn.Batch
	for _, s := range m {
		prepared, err := conn.Prepare(ctx, s.text, s.text)
		if err != nil {
			return err
		}
		b.ExecPrepared(prepared.Name, s.parameters, allBinary, nil)
	}
	results := conn.PgConn().ExecBatch(ctx, &b)
	done := 0
	for results.NextResult() {
		if _, err := results.ResultReader().Close(); err != nil {
			break // Close below gives it, too
		}
		done++
	}
	err := results.Close()
	if pg := (*pgconn.PgError)(nil); errors.As(err, &pg) && pg.Code == divisionByZero && done < len(m) && m[done].otherwise != nil {
		return m[done].otherwise
	}
	return err
}
