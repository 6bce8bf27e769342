package univaf

import "iter"

// ValidateJSON gives a *SyntaxError for what is not one JSON value in UTF-8.
func ValidateJSON(data []byte) error { return validJSON(data) }

// Members yields the members of a valid JSON object, in order: the name without quotes
// and escapes, and the text of the value. Both may be parts of the object's text.
func Members(object []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		for c := inside(object); ; {
			name, value := c.member()
			if name == nil || value == nil || !yield(unquote(name), value) {
				return
			}
		}
	}
}

// Elements yields the texts of the elements of a valid JSON list, in order.
func Elements(list []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for c := inside(list); ; {
			value := c.value()
			if value == nil || !yield(value) {
				return
			}
		}
	}
}

// Text gives the text that a valid JSON string stands for; ok is false for any other
// value.
func Text(value []byte) (text []byte, ok bool) {
	if len(value) < 2 || value[0] != '"' {
		return nil, false
	}
	return unquote(value), true
}

// AppendText appends a string as JSON.
func AppendText(b []byte, s string) []byte { return appendString(b, s) }
