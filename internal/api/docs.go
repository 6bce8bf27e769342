package api

import (
	_ "embed"
	"html/template"
	"net/http"
)

//go:embed docs.html
var docsText string

var docsPage = template.Must(template.New("docs").Parse(docsText))

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

// docs shows what there is and how to ask for it.
func (s *Server) docs(w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'")
	setHeader(w.Header(), "Cache-Control", cachePage)
	notice := ""
	if s.Demo != nil {
		notice = DemoNotice
	}
	return docsPage.Execute(w, struct{ Base, Demo string }{s.Base(r), notice})
}
