package api

import (
	"io"
	"net/http"
	"strings"

	"github.com/google/uuid"
)

// availability answers with a page of the records of single sources.
func (s *Server) availability(d *dialect) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		pick, values, err := s.pick(r)
		if err != nil {
			return err
		}
		limit, err := readLimit(values)
		if err != nil {
			return err
		}
		after := values.Get("page_next")
		if id, source, found := strings.Cut(after, ":"); after != "" {
			if _, err := uuid.Parse(id); err != nil || !found || source == "" {
				return badParameter("page_next", "malformed pagination key")
			}
		}
		view, err := s.view()
		if err != nil {
			return err
		}
		return s.respond(w, r, d, answer{
			contentType: jsonType, private: pick.Private, view: view, seq: view.Seq,
			write: func(w io.Writer) error {
				page := newPage()
				last := ""
				for record := range view.Availability(pick, after) {
					if page.entries == limit {
						page.next = s.nextLink(r, last)
						break
					}
					page.add(record.AppendJSON)
					last = record.RecordID()
				}
				return page.writeTo(w, s.Demo != nil)
			},
		})
	}
}
