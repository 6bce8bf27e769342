package words

import (
	"slices"
)

// most is how many words of a document count.
const most = 100

// A List collects the words of documents that are to be entered in an Index. The zero
// List is empty. It is for one goroutine.
type List struct {
	numbers map[string]uint32 // of words
	words   []string
	ids     []uint32 // of the words of one document after another
	ends    []int    // of each document in ids
}

// Add takes the words of a document's texts, and gives its place in the list.
func (l *List) Add(texts ...string) int {
	start := len(l.ids)
	for _, text := range texts {
		each(text, func(word []byte) {
			if len(l.ids)-start < most {
				l.ids = append(l.ids, l.number(word))
			}
		})
	}
	slices.Sort(l.ids[start:])
	l.ids = l.ids[:start+len(slices.Compact(l.ids[start:]))]
	l.ends = append(l.ends, len(l.ids))
	return len(l.ends) - 1
}

func (l *List) number(word []byte) uint32 {
	if n, ok := l.numbers[string(word)]; ok {
		return n
	}
	if l.numbers == nil {
		l.numbers = map[string]uint32{}
	}
	n := uint32(len(l.words))
	l.words = append(l.words, string(word))
	l.numbers[l.words[n]] = n
	return n
}

// of gives the words of the i-th document.
func (l *List) of(i int) []uint32 {
	start := 0
	if i > 0 {
		start = l.ends[i-1]
	}
	return l.ids[start:l.ends[i]]
}

// Clear empties the list.
func (l *List) Clear() {
	clear(l.numbers)
	clear(l.words)
	l.words, l.ids, l.ends = l.words[:0], l.ids[:0], l.ends[:0]
}

// A Document is one whose words are at place At of a list.
type Document struct {
	Number uint32
	List   *List
	At     int
}
