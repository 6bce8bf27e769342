package contract

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

const small = `
openapi: 3.1.0
info: {title: Small, version: "1"}
x-common-headers:
  Univaf-Demo: {schema: {const: "yes"}}
x-other-responses:
  "404": {content: {application/json: {schema: {required: [error]}}}}
  "405": {headers: {Allow: {required: true, schema: {type: string}}}}
paths:
  /things:
    get:
      parameters:
        - {name: limit, in: query, schema: {type: integer, minimum: 1}}
        - {name: sources, in: query, schema: {type: array, items: {enum: [a, b]}}}
      responses:
        "200":
          headers:
            ETag: {required: true, schema: {type: string}}
          content:
            application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Thing"}}}
        "304": {description: Known.}
        "422": {$ref: "#/components/responses/Wrong"}
  /things/{id}:
    get:
      parameters:
        - {name: id, in: path, required: true, schema: {pattern: "^[a-z:/]+$"}}
      responses:
        "200":
          content:
            application/json: {schema: {$ref: "#/components/schemas/Thing"}}
  /things/all:
    get:
      responses:
        "200":
          content:
            application/x-ndjson: {schema: {$ref: "#/components/schemas/Thing"}}
            text/event-stream: {schema: {$ref: "#/components/schemas/Thing"}}
  /update:
    post:
      security: [{key: []}]
      requestBody:
        content:
          application/x-ndjson: {schema: {$ref: "#/components/schemas/Thing"}}
      responses:
        "200":
          content:
            application/x-ndjson: {schema: {required: [line, status]}}
        "204": {description: Nothing.}
components:
  responses:
    Wrong:
      content:
        application/problem+json: {schema: {required: [errors]}}
  schemas:
    Thing:
      type: object
      required: [at]
      properties:
        at: {type: string, format: date-time}
        name: {type: string}
      additionalProperties: false
`

func TestFaults(t *testing.T) {
	document, err := Load([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	const thing = `{"at":"2026-11-01T12:00:00Z"}`
	head := func(fields ...string) http.Header {
		h := http.Header{}
		for i := 0; i < len(fields); i += 2 {
			h.Add(fields[i], fields[i+1])
		}
		return h
	}
	json := head("Content-Type", "application/json; charset=utf-8")
	tagged := head("Content-Type", "application/json", "Etag", `"1"`)
	lines := head("Content-Type", "application/x-ndjson")
	for _, test := range []struct {
		name, request string
		sent          http.Header
		body          string
		status        int
		header        http.Header
		answer        string
		want          []string // a part of each fault
	}{
		{"all well", "GET /things?limit=1&sources=a,b", nil, "", 200, tagged, "[" + thing + "]", nil},
		{"HEAD", "HEAD /things", nil, "", 200, tagged, "", nil},
		{"a status", "GET /things", nil, "", 500, tagged, "[]", []string{"the answer 500 is not in the document"}},
		{"no ETag", "GET /things", nil, "", 200, json, "[]", []string{"there is no header ETag"}},
		{"another header", "GET /things", nil, "", 200, head("Content-Type", "application/json", "Etag", `"1"`, "Univaf-New", "1"), "[]", []string{"the header Univaf-New is not"}},
		{"a header's value", "GET /things", nil, "", 200, head("Content-Type", "application/json", "Etag", `"1"`, "Univaf-Demo", "no"), "[]", []string{"the header Univaf-Demo"}},
		{"a content type", "GET /things", nil, "", 200, head("Content-Type", "text/html", "Etag", `"1"`), "[]", []string{`the content type "text/html" is not`}},
		{"no JSON", "GET /things", nil, "", 200, tagged, "[", []string{"unexpected EOF"}},
		{"a missing member", "GET /things", nil, "", 200, tagged, "[{}]", []string{"missing property 'at'"}},
		{"an unknown member", "GET /things", nil, "", 200, tagged, `[{"at":"2026-11-01T12:00:00Z","x":1}]`, []string{"additional properties 'x' not allowed"}},
		{"a format", "GET /things", nil, "", 200, tagged, `[{"at":"yesterday"}]`, []string{"not valid date-time"}},
		{"an unknown parameter", "GET /things?x=1", nil, "", 200, tagged, "[]", []string{"the parameter x is not in the document"}},
		{"a parameter's value", "GET /things?limit=0&sources=a,c", nil, "", 200, tagged, "[]", []string{"the parameter limit", "the parameter sources"}},
		{"a parameter that was refused", "GET /things?limit=0&x=1", nil, "", 422, head("Content-Type", "application/problem+json"), `{"errors":[]}`, nil},
		{"a refusal that does not say why", "GET /things?limit=0", nil, "", 422, head("Content-Type", "application/problem+json"), `{}`, []string{"missing property 'errors'"}},
		{"304", "GET /things", nil, "", 304, nil, "", nil},
		{"a body too many", "POST /update", head("X-Api-Key", "k"), "", 204, nil, "{}", []string{"there is a body, and none in the document"}},

		{"a path", "GET /things/a%2Fb:c", nil, "", 200, json, thing, nil},
		{"a path's parameter", "GET /things/7", nil, "", 200, json, thing, []string{"the parameter id"}},
		{"a path without parameter goes first", "GET /things/all", nil, "", 200, lines, thing + "\n" + thing + "\n", nil},
		{"a bad line", "GET /things/all", nil, "", 200, lines, thing + "\n{}\n", []string{"line 2: "}},
		{"a line without end", "GET /things/all", nil, "", 200, lines, thing + "\n" + thing, []string{"the last line has no end"}},
		{"events", "GET /things/all", nil, "", 200, head("Content-Type", "text/event-stream"), ": hello\n\nid: 1\ndata: " + thing + "\n\ndata: {}\n\n", []string{"line 2: "}},

		{"no such address", "GET /nothing", nil, "", 404, json, `{"error":{}}`, nil},
		{"an address that is not described", "GET /nothing", nil, "", 200, json, `{}`, []string{"the answer 200 is not in the document"}},
		{"a method", "GET /update", nil, "", 405, head("Allow", "POST"), "", nil},
		{"a method, and what is allowed", "GET /update", nil, "", 405, head("Allow", "GET, POST"), "", []string{`Allow is "GET, POST", and the document has "POST"`}},
		{"a method, and 404", "GET /update", nil, "", 404, json, `{"error":{}}`, []string{`the answer is 404 and Allow is "", and the document has "POST"`}},
		{"a method that is taken all the same", "GET /update", nil, "", 200, json, `{}`, []string{"the answer is 200", "the answer 200 is not"}},

		{"no key", "POST /update", nil, "", 204, nil, "", []string{"no key was needed"}},
		{"a line that was taken", "POST /update", head("X-Api-Key", "k"), "{}\n{}\n" + thing + "\n", 200, lines, "{\"line\":1,\"status\":422}\n{\"line\":2,\"status\":200}\n{\"line\":3,\"status\":201}\n", []string{"the request was taken: line 2: "}},
	} {
		t.Run(test.name, func(t *testing.T) {
			method, target, _ := strings.Cut(test.request, " ")
			at, err := url.Parse(target)
			if err != nil {
				t.Fatal(err)
			}
			got := document.Faults(&Exchange{
				Method: method, URL: at, RequestHeader: test.sent, RequestBody: Body{Text: []byte(test.body)},
				Status: test.status, Header: test.header, Body: Body{Text: []byte(test.answer)},
			})
			if len(got) != len(test.want) {
				t.Fatalf("%d faults, want %d:\n%s", len(got), len(test.want), strings.Join(got, "\n"))
			}
			for i, want := range test.want {
				if !strings.Contains(got[i], want) {
					t.Errorf("%q, want %q", got[i], want)
				}
			}
		})
	}
}

func TestTransport(t *testing.T) {
	document, err := Load([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "application/x-ndjson")
			fmt.Fprintln(w, `{"line":1,"status":200}`)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("ETag", `"1"`)
		fmt.Fprint(w, `[{}]`)
	}))
	defer server.Close()
	var got []string
	client := http.Client{Transport: &Transport{Document: document, Base: http.DefaultTransport, Report: func(_ *http.Request, faults []string) {
		got = append(got, faults...)
	}}}
	for _, test := range []struct{ method, path, body, want string }{
		{"GET", "/things", "", "missing property 'at'"},
		{"POST", "/update", "{}\n", "the request was taken: line 1: "},
	} {
		got = nil
		req, err := http.NewRequest(test.method, server.URL+test.path, strings.NewReader(test.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Api-Key", "k")
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(resp.Body); err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if len(got) != 1 || !strings.Contains(got[0], test.want) {
			t.Errorf("%s: %q, want %q", test.path, got, test.want)
		}
	}
}
