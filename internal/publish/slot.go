package publish

import (
	"bytes"
	"math"
	"strconv"

	"getmyvax.org/univaf/internal/smart"
)

// AppendSlots appends the Slots of the place: one for each of its appointment slots, or for
// what can be had on a day, and each of the products. Each has an id that stays while the
// slot is there, made of what it is for and its time; equal ones are counted.
func (w *Writer) AppendSlots(b []byte, p *Place) []byte {
	w.read(p)
	if w.answer.slots == nil && w.answer.capacity == nil {
		return b
	}
	f := &w.facts
	if w.seen == nil {
		w.seen = map[uint64]int32{}
	}
	clear(w.seen)
	w.tail = appendSync(append(w.tail[:0], `],"meta":{`...), w.answer.validAt)
	w.tail = append(w.tail, "}}\n"...)
	w.eachOffer(func(o *offer) {
		for _, k := range w.kindsOf(o.products, o.dose) {
			b = w.appendSlot(b, p, k, o, link(o.url, f.bookingURL, f.infoURL), first(o.phone, f.bookingPhone, f.infoPhone))
		}
	})
	return b
}

const (
	slotHead     = `{"resourceType":"Slot","id":"`
	capacityHead = `{"url":"` + smart.ExtSlotCapacity + `","valueInteger":`
	linkHead     = `{"url":"` + smart.ExtBookingDeepLink + `","valueUrl":`
	phoneHead    = `{"url":"` + smart.ExtBookingPhone + `","valueString":`
)

// longSlot is from how many seconds on a Slot says how many appointments it stands for.
const longSlot = 3600

func (w *Writer) appendSlot(b []byte, p *Place, k kind, o *offer, url, phone []byte) []byte {
	id := mix(mix(k.hash, uint64(o.start.second)), uint64(o.end.second))
	n := w.seen[id]
	w.seen[id] = n + 1
	if n > 0 {
		id = mix(id, uint64(n))
	}
	b = appendID(append(b, slotHead...), p.ID, id)
	b = appendID(append(b, `","schedule":{"reference":"Schedule/`...), p.ID, k.hash)
	if o.free {
		b = append(b, `"},"status":"free","start":"`...)
	} else {
		b = append(b, `"},"status":"busy","start":"`...)
	}
	b = w.clock.append(b, o.start)
	b = append(b, `","end":"`...)
	b = w.clock.append(b, o.end)
	b = append(b, `","extension":[`...)
	start := len(b)
	if count, ok := capacityOf(o); ok {
		b = append(strconv.AppendInt(append(b, capacityHead...), count, 10), "},"...)
	}
	if url != nil {
		b = append(append(append(b, linkHead...), url...), "},"...)
	}
	if phone != nil {
		b = append(append(append(b, phoneHead...), phone...), "},"...)
	}
	if len(b) == start { // FHIR has no empty lists
		b = append(b[:start-len(`,"extension":[`)], w.tail[1:]...)
		return b
	}
	return append(b[:len(b)-1], w.tail...)
}

// capacityOf is how many appointments can still be had. One of which no number is known
// stands for one.
func capacityOf(o *offer) (n int64, ok bool) {
	long := o.end.second-o.start.second > longSlot
	if !o.free {
		return 0, long
	}
	n, err := strconv.ParseInt(string(o.count), 10, 64)
	if err != nil {
		return 1, long
	}
	return min(max(n, 1), math.MaxInt32), true
}

// link gives the first value that is a web address, or nil.
func link(values ...[]byte) []byte {
	for _, v := range values {
		if bytes.HasPrefix(v, []byte(`"http`)) && bytes.IndexByte(v, ' ') < 0 && bytes.IndexByte(v, '\\') < 0 {
			return v
		}
	}
	return nil
}

// appendSync appends when the source last said so.
func appendSync(b, validAt []byte) []byte {
	b = append(b, `"extension":[{"url":"`+smart.ExtLastSourceSync+`","valueDateTime":`...)
	return append(append(b, validAt...), "}]"...)
}
