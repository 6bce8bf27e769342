// Package contract holds the server to its OpenAPI document: it tells what in an
// exchange of a request and an answer the document does not allow. Only tests use it.
//
// It knows nothing of the API but that document.
package contract

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// A Document is an OpenAPI document (version 3.1), its schemas compiled.
type Document struct {
	root       node
	compiler   *jsonschema.Compiler
	operations []*operation
	common     []header             // of every answer
	elsewhere  map[string]*response // to what is not described, by status
}

// An operation is a method of an address.
type operation struct {
	method     string
	path       string // the template
	steps      []string
	parameters []parameter
	locked     bool // whether a key is needed
	request    content
	responses  map[string]*response // by status
}

// A parameter is a value in the path, the query or the header of a request.
type parameter struct {
	name, in string
	required bool
	value    textual
}

// A response is what is said of the answers with one status.
type response struct {
	headers []header
	content content
}

type header struct {
	name     string
	required bool
	value    textual
}

// A content tells the schemas of a body by media type. That of NDJSON is of one line,
// that of Server-Sent Events of the data of one event.
type content map[string]*jsonschema.Schema

// A textual is a value that travels as text.
type textual struct {
	kind   string // "integer" and so on, "" if its schema does not say
	schema *jsonschema.Schema
}

// baseURL is what the schemas in the document are known by.
const baseURL = "https://univaf.example/openapi.yaml"

// Load reads a document. It fails if a schema is none.
func Load(text []byte) (*Document, error) {
	encoded, err := yaml.YAMLToJSON(text)
	if err != nil {
		return nil, err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(encoded))
	if err != nil {
		return nil, err
	}
	d := &Document{root: node{root: value, value: value}, compiler: jsonschema.NewCompiler()}
	d.compiler.AssertFormat()
	if err := d.compiler.AddResource(baseURL, value); err != nil {
		return nil, err
	}
	for name := range d.root.get("components", "schemas").members() {
		if _, err := d.compile(d.root.get("components", "schemas", name)); err != nil {
			return nil, err
		}
	}
	if d.common, err = d.headers(d.root.get("x-common-headers")); err != nil {
		return nil, err
	}
	if d.elsewhere, err = d.responses(d.root.get("x-other-responses")); err != nil {
		return nil, err
	}
	for path, item := range d.root.get("paths").members() {
		for method, described := range item.members() {
			op, err := d.operation(strings.ToUpper(method), path, described)
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", op.method, path, err)
			}
			d.operations = append(d.operations, op)
		}
	}
	return d, nil
}

// Operations gives methods and paths, as in "GET /api/v1/locations/{id}", in order.
func (d *Document) Operations() (list []string) {
	for _, op := range d.operations {
		list = append(list, op.method+" "+op.path)
	}
	slices.Sort(list)
	return list
}

func (d *Document) operation(method, path string, n node) (op *operation, err error) {
	op = &operation{method: method, path: path, steps: strings.Split(path, "/")}
	for _, p := range n.get("parameters").elements() {
		value, err := d.textual(p.get("schema"))
		if err != nil {
			return op, err
		}
		op.parameters = append(op.parameters, parameter{p.get("name").text(), p.get("in").text(), p.get("required").isTrue(), value})
	}
	ways := n.get("security").elements()
	op.locked = len(ways) > 0 && !slices.ContainsFunc(ways, func(way node) bool { return len(way.value.(map[string]any)) == 0 })
	if op.request, err = d.content(n.get("requestBody", "content")); err != nil {
		return op, err
	}
	op.responses, err = d.responses(n.get("responses"))
	return op, err
}

func (d *Document) responses(n node) (map[string]*response, error) {
	list := map[string]*response{}
	for status, described := range n.members() {
		headers, err := d.headers(described.get("headers"))
		if err != nil {
			return nil, err
		}
		bodies, err := d.content(described.get("content"))
		if err != nil {
			return nil, err
		}
		list[status] = &response{headers, bodies}
	}
	return list, nil
}

func (d *Document) headers(n node) (list []header, err error) {
	for name, described := range n.members() {
		value, err := d.textual(described.get("schema"))
		if err != nil {
			return nil, err
		}
		list = append(list, header{name, described.get("required").isTrue(), value})
	}
	return list, nil
}

func (d *Document) content(n node) (content, error) {
	list := content{}
	for kind, described := range n.members() {
		schema, err := d.compile(described.get("schema"))
		if err != nil {
			return nil, err
		}
		list[kind] = schema
	}
	return list, nil
}

func (d *Document) textual(n node) (textual, error) {
	schema, err := d.compile(n)
	return textual{n.get("type").text(), schema}, err
}

func (d *Document) compile(n node) (*jsonschema.Schema, error) {
	if !n.exists() {
		return nil, fmt.Errorf("there is no schema at #%s", n.at)
	}
	at, err := url.Parse(baseURL)
	if err != nil {
		return nil, err
	}
	at.Fragment = n.at
	return d.compiler.Compile(at.String())
}

func itoa(n int) string { return strconv.Itoa(n) }
