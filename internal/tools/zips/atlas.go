package main

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"getmyvax.org/univaf/internal/usa"
)

// A point is in degrees.
type point struct{ lat, lng float64 }

// atlas has the outlines of the counties of 2017, by the state's USPS code. They are
// coarse.
type atlas struct {
	counties map[string][]county // by name
	names    map[string]string   // by FIPS code
	fips     map[string]string   // two digits, of a state
}

// coarse is how far outlines are off, in km.
const coarse = 2

type county struct {
	fips  string
	rings [][]point // around its parts and around holes in them
}

// since2017 are the two counties made of one, Valdez-Cordova, in 2019. Their outlines are
// not here; with them the counties are those of the census of 2020.
var since2017 = map[string]string{"02063": "Chugach", "02066": "Copper River"}

const valdezCordova = "02261"

// readAtlas reads TopoJSON (specification 1.0), in which outlines are lists of arcs that
// neighbours share, and arcs are steps from point to point in whole numbers.
func readAtlas(text string) (*atlas, error) {
	var file struct {
		Transform struct{ Scale, Translate [2]float64 }
		Arcs      [][][2]float64
		Objects   struct {
			Counties, States struct{ Geometries []geometry }
		}
	}
	if err := json.Unmarshal([]byte(text), &file); err != nil {
		return nil, err
	}
	scale, origin := file.Transform.Scale, file.Transform.Translate
	arcs := make([][]point, len(file.Arcs))
	for i, steps := range file.Arcs {
		var x, y float64
		for _, step := range steps {
			x, y = x+step[0], y+step[1]
			arcs[i] = append(arcs[i], point{lat: y*scale[1] + origin[1], lng: x*scale[0] + origin[0]})
		}
	}
	a := &atlas{counties: map[string][]county{}, names: map[string]string{}, fips: map[string]string{}}
	codes := map[string]string{}
	for _, g := range file.Objects.States.Geometries {
		code, ok := usa.StateCode(g.Properties.Name)
		if !ok {
			return nil, fmt.Errorf("unknown state %q", g.Properties.Name)
		}
		codes[g.ID], a.fips[code] = code, g.ID
	}
	for _, g := range file.Objects.Counties.Geometries {
		rings, err := g.rings(arcs)
		if err != nil {
			return nil, fmt.Errorf("county %s: %w", g.ID, err)
		}
		state := codes[g.ID[:2]]
		a.counties[state] = append(a.counties[state], county{fips: g.ID, rings: rings})
		a.names[g.ID] = countyName(state, g.ID, g.Properties.Name)
	}
	for fips, name := range since2017 {
		a.names[fips] = name
	}
	return a, nil
}

// countyName is a county's name as the Census Bureau has it in short. Independent cities
// are told apart from counties of the same name (Baltimore, St. Louis, Fairfax) as it
// does it in full.
func countyName(state, fips, name string) string {
	const firstCity = "510"
	if fips[2:] >= firstCity && (state == "MD" || state == "MO" || state == "VA") {
		return name + " city"
	}
	return name
}

type geometry struct {
	Type       string
	ID         string
	Properties struct{ Name string }
	Arcs       json.RawMessage
}

// rings joins arcs into outlines. An arc that is ^i is arc i backwards.
func (g geometry) rings(arcs [][]point) (rings [][]point, err error) {
	polygons := make([][][]int, 1)
	if g.Type == "MultiPolygon" {
		err = json.Unmarshal(g.Arcs, &polygons)
	} else {
		err = json.Unmarshal(g.Arcs, &polygons[0])
	}
	for _, polygon := range polygons {
		for _, ring := range polygon {
			var points []point
			for _, i := range ring {
				if i < 0 {
					arc := slices.Clone(arcs[^i])
					slices.Reverse(arc)
					points = append(points, arc...)
				} else {
					points = append(points, arcs[i]...)
				}
			}
			rings = append(rings, points)
		}
	}
	return rings, err
}

// contains counts the sides that a line from p eastwards crosses.
func (c county) contains(p point) bool {
	in := false
	for _, ring := range c.rings {
		for i := 1; i < len(ring); i++ {
			a, b := ring[i-1], ring[i]
			if (a.lat > p.lat) != (b.lat > p.lat) && p.lng < a.lng+(b.lng-a.lng)*(p.lat-a.lat)/(b.lat-a.lat) {
				in = !in
			}
		}
	}
	return in
}

// distance is how far p is from the outline, in km.
func (c county) distance(p point) float64 {
	least := math.Inf(1)
	for _, ring := range c.rings {
		for i := 1; i < len(ring); i++ {
			least = min(least, fromSide(p, ring[i-1], ring[i]))
		}
	}
	return least
}

const degree = 111.2 // km

// fromSide is how far p is from the line between two points, in km, as if the earth
// were flat around p.
func fromSide(p, a, b point) float64 {
	flat := func(q point) (x, y float64) {
		return (q.lng - p.lng) * degree * math.Cos(p.lat*math.Pi/180), (q.lat - p.lat) * degree
	}
	ax, ay := flat(a)
	bx, by := flat(b)
	dx, dy := bx-ax, by-ay
	along := 0.0
	if square := dx*dx + dy*dy; square > 0 {
		along = min(1, max(0, -(ax*dx+ay*dy)/square))
	}
	return math.Hypot(ax+along*dx, ay+along*dy)
}

// county gives the FIPS code of the county of a state in which p is, and true; or else of
// that which is nearest, as PO boxes of coasts may lie in water and outlines are coarse.
// It is "" where the atlas has none of the state.
func (a *atlas) county(state string, p point) (fips string, in bool) {
	for _, c := range a.counties[state] {
		if c.contains(p) {
			return c.fips, true
		}
	}
	least := math.Inf(1)
	for _, c := range a.counties[state] {
		if d := c.distance(p); d < least {
			fips, least = c.fips, d
		}
	}
	return fips, false
}

// outside is how far p is from a county that it is not in, in km; 0 if it is in it.
func (a *atlas) outside(fips, state string, p point) float64 {
	for _, c := range a.counties[state] {
		if c.fips == fips && !c.contains(p) {
			return c.distance(p)
		}
	}
	return 0
}
