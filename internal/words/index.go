package words

import (
	"slices"
)

// An Index tells which documents have which words. It does not change: With gives
// another one, which shares with it what is the same. The zero Index is empty.
//
// It is a list of segments, the oldest and largest first, of which the newest that knows
// a document counts. Each is at least twice as large as the next, so that there are few of
// them and a document is entered anew only some times as they are merged.
type Index struct{ segments []*segment }

// With gives the index with documents entered anew. Each has another number.
func (x Index) With(documents []Document) Index {
	if len(documents) == 0 {
		return x
	}
	return x.Join(Index{[]*segment{newSegment(documents)}})
}

// Join gives the index with what another one knows, which is newer.
func (x Index) Join(newer Index) Index {
	list := slices.Clone(x.segments)
	for _, s := range newer.segments {
		list = append(list, s)
		for n := len(list); n > 1 && 2*len(list[n-1].documents) > len(list[n-2].documents); n = len(list) {
			list = append(list[:n-2], merge(list[n-2], list[n-1]))
		}
	}
	return Index{list}
}

// mostAsked is how many words of a question count.
const mostAsked = 10

// A Question is what is looked for: documents that have some words, and one that starts
// with a prefix.
type Question struct {
	Words  []string
	Prefix string
}

// Ask makes a question of a text whose last word may not be complete. It is not ok if
// there is no word.
func Ask(text string) (q Question, ok bool) {
	list := Split(text)
	if len(list) == 0 {
		return q, false
	}
	q.Prefix = list[len(list)-1]
	list = list[:len(list)-1]
	slices.Sort(list)
	list = slices.Compact(list)
	q.Words = list[:min(len(list), mostAsked)]
	return q, true
}

// Find gives the documents that a question asks for.
func (x Index) Find(q Question) *Set {
	size := uint32(0)
	for _, seg := range x.segments {
		size = max(size, seg.size())
	}
	found := newSet(size)
	for i, seg := range x.segments {
		if i > 0 {
			found.remove(seg.documents)
		}
		seg.find(q, found)
	}
	return found
}
