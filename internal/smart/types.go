package smart

import (
	"encoding/json"
	"strings"
	"time"
	"unicode"

	"getmyvax.org/univaf"
)

// An Instant is a date and time with an offset as its publisher wrote it: the
// offset tells what date it is at the place.
type Instant string

// InstantOf renders t in UTC.
func InstantOf(t time.Time) Instant { return Instant(univaf.FormatTime(t)) }

// Full gives the instant with a whole offset: the standard's own example has
// "-05" where ISO 8601 wants "-05:00" of such a time.
func (i Instant) Full() string {
	s := string(i)
	if n := len(s); n > len("2006-01-02T") && (s[n-3] == '-' || s[n-3] == '+') {
		s += ":00"
	}
	return s
}

// Time reads the instant. It gives an error where there is no offset, too.
func (i Instant) Time() (time.Time, error) {
	s := i.Full()
	t, err := univaf.ParseTime(s)
	if err == nil && !hasOffset(s) {
		err = errNoOffset
	}
	return t, err
}

func hasOffset(s string) bool {
	return strings.HasSuffix(s, "Z") || (len(s) > len("2006-01-02T") && strings.ContainsAny(s[len("2006-01-02T"):], "+-"))
}

// Date gives the local date, YYYY-MM-DD; the instant must be valid.
func (i Instant) Date() string { return string(i[:min(len(i), len(time.DateOnly))]) }

// A Location is a place where appointments can be had (FHIR Location).
type Location struct {
	ResourceType string       `json:"resourceType"` // Location
	ID           string       `json:"id"`
	Identifier   []Identifier `json:"identifier,omitempty"`
	Name         string       `json:"name"`
	Description  string       `json:"description,omitempty"`
	Telecom      []Telecom    `json:"telecom"`
	Address      Address      `json:"address"`
	Position     *Position    `json:"position,omitempty"`
	Meta         *Meta        `json:"meta,omitempty"`
}

// Meta is what aggregators say of a resource besides what is in it.
type Meta struct {
	LastUpdated Instant     `json:"lastUpdated,omitempty"`
	Source      string      `json:"source,omitempty"`    // a URI: whose word it is
	Extension   []Extension `json:"extension,omitempty"` // ExtLastSourceSync
}

// UnmarshalJSON reads what it can: nothing depends on it.
func (m *Meta) UnmarshalJSON(data []byte) error {
	type plain Meta
	var read plain
	if json.Unmarshal(data, &read) == nil {
		*m = Meta(read)
	}
	return nil
}

// An Identifier names a place in somebody's system, e.g. SystemVTrckS.
type Identifier struct {
	System string `json:"system"` // a URI
	Value  string `json:"value"`
}

// A Telecom is a telephone number or a web address.
type Telecom struct {
	System string `json:"system"` // phone or url
	Value  string `json:"value"`
}

// An Address is a US postal address. District is the county.
type Address struct {
	Line       []string `json:"line"`
	City       string   `json:"city"`
	State      string   `json:"state"` // USPS code
	PostalCode string   `json:"postalCode"`
	District   string   `json:"district,omitempty"`
}

// A Position is a point on the earth, in degrees (WGS 84).
type Position struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

// A Schedule is one service at one Location (FHIR Schedule).
type Schedule struct {
	ResourceType string            `json:"resourceType"` // Schedule
	ID           string            `json:"id"`
	ServiceType  []CodeableConcept `json:"serviceType"`
	Actor        []Reference       `json:"actor"` // exactly one, Location/ID
	Extension    []Extension       `json:"extension,omitempty"`
	Meta         *Meta             `json:"meta,omitempty"`
}

// A CodeableConcept says one thing in the codes of several systems.
type CodeableConcept struct {
	Coding []Coding `json:"coding"`
}

// A Coding is a code of a system.
type Coding struct {
	System  string `json:"system"` // a URI
	Code    string `json:"code"`
	Display string `json:"display"`
}

// A Reference points to another resource: Type/ID.
type Reference struct {
	Reference string `json:"reference"`
}

// ID is the part behind the slash.
func (r Reference) ID() string {
	_, id, _ := strings.Cut(r.Reference, "/")
	return id
}

// The statuses of a Slot.
const (
	Free = "free"
	Busy = "busy"
)

// A Slot is an appointment, or several alike, of one Schedule (FHIR Slot).
type Slot struct {
	ResourceType string      `json:"resourceType"` // Slot
	ID           string      `json:"id"`
	Schedule     Reference   `json:"schedule"` // Schedule/ID
	Status       string      `json:"status"`   // Free or Busy
	Start        Instant     `json:"start"`
	End          Instant     `json:"end"`
	Extension    []Extension `json:"extension,omitempty"`
}

// IsImmunization reports whether the schedule is for giving vaccines.
func (s *Schedule) IsImmunization() bool {
	for _, concept := range s.ServiceType {
		for _, c := range concept.Coding {
			if c.System == SystemServiceType && c.Code == CodeImmunization {
				return true
			}
		}
	}
	return false
}

// FirstTelecom gives the first value of that system, e.g. "phone", or "".
func (l *Location) FirstTelecom(system string) string {
	for _, t := range l.Telecom {
		if t.System == system {
			return t.Value
		}
	}
	return ""
}

// ExternalIDs gives the location's ids as the domain knows them: [own, l.ID] first
// unless own is "", then the identifiers in order. Systems that the domain has a
// name for get it; the others go through rename unless it is nil. What publishers
// write for "none" is left out.
func (l *Location) ExternalIDs(own string, rename func(Identifier) Identifier) univaf.ExternalIDs {
	var ids univaf.ExternalIDs
	if own != "" {
		ids = append(ids, univaf.ExternalID{System: own, Value: l.ID})
	}
	for _, id := range l.Identifier {
		if isNone(id.Value) {
			continue
		}
		switch {
		case id.System == SystemVTrckS:
			id.System = univaf.SystemVTrckS
		case id.System == SystemNPI:
			id.System = univaf.SystemNPI
		case rename != nil:
			id = rename(id)
		}
		ids, _ = ids.With(univaf.ExternalIDs{{System: id.System, Value: id.Value}})
	}
	return ids
}

// Facts gives, with the ids given, what all publishers mean alike: address, county
// and position. Names, telephones and addresses on the web are left to the source.
func (l *Location) Facts(ids univaf.ExternalIDs) univaf.Location {
	facts := univaf.Location{
		ExternalIDs:  ids,
		AddressLines: l.Address.Line,
		City:         l.Address.City,
		State:        l.Address.State,
		PostalCode:   l.Address.PostalCode,
		County:       strings.TrimSpace(l.Address.District),
	}
	if p := l.Position; p != nil {
		facts.Position = &univaf.Position{Longitude: p.Longitude, Latitude: p.Latitude}
	}
	return facts
}

// isNone: e.g. Walgreens says "unknown VTrckS pin for 13656".
func isNone(value string) bool {
	return value == "" || value == "null" || value == "nil" || strings.Contains(value, "unknown")
}

func validID(id string) bool {
	if len(id) == 0 || len(id) > 64 {
		return false
	}
	for _, c := range id {
		ascii := c < unicode.MaxASCII && (unicode.IsLetter(c) || unicode.IsDigit(c))
		if !ascii && !strings.ContainsRune("-._", c) && !unicode.IsSpace(c) {
			return false
		}
	}
	return true
}

// MarshalJSON renders the resource with its type and with every required member.
func (l Location) MarshalJSON() ([]byte, error) {
	type plain Location
	l.ResourceType = typeLocation
	l.Telecom = orEmpty(l.Telecom)
	l.Address.Line = orEmpty(l.Address.Line)
	return json.Marshal(plain(l))
}

// MarshalJSON renders the resource with its type and with every required member.
func (s Schedule) MarshalJSON() ([]byte, error) {
	type plain Schedule
	s.ResourceType = typeSchedule
	s.ServiceType = orEmpty(s.ServiceType)
	s.Actor = orEmpty(s.Actor)
	return json.Marshal(plain(s))
}

// MarshalJSON renders the resource with its type.
func (s Slot) MarshalJSON() ([]byte, error) {
	type plain Slot
	s.ResourceType = typeSlot
	return json.Marshal(plain(s))
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
