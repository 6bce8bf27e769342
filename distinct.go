package univaf

import "slices"

// A distinct holds values in the order in which they came, each once.
type distinct[T comparable] struct {
	all  []T
	seen map[T]bool // all of them, once they are many
}

func (d *distinct[T]) add(v T) {
	const many = 32
	if len(d.all) < many {
		if !slices.Contains(d.all, v) {
			d.all = append(d.all, v)
		}
		return
	}
	if d.seen == nil {
		d.seen = make(map[T]bool, 2*many)
		for _, one := range d.all {
			d.seen[one] = true
		}
	}
	if !d.seen[v] {
		d.seen[v] = true
		d.all = append(d.all, v)
	}
}

// texts holds strings that were made before, since the dates, doses and products of one
// slot are those of the next.
type texts [32]string

func (t *texts) of(text []byte) string {
	n := len(text)
	if n == 0 {
		return ""
	}
	s := &t[(n+7*int(text[0])+int(text[n-1]))%len(t)]
	if *s != string(text) {
		*s = string(text)
	}
	return *s
}
