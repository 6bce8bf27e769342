package contract

import (
	"iter"
	"maps"
	"slices"
	"strings"
)

// A node is a value in the document. A reference reads as what it refers to.
type node struct {
	root  any
	value any
	at    string // JSON Pointer (RFC 6901) to where the value stands
}

var escapePointer = strings.NewReplacer("~", "~0", "/", "~1")

// get gives a member, a node without value if there is none.
func (n node) get(names ...string) node {
	for _, name := range names {
		members, _ := n.value.(map[string]any)
		n = node{n.root, members[name], n.at + "/" + escapePointer.Replace(name)}.followed()
	}
	return n
}

// followed gives what the reference refers to if the node is one.
func (n node) followed() node {
	members, _ := n.value.(map[string]any)
	path, ok := strings.CutPrefix(textOf(members["$ref"]), "#/")
	// A schema may say more beside its reference; it is compiled where it stands.
	if !ok || len(members) > 1 {
		return n
	}
	n = node{n.root, n.root, ""}
	for step := range strings.SplitSeq(path, "/") {
		n = n.get(strings.NewReplacer("~1", "/", "~0", "~").Replace(step))
	}
	return n
}

func (n node) exists() bool { return n.value != nil }

func (n node) text() string { return textOf(n.value) }

func (n node) isTrue() bool { return n.value == true }

func textOf(v any) string {
	s, _ := v.(string)
	return s
}

// members yields an object's members by name.
func (n node) members() iter.Seq2[string, node] {
	return func(yield func(string, node) bool) {
		object, _ := n.value.(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(object)) {
			if !yield(name, n.get(name)) {
				return
			}
		}
	}
}

// elements gives what is in a list.
func (n node) elements() (list []node) {
	values, _ := n.value.([]any)
	for i, value := range values {
		list = append(list, node{n.root, value, n.at + "/" + itoa(i)}.followed())
	}
	return list
}
