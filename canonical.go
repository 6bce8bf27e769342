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
	if raw[0] != '{' && raw[0] != '[' {
		return appendScalar(b, raw)
	}
	const usual = 8 // bytes of a node
	c := cursor{raw, 0}
	o := outline{raw, c.appendNodes(make([]node, 0, 8+len(raw)/usual))}
	return o.append(b, 0)
}

func appendScalar(b, raw []byte) []byte {
	if raw[0] == '"' {
		return appendString(b, unquote(raw))
	}
	return append(b, raw...)
}

// An outline tells where all is that is in a value. It is made in one pass, so that
// values deep in others are not looked for again and again.
type outline struct {
	text  []byte
	nodes []node
}

// A node is a value or a member's name; all that is in it comes behind it.
type node struct {
	start, end int // in the text
	next       int // the first node that is not in it
}

// appendNodes appends the value that is next, and all that is in it.
func (c *cursor) appendNodes(nodes []node) []node {
	first, at := c.next(), len(nodes)
	nodes = append(nodes, node{start: c.i})
	if first == '{' || first == '[' {
		c.enter()
		for c.next() >= 0 {
			nodes = c.appendNodes(nodes)
		}
		c.leave()
	} else {
		c.i = skipValue(c.b, c.i)
	}
	nodes[at].end, nodes[at].next = c.i, len(nodes)
	return nodes
}

func (o *outline) raw(at int) []byte { return o.text[o.nodes[at].start:o.nodes[at].end] }

// append renders a node in canonical form.
func (o *outline) append(b []byte, at int) []byte {
	raw, end := o.raw(at), o.nodes[at].next
	switch raw[0] {
	case '{':
		return o.appendMembers(b, at)
	case '[':
		b = append(b, '[')
		for i := at + 1; i < end; i = o.nodes[i].next {
			if i > at+1 {
				b = append(b, ',')
			}
			b = o.append(b, i)
		}
		return append(b, ']')
	}
	return appendScalar(b, raw)
}

func (o *outline) appendMembers(b []byte, at int) []byte {
	type member struct {
		name  []byte
		value int
	}
	byName := func(a, b member) int { return bytes.Compare(a.name, b.name) }
	var some [8]member
	members := some[:0]
	for i, end := at+1, o.nodes[at].next; i < end; i = o.nodes[i+1].next {
		members = append(members, member{unquote(o.raw(i)), i + 1})
	}
	if !slices.IsSortedFunc(members, byName) {
		slices.SortStableFunc(members, byName)
	}
	b = append(b, '{')
	for i, m := range members {
		if i+1 < len(members) && bytes.Equal(m.name, members[i+1].name) {
			continue // the last one counts
		}
		if b[len(b)-1] != '{' {
			b = append(b, ',')
		}
		b = append(appendString(b, m.name), ':')
		b = o.append(b, m.value)
	}
	return append(b, '}')
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

// unquote gives the text of a valid string, which may be part of raw. Half a surrogate
// pair becomes U+FFFD, as in encoding/json. The document is UTF-8.
func unquote(raw []byte) []byte {
	text := raw[1 : len(raw)-1]
	if bytes.IndexByte(text, '\\') < 0 {
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
