package ingest

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/store"
)

// A plan works out what a batch changes. It holds the places and records that the
// batch speaks of as they will be once the updates so far are written, so that
// updates of one place in one batch see each other.
type plan struct {
	batch []*Pending
	now   time.Time

	locations map[string]univaf.Location
	owners    map[univaf.ExternalID][]string // oldest location first
	known     map[store.Key]store.Known

	dirty   ordered[string, struct{}]               // locations to write
	changed ordered[store.Key, univaf.Availability] // records with new content
	checked ordered[store.Key, univaf.Availability] // records with new times only
}

func newPlan(batch []*Pending, now time.Time) *plan {
	return &plan{batch: batch, now: now}
}

func (p *plan) run(tx *store.Tx) error {
	if err := p.readLocations(tx); err != nil {
		return err
	}
	for _, one := range p.batch {
		one.result, one.err = p.location(one.update)
	}
	if err := p.readKnown(tx); err != nil {
		return err
	}
	for _, one := range p.batch {
		if one.err == nil && one.update.Availability != nil {
			one.result.Availability = p.availability(one.result.ID, *one.update.Availability)
		}
	}
	var locations []univaf.Location
	for _, id := range p.dirty.keys {
		locations = append(locations, p.locations[id])
	}
	if err := tx.PutLocations(locations); err != nil {
		return err
	}
	if err := tx.PutAvailability(p.changed.values()); err != nil {
		return err
	}
	return tx.PutChecks(p.checked.values())
}

// readLocations reads the places that the batch may mean.
func (p *plan) readLocations(tx *store.Tx) error {
	ids, externalIDs := map[string]bool{}, map[univaf.ExternalID]bool{}
	for _, one := range p.batch {
		if id := one.update.ID; id != "" {
			ids[id] = true
			externalIDs[formerID(id)] = true
		}
		for _, e := range one.update.ExternalIDs {
			if e.Identifies() {
				externalIDs[e] = true
			}
		}
	}
	var err error
	if p.owners, err = tx.Owners(slices.Collect(maps.Keys(externalIDs))); err != nil {
		return err
	}
	for _, owners := range p.owners {
		for _, id := range owners {
			ids[id] = true
		}
	}
	p.locations, err = tx.Locations(slices.Collect(maps.Keys(ids)))
	return err
}

func formerID(id string) univaf.ExternalID {
	return univaf.ExternalID{System: univaf.SystemFormerID, Value: id}
}

// find gives the id of the place that the update means: by id, also one that the
// place had before a merge, else by external ids in the order given, the oldest
// place where several have one.
func (p *plan) find(u univaf.Update) (id string, found bool) {
	if u.ID != "" {
		if _, ok := p.locations[u.ID]; ok {
			return u.ID, true
		}
		if owners := p.owners[formerID(u.ID)]; len(owners) > 0 {
			return owners[0], true
		}
	}
	for _, e := range u.ExternalIDs {
		if owners := p.owners[e]; e.Identifies() && len(owners) > 0 {
			return owners[0], true
		}
	}
	return "", false
}

// location finds, creates or changes the place that the update means.
func (p *plan) location(u univaf.Update) (Result, error) {
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
	case u.UpdateLocation:
		old := p.locations[id]
		l = old.Apply(u)
		if err := complete(l, "must not be removed"); err != nil {
			return Result{}, err
		}
		if !l.SameFacts(old) {
			l.UpdatedAt = p.now
			result.Location = Updated
		}
	default:
		l = p.locations[id]
	}
	added, taken := p.newIDs(l, u.ExternalIDs)
	for _, e := range taken {
		result.Warnings = append(result.Warnings,
			fmt.Sprintf("external id %q is location %s's and was not added to %s", e.String(), p.owners[e][0], l.ID))
	}
	if len(added) == 0 && result.Location == Unchanged {
		return result, nil
	}
	l.ExternalIDs, _ = l.ExternalIDs.With(added)
	for _, e := range added {
		p.owners[e] = append(p.owners[e], l.ID)
	}
	p.locations[l.ID] = l
	p.dirty.set(l.ID, struct{}{})
	if result.Location == Unchanged {
		result.Location = Updated
	}
	return result, nil
}

func (p *plan) create(u univaf.Update) univaf.Location {
	l := univaf.Location{}.Apply(u)
	if l.ID = u.ID; l.ID == "" {
		l.ID = uuid.NewString()
	}
	if !u.Given.Has("is_public") {
		l.IsPublic = true
	}
	l.CreatedAt, l.UpdatedAt = p.now, p.now
	return l
}

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
func (p *plan) newIDs(l univaf.Location, ids univaf.ExternalIDs) (added, taken univaf.ExternalIDs) {
	_, unseen := l.ExternalIDs.With(ids)
	for _, e := range unseen {
		if e.Identifies() && len(p.owners[e]) > 0 {
			taken = append(taken, e)
		} else {
			added = append(added, e)
		}
	}
	return added, taken
}

func (p *plan) readKnown(tx *store.Tx) error {
	keys := map[store.Key]bool{}
	for _, one := range p.batch {
		if one.err == nil && one.update.Availability != nil && one.result.Location != Created {
			keys[store.Key{LocationID: one.result.ID, Source: one.update.Availability.Source}] = true
		}
	}
	var err error
	p.known, err = tx.Known(slices.Collect(maps.Keys(keys)))
	return err
}

// availability judges what a source said of a place against what it said before.
func (p *plan) availability(id string, a univaf.Availability) Action {
	a.LocationID = id
	key := store.Key{LocationID: id, Source: a.Source}
	known, found := p.known[key]
	action := Created
	a.ChangedAt = a.ValidAt
	if found {
		if !a.Supersedes(univaf.Availability{ValidAt: known.ValidAt, CheckedAt: known.CheckedAt}) {
			return OutOfDate
		}
		action = Updated
		a.ChangedAt = a.ChangeTime(known.ValidAt)
		if a.Hash() == known.Hash {
			action = Unchanged
			a.ChangedAt = known.ChangedAt
		}
	}
	p.known[key] = store.Known{ValidAt: a.ValidAt, CheckedAt: a.CheckedAt, ChangedAt: a.ChangedAt, Hash: a.Hash()}
	if action == Unchanged && !p.changed.has(key) {
		p.checked.set(key, a)
	} else {
		p.changed.set(key, a)
		p.checked.remove(key)
	}
	return action
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
