package univaf

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// A reader reads the members of a JSON document and gathers what is wrong with
// them. Null reads as the zero value.
type reader struct {
	at     string // JSON Pointer to the value at hand
	errs   FieldErrors
	ignore []string // JSON Pointers of members that were ignored
}

func (r *reader) fail(format string, args ...any) {
	r.errs = append(r.errs, FieldError{r.at, fmt.Sprintf(format, args...)})
}

// in calls f with the reader at the named member or index.
func (r *reader) in(name any, f func()) {
	before := r.at
	r.at += "/" + pointerEscaper.Replace(fmt.Sprint(name))
	f()
	r.at = before
}

var pointerEscaper = strings.NewReplacer("~", "~0", "/", "~1")

func isNull(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }

// members reads an object. It reports a failure and gives nil for anything else.
func (r *reader) members(raw json.RawMessage) map[string]json.RawMessage {
	var m map[string]json.RawMessage
	if len(raw) == 0 || raw[0] != '{' || json.Unmarshal(raw, &m) != nil {
		r.fail("must be an object")
		return nil
	}
	return m
}

func (r *reader) elements(raw json.RawMessage) []json.RawMessage {
	if isNull(raw) {
		return nil
	}
	var list []json.RawMessage
	if raw[0] != '[' || json.Unmarshal(raw, &list) != nil {
		r.fail("must be a list")
		return nil
	}
	return list
}

func (r *reader) text(raw json.RawMessage) string {
	if isNull(raw) {
		return ""
	}
	var s string
	if raw[0] != '"' || json.Unmarshal(raw, &s) != nil {
		r.fail("must be a string, not %s", sample(raw))
		return ""
	}
	if strings.ContainsRune(s, 0) {
		r.fail("must not hold the NUL character")
		return ""
	}
	return s
}

func (r *reader) strings(raw json.RawMessage) []string {
	if isNull(raw) {
		return nil
	}
	list := []string{}
	for i, one := range r.elements(raw) {
		r.in(i, func() {
			if isNull(one) {
				r.fail("must be a string, not null")
			} else if s := r.text(one); s != "" && !slices.Contains(list, s) {
				list = append(list, s)
			}
		})
	}
	return list
}

func (r *reader) boolean(raw json.RawMessage, otherwise bool) bool {
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

// maxCount keeps counts within what every client can hold (RFC 8259, section 6).
const maxCount = 1<<53 - 1

// count reads a whole number of 0 or more.
func (r *reader) count(raw json.RawMessage) *int64 {
	if isNull(raw) {
		return nil
	}
	var f float64
	if raw[0] == '"' || json.Unmarshal(raw, &f) != nil || f != math.Trunc(f) || f < 0 || f > maxCount {
		r.fail("must be a whole number of 0 or more, not %s", sample(raw))
		return nil
	}
	n := int64(f)
	return &n
}

func (r *reader) time(raw json.RawMessage) time.Time {
	s := r.text(raw)
	if s == "" {
		return time.Time{}
	}
	t, err := ParseTime(s)
	if err != nil {
		r.fail("%v, not %s", err, sample(raw))
	}
	return Instant(t)
}

func (r *reader) locationType(raw json.RawMessage) LocationType {
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
func (r *reader) addressLines(raw json.RawMessage) []string {
	switch string(raw) {
	case "", "null", `""`, "false", "0":
		return nil
	}
	if raw[0] != '[' {
		r.fail("must be a list of strings, not %s", sample(raw))
		return nil
	}
	var lines []string
	for i, one := range r.elements(raw) {
		r.in(i, func() {
			if line := strings.TrimSpace(r.text(one)); line != "" {
				lines = append(lines, line)
			}
		})
	}
	return lines
}

func (r *reader) position(raw json.RawMessage) *Position {
	if isNull(raw) {
		return nil
	}
	members := r.members(raw)
	if members == nil {
		return nil
	}
	before := len(r.errs)
	var p Position
	for _, axis := range []struct {
		name  string
		limit float64
		to    *float64
	}{{"longitude", 180, &p.Longitude}, {"latitude", 90, &p.Latitude}} {
		r.in(axis.name, func() {
			raw := members[axis.name]
			if isNull(raw) || raw[0] == '"' || json.Unmarshal(raw, axis.to) != nil || math.Abs(*axis.to) > axis.limit {
				r.fail("must be a number of degrees from -%v to %v, not %s", axis.limit, axis.limit, sample(raw))
			}
		})
	}
	if len(r.errs) > before {
		return nil
	}
	return &p
}

// object reads an object of any members and gives its canonical form.
func (r *reader) object(raw json.RawMessage) json.RawMessage {
	if isNull(raw) {
		return nil
	}
	if raw[0] != '{' {
		r.fail("must be an object, not %s", sample(raw))
		return nil
	}
	return r.canonical(raw)
}

// canonical gives equal values equal bytes: compact, members by name. Numbers keep
// the digits they came with.
func (r *reader) canonical(raw json.RawMessage) json.RawMessage {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		r.fail("must be valid JSON: %v", err)
		return nil
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		r.fail("must be valid JSON: %v", err)
		return nil
	}
	// PostgreSQL's jsonb has no NUL.
	if bytes.Contains(out.Bytes(), []byte(`\u0000`)) && holdsNUL(v) {
		r.fail("must not hold the NUL character")
		return nil
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}

func holdsNUL(v any) bool {
	switch v := v.(type) {
	case string:
		return strings.ContainsRune(v, 0)
	case []any:
		return slices.ContainsFunc(v, holdsNUL)
	case map[string]any:
		for key, one := range v {
			if strings.ContainsRune(key, 0) || holdsNUL(one) {
				return true
			}
		}
	}
	return false
}

// externalIDs reads a list of pairs or, from old senders, an object. A number is
// taken as its digits.
func (r *reader) externalIDs(raw json.RawMessage) ExternalIDs {
	if isNull(raw) {
		return nil
	}
	var ids ExternalIDs
	add := func(system, value string) {
		if e := (ExternalID{system, value}); !slices.Contains(ids, e) {
			ids = append(ids, e)
		}
	}
	if raw[0] == '{' {
		for _, m := range r.orderedMembers(raw) {
			r.in(m.name, func() {
				if system := r.idSystem(m.name); system != "" {
					add(system, r.idValue(m.raw))
				} else {
					add("", "")
				}
			})
		}
		return r.ifFine(ids)
	}
	if raw[0] != '[' {
		r.fail("must be a list of [system, value] pairs, not %s", sample(raw))
		return nil
	}
	for i, one := range r.elements(raw) {
		r.in(i, func() {
			var pair []json.RawMessage
			if json.Unmarshal(one, &pair) != nil || len(pair) != 2 {
				r.fail("must be a pair [system, value], not %s", sample(one))
				return
			}
			var system, value string
			r.in(0, func() { system = r.idSystem(r.text(pair[0])) })
			r.in(1, func() { value = r.idValue(pair[1]) })
			add(system, value)
		})
	}
	return r.ifFine(ids)
}

func (r *reader) ifFine(ids ExternalIDs) ExternalIDs {
	for _, id := range ids {
		if id.System == "" || id.Value == "" {
			return nil
		}
	}
	return ids
}

func (r *reader) idSystem(s string) string {
	switch {
	case s == "" && r.failedHere():
	case s == "":
		r.fail("must be the name of a system of ids")
	case strings.Contains(s, ":"):
		r.fail("must not contain ':' (it parts the system from the value in addresses)")
		return ""
	case len(s) > maxIDLength || strings.ContainsRune(s, 0):
		r.fail("must be at most %d bytes, without NUL", maxIDLength)
		return ""
	}
	return s
}

// maxIDLength is the longest that an external id may be, in bytes.
const maxIDLength = 512

func (r *reader) idValue(raw json.RawMessage) string {
	var s string
	if len(raw) > 0 && (raw[0] == '-' || (raw[0] >= '0' && raw[0] <= '9')) {
		s = string(raw)
	} else {
		s = r.text(raw)
	}
	switch {
	case s == "" && r.failedHere():
	case s == "":
		r.fail("must be a string of 1 to %d bytes", maxIDLength)
	case len(s) > maxIDLength:
		r.fail("must be a string of 1 to %d bytes, not %d", maxIDLength, len(s))
		return ""
	}
	return s
}

type member struct {
	name string
	raw  json.RawMessage
}

// orderedMembers gives an object's members in the order in which they stand.
func (r *reader) orderedMembers(raw json.RawMessage) []member {
	dec := json.NewDecoder(bytes.NewReader(raw))
	_, _ = dec.Token() // the brace
	var list []member
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return list
		}
		var value json.RawMessage
		if dec.Decode(&value) != nil {
			return list
		}
		list = append(list, member{key.(string), value})
	}
	return list
}

// sample shows a value in an error message, cut short.
func sample(raw json.RawMessage) string {
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

func trimSpace(raw []byte) json.RawMessage { return bytes.TrimSpace(raw) }

// mergeObjects puts the members of b over those of a. A nil b changes nothing.
func mergeObjects(a, b json.RawMessage) json.RawMessage {
	if a == nil {
		return b
	}
	if b == nil {
		return a
	}
	var all map[string]json.RawMessage
	if json.Unmarshal(a, &all) != nil || json.Unmarshal(b, &all) != nil {
		return b
	}
	var r reader
	text, err := json.Marshal(all)
	if err != nil {
		return b
	}
	return r.canonical(text)
}
