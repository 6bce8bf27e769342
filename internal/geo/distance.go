package geo

import (
	"math"

	"getmyvax.org/univaf"
)

// radius of the earth in km, on average.
const radius = 6371.0088

// A Center is a point from which distances are measured.
type Center struct{ latitude, longitude, cos float64 } // radians

// CenterAt gives the center at a position.
func CenterAt(p univaf.Position) Center {
	latitude := radians(p.Latitude)
	return Center{latitude, radians(p.Longitude), math.Cos(latitude)}
}

func radians(degrees float64) float64 { return degrees * math.Pi / 180 }

// Distance is that of a cell along a great circle, in km.
func (c Center) Distance(cell Cell) float64 {
	p := cell.Position()
	latitude := radians(p.Latitude)
	north, east := math.Sin((latitude-c.latitude)/2), math.Sin((radians(p.Longitude)-c.longitude)/2)
	h := north*north + c.cos*math.Cos(latitude)*east*east
	return 2 * radius * math.Asin(math.Sqrt(min(1, h)))
}

// AtLeast is what no point of the quad is nearer than, in km: 0 if the center is in it.
//
// Who comes to the quad from the north or south goes over its parallel; who comes from the
// side goes over the meridian of its west or its east. A meridian's whole circle is at
// asin(cos φ · sin Δλ).
func (c Center) AtLeast(q Quad) float64 {
	x, y := q.First.at()
	size := (float64(q.side()) + 1) / whole
	south := radians(float64(y)/whole*180 - 90)
	west := radians(float64(x)/whole*360 - 180)
	north, east := south+size*math.Pi, west+size*2*math.Pi

	least := max(south-c.latitude, c.latitude-north, 0)
	if c.longitude < west || c.longitude > east {
		toWest, toEast := math.Abs(math.Sin(west-c.longitude)), math.Abs(math.Sin(east-c.longitude))
		least = max(least, math.Asin(min(1, c.cos*min(toWest, toEast))))
	}
	return radius * least
}
