package catalog

import (
	"bytes"
	"hash/maphash"
	"math"
	"strings"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/geo"
	"getmyvax.org/univaf/internal/usa"
	"getmyvax.org/univaf/internal/words"
)

// A site is what is searched for of a location's facts. Records of the same facts share
// it.
type site struct {
	cell      geo.Cell // where it is, if it is placed
	updatedAt int64    // milliseconds since 1970
	text      uint64   // hash of what words are looked for in
	city      string   // folded
	county    string   // folded, without "county"; of the ZIP code where the facts name none
	kind      uint8    // of the location, one more than its place in univaf.LocationTypes, or 0
	placed    placing
	walkIn    answer
}

// A placing tells how it is known where a location is.
type placing uint8

const (
	unplaced placing = iota
	byPosition
	byPostalCode
)

// An answer may be none.
type answer uint8

const (
	unsaid answer = iota
	saysYes
	saysNo
)

func (p *packer) site(l *univaf.Location) *site {
	s := &site{
		updatedAt: l.UpdatedAt.UnixMilli(), city: p.name(words.Fold(l.City)), walkIn: walkIn(l.Meta),
	}
	for _, text := range texts(l) {
		s.text = s.text*31 + maphash.String(contentSeed, text)
	}
	for i, kind := range univaf.LocationTypes {
		if kind == l.LocationType {
			s.kind = uint8(i + 1)
		}
	}
	county := l.County
	zip, known := usa.ByZIP(l.PostalCode)
	if county == "" {
		county = zip.County
	}
	s.county = p.name(foldCounty(county))
	switch {
	case l.Position != nil:
		s.cell, s.placed = geo.CellOf(*l.Position), byPosition
	case known && onTheMap(zip):
		s.cell, s.placed = geo.CellOf(univaf.Position{Longitude: zip.Longitude, Latitude: zip.Latitude}), byPostalCode
	}
	return s
}

func onTheMap(z usa.ZIP) bool { return z.Latitude != 0 || z.Longitude != 0 }

// countyWords are what counties are called besides their names.
var countyWords = []string{" county", " parish", " borough", " census area", " municipality", " municipio"}

// foldCounty makes "St. Mary's County" and "st marys" the same.
func foldCounty(name string) string {
	name = words.Fold(name)
	for _, word := range countyWords {
		if short, found := strings.CutSuffix(name, word); found {
			return short
		}
	}
	return name
}

// walkIn reads what sources say in meta: the CDC "walkins_accepted", Washington's
// Department of Health "walkIn".
func walkIn(meta []byte) answer {
	if !bytes.Contains(bytes.ToLower(meta), []byte("walk")) {
		return unsaid
	}
	for name, value := range univaf.Members(meta) {
		switch strings.ReplaceAll(words.Fold(string(name)), " ", "") {
		case "walkin", "walkins", "walkinsaccepted", "acceptswalkins":
			text, isText := univaf.Text(value)
			if !isText {
				text = value
			}
			switch strings.ToLower(string(text)) {
			case "true", "yes", "y":
				return saysYes
			case "false", "no", "n":
				return saysNo
			}
		}
	}
	return unsaid
}

// offset is how many minutes from UTC the time is there by the sun, which is near enough
// to tell when a day is over.
func (s *site) offset() int64 {
	if s.placed == unplaced {
		return -6 * 60 // somewhere in the middle of the country
	}
	return 60 * int64(math.Round(s.cell.Position().Longitude/15))
}
