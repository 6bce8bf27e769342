package univaf

import (
	"bytes"
	"encoding/json"
	"slices"
)

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
	if ordered {
		return list
	}
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

// membersOf puts an object's members into a list that is by name.
func membersOf(list []member, raw []byte) []member {
	c := cursor{raw, 0}
	return c.members(list)
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

// find gives the member of that name, or nil.
func find(members []member, name string) *member {
	for i := range members {
		if string(members[i].name) == name {
			return &members[i]
		}
	}
	return nil
}

// take gives the value of a member, or nil, and leaves nil in its place.
func take(members []member, name string) []byte {
	m := find(members, name)
	if m == nil {
		return nil
	}
	raw := m.raw
	m.raw = nil
	return raw
}

// put sets the value of a member.
func put(members []member, name string, raw []byte) []member {
	if m := find(members, name); m != nil {
		m.raw = raw
		return members
	}
	return append(members, member{[]byte(name), raw})
}

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
	members := membersOf(membersOf(nil, a), b)
	return withoutNUL(appendObject(nil, members))
}

func isObject(raw []byte) bool { return len(raw) > 0 && raw[0] == '{' && isValid(raw) }
