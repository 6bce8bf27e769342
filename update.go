package univaf

import (
	"bytes"
	"slices"
)

// An Update is what flows through the system: a location's facts, its
// availability, or both, as one source saw them.
type Update struct {
	// Location holds the facts. ID may be empty where ExternalIDs say which place
	// is meant. CreatedAt and UpdatedAt play no part.
	Location
	// Given says which facts the update speaks of, even to say that there is none.
	// A source need not set it for facts that it knows; DecodeUpdate always does.
	Given FieldSet
	// Availability is what the source saw, or nil.
	Availability *Availability
	// UpdateLocation asks that the facts of a known location be changed, too. It
	// travels beside the JSON (update_location in the query).
	UpdateLocation bool
	// PublicUnsaid leaves is_public out of the JSON of an availability that is public,
	// as those do whose upstream does not know of private ones. It is read as true.
	PublicUnsaid bool
}

// DecodeUpdate reads one update and makes its availability canonical: what can be
// derived is derived, so that equal reports have equal bytes. ignored holds the
// JSON Pointers of members of availability that are not known.
//
// It gives a *SyntaxError for what is not JSON and FieldErrors for what is wrong in
// it. The state is not looked at: what its names are is no matter of this package.
func DecodeUpdate(data []byte) (u Update, ignored []string, err error) {
	if err := validJSON(data); err != nil {
		return u, nil, err
	}
	r := readers.Get().(*reader)
	defer r.done()
	var some [32]member
	members, ok := r.members(some[:0], bytes.TrimSpace(data))
	if !ok {
		return u, nil, r.errs
	}
	for _, m := range members {
		u.member(r, m.name, m.raw)
	}
	return u, r.ignore, r.errs.Err()
}

func (u *Update) member(r *reader, name, raw []byte) {
	r.inside(name, func() {
		switch string(name) {
		case "id":
			if u.ID = string(raw); raw[0] == '"' || isNull(raw) {
				u.ID = r.text(raw)
			}
		case "external_ids":
			u.ExternalIDs = r.externalIDs(raw)
		case "availability":
			if !isNull(raw) {
				a := r.report(raw)
				u.Availability = &a
			}
		case "created_at", "updated_at":
			// What the API gave may be sent back; these are ours to set.
		default:
			u.fact(r, name, raw)
		}
	})
}

func (u *Update) fact(r *reader, name, raw []byte) {
	i := fieldIndex(name)
	if i < 0 {
		r.fail("is not a known field")
		return
	}
	if string(name) == "is_public" && isNull(raw) {
		return // there is no such state; who does not know must not show a hidden place
	}
	u.Given |= 1 << i
	locationFields[i].decode(r, raw, &u.Location)
}

// report reads what a source said of availability.
func (r *reader) report(raw []byte) Availability {
	a := Availability{IsPublic: true}
	var some [24]member
	members, ok := r.members(some[:0], raw)
	if !ok {
		return a
	}
	members, meta := promoteOldForms(members)
	get := func(name string, read func([]byte)) {
		raw := take(members, name)
		r.in(name, func() { read(raw) })
	}
	get("source", func(raw []byte) {
		if a.Source = r.text(raw); a.Source == "" && !r.failedHere() {
			r.fail("is required: the name of the source")
		} else if len(a.Source) > maxIDLength {
			r.fail("must be at most %d bytes", maxIDLength)
		}
	})
	get("checked_at", func(raw []byte) {
		if a.CheckedAt = r.time(raw); a.CheckedAt.IsZero() && !r.failedHere() {
			r.fail("is required: an ISO 8601 date and time")
		}
	})
	get("valid_at", func(raw []byte) { a.ValidAt = r.time(raw) })
	if a.ValidAt.IsZero() {
		a.ValidAt = a.CheckedAt
	}
	get("is_public", func(raw []byte) { a.IsPublic = r.boolean(raw, true) })
	get("available", func(raw []byte) { a.Available = r.status(raw) })
	get("available_count", func(raw []byte) { a.AvailableCount = r.count(raw) })
	get("products", func(raw []byte) { a.Products = r.strings(raw) })
	get("doses", func(raw []byte) { a.Doses = r.strings(raw) })
	get("meta", func(raw []byte) {
		if meta == nil {
			a.Meta = r.object(raw)
		} else {
			a.Meta = r.storable(withoutNUL(appendObject(nil, meta)))
		}
	})
	var slots, capacity []Capacity
	get("slots", func(raw []byte) { slots, a.Slots = r.offers(&r.slots, raw, &slotForm) })
	get("capacity", func(raw []byte) { capacity, a.Capacity = r.offers(&r.capacity, raw, &capacityForm) })
	if a.Capacity == nil {
		capacity = capacityFromSlots(slots)
		a.Capacity = encodeCapacity(capacity)
	}
	a.derive(capacity)
	for _, m := range members {
		switch string(m.name) {
		case "id", "location_id", "changed_at": // the record's own, which may be sent back; they are ours to set
		default:
			if m.raw != nil {
				r.inside(m.name, func() { r.ignore = append(r.ignore, r.pointer()) })
			}
		}
	}
	return a
}

// promoteOldForms accepts what senders did before: updated_at for valid_at, and
// what has fields of its own today inside meta. What is left of meta comes apart; it
// is nil if meta is no object.
func promoteOldForms(members []member) (promoted, meta []member) {
	if raw := take(members, "updated_at"); !isNull(raw) {
		members = put(members, "valid_at", raw)
	}
	m := find(members, "meta")
	if m == nil || m.raw[0] != '{' {
		return members, nil
	}
	meta = membersOf(make([]member, 0, 8), m.raw)
	for _, name := range []string{"slots", "capacity", "available_count", "products", "doses"} {
		if m := find(meta, name); m != nil && !isNull(m.raw) {
			members = put(members, name, m.raw)
			m.raw = nil
		}
	}
	return members, slices.DeleteFunc(meta, func(m member) bool { return m.raw == nil })
}

// A Span is a part of a text: from Start to before End.
type Span struct{ Start, End int }

// Of gives the part of the text.
func (s Span) Of(text []byte) []byte { return text[s.Start:s.End] }

// Times tells where the text of an update says when its availability was checked and
// when it was valid: the values of checked_at and valid_at, without their quotes. The
// second is the zero Span if there is none. Updates whose texts are the same but for what
// stands there are the same but for these times.
//
// ok is false where it can't be told: the text need not be valid, and may say things
// twice or in other ways.
func Times(text []byte) (checked, valid Span, ok bool) {
	top, ok := pick(text, Span{skipSpace(text, 0), len(text)}, `"availability"`)
	if !ok {
		return Span{}, Span{}, false
	}
	// updated_at is what old senders call valid_at.
	members, ok := pick(text, top[0], `"checked_at"`, `"valid_at"`, `"updated_at"`)
	if !ok || members[0] == (Span{}) || members[2] != (Span{}) {
		return Span{}, Span{}, false
	}
	for i, value := range members[:2] {
		if value == (Span{}) {
			continue
		}
		raw := value.Of(text)
		if len(raw) < 2 || raw[0] != '"' || raw[len(raw)-1] != '"' || bytes.IndexByte(raw, '\\') >= 0 {
			return Span{}, Span{}, false
		}
		members[i] = Span{value.Start + 1, value.End - 1}
	}
	return members[0], members[1], true
}

// pick gives the values of some members of an object, the zero Span for those that are
// not there. The names are with their quotes. ok is false if one comes twice or may be
// written in another way, too.
func pick(text []byte, object Span, names ...string) (values [3]Span, ok bool) {
	raw := object.Of(text)
	if len(raw) == 0 || raw[0] != '{' {
		return values, false
	}
	for c := inside(raw); ; {
		name, value := c.member()
		if name == nil {
			return values, true
		}
		if value == nil || bytes.IndexByte(name, '\\') >= 0 {
			return values, false
		}
		for i, want := range names {
			if string(name) != want {
				continue
			}
			if values[i] != (Span{}) {
				return values, false
			}
			end := object.Start + c.i
			values[i] = Span{end - len(value), end}
		}
	}
}
