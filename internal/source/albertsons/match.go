package albertsons

import (
	"fmt"
	"math"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/usa"
)

// A spot is a point on the earth, ready for distances.
type spot struct{ lat, long, cos float64 } // radians; cos is that of lat

func spotAt(lat, long float64) spot {
	s := spot{lat: lat * math.Pi / 180, long: long * math.Pi / 180}
	s.cos = math.Cos(s.lat)
	return s
}

const earthRadius = 6371.0088 // km, on average

// distance is along the great circle, in km.
func (s spot) distance(t spot) float64 {
	north, east := math.Sin((t.lat-s.lat)/2), math.Sin((t.long-s.long)/2)
	return 2 * earthRadius * math.Asin(math.Sqrt(min(1, north*north+s.cos*t.cos*east*east)))
}

// addressKey makes addresses compare that are written in different ways.
func addressKey(a usa.Address) string {
	line := ""
	if len(a.Lines) > 0 {
		line = a.Lines[0]
	}
	return usa.MatchableAddress(usa.MatchableLines(fmt.Sprintf("%s, %s, %s %s", line, a.City, a.State, a.ZIP))...)
}

// Numbers that make a store likely to be the one that is meant. They were found by trying
// what the company published against its list of stores.
const (
	leastScore    = 0.2 // what is not above that is another place
	brandScore    = 0.1
	numberScore   = 0.25
	bothNumbers   = 0.1 // besides numberScore, if the old number is the same
	spotScore     = 0.25
	nearScore     = 0.2
	zipScore      = 0.1 // where a position is unknown
	sameSpot      = 0.15
	nearby        = 5.0  // km: no nearer counts for more, as positions are often a town's
	furthestOther = 80.0 // km: beyond that it is another place whatever else is the same
)

// find gives the store of the list that a place most likely is; nil if it is none of them.
func (s *stores) find(p *place, position *univaf.Position) *known {
	if s == nil {
		return nil
	}
	if k := s.at(p.address); k != nil {
		return k
	}
	var at *spot
	if position != nil {
		here := spotAt(position.Latitude, position.Longitude)
		at = &here
	}
	var best *known
	most := leastScore
	for _, k := range s.byState[p.address.State] {
		if score := k.score(p, at); score > most {
			best, most = k, score
		}
	}
	return best
}

// score tells how likely the store is the place, which is in the same state.
func (k *known) score(p *place, at *spot) (score float64) {
	elsewhere := p.brand != nil && p.brand.noStore
	if k.brands[p.brand] {
		score += brandScore
	}
	if p.number != "" && (p.number == k.number || p.number == k.oldNumber) {
		score += numberScore
		if k.number == k.oldNumber {
			score += bothNumbers
		}
	}
	if at == nil || k.at == nil {
		if p.address.ZIP == k.Address.PostalCode {
			score += zipScore
		}
		return score
	}
	switch km := at.distance(*k.at); {
	case km > furthestOther:
		return 0
	case km < sameSpot:
		score += spotScore
	case !elsewhere:
		score += nearScore / (max(km, nearby) - nearby + 1)
	}
	return score
}
