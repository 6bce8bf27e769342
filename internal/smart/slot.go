package smart

import (
	"bytes"
	"strings"

	"getmyvax.org/univaf"
)

// parseSlot reads a slot whose members are what the standard has them be, some times
// faster than encoding/json, as there are millions. It reports false for any other,
// which is left to parse: that knows what is wrong.
func parseSlot(line []byte) (s Slot, ok bool) {
	line = bytes.Clone(line) // its parts are kept
	if univaf.ValidateJSON(line) != nil || line[0] != '{' {
		return s, false
	}
	ok = true
	for name, value := range univaf.Members(line) {
		switch string(name) {
		case "resourceType":
			s.ResourceType = textOf(value, &ok)
		case "id":
			s.ID = textOf(value, &ok)
		case "schedule":
			for name, value := range membersOf(value, &ok) {
				if string(name) == "reference" {
					s.Schedule.Reference = textOf(value, &ok)
				}
			}
		case "status":
			s.Status = textOf(value, &ok)
		case "start":
			s.Start = Instant(textOf(value, &ok))
		case "end":
			s.End = Instant(textOf(value, &ok))
		case "extension":
			s.Extension = parseExtensions(value, &ok)
		}
	}
	return s, ok && s.Validate() == nil
}

func parseExtensions(list []byte, ok *bool) []Extension {
	if string(list) == "null" {
		return nil
	}
	if list[0] != '[' {
		*ok = false
		return nil
	}
	extensions := make([]Extension, 0, 2)
	for one := range univaf.Elements(list) {
		var e Extension
		for name, value := range membersOf(one, ok) {
			switch {
			case string(name) == "url":
				e.URL = textOf(value, ok)
			case e.Name == "" && strings.HasPrefix(string(name), "value"):
				e.Name, e.Value = known(name), value
			}
		}
		extensions = append(extensions, e)
	}
	return extensions
}

// textOf gives the text of a JSON string, and notes in ok if it is none.
func textOf(value []byte, ok *bool) string {
	text, isText := univaf.Text(value)
	*ok = *ok && isText
	return known(text)
}

// membersOf yields the members of a JSON object, and notes in ok if it is none.
func membersOf(value []byte, ok *bool) func(func(name, value []byte) bool) {
	if value[0] != '{' {
		*ok = false
		return func(func(name, value []byte) bool) {}
	}
	return univaf.Members(value)
}

// known gives a text as a string, without a copy of those that come all the time.
func known(text []byte) string {
	if one, found := knownNames[string(text)]; found {
		return one
	}
	return string(text)
}
