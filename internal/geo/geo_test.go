package geo

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"getmyvax.org/univaf"
)

func drawPosition(rt *rapid.T, name string) univaf.Position {
	return univaf.Position{
		Longitude: rapid.Float64Range(-180, 180).Draw(rt, name+" longitude"),
		Latitude:  rapid.Float64Range(-90, 90).Draw(rt, name+" latitude"),
	}
}

func TestACellIsWhereItWas(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := drawPosition(rt, "place")
		cell := CellOf(p)
		if d := p.Distance(cell.Position()); d > 1e-5 {
			rt.Errorf("it is %g km away", d)
		}
		from := drawPosition(rt, "center")
		if d, want := CenterAt(from).Distance(cell), from.Distance(cell.Position()); math.Abs(d-want) > 1e-6 {
			rt.Errorf("from %v it is %v km away, want %v", from, d, want)
		}
	})
}

// quadsTo gives the quads that have the cell, the earth first.
func quadsTo(c Cell, level uint8) []Quad {
	q := Quad{}
	list := []Quad{q}
	for q.Level < level {
		for _, quarter := range q.Quarters() {
			if c >= quarter.First && c <= quarter.Last() {
				q = quarter
			}
		}
		list = append(list, q)
	}
	return list
}

func TestQuadsHoldTheirCells(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		cell := CellOf(drawPosition(rt, "place"))
		center := CenterAt(drawPosition(rt, "center"))
		distance := center.Distance(cell)
		for i, q := range quadsTo(cell, Levels) {
			if int(q.Level) != i {
				rt.Fatalf("no quarter of level %d has it", i)
			}
			if least := center.AtLeast(q); least > distance+1e-6 {
				rt.Fatalf("level %d: at least %v km, but it is %v", q.Level, least, distance)
			}
		}
		if last := quadsTo(cell, Levels)[Levels]; last.First != cell || last.Last() != cell {
			rt.Errorf("the last quad is from %x to %x, not %x", last.First, last.Last(), cell)
		}
	})
}

// AtLeast must tell enough, too, or everything is looked at.
func TestQuadsFarAwayAreFar(t *testing.T) {
	newYork, losAngeles := univaf.Position{Longitude: -74, Latitude: 40.7}, univaf.Position{Longitude: -118.2, Latitude: 34}
	least := CenterAt(newYork).AtLeast(quadsTo(CellOf(losAngeles), 8)[8])
	if d := newYork.Distance(losAngeles); least < d/2 || least > d {
		t.Errorf("at least %v km of %v", least, d)
	}
}

func TestBoxes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		west, east := rapid.Float64Range(-180, 180).Draw(rt, "west"), rapid.Float64Range(-180, 180).Draw(rt, "east")
		a, b := rapid.Float64Range(-90, 90).Draw(rt, "a"), rapid.Float64Range(-90, 90).Draw(rt, "b")
		south, north := min(a, b), max(a, b)
		box := NewBox(west, south, east, north)
		p := drawPosition(rt, "place")
		if rapid.Bool().Draw(rt, "on the edge") {
			p.Longitude, p.Latitude = west, north
		}
		inside := p.Latitude >= south && p.Latitude <= north
		if west <= east {
			inside = inside && p.Longitude >= west && p.Longitude <= east
		} else {
			inside = inside && (p.Longitude >= west || p.Longitude <= east)
		}
		near := func(a, b float64) bool { return math.Abs(a-b) < 1e-6 && a != b } // in the same cell, perhaps
		if near(p.Longitude, west) || near(p.Longitude, east) || near(west, east) || near(p.Latitude, south) || near(p.Latitude, north) {
			rt.Skip()
		}
		cell := CellOf(p)
		if got := box.Has(cell); got != inside {
			rt.Fatalf("has it: %v", got)
		}
		for _, q := range quadsTo(cell, Levels) {
			some, all := box.Meets(q)
			if inside && !some || !inside && all || all && !some {
				rt.Fatalf("level %d: inside %v, but some %v and all %v", q.Level, inside, some, all)
			}
		}
	})
}

func TestMeeting(t *testing.T) {
	quad := quadsTo(CellOf(univaf.Position{Longitude: -74.4, Latitude: 40.5}), 6)[6] // of 5.6 by 2.8 degrees
	for _, test := range []struct {
		name                     string
		west, south, east, north float64
		some, all                bool
	}{
		{"the earth", -180, -90, 180, 90, true, true},
		{"around it", -80, 35, -70, 45, true, true},
		{"within it", -74.5, 40.4, -74.3, 40.6, true, false},
		{"across it", -74.5, -90, -74.3, 90, true, false},
		{"beside it", -60, 35, -50, 45, false, false},
		{"over the antimeridian", 170, 35, -70, 45, true, true},
		{"beyond the antimeridian", 170, 35, -170, 45, false, false},
	} {
		some, all := NewBox(test.west, test.south, test.east, test.north).Meets(quad)
		if some != test.some || all != test.all {
			t.Errorf("%s: some %v, all %v", test.name, some, all)
		}
	}
}

func TestTiles(t *testing.T) {
	for _, test := range []struct {
		latitude, longitude float64
		zoom                int
		want                Tile
	}{
		{40.7128, -74.0060, 10, Tile{301, 385}},
		{40.7128, -74.0060, 0, Tile{0, 0}},
		{51.5, -0.12, 14, Tile{8186, 5448}},
		{-33.86, 151.2, 8, Tile{235, 153}},
		{89, 10, 5, Tile{16, 0}},
		{-89, -180, 5, Tile{0, 31}},
		{0, 180, 5, Tile{31, 15}},
	} {
		if got := CellOf(univaf.Position{Longitude: test.longitude, Latitude: test.latitude}).TileAt(test.zoom); got != test.want {
			t.Errorf("%v, %v at zoom %d: %v, want %v", test.latitude, test.longitude, test.zoom, got, test.want)
		}
	}
}

func TestLevels(t *testing.T) {
	for degrees, want := range map[float64]uint8{720: 0, 360: 0, 180: 1, 100: 1, 1: 8, 1e-12: 31} {
		if got := LevelOf(degrees); got != want {
			t.Errorf("%v degrees: level %d, want %d (of %s)", degrees, got, want, fmt.Sprint(360/math.Pow(2, float64(got))))
		}
	}
}
