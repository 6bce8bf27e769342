package demo

import (
	"getmyvax.org/univaf/internal/vaccine"
)

// The shapes of SMART Scheduling Links
// (https://github.com/smart-on-fhir/smart-scheduling-links, specification.md), as
// far as this publisher writes them. Package smart, which reads them, leaves out meta,
// and here that is what says that nothing is real.

type manifest struct {
	TransactionTime string   `json:"transactionTime"`
	Request         string   `json:"request"`
	Output          []output `json:"output"`
	Error           []output `json:"error"`
}

type output struct {
	Type      string `json:"type"`
	URL       string `json:"url"`
	Extension struct {
		State []string `json:"state"`
	} `json:"extension"`
}

type location struct {
	ResourceType string       `json:"resourceType"`
	ID           string       `json:"id"`
	Meta         meta         `json:"meta"`
	Identifier   []identifier `json:"identifier"`
	Name         string       `json:"name"`
	Description  string       `json:"description"`
	Telecom      []telecom    `json:"telecom"`
	Address      address      `json:"address"`
	Position     *position    `json:"position,omitempty"`
}

type schedule struct {
	ResourceType string            `json:"resourceType"`
	ID           string            `json:"id"`
	Meta         meta              `json:"meta"`
	ServiceType  []codeableConcept `json:"serviceType"`
	Actor        []reference       `json:"actor"`
	Extension    []extension       `json:"extension"`
}

type slot struct {
	ResourceType string      `json:"resourceType"`
	ID           string      `json:"id"`
	Meta         meta        `json:"meta"`
	Schedule     reference   `json:"schedule"`
	Status       string      `json:"status"` // free or busy
	Start        string      `json:"start"`
	End          string      `json:"end"`
	Extension    []extension `json:"extension,omitempty"`
}

type meta struct {
	Tag []coding `json:"tag"`
}

type coding struct {
	System  string `json:"system"`
	Code    string `json:"code"`
	Display string `json:"display,omitempty"`
}

type codeableConcept struct {
	Coding []coding `json:"coding"`
}

type reference struct {
	Reference string `json:"reference"`
}

type identifier struct {
	System string `json:"system"`
	Value  string `json:"value"`
}

type telecom struct {
	System string `json:"system"`
	Value  string `json:"value"`
}

type address struct {
	Line       []string `json:"line"`
	City       string   `json:"city"`
	District   string   `json:"district,omitempty"`
	State      string   `json:"state"`
	PostalCode string   `json:"postalCode"`
}

type position struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

// An extension has one value.
type extension struct {
	URL          string  `json:"url"`
	ValueURL     string  `json:"valueUrl,omitempty"`
	ValueString  string  `json:"valueString,omitempty"`
	ValueInteger *int    `json:"valueInteger,omitempty"`
	ValueCoding  *coding `json:"valueCoding,omitempty"`
}

// outcome is a FHIR OperationOutcome.
type outcome struct {
	ResourceType string  `json:"resourceType"`
	Issue        []issue `json:"issue"`
}

type issue struct {
	Severity    string `json:"severity"`
	Code        string `json:"code"`
	Diagnostics string `json:"diagnostics"`
}

const (
	vtrcks      = "https://cdc.gov/vaccines/programs/vtrcks"
	serviceType = "http://terminology.hl7.org/CodeSystem/service-type"
	cvx         = "http://hl7.org/fhir/sid/cvx"

	structures = "http://fhir-registry.smarthealthit.org/StructureDefinition/"
)

// testData is on every resource: HL7's mark for what is for tests only.
var testData = meta{Tag: []coding{{
	System: "http://terminology.hl7.org/CodeSystem/v3-ActReason",
	Code:   "HTEST",
}}}

var covidService = coding{
	System: "http://fhir-registry.smarthealthit.org/CodeSystem/service-type",
	Code:   "covid19-immunization",
}

func vaccineProduct(p vaccine.Product) extension {
	return extension{
		URL:         structures + "vaccine-product",
		ValueCoding: &coding{System: cvx, Code: p.CVX[0], Display: p.Name},
	}
}

func bookingLink(url string) extension {
	return extension{URL: structures + "booking-deep-link", ValueURL: url}
}

func bookingPhone(number string) extension {
	return extension{URL: structures + "booking-phone", ValueString: number}
}

func slotCapacity(n int) extension {
	return extension{URL: structures + "slot-capacity", ValueInteger: &n}
}
