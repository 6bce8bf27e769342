package source

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"getmyvax.org/univaf"
)

// Encode renders JSON with & and < as they are: it is read by people, and compared. The
// value must be one that encodes.
func Encode(v any) json.RawMessage {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(fmt.Sprintf("source: %v", err))
	}
	return bytes.TrimSpace(out.Bytes())
}

// Sample shows the beginning of what upstream sent.
func Sample[Text ~string | ~[]byte](text Text) string {
	const most = 200
	short := []byte(text)
	if len(short) <= most {
		return string(bytes.ToValidUTF8(short, []byte("\uFFFD")))
	}
	return string(bytes.ToValidUTF8(short[:most], nil)) + "…"
}

// Position gives a point on the earth. What is none, or is where longitude and latitude
// are 0, is left out with a warning.
func Position(env Env, id string, latitude, longitude float64) *univaf.Position {
	if !(math.Abs(latitude) <= 90 && math.Abs(longitude) <= 180) || latitude == 0 && longitude == 0 {
		env.Warn(Warning{Kind: "invalid position", ID: id, Sample: fmt.Sprintf("latitude %v, longitude %v", latitude, longitude)})
		return nil
	}
	return &univaf.Position{Latitude: latitude, Longitude: longitude}
}

// Products gathers what a source calls vaccines.
type Products struct {
	Codes   []string // each once
	Unknown []string // names that are no product's, each once
}

// Add adds a product, or a name that is none's with a warning.
func (p *Products) Add(env Env, id, name, code string, known bool) {
	if known {
		p.Codes = with(p.Codes, code)
		return
	}
	env.Warn(Warning{Kind: "unknown product", ID: id, Sample: Sample(name)})
	if name != "" {
		p.Unknown = with(p.Unknown, name)
	}
}

// Meta keeps the unknown names for those who read the availability; nil if there are none.
func (p *Products) Meta() json.RawMessage {
	if len(p.Unknown) == 0 {
		return nil
	}
	return Encode(map[string][]string{"unknown_products": p.Unknown})
}

func with(list []string, one string) []string {
	if slices.Contains(list, one) {
		return list
	}
	return append(list, one)
}

// UnpaddedIDs gives each id and, behind it, the one without zeros in front, each once.
func UnpaddedIDs(ids univaf.ExternalIDs) (out univaf.ExternalIDs) {
	for _, id := range ids {
		out, _ = out.With(univaf.ExternalIDs{id, {System: id.System, Value: Unpad(id.Value)}})
	}
	return out
}

// NPI gives the National Provider Identifier among the ids as a location's meta, where
// readers look for it; nil if there is none.
func NPI(ids univaf.ExternalIDs) json.RawMessage {
	for _, id := range ids {
		if id.System == "npi_usa" {
			return Encode(map[string]string{"npi_usa": id.Value})
		}
	}
	return nil
}
