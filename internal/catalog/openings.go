package catalog

import (
	"bytes"
	"encoding/binary"
	"slices"
	"time"

	"getmyvax.org/univaf"
)

// A status is a univaf.Status, the better one the greater.
type status uint8

const (
	statusNo status = iota
	statusUnknown
	statusYes
)

func statusOf(s univaf.Status) status {
	switch s {
	case univaf.Yes:
		return statusYes
	case univaf.No:
		return statusNo
	}
	return statusUnknown
}

// Openings are what the merged answer says of each group of products and doses: the status
// and when there is something to be had. They are packed, since every record has them:
//
//	offers = { length group }
//	group = status, number of products, products, number of doses, doses, { run }
//	run = head, count, first, { step to the next }
//
// A run of days has the head 0, and of starts one more than the offset from UTC; days and
// minutes count from 1970. All numbers are varints, what may be negative is zigzagged.
// A group without products is of who names none.
type openings string

// A group is offers of the same products and dose, while they are gathered.
type group struct {
	key      []byte // the products and the dose as they stand in the JSON
	products []uint16
	doses    []uint16
	status   status
	days     []int64
	starts   []opening
}

// judge keeps of the records for everybody what is searched for.
func (p *packer) judge(r *Record, records []univaf.Availability) {
	if merged, ok := univaf.Merge(records); ok {
		r.status, r.openings = statusOf(merged.Available), p.openings(&merged)
	}
}

// openings packs what a merged answer says.
func (p *packer) openings(m *univaf.Merged) openings {
	p.gather(m)
	b := p.text[:0]
	for i := range p.groups {
		b = p.groups[i].append(b, m.Available)
	}
	p.text = b
	return openings(b)
}

// gather makes groups of the offers. Slots say more than the capacity of their day.
func (p *packer) gather(m *univaf.Merged) {
	p.groups, p.days = p.groups[:0], p.days[:0]
	clear(p.byKey)
	products, doses := numbersOf(productCodes, m.Products), numbersOf(doseCodes, m.Doses)
	for offer := range offers(m.Slots) {
		start, ok := readStart(offer.when)
		if !ok {
			continue
		}
		if day := start.localDay(); len(p.days) == 0 || p.days[len(p.days)-1] != day {
			p.days = append(p.days, day)
		}
		g := p.group(&offer, products, doses)
		if g.status = max(g.status, offer.status); offer.status == statusYes {
			g.starts = append(g.starts, start)
		}
	}
	slices.Sort(p.days)
	for offer := range offers(m.Capacity) {
		day, ok := readDay(offer.when)
		if _, told := slices.BinarySearch(p.days, day); !ok || told {
			continue
		}
		g := p.group(&offer, products, doses)
		if g.status = max(g.status, offer.status); offer.status == statusYes {
			g.days = append(g.days, day)
		}
	}
	// What no offer is of: all there is to say is the record's own status, but that says
	// little of products that are not among those which can be had.
	rest := statusOf(m.Available)
	if len(p.groups) > 0 {
		rest = min(rest, statusUnknown)
		products = p.unoffered(products)
		if len(products) == 0 {
			return
		}
	}
	g := p.add()
	g.products, g.doses, g.status = products, doses, rest
}

func (p *packer) unoffered(products []uint16) (rest []uint16) {
	var offered numberSet
	for i := range p.groups {
		for _, product := range p.groups[i].products {
			offered.add(product)
		}
	}
	for _, product := range products {
		if !offered.has(product) {
			rest = append(rest, product)
		}
	}
	return rest
}

// group gives the group that the offer belongs to.
func (p *packer) group(o *offer, products, doses []uint16) *group {
	p.key = append(append(p.key[:0], o.products...), o.dose...)
	if last := len(p.groups) - 1; last >= 0 && bytes.Equal(p.groups[last].key, p.key) {
		return &p.groups[last] // mostly it is that of the offer before
	}
	if i, ok := p.byKey[string(p.key)]; ok {
		return &p.groups[i]
	}
	if p.byKey == nil {
		p.byKey = map[string]int{}
	}
	p.byKey[string(p.key)] = len(p.groups)
	g := p.add()
	g.key = append(g.key, p.key...)
	g.products, g.doses = products, doses
	if o.products != nil {
		g.products = nil
		for one := range univaf.Elements(o.products) {
			if code, ok := univaf.Text(one); ok {
				g.products = append(g.products, productCodes.number(string(code)))
			}
		}
	}
	if code, ok := univaf.Text(o.dose); ok {
		g.doses = []uint16{doseCodes.number(string(code))}
	}
	return g
}

// add begins a group.
func (p *packer) add() *group {
	if len(p.groups) < cap(p.groups) {
		p.groups = p.groups[:len(p.groups)+1]
	} else {
		p.groups = append(p.groups, group{})
	}
	g := &p.groups[len(p.groups)-1]
	*g = group{key: g.key[:0], days: g.days[:0], starts: g.starts[:0]}
	return g
}

func numbersOf(c *codes, list []string) []uint16 {
	numbers := make([]uint16, len(list))
	for i, code := range list {
		numbers[i] = c.number(code)
	}
	return numbers
}

// append packs the group. Where all is full, nothing is open.
func (g *group) append(b []byte, all univaf.Status) []byte {
	start := len(b)
	if all == univaf.No {
		g.status, g.days, g.starts = statusNo, g.days[:0], g.starts[:0]
	}
	b = append(b, byte(g.status))
	b = appendNumbers(b, g.products)
	b = appendNumbers(b, g.doses)
	if len(g.days) > 0 {
		slices.Sort(g.days)
		b = appendRun(binary.AppendUvarint(b, 0), slices.Compact(g.days))
	}
	b = appendStarts(b, g.starts)
	var length [binary.MaxVarintLen64]byte
	return slices.Insert(b, start, length[:binary.PutUvarint(length[:], uint64(len(b)-start))]...)
}

func appendNumbers(b []byte, list []uint16) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for _, n := range list {
		b = binary.AppendUvarint(b, uint64(n))
	}
	return b
}

// appendStarts appends a run for each offset: there is another in winter than in summer.
func appendStarts(b []byte, starts []opening) []byte {
	slices.SortFunc(starts, func(a, b opening) int {
		if a.offset != b.offset {
			return int(a.offset - b.offset)
		}
		return int(a.minute - b.minute)
	})
	starts = slices.Compact(starts)
	var minutes []int64
	for i, s := range starts {
		minutes = append(minutes, s.minute)
		if i == len(starts)-1 || starts[i+1].offset != s.offset {
			b = appendRun(binary.AppendUvarint(b, 1+zigzag(s.offset)), minutes)
			minutes = minutes[:0]
		}
	}
	return b
}

func appendRun(b []byte, list []int64) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	b = binary.AppendUvarint(b, zigzag(list[0]))
	for i := 1; i < len(list); i++ {
		b = binary.AppendUvarint(b, uint64(list[i]-list[i-1]))
	}
	return b
}

func zigzag(n int64) uint64   { return uint64(n<<1) ^ uint64(n>>63) }
func unzigzag(n uint64) int64 { return int64(n>>1) ^ -int64(n&1) }

const minutesADay = 24 * 60

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func minuteOf(t time.Time) int64 { return floorDiv(t.Unix(), 60) }

// dayOf gives the number of a day from midnight UTC.
func dayOf(t time.Time) int64 { return floorDiv(t.Unix(), 86400) }
