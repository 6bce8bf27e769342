package api

import (
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"getmyvax.org/univaf"
)

// Header values that many answers share. They are set as they are, without a copy.
var (
	cacheData    = []string{"public, max-age=10"}
	cachePrivate = []string{"private, max-age=10"}
	cachePage    = []string{"public, max-age=600"}
	cacheNever   = []string{"no-store"}

	varyEncoding       = []string{"Accept-Encoding"}
	varyEncodingAndKey = []string{"Accept-Encoding, X-Api-Key"}
)

// setHeader sets a value that may be shared. name is in canonical form.
func setHeader(h http.Header, name string, value []string) { h[name] = value }

// A headerField is a header of every answer.
type headerField struct {
	name  string // in canonical form
	value []string
}

// DemoNotice is what every answer of a demonstration says.
const DemoNotice = "This is a demonstration: every place and appointment in it is fictitious."

// commonHeaders gives what all answers have in common. The API is open to any page: it
// has no cookies, and a key is sent by those who mean to.
func (s *Server) commonHeaders() []headerField {
	list := []headerField{
		{"Access-Control-Allow-Origin", []string{"*"}},
		{"Access-Control-Expose-Headers", []string{"ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After, Sunset, Univaf-As-Of, Univaf-Cursor, Univaf-Demo, Univaf-Warning"}},
		{"X-Content-Type-Options", []string{"nosniff"}},
	}
	if s.Demo != nil {
		list = append(list, headerField{"Univaf-Demo", []string{DemoNotice}})
	}
	return list
}

func (s *Server) withCommonHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		for _, field := range s.common {
			setHeader(h, field.name, field.value)
		}
		if inFolder(r.URL.Path, "/api") || r.URL.Path == "/update" || inFolder(r.URL.Path, "/locations") {
			s.setSunset(h)
		}
		next.ServeHTTP(w, r)
	})
}

// An asOfHeader is a time as Univaf-As-Of gives it.
type asOfHeader struct {
	at    time.Time
	value []string
}

// setAsOf says when the data was last known to be current.
func (s *Server) setAsOf(h http.Header) {
	at := s.Catalog.AsOf()
	last := s.asOf.Load()
	if last == nil || !last.at.Equal(at) {
		last = &asOfHeader{at, []string{univaf.FormatTime(at)}}
		s.asOf.Store(last)
	}
	setHeader(h, "Univaf-As-Of", last.value)
}

func inFolder(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}

// setSunset announces the API's end (RFC 8594).
func (s *Server) setSunset(h http.Header) {
	if !s.Sunset.IsZero() {
		h.Set("Sunset", s.Sunset.UTC().Format(http.TimeFormat))
	}
	if s.SunsetInfo != "" {
		h.Add("Link", fmt.Sprintf("<%s>; rel=\"sunset\"", s.SunsetInfo))
	}
}

// preflight answers a browser that asks whether it may send a request (Fetch
// standard, CORS protocol).
func preflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Vary", "Access-Control-Request-Headers")
	h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, OPTIONS")
	if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
		h.Set("Access-Control-Allow-Headers", asked)
	}
	h.Set("Access-Control-Max-Age", "86400")
	w.WriteHeader(http.StatusNoContent)
}

// recovered turns a panic into a 500, so that one bad request ends nothing else.
func (s *Server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(v)
			}
			s.Log.ErrorContext(r.Context(), "panic", "path", r.URL.Path, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
			dialectOf(r).fail(w, internalError)
		}()
		next.ServeHTTP(w, r)
	})
}

// Base is the scheme and host that links start with.
func (s *Server) Base(r *http.Request) string {
	if s.PrimaryHost != "" {
		return "https://" + s.PrimaryHost
	}
	scheme, host := "http", r.Host
	if r.TLS != nil {
		scheme = "https"
	}
	if s.isProxy(peer(r)) {
		if proto := firstOf(r.Header.Get("X-Forwarded-Proto")); proto == "http" || proto == "https" {
			scheme = proto
		}
		if forwarded := firstOf(r.Header.Get("X-Forwarded-Host")); forwarded != "" {
			host = forwarded
		}
	}
	return scheme + "://" + host
}

func firstOf(list string) string {
	first, _, _ := strings.Cut(list, ",")
	return strings.TrimSpace(first)
}
