package conform

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// maxDepth is how deep objects and lists may lie in one another: far deeper than any
// resource has them, and not so deep that it costs a hostile file's reader anything.
const maxDepth = 100

type kind byte

const (
	absent kind = iota
	null
	boolean
	number
	text
	list
	object
)

// A node is a value of a document. The members of an object and the elements of a list
// stand behind it: of a member its name, then its value.
type node struct {
	kind       kind
	escaped    bool  // of a text: it has backslashes
	start, end int32 // where it lies; of a text, without its quotes
	next       int32 // index of the node behind this value and all in it
}

// A document is one JSON text, checked and taken apart in one pass. Its memory serves
// for the next one.
type document struct {
	b     []byte
	nodes []node
}

// parse gives the value that b is, or false if b is not one JSON value (RFC 8259) in
// UTF-8. The value is good until b changes or parse is called again.
func (d *document) parse(b []byte) (value, bool) {
	d.b, d.nodes = b, d.nodes[:0]
	if !utf8.Valid(b) {
		return value{}, false
	}
	i := d.value(d.space(0), 0)
	if i < 0 || d.space(i) != len(b) {
		return value{}, false
	}
	return value{d, 0}, true
}

func (d *document) space(i int) int {
	for i < len(d.b) && (d.b[i] == ' ' || d.b[i] == '\t' || d.b[i] == '\r' || d.b[i] == '\n') {
		i++
	}
	return i
}

// value reads the value that starts at i and gives the index behind it, or -1.
func (d *document) value(i, depth int) int {
	if i >= len(d.b) || depth > maxDepth {
		return -1
	}
	switch d.b[i] {
	case '"':
		return d.text(i)
	case '{':
		return d.nested(i, depth, object, '}')
	case '[':
		return d.nested(i, depth, list, ']')
	case 't':
		return d.word(i, boolean, "true")
	case 'f':
		return d.word(i, boolean, "false")
	case 'n':
		return d.word(i, null, "null")
	}
	return d.number(i)
}

func (d *document) add(k kind, start, end int) {
	d.nodes = append(d.nodes, node{kind: k, start: int32(start), end: int32(end), next: int32(len(d.nodes) + 1)})
}

func (d *document) nested(i, depth int, k kind, last byte) int {
	own := len(d.nodes)
	d.add(k, i, i)
	i = d.space(i + 1)
	for first := true; ; first = false {
		if i >= len(d.b) {
			return -1
		}
		if d.b[i] == last && first {
			break
		}
		if k == object {
			if d.b[i] != '"' {
				return -1
			}
			if i = d.text(i); i < 0 {
				return -1
			}
			if i = d.space(i); i >= len(d.b) || d.b[i] != ':' {
				return -1
			}
			i = d.space(i + 1)
		}
		if i = d.value(i, depth+1); i < 0 {
			return -1
		}
		if i = d.space(i); i >= len(d.b) {
			return -1
		}
		if d.b[i] == last {
			break
		}
		if d.b[i] != ',' {
			return -1
		}
		i = d.space(i + 1)
	}
	d.nodes[own].end, d.nodes[own].next = int32(i+1), int32(len(d.nodes))
	return i + 1
}

func (d *document) text(i int) int {
	start, escaped := i+1, false
	for i++; i < len(d.b); i++ {
		switch c := d.b[i]; {
		case c == '"':
			d.add(text, start, i)
			d.nodes[len(d.nodes)-1].escaped = escaped
			return i + 1
		case c == '\\':
			escaped = true
			if i++; i >= len(d.b) {
				return -1
			}
			switch d.b[i] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			case 'u':
				if i+4 >= len(d.b) {
					return -1
				}
				for range 4 {
					if i++; !isHex(d.b[i]) {
						return -1
					}
				}
			default:
				return -1
			}
		case c < ' ':
			return -1
		}
	}
	return -1
}

func (d *document) word(i int, k kind, word string) int {
	if !bytes.HasPrefix(d.b[i:], []byte(word)) {
		return -1
	}
	d.add(k, i, i+len(word))
	return i + len(word)
}

func (d *document) number(i int) int {
	start := i
	if d.b[i] == '-' {
		i++
	}
	whole := i
	if i = d.digits(i); i < 0 || d.b[whole] == '0' && i > whole+1 {
		return -1
	}
	if i < len(d.b) && d.b[i] == '.' {
		if i = d.digits(i + 1); i < 0 {
			return -1
		}
	}
	if i < len(d.b) && (d.b[i] == 'e' || d.b[i] == 'E') {
		if i++; i < len(d.b) && (d.b[i] == '+' || d.b[i] == '-') {
			i++
		}
		if i = d.digits(i); i < 0 {
			return -1
		}
	}
	d.add(number, start, i)
	return i
}

func (d *document) digits(i int) int {
	start := i
	for i < len(d.b) && isDigit(d.b[i]) {
		i++
	}
	if i == start {
		return -1
	}
	return i
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isHex(c byte) bool { return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F' }

// A value is a part of a document. The zero value is one that is not there, and so is
// any part of what is of another kind.
type value struct {
	d *document
	i int32
}

func (v value) kind() kind {
	if v.d == nil {
		return absent
	}
	return v.d.nodes[v.i].kind
}

// raw gives the value as it stands there, a text without its quotes.
func (v value) raw() []byte {
	if v.d == nil {
		return nil
	}
	n := &v.d.nodes[v.i]
	return v.d.b[n.start:n.end]
}

// text gives the text that v is, or nil.
func (v value) text() []byte {
	if v.kind() != text {
		return nil
	}
	n := &v.d.nodes[v.i]
	if !n.escaped {
		return v.d.b[n.start:n.end]
	}
	var s string
	_ = json.Unmarshal(v.d.b[n.start-1:n.end+1], &s) // parse has checked it
	return []byte(s)
}

// get gives the first member of that name.
func (v value) get(name string) value {
	for key, member := range v.members {
		if string(key.text()) == name {
			return member
		}
	}
	return value{}
}

// members yields the names and values of an object.
func (v value) members(yield func(name, member value) bool) {
	if v.kind() != object {
		return
	}
	nodes := v.d.nodes
	for i := v.i + 1; i < nodes[v.i].next; {
		member := nodes[i].next
		if !yield(value{v.d, i}, value{v.d, member}) {
			return
		}
		i = nodes[member].next
	}
}

// elements yields the elements of a list.
func (v value) elements(yield func(value) bool) {
	if v.kind() != list {
		return
	}
	nodes := v.d.nodes
	for i := v.i + 1; i < nodes[v.i].next; i = nodes[i].next {
		if !yield(value{v.d, i}) {
			return
		}
	}
}

// size is the number of elements of a list.
func (v value) size() int {
	n := 0
	for range v.elements {
		n++
	}
	return n
}

// filled reports whether v is a text that is not blank.
func (v value) filled() bool { return len(bytes.TrimSpace(v.text())) > 0 }
