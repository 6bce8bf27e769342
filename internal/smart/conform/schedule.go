package conform

import "getmyvax.org/univaf/internal/smart"

// codeCOVID19 is the code of smart.SystemSMARTServiceType for vaccines against COVID-19.
const codeCOVID19 = "covid19-immunization"

func (c *checker) schedule(s value, at place, in states) {
	var here state
	actors := s.get("actor")
	if n := actors.size(); n != 1 {
		c.breach("schedule.actor", at, "actor has %d entries", n)
	}
	for actor := range actors.elements {
		reference := actor.get("reference")
		id, ok := idIn(reference.text(), typeLocation)
		if !ok {
			c.breach("schedule.actor", at, "reference is %s", reference)
			break
		}
		var known bool
		if here, known = c.locations.lookup(id); !known {
			c.dangling("schedule.actor-known", typeLocation, at, id)
		}
		break
	}
	c.serviceTypes(s.get("serviceType"), at)
	products := 0
	for e := range s.get("extension").elements {
		switch string(e.get("url").text()) {
		case smart.ExtVaccineProduct:
			products++
			coding := e.get("valueCoding")
			system, code := coding.get("system"), coding.get("code")
			if string(system.text()) != smart.SystemCVX {
				c.breach("schedule.product", at, "the system of valueCoding is %s", system)
			} else if len(code.text()) == 0 || digits(code.text()) < 0 {
				c.breach("schedule.product", at, "the code of valueCoding is %s", code)
			}
		case smart.ExtVaccineDose:
			if n, ok := wholeNumber(e.get("valueInteger")); !ok || n < 1 {
				c.breach("schedule.dose", at, "valueInteger is %s", e.get("valueInteger"))
			}
		}
	}
	if products > 1 {
		c.breach("schedule.one-product", at, "there are %d", products)
	}
	if in.lacks(here) {
		c.breach("schedule.output-state", at, "it is in %s, which is not in the output's extension.state", here.code())
	}
	c.identify(c.schedules, "schedule", at, here)
}

func (c *checker) serviceTypes(list value, at place) {
	codings, immunization := 0, false
	for concept := range list.elements {
		var hl7, covid19 bool
		for coding := range concept.get("coding").elements {
			codings++
			system, code := coding.get("system"), coding.get("code")
			if !isURI(system.text()) {
				c.breach("schedule.service-type", at, "the system of a coding is %s", system)
			} else if !code.filled() {
				c.breach("schedule.service-type", at, "the code of a coding is %s", code)
			}
			hl7 = hl7 || string(system.text()) == smart.SystemServiceType && string(code.text()) == smart.CodeImmunization
			covid19 = covid19 || string(code.text()) == codeCOVID19
		}
		immunization = immunization || hl7
		if covid19 && !hl7 {
			c.breach("schedule.covid19", at, "a serviceType has %s but not code %s of %s", codeCOVID19, smart.CodeImmunization, smart.SystemServiceType)
		}
	}
	if codings == 0 {
		c.breach("schedule.service-type", at, "serviceType is %s", list)
	} else if !immunization {
		c.breach("schedule.immunization", at, "no serviceType has code %s of %s", smart.CodeImmunization, smart.SystemServiceType)
	}
}
