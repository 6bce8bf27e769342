package words

import (
	"iter"
	"math/bits"
)

// A Set holds documents. The zero Set is empty.
type Set struct{ bits []uint64 }

// newSet gives an empty set that takes numbers below n.
func newSet(n uint32) *Set { return &Set{make([]uint64, (int(n)+63)/64)} }

// Has reports whether the document is in the set.
func (s *Set) Has(n uint32) bool {
	return int(n/64) < len(s.bits) && s.bits[n/64]>>(n%64)&1 == 1
}

// Len is how many documents there are.
func (s *Set) Len() (n int) {
	for _, word := range s.bits {
		n += bits.OnesCount64(word)
	}
	return n
}

// All yields the documents by number.
func (s *Set) All() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for i, word := range s.bits {
			for ; word != 0; word &= word - 1 {
				if !yield(uint32(i*64 + bits.TrailingZeros64(word))) {
					return
				}
			}
		}
	}
}

// add takes numbers that the set has room for.
func (s *Set) add(list []uint32) {
	for _, n := range list {
		s.bits[n/64] |= 1 << (n % 64)
	}
}

func (s *Set) remove(list []uint32) {
	for _, n := range list {
		s.bits[n/64] &^= 1 << (n % 64)
	}
}

// join takes what is in another set, which is not larger.
func (s *Set) join(other *Set) {
	for i, word := range other.bits {
		s.bits[i] |= word
	}
}

// keep leaves what is in another set, too.
func (s *Set) keep(other *Set) {
	for i := range s.bits {
		if i < len(other.bits) {
			s.bits[i] &= other.bits[i]
		} else {
			s.bits[i] = 0
		}
	}
}
