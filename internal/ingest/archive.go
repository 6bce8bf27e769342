package ingest

import (
	"slices"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/store"
)

// An Archive is where updates come from that tell of the past. Their ids and times are
// kept: CreatedAt and UpdatedAt of a location that is new, ChangedAt of a report. A known
// location keeps its facts if they are newer.
type Archive struct {
	// Holds reports whether the archive has a location of its own with that id. Then this is
	// no other one of the archive, even if they share an external id.
	Holds func(id string) bool
}

// then gives a time that the archive tells, as far as it can be, else the other one.
func (u *Update) then(told, otherwise time.Time) time.Time {
	if u.Archive == nil || told.IsZero() || told.After(otherwise) {
		return otherwise
	}
	return told
}

// allIDs gives the external ids, and for a location that has another id than in the archive
// that one, too.
func (u *Update) allIDs(location string) univaf.ExternalIDs {
	if u.Archive == nil || u.ID == "" || u.ID == location {
		return u.ExternalIDs
	}
	return append(slices.Clip(u.ExternalIDs), formerID(u.ID))
}

// knowsBetter reports whether the facts of a known location are newer than the archive's.
func (p *plan) knowsBetter(id string, u *Update) bool {
	return u.Archive != nil && !u.UpdatedAt.After(p.facts(id).UpdatedAt)
}

// stranger gives the oldest location that has the external id and is none of the archive's
// own, nor stands for one under another id.
func (p *plan) stranger(id univaf.ExternalID, of *Archive) (location string, found bool) {
	if of == nil {
		return p.holder(id)
	}
	for _, holders := range [][]string{p.picture.Holders(id), p.holders[id]} {
		for _, location := range holders {
			if !of.Holds(location) && !slices.ContainsFunc(p.facts(location).ExternalIDs, of.former) {
				return location, true
			}
		}
	}
	return "", false
}

// former reports whether an id is that of a location of the archive which is known under
// another one.
func (a *Archive) former(id univaf.ExternalID) bool {
	return id.System == univaf.SystemFormerID && a.Holds(id.Value)
}

// turnedAt is when the records turned the status of their place: now, but for what an
// archive tells of.
func (p *plan) turnedAt(keys []store.Key) time.Time {
	var last time.Time
	for _, key := range keys {
		if !p.past[key] {
			return p.now
		}
		a, changed := p.changed.at[key]
		if !changed {
			a = p.checked.at[key]
		}
		if a.ChangedAt.After(last) {
			last = a.ChangedAt
		}
	}
	return last
}
