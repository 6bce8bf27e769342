package conform

import (
	"strconv"

	"getmyvax.org/univaf/internal/smart"
)

// The extension of Locations by which aggregators say whether there are appointments.
const extHasAvailability = "http://fhir-registry.smarthealthit.org/StructureDefinition/has-availability"

func (c *checker) location(l value, at place, in states) {
	if !l.get("name").filled() {
		c.breach("location.name", at, "name is %s", l.get("name"))
	}
	c.telecom(l.get("telecom"), at)
	here := c.address(l.get("address"), at)
	c.identifiers(l.get("identifier"), at)
	if p := l.get("position"); p.kind() != absent {
		for _, axis := range []struct {
			name string
			most float64
		}{{"latitude", 90}, {"longitude", 180}} {
			v := p.get(axis.name)
			n, err := strconv.ParseFloat(string(v.raw()), 64)
			if v.kind() != number || err != nil || n < -axis.most || n > axis.most {
				c.breach("location.position", at, "%s is %s", axis.name, v)
			}
		}
	}
	for e := range l.get("extension").elements {
		if code := e.get("valueCode"); string(e.get("url").text()) == extHasAvailability && !isOneOf(code, "some", "none", "unknown") {
			c.breach("location.has-availability", at, "valueCode is %s", code)
		}
	}
	if in.lacks(here) {
		c.breach("location.output-state", at, "it is in %s, which is not in the output's extension.state", here.code())
	}
	c.identify(c.locations, "location", at, here)
}

func (c *checker) telecom(telecom value, at place) {
	var phone, web bool
	if telecom.size() == 0 {
		c.breach("location.telecom", at, "telecom is %s", telecom)
	}
	for t := range telecom.elements {
		system := t.get("system")
		if !isOneOf(system, "phone", "url") {
			c.breach("location.telecom", at, "the system of an entry is %s", system)
			continue
		}
		if !t.get("value").filled() {
			c.breach("location.telecom", at, "the value of an entry is %s", t.get("value"))
			continue
		}
		phone = phone || string(system.text()) == "phone"
		web = web || string(system.text()) == "url"
	}
	switch {
	case !phone:
		c.breach("location.phone-and-url", at, "there is no phone")
	case !web:
		c.breach("location.phone-and-url", at, "there is no url")
	}
}

// address gives the state that the address is in.
func (c *checker) address(address value, at place) state {
	lines := address.get("line")
	filled := lines.size() > 0
	for l := range lines.elements {
		filled = filled && l.filled()
	}
	if !filled {
		c.breach("location.address", at, "line is %s", lines)
	}
	for _, name := range []string{"city", "state", "postalCode"} {
		if v := address.get(name); !v.filled() {
			c.breach("location.address", at, "%s is %s", name, v)
		}
	}
	code := address.get("state")
	here := stateOf[string(code.text())]
	if code.filled() && here == 0 {
		c.breach("location.state", at, "state is %s", code)
	}
	if zip := address.get("postalCode"); zip.filled() && !isZIP(zip.text()) {
		c.breach("location.postal-code", at, "postalCode is %s", zip)
	}
	return here
}

func (c *checker) identifiers(list value, at place) {
	var vtrcks bool
	if k := list.kind(); k != absent && list.size() == 0 {
		c.breach("location.identifier", at, "identifier is %s", list)
	}
	for id := range list.elements {
		system, number := id.get("system"), id.get("value")
		switch {
		case !isURI(system.text()):
			c.breach("location.identifier", at, "the system of an entry is %s", system)
		case !number.filled():
			c.breach("location.identifier", at, "the value of an entry is %s", number)
		case string(system.text()) == smart.SystemVTrckS:
			vtrcks = true
		}
	}
	if !vtrcks {
		c.breach("location.vtrcks", at, "there is no identifier of %s", smart.SystemVTrckS)
	}
	c.hasVTrckS = c.hasVTrckS || vtrcks
}

func isOneOf(v value, words ...string) bool {
	for _, word := range words {
		if v.kind() == text && string(v.text()) == word {
			return true
		}
	}
	return false
}
