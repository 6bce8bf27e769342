package univaf

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// A reader reads the values of a valid JSON document and gathers what is wrong with
// them. Null reads as the zero value. What it gives is never part of the document.
type reader struct {
	path   []step // to the value at hand
	errs   FieldErrors
	ignore []string // JSON Pointers of members that were ignored

	// What it keeps to use again.
	texts           texts
	slots, capacity []Capacity
	// The list that was read last: the products of one slot are those of the next.
	lastList []string
	lastRaw  []byte
}

var readers = sync.Pool{New: func() any { return new(reader) }}

// done gives the reader to whoever reads next.
func (r *reader) done() {
	const most = 1000 // offers that are worth to be kept for
	for _, list := range []*[]Capacity{&r.slots, &r.capacity} {
		clear(*list) // it holds on to nothing
		if *list = (*list)[:0]; cap(*list) > most {
			*list = nil
		}
	}
	*r = reader{path: r.path[:0], texts: r.texts, slots: r.slots, capacity: r.capacity}
	readers.Put(r)
}

// A step leads to a member or, if index is not negative, to an element of a list. A
// member's name is a string or, where it was read, bytes, so that none need be copied
// where nothing is wrong.
type step struct {
	name  string
	read  []byte
	index int
}

// in calls f with the reader at the named member.
func (r *reader) in(name string, f func()) { r.within(step{name: name, index: -1}, f) }

// inside calls f with the reader at a member whose name was read.
func (r *reader) inside(name []byte, f func()) { r.within(step{read: name, index: -1}, f) }

// at calls f with the reader at the i-th element.
func (r *reader) at(i int, f func()) { r.within(step{index: i}, f) }

func (r *reader) within(s step, f func()) {
	r.path = append(r.path, s)
	f()
	r.path = r.path[:len(r.path)-1]
}

// pointer gives the JSON Pointer to the value at hand.
func (r *reader) pointer() string {
	var b []byte
	for _, s := range r.path {
		b = append(b, '/')
		if s.index >= 0 {
			b = strconv.AppendInt(b, int64(s.index), 10)
		} else {
			b = append(b, pointerEscaper.Replace(s.name+string(s.read))...)
		}
	}
	return string(b)
}

var pointerEscaper = strings.NewReplacer("~", "~0", "/", "~1")

func (r *reader) fail(format string, args ...any) {
	r.errs = append(r.errs, FieldError{r.pointer(), fmt.Sprintf(format, args...)})
}

// failedHere reports whether the last failure was at the value at hand.
func (r *reader) failedHere() bool {
	return len(r.errs) > 0 && r.errs[len(r.errs)-1].Pointer == r.pointer()
}

func isNull(raw []byte) bool { return len(raw) == 0 || string(raw) == "null" }

// members reads an object, as membersOf does. It reports a failure for anything
// else.
func (r *reader) members(list []member, raw []byte) ([]member, bool) {
	if len(raw) == 0 || raw[0] != '{' {
		r.fail("must be an object")
		return nil, false
	}
	return membersOf(list, raw), true
}

// elements gives a cursor to what is in a list.
func (r *reader) elements(raw []byte) cursor {
	switch {
	case isNull(raw):
		return cursor{}
	case raw[0] != '[':
		r.fail("must be a list")
		return cursor{}
	}
	return inside(raw)
}

func (r *reader) text(raw []byte) string { return string(r.bytes(raw)) }

// common reads a string that is likely to come again.
func (r *reader) common(raw []byte) string { return r.texts.of(r.bytes(raw)) }

// bytes reads a string. Its text may be part of raw.
func (r *reader) bytes(raw []byte) []byte {
	if isNull(raw) {
		return nil
	}
	if raw[0] != '"' {
		r.fail("must be a string, not %s", sample(raw))
		return nil
	}
	text := unquote(raw)
	if bytes.IndexByte(text, 0) >= 0 {
		r.fail("must not hold the NUL character")
		return nil
	}
	return text
}

// strings reads a list of strings, each once.
func (r *reader) strings(raw []byte) []string {
	if isNull(raw) {
		return nil
	}
	list := distinct[string]{all: make([]string, 0, 2)}
	c := r.elements(raw)
	for i, one := 0, c.value(); one != nil; i, one = i+1, c.value() {
		r.at(i, func() {
			if isNull(one) {
				r.fail("must be a string, not null")
			} else if s := r.common(one); s != "" {
				list.add(s)
			}
		})
	}
	return list.all
}

// commonStrings reads a list of strings that is likely to come again.
func (r *reader) commonStrings(raw []byte) []string {
	if r.lastRaw != nil && bytes.Equal(raw, r.lastRaw) {
		return r.lastList
	}
	before := len(r.errs)
	list := slices.Clip(r.strings(raw))
	if len(r.errs) == before {
		r.lastList, r.lastRaw = list, raw
	}
	return list
}

func (r *reader) boolean(raw []byte, otherwise bool) bool {
	switch string(raw) {
	case "true":
		return true
	case "false":
		return false
	case "", "null":
		return otherwise
	}
	r.fail("must be true or false, not %s", sample(raw))
	return otherwise
}

// number reads a number that a float64 can hold.
func number(raw []byte) (f float64, ok bool) {
	if len(raw) == 0 || raw[0] != '-' && !isDigit(raw[0]) {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	return f, err == nil
}

// maxCount keeps counts within what every client can hold (RFC 8259, section 6).
const maxCount = 1<<53 - 1

// count reads a whole number of 0 or more.
func (r *reader) count(raw []byte) *int64 {
	if isNull(raw) {
		return nil
	}
	f, ok := number(raw)
	if !ok || f != math.Trunc(f) || f < 0 || f > maxCount {
		r.fail("must be a whole number of 0 or more, not %s", sample(raw))
		return nil
	}
	n := int64(f)
	return &n
}

func (r *reader) time(raw []byte) time.Time {
	s := r.bytes(raw)
	if len(s) == 0 {
		return time.Time{}
	}
	t, err := ParseTime(string(s))
	if err != nil {
		r.fail("%v, not %s", err, sample(raw))
	}
	return Instant(t)
}

func (r *reader) status(raw []byte) Status {
	s := r.bytes(raw)
	switch string(s) {
	case "":
		return ""
	case string(Yes):
		return Yes
	case string(No):
		return No
	}
	status := Status(strings.ToUpper(string(s)))
	if status != Yes && status != No && status != Unknown {
		r.fail("must be YES, NO or UNKNOWN, not %s", sample(raw))
	}
	return status
}

func (r *reader) locationType(raw []byte) LocationType {
	s := r.text(raw)
	if s == "" {
		return ""
	}
	kind := LocationType(strings.ToUpper(s))
	if !slices.Contains(LocationTypes, kind) {
		r.fail("must be one of PHARMACY, MASS_VAX, CLINIC and MOBILE_CLINIC, not %s", sample(raw))
		return ""
	}
	return kind
}

// addressLines reads a list of strings. Old senders gave "", false or 0 for none.
func (r *reader) addressLines(raw []byte) []string {
	switch string(raw) {
	case "", "null", `""`, "false", "0":
		return nil
	}
	if raw[0] != '[' {
		r.fail("must be a list of strings, not %s", sample(raw))
		return nil
	}
	var lines []string
	c := inside(raw)
	for i, one := 0, c.value(); one != nil; i, one = i+1, c.value() {
		r.at(i, func() {
			if line := bytes.TrimSpace(r.bytes(one)); len(line) > 0 {
				lines = append(lines, string(line))
			}
		})
	}
	return lines
}

func (r *reader) position(raw []byte) *Position {
	if isNull(raw) {
		return nil
	}
	var some [4]member
	members, ok := r.members(some[:0], raw)
	if !ok {
		return nil
	}
	before := len(r.errs)
	p := Position{
		Longitude: r.degrees("longitude", take(members, "longitude"), 180),
		Latitude:  r.degrees("latitude", take(members, "latitude"), 90),
	}
	if len(r.errs) > before {
		return nil
	}
	return &p
}

func (r *reader) degrees(name string, raw []byte, limit float64) float64 {
	f, ok := number(raw)
	if !ok || math.Abs(f) > limit {
		r.in(name, func() {
			r.fail("must be a number of degrees from -%v to %v, not %s", limit, limit, sample(raw))
		})
	}
	return f
}

// object reads an object of any members and gives its canonical form.
func (r *reader) object(raw []byte) json.RawMessage {
	if isNull(raw) {
		return nil
	}
	if raw[0] != '{' {
		r.fail("must be an object, not %s", sample(raw))
		return nil
	}
	return r.storable(canonical(raw))
}

// storable reports what canonical found.
func (r *reader) storable(text json.RawMessage) json.RawMessage {
	if text == nil {
		r.fail("must not hold the NUL character")
	}
	return text
}

// sample shows a value in an error message, cut short.
func sample(raw []byte) string {
	const most = 60
	if len(raw) == 0 {
		return "nothing"
	}
	if len(raw) <= most {
		return string(raw)
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(raw[cut]) {
		cut--
	}
	return string(raw[:cut]) + "…"
}
