package past

import (
	"context"
	"errors"
	"iter"
	"time"

	"getmyvax.org/univaf/internal/ingest"
)

// A day's log has a row for each time that a source looked. Those that brought nothing new
// hold times alone. So what a source last said of a place is its last whole row, with the
// last times: the log is read twice, once for where that row is and once for the row.

type logKey struct{ location, source string }

// A lastWord is what a day's log last has of a location and source.
type lastWord struct {
	line               int // of the last whole row; 0 if there is none
	validAt, checkedAt time.Time
}

// sendLog sends the state at the end of the day's log.
func (m *Import) sendLog(ctx context.Context, read func(row []byte) (ingest.Update, []string, error)) error {
	m.begin(logTable)
	last := map[logKey]*lastWord{}
	for row, err := range m.Tables.Rows(ctx, logTable) {
		if err := m.ended(logTable, err); err != nil {
			return err
		}
		if err != nil {
			break
		}
		m.count(func(c *Count) { c.Read++ })
		m.note(last, row)
	}
	m.count(func(c *Count) { c.Read = 0 }) // from here on those that are sent
	wanted := map[int]*lastWord{}
	for _, word := range last {
		if word.line > 0 {
			wanted[word.line] = word
		}
	}
	tables := m.Tables
	defer func() { m.Tables = tables }()
	m.Tables = someRows{tables, wanted}
	return m.send(ctx, logTable, func(row []byte) (ingest.Update, []string, error) {
		u, warnings, err := read(row)
		if err != nil {
			return u, warnings, err
		}
		a := u.Availability
		if word := last[logKey{u.ID, a.Source}]; word != nil {
			if word.checkedAt.After(a.CheckedAt) {
				a.CheckedAt = word.checkedAt
			}
			if word.validAt.After(a.ValidAt) {
				a.ValidAt = word.validAt
			}
		}
		return u, warnings, nil
	})
}

// note remembers a row of the log.
func (m *Import) note(last map[logKey]*lastWord, row Row) {
	if row.Err != nil {
		m.skip(logTable, row.Line, row.Err)
		return
	}
	all, err := members(row.JSON)
	if err != nil {
		m.skip(logTable, row.Line, err)
		return
	}
	key := logKey{text(all["location_id"]), text(all["source"])}
	word := last[key]
	if word == nil {
		word = &lastWord{}
		last[key] = word
	}
	if !isNull(all["available"]) {
		*word = lastWord{line: row.Line}
	}
	for _, moment := range []struct {
		name string
		at   *time.Time
	}{{"valid_at", &word.validAt}, {"checked_at", &word.checkedAt}} {
		if t := timeOf(all[moment.name]); t.After(*moment.at) {
			*moment.at = t
		}
	}
}

// someRows are tables of which only some rows count.
type someRows struct {
	Tables
	wanted map[int]*lastWord
}

func (s someRows) Rows(ctx context.Context, table string) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for row, err := range s.Tables.Rows(ctx, table) {
			switch {
			case errors.Is(err, ErrTruncated): // which was told of when they were first read
				return
			case err == nil && s.wanted[row.Line] == nil:
			case !yield(row, err):
				return
			}
		}
	}
}
