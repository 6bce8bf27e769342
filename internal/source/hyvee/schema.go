package hyvee

import "getmyvax.org/univaf/internal/source"

const query = `
      query SearchPharmaciesNearPointWithCovidVaccineAvailability($latitude: Float!, $longitude: Float!, $radius: Int! = 10) {
        searchPharmaciesNearPoint(latitude: $latitude, longitude: $longitude, radius: $radius) {
          distance
          location {
            locationId
            name
            nickname
            phoneNumber
            businessCode
            covidVaccineTimeSlotAndManufacturerAvailability {
              isCovidVaccineAvailable
              availableCovidVaccineManufacturers {
                covidVaccineManufacturerId
                vaccineName
                doseTypes
                isSingleDose
                __typename
              }
              __typename
            }
            covidVaccineEligibilityTerms
            address {
              line1
              line2
              city
              state
              zip
              latitude
              longitude
              __typename
            }
            __typename
          }
          __typename
        }
      }
    `

// A found is one result of the search.
type found struct{ Location location }

// A location is a store.
type location struct {
	ID           string `json:"locationId"`
	Name         string `json:"name"` // e.g. "Waterloo #2"
	Nickname     string `json:"nickname"`
	Phone        string `json:"phoneNumber"`  // e.g. "+13195550100"
	BusinessCode string `json:"businessCode"` // the store's number
	Vaccines     struct {
		Available     bool `json:"isCovidVaccineAvailable"`
		Manufacturers []struct {
			VaccineName string `json:"vaccineName"`
		} `json:"availableCovidVaccineManufacturers"`
	} `json:"covidVaccineTimeSlotAndManufacturerAvailability"`
	Terms   string `json:"covidVaccineEligibilityTerms"`
	Address struct {
		Line1     string  `json:"line1"`
		Line2     string  `json:"line2"`
		City      string  `json:"city"`
		State     string  `json:"state"`
		ZIP       string  `json:"zip"`
		Latitude  float64 `json:"latitude"`
		Longitude float64 `json:"longitude"`
	} `json:"address"`
}

// schema tells results that are as they have been from others. What is new besides does
// no harm.
var schema = source.MustSchema(`{
	"type": "object",
	"required": ["location"],
	"properties": {
		"location": {
			"type": "object",
			"required": [
				"locationId", "name", "nickname", "phoneNumber", "businessCode",
				"covidVaccineTimeSlotAndManufacturerAvailability", "covidVaccineEligibilityTerms", "address", "__typename"
			],
			"properties": {
				"__typename": {"const": "Location"},
				"locationId": {"type": "string", "minLength": 1},
				"name": {"type": "string"},
				"nickname": {"type": ["string", "null"]},
				"phoneNumber": {"type": "string", "pattern": "^\\+?1?[0-9]{10}$"},
				"businessCode": {"type": "string", "pattern": "^[0-9]+$"},
				"covidVaccineEligibilityTerms": {"type": ["string", "null"]},
				"covidVaccineTimeSlotAndManufacturerAvailability": {
					"type": "object",
					"required": ["isCovidVaccineAvailable", "availableCovidVaccineManufacturers", "__typename"],
					"properties": {
						"__typename": {"const": "CovidVaccineTimeSlotAndManufacturerAvailability"},
						"isCovidVaccineAvailable": {"type": "boolean"},
						"availableCovidVaccineManufacturers": {
							"type": "array",
							"items": {
								"type": "object",
								"required": ["vaccineName", "__typename"],
								"properties": {
									"__typename": {"const": "CovidVaccineManufacturer"},
									"vaccineName": {"type": "string"}
								}
							}
						}
					}
				},
				"address": {
					"type": "object",
					"required": ["line1", "line2", "city", "state", "zip", "latitude", "longitude", "__typename"],
					"properties": {
						"__typename": {"const": "LocationAddress"},
						"line1": {"type": "string"},
						"line2": {"type": ["string", "null"]},
						"city": {"type": "string"},
						"state": {"type": "string", "pattern": "^[A-Z]{2}$"},
						"zip": {"type": "string", "pattern": "^[0-9]{5}$"},
						"latitude": {"type": "number"},
						"longitude": {"type": "number"}
					}
				}
			}
		}
	}
}`)
