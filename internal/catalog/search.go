package catalog

import (
	"iter"
	"math"
	"slices"

	"github.com/tidwall/btree"
)

// A Search asks for places in some order.
type Search struct {
	Filter
	Order Order
	After *SortMark // only what stands behind; nil for all
	Most  int       // how many will be taken; 0 for all
}

// Find gives the places that the search asks for, in its order.
func (v *View) Find(s *Search) iter.Seq[Match] {
	t := newTest(v, &s.Filter)
	records, few := v.named(t)
	switch {
	case few:
	case s.Order == ByDistance:
		return v.nearest(t, s)
	default:
		records, few = v.around(t)
	}
	switch {
	case few:
	case s.Order == ByAge:
		return v.list(t, s)
	default:
		records = v.inStates(s.States, nil)
	}
	return func(yield func(Match) bool) {
		first := ranking{most: s.Most}
		for r := range records {
			if !t.holds(r) {
				continue
			}
			if m := t.mark(r, s.Order); s.After == nil || m.SortMark.compare(*s.After) > 0 {
				first.add(m)
			}
		}
		for _, m := range first.ordered() {
			if !yield(m) {
				return
			}
		}
	}
}

// each gives the places for which the filter holds, in no order.
func (v *View) each(t *test) iter.Seq[*Record] {
	records, few := v.named(t)
	if !few {
		records, few = v.around(t)
	}
	if !few {
		records = v.inStates(t.States, nil)
	}
	return func(yield func(*Record) bool) {
		for r := range records {
			if t.holds(r) && !yield(r) {
				return
			}
		}
	}
}

// list gives matches in the order in which all records stand.
func (v *View) list(t *test, s *Search) iter.Seq[Match] {
	return func(yield func(Match) bool) {
		for r := range v.inStates(s.States, s.After) {
			if t.holds(r) && !yield(t.mark(r, ByAge)) {
				return
			}
		}
	}
}

// inStates gives the records of some states, or all, in listing order from behind the mark on.
func (v *View) inStates(codes []string, after *SortMark) iter.Seq[*Record] {
	from := &Record{createdAt: math.MinInt64}
	if after != nil {
		from = &Record{createdAt: after.Key, ID: after.ID}
	}
	trees := []*btree.BTreeG[*Record]{v.all}
	if len(codes) > 0 {
		trees = trees[:0]
		for _, code := range codes {
			if x := v.byState[code]; x != nil {
				trees = append(trees, x.records)
			}
		}
	}
	return func(yield func(*Record) bool) {
		if len(trees) != 1 {
			merge(trees, from, yield)
			return
		}
		behind := false
		trees[0].Ascend(from, func(r *Record) bool {
			if !behind { // all others are, if this one is or not
				behind = true
				if !before(from, r) {
					return true
				}
			}
			return yield(r)
		})
	}
}

// merge gives what is in several trees behind start, in order.
func merge(trees []*btree.BTreeG[*Record], start *Record, yield func(*Record) bool) {
	var sources []*btree.IterG[*Record]
	for _, tree := range trees {
		source := &btree.IterG[*Record]{}
		source.Init(tree, false)
		for ok := source.Seek(start); ok; ok = source.Next() {
			if before(start, source.Item()) {
				sources = append(sources, source)
				break
			}
		}
	}
	for len(sources) > 0 {
		least := 0
		for i := range sources {
			if before(sources[i].Item(), sources[least].Item()) {
				least = i
			}
		}
		if !yield(sources[least].Item()) {
			return
		}
		if !sources[least].Next() {
			sources = slices.Delete(sources, least, least+1)
		}
	}
}

// mostFew is how many records are a small part of all, so that it is worth while to put
// them in order.
func (v *View) mostFew() int { return max(1000, v.all.Len()/16) }

// named gives the records that the filter's ids or words name, in no order, if they are few.
func (v *View) named(t *test) (records iter.Seq[*Record], few bool) {
	switch {
	case len(t.IDs) > 0:
		return v.withIDs(t), true
	case t.text != nil && t.text.Len() <= v.mostFew():
		return v.numbered(t.text.All()), true
	}
	return nil, false
}

// around gives the records that are in the filter's box or within its radius, and perhaps
// some others, in no order, if they are few.
func (v *View) around(t *test) (records iter.Seq[*Record], few bool) {
	if t.Box == nil && (t.Near == nil || t.Radius == 0) {
		return nil, false
	}
	numbers, few := v.within(t, v.mostFew())
	return v.numbered(slices.Values(numbers)), few
}

func (v *View) numbered(numbers iter.Seq[uint32]) iter.Seq[*Record] {
	return func(yield func(*Record) bool) {
		for n := range numbers {
			if !yield(v.places.get(n)) {
				return
			}
		}
	}
}

// withIDs gives the records with the filter's ids, each once.
func (v *View) withIDs(t *test) iter.Seq[*Record] {
	return func(yield func(*Record) bool) {
		seen := map[string]bool{}
		for _, id := range t.IDs {
			r, _, err := v.Location(id, t.Pick)
			if err != nil || seen[r.ID] {
				continue
			}
			seen[r.ID] = true
			if !yield(r) {
				return
			}
		}
	}
}
