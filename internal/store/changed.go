package store

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"time"
)

// ChangesContent reports whether the batch has more than that sources looked again.
func (b *Batch) ChangesContent() bool {
	for _, e := range b.Entries {
		if e.Checks == nil || e.Checks.Reordered {
			return true
		}
	}
	return false
}

// changedKey is that of the time of the last batch that changes content, in milliseconds
// since 1970. It stays when the log's rows go.
const changedKey = "changed_at"

var metaTable = table{
	name:    "meta",
	columns: []column{{"key", text}, {"value", text}},
	// The numbers have equally many digits, until the year 2286.
	conflict: ` ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE meta.value < excluded.value`,
}

// putChanged notes when the batch changes content, if it does.
func (t *Tx) putChanged(at time.Time) {
	if b := (Batch{Entries: t.entries}); b.ChangesContent() {
		t.put(&metaTable, [][]any{{changedKey, strconv.FormatInt(at.UnixMilli(), 10)}}, false)
	}
}

// ChangedAt is when the last batch was written that changes content, the zero Time if that
// is not known.
func (s *Store) ChangedAt(ctx context.Context) (at time.Time, err error) {
	var value string
	err = s.reader.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = $1`, changedKey).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return at, nil
	}
	if err != nil {
		return at, unavailable(err)
	}
	ms, err := strconv.ParseInt(value, 10, 64)
	return time.UnixMilli(ms).UTC(), err
}
