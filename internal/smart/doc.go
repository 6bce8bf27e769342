// Package smart speaks SMART Scheduling Links: how providers publish appointment
// slots as static files, a manifest ("$bulk-publish") that lists NDJSON files of
// FHIR R4 Locations, Schedules and Slots.
//
// The standard is https://github.com/smart-on-fhir/smart-scheduling-links
// (specification.md; the manifest follows FHIR Bulk Data). Publishers bend it in
// known ways (numbers as text, literal tabs, null lists), which reading tolerates
// and writing does not repeat.
//
// It must not know how requests are made, nor of any one publisher.
package smart

// URLs that the standard fixes.
const (
	// extensionBase is what the standard's extensions begin with.
	extensionBase = "http://fhir-registry.smarthealthit.org/StructureDefinition/"

	ExtSlotCapacity    = extensionBase + "slot-capacity"     // of a Slot: valueInteger, appointments that it stands for
	ExtBookingDeepLink = extensionBase + "booking-deep-link" // of a Slot: valueUrl
	ExtBookingPhone    = extensionBase + "booking-phone"     // of a Slot: valueString
	ExtVaccineProduct  = extensionBase + "vaccine-product"   // of a Schedule: valueCoding
	ExtVaccineDose     = extensionBase + "vaccine-dose"      // of a Schedule: valueInteger, 1 or 2

	ExtHasAvailability = extensionBase + "has-availability" // of a Schedule: valueCode, some, none or unknown
	// ExtLastSourceSync is in Meta: valueDateTime, when an aggregator's source last said so.
	ExtLastSourceSync = "http://hl7.org/fhir/StructureDefinition/lastSourceSync"

	SystemServiceType      = "http://terminology.hl7.org/CodeSystem/service-type"
	SystemSMARTServiceType = "http://fhir-registry.smarthealthit.org/CodeSystem/service-type"
	SystemCVX              = "http://hl7.org/fhir/sid/cvx"
	SystemVTrckS           = "https://cdc.gov/vaccines/programs/vtrcks"
	SystemNPI              = "http://hl7.org/fhir/sid/us-npi"

	// CodeImmunization is the code of SystemServiceType for giving vaccines.
	CodeImmunization = "57"
	// CodeCOVID19 is the code of SystemSMARTServiceType for giving those against COVID-19.
	CodeCOVID19 = "covid19-immunization"
)

// The values of ExtHasAvailability.
const (
	AvailabilitySome    = "some"
	AvailabilityNone    = "none"
	AvailabilityUnknown = "unknown"
)
