package demo

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // a minimal container image has no time zones of its own

	"getmyvax.org/univaf/internal/usa"
)

// A point is where some of a state's places lie.
type point struct {
	zip, city, county string
	lat, lng          float64 // degrees
	spread            float64 // metres around it that are land and of the same state
	zone              *time.Location
}

//go:embed points.csv
var pointsCSV string

// points gives each state's points by its code, big cities first.
var points = sync.OnceValue(func() map[string][]point {
	all, err := readPoints(strings.NewReader(pointsCSV))
	if err != nil {
		panic(err) // the file is part of the program
	}
	return all
})

// readPoints reads lines of zip, state, city, county, lat, lng, time_zone, spread_m
// below a header.
func readPoints(r io.Reader) (map[string][]point, error) {
	file := csv.NewReader(r)
	file.Comment = '#'
	rows, err := file.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("points: %w", err)
	}
	zones := map[string]*time.Location{}
	all := map[string][]point{}
	for _, row := range rows[1:] {
		p := point{zip: row[0], city: row[2], county: row[3]}
		for i, to := range []*float64{&p.lat, &p.lng, nil, &p.spread} {
			if to == nil {
				continue
			}
			if *to, err = strconv.ParseFloat(row[4+i], 64); err != nil {
				return nil, fmt.Errorf("points: %s: %w", p.zip, err)
			}
		}
		name := row[6]
		if zones[name] == nil {
			if zones[name], err = time.LoadLocation(name); err != nil {
				return nil, fmt.Errorf("points: %s: %w", p.zip, err)
			}
		}
		p.zone = zones[name]
		all[row[1]] = append(all[row[1]], p)
	}
	return all, nil
}

// moved gives the coordinates some metres north and east of a point, to a metre.
func (p point) moved(north, east float64) (lat, lng float64) {
	const degree = 111_200 // metres
	lat = p.lat + north/degree
	lng = p.lng + east/(degree*math.Cos(p.lat*math.Pi/180))
	round := func(x float64) float64 { return math.Round(x*1e5) / 1e5 }
	return round(lat), round(lng)
}

const (
	aboutPlaces = 4_965 // before the small states are given their fewest
	fewest      = 6
)

// placesIn is how many places there are in a state: by its share of the people.
func placesIn(code string) int {
	return max(fewest, int(math.Round(aboutPlaces*float64(usa.Population[code])/float64(everyone()))))
}

var everyone = sync.OnceValue(func() (sum int) {
	for _, n := range usa.Population {
		sum += n
	}
	return sum
})

// areaCodes has one of each state's telephone area codes. The freely associated
// states are outside the North American plan; they are given Hawaii's.
var areaCodes = map[string]string{
	"AL": "205", "AK": "907", "AZ": "602", "AR": "501", "CA": "916", "CO": "303", "CT": "203",
	"DE": "302", "FL": "850", "GA": "404", "HI": "808", "ID": "208", "IL": "217", "IN": "317",
	"IA": "515", "KS": "785", "KY": "502", "LA": "225", "ME": "207", "MD": "410", "MA": "617",
	"MI": "517", "MN": "651", "MS": "601", "MO": "573", "MT": "406", "NE": "402", "NV": "775",
	"NH": "603", "NJ": "609", "NM": "505", "NY": "518", "NC": "919", "ND": "701", "OH": "614",
	"OK": "405", "OR": "503", "PA": "717", "RI": "401", "SC": "803", "SD": "605", "TN": "615",
	"TX": "512", "UT": "801", "VT": "802", "VA": "804", "WA": "360", "WV": "304", "WI": "608",
	"WY": "307", "DC": "202", "AS": "684", "GU": "671", "MP": "670", "PR": "787", "VI": "340",
	"FM": "808", "MH": "808", "PW": "808",
}

// states gives the states that have places.
func states(yield func(usa.State) bool) {
	for _, s := range usa.States {
		if s.HasPlaces() && !yield(s) {
			return
		}
	}
}
