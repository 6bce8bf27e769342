package catalog

import (
	"bytes"
	"cmp"
	"container/heap"
	"math"
	"slices"
	"strings"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/words"
)

// An Order says which place comes first.
type Order int

// The orders. Among equals, it is the one whose id is less.
const (
	ByAge      Order = iota // the oldest first, as Query lists them
	ByDistance              // the nearest first
	BySoonest               // the soonest opening first, those without one last
	ByName                  // from a to z, whatever the case
	ByUpdate                // what changed last first
)

// A SortMark is a place in an order: behind the match that has it. It stays right while data
// changes, on every replica.
type SortMark struct {
	Key  int64
	Text string
	ID   string
}

func (m SortMark) compare(o SortMark) int {
	if m.Key != o.Key {
		return cmp.Compare(m.Key, o.Key)
	}
	if m.Text != o.Text {
		return strings.Compare(m.Text, o.Text)
	}
	return strings.Compare(m.ID, o.ID)
}

// A Match is a place that was found.
type Match struct {
	*Record
	Kilometres float64 // from Filter.Near
	SortMark   SortMark
	opening    opening // of those that Slots finds
}

// step is the finest difference of distances, in km, that tells which is the nearer.
const step = 1e-4

// mark gives the record's place in the order.
func (t *test) mark(r *Record, o Order) Match {
	m := Match{Record: r, SortMark: SortMark{ID: r.ID}}
	if t.Near != nil && r.site.placed != unplaced {
		m.Kilometres = t.near.Distance(r.site.cell)
	}
	switch o {
	case ByAge:
		m.SortMark.Key = r.createdAt
	case ByDistance:
		m.SortMark.Key = int64(math.Round(m.Kilometres / step))
	case BySoonest:
		m.SortMark.Key = t.first(r).minute
	case ByName:
		m.SortMark.Text = r.nameKey()
	case ByUpdate:
		m.SortMark.Key = -r.updated()
	}
	return m
}

// longestKey is how many bytes of a name count.
const longestKey = 64

// nameKey is what names are ordered by.
func (r *Record) nameKey() string {
	const member = `,"name":`
	rest := r.body[bytes.Index(r.body, []byte(member))+len(member):]
	end := 1
	for end < len(rest) && rest[end] != '"' {
		if rest[end] == '\\' {
			end++
		}
		end++
	}
	name, _ := univaf.Text(rest[:min(end+1, len(rest))])
	return words.Plain(strings.ToValidUTF8(string(name[:min(len(name), longestKey)]), ""))
}

// A ranking keeps the first matches of those that it is given.
type ranking struct {
	most int // 0 for all
	list []Match
}

func (r *ranking) Len() int           { return len(r.list) }
func (r *ranking) Less(i, j int) bool { return r.list[i].SortMark.compare(r.list[j].SortMark) > 0 }
func (r *ranking) Swap(i, j int)      { r.list[i], r.list[j] = r.list[j], r.list[i] }
func (r *ranking) Push(m any)         { r.list = append(r.list, m.(Match)) }
func (r *ranking) Pop() any           { panic("nothing is taken from it one by one") }

func (r *ranking) add(m Match) {
	switch {
	case r.most == 0:
		r.list = append(r.list, m)
	case len(r.list) < r.most:
		r.list = append(r.list, m)
		if len(r.list) == r.most {
			heap.Init(r)
		}
	case m.SortMark.compare(r.list[0].SortMark) < 0:
		r.list[0] = m
		heap.Fix(r, 0)
	}
}

// ordered gives what is kept, the first first.
func (r *ranking) ordered() []Match {
	slices.SortFunc(r.list, func(a, b Match) int { return a.SortMark.compare(b.SortMark) })
	return r.list
}
