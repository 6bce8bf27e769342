package catalog

import (
	"iter"
	"slices"
	"sync"

	"getmyvax.org/univaf/internal/store"
)

// A loader packs the places of one of several goroutines that load together.
type loader struct {
	packer   packer
	records  []*Record
	holdings []holding
}

func (l *loader) place(p store.Place) {
	var d draft
	d.set(&p.Location)
	for i := range p.Records {
		d.say(&p.Records[i])
	}
	r := l.packer.pack(&d, p.Seq)
	r.contentSeq = p.ContentSeq
	if p.Left.Seq > 0 {
		r.left = &departure{Mark{p.Left.Seq, r.ID}, p.Left.At.UnixMilli()}
	}
	l.records = append(l.records, r)
	for _, id := range p.Location.ExternalIDs {
		l.holdings = append(l.holdings, l.packer.holding(id, r))
	}
}

// halves counts up to n twice, by the even numbers and by the odd ones. A tree that only
// grows at its end has nodes that are half empty; so the second half fills them.
func halves(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for half := range 2 {
			for i := half; i < n; i += 2 {
				if !yield(i) {
					return
				}
			}
		}
	}
}

// collect makes a view of what the loaders have. The order lets trees grow at their
// ends, which is fast.
func collect(loaders []loader) *View {
	e := newView("", 0).edit(nil)
	var linking sync.WaitGroup
	linking.Go(func() {
		var holdings []holding
		for _, l := range loaders {
			holdings = append(holdings, l.holdings...)
		}
		slices.SortFunc(holdings, compareHoldings)
		for i := range halves(len(holdings)) {
			e.byExternal.Load(holdings[i])
		}
	})
	var records []*Record
	for _, l := range loaders {
		records = append(records, l.records...)
	}
	slices.SortFunc(records, compare)
	linking.Go(func() { e.changes.load(records) })
	for i := range halves(len(records)) {
		e.put(nil, records[i])
	}
	e.words = wordsOf(records)
	linking.Wait()
	return e.View
}
