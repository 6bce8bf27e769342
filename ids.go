package univaf

import "strings"

// externalIDs reads a list of pairs or, from old senders, an object. A number is
// taken as its digits.
func (r *reader) externalIDs(raw []byte) ExternalIDs {
	if isNull(raw) {
		return nil
	}
	var ids distinct[ExternalID]
	switch raw[0] {
	case '{':
		r.idMembers(&ids, raw)
	case '[':
		c := inside(raw)
		for i, one := 0, c.value(); one != nil; i, one = i+1, c.value() {
			r.at(i, func() { r.idPair(&ids, one) })
		}
	default:
		r.fail("must be a list of [system, value] pairs, not %s", sample(raw))
	}
	for _, id := range ids.all {
		if id.System == "" || id.Value == "" {
			return nil
		}
	}
	return ids.all
}

// idMembers reads an object's members in the order in which they stand.
func (r *reader) idMembers(ids *distinct[ExternalID], raw []byte) {
	for c := inside(raw); ; {
		name, value := c.member()
		if name == nil {
			return
		}
		system := string(unquote(name))
		r.in(system, func() {
			id := ExternalID{System: r.idSystem(system)}
			if id.System != "" {
				id.Value = r.idValue(value)
			}
			ids.add(id)
		})
	}
}

func (r *reader) idPair(ids *distinct[ExternalID], raw []byte) {
	var system, value []byte
	if raw[0] == '[' {
		c := inside(raw)
		if system, value = c.value(), c.value(); c.value() != nil {
			value = nil
		}
	}
	if value == nil {
		r.fail("must be a pair [system, value], not %s", sample(raw))
		return
	}
	var id ExternalID
	r.at(0, func() { id.System = r.idSystem(r.text(system)) })
	r.at(1, func() { id.Value = r.idValue(value) })
	ids.add(id)
}

// maxIDLength is the longest that an external id may be, in bytes.
const maxIDLength = 512

func (r *reader) idSystem(s string) string {
	if system, ok := SystemFromURI(s); ok {
		s = system
	}
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

func (r *reader) idValue(raw []byte) string {
	var s string
	if len(raw) > 0 && (raw[0] == '-' || isDigit(raw[0])) {
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
