package contract

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"getmyvax.org/univaf/internal/openapi"
)

// ours loads the document of this API.
func ours(t *testing.T) *Document {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "api", "openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	document, err := Load(text)
	if err != nil {
		t.Fatal(err)
	}
	return document
}

func TestDocumentIsOpenAPI(t *testing.T) {
	// The schema is the OpenAPI Initiative's: https://spec.openapis.org/oas/3.1/schema/2022-10-07
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join("testdata", "openapi-3.1.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(ours(t).value); err != nil {
		t.Error(err)
	}
}

// What the schema of OpenAPI can't see.
func TestDocumentHoldsTogether(t *testing.T) {
	document := ours(t)
	root := document.root
	root.Walk(func(n openapi.Node) {
		if to := n.Reference(); to != "" && !n.At(to).Exists() {
			t.Errorf("#%s refers to %s, which is not there", n.Pointer, to)
		}
	})
	var tags, ids []string
	for _, tag := range root.Get("tags").Elements() {
		tags = append(tags, tag.Get("name").Text())
	}
	for path, item := range root.Get("paths").Members() {
		for method, op := range item.Members() {
			name := strings.ToUpper(method) + " " + path
			if id := op.Get("operationId").Text(); id == "" || slices.Contains(ids, id) {
				t.Errorf("%s: operationId %q is none or not its own", name, id)
			} else {
				ids = append(ids, id)
			}
			if of := op.Get("tags").Elements(); len(of) != 1 || !slices.Contains(tags, of[0].Text()) {
				t.Errorf("%s: it has not one tag of those in the list", name)
			}
			for _, way := range op.Get("security").Elements() {
				for scheme := range way.Members() {
					if !root.Get("components", "securitySchemes", scheme).Exists() {
						t.Errorf("%s: there is no security scheme %s", name, scheme)
					}
				}
			}
			if deprecated := !strings.HasPrefix(path, "/api/v1/") && op.Get("tags").Elements()[0].Text() == "Old API"; op.Get("deprecated").IsTrue() != deprecated {
				t.Errorf("%s: what is old is deprecated, and nothing else", name)
			}
		}
	}
	for _, op := range document.operations {
		for _, step := range op.steps {
			if name := strings.Trim(step, "{}"); name != step && !slices.ContainsFunc(op.parameters, func(p parameter) bool {
				return p.in == "path" && p.name == name && p.required
			}) {
				t.Errorf("%s %s: the parameter %s is not described", op.method, op.path, name)
			}
		}
	}
}

func TestExamplesAreValid(t *testing.T) {
	document := ours(t)
	looked := 0
	document.root.Walk(func(n openapi.Node) {
		if !n.Get("schema").Exists() {
			return
		}
		schema, err := document.compile(n.Get("schema"))
		if err != nil {
			t.Error(err)
			return
		}
		for i, one := range n.Examples() {
			looked++
			if err := schema.Validate(valueOf(t, one)); err != nil {
				t.Errorf("#%s: example %d: %v", n.Pointer, i+1, err)
			}
		}
	})
	for name, n := range document.root.Get("components", "schemas").Members() {
		schema, err := document.compile(n)
		if err != nil {
			t.Error(err)
			continue
		}
		for i, one := range n.Get("examples").Elements() {
			looked++
			if err := schema.Validate(valueOf(t, one)); err != nil {
				t.Errorf("%s: example %d: %v", name, i+1, err)
			}
		}
	}
	if looked < 10 {
		t.Errorf("there are only %d examples", looked)
	}
}

// Errors that are 4xx or 5xx of /api/v1 are problem details, and 422 names what is wrong.
func TestErrorsAreProblems(t *testing.T) {
	root := ours(t).root
	for path, item := range root.Get("paths").Members() {
		if !strings.HasPrefix(path, "/api/v1/") {
			continue
		}
		for method, op := range item.Members() {
			for status, response := range op.Get("responses").Members() {
				if status < "400" {
					continue
				}
				want := "/components/schemas/Problem"
				if status == "422" {
					want = "/components/schemas/FieldProblem"
				}
				if got := response.Get("content", "application/problem+json", "schema").Pointer; got != want {
					t.Errorf("%s %s: %s has the schema %s, want %s", method, path, status, got, want)
				}
			}
		}
	}
}

// valueOf gives the node's value as schemas read it.
func valueOf(t *testing.T, n openapi.Node) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(n.JSON()))
	if err != nil {
		t.Fatal(err)
	}
	return v
}
