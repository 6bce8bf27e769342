package api

import (
	"io"
	"net/http"
	"net/url"
	"strconv"

	"getmyvax.org/univaf/internal/catalog"
	"getmyvax.org/univaf/internal/geo"
	"getmyvax.org/univaf/internal/vaccine"
)

// A tally is how many places there are in a state, a county or a tile of the map, by what
// can be had there.
type tally struct {
	State string `json:"state,omitempty"`
	*county
	*tile
	Places    int                                       `json:"places"`
	Available catalog.StatusCounts                      `json:"available"`
	Diseases  map[vaccine.Disease]*catalog.StatusCounts `json:"diseases"`
}

type county struct {
	Name *string `json:"county"`
	FIPS *string `json:"county_fips"`
}

type tile struct {
	Zoom int    `json:"zoom"`
	X    uint32 `json:"x"`
	Y    uint32 `json:"y"`
}

// mostTallies is how many an answer may have.
const mostTallies = 10_000

// summary counts the places that are looked for.
func (s *Server) summary(w http.ResponseWriter, r *http.Request) error {
	q, view, err := s.searchNow(r, catalog.ByAge)
	if err != nil {
		return err
	}
	by, zoom, err := readGrouping(r.URL.Query())
	if err != nil {
		return err
	}
	key := bodyKey{query: r.URL.RawQuery, private: q.Private}
	if q.clocked {
		key.minute = q.Now
	}
	body, err := s.summaries.get(r.Context(), key, view, s.Now(), func() ([]byte, error) {
		return s.summarize(view, q, by, zoom)
	})
	if err != nil {
		return err
	}
	a := answer{contentType: jsonType, private: q.Private, view: view, seq: body.seq, size: len(body.text)}
	q.clock(&a)
	a.write = func(w io.Writer) error {
		_, err := w.Write(body.text)
		return err
	}
	return s.respond(w, r, v1, a)
}

func (s *Server) summarize(view *catalog.View, q *search, by catalog.Grouping, zoom int) ([]byte, error) {
	list := view.Summarize(&q.Filter, by, zoom, mostTallies)
	if list == nil {
		return nil, badParameter("zoom", "The 'zoom' query param must be lower, or 'bbox' smaller: there would be more than "+
			strconv.Itoa(mostTallies)+" tiles")
	}
	b := append(append([]byte{'{'}, demoMember(s.Demo != nil)...), `"data":[`...)
	for i := range list {
		one := &list[i]
		t := tally{State: one.State, Places: one.Places, Available: one.Statuses, Diseases: one.Diseases}
		switch by {
		case catalog.PerState:
		case catalog.PerCounty:
			t.county = &county{orNull(one.County), orNull(one.CountyFIPS)}
		case catalog.PerTile:
			t.tile = &tile{zoom, one.Tile.X, one.Tile.Y}
		}
		text, err := marshal(t)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, text...)
	}
	return append(b, pageEnd...), nil
}

// readGrouping reads what is counted together.
func readGrouping(values url.Values) (by catalog.Grouping, zoom int, err error) {
	p := &parameterReader{values: values}
	switch text := p.text("by"); text {
	case "", "state":
		return catalog.PerState, 0, nil
	case "county":
		return catalog.PerCounty, 0, nil
	case "tile":
		text := p.text("zoom")
		zoom, err := strconv.Atoi(text)
		if err != nil || zoom < 0 || zoom > geo.MostZoom {
			p.fail("zoom", "must be a whole number from 0 to %d, not %s", geo.MostZoom, quote(text))
		}
		return catalog.PerTile, zoom, p.err()
	default:
		p.fail("by", "must be state, county or tile, not %s", quote(text))
		return 0, 0, p.err()
	}
}
