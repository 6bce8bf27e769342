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
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"getmyvax.org/univaf/internal/openapi"
)

// A Document is an OpenAPI document (version 3.1), its schemas compiled.
type Document struct {
	root       openapi.Node
	value      any // the same, as the compiler of schemas has it
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
	root, err := openapi.Parse(text)
	if err != nil {
		return nil, err
	}
	d := &Document{root: root, value: value, compiler: jsonschema.NewCompiler()}
	d.compiler.AssertFormat()
	if err := d.compiler.AddResource(baseURL, value); err != nil {
		return nil, err
	}
	for name := range d.root.Get("components", "schemas").Members() {
		if _, err := d.compile(d.root.Get("components", "schemas", name)); err != nil {
			return nil, err
		}
	}
	if d.common, err = d.headers(d.root.Get("x-common-headers")); err != nil {
		return nil, err
	}
	if d.elsewhere, err = d.responses(d.root.Get("x-other-responses")); err != nil {
		return nil, err
	}
	for path, item := range d.root.Get("paths").Members() {
		for method, described := range item.Members() {
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

func (d *Document) operation(method, path string, n openapi.Node) (op *operation, err error) {
	op = &operation{method: method, path: path, steps: strings.Split(path, "/")}
	for _, p := range n.Get("parameters").Elements() {
		value, err := d.textual(p.Get("schema"))
		if err != nil {
			return op, err
		}
		op.parameters = append(op.parameters, parameter{p.Get("name").Text(), p.Get("in").Text(), p.Get("required").IsTrue(), value})
	}
	ways := n.Get("security").Elements()
	op.locked = len(ways) > 0 && !slices.ContainsFunc(ways, func(way openapi.Node) bool { return way.JSON() == "{}" })
	if op.request, err = d.content(n.Get("requestBody", "content")); err != nil {
		return op, err
	}
	op.responses, err = d.responses(n.Get("responses"))
	return op, err
}

func (d *Document) responses(n openapi.Node) (map[string]*response, error) {
	list := map[string]*response{}
	for status, described := range n.Members() {
		headers, err := d.headers(described.Get("headers"))
		if err != nil {
			return nil, err
		}
		bodies, err := d.content(described.Get("content"))
		if err != nil {
			return nil, err
		}
		list[status] = &response{headers, bodies}
	}
	return list, nil
}

func (d *Document) headers(n openapi.Node) (list []header, err error) {
	for name, described := range n.Members() {
		value, err := d.textual(described.Get("schema"))
		if err != nil {
			return nil, err
		}
		list = append(list, header{name, described.Get("required").IsTrue(), value})
	}
	return list, nil
}

func (d *Document) content(n openapi.Node) (content, error) {
	list := content{}
	for kind, described := range n.Members() {
		schema, err := d.compile(described.Get("schema"))
		if err != nil {
			return nil, err
		}
		list[kind] = schema
	}
	return list, nil
}

func (d *Document) textual(n openapi.Node) (textual, error) {
	schema, err := d.compile(n)
	return textual{n.Get("type").Text(), schema}, err
}

func (d *Document) compile(n openapi.Node) (*jsonschema.Schema, error) {
	if !n.Exists() {
		return nil, fmt.Errorf("there is no schema at #%s", n.Pointer)
	}
	at, err := url.Parse(baseURL)
	if err != nil {
		return nil, err
	}
	at.Fragment = n.Pointer
	return d.compiler.Compile(at.String())
}
