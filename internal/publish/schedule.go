package publish

import (
	"encoding/json"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/smart"
)

// offered says what there is of a kind.
type offered struct {
	kind
	free, busy bool
}

// AppendSchedules appends a Schedule for each product and doses that the place speaks of, or
// one if it names none.
func (w *Writer) AppendSchedules(b []byte, p *Place) []byte {
	w.read(p)
	w.offers = w.offers[:0]
	w.eachOffer(func(o *offer) {
		for _, k := range w.kindsOf(o.products, o.dose) {
			one := w.offered(k)
			one.free, one.busy = one.free || o.free, one.busy || !o.free
		}
	})
	detailed := len(w.offers) > 0
	w.addUnoffered(detailed)
	for i := range w.offers {
		o := &w.offers[i]
		s := smart.Schedule{
			ID: string(appendID(nil, p.ID, o.hash)), ServiceType: []smart.CodeableConcept{o.serviceType()},
			Actor:     []smart.Reference{{Reference: "Location/" + p.ID}},
			Extension: append([]smart.Extension{smart.NewExtension(smart.ExtHasAvailability, "valueCode", w.has(o, detailed))}, o.extensions()...),
			Meta:      w.meta(nil),
		}
		b = appendResource(b, s)
	}
	return b
}

// offered gives what there is of the kind, to be changed.
func (w *Writer) offered(k kind) *offered {
	for i := range w.offers {
		if w.offers[i].hash == k.hash {
			return &w.offers[i]
		}
	}
	w.offers = append(w.offers, offered{kind: k})
	return &w.offers[len(w.offers)-1]
}

// addUnoffered adds products that the place has, but for which it names no time.
func (w *Writer) addUnoffered(detailed bool) {
	named := map[string]bool{}
	for _, o := range w.offers {
		named[o.product] = true
	}
	for _, k := range w.kindsOf(nil, nil) {
		if !named[k.product] && (k.product != "" || !detailed) {
			w.offered(k)
		}
	}
}

// has says whether there is something of the kind to be had.
func (w *Writer) has(o *offered, detailed bool) string {
	status := univaf.Status(textOf(w.answer.available))
	switch {
	case o.free, !o.busy && !detailed && status == univaf.Yes:
		return smart.AvailabilitySome
	case o.busy, status == univaf.No:
		return smart.AvailabilityNone
	}
	return smart.AvailabilityUnknown
}

// meta says where what is published is from. updatedAt is JSON, or nil.
func (w *Writer) meta(updatedAt []byte) *smart.Meta {
	if !w.answer.given && updatedAt == nil {
		return nil
	}
	m := &smart.Meta{LastUpdated: smart.Instant(textOf(updatedAt))}
	if w.answer.given {
		m.Extension = []smart.Extension{{URL: smart.ExtLastSourceSync, Name: "valueDateTime", Value: w.answer.validAt}}
		for one := range univaf.Elements(w.answer.sources) {
			m.Source = sourceBase + escape(textOf(one))
			break
		}
	}
	return m
}

func appendResource(b []byte, v any) []byte {
	text, _ := json.Marshal(v) // texts always encode
	return append(append(b, text...), '\n')
}
