package api

import (
	"encoding/binary"
	"hash/fnv"
	"net/http"
	"net/url"
	"slices"
	"time"

	"getmyvax.org/univaf/internal/catalog"
)

// searchParameters are those that make a list of places a search. Most narrow it.
var searchParameters = []string{
	"age", "available", "bbox", "city", "county", "diseases", "doses", "fields", "from", "ids", "location_type", "max_age",
	"near", "products", "q", "radius", "sort", "to", "updated_since", "walk_in", "zip",
}

// usualMatches is how many matches a page has if nothing else is asked for, where the first
// ones matter most.
const usualMatches = 50

// usualMiles is how far from 'near' or 'zip' is looked, if the request does not say, where
// something else comes first than the nearest.
const usualMiles = 25

// A search is what a request asks of a search.
type search struct {
	catalog.Search
	limit   int  // entries a page
	limited bool // whether the limit was asked for
	fields  fieldChoice
	query   uint64 // hash of what is looked for, in which order
	clocked bool   // whether the answer depends on the clock
}

// orFound answers with plain, or with found if the request looks for some places. Clients of
// the edge API do not.
func (s *Server) orFound(d *dialect, plain, found handler) handler {
	if d == edge {
		return plain
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		if r.URL.RawQuery != "" && isSearch(r.URL.Query()) {
			return found(w, r)
		}
		return plain(w, r)
	}
}

func isSearch(values url.Values) bool {
	if slices.ContainsFunc(searchParameters, func(name string) bool { return values.Get(name) != "" }) {
		return true
	}
	return isList(values, "state") || isList(values, "provider")
}

// search reads what a request looks for. order is what comes first unless it says.
func (s *Server) search(r *http.Request, order catalog.Order) (*search, error) {
	pick, values, err := s.pick(r)
	if err != nil {
		return nil, err
	}
	q := &search{limited: values.Get("limit") != ""}
	q.Pick, q.Now = pick, s.Now().Truncate(time.Minute)
	p := &parameterReader{values: values}
	p.place(q)
	p.facts(q)
	p.offers(q)
	p.order(q, order)
	if q.Near != nil && q.Radius == 0 && q.Order != catalog.ByDistance {
		q.Radius = usualMiles * kmAMile
	}
	q.fields = p.fields()
	if q.limit, err = readLimit(values); err != nil {
		return nil, err
	}
	if !q.limited && (q.Near != nil || q.Text.Prefix != "" || order != catalog.ByAge) {
		q.limit = usualMatches
	}
	q.clocked = !q.From.IsZero() || !q.To.IsZero() || q.MaxAge > 0 || q.Order == catalog.BySoonest
	q.query = queryHash(r.URL.Path, values)
	p.after(q)
	return q, p.err()
}

// queryHash tells searches apart whose cursors are not each other's.
func queryHash(path string, values url.Values) uint64 {
	h := fnv.New64a()
	part := func(text string) {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(text)))
		_, _ = h.Write(append(length[:], text...)) // it never fails
	}
	part(path)
	for _, name := range slices.Concat(searchParameters, []string{"include_private", "provider", "state"}) {
		if name == "fields" {
			continue // other members of the same
		}
		part(name)
		for _, value := range values[name] {
			part(value)
		}
		part("")
	}
	return h.Sum64()
}
