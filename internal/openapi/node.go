package openapi

import (
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
)

// A Node is a value in a document. A reference reads as what it refers to. What is not
// there is a node, too: one without value.
type Node struct {
	root  any
	value any
	// Pointer is the JSON Pointer (RFC 6901) to where the value stands.
	Pointer string
}

// Parse reads a document in YAML or JSON.
func Parse(text []byte) (Node, error) {
	var v any
	err := yaml.UnmarshalWithOptions(text, &v, yaml.UseOrderedMap())
	return Node{v, v, ""}, err
}

var (
	escapePointer   = strings.NewReplacer("~", "~0", "/", "~1")
	unescapePointer = strings.NewReplacer("~1", "/", "~0", "~")
)

// Get gives the member with that path.
func (n Node) Get(names ...string) Node {
	for _, name := range names {
		n = n.member(name).followed()
	}
	return n
}

func (n Node) member(name string) Node {
	out := Node{root: n.root, Pointer: n.Pointer + "/" + escapePointer.Replace(name)}
	members, _ := n.value.(yaml.MapSlice)
	for _, m := range members {
		if fmt.Sprint(m.Key) == name {
			out.value = m.Value
		}
	}
	return out
}

// Reference gives the reference that the node is or holds, "" if there is none. In a
// schema there may be more beside it.
func (n Node) Reference() string { return n.member("$ref").Text() }

// At gives what a reference in the same document refers to.
func (n Node) At(reference string) Node {
	path, ok := strings.CutPrefix(reference, "#/")
	n = Node{n.root, n.root, ""}
	if !ok {
		return Node{root: n.root}
	}
	for step := range strings.SplitSeq(path, "/") {
		n = n.Get(unescapePointer.Replace(step))
	}
	return n
}

// followed gives what the node refers to, if it is a reference and nothing else.
func (n Node) followed() Node {
	if members, _ := n.value.(yaml.MapSlice); len(members) == 1 && n.Reference() != "" {
		return n.At(n.Reference())
	}
	return n
}

// Exists reports whether there is a value.
func (n Node) Exists() bool { return n.value != nil }

// Text gives a string, "" for anything else.
func (n Node) Text() string {
	s, _ := n.value.(string)
	return s
}

// IsTrue reports whether the value is true.
func (n Node) IsTrue() bool { return n.value == true }

// Members yields the members of an object as they stand.
func (n Node) Members() iter.Seq2[string, Node] {
	return func(yield func(string, Node) bool) {
		members, _ := n.value.(yaml.MapSlice)
		for _, m := range members {
			name := fmt.Sprint(m.Key)
			if !yield(name, n.Get(name)) {
				return
			}
		}
	}
}

// Elements gives what is in a list.
func (n Node) Elements() []Node {
	list := n.elements()
	for i := range list {
		list[i] = list[i].followed()
	}
	return list
}

// elements gives what is in a list, references as they are.
func (n Node) elements() (list []Node) {
	values, _ := n.value.([]any)
	for i, value := range values {
		list = append(list, Node{n.root, value, n.Pointer + "/" + strconv.Itoa(i)})
	}
	return list
}

// Examples gives the examples of a body or a parameter.
func (n Node) Examples() (values []Node) {
	if one := n.Get("example"); one.Exists() {
		return []Node{one}
	}
	for _, one := range n.Get("examples").Members() {
		values = append(values, one.Get("value"))
	}
	return values
}

// Walk calls f with each value where it stands. References are not followed.
func (n Node) Walk(f func(Node)) {
	f(n)
	switch value := n.value.(type) {
	case yaml.MapSlice:
		for _, m := range value {
			n.member(fmt.Sprint(m.Key)).Walk(f)
		}
	case []any:
		for _, one := range n.elements() {
			one.Walk(f)
		}
	}
}
