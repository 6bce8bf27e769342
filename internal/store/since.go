package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"time"

	"getmyvax.org/univaf"
)

// LogSince gives the batches of the log that were written at that time or later, oldest
// first. It begins with the first that is left if older ones are gone.
func (s *Store) LogSince(ctx context.Context, since time.Time) iter.Seq2[Batch, error] {
	return func(yield func(Batch, error) bool) {
		var first sql.NullInt64
		const find = `SELECT min(seq) FROM log WHERE time >= $1`
		if err := s.reader.QueryRowContext(ctx, find, since.UnixMilli()).Scan(&first); err != nil {
			yield(Batch{}, unavailable(err))
			return
		}
		if !first.Valid {
			return
		}
		for after := first.Int64 - 1; ; {
			page, err := s.logPage(ctx, after)
			if err != nil {
				yield(Batch{}, err)
				return
			}
			if len(page) == 0 {
				return
			}
			for _, b := range page {
				if !yield(b, nil) {
					return
				}
			}
			after = page[len(page)-1].Seq
		}
	}
}

// logPage gives some of the batches after seq.
func (s *Store) logPage(ctx context.Context, after int64) (page []Batch, err error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT seq, time, entries FROM log WHERE seq > $1 ORDER BY seq LIMIT 20`, after)
	if err != nil {
		return nil, unavailable(err)
	}
	defer rows.Close()
	for rows.Next() {
		var b Batch
		var at int64
		var data []byte
		if err := rows.Scan(&b.Seq, &at, &data); err != nil {
			return nil, unavailable(err)
		}
		b.Time = time.UnixMilli(at).UTC()
		if b.Entries, err = decodeEntries(data); err != nil {
			return nil, err
		}
		page = append(page, b)
	}
	return page, unavailable(rows.Err())
}

// LogStart is when the oldest batch that is left of the log was written, and whether there
// were older ones. It is univaf.ErrNotFound if none is left.
func (s *Store) LogStart(ctx context.Context) (start time.Time, trimmed bool, err error) {
	var seq, at int64
	err = s.reader.QueryRowContext(ctx, `SELECT seq, time FROM log ORDER BY seq LIMIT 1`).Scan(&seq, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, false, fmt.Errorf("the log: %w", univaf.ErrNotFound)
	}
	if err != nil {
		return time.Time{}, false, unavailable(err)
	}
	return time.UnixMilli(at).UTC(), seq > 1, nil
}
