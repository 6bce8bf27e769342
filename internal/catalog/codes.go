package catalog

import (
	"math"
	"strings"
	"sync"

	"getmyvax.org/univaf/internal/vaccine"
)

// Codes number the codes of one kind, as sources name them, so that records and what is
// looked for compare by numbers. They only grow, and are of this process alone.
type codes struct {
	mu      sync.RWMutex
	numbers map[string]uint16
}

// otherCode is the number of all codes beyond those that there is room for.
const otherCode = math.MaxUint16

func newCodes(known ...string) *codes {
	c := &codes{numbers: map[string]uint16{}}
	for _, code := range known {
		c.number(code)
	}
	return c
}

// number gives the number of a code, which is a new one for a new code.
func (c *codes) number(code string) uint16 {
	n, ok := c.known(code)
	if ok {
		return n
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if n, ok = c.numbers[code]; ok {
		return n
	}
	if len(c.numbers) == otherCode {
		return otherCode
	}
	n = uint16(len(c.numbers))
	c.numbers[strings.Clone(code)] = n
	return n
}

// known gives the number of a code that has one.
func (c *codes) known(code string) (uint16, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	n, ok := c.numbers[code]
	return n, ok
}

// productCodes starts with the products of the catalogue, in its order.
var productCodes = newCodes(catalogued()...)

func catalogued() (list []string) {
	for _, p := range vaccine.Products {
		list = append(list, p.Code)
	}
	return list
}

// allDoses is what a place says that gives whichever dose somebody needs.
const allDoses = "all_doses"

var doseCodes = newCodes(allDoses, "first_dose_only", "second_dose_only")

// KnowsProduct reports whether the product is in the catalogue of vaccines, or some source
// ever named it to this process.
func KnowsProduct(code string) bool {
	_, ok := productCodes.known(code)
	return ok
}

// KnowsDose reports whether the dose is one that places commonly name, or some source ever
// did to this process.
func KnowsDose(code string) bool {
	_, ok := doseCodes.known(code)
	return ok
}

// unnamed are the diseases that who names no product speaks of. All sources that leave out
// products are from when there were vaccines against COVID-19 only.
func unnamed() []vaccine.Disease { return []vaccine.Disease{vaccine.COVID19} }

// A numberSet holds numbers of codes.
type numberSet []uint64

func (s *numberSet) add(n uint16) {
	for len(*s) <= int(n/64) {
		*s = append(*s, 0)
	}
	(*s)[n/64] |= 1 << (n % 64)
}

func (s numberSet) has(n uint16) bool { return int(n/64) < len(s) && s[n/64]>>(n%64)&1 == 1 }
