package openapi

import (
	"bytes"
	"html/template"
	"strings"

	"github.com/yuin/goldmark"
)

// markdown renders CommonMark, which descriptions are written in. HTML in it is left
// out.
func markdown(text string) template.HTML {
	var out bytes.Buffer
	if err := goldmark.Convert([]byte(text), &out); err != nil {
		return escape(text)
	}
	return template.HTML(out.String())
}

// inline renders what is one paragraph without the tags around it.
func inline(text string) template.HTML {
	out := strings.TrimSpace(string(markdown(text)))
	if inner, ok := strings.CutPrefix(out, "<p>"); ok && strings.Count(out, "<p>") == 1 {
		out = strings.TrimSuffix(inner, "</p>")
	}
	return template.HTML(out)
}
