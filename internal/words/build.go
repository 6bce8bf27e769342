package words

import (
	"cmp"
	"slices"
	"strings"
)

// newSegment makes an index of documents, each of which has another number.
func newSegment(documents []Document) *segment {
	slices.SortFunc(documents, func(a, b Document) int { return cmp.Compare(a.Number, b.Number) })
	b := builder{}
	all, ranks := rank(documents)
	counts := make([]uint32, len(all))
	for _, d := range documents {
		b.documents = append(b.documents, d.Number)
		for _, id := range d.List.of(d.At) {
			counts[ranks[d.List][id]]++
		}
	}
	next := make([]uint32, len(all)) // where the next document of each word goes
	for i, word := range all {
		next[i] = b.total
		b.word(word, counts[i])
	}
	b.numbers = make([]uint32, b.total)
	for _, d := range documents {
		for _, id := range d.List.of(d.At) {
			at := &next[ranks[d.List][id]]
			b.numbers[*at] = d.Number
			*at++
		}
	}
	return b.done()
}

// rank gives the words of the lists in order, and where those of each list stand there.
func rank(documents []Document) (all []string, ranks map[*List][]uint32) {
	ranks = map[*List][]uint32{}
	for _, d := range documents {
		if _, known := ranks[d.List]; !known {
			ranks[d.List] = make([]uint32, len(d.List.words))
			all = append(all, d.List.words...)
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	place := make(map[string]uint32, len(all))
	for i, word := range all {
		place[word] = uint32(i)
	}
	for list, ranks := range ranks {
		for i, word := range list.words {
			ranks[i] = place[word]
		}
	}
	return all, ranks
}

// merge makes one segment of two. What the newer one knows of a document counts.
func merge(older, newer *segment) *segment {
	replaced := newSet(newer.size())
	replaced.add(newer.documents)
	b := builder{}
	b.documents = join(nil, older.documents, newer.documents, replaced)
	b.numbers = make([]uint32, 0, len(older.numbers)+len(newer.numbers))
	for i, j := 0, 0; i < older.len() || j < newer.len(); {
		order := 0
		switch {
		case i == older.len():
			order = 1
		case j == newer.len():
			order = -1
		default:
			order = strings.Compare(older.word(i), newer.word(j))
		}
		var word string
		var old, fresh []uint32
		if order <= 0 {
			word, old = older.word(i), older.of(i, i+1)
			i++
		}
		if order >= 0 {
			word, fresh = newer.word(j), newer.of(j, j+1)
			j++
		}
		before := len(b.numbers)
		b.numbers = join(b.numbers, old, fresh, replaced)
		if n := len(b.numbers) - before; n > 0 {
			b.word(word, uint32(n))
		}
	}
	b.numbers = slices.Clip(slices.Clone(b.numbers))
	return b.done()
}

// join appends two ascending lists as one, without what of the older is replaced.
func join(to, older, newer []uint32, replaced *Set) []uint32 {
	for _, n := range older {
		if replaced.Has(n) {
			continue
		}
		for len(newer) > 0 && newer[0] < n {
			to, newer = append(to, newer[0]), newer[1:]
		}
		to = append(to, n)
	}
	return append(to, newer...)
}

// A builder takes the words of a segment in their order.
type builder struct {
	segment
	words strings.Builder
	total uint32 // documents of all words so far
}

// word takes the next word, which so many documents have.
func (b *builder) word(word string, count uint32) {
	b.words.WriteString(word)
	b.total += count
	b.ends, b.lastOf = append(b.ends, uint32(b.words.Len())), append(b.lastOf, b.total)
}

func (b *builder) done() *segment {
	s := b.segment
	s.common = map[int]*Set{}
	for i := range s.ends {
		if list := s.of(i, i+1); len(list) >= s.many() {
			s.common[i] = newSet(s.size())
			s.common[i].add(list)
		}
	}
	s.text, s.ends, s.lastOf = strings.Clone(b.words.String()), slices.Clone(s.ends), slices.Clone(s.lastOf)
	return &s
}
