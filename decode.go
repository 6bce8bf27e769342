package univaf

import (
	"bytes"
	"encoding/json"
	"time"
	"unicode/utf8"
)

// UnmarshalJSON reads a location as MarshalJSON renders it.
func (l *Location) UnmarshalJSON(data []byte) error {
	var r reader
	data = bytes.TrimSpace(data)
	if !isValid(data) || !utf8.Valid(data) {
		data = nil
	}
	var some [32]member
	members, _ := r.members(some[:0], data)
	for _, m := range members {
		l.member(&r, m.name, m.raw)
	}
	return r.errs.Err()
}

func (l *Location) member(r *reader, name, raw []byte) {
	r.inside(name, func() {
		switch string(name) {
		case "id":
			l.ID = r.text(raw)
		case "external_ids":
			l.ExternalIDs = r.externalIDs(raw)
		case "created_at":
			l.CreatedAt = r.time(raw)
		case "updated_at":
			l.UpdatedAt = r.time(raw)
		default:
			if i := fieldIndex(name); i >= 0 {
				locationFields[i].decode(r, raw, l)
			}
		}
	})
}

// UnmarshalJSON reads a record as MarshalJSON renders it. What is written another way
// it leaves to encoding/json.
func (a *Availability) UnmarshalJSON(data []byte) error {
	var rendered Availability
	if rendered.readRendered(data) {
		*a = rendered
		return nil
	}
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

// renderedMembers are those that AppendJSON writes, in its order.
var renderedMembers = []string{
	`"id"`, `"location_id"`, `"source"`, `"valid_at"`, `"checked_at"`, `"changed_at"`, `"available"`,
	`"available_count"`, `"products"`, `"doses"`, `"capacity"`, `"slots"`, `"meta"`, `"is_public"`,
}

// readRendered reads what AppendJSON writes into an empty record. It gives up at
// anything else.
func (a *Availability) readRendered(data []byte) bool {
	if !isObject(data) || !utf8.Valid(data) {
		return false
	}
	c := inside(bytes.Clone(data))
	for _, want := range renderedMembers {
		if name, raw := c.member(); string(name) != want || !a.setRendered(want, raw) {
			return false
		}
	}
	return c.value() == nil
}

// setRendered sets one member, given its name in quotes.
func (a *Availability) setRendered(name string, raw []byte) (ok bool) {
	switch name {
	case `"id"`: // made of two others
		return true
	case `"location_id"`:
		a.LocationID, ok = renderedText(raw)
	case `"source"`:
		a.Source, ok = renderedText(raw)
	case `"valid_at"`:
		a.ValidAt, ok = renderedTime(raw)
	case `"checked_at"`:
		a.CheckedAt, ok = renderedTime(raw)
	case `"changed_at"`:
		a.ChangedAt, ok = renderedTime(raw)
	case `"available"`:
		ok = raw[0] == '"' && a.setContent([]byte(name), raw) == nil
	case `"is_public"`:
		a.IsPublic, ok = string(raw) == "true", raw[0] == 't' || raw[0] == 'f'
	default:
		ok = isNull(raw) || a.setContent([]byte(name), raw) == nil
	}
	return ok
}

func renderedText(raw []byte) (s string, ok bool) {
	if raw[0] != '"' {
		return "", false
	}
	return string(unquote(raw)), true
}

func renderedTime(raw []byte) (t time.Time, ok bool) {
	if len(raw) != len(timeLayout)+2 || raw[11] != 'T' || raw[20] != '.' || raw[24] != 'Z' {
		return time.Time{}, false
	}
	t, err := ParseTime(string(raw[1 : len(raw)-1]))
	return t, err == nil
}
