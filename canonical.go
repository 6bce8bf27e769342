package univaf

import (
	"bytes"
	"encoding/json"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// The canonical form of JSON gives equal values equal bytes: no space, members by
// name, each once. Numbers keep the digits they came with.

// canonical gives the canonical form of a valid value. It is nil if there is NUL in
// it, which PostgreSQL's jsonb has not.
func canonical(raw []byte) json.RawMessage {
	return withoutNUL(appendCanonical(make([]byte, 0, len(raw)), raw))
}

func withoutNUL(text []byte) json.RawMessage {
	if holdsNUL(text) {
		return nil
	}
	return text
}

// holdsNUL reports whether there is NUL in a string of what is canonical, other than
// a backslash with u0000 behind it.
func holdsNUL(text []byte) bool {
	for {
		i := bytes.Index(text, []byte(`\u0000`))
		if i < 0 {
			return false
		}
		if !isEscaped(text, i) {
			return true
		}
		text = text[i+1:]
	}
}

// appendCanonical renders a valid value in canonical form.
func appendCanonical(b, raw []byte) []byte {
	c := cursor{raw, 0}
	return c.appendNext(b)
}

// appendNext renders the value that is next.
func (c *cursor) appendNext(b []byte) []byte {
	switch c.next() {
	case '{':
		var some [8]member
		return appendObject(b, c.members(some[:0]))
	case '[':
		b = append(b, '[')
		c.enter()
		for i := 0; c.next() >= 0; i++ {
			if i > 0 {
				b = append(b, ',')
			}
			b = c.appendNext(b)
		}
		c.leave()
		return append(b, ']')
	case '"':
		return appendString(b, unquote(c.value()))
	}
	return append(b, c.value()...)
}

func appendObject(b []byte, members []member) []byte {
	b = append(b, '{')
	for i, m := range members {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, m.name), ':')
		b = appendCanonical(b, m.raw)
	}
	return append(b, '}')
}

// A member is one of a valid object, its name without quotes and escapes. Both may
// be parts of the object's text.
type member struct{ name, raw []byte }

// members puts those of the object that is next into a list that is by name. Of several
// with the same name the last counts.
func (c *cursor) members(list []member) []member {
	ordered := true
	c.enter()
	for {
		name, value := c.member()
		if name == nil {
			break
		}
		m := member{unquote(name), value}
		ordered = ordered && (len(list) == 0 || compareMembers(list[len(list)-1], m) < 0)
		list = append(list, m)
	}
	c.leave()
	if !ordered {
		list = orderMembers(list)
	}
	return list
}

// appendMembers puts an object's members into a list that is by name.
func appendMembers(list []member, raw []byte) []member {
	c := cursor{raw, 0}
	return c.members(list)
}

func orderMembers(list []member) []member {
	sortMembers(list)
	last := 0
	for i := 1; i < len(list); i++ {
		if !bytes.Equal(list[i].name, list[last].name) {
			last++
		}
		list[last] = list[i]
	}
	return list[:last+1]
}

// sortMembers is stable. Most objects are small, and slices.SortStableFunc is slow with
// those.
func sortMembers(list []member) {
	if len(list) > 32 {
		slices.SortStableFunc(list, compareMembers)
		return
	}
	for i := 1; i < len(list); i++ {
		m, to := list[i], i
		for to > 0 && compareMembers(list[to-1], m) > 0 {
			list[to] = list[to-1]
			to--
		}
		list[to] = m
	}
}

func compareMembers(a, b member) int { return bytes.Compare(a.name, b.name) }

// mergeObjects puts the members of b over those of a. A nil b changes nothing.
func mergeObjects(a, b json.RawMessage) json.RawMessage {
	if a == nil {
		return b
	}
	if b == nil {
		return a
	}
	if !isObject(a) || !isObject(b) {
		return b
	}
	members := appendMembers(appendMembers(nil, a), b)
	return withoutNUL(appendObject(nil, members))
}

func isObject(raw []byte) bool { return len(raw) > 0 && raw[0] == '{' && isValid(raw) }

// unquote gives the text of a valid string, which may be part of raw. What is no
// Unicode in it becomes U+FFFD, as in encoding/json.
func unquote(raw []byte) []byte {
	text := raw[1 : len(raw)-1]
	if bytes.IndexByte(text, '\\') < 0 && utf8.Valid(text) {
		return text
	}
	return unescape(text)
}

func unescape(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		if text[i] != '\\' {
			r, size := utf8.DecodeRune(text[i:])
			out = utf8.AppendRune(out, r)
			i += size
			continue
		}
		c := text[i+1]
		i += 2
		switch c {
		case 'b':
			c = '\b'
		case 'f':
			c = '\f'
		case 'n':
			c = '\n'
		case 'r':
			c = '\r'
		case 't':
			c = '\t'
		case 'u':
			r, size := utf16Escape(text[i-2:])
			out = utf8.AppendRune(out, r)
			i += size - 2
			continue
		}
		out = append(out, c)
	}
	return out
}

// utf16Escape reads the escape \uXXXX at the start of text, or a pair of them.
func utf16Escape(text []byte) (r rune, size int) {
	r = hex4(text[2:])
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if len(text) >= 12 && text[6] == '\\' && text[7] == 'u' {
		if pair := utf16.DecodeRune(r, hex4(text[8:])); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return utf8.RuneError, 6
}
