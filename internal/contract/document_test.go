package contract

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
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
	if err := schema.Validate(ours(t).root.value); err != nil {
		t.Error(err)
	}
}

// What the schema of OpenAPI can't see.
func TestDocumentHoldsTogether(t *testing.T) {
	document := ours(t)
	root := document.root
	walk(root, func(n node) {
		if members, ok := n.value.(map[string]any); ok && textOf(members["$ref"]) != "" {
			if target := (node{root.root, map[string]any{"$ref": members["$ref"]}, n.at}).followed(); !target.exists() {
				t.Errorf("#%s refers to %s, which is not there", n.at, members["$ref"])
			}
		}
	})
	var tags, ids []string
	for _, tag := range root.get("tags").elements() {
		tags = append(tags, tag.get("name").text())
	}
	for path, item := range root.get("paths").members() {
		for method, op := range item.members() {
			name := strings.ToUpper(method) + " " + path
			if id := op.get("operationId").text(); id == "" || slices.Contains(ids, id) {
				t.Errorf("%s: operationId %q is none or not its own", name, id)
			} else {
				ids = append(ids, id)
			}
			if of := op.get("tags").elements(); len(of) != 1 || !slices.Contains(tags, of[0].text()) {
				t.Errorf("%s: it has not one tag of those in the list", name)
			}
			for _, way := range op.get("security").elements() {
				for scheme := range way.members() {
					if !root.get("components", "securitySchemes", scheme).exists() {
						t.Errorf("%s: there is no security scheme %s", name, scheme)
					}
				}
			}
			if deprecated := !strings.HasPrefix(path, "/api/v1/") && op.get("tags").elements()[0].text() == "Old API"; op.get("deprecated").isTrue() != deprecated {
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
	walk(document.root, func(n node) {
		value, isExample := n.value.(map[string]any)
		if !isExample || value["schema"] == nil {
			return
		}
		schema, err := document.compile(n.get("schema"))
		if err != nil {
			t.Error(err)
			return
		}
		examples := map[string]node{}
		if one := n.get("example"); one.exists() {
			examples["example"] = one
		}
		for name, one := range n.get("examples").members() {
			examples[name] = one.get("value")
		}
		for name, one := range examples {
			looked++
			if err := schema.Validate(one.value); err != nil {
				t.Errorf("#%s: %s: %v", n.at, name, err)
			}
		}
	})
	for name, n := range document.root.get("components", "schemas").members() {
		schema, err := document.compile(n)
		if err != nil {
			t.Error(err)
			continue
		}
		for i, one := range n.get("examples").elements() {
			looked++
			if err := schema.Validate(one.value); err != nil {
				t.Errorf("%s: example %d: %v", name, i, err)
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
	for path, item := range root.get("paths").members() {
		if !strings.HasPrefix(path, "/api/v1/") {
			continue
		}
		for method, op := range item.members() {
			for status, response := range op.get("responses").members() {
				if status < "400" {
					continue
				}
				want := "#/components/schemas/Problem"
				if status == "422" {
					want = "#/components/schemas/FieldProblem"
				}
				schema, _ := response.get("content", "application/problem+json").value.(map[string]any)
				if got := fmt.Sprint(schema["schema"]); got != fmt.Sprint(map[string]any{"$ref": want}) {
					t.Errorf("%s %s: %s has the schema %s, want %s", method, path, status, got, want)
				}
			}
		}
	}
}

// walk calls f with each value in the document where it stands, references not followed.
func walk(n node, f func(node)) {
	f(n)
	switch value := n.value.(type) {
	case map[string]any:
		for name, one := range value {
			walk(node{n.root, one, n.at + "/" + escapePointer.Replace(name)}, f)
		}
	case []any:
		for i, one := range value {
			walk(node{n.root, one, n.at + "/" + itoa(i)}, f)
		}
	}
}
