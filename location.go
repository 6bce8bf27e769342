package univaf

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"
)

// LocationType says what kind of place a location is.
type LocationType string

// The kinds of places.
const (
	Pharmacy     LocationType = "PHARMACY"
	MassVax      LocationType = "MASS_VAX"
	Clinic       LocationType = "CLINIC"
	MobileClinic LocationType = "MOBILE_CLINIC"
)

// LocationTypes lists the kinds of places.
var LocationTypes = []LocationType{Pharmacy, MassVax, Clinic, MobileClinic}

// A Location is a place that gives vaccinations. An empty string is an unknown
// value, and is null in JSON.
type Location struct {
	ID               string // UUID, lower case
	ExternalIDs      ExternalIDs
	Provider         string // who runs it, e.g. "cvs"
	LocationType     LocationType
	Name             string
	AddressLines     []string
	City             string
	State            string // USPS code
	PostalCode       string
	County           string
	Position         *Position
	InfoPhone        string
	InfoURL          string
	BookingPhone     string
	BookingURL       string
	Description      string
	RequiresWaitlist bool
	MinimumAgeMonths *int
	Meta             json.RawMessage // a JSON object, or nil
	IsPublic         bool
	InternalNotes    string // never shown without a key
	CreatedAt        time.Time
	UpdatedAt        time.Time // when its facts (not its availability) last changed
}

// Leaves reports whether l, as everybody sees it, is gone once it is as in next, for all or
// for those who look at one state or provider.
func (l Location) Leaves(next Location) bool {
	return l.IsPublic && (!next.IsPublic || l.State != next.State || l.Provider != next.Provider)
}

// Position is a point on the earth, in degrees (WGS 84).
type Position struct {
	Longitude float64 `json:"longitude"`
	Latitude  float64 `json:"latitude"`
}

// Distance is that between two points along a great circle, in km.
func (p Position) Distance(q Position) float64 {
	const radius = 6371.0088 // of the earth, km, on average
	radians := func(degrees float64) float64 { return degrees * math.Pi / 180 }
	north, east := math.Sin(radians(q.Latitude-p.Latitude)/2), math.Sin(radians(q.Longitude-p.Longitude)/2)
	h := north*north + math.Cos(radians(p.Latitude))*math.Cos(radians(q.Latitude))*east*east
	return 2 * radius * math.Asin(math.Sqrt(min(1, h)))
}

// An ExternalID names a location in somebody else's system, e.g. ["cvs", "2004"].
type ExternalID struct {
	System string // 1 or more characters, no colon
	Value  string // 1 to 512 bytes
}

// String is the form used in paths: system:value.
func (e ExternalID) String() string { return e.System + ":" + e.Value }

// MarshalJSON renders the pair [system, value].
func (e ExternalID) MarshalJSON() ([]byte, error) {
	return json.Marshal([2]string{e.System, e.Value})
}

// UnmarshalJSON reads the pair [system, value].
func (e *ExternalID) UnmarshalJSON(data []byte) error {
	var pair [2]string
	if err := json.Unmarshal(data, &pair); err != nil {
		return err
	}
	e.System, e.Value = pair[0], pair[1]
	return nil
}

// ParseExternalID reads the form used in paths, system:value. The value may hold
// colons, the system none.
func ParseExternalID(s string) (ExternalID, bool) {
	system, value, found := strings.Cut(s, ":")
	return ExternalID{system, value}, found && system != "" && value != ""
}

// Systems of external ids with a meaning of their own.
const (
	// SystemVTrckS is CDC's Vaccine Tracking System: a provider's PIN.
	SystemVTrckS = "vtrcks"
	// SystemNPI is the US National Provider Identifier.
	SystemNPI = "npi_usa"
	// SystemFormerID holds the UUIDs that a location had before it was merged
	// into the one that carries this id.
	SystemFormerID = "univaf_v1"
)

// SystemFromURI names a system of ids whose name is a URI, as those of FHIR's identifiers
// are, without colon: a web address goes by host and path ("https://a.example/store" is
// "a.example/store"), a URN by its parts ("urn:oid:1.2" is "urn_oid_1.2"). It is not ok for
// anything else.
func SystemFromURI(uri string) (system string, ok bool) {
	for _, scheme := range []string{"https://", "http://"} {
		if system, ok = strings.CutPrefix(uri, scheme); ok {
			break
		}
	}
	if !ok {
		system, ok = uri, strings.HasPrefix(uri, "urn:")
	}
	return strings.ReplaceAll(system, ":", "_"), ok && system != ""
}

// Identifies reports whether the id belongs to one place alone. VTrckS PINs and
// NPIs are shared by several sites of one provider, so they never tell which
// place is meant.
func (e ExternalID) Identifies() bool {
	return e.System != SystemVTrckS && e.System != SystemNPI
}

// ExternalIDs are a location's ids in the order in which they were first seen.
type ExternalIDs []ExternalID

// With returns the ids with those of more that are new behind them, and the new
// ones alone. It does not change ids.
func (ids ExternalIDs) With(more ExternalIDs) (all, added ExternalIDs) {
	all = ids
	for _, id := range more {
		if !slices.Contains(all, id) {
			all = append(slices.Clip(all), id)
			added = append(added, id)
		}
	}
	return all, added
}

// MinimumEligibleAge is the youngest age, in months, that the location takes:
// the larger of its own minimum and that of its vaccines. Either may be nil.
func MinimumEligibleAge(location, products *int) *int {
	if location == nil {
		return products
	}
	if products == nil || *products < *location {
		return location
	}
	return products
}
