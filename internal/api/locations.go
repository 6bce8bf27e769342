package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/catalog"
)

var (
	jsonType   = []string{"application/json; charset=utf-8"}
	ndjsonType = []string{"application/x-ndjson"}
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

// locations answers with a page of locations.
func (s *Server) locations(d *dialect) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		q, limit, err := s.query(r)
		if err != nil {
			return err
		}
		view, err := s.view()
		if err != nil {
			return err
		}
		records := recordLists.Get().(*[]*catalog.Record)
		defer func() {
			clear(*records) // or they would keep old views in memory
			recordLists.Put(records)
		}()
		list := (*records)[:0]
		a := answer{contentType: jsonType, private: q.Private, view: view, keep: true, size: -1}
		links := ""
		for record := range view.Locations(q) {
			if len(list) == limit {
				a.links, links = true, s.nextLink(r, cursorText(list[limit-1].Cursor()))
				break
			}
			list = append(list, record)
			a.seq = max(a.seq, record.Seq)
			a.trust = d.addTrust(a.trust, record, &q.Pick)
		}
		*records = list
		if a.count = len(list); a.count > 0 {
			a.last = list[a.count-1].ID
		}
		head, err := s.pageHead(links)
		if err != nil {
			return err
		}
		if q.Everybody() {
			a.size = len(head) + len(pageEnd) + max(0, a.count-1)
			for _, record := range list {
				a.size += record.Size(d.format, &q.Outlook)
			}
		}
		a.write = func(w io.Writer) error {
			return writePage(w, head, len(list), func(b []byte, i int) []byte { return list[i].AppendJSON(b, d.format, q.Pick) })
		}
		return s.respond(w, r, d, a)
	}
}

var recordLists = sync.Pool{New: func() any { return new([]*catalog.Record) }}

// pageEnd ends the list form of an answer: {"links": {…}, "data": […]}.
const pageEnd = "]}\n"

// pageHead starts it. next is the address of the page behind, or "".
func (s *Server) pageHead(next string) ([]byte, error) {
	links := map[string]string{}
	if next != "" {
		links["next"] = next
	}
	text, err := marshal(links)
	head := append(append([]byte("{"), demoMember(s.Demo != nil)...), `"links":`...)
	return append(append(head, text...), `,"data":[`...), err
}

// writePage writes the n entries that entry appends.
func writePage(w io.Writer, head []byte, n int, entry func(b []byte, i int) []byte) error {
	g := gather(w)
	defer g.done()
	g.b = append(g.b, head...)
	for i := range n {
		if i > 0 {
			g.b = append(g.b, ',')
		}
		if g.b = entry(g.b, i); !g.passOn() {
			break
		}
	}
	g.b = append(g.b, pageEnd...)
	return g.flush()
}

// A gatherer writes in large parts what is appended to b in small ones.
type gatherer struct {
	b   []byte
	w   io.Writer
	err error
}

var gatherers = sync.Pool{New: func() any { return &gatherer{b: make([]byte, 0, part+part/4)} }}

func gather(w io.Writer) *gatherer {
	g := gatherers.Get().(*gatherer)
	g.b, g.w, g.err = g.b[:0], w, nil
	return g
}

// passOn writes what there is if it is enough, and reports whether there is any use
// in more.
func (g *gatherer) passOn() bool {
	if len(g.b) >= part {
		_ = g.flush()
	}
	return g.err == nil
}

func (g *gatherer) flush() error {
	if g.err == nil && len(g.b) > 0 {
		_, g.err = g.w.Write(g.b)
	}
	g.b = g.b[:0]
	return g.err
}

// done gives the buffer back, unless one huge record made it so.
func (g *gatherer) done() {
	g.w = nil
	if cap(g.b) <= 4*part {
		gatherers.Put(g)
	}
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
	return func(w http.ResponseWriter, r *http.Request) error {
		q, _, err := s.query(r)
		if err != nil {
			return err
		}
		view, err := s.view()
		if err != nil {
			return err
		}
		a := answer{contentType: ndjsonType, private: q.Private, view: view, size: -1}
		a.seq, a.count = view.Version(q)
		if q.Everybody() {
			if d == v1 && q.After == (catalog.Cursor{}) {
				w.Header().Set("Univaf-Cursor", dumpCursor(q, view))
			}
			a.size = 0
		}
		for record := range view.Locations(q) {
			a.trust = d.addTrust(a.trust, record, &q.Pick)
			if a.size >= 0 {
				a.size += record.Size(d.format, &q.Outlook) + len("\n")
			}
		}
		a.write = func(w io.Writer) error {
			g := gather(w)
			defer g.done()
			for record := range view.Locations(q) {
				g.b = append(record.AppendJSON(g.b, d.format, q.Pick), '\n')
				if !g.passOn() {
					break
				}
			}
			return g.flush()
		}
		return s.respond(w, r, d, a)
	}
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
		record, moved, err := findLocation(view, r, pick)
		if err != nil {
			return err
		}
		if moved && d == v1 {
			movedTo(w, r, v1.prefix+"/locations/"+record.ID)
			return nil
		}
		a := answer{contentType: jsonType, private: pick.Private, view: view, seq: record.Seq, last: record.ID, size: -1}
		if pick.Everybody() {
			a.size = len(`{"data":}`+"\n") + len(demoMember(s.Demo != nil)) + record.Size(d.format, &pick.Outlook)
		}
		a.trust = d.addTrust(0, record, &pick)
		a.write = func(w io.Writer) error {
			g := gather(w)
			defer g.done()
			g.b = append(append(g.b, '{'), demoMember(s.Demo != nil)...)
			g.b = append(record.AppendJSON(append(g.b, `"data":`...), d.format, pick), "}\n"...)
			return g.flush()
		}
		return s.respond(w, r, d, a)
	}
}

// findLocation finds the location of the path. moved reports that its id is a former one.
func findLocation(view *catalog.View, r *http.Request, pick catalog.Pick) (record *catalog.Record, moved bool, err error) {
	id := r.PathValue("id")
	record, moved, err = view.Location(id, pick)
	if errors.Is(err, univaf.ErrNotFound) {
		err = apiError{Status: http.StatusNotFound, Code: "error_404", Message: "No provider location with ID '" + id + "'"}
	}
	return record, moved, err
}

// movedTo sends the client to where its former id leads.
func movedTo(w http.ResponseWriter, r *http.Request, path string) {
	setHeader(w.Header(), "Cache-Control", cacheData)
	if r.URL.RawQuery != "" {
		path += "?" + r.URL.RawQuery
	}
	http.Redirect(w, r, path, http.StatusPermanentRedirect)
}

// goneLocations tells clients of the oldest API where the list went.
func (s *Server) goneLocations(http.ResponseWriter, *http.Request) error {
	return apiError{
		Status: http.StatusGone, Code: "gone",
		Message: "This list is no longer here; use /api/edge/locations, which comes in pages",
	}
}
