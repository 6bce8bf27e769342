package api

import (
	"slices"
	"strings"

	"getmyvax.org/univaf"
)

// placeFields are the members that a place may have, and of its availability.
var (
	placeFields = []string{
		"id", "provider", "location_type", "name", "address_lines", "city", "state", "postal_code", "county", "position",
		"info_phone", "info_url", "booking_phone", "booking_url", "description", "requires_waitlist", "minimum_age_months",
		"meta", "created_at", "updated_at", "is_public", "internal_notes", "external_ids", "availability",
		"distance_miles", "distance_from",
	}
	availabilityFields = []string{
		"sources", "valid_at", "checked_at", "changed_at", "available", "available_count", "products", "doses", "capacity",
		"slots", "meta", "minimum_eligible_age_months", "fields_by_source", "stale_at", "confidence",
	}
)

const availabilityPrefix = "availability."

// A fieldChoice says which members of a place are given: all if it is nil. Of availability
// it may name some members, as availability.available.
type fieldChoice map[string]bool

func (p *parameterReader) fields() fieldChoice {
	list := p.list("fields")
	if list == nil {
		return nil
	}
	choice := fieldChoice{"id": true}
	for _, name := range list {
		inner, isInner := strings.CutPrefix(name, availabilityPrefix)
		if isInner && !slices.Contains(availabilityFields, inner) || !isInner && !slices.Contains(placeFields, name) {
			p.fail("fields", "must be of %s, %s%s; not %s", strings.Join(placeFields, ", "),
				availabilityPrefix, strings.Join(availabilityFields, ", "+availabilityPrefix), quote(name))
			return nil
		}
		choice[name] = true
	}
	return choice
}

// has reports whether the choice has the member of a place, at least in part.
func (c fieldChoice) has(name string) (whole, part bool) {
	if c == nil || c[name] {
		return true, true
	}
	if name+"." == availabilityPrefix {
		for _, inner := range availabilityFields {
			part = part || c[availabilityPrefix+inner]
		}
	}
	return false, part
}

// append appends those members of a place that the choice has.
func (c fieldChoice) append(b, place []byte) []byte {
	if c == nil {
		return append(b, place...)
	}
	b = append(b, '{')
	for name, value := range univaf.Members(place) {
		whole, part := c.has(string(name))
		if !part {
			continue
		}
		b = appendName(b, name)
		if whole {
			b = append(b, value...)
			continue
		}
		b = append(b, '{')
		for name, value := range univaf.Members(value) {
			if c[availabilityPrefix+string(name)] {
				b = append(appendName(b, name), value...)
			}
		}
		b = append(b, '}')
	}
	return append(b, '}')
}

// appendName starts a member. The names of places' members need no escapes.
func appendName(b, name []byte) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	b = append(append(b, '"'), name...)
	return append(b, '"', ':')
}
