package catalog

import (
	"sync"

	"getmyvax.org/univaf"
)

// A loader makes a view of a snapshot. It packs on all processors what it is given, as
// it comes, so that it is not in memory twice.
type loader struct {
	edit    *edit
	places  map[string]*Record // those of which nothing has been said so far, without records
	current *loading
	batch   []*loading
	batches chan []*loading
	packing sync.WaitGroup

	mu     sync.Mutex
	packed []*Record
}

// A loading is a place with what is said of it.
type loading struct {
	draft *draft
	seq   int64
}

// loadBatch is how many places are packed at a time.
const loadBatch = 64

func newLoader(packers []packer) *loader {
	l := &loader{edit: newView("", 0).edit(make([]packer, 1)), places: map[string]*Record{}, batches: make(chan []*loading, len(packers))}
	for i := range packers {
		l.packing.Go(func() {
			for batch := range l.batches {
				records := make([]*Record, len(batch))
				for n, one := range batch {
					records[n] = packers[i].pack(one.draft, one.seq)
				}
				l.mu.Lock()
				l.packed = append(l.packed, records...)
				l.mu.Unlock()
			}
		})
	}
	return l
}

// Location takes a location.
func (l *loader) Location(location univaf.Location, seq int64) {
	var d draft
	d.set(&location)
	r := l.edit.packers[0].pack(&d, seq)
	l.edit.link(nil, r, location.ExternalIDs)
	l.places[r.ID] = r
}

// Availability takes what a source says.
func (l *loader) Availability(a univaf.Availability, seq int64) {
	if l.current == nil || l.current.draft.old.ID != a.LocationID {
		r := l.places[a.LocationID]
		if r == nil {
			return
		}
		delete(l.places, a.LocationID)
		l.pass()
		l.current = &loading{newDraft(r), r.Seq}
	}
	l.current.draft.say(&a)
	l.current.seq = max(l.current.seq, seq)
}

// pass hands the current place on to be packed.
func (l *loader) pass() {
	if l.current != nil {
		l.batch = append(l.batch, l.current)
		l.current = nil
	}
	if len(l.batch) == loadBatch {
		l.batches <- l.batch
		l.batch = nil
	}
}

// finish gives the view when all is packed.
func (l *loader) finish() *edit {
	l.pass()
	l.batches <- l.batch
	close(l.batches)
	l.packing.Wait()
	for _, r := range l.packed {
		l.edit.put(r)
	}
	for _, r := range l.places {
		l.edit.put(r)
	}
	return l.edit
}
