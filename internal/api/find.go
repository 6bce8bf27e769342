package api

import (
	"io"
	"iter"
	"math"
	"net/http"
	"strconv"

	"getmyvax.org/univaf/internal/catalog"
)

// found answers with a page of the places that are looked for.
func (s *Server) found(w http.ResponseWriter, r *http.Request) error {
	q, view, err := s.searchNow(r, catalog.ByAge)
	if err != nil {
		return err
	}
	a := answer{contentType: jsonType, private: q.Private, view: view, size: -1}
	list := q.page(view, &a)
	links := ""
	if a.links {
		links = s.nextLink(r, q.cursor(list[len(list)-1].SortMark))
	}
	head, err := s.pageHead(links)
	if err != nil {
		return err
	}
	a.write = func(w io.Writer) error {
		return writePage(w, head, len(list), func(b []byte, i int) []byte { return q.appendPlace(b, &list[i]) })
	}
	return s.respond(w, r, v1, a)
}

// searchNow reads what a request looks for, and where.
func (s *Server) searchNow(r *http.Request, order catalog.Order) (*search, *catalog.View, error) {
	q, err := s.search(r, order)
	if err != nil {
		return nil, nil, err
	}
	view, err := s.view()
	return q, view, err
}

// page gives as many matches as a page has, and says in the answer what it depends on. The
// answer has links if there are more.
func (q *search) page(view *catalog.View, a *answer) []catalog.Match {
	q.Most = q.limit + 1
	list := make([]catalog.Match, 0, min(q.Most, usualMatches+1))
	for m := range view.Find(&q.Search) {
		if len(list) == q.limit {
			a.links = true
			break
		}
		list = append(list, m)
		a.seq = max(a.seq, m.Seq)
		a.trust = v1.addTrust(a.trust, m.Record, &q.Pick)
	}
	a.count = len(list)
	if a.count > 0 {
		a.last = list[a.count-1].ID
	}
	q.clock(a)
	return list
}

// clock makes the answer depend on the minute, if it does.
func (q *search) clock(a *answer) {
	if q.clocked {
		a.last += "@" + strconv.FormatInt(q.Now.Unix(), 10)
	}
}

// all gives all matches, or as many as are asked for.
func (q *search) all(view *catalog.View) iter.Seq[catalog.Match] {
	if q.limited {
		q.Most = q.limit
	}
	return func(yield func(catalog.Match) bool) {
		n := 0
		for m := range view.Find(&q.Search) {
			if n++; !yield(m) || n == q.Most {
				return
			}
		}
	}
}

// streamed is an answer that draws on all places.
func (q *search) streamed(view *catalog.View, contentType []string) answer {
	a := answer{contentType: contentType, private: q.Private, view: view, size: -1}
	a.seq, a.count = view.Version(catalog.Query{})
	for record := range view.Locations(catalog.Query{Pick: q.Pick}) {
		a.trust = v1.addTrust(a.trust, record, &q.Pick)
	}
	q.clock(&a)
	return a
}

// foundNDJSON answers with all places that are looked for, one a line.
func (s *Server) foundNDJSON(w http.ResponseWriter, r *http.Request) error {
	q, view, err := s.searchNow(r, catalog.ByAge)
	if err != nil {
		return err
	}
	a := q.streamed(view, ndjsonType)
	a.write = func(w io.Writer) error {
		g := gather(w)
		defer g.done()
		for m := range q.all(view) {
			g.b = append(q.appendPlace(g.b, &m), '\n')
			if !g.passOn() {
				break
			}
		}
		return g.flush()
	}
	return s.respond(w, r, v1, a)
}

// appendPlace appends a match as the API shows it.
func (q *search) appendPlace(b []byte, m *catalog.Match) []byte {
	if q.fields == nil {
		return q.appendWhole(b, m)
	}
	g := gather(nil)
	defer g.done()
	g.b = q.appendWhole(g.b, m)
	return q.fields.append(b, g.b)
}

func (q *search) appendWhole(b []byte, m *catalog.Match) []byte {
	if q.isStale(m.Record) {
		b = m.AppendFacts(b, q.Pick)
	} else {
		b = m.AppendJSON(b, catalog.V1, q.Pick)
	}
	if q.Near != nil {
		b = append(q.appendDistance(append(b[:len(b)-1], ','), m), '}')
	}
	return b
}

// appendDistance appends members: the distance, and what stood for the place if its own
// position is not known.
func (q *search) appendDistance(b []byte, m *catalog.Match) []byte {
	b = strconv.AppendFloat(append(b, `"distance_miles":`...), milesOf(m), 'f', -1, 64)
	if m.ByPostalCode() {
		b = append(b, `,"distance_from":"`+fromPostalCode+`"`...)
	}
	return b
}

// fromPostalCode says that a distance is that of the middle of the place's ZIP code.
const fromPostalCode = "postal_code"

// milesOf gives the distance to a hundredth of a mile.
func milesOf(m *catalog.Match) float64 { return math.Round(m.Kilometres/kmAMile*100) / 100 }

// isStale reports whether what is said of the place's availability is too old to count.
func (q *search) isStale(r *catalog.Record) bool {
	at, known := r.ValidAt()
	return known && q.MaxAge > 0 && at.Before(q.Now.Add(-q.MaxAge))
}
