package univaf

// A cursor goes through the members of an object or the elements of a list. It
// finds where values end but does not check them: isValid does. In what is not valid
// JSON it stops early or gives nonsense, but it always stops.
type cursor struct {
	b []byte
	i int
}

// inside gives a cursor to what is in an object or a list.
func inside(raw []byte) cursor { return cursor{raw, 1} }

// next gives the first byte of the next element, or -1 at the end.
func (c *cursor) next() int {
	for ; c.i < len(c.b); c.i++ {
		switch first := c.b[c.i]; first {
		case ',', ':', ' ', '\n', '\r', '\t':
		case '}', ']':
			return -1
		default:
			return int(first)
		}
	}
	return -1
}

// value gives the next element. It is nil at the end.
func (c *cursor) value() []byte {
	if c.next() < 0 {
		return nil
	}
	start := c.i
	c.i = skipValue(c.b, start)
	return c.b[start:c.i:c.i]
}

// member gives the next member, its name as it stands there: with its quotes and
// escapes. The value is nil at the end.
func (c *cursor) member() (name, value []byte) {
	name = c.value()
	if name == nil {
		return nil, nil
	}
	return name, c.value()
}

// enter goes into the object or list that is next, leave out of it again.
func (c *cursor) enter() { c.i++ }
func (c *cursor) leave() { c.i++ }

// skipValue gives the index behind the value that starts at i.
func skipValue(b []byte, i int) int {
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
		return skipNested(b, i)
	}
	// A number, true, false or null.
	for i++; i < len(b); i++ {
		if c := b[i]; c == ',' || c == '}' || c == ']' || isSpace(c) {
			break
		}
	}
	return i
}

// skipNested gives the index behind the object or list that starts at i.
func skipNested(b []byte, i int) int {
	for depth := 0; i < len(b); {
		switch b[i] {
		case '"':
			i = skipString(b, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return len(b)
}

// skipString gives the index behind the string that starts at i.
func skipString(b []byte, i int) int {
	for i++; i < len(b); i++ {
		switch b[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
	return len(b)
}

// isEscaped reports whether the byte at i has an odd number of backslashes before it.
func isEscaped(b []byte, i int) bool {
	backslashes := 0
	for backslashes < i && b[i-1-backslashes] == '\\' {
		backslashes++
	}
	return backslashes%2 == 1
}
