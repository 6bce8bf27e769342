package conform

import "getmyvax.org/univaf/internal/smart"

func (c *checker) slot(s value, at place, in states) {
	var here state
	reference := s.get("schedule").get("reference")
	if id, ok := idIn(reference.text(), typeSchedule); !ok {
		c.breach("slot.schedule", at, "reference is %s", reference)
	} else {
		var known bool
		if here, known = c.schedules.lookup(id); !known {
			c.dangling("slot.schedule-known", typeSchedule, at, id)
		}
	}
	status := s.get("status")
	if !isOneOf(status, smart.Free, smart.Busy) {
		c.breach("slot.status", at, "status is %s", status)
	}
	c.hasBusy = c.hasBusy || string(status.text()) == smart.Busy

	capacity := c.slotExtensions(s.get("extension"), at)
	c.slotTimes(s.get("start"), s.get("end"), at, capacity)
	if in.lacks(here) {
		c.breach("slot.output-state", at, "its Schedule is in %s, which is not in the output's extension.state", here.code())
	}
	c.identify(c.slots, "slot", at, here)
}

func (c *checker) slotTimes(from, to value, at place, capacity bool) {
	start, startOK := parseInstant(from.text())
	if !startOK {
		c.breach("slot.times", at, "start is %s", from)
	}
	end, endOK := parseInstant(to.text())
	if !endOK {
		c.breach("slot.times", at, "end is %s", to)
	}
	if !startOK || !endOK {
		return
	}
	if start.isUTC || end.isUTC {
		c.breach("slot.local-offset", at, "it is from %s to %s", from, to)
	}
	if !start.before(end) {
		c.breach("slot.start-before-end", at, "it is from %s to %s", from, to)
	}
	const hour = 60 * 60
	if (instant{second: start.second + hour, nano: start.nano}).before(end) {
		c.breach("slot.narrow", at, "it is from %s to %s", from, to)
		if !capacity {
			c.breach("slot.long-capacity", at, "it is from %s to %s, with no slot-capacity", from, to)
		}
	}
}

// slotExtensions reports whether there is a capacity.
func (c *checker) slotExtensions(list value, at place) (capacity bool) {
	var link, phone bool
	for e := range list.elements {
		switch string(e.get("url").text()) {
		case smart.ExtSlotCapacity:
			capacity = true
			if _, ok := wholeNumber(e.get("valueInteger")); !ok {
				c.breach("slot.capacity", at, "valueInteger is %s", e.get("valueInteger"))
			}
		case smart.ExtBookingDeepLink:
			link = true
			if !isWebURL(e.get("valueUrl").text()) {
				c.breach("slot.deep-link", at, "valueUrl is %s", e.get("valueUrl"))
			}
		case smart.ExtBookingPhone:
			phone = true
			if !e.get("valueString").filled() {
				c.breach("slot.phone", at, "valueString is %s", e.get("valueString"))
			}
		}
	}
	if !link {
		c.breach("slot.has-deep-link", at, "there is none")
	}
	if !phone {
		c.breach("slot.has-phone", at, "there is none")
	}
	return capacity
}
