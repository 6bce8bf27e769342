package catalog

import (
	"cmp"
	"iter"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tidwall/btree"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/words"
)

// A View is everything as it was after one log entry. It never changes, so a reader
// that keeps to one View sees one moment, and never waits for a writer.
type View struct {
	Epoch string
	Seq   int64

	changedAt time.Time // when content last changed, the zero Time if that is not known

	all        *btree.BTreeG[*Record]
	byID       *btree.Map[string, *Record]
	byExternal *btree.BTreeG[holding]
	byState    map[string]*index
	changes    changes

	// What is searched in: by the numbers of places.
	places roster
	count  uint32 // of numbers
	spots  *btree.BTreeG[spot]
	words  words.Index
}

// An index holds some of the records in listing order.
type index struct {
	records *btree.BTreeG[*Record]
	seq     int64 // the greatest of its records
}

// A holding says that a location has an external id. They are ordered by id, the
// oldest location first.
type holding struct {
	id        univaf.ExternalID
	createdAt int64
	location  string // its id
}

func compareHoldings(a, b holding) int {
	return cmp.Or(cmp.Compare(a.id.Value, b.id.Value), cmp.Compare(a.id.System, b.id.System),
		cmp.Compare(a.createdAt, b.createdAt), cmp.Compare(a.location, b.location))
}

func holdingBefore(a, b holding) bool { return compareHoldings(a, b) < 0 }

func newTree[T any](before func(a, b T) bool) *btree.BTreeG[T] {
	return btree.NewBTreeGOptions(before, btree.Options{NoLocks: true})
}

func newView(epoch string, seq int64) *View {
	return &View{
		Epoch: epoch, Seq: seq,
		all: newTree(before), byID: &btree.Map[string, *Record]{}, byExternal: newTree(holdingBefore),
		byState: map[string]*index{}, spots: newTree(spotBefore), changes: newChanges(),
	}
}

// compare tells the order in which locations are listed: the oldest first.
func compare(a, b *Record) int {
	if a.createdAt != b.createdAt {
		return cmp.Compare(a.createdAt, b.createdAt)
	}
	return cmp.Compare(a.ID, b.ID)
}

func before(a, b *Record) bool { return compare(a, b) < 0 }

// An edit is a View that is being made from another one, which is being read. It
// copies nothing but what changes.
type edit struct {
	*View
	packers []packer
	drafts  map[string]*draft
	order   []string        // of the drafts
	copied  map[string]bool // states whose index is ours alone
	owner   *owner          // of what of the roster is
}

func (v *View) edit(packers []packer) *edit {
	return &edit{
		View: &View{
			Epoch: v.Epoch, Seq: v.Seq, changedAt: v.changedAt,
			all: v.all.Copy(), byID: v.byID.Copy(), byExternal: v.byExternal.Copy(), byState: maps.Clone(v.byState),
			places: slices.Clone(v.places), count: v.count, spots: v.spots.Copy(), words: v.words, changes: v.changes.copy(),
		},
		packers: packers, drafts: map[string]*draft{}, copied: map[string]bool{}, owner: new(owner),
	}
}

// draft gives the record with the id as it will be, or nil if there is none.
func (e *edit) draft(id string) *draft {
	if d := e.drafts[id]; d != nil {
		return d
	}
	old, ok := e.byID.Get(id)
	if !ok {
		return nil
	}
	return e.begin(id, newDraft(old))
}

func (e *edit) begin(id string, d *draft) *draft {
	e.drafts[id] = d
	e.order = append(e.order, id)
	return d
}

// finish puts the drafts into the view. seq is the log entry that made them.
func (e *edit) finish(seq int64) {
	var documents []words.Document
	for i, r := range e.pack(seq) {
		d := e.drafts[e.order[i]]
		if d.location != nil {
			e.link(d.old, r, d.location.ExternalIDs)
		}
		e.put(d.old, r)
		e.changes.move(d.old, r)
		if d.words.List != nil {
			d.words.Number = r.number
			documents = append(documents, d.words)
		}
	}
	e.words = e.words.With(documents)
	for i := range e.packers {
		e.packers[i].words.Clear()
	}
	e.Seq = seq
	clear(e.drafts)
	e.order = e.order[:0]
}

// packAlone is how many drafts one processor packs as fast as several would.
const packAlone = 32

// pack makes records of the drafts, in their order.
func (e *edit) pack(seq int64) []*Record {
	records := make([]*Record, len(e.order))
	var packing sync.WaitGroup
	each := max(packAlone, (len(e.order)+len(e.packers)-1)/len(e.packers))
	for i := 0; i*each < len(e.order); i++ {
		work := func() {
			for n := i * each; n < min((i+1)*each, len(e.order)); n++ {
				records[n] = e.packers[i].pack(e.drafts[e.order[n]], seq)
			}
		}
		if (i+1)*each < len(e.order) {
			packing.Go(work)
		} else {
			work()
		}
	}
	packing.Wait()
	return records
}

// put adds the record, or puts it in the place of the old one, if that is not nil.
func (e *edit) put(old, r *Record) {
	if old != nil {
		r.number = old.number
	} else {
		r.number = e.count
		e.count++
	}
	e.places.set(r, e.owner)
	e.settle(old, r)
	e.all.Set(r)
	e.byID.Set(r.ID, r)
	x := e.state(r.State)
	x.records.Set(r)
	x.seq = max(x.seq, r.Seq)
}

// state gives the index of a state, to be changed.
func (e *edit) state(code string) *index {
	x := e.byState[code]
	switch {
	case x == nil:
		x = &index{records: newTree(before)}
	case e.copied[code]:
		return x
	default:
		x = &index{records: x.records.Copy(), seq: x.seq}
	}
	e.byState[code], e.copied[code] = x, true
	return x
}

// link enters the location's external ids, and takes it out of the indexes that it is
// not in any more.
func (e *edit) link(old, r *Record, ids univaf.ExternalIDs) {
	if old != nil {
		was := old.Location()
		for _, id := range was.ExternalIDs {
			if !slices.Contains(ids, id) {
				e.byExternal.Delete(holding{id, r.createdAt, r.ID})
			}
		}
		if old.State != r.State {
			e.leave(old)
		}
	}
	for _, id := range ids {
		e.byExternal.Set(e.packers[0].holding(id, r))
	}
}

func (e *edit) leave(old *Record) {
	x := e.state(old.State)
	x.records.Delete(old)
	x.seq = 0
	x.records.Scan(func(r *Record) bool {
		x.seq = max(x.seq, r.Seq)
		return true
	})
}

// A Query says which locations are listed.
type Query struct {
	Pick
	State    string // USPS code; all if empty
	Provider string // all if empty
	After    Cursor // only what stands behind it
}

// A Cursor is a place in the list: behind the location that was created then and has
// that id. The zero Cursor is before all.
type Cursor struct {
	CreatedAt time.Time
	ID        string
}

// Cursor is the place behind the record.
func (r *Record) Cursor() Cursor { return Cursor{r.CreatedAt(), r.ID} }

// Locations gives what the query asks for, the oldest location first.
func (v *View) Locations(q Query) iter.Seq[*Record] {
	tree := v.all
	if q.State != "" {
		x := v.byState[q.State]
		if x == nil {
			return func(func(*Record) bool) {}
		}
		tree = x.records
	}
	return func(yield func(*Record) bool) {
		start := &Record{createdAt: q.After.CreatedAt.UnixMilli(), ID: q.After.ID}
		tree.Ascend(start, func(r *Record) bool {
			if !before(start, r) || !r.visible(q.Pick) || (q.Provider != "" && r.Provider != q.Provider) {
				return true
			}
			return yield(r)
		})
	}
}

// Version tells two states of what the query draws on apart: the greatest seq among
// it, and how many locations there are. Every change raises the seq, but for a
// location that goes; then there are fewer.
func (v *View) Version(q Query) (seq int64, count int) {
	if q.State == "" {
		return v.Seq, v.all.Len()
	}
	if x := v.byState[q.State]; x != nil {
		return x.seq, x.records.Len()
	}
	return 0, 0
}

// Location finds a location by its UUID, by one that it had before a merge, or by
// system:value. moved reports that the id is a former one. The error is
// univaf.ErrNotFound.
func (v *View) Location(id string, p Pick) (r *Record, moved bool, err error) {
	if r, ok := v.byID.Get(strings.ToLower(id)); ok && r.visible(p) {
		return r, false, nil
	}
	former := univaf.ExternalID{System: univaf.SystemFormerID, Value: strings.ToLower(id)}
	named, _ := univaf.ParseExternalID(id)
	for _, e := range []univaf.ExternalID{named, former} {
		for r := range v.holders(e) {
			if r.visible(p) {
				return r, e != named, nil
			}
		}
	}
	return nil, false, univaf.ErrNotFound
}

// holders gives the locations that have the external id, the oldest first.
func (v *View) holders(id univaf.ExternalID) iter.Seq[*Record] {
	return func(yield func(*Record) bool) {
		v.byExternal.Ascend(holding{id: id, createdAt: math.MinInt64}, func(h holding) bool {
			if h.id != id {
				return false
			}
			r, ok := v.byID.Get(h.location)
			return !ok || yield(r)
		})
	}
}

// Availability gives the records of single sources, by location id and source, from
// behind the record with the given id (LOCATION_ID:SOURCE) on.
func (v *View) Availability(p Pick, after string) iter.Seq[*univaf.Availability] {
	location, source, _ := strings.Cut(after, ":")
	return func(yield func(*univaf.Availability) bool) {
		v.byID.Ascend(location, func(id string, r *Record) bool {
			if !r.visible(p) {
				return true
			}
			for _, a := range r.Records(p) {
				if id == location && a.Source <= source {
					continue
				}
				if !yield(&a) {
					return false
				}
			}
			return true
		})
	}
}

// Len is how many locations there are, hidden ones too.
func (v *View) Len() int { return v.all.Len() }
