package archive

import (
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
