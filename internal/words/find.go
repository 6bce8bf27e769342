package words

import "slices"

// many is how many documents must have a word to make a set of them the better form: it is
// smaller then, and two of them are compared 64 documents at a time.
func (s *segment) many() int { return max(1, int(s.size())/16) }

// A term is the documents that have a word, or one of several: a list or, if they are
// many, a set.
type term struct {
	list []uint32
	set  *Set
	size int // of them; those that have two of the words may count twice
}

// term gives the documents that have the i-th word.
func (s *segment) term(i int) term {
	list := s.of(i, i+1)
	return term{list, s.common[i], len(list)}
}

// exactly gives the documents that have the word.
func (s *segment) exactly(word string) term {
	if i := s.search(word); i < s.len() && s.word(i) == word {
		return s.term(i)
	}
	return term{}
}

// starting gives the documents that have a word that starts so.
func (s *segment) starting(prefix string) term {
	i, j := s.prefixed(prefix)
	if j == i+1 {
		return s.term(i)
	}
	list := s.of(i, j)
	if len(list) < s.many() {
		return term{list, nil, len(list)}
	}
	set := newSet(s.size())
	set.add(list)
	return term{nil, set, len(list)}
}

// find adds to found what the question asks for.
func (s *segment) find(q Question, found *Set) {
	terms := append(make([]term, 0, mostAsked+1), s.starting(q.Prefix))
	for _, word := range q.Words {
		terms = append(terms, s.exactly(word))
	}
	slices.SortFunc(terms, func(a, b term) int { return a.size - b.size })
	first, others := terms[0], terms[1:]
	if first.set != nil {
		first.all(others, found)
		return
	}
	left := first.list
	if len(others) > 0 {
		left = slices.Clone(left)
	}
	for _, t := range others {
		left = t.of(left)
	}
	found.add(left)
}

// all adds what is in the term, which is a set, and in the others. They are larger, so
// that each is a set, too.
func (t term) all(others []term, found *Set) {
	if len(others) == 0 {
		found.join(t.set)
		return
	}
	left := &Set{slices.Clone(t.set.bits)}
	for _, other := range others {
		left.keep(other.set)
	}
	found.join(left)
}

// of leaves in the list what is in the term.
func (t term) of(list []uint32) []uint32 {
	set := t.set
	if set == nil && len(list) > 0 {
		set = newSet(slices.Max(t.list) + 1)
		set.add(t.list)
	}
	return slices.DeleteFunc(list, func(n uint32) bool { return !set.Has(n) })
}
