package usa

import (
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // a minimal container image has no time zones of its own
)

// mainZones says by whose clock most people of a state live.
var mainZones = map[string]string{
	"America/New_York":             "CT DC DE FL GA KY MA MD ME NC NH NJ NY OH PA RI SC VA VT WV",
	"America/Detroit":              "MI",
	"America/Indiana/Indianapolis": "IN",
	"America/Chicago":              "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI",
	"America/Denver":               "CO MT NM UT WY",
	"America/Boise":                "ID",
	"America/Phoenix":              "AZ",
	"America/Los_Angeles":          "CA NV OR WA",
	"America/Anchorage":            "AK",
	"Pacific/Honolulu":             "HI",
	"America/Puerto_Rico":          "PR",
	"America/St_Thomas":            "VI",
	"Pacific/Pago_Pago":            "AS",
	"Pacific/Guam":                 "GU",
	"Pacific/Saipan":               "MP",
	"Pacific/Chuuk":                "FM",
	"Pacific/Majuro":               "MH",
	"Pacific/Palau":                "PW",
}

// stateZones gives the main zone of each state that is on the map.
var stateZones = sync.OnceValue(func() map[string]string {
	zones := map[string]string{}
	for zone, states := range mainZones {
		for state := range strings.FieldsSeq(states) {
			zones[state] = zone
		}
	}
	return zones
})

var loadedZones sync.Map // of *time.Location, by name

// Zone gives the time zone of a place: that of its ZIP code or, where that is not known,
// the one in which most of the state's people live. Without both it is UTC.
func Zone(postalCode, state string) *time.Location {
	z, _ := ByZIP(postalCode)
	name := z.TimeZone
	if name == "" {
		name = stateZones()[state]
	}
	if known, ok := loadedZones.Load(name); ok {
		return known.(*time.Location)
	}
	zone, err := time.LoadLocation(name) // "" is UTC
	if err != nil {
		zone = time.UTC
	}
	loadedZones.Store(name, zone)
	return zone
}
