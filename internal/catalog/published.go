package catalog

import (
	"iter"
	"time"
)

// Published says what everybody sees as of some change, for those who give it away by
// state. It is the same on every replica and after a restart.
type Published struct {
	// ChangedAt is when a place or what is said of it last changed, the zero Time if there
	// is none.
	ChangedAt time.Time
	States    map[string]StateVersion // by USPS code, of those that have places
}

// A StateVersion tells what everybody sees of a state from what it was: every change raises
// Seq, but for a place that goes; then there are fewer.
type StateVersion struct {
	Seq   int64
	Count int
}

// ChangedAt is when content last changed, the zero Time if that is not known.
func (v *View) ChangedAt() time.Time { return v.changedAt }

// Change tells views apart in which everybody sees something else, apart from when sources
// looked.
func (v *View) Change() (content, left int64) {
	if m, ok := v.changes.content.Max(); ok {
		content = m.Seq
	}
	if d, ok := v.changes.left.Max(); ok {
		left = d.Seq
	}
	return content, left
}

// Published looks at all places.
func (v *View) Published() Published {
	p := Published{States: map[string]StateVersion{}}
	last := int64(0)
	v.all.Scan(func(r *Record) bool {
		if !r.public {
			return true
		}
		last = max(last, r.updated())
		s := p.States[r.State]
		p.States[r.State] = StateVersion{max(s.Seq, r.contentSeq), s.Count + 1}
		return true
	})
	v.changes.left.Scan(func(d *departure) bool {
		last = max(last, d.at)
		return true
	})
	switch {
	case !v.changedAt.IsZero():
		p.ChangedAt = v.changedAt
	case last != 0: // an older release wrote it all
		p.ChangedAt = instant(last)
	}
	return p
}

// OfState gives the places of a state that everybody sees, the oldest first.
func (v *View) OfState(code string) iter.Seq[*Record] { return v.Locations(Query{State: code}) }

// Facts gives what univaf.Location.AppendJSON wrote for everybody. It must not be changed.
func (r *Record) Facts() []byte { return r.body[:r.facts] }

// Answer gives the open JSON of the answer that is merged for everybody, nil if there is
// none. It must not be changed.
func (r *Record) Answer() []byte {
	const start = `,"availability":`
	if !r.available {
		return nil
	}
	return r.body[int(r.facts)+len(start) : r.shared]
}
