package heb

import "getmyvax.org/univaf/internal/source"

// A location is a store.
type location struct {
	Name                   string  `json:"name"`
	StoreNumber            int64   `json:"storeNumber"`
	Street                 string  `json:"street"`
	City                   string  `json:"city"`
	State                  string  `json:"state"`
	ZIP                    string  `json:"zip"`
	Longitude              float64 `json:"longitude"`
	Latitude               float64 `json:"latitude"`
	URL                    string  `json:"url"`
	OpenAppointmentSlots   int64   `json:"openAppointmentSlots"`
	SlotDetails            []slots `json:"slotDetails"`
	AvailableImmunizations []string
}

// slots are the open ones for one kind of vaccine.
type slots struct {
	Manufacturer         string `json:"manufacturer"`
	OpenAppointmentSlots int64  `json:"openAppointmentSlots"`
}

// schema takes nothing that the file has not had: its form is nobody's promise, and any
// change may be one of meaning.
var schema = source.MustSchema(`{
	"type": "object",
	"additionalProperties": false,
	"required": [
		"type", "name", "storeNumber", "street", "city", "state", "zip", "longitude", "latitude", "url", "fluUrl",
		"openTimeslots", "openFluTimeslots", "openFluAppointmentSlots", "openAppointmentSlots",
		"slotDetails", "availableImmunizations"
	],
	"properties": {
		"type": {"const": "store"},
		"name": {"type": "string"},
		"storeNumber": {"type": "integer", "minimum": 1},
		"street": {"type": "string"},
		"city": {"type": "string"},
		"state": {"type": "string", "pattern": "[A-Za-z]{2}"},
		"zip": {"type": "string", "pattern": "[0-9]"},
		"longitude": {"type": "number"},
		"latitude": {"type": "number"},
		"url": {"$ref": "#/$defs/url"},
		"fluUrl": {"$ref": "#/$defs/url"},
		"openTimeslots": {"$ref": "#/$defs/count"},
		"openFluTimeslots": {"$ref": "#/$defs/count"},
		"openFluAppointmentSlots": {"$ref": "#/$defs/count"},
		"openAppointmentSlots": {"$ref": "#/$defs/count"},
		"slotDetails": {
			"type": "array",
			"items": {
				"type": "object",
				"additionalProperties": false,
				"required": ["openTimeslots", "openAppointmentSlots"],
				"properties": {
					"openTimeslots": {"$ref": "#/$defs/count"},
					"openAppointmentSlots": {"$ref": "#/$defs/count"},
					"manufacturer": {"type": "string"}
				}
			}
		},
		"availableImmunizations": {"type": ["array", "null"], "items": {"type": "string", "minLength": 1}}
	},
	"$defs": {
		"url": {"type": ["string", "null"], "pattern": "^$|^(?i:https?)://[^/\\s]+\\.[^/\\s]+(/\\S*)?$"},
		"count": {"type": "integer", "minimum": 0}
	}
}`)
