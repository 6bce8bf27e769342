package api

import (
	"context"
	"net/http"
	"time"

	"getmyvax.org/univaf"
)

// health tells that the process lives.
func (s *Server) health(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Vary", "Accept-Encoding")
	setHeader(w.Header(), "Cache-Control", cacheNever)
	_, err := w.Write([]byte("OK!"))
	return err
}

// readiness is the body of /ready.
type readiness struct {
	Ready     bool    `json:"ready"`
	Reason    string  `json:"reason,omitempty"` // why not
	Locations int     `json:"locations"`
	AsOf      *string `json:"as_of"`    // when the data was last known to be current
	Database  string  `json:"database"` // "ok" or "unavailable"
}

// ready tells whether requests should be sent here: the data is loaded and the
// server is not shutting down. The database may be away; reads work without it.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) error {
	state := readiness{Ready: true, Database: "ok"}
	ctx, cancel := context.WithTimeout(r.Context(), time.Second)
	defer cancel()
	if s.Ping(ctx) != nil {
		state.Database = "unavailable"
	}
	if view := s.Catalog.View(); view == nil {
		state.Ready, state.Reason = false, "the data is not loaded yet"
	} else {
		asOf := univaf.FormatTime(s.Catalog.AsOf())
		state.AsOf, state.Locations = &asOf, view.Len()
	}
	select {
	case <-s.draining:
		state.Ready, state.Reason = false, "the server is shutting down"
	default:
	}
	text, err := marshal(state)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", jsonType[0])
	setHeader(w.Header(), "Cache-Control", cacheNever)
	if !state.Ready {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_, err = w.Write(append(text, '\n'))
	return err
}
