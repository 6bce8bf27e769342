package api

import (
	"fmt"
	"net/http"

	"getmyvax.org/univaf"
)

// keyHolder tells whose key the request shows in x-api-key. A wrong key is as good as
// none.
func (s *Server) keyHolder(r *http.Request) (key *univaf.Key, ok bool) {
	text := r.Header.Get("X-Api-Key")
	if text == "" {
		return nil, false
	}
	return s.Keys.Find(text)
}

// authorize checks that the request shows a key that is good for what it asks. The error
// is refused if not.
func (s *Server) authorize(r *http.Request, scope univaf.Scope, refused apiError) error {
	key, known := s.keyHolder(r)
	if known && key.May(scope) {
		return nil
	}
	if !known && r.Header.Get("X-Api-Key") != "" {
		return s.refuse(refused)
	}
	return refused
}

// refuse is the answer to a key that is not known. It may be a good one as long as the
// keys have not been read.
func (s *Server) refuse(refused apiError) error {
	select {
	case <-s.Keys.Loaded():
		return refused
	default:
		return fmt.Errorf("keys are not read yet: %w", univaf.ErrUnavailable)
	}
}

var notOperator = apiError{
	Status: http.StatusUnauthorized, Code: "unauthorized",
	Message: "This page is for operators: give a key of scope admin as the password, and any name",
}

var otherOrigin = apiError{
	Status: http.StatusForbidden, Code: "cross_origin", Message: "Another site's page asked for this; it was not done",
}

// An operatorHandler is a handler of the pages for operators. by is the name of the key.
type operatorHandler func(w http.ResponseWriter, r *http.Request, by string) error

// operators lets those pass who show a key of scope admin: in x-api-key or, as browsers
// do, as the password of HTTP's Basic authentication (RFC 7617). Browsers add a password
// to whatever is sent here, so no other site's page may have them change anything.
//
// Basic authentication is for these pages alone: the API has no such protection.
func (s *Server) operators(h operatorHandler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		header := w.Header()
		header.Del("Access-Control-Allow-Origin")
		setHeader(header, "Cache-Control", cacheNever)
		text := r.Header.Get("X-Api-Key")
		if _, password, given := r.BasicAuth(); given {
			text = password
		}
		key, known := s.Keys.Find(text)
		if !known || !key.May(univaf.ScopeAdmin) {
			header.Set("WWW-Authenticate", `Basic realm="UNIVAF", charset="UTF-8"`)
			if text != "" && !known {
				return s.refuse(notOperator)
			}
			return notOperator
		}
		if s.crossOrigin.Check(r) != nil {
			return otherOrigin
		}
		return h(w, r, key.Name)
	}
}
