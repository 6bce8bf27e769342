package vaccine

import (
	"bytes"
	"cmp"
	"iter"
	"slices"
	"strings"
	"time"

	"getmyvax.org/univaf"
)

// A Gist is what of a record tells the status of each disease, in little room. The gist
// of several records together can be told from theirs: see Together.
type Gist struct {
	offers   Statuses // of capacity, the best; behind the diseases stands what names no product
	products diseaseSet
	status   uint8
	known    uint8 // which of offers and products are known
	strange  uint8 // which of them name products that are not in the catalogue
}

const (
	ofOffers = 1 << iota
	ofProducts
)

// nameless is where offers stand that name no product.
var nameless = len(Diseases)

// GistOf gives the gist of a record. Of slots it takes what they sum up to, which is in
// capacity.
func GistOf(a *univaf.Availability) Gist {
	g := Gist{status: uint8(statusNumber(a.Available))}
	if a.Products != nil {
		g.known |= ofProducts
		for _, code := range a.Products {
			set, known := productSets[code]
			if g.products |= set; !known {
				g.strange |= ofProducts
			}
		}
	}
	if a.Capacity != nil {
		g.known |= ofOffers
		for o := range offers(a.Capacity) {
			g.offer(o)
		}
	}
	return g
}

func (g *Gist) offer(o offer) {
	for n := range o.diseases.each {
		g.offers.better(n, o.status)
	}
	switch {
	case o.strange:
		g.strange |= ofOffers
	case o.diseases == 0:
		g.offers.better(nameless, o.status)
	}
}

// An offer is what can be had on a day.
type offer struct {
	diseases diseaseSet // of its products
	strange  bool       // whether one is not in the catalogue
	status   Statuses
	count    []byte // as it is written, nil if unknown
}

// offers reads capacity, which is as univaf.DecodeUpdate leaves it.
func offers(capacity []byte) iter.Seq[offer] {
	return func(yield func(offer) bool) {
		var products []byte // of the offer before, mostly those of the next
		var named offer
		for list := univaf.OffersIn(capacity); ; {
			one, ok := list.Next()
			if !ok {
				return
			}
			if one.Products != nil && !bytes.Equal(one.Products, products) {
				products, named = one.Products, readProducts(one.Products)
			}
			o := offer{status: unknown, count: one.AvailableCount}
			if one.Products != nil {
				o.diseases, o.strange = named.diseases, named.strange
			}
			switch string(one.Available) {
			case `"YES"`:
				o.status = yes
			case `"NO"`:
				o.status = no
			}
			if !yield(o) {
				return
			}
		}
	}
}

func readProducts(list []byte) (o offer) {
	for code := range univaf.Elements(list) {
		text, _ := univaf.Text(code)
		set, known := productSets[string(text)]
		if o.diseases |= set; !known {
			o.strange = true
		}
	}
	return o
}

// or gives what g and an older record say together: what g does not know is as in the
// older one. It goes by the rule of univaf.Merge.
func (g Gist) or(older Gist) Gist {
	if g.known&ofProducts == 0 {
		g.products = older.products
	}
	if g.known&ofOffers == 0 {
		g.offers = older.offers
	}
	g.strange |= older.strange &^ g.known
	g.known |= older.known
	return g
}

// A Word is the gist of what a source says, and when it said so.
type Word struct {
	Source             string
	ValidAt, ChangedAt int64 // milliseconds since 1970
	Gist               Gist
}

// WordOf gives that of a record.
func WordOf(a *univaf.Availability) Word {
	return Word{a.Source, a.ValidAt.UnixMilli(), a.ChangedAt.UnixMilli(), GistOf(a)}
}

const (
	holds   = int64(univaf.DefaultStale / time.Millisecond)
	forgets = int64(univaf.MergeWindow / time.Millisecond)
)

// Settle sorts words of several sources into the order in which they count for the history
// of a place, and leaves those out that don't.
//
// Answers go by who looked last. By that, the status of a place of which two sources think
// otherwise would turn with each look of either, though nothing turned at the place. So what
// was new last comes first here, if its source still holds to it: if that was valid within a
// day of the newest. The others come behind; those 7 days behind are left out. Unknown comes last, as in answers.
func Settle(words []Word) []Word {
	if len(words) < 2 {
		return words
	}
	newest := words[0].ValidAt
	for i := range words {
		newest = max(newest, words[i].ValidAt)
	}
	words = slices.DeleteFunc(words, func(w Word) bool { return newest-w.ValidAt > forgets })
	slices.SortFunc(words, func(a, b Word) int {
		return cmp.Or(a.rank(newest)-b.rank(newest), cmp.Compare(b.ChangedAt, a.ChangedAt), strings.Compare(a.Source, b.Source))
	})
	return words
}

// rank is the lower the more the word counts.
func (w Word) rank(newest int64) (n int) {
	if w.Gist.status == unknown {
		n = 2
	}
	if newest-w.ValidAt > holds {
		n++
	}
	return n
}

// Together gives the gist of what words come to, in their order.
func Together(words []Word) (g Gist) {
	for i := range words {
		if i == 0 {
			g = words[i].Gist
		} else {
			g = g.or(words[i].Gist)
		}
	}
	return g
}

// speaks gives the diseases that the record speaks of, and of them those that offers
// without products are for.
//
// Offers that name no product are for the diseases that the record names and no offer
// does, or else for COVID-19. A record that names no product at all speaks for COVID-19.
// A product that is not in the catalogue speaks for none.
func (g Gist) speaks() (all, ofNameless diseaseSet) {
	named := g.offers.said(no)
	all = named | g.products
	switch {
	case g.offers.at(nameless) != unsaid:
		if ofNameless = g.products &^ named; ofNameless == 0 {
			ofNameless = covid
		}
		all |= ofNameless
	case all == 0 && g.strange == 0:
		all = covid
	}
	return all, ofNameless
}

// Statuses gives the status of each disease that the record speaks of.
//
// The record's own status comes first: if that is not YES, it is that of all. Else each
// disease has that of its best offer. Where offers bear the record's YES out, those
// diseases that none is for are unknown; where none does, they are what it must mean, or
// else all are.
func (g Gist) Statuses() Statuses {
	all, ofNameless := g.speaks()
	var out Statuses
	if g.status != yes {
		for n := range all.each {
			out.better(n, Statuses(g.status))
		}
		return out
	}
	out = g.offers & (1<<(2*nameless) - 1)
	for n := range ofNameless.each {
		out.better(n, g.offers.at(nameless))
	}
	rest, status := all&^out.said(no), Statuses(unknown)
	if out.said(yes) == 0 {
		status = yes
		if rest == 0 {
			rest = all
		}
	}
	for n := range rest.each {
		out.better(n, status)
	}
	return out
}
