// Package openapi reads an OpenAPI document (version 3.1) and shows it as a page for
// people: one file that needs no script and nothing from elsewhere.
//
// It knows nothing of the API but that document.
package openapi

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"strings"
)

var (
	//go:embed page.html
	pageText string
	//go:embed page.css
	style string

	pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
		"parameters": func(list []member) table { return table{"Parameter", "required", "", list} },
		"members":    func(list []member) table { return table{"Member", "", "optional", list} },
		"inline":     inline,
		"headers":    func(list []member) table { return table{"Header", "", "", list} },
	}).Parse(pageText))
)

// A table lists members.
type table struct {
	Caption            string
	Required, Optional string // what is said of those that are so
	Members            []member
}

// StyleHash is what a Content-Security-Policy names the page's style by.
func StyleHash() string {
	sum := sha256.Sum256([]byte(style))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// Options are what a page shows besides the document.
type Options struct {
	// Base is the address of the server in requests, such as "https://univaf.example".
	Base string
	// Notice stands above all else, if it is not empty.
	Notice string
	// Try are paths to try first.
	Try []string
	// Examples are programs that use the API.
	Examples []Example
}

// An Example is one task, done in several languages.
type Example struct {
	ID    string
	Title string
	Text  string // what it does, in CommonMark
	Code  []Code
}

// Code is a program.
type Code struct {
	Language string // for people, e.g. "Python"
	Text     string
}

// page is what the template shows.
type page struct {
	Options
	Style    template.CSS
	Title    string
	Intro    template.HTML
	Sections []section // of the description
	Groups   []group   // of operations
	Headers  []member
	Shapes   []shape
}

type section struct {
	ID, Title string
	Text      template.HTML
}

type group struct {
	section
	Operations []operation
}

type operation struct {
	ID, Method, Path, Summary string
	Text                      template.HTML
	Deprecated                bool
	Key                       string // "needed", "may help" or ""
	Parameters                []member
	Bodies                    []content
	BodyText                  template.HTML
	Request                   string // a command
	Responses                 []response
	Answer                    string // an example
}

type response struct {
	Status   string
	Text     template.HTML
	Contents []content
	Headers  []string
}

// A content is a body of one media type.
type content struct {
	Media string
	Kind  template.HTML // what it is
}

// A shape is a schema with a name.
type shape struct {
	ID, Name string
	Text     template.HTML
	Kind     template.HTML // what it is, if it is no object
	Members  []member
}

// A member is one of an object, a parameter or a header.
type member struct {
	ID, Name, In string
	Required     bool
	Kind         template.HTML // its type and limits
	Text         template.HTML
}

// Page renders the document.
func Page(root Node, o Options) ([]byte, error) {
	text := root.Get("info", "description").Text()
	intro, rest, _ := strings.Cut(text, "\n## ")
	p := page{Options: o, Style: template.CSS(style), Title: root.Get("info", "title").Text(), Intro: markdown(intro)}
	for part := range strings.SplitSeq(rest, "\n## ") {
		if title, text, ok := strings.Cut(part, "\n"); ok {
			p.Sections = append(p.Sections, section{slug(title), title, markdown(text)})
		}
	}
	for _, tag := range root.Get("tags").Elements() {
		name := tag.Get("name").Text()
		g := group{section: section{slug(name), name, markdown(tag.Get("description").Text())}}
		for path, item := range root.Get("paths").Members() {
			for method, n := range item.Members() {
				if n.Get("tags").JSON() == "["+quote(name)+"]" {
					g.Operations = append(g.Operations, newOperation(o.Base, method, path, n))
				}
			}
		}
		p.Groups = append(p.Groups, g)
	}
	p.Headers = headers(root)
	for name, n := range root.Get("components", "schemas").Members() {
		p.Shapes = append(p.Shapes, newShape(name, n))
	}
	var out bytes.Buffer
	err := pageTemplate.Execute(&out, p)
	return out.Bytes(), err
}

func newOperation(base, method, path string, n Node) operation {
	op := operation{
		ID: "op-" + n.Get("operationId").Text(), Method: strings.ToUpper(method), Path: path,
		Summary: n.Get("summary").Text(), Text: markdown(n.Get("description").Text()),
		Deprecated: n.Get("deprecated").IsTrue(), Key: keyOf(n),
		BodyText: markdown(n.Get("requestBody", "description").Text()),
		Bodies:   contents(n.Get("requestBody", "content")),
		Request:  command(base, strings.ToUpper(method), n),
	}
	for _, p := range n.Get("parameters").Elements() {
		op.Parameters = append(op.Parameters, newMember(p.Get("name").Text(), p))
	}
	for status, r := range n.Get("responses").Members() {
		one := response{Status: status, Text: inline(r.Get("description").Text()), Contents: contents(r.Get("content"))}
		for name := range r.Get("headers").Members() {
			one.Headers = append(one.Headers, name)
		}
		op.Responses = append(op.Responses, one)
		if status < "300" && op.Answer == "" {
			op.Answer = answer(r.Get("content"))
		}
	}
	return op
}

// keyOf says whether the operation wants a key.
func keyOf(n Node) string {
	free, locked := false, false
	for _, way := range n.Get("security").Elements() {
		if way.JSON() == "{}" {
			free = true
		} else {
			locked = true
		}
	}
	switch {
	case locked && free:
		return "may help"
	case locked:
		return "needed"
	}
	return ""
}

func contents(n Node) (list []content) {
	for media, one := range n.Members() {
		list = append(list, content{media, kind(one.member("schema"))})
	}
	return list
}

// headers gives those of all answers, each once, those that any answer may have first.
func headers(root Node) (list []member) {
	known := map[string]bool{}
	add := func(of Node) {
		for name, n := range of.Members() {
			if !known[name] {
				known[name] = true
				m := newMember(name, n)
				m.ID = "header-" + name
				list = append(list, m)
			}
		}
	}
	add(root.Get("x-common-headers"))
	for _, item := range root.Get("paths").Members() {
		for _, op := range item.Members() {
			for _, r := range op.Get("responses").Members() {
				add(r.Get("headers"))
			}
		}
	}
	for _, r := range root.Get("x-other-responses").Members() {
		add(r.Get("headers"))
	}
	return list
}

// slug makes an id of a title.
func slug(title string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(title)), "-")
}

// answer gives the example of a body: JSON indented, lines as lines.
func answer(n Node) string {
	for media, one := range n.Members() {
		var parts []string
		for _, value := range one.Examples() {
			switch {
			case strings.HasSuffix(media, "ndjson"):
				parts = append(parts, value.JSON())
			case strings.HasSuffix(media, "json"):
				return pretty(value.value, "")
			default:
				return fmt.Sprint(value.value)
			}
		}
		if parts != nil {
			return strings.Join(parts, "\n")
		}
	}
	return ""
}
