package smart

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"

	"getmyvax.org/univaf"
)

// An Extension adds what FHIR does not have: {"url": …, "valueX": …}, where X is the
// type of the value.
type Extension struct {
	URL   string
	Name  string          // valueX, or "" where there is no value
	Value json.RawMessage // as published
}

// NewExtension makes an extension, e.g. of ExtSlotCapacity, "valueInteger", 3. The
// value must be one that encodes.
func NewExtension(url, name string, value any) Extension {
	raw, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("smart: extension %s: %v", url, err))
	}
	return Extension{url, name, raw}
}

// knownNames saves keeping millions of copies of a few texts.
var knownNames = map[string]string{
	ExtSlotCapacity: ExtSlotCapacity, ExtBookingDeepLink: ExtBookingDeepLink, ExtBookingPhone: ExtBookingPhone,
	ExtVaccineProduct: ExtVaccineProduct, ExtVaccineDose: ExtVaccineDose,
	typeSlot: typeSlot, Free: Free, Busy: Busy,
	"valueInteger": "valueInteger", "valueUrl": "valueUrl", "valueString": "valueString", "valueCoding": "valueCoding",
}

func intern(s string) string {
	if known, ok := knownNames[s]; ok {
		return known
	}
	return strings.Clone(s)
}

// UnmarshalJSON reads the first member whose name begins with value.
func (e *Extension) UnmarshalJSON(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return univaf.FieldError{Pointer: "/extension", Message: "must hold objects"}
	}
	*e = Extension{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return err
		}
		switch key := name.(string); {
		case key == "url":
			var u string
			if json.Unmarshal(value, &u) != nil {
				return univaf.FieldError{Pointer: "/extension/url", Message: "must be a string, not " + sample(value)}
			}
			e.URL = intern(u)
		case e.Name == "" && strings.HasPrefix(key, "value"):
			e.Name, e.Value = intern(key), value
		}
	}
	return nil
}

// MarshalJSON renders the extension.
func (e Extension) MarshalJSON() ([]byte, error) {
	members := map[string]any{"url": e.URL} // url sorts before value
	if e.Name != "" {
		members[e.Name] = e.Value
	}
	return json.Marshal(members)
}

// Find gives the first extension with that URL, or nil.
func Find(list []Extension, url string) *Extension {
	for i := range list {
		if list[i].URL == url {
			return &list[i]
		}
	}
	return nil
}

// Text is the value if it is a string, else "". A nil extension has none.
func (e *Extension) Text() string {
	var s string
	if e == nil || json.Unmarshal(e.Value, &s) != nil {
		return ""
	}
	return s
}

// Int is the value if it is a whole number, as a number or as the digits that a
// string begins with; some publishers write "1".
func (e *Extension) Int() (n int64, ok bool) {
	if e == nil {
		return 0, false
	}
	if s := strings.TrimSpace(e.Text()); s != "" {
		end := 0
		for end < len(s) && (s[end] >= '0' && s[end] <= '9' || end == 0 && (s[0] == '-' || s[0] == '+')) {
			end++
		}
		n, err := strconv.ParseInt(s[:end], 10, 64)
		return n, err == nil
	}
	var f float64
	if json.Unmarshal(e.Value, &f) != nil || string(e.Value) == "null" || f != math.Trunc(f) || math.Abs(f) > math.MaxInt32 {
		return 0, false
	}
	return int64(f), true
}

// Coding is the value if it is a coding; its code may be a number, as PrepMod has it.
func (e *Extension) Coding() (c Coding, ok bool) {
	var loose struct {
		System, Display string
		Code            json.RawMessage
	}
	if e == nil || string(e.Value) == "null" || json.Unmarshal(e.Value, &loose) != nil {
		return Coding{}, false
	}
	c = Coding{System: loose.System, Display: loose.Display}
	if json.Unmarshal(loose.Code, &c.Code) != nil {
		var number json.Number
		if len(loose.Code) > 0 && json.Unmarshal(loose.Code, &number) != nil {
			return Coding{}, false
		}
		c.Code = number.String()
	}
	return c, true
}

// Capacity is the number of appointments that the slot stands for. Without the
// extension that is one; ok tells a number from anything else.
func (s *Slot) Capacity() (n int64, ok bool) {
	e := Find(s.Extension, ExtSlotCapacity)
	if e == nil {
		return 1, true
	}
	n, ok = e.Int()
	return n, ok && n >= 0
}

var errNoOffset = errors.New("must have an offset from UTC, such as Z or -05:00")

// isURI: absolute, of any scheme.
func isURI(s string) bool {
	if _, known := knownNames[s]; known && strings.HasPrefix(s, "http:") {
		return true
	}
	u, err := url.Parse(s)
	return err == nil && u.Scheme != ""
}

// sample shows a value in a message, cut short.
func sample(raw []byte) string {
	const most = 120
	if len(raw) <= most {
		return string(bytes.ToValidUTF8(raw, []byte("\uFFFD")))
	}
	return string(bytes.ToValidUTF8(raw[:most], nil)) + "…"
}
