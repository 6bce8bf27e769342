package catalog

import (
	"cmp"
	"iter"
	"math"
	"strings"

	"getmyvax.org/univaf/internal/geo"
)

// A spot says that a place is in a cell.
type spot struct {
	cell  geo.Cell
	place uint32 // its number
}

func spotBefore(a, b spot) bool {
	return a.cell < b.cell || a.cell == b.cell && a.place < b.place
}

// settle enters where the location is.
func (e *edit) settle(old, r *Record) {
	if old != nil && old.site != r.site && old.site.placed != unplaced {
		e.spots.Delete(spot{old.site.cell, old.number})
	}
	if (old == nil || old.site != r.site) && r.site.placed != unplaced {
		e.spots.Set(spot{r.site.cell, r.number})
	}
}

// crowd is how many places in a quad make it worth looking at its quarters.
const crowd = 24

// smallest is the level of quads that are never parted: of some metres.
const smallest = 24

// in gives the places in the quad, or reports that there are more than crowd of them.
func (v *View) in(q geo.Quad, places []spot) (list []spot, crowded bool) {
	last := q.Last()
	v.spots.Ascend(spot{cell: q.First}, func(s spot) bool {
		if s.cell > last {
			return false
		}
		places = append(places, s)
		crowded = len(places) > crowd && q.Level < smallest
		return !crowded
	})
	return places, crowded
}

// within gives the places in the box, or else within the radius, and perhaps some others.
// It reports false if they are more than most.
func (v *View) within(t *test, most int) (list []uint32, ok bool) {
	var space [crowd + 1]spot
	quads := []geo.Quad{{}}
	for len(quads) > 0 {
		q := quads[len(quads)-1]
		quads = quads[:len(quads)-1]
		some, all := t.meets(q)
		if !some {
			continue
		}
		if all {
			last := q.Last()
			v.spots.Ascend(spot{cell: q.First}, func(s spot) bool {
				if s.cell > last || len(list) > most {
					return false
				}
				list = append(list, s.place)
				return true
			})
		} else if places, crowded := v.in(q, space[:0]); crowded {
			for _, quarter := range q.Quarters() {
				quads = append(quads, quarter)
			}
		} else {
			for _, s := range places {
				list = append(list, s.place)
			}
		}
		if len(list) > most {
			return nil, false
		}
	}
	return list, true
}

// meets reports whether some, and whether all, of the quad is where places are looked for,
// more or less.
func (t *test) meets(q geo.Quad) (some, all bool) {
	if t.Box != nil {
		return t.Box.Meets(q)
	}
	return t.near.AtLeast(q) <= t.Radius, q.Level >= t.fine
}

// A candidate is a quad or a match, and what it is not nearer than.
type candidate struct {
	key   int64 // distance in steps
	match *Record
	km    float64
	quad  geo.Quad
}

func (c *candidate) compare(o *candidate) int {
	switch {
	case c.key != o.key || c.match == nil && o.match == nil:
		return cmp.Compare(c.key, o.key)
	case c.match == nil: // it may have a match that is as near
		return -1
	case o.match == nil:
		return 1
	}
	return strings.Compare(c.match.ID, o.match.ID)
}

// nearest gives matches by their distance, looking no further than it must: it takes apart
// the nearest quad until the nearest thing is a match (Hjaltason and Samet, 1999).
func (v *View) nearest(t *test, s *Search) iter.Seq[Match] {
	return func(yield func(Match) bool) {
		limit := int64(math.MaxInt64)
		if t.Radius > 0 {
			limit = int64(math.Round(t.Radius / step))
		}
		var space [crowd + 1]spot
		queue := candidates{list: make([]candidate, 0, 64)}
		queue.push(candidate{})
		for len(queue.list) > 0 {
			c := queue.pop()
			if c.match != nil {
				if !yield(Match{Record: c.match, Kilometres: c.km, SortMark: SortMark{Key: c.key, ID: c.match.ID}}) {
					return
				}
				continue
			}
			places, crowded := v.in(c.quad, space[:0])
			if crowded {
				for _, quarter := range c.quad.Quarters() {
					// Not a bit too far for the last digits of its corners.
					if key := int64(t.near.AtLeast(quarter)/step) - 1; key <= limit {
						queue.push(candidate{key: key, quad: quarter})
					}
				}
				continue
			}
			for _, place := range places {
				if one := v.candidate(t, place, s.After); one.match != nil && one.key <= limit {
					queue.push(one)
				}
			}
		}
	}
}

// candidate gives the place if it is a match that stands behind the mark.
func (v *View) candidate(t *test, s spot, after *SortMark) (c candidate) {
	if t.excludes(s.place) {
		return c
	}
	c.km = t.near.Distance(s.cell)
	c.key = int64(math.Round(c.km / step))
	if after != nil && c.key < after.Key {
		return c
	}
	r := v.places.get(s.place)
	if after != nil && c.key == after.Key && r.ID <= after.ID {
		return c
	}
	if r.visible(t.Pick) && t.holdsFacts(r) && (t.Box == nil || t.Box.Has(s.cell)) && t.holdsAvailability(r) {
		c.match = r
	}
	return c
}

// candidates are a heap, the nearest first. container/heap would allocate each of them.
type candidates struct{ list []candidate }

func (q *candidates) push(c candidate) {
	q.list = append(q.list, c)
	for i := len(q.list) - 1; i > 0; {
		parent := (i - 1) / 2
		if q.list[i].compare(&q.list[parent]) >= 0 {
			return
		}
		q.list[i], q.list[parent] = q.list[parent], q.list[i]
		i = parent
	}
}

func (q *candidates) pop() candidate {
	first := q.list[0]
	last := len(q.list) - 1
	q.list[0] = q.list[last]
	q.list[last] = candidate{}
	q.list = q.list[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child >= last {
			return first
		}
		if child+1 < last && q.list[child+1].compare(&q.list[child]) < 0 {
			child++
		}
		if q.list[i].compare(&q.list[child]) <= 0 {
			return first
		}
		q.list[i], q.list[child] = q.list[child], q.list[i]
		i = child
	}
}
