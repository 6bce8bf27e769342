package riteaid

import "getmyvax.org/univaf/internal/source"

// The interfaces were made for Rite Aid's own programs and have no versions: what is not
// exactly as it was may mean something else.

var apiAnswerSchema = source.MustSchema(`{
	"type": "object",
	"required": ["Status", "ErrCde", "ErrMsg", "ErrMsgDtl", "Data"],
	"properties": {
		"Status": {"const": "SUCCESS"},
		"Data": {
			"type": "object",
			"required": ["providerDetails"],
			"properties": {"providerDetails": {"type": "array"}},
			"additionalProperties": false
		}
	}
}`)

var apiStoreSchema = source.MustSchema(`{
	"type": "object",
	"required": ["id", "last_updated", "name", "location", "contact", "availability"],
	"properties": {
		"id": {"type": "integer", "minimum": 1},
		"last_updated": {"type": "string"},
		"name": {"type": "string", "pattern": "Rite Aid"},
		"location": {
			"type": "object",
			"required": [
				"resourceType", "id", "identifier", "name", "telecom", "address", "position", "meta", "description",
				"street", "street_line_2", "city", "state", "zipcode", "county"
			],
			"properties": {
				"street": {"type": "string"},
				"street_line_2": {"type": ["string", "null"]},
				"city": {"type": "string"},
				"state": {"type": "string", "pattern": "[A-Z]{2}"},
				"zipcode": {"type": "string", "pattern": "\\d{1,5}(-\\d{4})?"}
			},
			"patternProperties": {
				"^(resourceType|id|identifier|name|telecom|address|position|meta|description|county)$": {"type": "null"}
			},
			"additionalProperties": false
		},
		"contact": {
			"type": "object",
			"required": ["booking_phone", "booking_url", "info_phone", "info_url"],
			"properties": {
				"booking_phone": {"type": ["string", "null"]},
				"booking_url": {"type": "string", "format": "uri"},
				"info_phone": {"type": ["string", "null"]},
				"info_url": {"type": "string", "format": "uri"}
			},
			"additionalProperties": false
		},
		"availability": {
			"type": "array",
			"items": {
				"type": "object",
				"required": ["date", "total_slots", "available_slots"],
				"properties": {
					"date": {"type": "string", "format": "date"},
					"total_slots": {"type": "integer", "minimum": 0},
					"available_slots": {"type": "integer", "minimum": 0}
				},
				"additionalProperties": false
			}
		}
	},
	"additionalProperties": false
}`)

var searchAnswerSchema = source.MustSchema(`{
	"type": "object",
	"required": ["Status", "data"],
	"properties": {
		"Status": {"const": "SUCCESS"},
		"data": {
			"type": "object",
			"required": ["stores"],
			"properties": {"stores": {"type": ["array", "null"]}}
		}
	}
}`)

var searchStoreSchema = source.MustSchema(`{
	"type": "object",
	"required": [
		"storeNumber", "brand", "customDisplayName", "address", "city", "state", "zipcode", "timeZone", "fullZipCode",
		"fullPhone", "locationDescription", "storeType", "latitude", "longitude", "name", "milesFromCenter",
		"totalSlotCount", "totalAvailableSlots", "firstAvailableSlot", "specialServiceKeys", "availableSlots"
	],
	"properties": {
		"storeNumber": {"type": "integer", "minimum": 1},
		"brand": {"enum": ["RITEAID", "BARTELL", "UNKNOWN", null]},
		"customDisplayName": {"type": ["string", "null"]},
		"address": {"type": "string"},
		"city": {"type": "string"},
		"state": {"type": "string", "pattern": "[A-Z]{2}"},
		"zipcode": {"type": "string", "pattern": "\\d{1,5}"},
		"timeZone": {"enum": ["EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT"]},
		"fullZipCode": {"type": "string", "pattern": "\\d{1,5}-\\d{1,4}"},
		"fullPhone": {"type": ["string", "null"]},
		"locationDescription": {"type": "string"},
		"storeType": {"const": "CORE"},
		"latitude": {"type": "number"},
		"longitude": {"type": "number"},
		"name": {"type": "string"},
		"milesFromCenter": {"type": "number", "minimum": 0},
		"totalSlotCount": {"type": "integer", "minimum": 0},
		"totalAvailableSlots": {"type": "integer", "minimum": 0},
		"firstAvailableSlot": {"type": ["string", "null"]},
		"specialServiceKeys": {"type": "array", "items": {"type": "string"}},
		"availableSlots": {
			"type": "array",
			"items": {
				"type": "object",
				"required": ["date", "available_slots", "slots"],
				"properties": {
					"date": {"type": "string", "format": "date"},
					"available_slots": {"type": "integer", "minimum": 0},
					"slots": {
						"type": "object",
						"patternProperties": {
							"\\d+": {
								"type": "array",
								"items": {
									"type": "object",
									"required": ["appointmentId", "apptDateTime"],
									"properties": {
										"appointmentId": {"type": "string", "pattern": "\\d+"},
										"apptDateTime": {"type": "string"}
									},
									"additionalProperties": false
								}
							}
						},
						"additionalProperties": false
					}
				},
				"additionalProperties": false
			}
		}
	},
	"additionalProperties": false
}`)
