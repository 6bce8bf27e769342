package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"getmyvax.org/univaf"
)

// A LogExtent says which part of the log is still there.
type LogExtent struct {
	Epoch string
	Head  int64 // the last entry's seq, 0 if there never was one
	First int64 // the first row that is left; Head+1 if none is
	Since time.Time
}

// LogExtent tells which part of the log is there.
func (s *Store) LogExtent(ctx context.Context) (e LogExtent, err error) {
	const query = `SELECT m.value, h.seq, (SELECT min(seq) FROM log) FROM log_head h JOIN meta m ON m.key = 'epoch'`
	var first sql.NullInt64
	if err := s.reader.QueryRowContext(ctx, query).Scan(&e.Epoch, &e.Head, &first); err != nil {
		return e, unavailable(err)
	}
	if e.First = first.Int64; !first.Valid {
		e.First = e.Head + 1
		return e, nil
	}
	var at int64
	err = s.reader.QueryRowContext(ctx, `SELECT time FROM log WHERE seq = $1`, e.First).Scan(&at)
	e.Since = instant(at)
	return e, unavailable(err)
}

// LastBefore gives the last entry of the log that was written before a time, or the one
// before the first that is left. As the clock may have been set back, some before it may
// bear a later time.
func (s *Store) LastBefore(ctx context.Context, t time.Time) (seq int64, err error) {
	const query = `SELECT coalesce(
		(SELECT seq FROM log WHERE time < $1 ORDER BY seq DESC LIMIT 1),
		(SELECT min(seq) - 1 FROM log),
		(SELECT seq FROM log_head))`
	err = s.reader.QueryRowContext(ctx, query, t.UnixMilli()).Scan(&seq)
	return seq, unavailable(err)
}

// EachBatch gives the batches behind one seq up to another, in their order, one at a
// time. It gives ErrGap if one is gone.
func (s *Store) EachBatch(ctx context.Context, after, through int64, f func(Batch) error) error {
	type row struct {
		seq, at int64
		data    []byte
	}
	for after < through {
		// Not one query for all: SQLite could not shorten its journal meanwhile.
		var part []row
		err := s.each(ctx, func(rows *sql.Rows) error {
			var r row
			err := rows.Scan(&r.seq, &r.at, &r.data)
			part = append(part, r)
			return err
		}, `SELECT seq, time, entries FROM log WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT 50`, after, through)
		if err != nil {
			return err
		}
		for _, r := range part {
			if r.seq != after+1 {
				return ErrGap
			}
			entries, err := decodeEntries(r.data)
			if err != nil {
				return fmt.Errorf("log row %d: %w", r.seq, err)
			}
			if err := f(Batch{Seq: r.seq, Time: instant(r.at), Entries: entries}); err != nil {
				return err
			}
			after = r.seq
		}
		if len(part) == 0 {
			return ErrGap
		}
	}
	return nil
}

// RunsBetween gives the reports of runs that began in a span of time, by source and time.
func (s *Store) RunsBetween(ctx context.Context, from, to time.Time) (runs []univaf.Run, err error) {
	err = s.each(ctx, func(rows *sql.Rows) error {
		var report string
		if err := rows.Scan(&report); err != nil {
			return err
		}
		var r univaf.Run
		err := json.Unmarshal([]byte(report), &r)
		runs = append(runs, r)
		return err
	}, `SELECT report FROM source_runs WHERE started_at >= $1 AND started_at < $2 ORDER BY source, started_at`,
		from.UnixMilli(), to.UnixMilli())
	return runs, err
}

// archived is the key under which meta holds up to where the log is in an archive.
func archived(archive string) string { return "archived in " + archive }

// Archived gives the entry of the log up to which it is in the archive of that name, 0 if
// none is.
func (s *Store) Archived(ctx context.Context, archive string) (seq int64, err error) {
	err = s.reader.QueryRowContext(ctx, `SELECT CAST(value AS BIGINT) FROM meta WHERE key = $1`, archived(archive)).Scan(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return seq, unavailable(err)
}

// SetArchived notes that the log up to an entry is in the archive of that name.
func (s *Store) SetArchived(ctx context.Context, archive string, seq int64) error {
	const insert = `INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value`
	_, err := s.writer.ExecContext(ctx, insert, archived(archive), fmt.Sprint(seq))
	return unavailable(err)
}
