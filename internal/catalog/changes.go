package catalog

import (
	"cmp"
	"slices"
	"time"

	"github.com/tidwall/btree"

	"getmyvax.org/univaf"
)

// A Mark is a place in the order of changes: what a log entry changed of a location.
// Changes go by entry, those of one entry by id.
type Mark struct {
	Seq int64
	ID  string
}

// Compare tells which mark is the earlier one.
func (m Mark) Compare(other Mark) int {
	return cmp.Or(cmp.Compare(m.Seq, other.Seq), cmp.Compare(m.ID, other.ID))
}

// LastID is behind every id.
const LastID = "~"

// end is the mark behind all that the log entry, or one before, changed.
func end(seq int64) Mark { return Mark{seq, LastID} }

// A Position is how far somebody has read the changes.
type Position struct {
	After Mark
	// Known is the log entry up to which it is known what is not there, if that is not the
	// one of After: who reads from the start need not be told of what left before.
	Known int64
}

// Start is where somebody begins who knows nothing.
func (v *View) Start() Position { return Position{end(0), v.Seq} }

// End is where somebody goes on who knows all that is in the view.
func (v *View) End() Position { return Position{After: end(v.Seq)} }

// At is the position behind the mark, which was seen in the view.
func (p Position) At(m Mark, v *View) Position {
	// A view that lags shows what has left since, of which one must hear then.
	if p.Known = min(p.Known, v.Seq); p.Known <= m.Seq {
		p.Known = 0
	}
	p.After = m
	return p
}

// known is behind all that left and needs no mention.
func (p Position) known() Mark {
	if known := end(p.Known); p.After.Compare(known) < 0 {
		return known
	}
	return p.After
}

// changes says what changed when. Of a location the last change counts, and those that
// are hidden are not in it.
type changes struct {
	content *btree.BTreeG[Mark] // of what everybody sees, apart from when sources looked
	touched *btree.BTreeG[Mark] // of anything
	left    *btree.BTreeG[*departure]
}

// A departure is when a location was last hidden, or went to another state or provider.
type departure struct {
	Mark
	at int64 // milliseconds since 1970
}

func newChanges() changes {
	before := func(a, b Mark) bool { return a.Compare(b) < 0 }
	return changes{
		content: newTree(before), touched: newTree(before),
		left: newTree(func(a, b *departure) bool { return before(a.Mark, b.Mark) }),
	}
}

func (c changes) copy() changes {
	return changes{c.content.Copy(), c.touched.Copy(), c.left.Copy()}
}

// move enters a record in the place of the one that it was, which may be nil.
func (c changes) move(old, r *Record) {
	if old == nil {
		old = &Record{}
	}
	if old.public {
		c.touched.Delete(Mark{old.Seq, r.ID})
	}
	if r.public {
		c.touched.Set(Mark{r.Seq, r.ID})
	}
	if old.contentSeq == r.contentSeq { // a check
		return
	}
	if old.public {
		c.content.Delete(Mark{old.contentSeq, r.ID})
	}
	if r.public {
		c.content.Set(Mark{r.contentSeq, r.ID})
	}
	if old.left != nil {
		c.left.Delete(old.left)
	}
	if r.left != nil {
		c.left.Set(r.left)
	}
}

// load enters records into what is empty.
func (c changes) load(records []*Record) {
	content, touched := make([]Mark, 0, len(records)), make([]Mark, 0, len(records))
	for _, r := range records {
		if r.public {
			content, touched = append(content, Mark{r.contentSeq, r.ID}), append(touched, Mark{r.Seq, r.ID})
		}
		if r.left != nil {
			c.left.Set(r.left)
		}
	}
	for _, one := range []struct {
		tree  *btree.BTreeG[Mark]
		marks []Mark
	}{{c.content, content}, {c.touched, touched}} {
		slices.SortFunc(one.marks, Mark.Compare)
		for _, m := range one.marks {
			one.tree.Load(m)
		}
	}
}

// depart gives the last departure of a location that is as in next now, after the log
// entry. old is what it was, or nil.
func depart(old *Record, next *univaf.Location, seq int64) *departure {
	if old == nil {
		return nil
	}
	was := univaf.Location{State: old.State, Provider: old.Provider, IsPublic: old.public}
	if next == nil || !was.Leaves(*next) {
		return old.left
	}
	return &departure{Mark{seq, old.ID}, next.UpdatedAt.UnixMilli()}
}

// A ChangeFilter picks locations by facts that hardly change. An empty list lets all pass.
type ChangeFilter struct {
	States    []string // USPS codes
	Providers []string
	IDs       []string
}

// shows reports whether everybody sees the location, and the filter lets it pass.
func (f *ChangeFilter) shows(r *Record) bool {
	passes := func(list []string, value string) bool { return len(list) == 0 || slices.Contains(list, value) }
	return r.public && passes(f.States, r.State) && passes(f.Providers, r.Provider) && passes(f.IDs, r.ID)
}

// A ChangeQuery says which changes are asked for.
type ChangeQuery struct {
	ChangeFilter
	Checks bool // also of nothing but when sources looked
	Position
	Most int // how many are given
}

// A Change says that a location is as in Record now, or if that is nil that it is not
// there, or not among those that the filter lets pass.
type Change struct {
	Mark
	Record *Record
}

// mostLooked is how many changes are looked at, whether they are asked for or not.
const mostLooked = 20_000

// Changes gives what changed behind q.After, in order, each location once, as it is in
// this view. next is where to go on; more says that there may be something there.
func (v *View) Changes(q ChangeQuery) (list []Change, next Position, more bool) {
	if len(q.IDs) > 0 {
		return v.changesOf(q)
	}
	tree := v.changes.content
	if q.Checks {
		tree = v.changes.touched
	}
	marks, left := tree.Iter(), v.changes.left.Iter()
	defer marks.Release()
	defer left.Release()
	hasMark := marks.Seek(q.After) && (marks.Item() != q.After || marks.Next())
	since, last := q.known(), q.After
	hasLeft := left.Seek(&departure{Mark: since}) && (left.Item().Mark != since || left.Next())
	for looked := 0; hasMark || hasLeft; looked++ {
		if len(list) == q.Most || looked == mostLooked {
			return list, q.At(last, v), true
		}
		// Both may tell of the same change.
		changed := hasMark && (!hasLeft || marks.Item().Compare(left.Item().Mark) <= 0)
		gone := hasLeft && (!changed || left.Item().Mark == marks.Item())
		if changed {
			last = marks.Item()
			hasMark = marks.Next()
		}
		if gone {
			last = left.Item().Mark
			hasLeft = left.Next()
		}
		switch r, _ := v.byID.Get(last.ID); {
		case changed && q.shows(r):
			list = append(list, Change{last, r})
		case gone && !q.shows(r):
			list = append(list, Change{last, nil})
		}
	}
	return list, v.behind(q.Position), false
}

// changesOf is Changes of single locations, for which it is faster to look at these.
func (v *View) changesOf(q ChangeQuery) (list []Change, next Position, more bool) {
	since := q.known()
	for _, id := range q.IDs {
		r, ok := v.byID.Get(id)
		if !ok {
			continue
		}
		c := Change{Mark{r.contentSeq, id}, r}
		if q.Checks {
			c.Seq = r.Seq
		}
		switch {
		case q.shows(r) && c.Compare(q.After) > 0:
			list = append(list, c)
		case !q.shows(r) && r.left != nil && r.left.Compare(since) > 0:
			list = append(list, Change{r.left.Mark, nil})
		}
	}
	slices.SortFunc(list, func(a, b Change) int { return a.Compare(b.Mark) })
	if len(list) > q.Most {
		list = list[:q.Most]
		return list, q.At(list[q.Most-1].Mark, v), true
	}
	return list, v.behind(q.Position), false
}

// behind is where to go on when all is told.
func (v *View) behind(p Position) Position {
	if m := end(v.Seq); m.Compare(p.After) > 0 {
		return p.At(m, v)
	}
	return p.At(p.After, v) // by one who has seen a later view
}

// Forgotten reports whether something left behind the position and before the time: too
// long ago to be told of.
func (v *View) Forgotten(p Position, before time.Time) (forgotten bool) {
	since := p.known()
	v.changes.left.Ascend(&departure{Mark: since}, func(d *departure) bool {
		if d.Mark == since {
			return true
		}
		forgotten = d.at < before.UnixMilli() // those behind it left later
		return false
	})
	return forgotten
}
