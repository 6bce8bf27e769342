package words

import (
	"sort"
	"strings"
)

// A segment is an index of some documents. It does not change. Nearly all of it is in
// four arrays, so that it is small and the garbage collector need not look into it.
type segment struct {
	documents []uint32     // ascending
	text      string       // the words, in order, one behind the other
	ends      []uint32     // where each word ends in text
	numbers   []uint32     // the documents that have the first word, ascending, then the second …
	lastOf    []uint32     // where the documents of each word end in numbers
	common    map[int]*Set // the same again for words that very many have
}

func (s *segment) len() int { return len(s.ends) }

func (s *segment) word(i int) string { return s.text[end(s.ends, i-1):s.ends[i]] }

// of gives the documents that have one of the words from the i-th to before the j-th.
func (s *segment) of(i, j int) []uint32 {
	return s.numbers[end(s.lastOf, i-1):end(s.lastOf, j-1)]
}

func end(ends []uint32, i int) uint32 {
	if i < 0 {
		return 0
	}
	return ends[i]
}

// search gives the place of the word, or of the first behind it.
func (s *segment) search(word string) int {
	return sort.Search(s.len(), func(i int) bool { return s.word(i) >= word })
}

// prefixed tells which words start so: from the i-th to before the j-th.
func (s *segment) prefixed(prefix string) (i, j int) {
	i = s.search(prefix)
	return i, i + sort.Search(s.len()-i, func(n int) bool { return !strings.HasPrefix(s.word(i+n), prefix) })
}

// size is more than the number of any document.
func (s *segment) size() uint32 {
	if len(s.documents) == 0 {
		return 0
	}
	return s.documents[len(s.documents)-1] + 1
}
