package catalog

import (
	"bytes"
	"cmp"
	"slices"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/geo"
	"getmyvax.org/univaf/internal/usa"
	"getmyvax.org/univaf/internal/vaccine"
)

// A Grouping says which places are counted together.
type Grouping int

// The groupings.
const (
	PerState  Grouping = iota
	PerCounty          // of a state
	PerTile            // of the map; places that are nowhere on it are left out
)

// A Tally counts the places of a group.
type Tally struct {
	State      string   // of all but tiles
	County     string   // by its usual name; "" if unknown
	CountyFIPS string   // five digits; "" if unknown
	Tile       geo.Tile // of tiles

	Places   int
	Statuses StatusCounts
	// Diseases are those that some place has vaccines against.
	Diseases map[vaccine.Disease]*StatusCounts
}

// StatusCounts counts places by what can be had there.
type StatusCounts struct {
	Yes     int `json:"YES"`
	No      int `json:"NO"`
	Unknown int `json:"UNKNOWN"`
}

func (c *StatusCounts) add(s status) {
	switch s {
	case statusYes:
		c.Yes++
	case statusNo:
		c.No++
	case statusUnknown:
		c.Unknown++
	}
}

// diseases are those of the catalogue, and diseaseOf tells which a product is against.
var diseases, diseaseOf = vaccine.Diseases, func() (of []int) {
	for _, p := range vaccine.Products {
		of = append(of, slices.Index(vaccine.Diseases, p.Disease))
	}
	return of
}()

// A groupKey is what places have in common that are counted together.
type groupKey struct {
	state, county string
	tile          geo.Tile
}

// counts are a Tally in the making.
type counts struct {
	places   int
	statuses StatusCounts
	diseases []StatusCounts // by their place among diseases
	example  *Record        // the one whose id is the least
}

// Summarize counts the places for which the filter holds, by group and in the order of
// the groups. It gives nil if there are more than most groups.
func (v *View) Summarize(f *Filter, by Grouping, zoom, most int) []Tally {
	t := newTest(v, f)
	groups := map[groupKey]*counts{}
	for r := range v.each(t) {
		key := groupKey{state: r.State}
		switch by {
		case PerCounty:
			key.county = r.site.county
		case PerTile:
			if r.site.placed == unplaced {
				continue
			}
			key = groupKey{tile: r.site.cell.TileAt(zoom)}
		}
		c := groups[key]
		if c == nil {
			if len(groups) == most {
				return nil
			}
			c = &counts{diseases: make([]StatusCounts, len(diseases))}
			groups[key] = c
		}
		c.add(t, r)
	}
	list := make([]Tally, 0, len(groups))
	for key, c := range groups {
		list = append(list, c.tally(key, by))
	}
	slices.SortFunc(list, func(a, b Tally) int {
		return cmp.Or(cmp.Compare(a.State, b.State), cmp.Compare(a.County, b.County), cmp.Compare(a.CountyFIPS, b.CountyFIPS),
			cmp.Compare(a.Tile.X, b.Tile.X), cmp.Compare(a.Tile.Y, b.Tile.Y))
	})
	return list
}

func (c *counts) add(t *test, r *Record) {
	c.places++
	if c.example == nil || r.ID < c.example.ID {
		c.example = r
	}
	shown := t.statusOf(r)
	if t.grouped {
		if best, found := t.groups(r); found && !t.isStale(r) {
			shown = best
		}
	}
	c.statuses.add(shown)
	if r.lead < 0 || t.isStale(r) {
		return
	}
	var best [64]status // one more than the status, by disease; 0 for none
	g := groupReader{text: r.openings}
	for s, ok := g.next(); ok; s, ok = g.next() {
		g.diseases(func(disease int) { best[disease] = max(best[disease], s+1) })
	}
	for i := range c.diseases {
		if best[i] > 0 {
			c.diseases[i].add(best[i] - 1)
		}
	}
}

// diseases calls f with those that the group at hand is against.
func (r *groupReader) diseases(f func(disease int)) {
	n := r.uvarint()
	if n == 0 {
		for _, d := range unnamed() {
			f(slices.Index(diseases, d))
		}
	}
	for range n {
		if product := r.uvarint(); product < uint64(len(diseaseOf)) {
			f(diseaseOf[product])
		}
	}
}

func (c *counts) tally(key groupKey, by Grouping) Tally {
	t := Tally{State: key.state, Tile: key.tile, Places: c.places, Statuses: c.statuses, Diseases: map[vaccine.Disease]*StatusCounts{}}
	for i := range c.diseases {
		if d := &c.diseases[i]; *d != (StatusCounts{}) {
			t.Diseases[diseases[i]] = d
		}
	}
	if by == PerCounty {
		t.County, t.CountyFIPS = c.example.county()
	}
	return t
}

// county gives the name of the county by the table of ZIP codes, if that is the one.
func (r *Record) county() (name, fips string) {
	var code, own string
	for member, value := range univaf.Members(append(bytes.Clone(r.body[:r.facts]), '}')) {
		text, _ := univaf.Text(value)
		switch string(member) {
		case "postal_code":
			code = string(text)
		case "county":
			own = string(text)
		}
	}
	if zip, ok := usa.ByZIP(code); ok && foldCounty(zip.County) == r.site.county {
		return zip.County, zip.CountyFIPS
	}
	return own, ""
}
