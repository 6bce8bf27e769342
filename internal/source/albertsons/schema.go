package albertsons

import (
	"fmt"

	"getmyvax.org/univaf/internal/source"
)

// An apiItem is a store that has appointments, as the booking site has it.
type apiItem struct {
	Store        apiStore
	ServiceTypes []struct {
		Name string `json:"serviceTypeName"`
	}
}

type apiStore struct {
	StoreNumber        string // these two were always the same
	CurrentStoreNumber string
	StoreName          string // the brand
	StoreDivision      string // a UUID
	StreetAddress      string
	StreetAddress2     string
	City               string
	State              string
	ZIP                string
	Longitude          float64
	Latitude           float64
	Telephone          string
	MFHours            string // Monday to Friday, e.g. "9am - 8pm"
	SatHours           string
	SunHours           string
	WebsiteURL         string // the brand's
}

// itemSchema is strict: the site's interface is not meant for us and may change at any time.
var itemSchema = source.MustSchema(fmt.Sprintf(`{
	"type": "object", "additionalProperties": false, "required": ["store", "serviceTypes"],
	"properties": {
		"store": {
			"type": "object", "additionalProperties": false,
			"required": [
				"storeNumber", "currentStoreNumber", "storeName", "storeDivision", "streetAddress", "streetAddress2", "city",
				"state", "zip", "longitude", "latitude", "distanceFromSearchPointMiles", "telephone", "fax", "imageUrl", "mfHours",
				"satHours", "sunHours", "twentyfourHours", "availableAppointments", "websiteUrl", "vcClientId"
			],
			"properties": {
				"storeNumber": {"type": "string", "pattern": "^[0-9]{1,8}$"},
				"currentStoreNumber": {"type": "string", "pattern": "^[0-9]{1,8}$"},
				"storeName": {"enum": %s},
				"storeDivision": {"type": "string"},
				"streetAddress": {"type": "string"},
				"streetAddress2": {"type": ["string", "null"]},
				"city": {"type": "string"},
				"state": {"type": "string", "pattern": "[A-Z]{2}"},
				"zip": {"type": "string", "pattern": "[0-9]{1,5}"},
				"longitude": {"type": "number"},
				"latitude": {"type": "number"},
				"distanceFromSearchPointMiles": {"type": "number", "minimum": 0},
				"telephone": {"type": "string"},
				"fax": {"type": "string"},
				"imageUrl": {"type": "string"},
				"mfHours": {"$ref": "#/$defs/hours"},
				"satHours": {"$ref": "#/$defs/hours"},
				"sunHours": {"$ref": "#/$defs/hours"},
				"twentyfourHours": {"type": "string", "pattern": "true|false"},
				"availableAppointments": {"type": "null"},
				"websiteUrl": {"type": "string"},
				"vcClientId": {"type": "null"}
			}
		},
		"serviceTypes": {
			"type": "array",
			"items": {
				"type": "object", "additionalProperties": false, "required": ["serviceTypeName"],
				"properties": {"serviceTypeName": {"type": "string"}}
			}
		}
	},
	"$defs": {"hours": {"type": "string", "pattern": "[0-9]+am - [0-9]+pm|24 Hours|Closed"}}
}`, source.Encode(apiNames())))

func apiNames() (names []string) {
	for _, b := range brands {
		if b.apiName != "" {
			names = append(names, b.apiName)
		}
	}
	return names
}
