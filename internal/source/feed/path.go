package feed

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A path leads to a value in JSON, as "a.b[0].c".
type path struct {
	whole string // a member may have that very name
	steps []step
}

// A step leads to a member, or to an element of a list if index is not negative.
type step struct {
	name  string
	index int
}

var errPath = errors.New("must be names with dots between and, for one of a list, its number from 0 in brackets, such as contact.phones[0]")

func parsePath(text string) (path, error) {
	p := path{whole: text}
	for part := range strings.SplitSeq(text, ".") {
		name, indexes, indexed := strings.Cut(part, "[")
		if name == "" && !indexed || strings.Contains(name, "]") {
			return path{whole: text}, errPath
		}
		if name != "" {
			p.steps = append(p.steps, step{name, -1})
		}
		for indexed {
			var number string
			var closed bool
			number, indexes, closed = strings.Cut(indexes, "]")
			i, err := strconv.Atoi(number)
			if !closed || err != nil || i < 0 {
				return path{whole: text}, errPath
			}
			p.steps = append(p.steps, step{"", i})
			if indexed = indexes != ""; indexed && indexes[0] != '[' {
				return path{whole: text}, errPath
			}
			indexes = strings.TrimPrefix(indexes, "[")
		}
	}
	return p, nil
}

// of gives the value that the path leads to. Where a list stands on the way and the path
// does not say which element, it gives a list of what all elements have there. Not found
// is other than null.
func (p path) of(v any) (found any, ok bool) {
	if members, isObject := v.(map[string]any); isObject {
		if found, ok = members[p.whole]; ok {
			return found, true
		}
	}
	if len(p.steps) == 0 {
		return nil, false
	}
	return follow(v, p.steps)
}

func follow(v any, steps []step) (found any, ok bool) {
	for i, s := range steps {
		switch at := v.(type) {
		case map[string]any:
			if s.index >= 0 {
				return nil, false
			}
			if v, ok = at[s.name]; !ok {
				return nil, false
			}
		case []any:
			if s.index < 0 {
				return followAll(at, steps[i:])
			}
			if s.index >= len(at) {
				return nil, false
			}
			v = at[s.index]
		default:
			return nil, false
		}
	}
	return v, true
}

func followAll(list []any, steps []step) (found any, ok bool) {
	all := []any{}
	for _, one := range list {
		switch v, _ := follow(one, steps); v := v.(type) {
		case nil:
		case []any:
			all = append(all, v...)
		default:
			all = append(all, v)
		}
	}
	return all, len(all) > 0 || len(list) == 0
}

// kind names what a value is, for messages.
func kind(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case map[string]any:
		return "an object with " + listed(slices.Sorted(maps.Keys(v)))
	case []any:
		return fmt.Sprintf("a list of %d", len(v))
	case string:
		return "a text"
	case json.Number:
		return "a number"
	}
	return "true or false"
}

// listed shows names in a message: not all, if they are many.
func listed(names []string) string {
	const most, longest = 40, 60
	if len(names) == 0 {
		return "none"
	}
	var shown []string
	for _, name := range names[:min(len(names), most)] {
		if runes := []rune(name); len(runes) > longest {
			name = string(runes[:longest]) + "…"
		}
		shown = append(shown, strconv.Quote(name))
	}
	if more := len(names) - most; more > 0 {
		shown = append(shown, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(shown, ", ")
}
