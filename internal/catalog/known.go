package catalog

import (
	"bytes"
	"hash/maphash"
	"slices"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/vaccine"
)

// What follows is what a writer must know of what there is, hidden or not.

// Facts gives a location by its id.
func (v *View) Facts(id string) (univaf.Location, bool) {
	r, ok := v.byID.Get(id)
	if !ok {
		return univaf.Location{}, false
	}
	return r.Location(), true
}

// Exists reports whether there is a location with the id.
func (v *View) Exists(id string) bool {
	_, ok := v.byID.Get(id)
	return ok
}

// Holders gives the ids of the locations that have the external id, the oldest first.
func (v *View) Holders(id univaf.ExternalID) []string {
	var list []string
	for r := range v.holders(id) {
		list = append(list, r.ID)
	}
	return list
}

// Holds reports whether the location has the external id.
func (v *View) Holds(location string, id univaf.ExternalID) bool {
	r, ok := v.byID.Get(location)
	if !ok {
		return false
	}
	_, ok = v.byExternal.Get(holding{id, r.createdAt, r.ID})
	return ok
}

// Said gives the times of what the source last said of the location, and whether no other
// one said anything.
func (v *View) Said(location, source string) (validAt, checkedAt, changedAt time.Time, alone, ok bool) {
	r, ok := v.byID.Get(location)
	if !ok {
		return validAt, checkedAt, changedAt, false, false
	}
	s := r.by(source)
	if s == nil {
		return validAt, checkedAt, changedAt, false, false
	}
	return instant(s.validAt), instant(s.checkedAt), instant(s.changedAt), len(r.said) == 1, true
}

// AppendWords appends the gist of what each source says of the location to everybody.
func (v *View) AppendWords(list []vaccine.Word, location string) []vaccine.Word {
	r, ok := v.byID.Get(location)
	if !ok {
		return list
	}
	for i := range r.said {
		if s := &r.said[i]; s.public {
			list = append(list, vaccine.Word{Source: s.source, ValidAt: s.validAt, ChangedAt: s.changedAt, Gist: s.gist})
		}
	}
	return list
}

// Report gives what the source last said of the location.
func (v *View) Report(location, source string) (a univaf.Availability, ok bool) {
	r, ok := v.byID.Get(location)
	if !ok {
		return a, false
	}
	s := r.by(source)
	if s == nil {
		return a, false
	}
	return s.availability(location), true
}

// Where gives what decides in which statistics a location counts: whose it is, where, and
// whether everybody sees it.
func (v *View) Where(location string) (l univaf.Location) {
	r, ok := v.byID.Get(location)
	if !ok {
		return l
	}
	l.Provider, l.State, l.IsPublic = r.Provider, r.State, r.public
	for name, value := range univaf.Members(r.body[:r.facts]) {
		if string(name) == "postal_code" {
			text, _ := univaf.Text(value)
			l.PostalCode = string(text)
			break
		}
	}
	return l
}

// Repeats reports whether a says what its source last said of its location.
func (v *View) Repeats(a *univaf.Availability) bool {
	r, ok := v.byID.Get(a.LocationID)
	if !ok {
		return false
	}
	s := r.by(a.Source)
	if s == nil || s.public != a.IsPublic {
		return false
	}
	old := s.content
	if s.packed {
		old = s.appendContent(nil)
	}
	return bytes.Equal(old, trimContent(a.AppendContent(nil)))
}

// Sources names those that said something of the location.
func (v *View) Sources(location string) []string {
	r, ok := v.byID.Get(location)
	if !ok {
		return nil
	}
	names := make([]string, len(r.said))
	for i := range r.said {
		names[i] = r.said[i].source
	}
	return names
}

// Sum gives a hash of what a says, apart from who says it, when, and to whom. It is
// another one in every process.
func (v *View) Sum(a *univaf.Availability) uint64 {
	return maphash.Bytes(contentSeed, trimContent(a.AppendContent(nil)))
}

// HasSum reports whether what the source last said of the location has that Sum, and is
// public or not as given.
func (v *View) HasSum(location, source string, public bool, sum uint64) bool {
	r, ok := v.byID.Get(location)
	if !ok {
		return false
	}
	s := r.by(source)
	return s != nil && s.public == public && s.sum == sum
}

// Reorders reports whether everybody sees the sources of the location in another order, or
// others of them, if they looked again as checks tells.
func (v *View) Reorders(location string, checks func(source string) (a univaf.Availability, ok bool)) bool {
	r, ok := v.byID.Get(location)
	if !ok || !r.public || len(r.said) < 2 {
		return false
	}
	was, is := make([]univaf.Availability, 0, len(r.said)), make([]univaf.Availability, 0, len(r.said))
	for i := range r.said {
		s := &r.said[i]
		if !s.public {
			continue
		}
		a := univaf.Availability{Source: s.source, ValidAt: instant(s.validAt), CheckedAt: instant(s.checkedAt)}
		if s.unknown {
			a.Available = univaf.Unknown
		}
		was = append(was, a)
		if check, ok := checks(s.source); ok {
			a.ValidAt, a.CheckedAt = check.ValidAt, check.CheckedAt
		}
		is = append(is, a)
	}
	return len(was) > 1 && !slices.EqualFunc(univaf.MergeOrder(was), univaf.MergeOrder(is), func(a, b univaf.Availability) bool {
		return a.Source == b.Source
	})
}
