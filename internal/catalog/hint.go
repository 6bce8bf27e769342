package catalog

// A hint tells of some openings that they have none of some products, at a glance: products
// share bits. The lower half is of what they have, the upper half of what can be had.
type hint uint64

const (
	hintBits    = 32
	unnamedHint = hint(1)
)

// hintOf gives the bit of a product.
func hintOf(product uint64) hint { return 2 << (product % (hintBits - 1)) }

func (o openings) hint() (h hint) {
	g := groupReader{text: o}
	for s, ok := g.next(); ok; s, ok = g.next() {
		n := g.uvarint()
		var of hint
		if n == 0 {
			of = unnamedHint
		}
		for range n {
			of |= hintOf(g.uvarint())
		}
		if h |= of; s == statusYes {
			h |= of << hintBits
		}
	}
	return h
}

// hint gives the bits of all codes that will do, or of those that can be had.
func (t *codeTest) hint(available bool) (h hint) {
	if t.unnamed {
		h = unnamedHint
	}
	for i := range 64 * len(t.set) {
		if t.set.has(uint16(i)) {
			h |= hintOf(uint64(i))
		}
	}
	if available {
		h <<= hintBits
	}
	return h
}
