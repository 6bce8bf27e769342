// Package geo lays the earth out along a line, so that what is near each other on the
// ground mostly is so in an ordered index, too: cells of a centimetre on a Z-order curve
// (Morton, 1966), and quads, which are runs of cells.
//
// It must not know of places or of an index.
package geo

import (
	"math"
	"math/bits"

	"getmyvax.org/univaf"
)

// A Cell is a point of the earth, exact to a centimetre. Its bits are in turn those of the
// latitude and the longitude, from the south-west on, the highest first.
type Cell uint64

// whole is how many steps a circle of latitude, or a half one of longitude, is cut into.
const whole = 1 << 32

// CellOf gives the cell that the position lies in.
func CellOf(p univaf.Position) Cell {
	return cellAt(column(p.Longitude), row(p.Latitude))
}

// Position is the middle of the cell.
func (c Cell) Position() univaf.Position {
	x, y := c.at()
	return univaf.Position{Longitude: (float64(x)+0.5)/whole*360 - 180, Latitude: (float64(y)+0.5)/whole*180 - 90}
}

func column(longitude float64) uint32 { return step((longitude + 180) / 360) }
func row(latitude float64) uint32     { return step((latitude + 90) / 180) }

func step(fraction float64) uint32 {
	return uint32(min(max(fraction*whole, 0), math.MaxUint32))
}

func cellAt(x, y uint32) Cell { return Cell(spread(x) | spread(y)<<1) }

func (c Cell) at() (x, y uint32) { return gather(uint64(c)), gather(uint64(c) >> 1) }

// spread puts a zero before every bit.
func spread(n uint32) uint64 {
	x := uint64(n)
	x = (x | x<<16) & 0x0000ffff0000ffff
	x = (x | x<<8) & 0x00ff00ff00ff00ff
	x = (x | x<<4) & 0x0f0f0f0f0f0f0f0f
	x = (x | x<<2) & 0x3333333333333333
	return (x | x<<1) & 0x5555555555555555
}

// gather takes every second bit away, of which the highest is the first.
func gather(x uint64) uint32 {
	x &= 0x5555555555555555
	x = (x | x>>1) & 0x3333333333333333
	x = (x | x>>2) & 0x0f0f0f0f0f0f0f0f
	x = (x | x>>4) & 0x00ff00ff00ff00ff
	x = (x | x>>8) & 0x0000ffff0000ffff
	return uint32(x | x>>16)
}

// A Quad is a rectangle of cells that follow one another. The zero Quad is the earth; its
// quarters are of level 1.
type Quad struct {
	First Cell
	Level uint8 // up to Levels
}

// Levels is how often the earth can be quartered: what is left is a cell.
const Levels = 32

// Last is the quad's last cell.
func (q Quad) Last() Cell { return q.First | Cell(math.MaxUint64>>(2*q.Level)) }

// Quarters gives the four quads of the next level.
func (q Quad) Quarters() (list [4]Quad) {
	level := q.Level + 1
	for i := range list {
		list[i] = Quad{q.First | Cell(i)<<(64-2*level), level}
	}
	return list
}

// side is one less than how many cells it has on a side.
func (q Quad) side() uint32 { return math.MaxUint32 >> q.Level }

// LevelOf gives the level of the smallest quads that are at least so many degrees wide.
func LevelOf(degrees float64) uint8 {
	n := bits.Len32(uint32(min(360/degrees, math.MaxUint32)))
	return uint8(max(n-1, 0))
}

// A Box is a rectangle of the map, with its edges.
type Box struct {
	x, y          uint32 // of the south-west corner
	width, height uint32
}

// NewBox gives a box by its edges, in degrees. One whose west is greater than its east
// reaches over the antimeridian.
func NewBox(west, south, east, north float64) Box {
	x, y := column(west), row(south)
	return Box{x, y, column(east) - x, row(north) - y} // it may go round: so do the numbers
}

// Has reports whether the cell is in the box.
func (b Box) Has(c Cell) bool {
	x, y := c.at()
	return x-b.x <= b.width && y-b.y <= b.height
}

// Meets reports whether some, and whether all, of the quad is in the box.
func (b Box) Meets(q Quad) (some, all bool) {
	x, y := q.First.at()
	someX, allX := meets(x, q.side(), b.x, b.width)
	someY, allY := meets(y, q.side(), b.y, b.height)
	return someX && someY, allX && allY
}

// meets compares two runs that may go round: of the numbers from a to a+n, and from b to
// b+m.
func meets(a, n, b, m uint32) (some, all bool) {
	start := a - b // where it begins, seen from b
	return start <= m || b-a <= n, start <= m && n <= m-start
}
