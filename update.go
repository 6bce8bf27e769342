package univaf

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
	"unicode/utf8"
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
	var r reader
	var members map[string]json.RawMessage
	if members = r.members(trimSpace(data)); members == nil {
		return u, nil, r.errs
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		r.in(name, func() { u.member(&r, name, members[name]) })
	}
	return u, r.ignore, r.errs.Err()
}

func (u *Update) member(r *reader, name string, raw json.RawMessage) {
	switch name {
	case "id":
		if u.ID = string(raw); raw[0] == '"' || isNull(raw) {
			u.ID = r.text(raw)
		}
		return
	case "external_ids":
		u.ExternalIDs = r.externalIDs(raw)
		return
	case "availability":
		if !isNull(raw) {
			a := r.report(raw)
			u.Availability = &a
		}
		return
	case "created_at", "updated_at":
		// What the API gave may be sent back; these are ours to set.
		return
	}
	for i := range locationFields {
		if f := &locationFields[i]; f.name == name {
			if name == "is_public" && isNull(raw) {
				return // there is no such state; who does not know must not show a hidden place
			}
			u.Given |= 1 << i
			f.decode(r, raw, &u.Location)
			return
		}
	}
	r.fail("is not a known field")
}

// report reads what a source said of availability.
func (r *reader) report(raw json.RawMessage) Availability {
	a := Availability{IsPublic: true}
	members := r.members(raw)
	if members == nil {
		return a
	}
	promoteOldForms(members)
	get := func(name string, read func(json.RawMessage)) {
		r.in(name, func() { read(members[name]) })
		delete(members, name)
	}
	required := func(to *time.Time) func(json.RawMessage) {
		return func(raw json.RawMessage) {
			if *to = r.time(raw); to.IsZero() && !r.failedHere() {
				r.fail("is required: an ISO 8601 date and time")
			}
		}
	}
	get("source", func(raw json.RawMessage) {
		if a.Source = r.text(raw); a.Source == "" && !r.failedHere() {
			r.fail("is required: the name of the source")
		} else if len(a.Source) > maxIDLength {
			r.fail("must be at most %d bytes", maxIDLength)
		}
	})
	get("checked_at", required(&a.CheckedAt))
	get("valid_at", func(raw json.RawMessage) { a.ValidAt = r.time(raw) })
	if a.ValidAt.IsZero() {
		a.ValidAt = a.CheckedAt
	}
	get("is_public", func(raw json.RawMessage) { a.IsPublic = r.boolean(raw, true) })
	get("available", func(raw json.RawMessage) { a.Available = r.status(raw) })
	get("available_count", func(raw json.RawMessage) { a.AvailableCount = r.count(raw) })
	get("products", func(raw json.RawMessage) { a.Products = r.strings(raw) })
	get("doses", func(raw json.RawMessage) { a.Doses = r.strings(raw) })
	get("meta", func(raw json.RawMessage) { a.Meta = r.object(raw) })
	var slots, capacity []Capacity
	get("slots", func(raw json.RawMessage) { slots, a.Slots = r.offers(raw, slotForm) })
	get("capacity", func(raw json.RawMessage) { capacity, a.Capacity = r.offers(raw, capacityForm) })
	if a.Capacity == nil {
		capacity = capacityFromSlots(slots)
		a.Capacity = encodeCapacity(capacity)
	}
	a.derive(capacity)
	for _, name := range slices.Sorted(maps.Keys(members)) {
		// The record's own members may be sent back; they are ours to set.
		if name != "id" && name != "location_id" && name != "changed_at" {
			r.in(name, func() { r.ignore = append(r.ignore, r.at) })
		}
	}
	return a
}

// failedHere reports whether the last failure was at the value at hand.
func (r *reader) failedHere() bool {
	return len(r.errs) > 0 && r.errs[len(r.errs)-1].Pointer == r.at
}

// promoteOldForms accepts what senders did before: updated_at for valid_at, and
// what has fields of its own today inside meta.
func promoteOldForms(members map[string]json.RawMessage) {
	if raw := members["updated_at"]; !isNull(raw) {
		members["valid_at"] = raw
	}
	delete(members, "updated_at")
	var meta map[string]json.RawMessage
	if raw := members["meta"]; len(raw) == 0 || raw[0] != '{' || json.Unmarshal(raw, &meta) != nil {
		return
	}
	moved := false
	for _, name := range []string{"slots", "capacity", "available_count", "products", "doses"} {
		if raw := meta[name]; !isNull(raw) {
			members[name] = raw
			delete(meta, name)
			moved = true
		}
	}
	if moved {
		members["meta"], _ = json.Marshal(meta)
	}
}

func (r *reader) status(raw json.RawMessage) Status {
	s := r.text(raw)
	if s == "" {
		return ""
	}
	status, ok := parseStatus(s)
	if !ok {
		r.fail("must be YES, NO or UNKNOWN, not %s", sample(raw))
	}
	return status
}

func validJSON(data []byte) error {
	if !utf8.Valid(data) {
		return &SyntaxError{errors.New("not UTF-8")}
	}
	var v json.RawMessage
	if err := json.Unmarshal(data, &v); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			err = fmt.Errorf("%w at byte %d", err, syntax.Offset)
		}
		return &SyntaxError{err}
	}
	return nil
}

// UnmarshalJSON reads a location as MarshalJSON renders it.
func (l *Location) UnmarshalJSON(data []byte) error {
	var r reader
	for name, raw := range r.members(trimSpace(data)) {
		r.in(name, func() {
			switch name {
			case "id":
				l.ID = r.text(raw)
			case "external_ids":
				l.ExternalIDs = r.externalIDs(raw)
			case "created_at":
				l.CreatedAt = r.time(raw)
			case "updated_at":
				l.UpdatedAt = r.time(raw)
			default:
				for i := range locationFields {
					if f := &locationFields[i]; f.name == name {
						f.decode(&r, raw, l)
					}
				}
			}
		})
	}
	return r.errs.Err()
}

// UnmarshalJSON reads a record as MarshalJSON renders it.
func (a *Availability) UnmarshalJSON(data []byte) error {
	type record Availability // without this method
	if err := json.Unmarshal(data, (*record)(a)); err != nil {
		return err
	}
	for _, raw := range []*json.RawMessage{&a.Capacity, &a.Slots, &a.Meta} {
		if isNull(*raw) {
			*raw = nil
		}
	}
	return nil
}
