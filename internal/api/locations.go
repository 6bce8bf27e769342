package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/catalog"
)

const (
	jsonType   = "application/json; charset=utf-8"
	ndjsonType = "application/x-ndjson"
)

// view gives the newest view, or an error while there is none yet.
func (s *Server) view() (*catalog.View, error) {
	if v := s.Catalog.View(); v != nil {
		return v, nil
	}
	return nil, apiError{
		Status: http.StatusServiceUnavailable, Code: "unavailable",
		Message: "The server is starting and has no data yet; please try again",
	}
}

// A listing is what a list of locations was asked for, and where it comes from.
type listing struct {
	catalog.Query
	limit int
	view  *catalog.View
	next  func(catalog.Cursor) string // the address of the page behind the cursor
}

// list answers with locations as write shows them.
func (s *Server) list(d *dialect, contentType string, write func(w io.Writer, l listing) error) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		q, limit, err := s.query(r)
		if err != nil {
			return err
		}
		view, err := s.view()
		if err != nil {
			return err
		}
		l := listing{q, limit, view, func(c catalog.Cursor) string { return s.nextLink(r, cursorText(c)) }}
		seq, count := view.Version(q)
		return s.respond(w, r, d, answer{
			contentType: contentType, private: q.Private, view: view, seq: seq, count: count,
			write: func(w io.Writer) error { return write(w, l) },
		})
	}
}

// locations answers with a page of locations.
func (s *Server) locations(d *dialect) handler {
	return s.list(d, jsonType, func(w io.Writer, l listing) error {
		page := newPage()
		var last *catalog.Record
		for record := range l.view.Locations(l.Query) {
			if page.entries == l.limit {
				page.next = l.next(last.Cursor())
				break
			}
			page.add(func(b []byte) []byte { return record.AppendJSON(b, d.format, l.Pick) })
			last = record
		}
		return page.writeTo(w, s.Demo != nil)
	})
}

// A page is the list form of an answer: {"links": {…}, "data": […]}.
type page struct {
	entries int
	data    []byte
	next    string
}

func newPage() *page { return &page{data: make([]byte, 0, 64<<10)} }

func (p *page) add(entry func([]byte) []byte) {
	if p.entries > 0 {
		p.data = append(p.data, ',')
	}
	p.data = entry(p.data)
	p.entries++
}

func (p *page) writeTo(w io.Writer, demo bool) error {
	links := map[string]string{}
	if p.next != "" {
		links["next"] = p.next
	}
	text, err := marshal(links)
	if err != nil {
		return err
	}
	head := append(append([]byte("{"), demoMember(demo)...), `"links":`...)
	head = append(append(head, text...), `,"data":[`...)
	for _, part := range [][]byte{head, p.data, []byte("]}\n")} {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// demoMember is a member that a JSON answer starts with.
func demoMember(demo bool) string {
	if !demo {
		return ""
	}
	return `"demo":"` + DemoNotice + `",`
}

// marshal is json.Marshal without the escapes that are for HTML.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// locationsNDJSON answers with all locations, one a line.
func (s *Server) locationsNDJSON(d *dialect) handler {
	return s.list(d, ndjsonType, func(w io.Writer, l listing) error {
		const part = 32 << 10
		b := make([]byte, 0, 2*part)
		for record := range l.view.Locations(l.Query) {
			b = append(record.AppendJSON(b, d.format, l.Pick), '\n')
			if len(b) >= part {
				if _, err := w.Write(b); err != nil {
					return err
				}
				b = b[:0]
			}
		}
		_, err := w.Write(b)
		return err
	})
}

// location answers with one location.
func (s *Server) location(d *dialect) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		pick, _, err := s.pick(r)
		if err != nil {
			return err
		}
		view, err := s.view()
		if err != nil {
			return err
		}
		id := r.PathValue("id")
		record, moved, err := view.Location(id, pick)
		if errors.Is(err, univaf.ErrNotFound) {
			return apiError{Status: http.StatusNotFound, Code: "error_404", Message: "No provider location with ID '" + id + "'"}
		}
		if err != nil {
			return err
		}
		if moved && d == v1 {
			setCache(w, "public", dataAge)
			to := v1.prefix + "/locations/" + record.ID
			if r.URL.RawQuery != "" {
				to += "?" + r.URL.RawQuery
			}
			http.Redirect(w, r, to, http.StatusPermanentRedirect)
			return nil
		}
		return s.respond(w, r, d, answer{
			contentType: jsonType, private: pick.Private, view: view, seq: record.Seq, id: record.ID,
			write: func(w io.Writer) error {
				b := append([]byte("{"), demoMember(s.Demo != nil)...)
				b = record.AppendJSON(append(b, `"data":`...), d.format, pick)
				_, err := w.Write(append(b, "}\n"...))
				return err
			},
		})
	}
}

// goneLocations tells clients of the oldest API where the list went.
func (s *Server) goneLocations(http.ResponseWriter, *http.Request) error {
	return apiError{
		Status: http.StatusGone, Code: "gone",
		Message: "This list is no longer here; use /api/edge/locations, which comes in pages",
	}
}
