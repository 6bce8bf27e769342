package ingest

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/store"
)

// A plan works out what a batch changes. Beside the picture of what was there it holds
// what the updates so far have changed, so that updates of one place in one batch see
// each other.
type plan struct {
	batch   []*Pending
	picture Picture
	now     time.Time

	locations ordered[string, univaf.Location]        // to write
	holders   map[univaf.ExternalID][]string          // of ids that are new to them, in order of the updates
	changed   ordered[store.Key, univaf.Availability] // records with new content
	checked   ordered[store.Key, univaf.Availability] // records with new times only
	stirred   []store.Key                             // records that may have turned a place's status
	past      map[store.Key]bool                      // records that an archive tells of
}

func newPlan(batch []*Pending, picture Picture, now time.Time) *plan {
	return &plan{batch: batch, picture: picture, now: now, holders: map[univaf.ExternalID][]string{}, past: map[store.Key]bool{}}
}

func (p *plan) run(tx *store.Tx) {
	p.readChanged()
	for _, one := range p.batch {
		one.result, one.err = p.update(&one.update)
	}
	tx.PutLocations(p.locations.values())
	tx.PutAvailability(p.changed.values())
	checks, reorderings := p.sortChecks()
	tx.PutChecks(checks)
	tx.PutReorderings(reorderings)
	p.putTurns(tx)
}

// sortChecks tells those records with new times only by which others come first in what
// everybody sees from those by which nothing else changes.
func (p *plan) sortChecks() (checks, reorderings []univaf.Availability) {
	for _, key := range p.checked.keys {
		reorders := p.picture.Reorders(key.LocationID, func(source string) (univaf.Availability, bool) {
			a, checked := p.checked.at[store.Key{LocationID: key.LocationID, Source: source}]
			return a, checked
		})
		if reorders {
			reorderings = append(reorderings, p.checked.at[key])
		} else {
			checks = append(checks, p.checked.at[key])
		}
	}
	return checks, reorderings
}

// readChanged reads, on all processors, texts that were recognised and say other than what
// stands: what changed to and fro.
func (p *plan) readChanged() {
	var next atomic.Int64
	var reading sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(p.batch)) {
		reading.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(p.batch)); i = next.Add(1) - 1 {
				if u := &p.batch[i].update; u.recognised() && !p.stands(u) {
					_ = u.readWhole() // update finds it undone if it fails
				}
			}
		})
	}
	reading.Wait()
}

func (p *plan) update(u *Update) (Result, error) {
	if u.recognised() && !p.stands(u) {
		if err := u.readWhole(); err != nil {
			return Result{}, err
		}
	}
	result, err := p.location(u)
	if err == nil && u.Availability != nil {
		result.Availability = p.availability(result.ID, u)
	}
	return result, err
}

// stands reports whether what an update with a known text says is what was last said. Then
// the times are all that there is to write.
func (p *plan) stands(u *Update) bool {
	id, found := p.find(u)
	a := u.Availability
	return found && !p.changed.has(store.Key{LocationID: id, Source: a.Source}) && p.picture.HasSum(id, a.Source, a.IsPublic, u.sum)
}

func formerID(id string) univaf.ExternalID {
	return univaf.ExternalID{System: univaf.SystemFormerID, Value: id}
}

// exists reports whether there is a location with the id.
func (p *plan) exists(id string) bool { return p.locations.has(id) || p.picture.Exists(id) }

// facts gives a location that exists.
func (p *plan) facts(id string) univaf.Location {
	if l, ok := p.locations.at[id]; ok {
		return l
	}
	l, _ := p.picture.Facts(id)
	return l
}

// holder gives the oldest location that has the external id.
func (p *plan) holder(id univaf.ExternalID) (location string, found bool) {
	if known := p.picture.Holders(id); len(known) > 0 {
		return known[0], true
	}
	if added := p.holders[id]; len(added) > 0 {
		return added[0], true
	}
	return "", false
}

func (p *plan) holds(location string, id univaf.ExternalID) bool {
	return slices.Contains(p.holders[id], location) || p.picture.Holds(location, id)
}

// find gives the id of the place that the update means: by id, also one that the
// place had before a merge, else by external ids in the order given, the oldest
// place where several have one.
func (p *plan) find(u *Update) (id string, found bool) {
	if u.ID != "" {
		if p.exists(u.ID) {
			return u.ID, true
		}
		if id, found = p.holder(formerID(u.ID)); found {
			return id, true
		}
	}
	for _, e := range u.ExternalIDs {
		if e.Identifies() {
			if id, found = p.stranger(e, u.Archive); found {
				return id, true
			}
		}
	}
	return "", false
}

// location finds, creates or changes the place that the update means.
func (p *plan) location(u *Update) (Result, error) {
	id, found := p.find(u)
	result := Result{ID: id, Location: Unchanged}
	var l univaf.Location
	switch {
	case !found:
		l = p.create(u)
		if err := complete(l, "is required to create a location"); err != nil {
			return Result{}, err
		}
		result.ID, result.Location = l.ID, Created
		if !slices.ContainsFunc(u.ExternalIDs, univaf.ExternalID.Identifies) && u.ID == "" {
			result.Warnings = append(result.Warnings,
				"none of the external ids is this location's alone: the next update like this one will create another location")
		}
	case u.UpdateLocation && !p.knowsBetter(id, u):
		old := p.facts(id)
		l = old.Apply(u.Update)
		if err := complete(l, "must not be removed"); err != nil {
			return Result{}, err
		}
		if err := p.misplaced(old, l, u); err != nil {
			return Result{}, err
		}
		if !l.SameFacts(old) {
			l.UpdatedAt = u.then(u.UpdatedAt, p.now)
			result.Location = Updated
		}
	}
	added, taken := p.newIDs(result.ID, u.allIDs(result.ID), u.Archive)
	for _, e := range taken {
		holder, _ := p.holder(e)
		result.Warnings = append(result.Warnings,
			fmt.Sprintf("external id %q is location %s's and was not added to %s", e.String(), holder, result.ID))
	}
	if len(added) == 0 && result.Location == Unchanged {
		return result, nil
	}
	if result.Location == Unchanged {
		l = p.facts(id)
		result.Location = Updated
	}
	l.ExternalIDs, _ = l.ExternalIDs.With(added)
	for _, e := range added {
		p.holders[e] = append(p.holders[e], l.ID)
	}
	p.locations.set(l.ID, l)
	return result, nil
}

// furthest is how far a source may move a place that others know, too, in km: positions
// are often those of a town or ZIP code.
const furthest = 50

// misplaced gives univaf.ErrMisplaced if a source that is not the only one to know a place
// says that it is elsewhere: an id that two places have got, most likely. Who sends facts
// alone corrects them.
func (p *plan) misplaced(old, l univaf.Location, u *Update) error {
	if u.Availability == nil {
		return nil
	}
	far := 0.0
	if old.Position != nil && l.Position != nil {
		far = old.Position.Distance(*l.Position)
	}
	if old.State == l.State && far <= furthest {
		return nil
	}
	sources := p.picture.Sources(old.ID)
	for _, key := range p.changed.keys {
		if key.LocationID == old.ID {
			sources = append(sources, key.Source)
		}
	}
	if !slices.ContainsFunc(sources, func(s string) bool { return s != u.Availability.Source }) {
		return nil
	}
	return fmt.Errorf("%w: it would move location %s %.0f km, from %s, %s to %s, %s", univaf.ErrMisplaced, old.ID, far, old.City, old.State, l.City, l.State)
}

func (p *plan) create(u *Update) univaf.Location {
	l := univaf.Location{}.Apply(u.Update)
	if l.ID = u.ID; l.ID == "" {
		l.ID = newID()
	}
	if !u.Given.Has("is_public") {
		l.IsPublic = true
	}
	l.CreatedAt, l.UpdatedAt = u.then(u.CreatedAt, p.now), u.then(u.UpdatedAt, p.now)
	return l
}

// newID gives a UUID of version 7 (RFC 9562, section 5.7): ids that grow with time keep
// what was created together together in every index.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// complete checks that a location has what every location needs.
func complete(l univaf.Location, message string) error {
	var errs univaf.FieldErrors
	for _, field := range []struct{ pointer, value string }{
		{"/name", l.Name}, {"/provider", l.Provider}, {"/state", l.State},
	} {
		if field.value == "" {
			errs = append(errs, univaf.FieldError{Pointer: field.pointer, Message: message})
		}
	}
	return errs.Err()
}

// newIDs sorts out which of the ids the place does not have yet, and which of these
// are another's.
func (p *plan) newIDs(location string, ids univaf.ExternalIDs, of *Archive) (added, taken univaf.ExternalIDs) {
	for _, e := range ids {
		if p.holds(location, e) || slices.Contains(added, e) || slices.Contains(taken, e) {
			continue
		}
		if _, found := p.stranger(e, of); found && e.Identifies() {
			taken = append(taken, e)
		} else {
			added = append(added, e)
		}
	}
	return added, taken
}

// availability judges what a source said of a place against what it said before.
func (p *plan) availability(id string, u *Update) Action {
	a := *u.Availability
	a.LocationID = id
	key := store.Key{LocationID: id, Source: a.Source}
	before, alone, found := p.said(key)
	if !found {
		a.ChangedAt = u.then(u.Availability.ChangedAt, a.ValidAt)
		p.changed.set(key, a)
		p.stirred = append(p.stirred, key)
		p.past[key] = u.Archive != nil
		return Created
	}
	if !a.Supersedes(before) {
		return OutOfDate
	}
	p.past[key] = u.Archive != nil
	if !u.recognised() && !p.repeats(key, &a) {
		a.ChangedAt = u.then(u.Availability.ChangedAt, a.ChangeTime(before.ValidAt))
		p.changed.set(key, a)
		p.checked.remove(key)
		p.stirred = append(p.stirred, key)
		return Updated
	}
	if !alone { // the newer word counts for more
		p.stirred = append(p.stirred, key)
	}
	a.ChangedAt = before.ChangedAt
	if p.changed.has(key) {
		p.changed.set(key, a)
	} else {
		p.checked.set(key, a)
	}
	return Unchanged
}

// said gives the times of what was last said, with nothing else, and whether the source was
// alone to say anything before the batch.
func (p *plan) said(key store.Key) (a univaf.Availability, alone, found bool) {
	for _, list := range []*ordered[store.Key, univaf.Availability]{&p.changed, &p.checked} {
		if a, found = list.at[key]; found {
			return a, false, true
		}
	}
	a.ValidAt, a.CheckedAt, a.ChangedAt, alone, found = p.picture.Said(key.LocationID, key.Source)
	return a, alone, found
}

// repeats reports whether a says what was last said.
func (p *plan) repeats(key store.Key, a *univaf.Availability) bool {
	if last, ok := p.changed.at[key]; ok {
		return bytes.Equal(last.AppendContent(nil), a.AppendContent(nil))
	}
	return p.picture.Repeats(a)
}

// ordered is a map that remembers in which order keys came first.
type ordered[K comparable, V any] struct {
	keys []K
	at   map[K]V
}

func (o *ordered[K, V]) has(key K) bool {
	_, found := o.at[key]
	return found
}

func (o *ordered[K, V]) set(key K, value V) {
	if o.at == nil {
		o.at = map[K]V{}
	}
	if !o.has(key) {
		o.keys = append(o.keys, key)
	}
	o.at[key] = value
}

func (o *ordered[K, V]) remove(key K) {
	if o.has(key) {
		delete(o.at, key)
		o.keys = slices.DeleteFunc(o.keys, func(k K) bool { return k == key })
	}
}

func (o *ordered[K, V]) values() []V {
	var list []V
	for _, key := range o.keys {
		list = append(list, o.at[key])
	}
	return list
}
