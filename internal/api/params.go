package api

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/catalog"
	"getmyvax.org/univaf/internal/usa"
)

// maxPage is the most entries of a page, and how many it has if nothing else is
// asked for.
const maxPage = 2000

var notAuthorized = apiError{Status: http.StatusForbidden, Code: "not_authorized", Message: "Not authorized for private data"}

// parameters reads the query string; a malformed one is an error rather than half
// read.
func parameters(r *http.Request) (url.Values, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, apiError{Status: http.StatusBadRequest, Code: "bad_request", Message: "The query string can't be read: " + err.Error()}
	}
	return values, nil
}

// pick reads the query string, and of it include_private and sources.
func (s *Server) pick(r *http.Request) (p catalog.Pick, values url.Values, err error) {
	if values, err = parameters(r); err != nil {
		return p, nil, err
	}
	if p.Private, err = readBool(values, "include_private"); err != nil {
		return p, nil, err
	}
	if p.Private {
		if err := s.authorize(r, univaf.ScopeReadPrivate, notAuthorized); err != nil {
			return p, nil, err
		}
	}
	p.Outlook = s.Catalog.Outlook(s.Now())
	for one := range strings.SplitSeq(values.Get("sources"), ",") {
		if one = strings.TrimSpace(one); one != "" && !slices.Contains(p.Sources, one) {
			p.Sources = append(p.Sources, one)
		}
	}
	return p, values, nil
}

// query reads what a list of locations is asked for, and how long it may be.
func (s *Server) query(r *http.Request) (q catalog.Query, limit int, err error) {
	var values url.Values
	if q.Pick, values, err = s.pick(r); err != nil {
		return q, 0, err
	}
	q.Provider = values.Get("provider")
	if text := values.Get("state"); text != "" {
		code, ok := usa.StateCode(text)
		if !ok {
			return q, 0, badParameter("state", "The 'state' query param must be the USPS code or the name of a US state or territory, not "+strconv.Quote(text))
		}
		q.State = code
	}
	if q.After, err = readCursor(values.Get("page_next")); err != nil {
		return q, 0, err
	}
	limit, err = readLimit(values)
	return q, limit, err
}

func readBool(values url.Values, name string) (bool, error) {
	switch values.Get(name) {
	case "true", "1":
		return true, nil
	case "", "false", "0":
		return false, nil
	}
	return false, badParameter(name, "The '"+name+"' query param must be true or false")
}

func readLimit(values url.Values) (int, error) {
	text := values.Get("limit")
	if text == "" {
		return maxPage, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil && strings.Trim(text, "0123456789") == "" {
		n, err = maxPage, nil // more digits than fit
	}
	if err != nil {
		return 0, badParameter("limit", "The 'limit' query param must be a whole number, not "+strconv.Quote(text))
	}
	if n <= 0 {
		return 0, badParameter("limit", "The 'limit' query param must be > 0")
	}
	return min(n, maxPage), nil
}

// readCursor reads what cursorText wrote.
func readCursor(text string) (catalog.Cursor, error) {
	if text == "" {
		return catalog.Cursor{}, nil
	}
	at, id, _ := strings.Cut(text, ",")
	t, err := univaf.ParseTime(at)
	if _, badID := uuid.Parse(id); err != nil || badID != nil {
		return catalog.Cursor{}, badParameter("page_next", "malformed pagination key")
	}
	return catalog.Cursor{CreatedAt: t, ID: id}, nil
}

func cursorText(c catalog.Cursor) string {
	return univaf.FormatTime(c.CreatedAt) + "," + c.ID
}

// nextLink is the request's own address with another page_next.
func (s *Server) nextLink(r *http.Request, cursor string) string {
	return s.linkWith(r, "page_next", cursor)
}

// linkWith is the request's own address with another value of a parameter.
func (s *Server) linkWith(r *http.Request, parameter, value string) string {
	var query []string
	for part := range strings.SplitSeq(r.URL.RawQuery, "&") {
		if name, _, _ := strings.Cut(part, "="); part != "" && name != parameter {
			query = append(query, part)
		}
	}
	query = append(query, parameter+"="+url.QueryEscape(value))
	return s.Base(r) + r.URL.EscapedPath() + "?" + strings.Join(query, "&")
}
