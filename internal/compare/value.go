package compare

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"getmyvax.org/univaf"
)

// unordered are lists whose order means nothing.
var unordered = map[string]bool{"external_ids": true, "products": true, "doses": true}

// times are the members that say when something was found out, which no two servers do at
// the same moment.
var times = map[string]bool{"created_at": true, "updated_at": true, "valid_at": true, "checked_at": true, "changed_at": true}

// same reports whether two values of a member mean the same. An absent one is nil, and not
// the same as null.
func (c *Comparison) same(name string, a, b json.RawMessage) bool {
	if bytes.Equal(a, b) {
		return true
	}
	if a == nil || b == nil {
		return false
	}
	if times[name] {
		at, bt := instant(a), instant(b)
		return !at.IsZero() && !bt.IsZero() && at.Sub(bt).Abs() <= c.options.Within
	}
	var av, bv any
	return json.Unmarshal(a, &av) == nil && json.Unmarshal(b, &bv) == nil && equal(name, av, bv)
}

// moved reports whether two reports were made at different times that are no further apart
// than servers may be.
func (c *Comparison) moved(a, b map[string]json.RawMessage) bool {
	moved := false
	for _, name := range []string{"valid_at", "checked_at"} {
		if !c.same(name, a[name], b[name]) {
			return false
		}
		moved = moved || !instant(a[name]).Equal(instant(b[name]))
	}
	return moved
}

// instant reads a time, the zero Time if it is none.
func instant(text json.RawMessage) time.Time {
	var s string
	if json.Unmarshal(text, &s) != nil {
		return time.Time{}
	}
	t, err := univaf.ParseTime(s)
	if err != nil {
		return time.Time{}
	}
	return t
}

// equal compares decoded values. Times in texts are the same if they are the same moment.
func equal(name string, a, b any) bool {
	switch a := a.(type) {
	case string:
		b, ok := b.(string)
		if !ok || a == b {
			return ok
		}
		at, err := time.Parse(time.RFC3339, a)
		bt, otherErr := time.Parse(time.RFC3339, b)
		return err == nil && otherErr == nil && at.Equal(bt)
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		if unordered[name] {
			a, b = sorted(a), sorted(b)
		}
		for i := range a {
			if !equal("", a[i], b[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for name, value := range a {
			other, both := b[name]
			if !both || !equal(name, value, other) {
				return false
			}
		}
		return true
	}
	return a == b // numbers, booleans, null
}

func sorted(list []any) []any {
	text := func(v any) []byte {
		out, _ := json.Marshal(v) // it was decoded from JSON
		return out
	}
	return slices.SortedFunc(slices.Values(list), func(a, b any) int { return bytes.Compare(text(a), text(b)) })
}
