package past

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/ingest"
	"getmyvax.org/univaf/internal/usa"
)

// A record is what a row came to.
type record struct {
	line     int
	size     int64 // of the row, in bytes
	update   ingest.Update
	warnings []string
	err      error
}

// unknownProvider stands for the provider of places that have none: the old system took
// them, and this one shows places by provider.
const unknownProvider = "unknown"

var errNoObject = errors.New("must be a JSON object")

// members gives those of a JSON object.
func members(row []byte) (map[string][]byte, error) {
	if err := univaf.ValidateJSON(row); err != nil {
		return nil, err
	}
	if row[0] != '{' {
		return nil, errNoObject
	}
	all := map[string][]byte{}
	for name, value := range univaf.Members(row) {
		all[string(name)] = value
	}
	return all, nil
}

// A document is a JSON object that is being written, in the order of its members.
type document struct{ text []byte }

func (d *document) add(name string, value []byte) {
	d.text = append(d.text, ',')
	d.text = append(univaf.AppendText(d.text, name), ':')
	d.text = append(d.text, value...)
}

func (d *document) addText(name, value string) { d.add(name, univaf.AppendText(nil, value)) }

// object ends the document.
func (d *document) object() []byte {
	if len(d.text) == 0 {
		return []byte("{}")
	}
	return append(append([]byte{'{'}, d.text[1:]...), '}')
}

// plainFacts are the members of a location that say the same in all years.
var plainFacts = []string{
	"id", "provider", "location_type", "name", "address_lines", "city", "county", "info_phone", "info_url", "booking_phone", "booking_url",
	"description", "requires_waitlist", "is_public", "internal_notes",
}

// readLocation reads a row of provider_locations as it was written in any year. ids are the
// location's in the table external_ids.
func readLocation(row []byte, ids univaf.ExternalIDs) (u ingest.Update, warnings []string, err error) {
	all, err := members(row)
	if err != nil {
		return u, nil, err
	}
	warn := func(format string, args ...any) { warnings = append(warnings, fmt.Sprintf(format, args...)) }
	var d document
	for _, name := range plainFacts {
		value, said := all[name]
		switch {
		case name == "provider" && isNull(value):
			d.addText(name, unknownProvider)
		case said:
			d.add(name, value)
		}
	}
	for _, name := range []string{"minimum_age_months", "min_age_months"} {
		if value, said := all[name]; said {
			d.add("minimum_age_months", value)
			break
		}
	}
	addAddress(&d, all)
	position, err := readPosition(all["position"])
	switch {
	case err != nil:
		warn("/position %v: it is left out", err)
	case position != nil:
		d.add("position", fmt.Appendf(nil, `{"longitude":%v,"latitude":%v}`, position.Longitude, position.Latitude))
	}
	addMeta(&d, all)
	d.add("external_ids", externalIDs(all, ids))
	u, more, err := decode(d.object(), "")
	u.UpdateLocation = true
	u.CreatedAt, u.UpdatedAt = timeOf(all["created_at"]), timeOf(all["updated_at"])
	return u, append(warnings, more...), err
}

// addAddress adds state and ZIP code. Leading zeros of ZIP codes were missing at first.
func addAddress(d *document, all map[string][]byte) {
	zip := padZIP(text(all["postal_code"]))
	if zip != "" {
		d.addText("postal_code", zip)
	}
	state := text(all["state"])
	if found, ok := usa.ByZIP(zip); state == "" && ok {
		state = found.State
	}
	if state != "" {
		d.addText("state", state)
	}
}

// padZIP gives a ZIP code its leading zeros.
func padZIP(zip string) string {
	five, four, plus := strings.Cut(zip, "-")
	if len(five) < 3 || len(five) > 4 || strings.Trim(five, "0123456789") != "" {
		return zip
	}
	five = strings.Repeat("0", 5-len(five)) + five
	if plus {
		return five + "-" + four
	}
	return five
}

// addMeta adds meta, and in it what had a field of its own in 2021.
func addMeta(d *document, all map[string][]byte) {
	meta, eligibility := all["meta"], all["eligibility"]
	if isNull(eligibility) || string(eligibility) == `""` {
		if !isNull(meta) {
			d.add("meta", meta)
		}
		return
	}
	var m document
	if len(meta) > 0 && meta[0] == '{' {
		for name, value := range univaf.Members(meta) {
			if string(name) != "eligibility" {
				m.add(string(name), value)
			}
		}
	}
	m.add("eligibility", eligibility)
	d.add("meta", m.object())
}

// externalIDs gives the ids of a location as pairs: those of the table and those in the row
// itself, where they were before there was a table, and are in what the API gives: as an
// object, as pairs, or as objects with system and value.
func externalIDs(all map[string][]byte, ids univaf.ExternalIDs) []byte {
	b := []byte{'['}
	pair := func(system, value []byte) {
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(append(append(append(b, '['), system...), ','), value...), ']')
	}
	for _, id := range ids {
		pair(univaf.AppendText(nil, id.System), univaf.AppendText(nil, id.Value))
	}
	said := all["external_ids"]
	if isNull(said) && len(ids) == 0 {
		said = all["external_ids_old"]
	}
	switch {
	case isNull(said):
	case said[0] == '{':
		for system, value := range univaf.Members(said) {
			pair(univaf.AppendText(nil, string(system)), value)
		}
	case said[0] == '[':
		for one := range univaf.Elements(said) {
			if one[0] != '{' {
				if len(b) > 1 {
					b = append(b, ',')
				}
				b = append(b, one...)
				continue
			}
			system, value := []byte("null"), []byte("null")
			for name, v := range univaf.Members(one) {
				switch string(name) {
				case "system":
					system = v
				case "value":
					value = v
				}
			}
			pair(system, value)
		}
	}
	return append(b, ']')
}

// readExternalID reads a row of external_ids.
func readExternalID(row []byte) (location string, id univaf.ExternalID, err error) {
	all, err := members(row)
	if err != nil {
		return "", id, err
	}
	location = strings.ToLower(text(all["provider_location_id"]))
	id = univaf.ExternalID{System: text(all["system"]), Value: text(all["value"])}
	for _, field := range []struct{ name, value string }{
		{"provider_location_id", location}, {"system", id.System}, {"value", id.Value},
	} {
		if field.value == "" {
			return "", id, univaf.FieldErrors{{Pointer: "/" + field.name, Message: "is required"}}
		}
	}
	return location, id, nil
}

// readAvailability reads a row of availability, or a whole one of availability_log.
func readAvailability(row []byte) (u ingest.Update, warnings []string, err error) {
	all, err := members(row)
	if err != nil {
		return u, nil, err
	}
	var d, a document
	if id, said := all["location_id"]; said {
		d.add("id", id)
	} else if id, said := all["provider_location_id"]; said {
		d.add("id", id)
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		switch name {
		case "id", "location_id", "provider_location_id", "changed_at", "created_at":
		default:
			a.add(name, all[name])
		}
	}
	d.add("availability", a.object())
	u, warnings, err = decode(d.object(), "/availability")
	if err == nil {
		u.Availability.ChangedAt = timeOf(all["changed_at"])
	}
	return u, warnings, err
}

// required are the fields without which there is no record.
var required = []string{"id", "external_ids", "name", "provider", "state", "availability", "source", "checked_at", "valid_at"}

// decode reads an update. Of what is wrong in it, what a record can do without is left out,
// with a warning. The fields are those of the member that the pointer leads to.
func decode(doc []byte, inside string) (u ingest.Update, warnings []string, err error) {
	for range 2 {
		u.Update, u.Warnings, err = ingest.Decode(doc)
		faults := univaf.FieldErrors(nil)
		if !errors.As(err, &faults) {
			break
		}
		var wrong []string
		for _, fault := range faults {
			rest, ok := strings.CutPrefix(fault.Pointer, inside+"/")
			name, _, _ := strings.Cut(rest, "/")
			if !ok || slices.Contains(required, name) {
				return u, nil, err
			}
			wrong = append(wrong, name)
			warnings = append(warnings, fault.Error()+": it is left out")
		}
		doc = without(doc, inside, wrong)
	}
	if err == nil && u.ID == "" {
		err = univaf.FieldErrors{{Pointer: "/id", Message: "must be a UUID"}}
	}
	warnings, u.Warnings = append(warnings, u.Warnings...), nil
	return u, warnings, err
}

// without leaves some members out of an object, or of the one that it has at a pointer of
// one step.
func without(doc []byte, inside string, names []string) []byte {
	var d document
	for name, value := range univaf.Members(doc) {
		switch {
		case inside == "/"+string(name):
			d.add(string(name), without(value, "", names))
		case inside != "" || !slices.Contains(names, string(name)):
			d.add(string(name), value)
		}
	}
	return d.object()
}

func isNull(value []byte) bool { return len(value) == 0 || bytes.Equal(value, []byte("null")) }

// text gives a string without space around it, or the digits of a number; "" for anything
// else.
func text(value []byte) string {
	if isNull(value) {
		return ""
	}
	if t, ok := univaf.Text(value); ok {
		return strings.TrimSpace(string(t))
	}
	if strings.Trim(string(value), "0123456789") == "" {
		return string(value)
	}
	return ""
}

// timeOf reads a time, the zero one where there is none.
func timeOf(value []byte) time.Time {
	t, err := univaf.ParseTime(text(value))
	if err != nil {
		return time.Time{}
	}
	return univaf.Instant(t)
}
