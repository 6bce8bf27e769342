package openapi

import (
	"html"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const small = `
openapi: 3.1.0
info:
  title: Small <API>
  description: |
    What it is **for**.

    ## Good to know

    - <script>alert(1)</script> one
tags:
  - {name: Things}
paths:
  /things/{id}:
    post:
      operationId: change
      tags: [Things]
      deprecated: true
      security: [{key: []}]
      x-example-request: /things/7
      parameters:
        - {name: id, in: path, required: true, description: Its "id".}
        - {name: limit, in: query, schema: {type: integer, minimum: 1, default: 5}}
      requestBody:
        content:
          application/json: {schema: {$ref: "#/components/schemas/Thing"}, example: {name: "it's"}}
      responses:
        "200":
          description: It is changed.
          headers: {ETag: {schema: {type: string}}}
          content:
            application/x-ndjson:
              schema: {$ref: "#/components/schemas/Thing"}
              examples: {a: {value: {name: a, n: 1.5}}, b: {value: {name: null}}}
components:
  schemas:
    Kind: {enum: [small, null]}
    Base: {type: object, properties: {id: {type: string, format: uuid}}}
    Thing:
      allOf: [{$ref: "#/components/schemas/Base"}]
      required: [id, name]
      properties:
        name: {type: [string, "null"], description: What it is called.}
        kind: {$ref: "#/components/schemas/Kind", description: Of what kind.}
        parts:
          type: array
          items: {type: object, required: [at], properties: {at: {type: string, format: date-time}}}
        size: {anyOf: [{type: integer, minimum: 0, maximum: 9}, {type: "null"}]}
        tags: {type: array, items: {type: string}}
        pair: {type: array, prefixItems: [{type: string}, {type: [string, number]}], items: false}
`

// words gives what a browser shows of HTML, blanks as one.
func words(text string) string {
	text = regexp.MustCompile(`(?s)<style>.*</style>|<[^>]*>`).ReplaceAllString(text, " ")
	return html.UnescapeString(strings.Join(strings.Fields(text), " "))
}

func TestPage(t *testing.T) {
	root, err := Parse([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	out, err := Page(root, Options{
		Base: "https://a.example", Notice: "Mind <this>", Try: []string{"/things?a=1&b=2"},
		Examples: []Example{{ID: "one", Title: "Do it", Text: "With `care`.", Code: []Code{{"Python", "print(1 < 2)"}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	page := words(string(out))
	for _, want := range []string{
		"Small <API>", "Mind <this>", "What it is for .", "Good to know", "curl 'https://a.example/things?a=1&b=2'",
		"POST /things/{id}", "kept for existing clients", "needs a key",
		`id required in the path anything Its "id".`, "limit integer, at least 1, by default 5",
		`curl 'https://a.example/things/7' \ -H 'x-api-key: KEY' \ -H 'content-type: application/json' \ --data-binary '{"name": "it'\''s"}'`,
		"Body application/json Thing", "200 Thing application/x-ndjson It is changed. ETag", `{"name": "a", "n": 1.5} {"name": null}`,
		"Kind small or null", "Thing Member Value Meaning id UUID name string or null What it is called. kind optional Kind Of what kind.",
		"parts optional list of object parts[].at date and time size optional integer, at most 9 or null",
		"tags optional list of strings pair optional [string, string or number]",
		"Do it With care . Python print(1 < 2)",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in:\n%s", want, page)
		}
	}
	if strings.Contains(string(out), "<script") {
		t.Error("the page has a script")
	}
}

// The page of this API leads nowhere that is not on it, and needs nothing else.
func TestPageOfThisAPI(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "api", "openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	root, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	out, err := Page(root, Options{})
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, match := range regexp.MustCompile(` id="([^"]*)"`).FindAllSubmatch(out, -1) {
		if id := string(match[1]); ids[id] {
			t.Errorf("the id %s is there twice", id)
		} else {
			ids[id] = true
		}
	}
	for _, match := range regexp.MustCompile(` (?:href|src)="([^"]*)"`).FindAllSubmatch(out, -1) {
		to := string(match[1])
		if id, inside := strings.CutPrefix(to, "#"); to != "/openapi.yaml" && (!inside || !ids[id]) {
			t.Errorf("a link leads to %s", to)
		}
	}
	if i := slices.Index(strings.Fields(string(out)), "ZgotmplZ"); i >= 0 {
		t.Error("the template does not trust a value")
	}
	page := words(string(out))
	for path, item := range root.Get("paths").Members() {
		for method := range item.Members() {
			if want := strings.ToUpper(method) + " " + path; !strings.Contains(page, want) {
				t.Errorf("%s is not on the page", want)
			}
		}
	}
}

func TestPretty(t *testing.T) {
	for _, test := range []struct{ yaml, want string }{
		{`{a: 1, b: [x, null, true], "c<d": 1.50}`, `{"a": 1, "b": ["x", null, true], "c<d": 1.5}`},
		{
			"name: " + strings.Repeat("x", 80) + "\nlist: [1, 2]\nparts:\n  - at: " + strings.Repeat("y", 90) + "\n",
			"{\n  \"name\": \"" + strings.Repeat("x", 80) + "\",\n  \"list\": [1, 2],\n  \"parts\": [\n    {\n      \"at\": \"" + strings.Repeat("y", 90) + "\"\n    }\n  ]\n}",
		},
	} {
		root, err := Parse([]byte(test.yaml))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, pretty(root.value, "")); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}
