package conform

// A Severity tells how strongly the standard asks for what a rule requires.
type Severity string

// What they are.
const (
	Error   Severity = "error"   // MUST
	Warning Severity = "warning" // SHOULD
	Hint    Severity = "hint"    // RECOMMENDED, or worth knowing
)

// A Rule is something that the standard, FHIR R4 or the Inferno test kit asks of a
// publisher.
type Rule struct {
	Name     string   `json:"rule"`
	Severity Severity `json:"severity"`
	Requires string   `json:"requires"`
	Section  string   `json:"section"` // of the specification, or the other text that says so
}

// Where the rules come from, besides sections of the specification.
const (
	inferno  = "Inferno test kit"
	bulkData = "FHIR Bulk Data"
	ndjson   = "NDJSON (FHIR Bulk Data)"

	quickStart  = "Quick Start Guide"
	performance = "Performance Considerations"
	manifestOf  = "Manifest File"
	locationOf  = "Location File"
	scheduleOf  = "Schedule File"
	slotOf      = "Slot File"
	aggregators = "Aggregators"
)

// Rules are all of them, in the order in which they are reported.
var Rules = []Rule{
	{"manifest.url", Error, "The manifest's URL ends in $bulk-publish.", quickStart},
	{"manifest.json", Error, "The manifest is one JSON object.", manifestOf},
	{"manifest.transaction-time", Error, "transactionTime is a time with seconds and an offset.", manifestOf},
	{"manifest.request", Error, "request is a full http or https URL.", manifestOf},
	{"manifest.request-is-own", Warning, "request is the URL at which the manifest was asked for.", manifestOf},
	{"manifest.output", Error, "output is a list of objects with a type and a full http or https url each.", manifestOf},
	{"manifest.all-types", Error, "There are Location, Schedule and Slot files.", inferno},
	{"manifest.known-types", Hint, "Types are Location, Schedule or Slot; clients ignore others.", manifestOf},
	{"manifest.no-repeats", Warning, "No file is listed twice.", bulkData},
	{"manifest.state", Warning, "Each output says in extension.state which states it is about.", performance},
	{"manifest.state-codes", Error, "extension.state is a list of USPS codes of states, two capital letters each.", performance},
	{"manifest.error-list", Warning, "error is a list, empty if need be.", bulkData},

	{"http.manifest-accept", Error, "The manifest is the same with no Accept header and with application/json.", quickStart},
	{"http.manifest-type", Warning, "The manifest comes as application/json.", bulkData},
	{"http.file-accept", Error, "A file is served with no Accept header and with application/fhir+ndjson alike.", quickStart},
	{"http.file-type", Warning, "A file comes as application/fhir+ndjson.", bulkData},
	{"http.cache-control", Warning, "The manifest has Cache-Control: max-age, so that clients know when to ask again.", performance},
	{"http.revalidation", Hint, "An answer has an ETag or Last-Modified, and asked again with it the server says 304.", performance},
	{"http.cors", Hint, "Access-Control-Allow-Origin lets web pages read the manifest.", bulkData},
	{"http.https", Hint, "The manifest and the files are at https URLs.", bulkData},
	{"http.open", Warning, "Files can be had without asking for access (401, 403).", performance},

	{"file.whole", Error, "A file that is listed can be read to its end.", manifestOf},
	{"file.json-lines", Error, "Each line is one JSON object in UTF-8.", ndjson},
	{"file.no-byte-order-mark", Error, "A file has no byte order mark.", ndjson},
	{"file.no-blank-lines", Warning, "A file has no blank lines.", ndjson},
	{"file.line-ends", Warning, "Lines, the last too, end in a line feed with no carriage return before it.", ndjson},
	{"file.not-empty", Hint, "A file has at least one resource.", ndjson},
	{"file.resource-type", Error, "resourceType is the type that the manifest says.", manifestOf},

	{"location.id", Error, "id is 1 to 64 of A-Z, a-z, 0-9, - and .", locationOf},
	{"location.id-unique", Error, "No two Locations have one id.", locationOf},
	{"location.name", Error, "There is a name.", locationOf},
	{"location.telecom", Error, "telecom has at least one entry, each with system phone or url, and a value.", locationOf},
	{"location.phone-and-url", Warning, "telecom has a phone and a url.", locationOf},
	{"location.address", Error, "address has line, city, state and postalCode.", locationOf},
	{"location.state", Warning, "address.state is the USPS code of a state.", locationOf},
	{"location.postal-code", Warning, "address.postalCode is a ZIP code: 12345 or 12345-6789.", locationOf},
	{"location.identifier", Error, "Each identifier has a system, which is a URI, and a value.", locationOf},
	{"location.vtrcks", Warning, "A Location has its VTrckS PIN as an identifier.", locationOf},
	{"location.some-vtrcks", Error, "At least one Location has a VTrckS PIN.", inferno},
	{"location.position", Error, "A position has a latitude from -90 to 90 and a longitude from -180 to 180.", locationOf},
	{"location.output-state", Warning, "A Location is in a state that its file is said to be about.", performance},
	{"location.has-availability", Error, "has-availability is a valueCode: some, none or unknown.", aggregators},

	{"schedule.id", Error, "id is 1 to 64 of A-Z, a-z, 0-9, - and .", scheduleOf},
	{"schedule.id-unique", Error, "No two Schedules have one id.", scheduleOf},
	{"schedule.actor", Error, "actor has exactly one entry, with a reference Location/{id}.", scheduleOf},
	{"schedule.actor-known", Error, "The Location of actor is in a Location file.", scheduleOf},
	{"schedule.service-type", Error, "serviceType has codings, each with a system, which is a URI, and a code.", scheduleOf},
	{"schedule.immunization", Warning, "serviceType has HL7's code 57, Immunization.", scheduleOf},
	{"schedule.covid19", Error, "covid19-immunization stands together with HL7's code 57.", scheduleOf},
	{"schedule.product", Error, "vaccine-product is a valueCoding of the system CVX, its code a string of digits.", scheduleOf},
	{"schedule.one-product", Warning, "A Schedule has at most one vaccine-product.", inferno},
	{"schedule.dose", Error, "vaccine-dose is a valueInteger from 1 up.", scheduleOf},
	{"schedule.output-state", Warning, "A Schedule's Location is in a state that its file is said to be about.", performance},

	{"slot.id", Error, "id is 1 to 64 of A-Z, a-z, 0-9, - and .", slotOf},
	{"slot.id-unique", Error, "No two Slots have one id.", slotOf},
	{"slot.schedule", Error, "schedule has a reference Schedule/{id}.", slotOf},
	{"slot.schedule-known", Error, "The Schedule of a Slot is in a Schedule file.", slotOf},
	{"slot.status", Error, "status is free or busy.", slotOf},
	{"slot.times", Error, "start and end are times with seconds and an offset.", slotOf},
	{"slot.start-before-end", Error, "A Slot starts before it ends.", slotOf},
	{"slot.local-offset", Hint, "Times have the place's own offset from UTC rather than Z.", slotOf},
	{"slot.narrow", Warning, "A Slot is no longer than an hour.", inferno},
	{"slot.long-capacity", Warning, "A Slot of more than an hour says its capacity.", inferno},
	{"slot.capacity", Error, "slot-capacity is a valueInteger from 0 up.", slotOf},
	{"slot.deep-link", Error, "booking-deep-link is a valueUrl, a full http or https URL.", slotOf},
	{"slot.phone", Error, "booking-phone is a valueString that is not blank.", slotOf},
	{"slot.has-deep-link", Warning, "A Slot has a booking-deep-link.", inferno},
	{"slot.has-phone", Warning, "A Slot has a booking-phone.", inferno},
	{"slot.busy-listed", Warning, "Busy Slots are listed besides free ones.", slotOf},
	{"slot.output-state", Warning, "A Slot is in a state that its file is said to be about.", performance},

	{"resource.extension", Error, "Each extension has a url, which is a URI, and one value or extensions of its own.", "FHIR Extension"},
}

// ruleIndex finds rules by name. All code names rules by text; a name that is not in
// Rules is a mistake of ours.
var ruleIndex = func() map[string]int {
	index := map[string]int{}
	for i, r := range Rules {
		index[r.Name] = i
	}
	return index
}()
