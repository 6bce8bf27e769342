package catalog

import (
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/btree"

	"getmyvax.org/univaf"
)

// A View is everything as it was after one log entry. It never changes, so a reader
// that keeps to one View sees one moment, and never waits for a writer.
type View struct {
	Epoch string
	Seq   int64

	all        *btree.BTreeG[*Record]
	byID       *btree.Map[string, *Record]
	byExternal *btree.Map[string, []*Record] // by system:value, the oldest first
	byState    map[string]*index
}

// An index holds some of the records in listing order.
type index struct {
	records *btree.BTreeG[*Record]
	seq     int64 // the greatest of its records
}

func newTree() *btree.BTreeG[*Record] {
	return btree.NewBTreeGOptions(before, btree.Options{NoLocks: true})
}

func newView(epoch string, seq int64) *View {
	return &View{
		Epoch: epoch, Seq: seq,
		all: newTree(), byID: &btree.Map[string, *Record]{}, byExternal: &btree.Map[string, []*Record]{},
		byState: map[string]*index{},
	}
}

// clone gives a View that can be changed while v is being read. It copies nothing
// but the roots of trees.
func (v *View) clone() *View {
	next := &View{
		Epoch: v.Epoch, Seq: v.Seq,
		all: v.all.Copy(), byID: v.byID.Copy(), byExternal: v.byExternal.Copy(), byState: maps.Clone(v.byState),
	}
	for state, x := range next.byState {
		next.byState[state] = &index{records: x.records.Copy(), seq: x.seq}
	}
	return next
}

// put adds a record, or puts it in the place of the one with its id.
func (v *View) put(r *Record) {
	r.public = r.render(Pick{})
	old, known := v.byID.Get(r.Location.ID)
	if known {
		v.unlink(old, r)
	}
	v.all.Set(r)
	v.byID.Set(r.Location.ID, r)
	for _, e := range r.Location.ExternalIDs {
		key := e.String()
		records, _ := v.byExternal.Get(key)
		records = slices.DeleteFunc(slices.Clone(records), func(o *Record) bool { return o.Location.ID == r.Location.ID })
		records = append(records, r)
		slices.SortFunc(records, func(a, b *Record) int {
			if before(a, b) {
				return -1
			}
			return 1
		})
		v.byExternal.Set(key, records)
	}
	x := v.byState[r.Location.State]
	if x == nil {
		x = &index{records: newTree()}
		v.byState[r.Location.State] = x
	}
	x.records.Set(r)
	x.seq = max(x.seq, r.Seq)
}

// unlink takes the old record out of the indexes that the new one is not in.
func (v *View) unlink(old, r *Record) {
	for _, e := range old.Location.ExternalIDs {
		if slices.Contains(r.Location.ExternalIDs, e) {
			continue
		}
		records, _ := v.byExternal.Get(e.String())
		records = slices.DeleteFunc(slices.Clone(records), func(o *Record) bool { return o == old })
		v.byExternal.Set(e.String(), records)
	}
	if old.Location.State == r.Location.State {
		return
	}
	x := v.byState[old.Location.State]
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
func (r *Record) Cursor() Cursor { return Cursor{r.Location.CreatedAt, r.Location.ID} }

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
		start := &Record{Location: univaf.Location{CreatedAt: q.After.CreatedAt, ID: q.After.ID}}
		tree.Ascend(start, func(r *Record) bool {
			if !before(start, r) || !r.visible(q.Pick) || (q.Provider != "" && r.Location.Provider != q.Provider) {
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
	for _, key := range []string{id, former.String()} {
		records, _ := v.byExternal.Get(key)
		for _, r := range records {
			if r.visible(p) {
				return r, key != id, nil
			}
		}
	}
	return nil, false, univaf.ErrNotFound
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
