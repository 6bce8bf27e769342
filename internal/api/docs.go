package api

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html"
	"io"
	"net/http"
	"sync"

	"getmyvax.org/univaf/docs/api/examples"
	"getmyvax.org/univaf/internal/openapi"
)

// description is the API's description (OpenAPI 3.1), which the tests hold it to.
//
//go:embed openapi.yaml
var description []byte

var (
	htmlType = []string{"text/html; charset=utf-8"}
	yamlType = []string{"application/yaml"}

	docsPolicy = []string{"default-src 'none'; style-src " + openapi.StyleHash() + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"}
)

// root sends people to the documentation.
func (s *Server) root(w http.ResponseWriter, _ *http.Request) error {
	h := w.Header()
	h.Set("Location", "/docs/")
	h.Set("Vary", "Accept, Accept-Encoding")
	h.Set("Content-Type", "text/plain; charset=utf-8")
	setHeader(w.Header(), "Cache-Control", cachePage)
	w.WriteHeader(http.StatusFound)
	_, err := w.Write([]byte("Found. Redirecting to /docs/"))
	return err
}

// exampleBase stands for the server's address in the contract's examples.
const exampleBase = "https://univaf.example"

// docsPage shows the contract to people, with exampleBase for the address. Making it
// takes some time, so that is done when the first one asks.
func docsPage(notice string) func() ([]byte, error) {
	return sync.OnceValues(func() ([]byte, error) {
		root, err := openapi.Parse(description)
		if err != nil {
			return nil, err
		}
		options := openapi.Options{Base: exampleBase, Notice: notice, Try: []string{
			"/api/v1/locations?state=NJ&limit=5", "/api/v1/locations.ndjson", "/api/v1/availability?limit=5",
		}}
		for _, task := range examples.Tasks {
			example := openapi.Example{ID: task.Name, Title: task.Title, Text: task.Text}
			for _, language := range examples.Languages {
				text, err := examples.Files.ReadFile(task.Name + language.Suffix)
				if err != nil {
					return nil, err
				}
				example.Code = append(example.Code, openapi.Code{Language: language.Name, Text: string(text)})
			}
			options.Examples = append(options.Examples, example)
		}
		return openapi.Page(root, options)
	})
}

func (s *Server) demoNotice() string {
	if s.Demo == nil {
		return ""
	}
	return DemoNotice
}

// docs shows what there is and how to ask for it.
func (s *Server) docs(w http.ResponseWriter, r *http.Request) error {
	page, err := s.docsPage()
	if err != nil {
		return err
	}
	setHeader(w.Header(), "Content-Security-Policy", docsPolicy)
	page = bytes.ReplaceAll(page, []byte(exampleBase), []byte(html.EscapeString(s.Base(r))))
	return s.writePage(w, r, htmlType, page)
}

// openapi gives the contract to programs.
func (s *Server) openapi(w http.ResponseWriter, r *http.Request) error {
	return s.writePage(w, r, yamlType, description)
}

// writePage writes a body that is the same for everybody, or 304 if the client has it.
func (s *Server) writePage(w http.ResponseWriter, r *http.Request, contentType []string, body []byte) error {
	h := w.Header()
	encoding := negotiate(r.Header.Get("Accept-Encoding"))
	sum := sha256.Sum256(append([]byte(encoding+":"), body...))
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
	setHeader(h, "Etag", []string{tag})
	setHeader(h, "Vary", varyEncoding)
	setHeader(h, "Cache-Control", cachePage)
	if matches(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	setHeader(h, "Content-Type", contentType)
	if encoding != "" {
		var err error
		body, err = s.kept.get(r.Context(), tag, func() ([]byte, error) {
			return compress(func(w io.Writer) error { _, err := w.Write(body); return err }, encoding)
		})
		if err != nil {
			return err
		}
		h.Set("Content-Encoding", encoding)
	}
	setLength(h, len(body))
	if r.Method == http.MethodHead {
		return nil
	}
	_, err := s.patient(w).Write(body)
	return err
}
