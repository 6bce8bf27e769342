package geo

import "math"

// A Tile is one of those that web maps are made of: squares of the Mercator projection,
// 2^zoom by 2^zoom, counted from the north-west (the "slippy map" of OpenStreetMap).
type Tile struct{ X, Y uint32 }

// MostZoom is the finest zoom: tiles of 2 km or less.
const MostZoom = 14

// edge is the latitude, in radians, at which the map ends.
var edge = math.Atan(math.Sinh(math.Pi))

// TileAt gives the tile that the cell is on. What is beyond the map's edge is on its last
// tiles.
func (c Cell) TileAt(zoom int) Tile {
	x, _ := c.at()
	latitude := min(max(radians(c.Position().Latitude), -edge), edge)
	y := (1 - math.Asinh(math.Tan(latitude))/math.Pi) / 2
	side := float64(uint32(1) << zoom)
	return Tile{X: uint32(uint64(x) >> (32 - zoom)), Y: uint32(min(max(y*side, 0), side-1))}
}
