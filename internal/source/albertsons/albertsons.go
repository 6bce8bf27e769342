// Package albertsons reads where the pharmacies of Albertsons Companies (Safeway, Vons,
// Jewel-Osco and more) have appointments: from the site where people book them, and from
// a file that its forerunner published. Neither tells much of the places, so that a list of
// the chain's stores goes with them.
package albertsons

import (
	"encoding/json"
	"strconv"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/source"
)

// provider is the company, and a system of ids: those of the published file.
const provider = "albertsons"

// numberIDs gives the ids of a store, from its number (without zeros in front). Brands
// have their own numbers, though all of the company's seem to be different.
func numberIDs(b *brand, number string) univaf.ExternalIDs {
	return univaf.ExternalIDs{
		{System: b.key, Value: number},
		{System: "albertsons_store_number", Value: b.key + ":" + number},
	}
}

// A text is a string or a number of JSON, or "" for null.
type text string

func (t *text) UnmarshalJSON(data []byte) error {
	var number json.Number
	if err := json.Unmarshal(data, &number); err == nil {
		*t = text(number)
		return nil
	}
	return json.Unmarshal(data, (*string)(t))
}

// point reads a position that stands in texts; nil, with a warning, if it is none.
func point(env source.Env, id string, latitude, longitude text) *univaf.Position {
	if latitude == "" && longitude == "" {
		return nil
	}
	lat, err := strconv.ParseFloat(string(latitude), 64)
	long, err2 := strconv.ParseFloat(string(longitude), 64)
	if err != nil || err2 != nil {
		env.Warn(source.Warning{Kind: "invalid position", ID: id, Sample: source.Sample(latitude + ", " + longitude)})
		return nil
	}
	return source.Position(env, id, lat, long)
}
