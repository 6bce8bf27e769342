package api

import (
	"io"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"getmyvax.org/univaf"
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
		a := answer{contentType: jsonType, private: pick.Private, view: view, seq: view.Seq, size: -1}
		var records []*univaf.Availability
		next := ""
		for record := range view.Availability(pick, after) {
			if len(records) == limit {
				a.links, next = true, s.nextLink(r, records[limit-1].RecordID())
				break
			}
			records = append(records, record)
		}
		head, err := s.pageHead(next)
		if err != nil {
			return err
		}
		a.write = func(w io.Writer) error {
			return writePage(w, head, len(records), func(b []byte, i int) []byte { return records[i].AppendJSON(b) })
		}
		return s.respond(w, r, d, a)
	}
}
