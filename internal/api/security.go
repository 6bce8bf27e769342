package api

import (
	"fmt"
	"net/http"
	"time"
)

// securityTextLasts is how long what /.well-known/security.txt says may be relied on.
// RFC 9116 recommends less than a year.
const securityTextLasts = 180 * 24 * time.Hour

// securityText tells whom to tell of weaknesses (RFC 9116).
func (s *Server) securityText(w http.ResponseWriter, _ *http.Request) error {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	setHeader(h, "Cache-Control", cachePage)
	expires := s.Now().UTC().Truncate(24 * time.Hour).Add(securityTextLasts)
	text := fmt.Sprintf("Contact: %s\nExpires: %s\n", s.SecurityContact, expires.Format(time.RFC3339))
	if s.PrimaryHost != "" {
		text += "Canonical: https://" + s.PrimaryHost + "/.well-known/security.txt\n"
	}
	_, err := w.Write([]byte(text))
	return err
}
