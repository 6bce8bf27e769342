package api

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/catalog"
	"getmyvax.org/univaf/internal/words"
)

// A parameterReader reads query parameters and gathers what is wrong with them.
type parameterReader struct {
	values   url.Values
	problems []fieldProblem
}

func (p *parameterReader) fail(name, format string, args ...any) {
	message := "The '" + name + "' query param " + fmt.Sprintf(format, args...)
	p.problems = append(p.problems, fieldProblem{Parameter: name, Message: message})
}

func (p *parameterReader) err() error {
	if len(p.problems) == 0 {
		return nil
	}
	var messages []string
	for _, one := range p.problems {
		messages = append(messages, one.Message)
	}
	return apiError{
		Status: http.StatusUnprocessableEntity, Code: "value_error", Message: strings.Join(messages, "; "), Errors: p.problems,
	}
}

// text gives a parameter without space around it.
func (p *parameterReader) text(name string) string { return strings.TrimSpace(p.values.Get(name)) }

// longestList is how many values a list may have.
const longestList = 200

// list reads values that are separated by commas, or given one by one.
func (p *parameterReader) list(name string) (list []string) {
	seen := map[string]bool{}
	for _, value := range p.values[name] {
		for one := range strings.SplitSeq(value, ",") {
			if one = strings.TrimSpace(one); one != "" && !seen[one] {
				seen[one] = true
				list = append(list, one)
			}
		}
	}
	if len(list) > longestList {
		p.fail(name, "must have at most %d values, not %d", longestList, len(list))
		return nil
	}
	return list
}

func isList(values url.Values, name string) bool {
	return len(values[name]) > 1 || strings.Contains(values.Get(name), ",")
}

// quote shows what was given, cut short.
func quote(text string) string {
	const most = 60
	if len(text) > most {
		return strconv.Quote(strings.ToValidUTF8(text[:most], "")) + "…"
	}
	return strconv.Quote(text)
}

// facts reads which places are looked for.
func (p *parameterReader) facts(q *search) {
	q.Providers = p.list("provider")
	for _, text := range p.list("location_type") {
		kind := univaf.LocationType(strings.ToUpper(text))
		if !slices.Contains(univaf.LocationTypes, kind) {
			p.fail("location_type", "must be of %s; not %s", joined(univaf.LocationTypes), quote(text))
			break
		}
		q.LocationTypes = append(q.LocationTypes, kind)
	}
	switch text := p.text("walk_in"); strings.ToLower(text) {
	case "":
	case "true", "1":
		q.WalkIn = new(bool)
		*q.WalkIn = true
	case "false", "0":
		q.WalkIn = new(bool)
	default:
		p.fail("walk_in", "must be true or false, not %s", quote(text))
	}
	if text := p.values.Get("q"); text != "" {
		var ok bool
		if q.Text, ok = words.Ask(text[:min(len(text), longestText)]); !ok {
			p.fail("q", "must have a word or a number in it, not %s", quote(text))
		}
	}
	q.IDs = p.list("ids")
	if text := p.text("updated_since"); text != "" {
		var err error
		if q.UpdatedSince, err = univaf.ParseTime(text); err != nil {
			p.fail("updated_since", "%v, not %s", err, quote(text))
		}
	}
}

// longestText is how many bytes of a text are looked for.
const longestText = 200

func joined[T ~string](list []T) string {
	var b strings.Builder
	for i, one := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(one))
	}
	return b.String()
}

// orders are the values of sort.
var orders = []struct {
	name  string
	order catalog.Order
}{
	{"distance", catalog.ByDistance}, {"soonest", catalog.BySoonest}, {"name", catalog.ByName}, {"updated", catalog.ByUpdate},
}

// order reads what comes first: the nearest, if that is something, or what otherwise is the
// usual.
func (p *parameterReader) order(q *search, usual catalog.Order) {
	q.Order = usual
	if usual == catalog.ByAge && q.Near != nil {
		q.Order = catalog.ByDistance
	}
	text := p.text("sort")
	if text == "" {
		return
	}
	for _, one := range orders {
		if one.name == strings.ToLower(text) {
			q.Order = one.order
			if one.order == catalog.ByDistance && p.text("near") == "" && p.text("zip") == "" {
				p.fail("sort", "can be distance only with 'near' or 'zip'")
			}
			return
		}
	}
	p.fail("sort", "must be distance, soonest, name or updated; not %s", quote(text))
}
