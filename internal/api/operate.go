package api

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"
	"unicode/utf8"

	"getmyvax.org/univaf"
)

// Operations are what operators ask for; *store.Store does them.
type Operations interface {
	Pause(ctx context.Context, p univaf.Pause) error
	Keys(ctx context.Context) ([]univaf.Key, error)
}

func (s *Server) operateRoutes() {
	if s.PrimaryHost != "" {
		// The request may have come to another name, from a proxy. One that is no host is
		// trusted by nobody.
		_ = s.crossOrigin.AddTrustedOrigin("https://" + s.PrimaryHost)
	}
	s.handle(operate, "GET /operate/{$}", s.operators(s.operatePage))
	s.handle(operate, "POST /operate/sources/{name}/pause", s.operators(s.pauseSource))
	s.handle(operate, "POST /operate/sources/{name}/resume", s.operators(s.resumeSource))
}

// operate is how the pages for operators tell what went wrong: as text.
var operate = &dialect{fail: func(w http.ResponseWriter, e apiError) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(e.Status)
	_, _ = io.WriteString(w, e.Message+".\n")
}}

var (
	//go:embed operate.html
	operateText string
	//go:embed operate.css
	operateStyle string

	operateTemplate = template.Must(template.New("operate").Funcs(template.FuncMap{
		"moment": func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") },
		"day":    func(t time.Time) string { return t.UTC().Format(time.DateOnly) },
	}).Parse(operateText))

	// operatePolicy lets the page have its style, by its hash, and its forms, and nothing.
	operatePolicy = "default-src 'none'; style-src 'sha256-" + styleHash() + "'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

func styleHash() string {
	sum := sha256.Sum256([]byte(operateStyle))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// operateOrder has what needs somebody first, and last what nobody runs.
var operateOrder = []univaf.Health{
	univaf.HealthFailing, univaf.HealthLate, univaf.HealthDegraded, univaf.HealthPaused, univaf.HealthOK, univaf.HealthOff,
}

// operatePage shows how the sources do, with buttons that pause them, and the keys.
func (s *Server) operatePage(w http.ResponseWriter, r *http.Request, by string) error {
	sources, err := s.sourceStatuses(r.Context())
	if err != nil {
		return err
	}
	keys, err := s.Operations.Keys(r.Context())
	if err != nil {
		return err
	}
	slices.SortStableFunc(sources, func(a, b sourceStatus) int {
		return slices.Index(operateOrder, a.State) - slices.Index(operateOrder, b.State)
	})
	off := slices.IndexFunc(sources, func(one sourceStatus) bool { return one.State == univaf.HealthOff })
	if off < 0 {
		off = len(sources)
	}
	page := struct {
		By, Demo     string
		Style        template.CSS
		Now          time.Time
		Sources, Off []sourceStatus
		Keys         []univaf.Key
	}{By: by, Style: template.CSS(operateStyle), Now: s.Now(), Sources: sources[:off], Off: sources[off:], Keys: keys}
	if s.Demo != nil {
		page.Demo = DemoNotice
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", operatePolicy)
	return operateTemplate.Execute(w, page)
}

const (
	longestPause  = 90 * 24 * time.Hour
	longestReason = 500 // characters
	mostOfForm    = 16 << 10
)

// pauseSource keeps a source from being run for as long as the form says.
func (s *Server) pauseSource(w http.ResponseWriter, r *http.Request, by string) error {
	r.Body = http.MaxBytesReader(w, r.Body, mostOfForm)
	if err := r.ParseForm(); err != nil {
		return unreadable(err)
	}
	length, err := time.ParseDuration(r.PostForm.Get("for"))
	if err != nil || length <= 0 || length > longestPause {
		return badParameter("for", "The field 'for' must be a length of time from 1s to 2160h (90 days), such as 6h")
	}
	reason := r.PostForm.Get("reason")
	if utf8.RuneCountInString(reason) > longestReason || !utf8.ValidString(reason) {
		return badParameter("reason", "The field 'reason' may have at most 500 characters")
	}
	now := s.Now()
	return s.setPause(w, r, by, univaf.Pause{Since: now, Until: now.Add(length), Reason: reason})
}

// resumeSource lets a source be run again.
func (s *Server) resumeSource(w http.ResponseWriter, r *http.Request, by string) error {
	now := s.Now()
	return s.setPause(w, r, by, univaf.Pause{Since: now, Until: now})
}

func (s *Server) setPause(w http.ResponseWriter, r *http.Request, by string, p univaf.Pause) error {
	runs, err := s.Runs.Runs(r.Context(), 1)
	if err != nil {
		return err
	}
	p.Source = r.PathValue("name")
	if !slices.ContainsFunc(s.allSources(runs), func(known Source) bool { return known.Name == p.Source }) {
		return apiError{Status: http.StatusNotFound, Code: "not_found", Message: "There is no source of that name"}
	}
	if err := s.Operations.Pause(r.Context(), p); err != nil {
		return err
	}
	s.Log.InfoContext(r.Context(), "pause of a source set", "source", p.Source, "until", p.Until, "by", by)
	w.Header().Set("Location", (&url.URL{Path: "/operate/", Fragment: p.Source}).String())
	w.WriteHeader(http.StatusSeeOther)
	return nil
}
