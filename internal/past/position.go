package past

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"

	"getmyvax.org/univaf"
)

var errPosition = errors.New("must be a point: an object, GeoJSON, WKT or EWKB")

// readPosition reads a point in any of the forms in which the old system's was exported:
// {longitude, latitude}, GeoJSON (RFC 7946, section 3.1.2), the text of PostGIS's WKT
// ("SRID=4326;POINT(-74 40)") or its EWKB in hexadecimal digits, as psql and row_to_json
// show a geography. It gives nil for null and for an empty point.
func readPosition(raw []byte) (*univaf.Position, error) {
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return nil, nil
	case raw[0] == '{':
		return objectPosition(raw)
	}
	text, ok := univaf.Text(raw)
	if !ok {
		return nil, errPosition
	}
	text = bytes.TrimSpace(text)
	if bytes.HasPrefix(text, []byte("0")) {
		return ewkbPosition(text)
	}
	return wktPosition(string(text))
}

func objectPosition(raw []byte) (*univaf.Position, error) {
	var p struct {
		Longitude, Latitude *float64
		Type                string
		Coordinates         []float64
	}
	if err := json.Unmarshal(raw, &p); err != nil {
		return nil, errPosition
	}
	switch {
	case p.Longitude != nil && p.Latitude != nil:
		return point(*p.Longitude, *p.Latitude)
	case p.Type == "Point" && len(p.Coordinates) >= 2:
		return point(p.Coordinates[0], p.Coordinates[1])
	case p.Longitude == nil && p.Latitude == nil && p.Type == "": // what old versions gave for none
		return nil, nil
	}
	return nil, errPosition
}

func point(longitude, latitude float64) (*univaf.Position, error) {
	if math.IsNaN(longitude) && math.IsNaN(latitude) { // PostGIS's empty point
		return nil, nil
	}
	if !(math.Abs(longitude) <= 180 && math.Abs(latitude) <= 90) {
		return nil, errPosition
	}
	return &univaf.Position{Longitude: longitude, Latitude: latitude}, nil
}

// The type word of PostGIS's EWKB: a type of geometry, and what else there is.
const (
	ewkbPoint = 1
	ewkbZ     = 1 << 31
	ewkbM     = 1 << 30
	ewkbSRID  = 1 << 29
)

// ewkbPosition reads order (1: little-endian), type, SRID if there is one, and coordinates.
func ewkbPosition(digits []byte) (*univaf.Position, error) {
	data := make([]byte, hex.DecodedLen(len(digits)))
	if _, err := hex.Decode(data, digits); err != nil || len(data) < 5 {
		return nil, errPosition
	}
	var order binary.ByteOrder = binary.BigEndian
	if data[0] == 1 {
		order = binary.LittleEndian
	}
	kind, data := order.Uint32(data[1:]), data[5:]
	if kind&ewkbSRID != 0 {
		data = data[min(len(data), 4):]
	}
	if kind&^(ewkbZ|ewkbM|ewkbSRID) != ewkbPoint || len(data) < 16 {
		return nil, errPosition
	}
	return point(math.Float64frombits(order.Uint64(data)), math.Float64frombits(order.Uint64(data[8:])))
}

func wktPosition(text string) (*univaf.Position, error) {
	if _, rest, found := strings.Cut(text, ";"); found {
		text = rest
	}
	text = strings.ToUpper(strings.TrimSpace(text))
	inside, isPoint := strings.CutPrefix(text, "POINT")
	inside = strings.TrimSpace(inside)
	if !isPoint {
		return nil, errPosition
	}
	if inside == "EMPTY" {
		return nil, nil
	}
	numbers := strings.Fields(strings.TrimSuffix(strings.TrimPrefix(inside, "("), ")"))
	if len(numbers) < 2 {
		return nil, errPosition
	}
	longitude, err := strconv.ParseFloat(numbers[0], 64)
	latitude, err2 := strconv.ParseFloat(numbers[1], 64)
	if err != nil || err2 != nil {
		return nil, errPosition
	}
	return point(longitude, latitude)
}
