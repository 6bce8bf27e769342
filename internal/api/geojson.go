package api

import (
	"bytes"
	"io"
	"net/http"

	"getmyvax.org/univaf/internal/catalog"
)

var geoJSONType = []string{"application/geo+json"}

// geoJSON answers with all places that are looked for as a FeatureCollection (RFC 7946).
func (s *Server) geoJSON(w http.ResponseWriter, r *http.Request) error {
	q, view, err := s.searchNow(r, catalog.ByAge)
	if err != nil {
		return err
	}
	a := q.streamed(view, geoJSONType)
	a.write = func(w io.Writer) error {
		g := gather(w)
		defer g.done()
		g.b = append(append(g.b, `{"type":"FeatureCollection",`...), demoMember(s.Demo != nil)...)
		g.b = append(g.b, `"features":[`...)
		first := true
		for m := range q.all(view) {
			if !first {
				g.b = append(g.b, ',')
			}
			first = false
			if g.b = q.appendFeature(g.b, &m); !g.passOn() {
				break
			}
		}
		g.b = append(g.b, pageEnd...)
		return g.flush()
	}
	return s.respond(w, r, v1, a)
}

// appendFeature appends a match as a Feature: its properties are those of the place as the
// API shows it, but for the position, which is the geometry.
func (q *search) appendFeature(b []byte, m *catalog.Match) []byte {
	g := gather(nil)
	defer g.done()
	g.b = q.appendWhole(g.b, m)
	before, position, after := cutPosition(g.b)
	b = append(append(append(b, `{"type":"Feature","id":"`...), m.ID...), `","geometry":`...)
	b = appendPoint(b, position)
	b = append(b, `,"properties":`...)
	if q.fields == nil {
		return append(append(append(b, before...), after...), '}')
	}
	return append(q.fields.append(b, append(bytes.Clone(before), after...)), '}')
}

// cutPosition cuts a place's JSON around the member "position". What stands before it is
// never an object that could have one of that name.
func cutPosition(place []byte) (before, position, after []byte) {
	const member = `,"position":`
	i := bytes.Index(place, []byte(member))
	before, position = place[:i], place[i+len(member):]
	end := len("null")
	if position[0] == '{' {
		end = bytes.IndexByte(position, '}') + 1
	}
	return before, position[:end], position[end:]
}

// appendPoint appends a position as a geometry.
func appendPoint(b, position []byte) []byte {
	const longitude, latitude = `{"longitude":`, `,"latitude":`
	x, y, known := bytes.Cut(bytes.TrimSuffix(bytes.TrimPrefix(position, []byte(longitude)), []byte("}")), []byte(latitude))
	if !known || string(x) == "null" || string(y) == "null" {
		return append(b, "null"...)
	}
	b = append(append(b, `{"type":"Point","coordinates":[`...), x...)
	return append(append(append(b, ','), y...), "]}"...)
}
