package api

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"
)

// How long an answer may be kept.
const (
	dataAge = 10 * time.Second
	pageAge = 10 * time.Minute
)

// DemoNotice is what every answer of a demonstration says.
const DemoNotice = "This is a demonstration: every place and appointment in it is fictitious."

func setCache(w http.ResponseWriter, scope string, age time.Duration) {
	w.Header().Set("Cache-Control", fmt.Sprintf("%s, max-age=%d", scope, int(age.Seconds())))
}

// withCommonHeaders sets what all answers have in common. The API is open to any
// page: it has no cookies, and a key is sent by those who mean to.
func (s *Server) withCommonHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Access-Control-Expose-Headers", "ETag, Link, Location, Retry-After, Sunset, Univaf-As-Of, Univaf-Demo, Univaf-Warning")
		h.Set("X-Content-Type-Options", "nosniff")
		if s.Demo != nil {
			h.Set("Univaf-Demo", DemoNotice)
		}
		if inFolder(r.URL.Path, "/api") || r.URL.Path == "/update" || inFolder(r.URL.Path, "/locations") {
			s.setSunset(h)
		}
		next.ServeHTTP(w, r)
	})
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
			edge.fail(w, internalError)
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
	if s.fromProxy(r) {
		if proto := firstOf(r.Header.Get("X-Forwarded-Proto")); proto == "http" || proto == "https" {
			scheme = proto
		}
		if forwarded := firstOf(r.Header.Get("X-Forwarded-Host")); forwarded != "" {
			host = forwarded
		}
	}
	return scheme + "://" + host
}

func (s *Server) fromProxy(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	for _, prefix := range s.Proxies {
		if prefix.Contains(addr.Unmap()) {
			return true
		}
	}
	return false
}

func firstOf(list string) string {
	first, _, _ := strings.Cut(list, ",")
	return strings.TrimSpace(first)
}
