package catalog

import (
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
		for _, h := range holdings {
			e.byExternal.Load(h)
		}
	})
	var records []*Record
	for _, l := range loaders {
		records = append(records, l.records...)
	}
	slices.SortFunc(records, compare)
	linking.Go(func() { e.changes.load(records) })
	for _, r := range records {
		e.put(r)
	}
	linking.Wait()
	return e.View
}
