package conform

import "hash/maphash"

// maxIDs is how many ids of a type are kept, so that an endless publisher can't take all
// memory: 300 MB at most.
const maxIDs = 16 << 20

// ids are those of all resources of a type, each with the state that it is in. They are
// known by keyed hashes of 64 bits: of two million, the chance that any two are taken for
// one another is one in ten million.
type ids struct {
	seed   maphash.Seed
	hashes []uint64 // 0 is an empty place; the length is a power of two
	states []state
	n      int
	most   int  // that are kept
	full   bool // some were not kept
}

func newIDs() *ids {
	const atFirst = 1 << 10
	return &ids{seed: maphash.MakeSeed(), hashes: make([]uint64, atFirst), states: make([]state, atFirst), most: maxIDs}
}

// add keeps an id and reports whether it is new.
func (s *ids) add(id []byte, in state) bool {
	h := s.hash(id)
	i := s.find(h)
	if s.hashes[i] == h {
		return false
	}
	if s.n >= s.most {
		s.full = true
		return true
	}
	s.hashes[i], s.states[i] = h, in
	if s.n++; s.n > len(s.hashes)/4*3 {
		s.grow()
	}
	return true
}

// lookup gives the state that was kept with an id.
func (s *ids) lookup(id []byte) (in state, known bool) {
	h := s.hash(id)
	i := s.find(h)
	return s.states[i], s.hashes[i] == h
}

func (s *ids) hash(id []byte) uint64 { return max(1, maphash.Bytes(s.seed, id)) }

// find gives the index of a hash, or of the empty place that is its own.
func (s *ids) find(h uint64) int {
	last := uint64(len(s.hashes) - 1)
	i := h & last
	for s.hashes[i] != 0 && s.hashes[i] != h {
		i = (i + 1) & last
	}
	return int(i)
}

func (s *ids) grow() {
	old := *s
	s.hashes, s.states = make([]uint64, 2*len(old.hashes)), make([]state, 2*len(old.hashes))
	for j, h := range old.hashes {
		if h != 0 {
			i := s.find(h)
			s.hashes[i], s.states[i] = h, old.states[j]
		}
	}
}
