package archive

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"slices"

	"github.com/klauspost/compress/s2"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/store"
)

// A logPass goes once through the log of a day: it writes the updates as NDJSON, in the
// order in which they came, keeps them for Parquet, which wants another order, and, if the
// picture is that of the day before, leads it on.
type logPass struct {
	picture *picture
	follow  bool
	private bool
	lines   *lineFile
	rows    *rowSpool
	line    []byte

	// What was known when: of places whether they were public, of records that too, and
	// the last valid_at.
	publicPlaces []bool
	seen         []seen
	// revealed are places that are told of for the first time though they are not new.
	revealed map[string]bool
	day      Day
}

type seen struct {
	public bool
	valid  moment
}

func newLogPass(p *picture, folder string, day Day, follow, private bool) (*logPass, error) {
	l := &logPass{picture: p, follow: follow, private: private, revealed: map[string]bool{}, day: day}
	var err error
	if l.lines, err = newLineFile(folder, logTable, day); err != nil {
		return nil, err
	}
	if l.rows, err = newRowSpool(folder); err != nil {
		return nil, err
	}
	for i := range p.places {
		l.publicPlaces = append(l.publicPlaces, p.places[i].isPublic)
	}
	for i := range p.records {
		r := &p.records[i]
		s := seen{public: r.isPublic}
		if follow {
			s.valid = r.valid
		}
		l.seen = append(l.seen, s)
	}
	return l, nil
}

func (l *logPass) discard() {
	l.lines.discard()
	_ = l.rows.close()
}

// at gives what is known of a record, and whether it may be told of.
func (l *logPass) at(locationID, source string) (recordKey, *seen) {
	key := recordKey{l.picture.place(locationID), l.picture.source(source)}
	l.picture.record(key)
	for len(l.publicPlaces) < len(l.picture.places) {
		l.publicPlaces = append(l.publicPlaces, false)
	}
	for len(l.seen) < len(l.picture.records) {
		l.seen = append(l.seen, seen{})
	}
	return key, &l.seen[l.picture.byKey[key]]
}

func (l *logPass) shows(key recordKey, s *seen) bool {
	return l.private || s.public && l.publicPlaces[key.place]
}

// batch takes a batch of the log.
func (l *logPass) batch(b store.Batch) error {
	for i := range b.Entries {
		if err := l.entry(&b.Entries[i]); err != nil {
			return err
		}
	}
	return nil
}

func (l *logPass) entry(e *store.Entry) error {
	switch {
	case e.Location != nil:
		return l.location(e.Location)
	case e.Availability != nil:
		return l.update(e.Availability)
	case e.Checks != nil:
		return l.checks(e.Checks)
	}
	return nil
}

func (l *logPass) location(loc *univaf.Location) error {
	n := l.picture.place(loc.ID)
	for len(l.publicPlaces) < len(l.picture.places) {
		l.publicPlaces = append(l.publicPlaces, false)
	}
	l.publicPlaces[n] = loc.IsPublic
	if !l.follow {
		return nil
	}
	if l.picture.places[n].location.isNone() && loc.CreatedAt.Before(l.day.Time) {
		l.revealed[l.picture.places[n].id] = true
	}
	return l.picture.setLocation(loc)
}

func (l *logPass) update(a *univaf.Availability) (err error) {
	key, s := l.at(a.LocationID, a.Source)
	s.public, s.valid = a.IsPublic, momentOf(a.ValidAt)
	var at ref
	if l.follow {
		if err := l.picture.setRecord(a); err != nil {
			return err
		}
		at = l.picture.record(key).content
	}
	if !l.shows(key, s) {
		return nil
	}
	if !l.follow {
		l.line = a.AppendJSON(l.line[:0])
		if at, err = l.picture.spool.add(l.line); err != nil {
			return err
		}
	}
	l.line = appendUpdate(l.line[:0], a)
	l.lines.add(l.line)
	return l.rows.add(update{recordKey: key, checked: momentOf(a.CheckedAt), valid: momentOf(a.ValidAt), content: at})
}

func (l *logPass) checks(c *store.Checks) error {
	valid, checked := momentOf(c.ValidAt), momentOf(c.CheckedAt)
	whole, short := checkTimes(valid, checked), checkTimes(0, checked)
	for _, id := range c.IDs {
		key, s := l.at(id, c.Source)
		moved := s.valid != valid
		s.valid = valid
		if l.follow {
			l.picture.setTimes(key, c.ValidAt, c.CheckedAt)
		}
		if !l.shows(key, s) {
			continue
		}
		u, times := update{recordKey: key, checked: checked}, short
		if moved {
			u.valid, times = valid, whole
		}
		l.line = appendCheck(l.line[:0], id, c.Source, times)
		l.lines.add(l.line)
		if err := l.rows.add(u); err != nil {
			return err
		}
	}
	return nil
}

// An update is a row of the log: of a re-check there is no content, and valid is 0 if it
// did not move.
type update struct {
	recordKey
	valid, checked moment
	content        ref
}

// A rowSpool keeps updates on disk, in their order.
type rowSpool struct {
	file *os.File
	out  *s2.Writer
	work []byte
	rows []int64 // by place
}

const updateSize = 4 + 4 + 8 + 8 + 8 + 4

func newRowSpool(folder string) (*rowSpool, error) {
	file, err := os.CreateTemp(folder, "rows")
	if err != nil {
		return nil, err
	}
	return &rowSpool{file: file, out: s2.NewWriter(file, s2.WriterConcurrency(1))}, nil
}

func (s *rowSpool) close() error { return s.file.Close() }

func (s *rowSpool) add(u update) error {
	for len(s.rows) <= int(u.place) {
		s.rows = append(s.rows, 0)
	}
	s.rows[u.place]++
	b := binary.LittleEndian.AppendUint32(s.work[:0], uint32(u.place))
	b = binary.LittleEndian.AppendUint32(b, uint32(u.source))
	b = binary.LittleEndian.AppendUint64(b, uint64(u.valid))
	b = binary.LittleEndian.AppendUint64(b, uint64(u.checked))
	b = binary.LittleEndian.AppendUint64(b, uint64(u.content.end))
	b = binary.LittleEndian.AppendUint32(b, uint32(u.content.size))
	s.work = b
	_, err := s.out.Write(b)
	return err
}

// each gives the updates in the order in which they were added.
func (s *rowSpool) each(f func(update) error) error {
	if err := s.out.Flush(); err != nil {
		return err
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	in := bufio.NewReaderSize(s2.NewReader(s.file), 1<<18)
	var b [updateSize]byte
	for {
		if _, err := io.ReadFull(in, b[:]); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		err := f(update{
			recordKey: recordKey{int32(binary.LittleEndian.Uint32(b[0:])), int32(binary.LittleEndian.Uint32(b[4:]))},
			valid:     moment(binary.LittleEndian.Uint64(b[8:])),
			checked:   moment(binary.LittleEndian.Uint64(b[16:])),
			content:   ref{int64(binary.LittleEndian.Uint64(b[24:])), int32(binary.LittleEndian.Uint32(b[32:]))},
		})
		if err != nil {
			return err
		}
	}
}

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

// of tells how many rows there are of a place.
func (s *rowSpool) of(place int32) int64 {
	if int(place) < len(s.rows) {
		return s.rows[place]
	}
	return 0
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
