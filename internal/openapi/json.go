package openapi

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
)

// JSON renders the value on one line.
func (n Node) JSON() string { return compact(n.value) }

// plain renders a string as it is, and anything else as JSON.
func (n Node) plain() string {
	if s, ok := n.value.(string); ok {
		return s
	}
	return n.JSON()
}

func compact(v any) string {
	switch v := v.(type) {
	case yaml.MapSlice:
		var parts []string
		for _, m := range v {
			parts = append(parts, quote(m.Key)+": "+compact(m.Value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		var parts []string
		for _, one := range v {
			parts = append(parts, compact(one))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case string:
		return quote(v)
	case nil:
		return "null"
	}
	return fmt.Sprint(v) // a number or truth value
}

func quote(v any) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(fmt.Sprint(v)) // a string always can be
	return strings.TrimSuffix(b.String(), "\n")
}

// lineWidth is how wide indented JSON is, where it can be.
const lineWidth = 96

// pretty renders the value with what fits on a line on one. indent stands before each
// line but the first.
func pretty(v any, indent string) string {
	one := compact(v)
	if len(indent)+len(one) <= lineWidth {
		return one
	}
	var parts []string
	inner := indent + "  "
	switch v := v.(type) {
	case yaml.MapSlice:
		for _, m := range v {
			name := quote(m.Key) + ": "
			parts = append(parts, inner+name+pretty(m.Value, inner))
		}
		return "{\n" + strings.Join(parts, ",\n") + "\n" + indent + "}"
	case []any:
		for _, one := range v {
			parts = append(parts, inner+pretty(one, inner))
		}
		return "[\n" + strings.Join(parts, ",\n") + "\n" + indent + "]"
	}
	return one
}
