package demo

import (
	"encoding/csv"
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"testing"

	"getmyvax.org/univaf/internal/usa"
)

func TestTablesCoverTheStates(t *testing.T) {
	for _, s := range usa.States {
		has := s.HasPlaces()
		if got := usa.Population[s.Code] > 0; got != has {
			t.Errorf("%s: people: %v, want %v", s.Code, got, has)
		}
		if got := areaCodes[s.Code] != ""; got != has {
			t.Errorf("%s: area code: %v, want %v", s.Code, got, has)
		}
		if got := len(points()[s.Code]) > 0; got != has {
			t.Errorf("%s: points: %v, want %v", s.Code, got, has)
		}
	}
}

func TestPointsAreInTheirState(t *testing.T) {
	file, err := os.Open("../../../shared/data/zips.csv")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("no list of ZIP codes here")
	} else if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	type zipCode struct {
		state    string
		lat, lng float64
	}
	zips := map[string]zipCode{}
	for _, row := range rows[1:] {
		lat, _ := strconv.ParseFloat(row[1], 64) // "" of a military one
		lng, _ := strconv.ParseFloat(row[2], 64)
		zips[row[0]] = zipCode{row[4], lat, lng}
	}
	for state, list := range points() {
		for _, p := range list {
			zip := zips[p.zip]
			if far := metres(zip.lat, zip.lng, p.lat, p.lng); zip.state != state || far > 25_000 {
				t.Errorf("%s %s is %.0f m from that ZIP code of %q", state, p.zip, far, zip.state)
			}
		}
	}
}

func TestReadPointsSaysWhatIsWrong(t *testing.T) {
	const header = "zip,state,city,county,lat,lng,time_zone,spread_m\n"
	for _, test := range []struct{ name, line string }{
		{"number", "07102,NJ,Newark,Essex,x,-74.174,America/New_York,500"},
		{"zone", "07102,NJ,Newark,Essex,40.736,-74.174,America/Newark,500"},
		{"columns", "07102,NJ,Newark"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := readPoints(strings.NewReader(header + test.line)); err == nil {
				t.Error("no error")
			}
		})
	}
}
