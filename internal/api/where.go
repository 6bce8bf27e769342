package api

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/geo"
	"getmyvax.org/univaf/internal/usa"
)

// place reads where places are looked for.
func (p *parameterReader) place(q *search) {
	near, zip := p.text("near"), p.text("zip")
	switch {
	case near != "" && zip != "":
		p.fail("zip", "can't be combined with 'near'")
	case near != "":
		q.Near = p.near(near)
	case zip != "":
		q.Near = p.zip(zip)
	case p.text("radius") != "":
		p.fail("radius", "needs 'near' or 'zip'")
	}
	if text := p.text("radius"); text != "" {
		q.Radius = p.radius(text)
	}
	if text := p.text("bbox"); text != "" {
		q.Box = p.box(text)
	}
	for _, text := range p.list("state") {
		code, ok := usa.StateCode(text)
		if !ok {
			p.fail("state", "must be USPS codes or names of US states and territories, such as NJ,NY; not %s", quote(text))
			break
		}
		if !slices.Contains(q.States, code) {
			q.States = append(q.States, code)
		}
	}
	q.Counties, q.Cities = p.list("county"), p.list("city")
}

// numbers reads decimal numbers that are separated by commas.
func numbers(text string, n int) (list []float64, ok bool) {
	for one := range strings.SplitSeq(text, ",") {
		one = strings.TrimSpace(one)
		f, err := strconv.ParseFloat(one, 64)
		if err != nil || strings.Trim(one, "+-.0123456789") != "" {
			return nil, false
		}
		list = append(list, f)
	}
	return list, len(list) == n
}

func (p *parameterReader) near(text string) *univaf.Position {
	list, ok := numbers(text, 2)
	if !ok || math.Abs(list[0]) > 90 || math.Abs(list[1]) > 180 {
		p.fail("near", "must be a latitude from -90 to 90 and a longitude from -180 to 180, such as 40.52,-74.41; not %s", quote(text))
		return nil
	}
	return &univaf.Position{Latitude: list[0], Longitude: list[1]}
}

func (p *parameterReader) zip(text string) *univaf.Position {
	zip, ok := usa.ByZIP(text)
	switch {
	case !ok:
		p.fail("zip", "must be a ZIP code of the US, such as 08817; %s is none that is known", quote(text))
		return nil
	case zip.Latitude == 0 && zip.Longitude == 0:
		p.fail("zip", "must be a ZIP code of an area; that of %s is not known. Use 'near' or 'state'", quote(text))
		return nil
	}
	return &univaf.Position{Latitude: zip.Latitude, Longitude: zip.Longitude}
}

const (
	kmAMile   = 1.609344
	mostMiles = 500
)

// radius reads a distance and gives it in km.
func (p *parameterReader) radius(text string) float64 {
	digits := strings.TrimRight(strings.ToLower(text), "abcdefghijklmnopqrstuvwxyz ")
	km := 0.0
	list, ok := numbers(digits, 1)
	switch strings.TrimSpace(strings.ToLower(text)[len(digits):]) {
	case "", "mi", "mile", "miles":
		if ok {
			km = list[0] * kmAMile
		}
	case "km":
		if ok {
			km = list[0]
		}
	default:
		ok = false
	}
	if !ok || km <= 0 || km > mostMiles*kmAMile {
		p.fail("radius", "must be more than 0 and at most %d miles, such as 25 or 40km; not %s", mostMiles, quote(text))
		return 0
	}
	return km
}

func (p *parameterReader) box(text string) *geo.Box {
	list, ok := numbers(text, 4)
	if !ok || math.Abs(list[0]) > 180 || math.Abs(list[2]) > 180 || math.Abs(list[1]) > 90 || math.Abs(list[3]) > 90 || list[1] > list[3] {
		p.fail("bbox", "must be west,south,east,north in degrees, such as -74.5,40.3,-74.2,40.6, with south below north; "+
			"west is greater than east where it reaches over the antimeridian; not %s", quote(text))
		return nil
	}
	box := geo.NewBox(list[0], list[1], list[2], list[3])
	return &box
}
