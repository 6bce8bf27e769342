package archive

import (
	"context"
	"errors"
	"slices"
)

// sortedAtOnce is how many updates are sorted in memory together.
const sortedAtOnce = 1_200_000

// logRowGroup is rowGroup for the log, whose rows are mostly small.
const logRowGroup = 500_000

// writeParquet writes the updates by state, place and time. The log goes through as often
// as it takes with a part of it in memory.
func (l *logPass) writeParquet(ctx context.Context, folder string, day Day) (file, error) {
	c, err := newColumns[logRow](folder, logTable, day, logRowGroup)
	if err != nil {
		return file{}, err
	}
	defer c.discard()
	w := &logWriter{pass: l, columns: c}
	order := l.picture.inOrder()
	for first := 0; first < len(order); {
		next, rows := first, int64(0)
		for ; next < len(order) && (next == first || rows+l.rows.of(order[next]) <= sortedAtOnce); next++ {
			rows += l.rows.of(order[next])
		}
		if rows > 0 {
			if err := errors.Join(ctx.Err(), w.part(int32(first), int32(next), rows)); err != nil {
				return file{}, err
			}
		}
		first = next
	}
	err = c.close()
	return c.file, err
}

// A logWriter writes the log as Parquet.
type logWriter struct {
	pass    *logPass
	columns *columns[logRow]
	sorted  []update
}

// part writes the updates of the places from one rank up to another.
func (w *logWriter) part(from, to int32, rows int64) error {
	places := w.pass.picture.places
	if to == from+1 && rows > sortedAtOnce { // they are in order already
		return w.pass.rows.each(func(u update) error {
			if places[u.place].rank != from {
				return nil
			}
			return w.add(u)
		})
	}
	part := w.sorted[:0]
	err := w.pass.rows.each(func(u update) error {
		if rank := places[u.place].rank; from <= rank && rank < to {
			part = append(part, u)
		}
		return nil
	})
	if err != nil {
		return err
	}
	w.sorted = part
	slices.SortStableFunc(part, func(a, b update) int { return int(places[a.place].rank - places[b.place].rank) })
	for _, u := range part {
		if err := w.add(u); err != nil {
			return err
		}
	}
	return nil
}

func (w *logWriter) add(u update) error {
	p := w.pass.picture
	at := &p.places[u.place]
	row := logRow{LocationID: at.id, State: at.state, Source: p.sources[u.source], CheckedAt: u.checked, ValidAt: u.valid}
	if !u.content.isNone() {
		a, err := p.availability(&statement{content: u.content, valid: u.valid, checked: u.checked})
		if err != nil {
			return err
		}
		row.content, row.ChangedAt, row.IsPublic = newContent(&a), momentOf(a.ChangedAt), &a.IsPublic
	}
	w.columns.add(row)
	return nil
}
