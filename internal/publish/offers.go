package publish

import (
	"getmyvax.org/univaf"
)

// An offer is an appointment slot, or what can be had on a day.
type offer struct {
	products, dose, count, url, phone []byte // as they stand in JSON, nil if not said
	free                              bool
	start, end                        moment
}

// slotLength is how long a slot is that does not say when it ends, in seconds.
const slotLength = 15 * 60

// eachOffer gives what is published of the answer: the slots, and the days on which there
// are none. What may or may not be had is left out, since a Slot is free or busy.
func (w *Writer) eachOffer(use func(*offer)) {
	clear(w.days)
	var o offer
	if w.answer.slots != nil {
		days := w.answer.capacity != nil
		for text := range univaf.Elements(w.answer.slots) {
			if !w.readOffer(&o, text) {
				continue
			}
			if days {
				w.noteDay(o.start.text)
			}
			use(&o)
		}
	}
	if w.answer.capacity != nil {
		for text := range univaf.Elements(w.answer.capacity) {
			if w.readOffer(&o, text) {
				use(&o)
			}
		}
	}
}

func (w *Writer) noteDay(text []byte) {
	if w.days == nil {
		w.days = map[string]bool{}
	}
	w.days[string(text[:len("2006-01-02")])] = true
}

// readOffer reads a slot or a day, and reports whether it is published.
func (w *Writer) readOffer(o *offer, text []byte) bool {
	*o = offer{}
	var start, end, date, available []byte
	for name, value := range univaf.Members(text) {
		switch string(name) {
		case "start":
			start, _ = univaf.Text(value)
		case "end":
			end, _ = univaf.Text(value)
		case "date":
			date, _ = univaf.Text(value)
		case "dose":
			o.dose = value
		case "products":
			o.products = value
		case "available":
			available = value
		case "available_count":
			o.count = value
		case "booking_url":
			o.url = value
		case "booking_phone":
			o.phone = value
		}
	}
	switch string(available) {
	case `"YES"`:
		o.free = true
	case `"NO"`:
	default:
		return false
	}
	if start == nil {
		if date == nil || w.days[string(date)] {
			return false
		}
		from, to, ok := w.clock.day(string(date))
		o.start.second, o.end.second = from, to
		return ok
	}
	var ok bool
	if o.start, ok = readMoment(start); !ok {
		return false
	}
	if o.end, ok = readMoment(end); !ok || o.end.second <= o.start.second {
		o.end = moment{second: o.start.second + slotLength}
	}
	return true
}
