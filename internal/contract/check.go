package contract

import (
	"bytes"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// An Exchange is a request and its answer, with the bodies as they were before
// Content-Encoding.
type Exchange struct {
	Method        string
	URL           *url.URL
	RequestHeader http.Header
	RequestBody   Body
	Status        int
	Header        http.Header
	Body          Body
}

// A Body is a body, or its beginning.
type Body struct {
	Text []byte
	Cut  bool // whether there is more
}

// Faults says what in the exchange the document does not allow. Of a request that was
// refused (4xx) it looks at the answer alone.
func (d *Document) Faults(e *Exchange) (faults []string) {
	op, values := d.find(e.Method, e.URL)
	if op == nil {
		methods := strings.Join(d.methods(e.URL), ", ")
		if methods != "" && e.Status != http.StatusMethodNotAllowed || e.Header.Get("Allow") != methods {
			faults = append(faults, fmt.Sprintf("the answer is %d and Allow is %q, and the document has %q", e.Status, e.Header.Get("Allow"), methods))
		}
		return append(faults, d.answerFaults(e, d.elsewhere[strconv.Itoa(e.Status)])...)
	}
	if e.Status < http.StatusBadRequest {
		faults = append(faults, op.requestFaults(e, values)...)
	}
	return append(faults, d.answerFaults(e, op.responses[strconv.Itoa(e.Status)])...)
}

// answerFaults says what is wrong with an answer.
func (d *Document) answerFaults(e *Exchange, answer *response) (faults []string) {
	if answer == nil {
		return []string{fmt.Sprintf("the answer %d is not in the document", e.Status)}
	}
	headers := slices.Concat(d.common, answer.headers)
	for _, h := range headers {
		faults = append(faults, h.faults(e.Header)...)
	}
	for name := range e.Header {
		known := func(h header) bool { return strings.EqualFold(h.name, name) }
		if isOurs(name) && !slices.ContainsFunc(headers, known) {
			faults = append(faults, "the header "+name+" is not in the document")
		}
	}
	if e.Method == http.MethodHead || e.Status == http.StatusNotModified {
		return faults
	}
	return append(faults, answer.content.faults(e.Header.Get("Content-Type"), e.Body, nil)...)
}

// isOurs tells headers that mean something in this API from those of HTTP at large.
func isOurs(name string) bool {
	switch name {
	case "Etag", "Location", "Retry-After", "Allow", "Link", "Sunset", "Content-Encoding":
		return true
	}
	return strings.HasPrefix(name, "Univaf-") || strings.HasPrefix(name, "Ratelimit")
}

// find gives the operation, and what its path's parameters are. A path without any
// goes before one with some.
func (d *Document) find(method string, at *url.URL) (best *operation, values map[string]string) {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	for _, op := range d.operations {
		if op.method != method {
			continue
		}
		if found, ok := op.match(at); ok && (best == nil || len(found) < len(values)) {
			best, values = op, found
		}
	}
	return best, values
}

// methods lists those that the address takes.
func (d *Document) methods(at *url.URL) (list []string) {
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if op, _ := d.find(method, at); op != nil {
			list = append(list, method)
		}
	}
	return list
}

func (op *operation) match(at *url.URL) (values map[string]string, ok bool) {
	steps := strings.Split(at.EscapedPath(), "/")
	if len(steps) != len(op.steps) {
		return nil, false
	}
	values = map[string]string{}
	for i, step := range op.steps {
		value, err := url.PathUnescape(steps[i])
		if err != nil {
			return nil, false
		}
		if name, isParameter := strings.CutPrefix(step, "{"); isParameter {
			if value == "" {
				return nil, false
			}
			values[strings.TrimSuffix(name, "}")] = value
		} else if step != value {
			return nil, false
		}
	}
	return values, true
}

// requestFaults says what is wrong with a request that was taken.
func (op *operation) requestFaults(e *Exchange, inPath map[string]string) (faults []string) {
	if op.locked && e.RequestHeader.Get("X-Api-Key") == "" {
		faults = append(faults, "no key was needed, and the document wants one")
	}
	query := e.URL.Query()
	declared := map[string]bool{}
	for _, p := range op.parameters {
		var value string
		var given bool
		switch p.in {
		case "path":
			value, given = inPath[p.name]
		case "query":
			declared[p.name] = true
			value, given = query.Get(p.name), query.Get(p.name) != "" // an empty one counts as none
		case "header":
			value = e.RequestHeader.Get(p.name)
			given = value != ""
		}
		if !given {
			if p.required {
				faults = append(faults, "the parameter "+p.name+" was not needed, and the document wants it")
			}
			continue
		}
		faults = append(faults, p.value.faults("the parameter "+p.name, value)...)
	}
	for name := range query {
		if !declared[name] {
			faults = append(faults, "the parameter "+name+" is not in the document")
		}
	}
	if len(op.request) == 0 {
		return faults
	}
	kind := e.RequestHeader.Get("Content-Type")
	if len(op.request) == 1 { // the server does not look at it either
		for only := range op.request {
			kind = only
		}
	}
	for _, one := range op.request.faults(kind, e.RequestBody, taken(e.Body.Text)) {
		faults = append(faults, "the request was taken: "+one)
	}
	return faults
}

func (h header) faults(in http.Header) (faults []string) {
	values := in.Values(h.name)
	if len(values) == 0 && h.required {
		return []string{"there is no header " + h.name}
	}
	for _, value := range values {
		faults = append(faults, h.value.faults("the header "+h.name, value)...)
	}
	return faults
}

func (t textual) faults(what, text string) []string {
	var value any = text
	switch t.kind {
	case "integer", "number":
		if number, err := jsonschema.UnmarshalJSON(strings.NewReader(text)); err == nil {
			value = number
		}
	case "boolean":
		if flag, err := strconv.ParseBool(text); err == nil {
			value = flag
		}
	case "array":
		list := []any{}
		for one := range strings.SplitSeq(text, ",") {
			list = append(list, one)
		}
		value = list
	}
	if err := t.schema.Validate(value); err != nil {
		return []string{fmt.Sprintf("%s, %q: %v", what, text, err)}
	}
	return nil
}

// linesLooked is how many lines, or events, of a long body are looked at.
const linesLooked = 200

// faults says what is wrong with a body. Of lines it looks at those with the numbers
// that only tells; all if only is nil.
func (c content) faults(kind string, body Body, only func(line int) bool) []string {
	if len(c) == 0 {
		if len(body.Text) > 0 {
			return []string{fmt.Sprintf("there is a body, and none in the document: %.200s", body.Text)}
		}
		return nil
	}
	media, _, err := mime.ParseMediaType(kind)
	schema := c[media]
	if err != nil || schema == nil {
		return []string{fmt.Sprintf("the content type %q is not in the document", kind)}
	}
	switch {
	case strings.HasSuffix(media, "ndjson"):
		faults := streamFaults(schema, bytes.Lines(body.Text), only)
		if only == nil && !body.Cut && len(body.Text) > 0 && !bytes.HasSuffix(body.Text, []byte("\n")) {
			faults = append(faults, "the last line has no end")
		}
		return faults
	case media == "text/event-stream":
		return streamFaults(schema, events(body.Text), nil)
	case body.Cut:
		return nil
	case strings.HasSuffix(media, "/json"), strings.HasSuffix(media, "+json"):
		return valueFaults(schema, body.Text)
	}
	if err := schema.Validate(string(body.Text)); err != nil {
		return []string{err.Error()}
	}
	return nil
}

func valueFaults(schema *jsonschema.Schema, text []byte) []string {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err == nil {
		err = schema.Validate(value)
	}
	if err != nil {
		return []string{fmt.Sprintf("%v in %.500s", err, text)}
	}
	return nil
}
