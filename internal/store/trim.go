package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"time"
)

// How much is removed at a time: writers wait as long as that takes.
const (
	trimmedRows  = 500
	trimmedPages = 2000 // of SQLite
)

// TrimLog removes log rows from before the given time and reports how many. The
// seq goes on where it was.
func (s *Store) TrimLog(ctx context.Context, before time.Time) (int64, error) {
	seq, err := s.LastBefore(ctx, before)
	if err != nil {
		return 0, err
	}
	return s.TrimLogThrough(ctx, seq, before)
}

// TrimLogThrough removes log rows up to an entry that are from before a time, and reports
// how many.
func (s *Store) TrimLogThrough(ctx context.Context, seq int64, before time.Time) (removed int64, err error) {
	for {
		var last sql.NullInt64
		const part = `SELECT max(seq) FROM (SELECT seq, time FROM log WHERE seq <= $1 ORDER BY seq LIMIT $2) AS part WHERE time < $3`
		if err := s.reader.QueryRowContext(ctx, part, seq, trimmedRows, before.UnixMilli()).Scan(&last); err != nil {
			return removed, unavailable(err)
		}
		if !last.Valid {
			break
		}
		result, err := s.writer.ExecContext(ctx, `DELETE FROM log WHERE seq <= $1`, last.Int64)
		if err != nil {
			return removed, unavailable(err)
		}
		n, err := result.RowsAffected()
		if err != nil {
			return removed, err
		}
		removed += n
	}
	if removed == 0 {
		return 0, nil
	}
	return removed, s.reclaim(ctx)
}

// reclaim gives the space of removed rows back to the disk, in parts between which others
// write.
func (s *Store) reclaim(ctx context.Context) error {
	if s.engine.reclaim == "" {
		return nil
	}
	for before := int64(math.MaxInt64); ; {
		var free int64
		if err := s.writer.QueryRowContext(ctx, `PRAGMA freelist_count`).Scan(&free); err != nil {
			return unavailable(err)
		}
		if free == 0 || free >= before { // others may fill what is free meanwhile
			return nil
		}
		before = free
		if _, err := s.writer.ExecContext(ctx, fmt.Sprintf("%s(%d)", s.engine.reclaim, trimmedPages)); err != nil {
			return unavailable(err)
		}
	}
}
