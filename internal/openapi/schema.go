package openapi

import (
	"html/template"
	"slices"
	"strings"
)

// newShape describes a schema with a name.
func newShape(name string, n Node) shape {
	s := shape{ID: "shape-" + name, Name: name, Text: markdown(n.Get("description").Text())}
	if s.Members = members(n, ""); s.Members == nil {
		s.Kind = kind(n)
	}
	return s
}

// members lists an object's members, those of objects in it under their path, as in
// "data.location.action". A list is gone into by "[]".
func members(n Node, path string) (list []member) {
	for _, part := range n.Get("allOf").Elements() {
		list = append(list, members(part, path)...)
	}
	var required []string
	for _, one := range n.Get("required").Elements() {
		required = append(required, one.Text())
	}
	for name := range n.Get("properties").Members() {
		property := n.Get("properties").member(name)
		m := newMember(path+name, Node{})
		m.Required = slices.Contains(required, name)
		m.Kind = kind(property)
		m.Text = inline(n.Get("properties", name, "description").Text())
		list = append(list, m)
		if property.Reference() == "" {
			list = append(list, members(property, path+name+".")...)
			if items := property.member("items"); items.Reference() == "" {
				list = append(list, members(items, path+name+"[].")...)
			}
		}
	}
	for i := range list { // a part may say that a member of another is required
		list[i].Required = list[i].Required || slices.Contains(required, strings.TrimPrefix(list[i].Name, path))
	}
	return list
}

// newMember describes a parameter or a header.
func newMember(name string, n Node) member {
	return member{
		Name: name, In: n.Get("in").Text(), Required: n.Get("required").IsTrue(),
		Kind: kind(n.member("schema")), Text: inline(n.Get("description").Text()),
	}
}

// kind says what values a schema takes, in words: "list of Slot or null".
func kind(n Node) template.HTML {
	if to := n.Reference(); to != "" {
		name := template.HTMLEscapeString(to[strings.LastIndex(to, "/")+1:])
		return template.HTML(`<a href="#shape-` + name + `">` + name + `</a>`)
	}
	var words []template.HTML
	switch {
	case n.Get("const").Exists():
		words = append(words, code(n.Get("const").plain()))
	case n.Get("enum").Exists():
		for _, one := range n.Get("enum").elements() {
			words = append(words, code(one.plain()))
		}
	case n.Get("anyOf").Exists() && !n.Get("type").Exists():
		for _, one := range n.Get("anyOf").elements() {
			words = append(words, kind(one))
		}
	default:
		for _, name := range types(n) {
			words = append(words, typeName(n, name))
		}
	}
	return join(words, " or ") + escape(limits(n))
}

// types gives the names of the types of a schema.
func types(n Node) (list []string) {
	if one := n.Get("type").Text(); one != "" {
		return []string{one}
	}
	for _, one := range n.Get("type").Elements() {
		list = append(list, one.Text())
	}
	if list == nil {
		return []string{"anything"}
	}
	return list
}

// formats are the names of strings of some formats.
var formats = map[string]string{
	"date": "date", "date-time": "date and time", "json-pointer": "JSON Pointer", "uri": "URL", "uri-reference": "URL", "uuid": "UUID",
}

func typeName(n Node, name string) template.HTML {
	switch name {
	case "string":
		if known := formats[n.Get("format").Text()]; known != "" {
			return escape(known)
		}
	case "array":
		if n.Get("items").Exists() && n.Get("items").value != false {
			of := kind(n.member("items"))
			if of == "string" {
				of = "strings"
			}
			return "list of " + of
		}
		var words []template.HTML
		for _, one := range n.Get("prefixItems").elements() {
			words = append(words, escape(strings.Join(types(one), " or ")))
		}
		return "[" + join(words, ", ") + "]"
	}
	return escape(name)
}

// limits says within what bounds a value lies.
func limits(n Node) string {
	out := ""
	for _, limit := range []struct{ name, words string }{
		{"minimum", ", at least "}, {"maximum", ", at most "}, {"maxItems", ", at most "}, {"default", ", by default "},
	} {
		if v := n.Get(limit.name); v.Exists() && v.JSON() != "0" {
			out += limit.words + v.JSON()
		}
	}
	return out
}

func escape(s string) template.HTML {
	return template.HTML(template.HTMLEscapeString(s))
}

func code(s string) template.HTML { return "<code>" + escape(s) + "</code>" }

func join(parts []template.HTML, with template.HTML) (out template.HTML) {
	for i, part := range parts {
		if i > 0 {
			out += with
		}
		out += part
	}
	return out
}
