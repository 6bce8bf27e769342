package catalog

import "math"

// A groupReader goes through the groups of openings.
type groupReader struct {
	text openings
	at   int
	end  int // of the group at hand
}

// next goes to the next group, and gives its status.
func (r *groupReader) next() (s status, ok bool) {
	r.at = r.end
	if r.at >= len(r.text) {
		return 0, false
	}
	length := int(r.uvarint())
	r.end = r.at + length
	r.at++
	return status(r.text[r.at-1]), true
}

func (r *groupReader) uvarint() uint64 {
	if b := r.text[r.at]; b < 0x80 {
		r.at++
		return uint64(b)
	}
	return r.long()
}

func (r *groupReader) long() (n uint64) {
	for shift := 0; ; shift += 7 {
		b := r.text[r.at]
		r.at++
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return n
		}
	}
}

// A codeTest says which codes will do: all if the set is nil.
type codeTest struct {
	set     numberSet
	beyond  uint16 // those from this number on will do, too
	unnamed bool   // whether it will do that none is named
}

// admits reads a list of codes, and reports whether one will do.
func (r *groupReader) admits(t *codeTest) bool {
	n := r.uvarint()
	found := t.set == nil || n == 0 && t.unnamed
	for range n {
		code := uint16(r.uvarint())
		found = found || code >= t.beyond || t.set.has(code)
	}
	return found
}

// A window is when something must be open: on one of its days, and not begun.
type window struct {
	first, last int64 // days
	now         int64 // minute, UTC
}

// always is the window of all that is to come.
func always(now int64) window { return window{math.MinInt64, math.MaxInt64, now} }

// never is later than any minute.
const never = math.MaxInt64

// An opening is when something can be had.
type opening struct {
	minute int64 // UTC; of a day its midnight
	day    bool
	offset int64 // minutes from UTC
}

// localDay is the day on which it is, where it is.
func (o opening) localDay() int64 { return floorDiv(o.minute+o.offset, minutesADay) }

// opens gives the first minute at which the group is open in the window, or never. Days
// are told apart by the offset from UTC.
func (r *groupReader) opens(w *window, offset int64) int64 {
	first := int64(never)
	r.runs(w, offset, func(o opening) bool {
		first = min(first, o.minute)
		return false
	})
	return first
}

// runs calls f with what is open in the window, run by run, the first first. It goes to the
// next run when f reports false.
func (r *groupReader) runs(w *window, offset int64, f func(opening) bool) {
	for r.at < r.end {
		head, n := r.uvarint(), r.uvarint()
		o := opening{day: head == 0, offset: offset}
		length := int64(0)
		if o.day {
			length = minutesADay
		} else {
			o.offset = unzigzag(head - 1)
		}
		value := unzigzag(r.uvarint())
		for wanted := true; ; value += int64(r.uvarint()) {
			if wanted {
				day := value
				if o.minute = value; o.day {
					o.minute = value*minutesADay - o.offset
				} else {
					day = o.localDay()
				}
				switch {
				case day > w.last:
					wanted = false
				case day >= w.first && (o.minute >= w.now || o.minute+length > w.now):
					wanted = f(o)
				}
			}
			if n--; n == 0 {
				break
			}
		}
	}
}
