package njvss

import (
	"encoding/json"
	"regexp"
	"strings"

	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/vaccine"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// products gives the vaccines of the list in a place's text, and meta with those that are
// not known. A vaccine is there twice if both it and its booster are listed.
func (s *report) products(id, text string) (codes []string, meta json.RawMessage) {
	var all source.Products
	for _, name := range listItems(text) {
		code, known := productOf(name)
		all.Add(s.env, id, name, code, known)
		if known {
			codes = append(codes, code)
		}
	}
	return codes, all.Meta()
}

func productOf(name string) (code string, known bool) {
	if code, known = products[name]; known {
		return code, true
	}
	return vaccine.MatchOther(name)
}

// listItems gives the texts of the items of lists in HTML.
func listItems(text string) (items []string) {
	page, err := html.Parse(strings.NewReader(text))
	if err != nil {
		return nil // such as elements nested beyond all measure
	}
	for node := range page.Descendants() {
		if node.DataAtom != atom.Li {
			continue
		}
		var item strings.Builder
		for inner := range node.Descendants() {
			if inner.Type == html.TextNode {
				item.WriteString(inner.Data)
			}
		}
		if name := strings.TrimSpace(item.String()); name != "" {
			items = append(items, name)
		}
	}
	return items
}

var (
	paragraph    = regexp.MustCompile(`(?i)</?p`)
	endParagraph = regexp.MustCompile(`(?i)^</p[^>]*>?`)
)

// description gives a place's text without its first paragraph, which is the address.
func description(text string) string {
	rest := text[min(len("<p>"), len(text)):]
	at := paragraph.FindStringIndex(rest)
	if at == nil {
		return strings.TrimSpace(text)
	}
	rest = rest[at[0]:]
	return strings.TrimSpace(rest[len(endParagraph.FindString(rest)):])
}
