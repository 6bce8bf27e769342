package smart

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"getmyvax.org/univaf"
)

const (
	typeLocation = "Location"
	typeSchedule = "Schedule"
	typeSlot     = "Slot"
)

// A check gathers what is wrong with a record.
type check struct{ errs univaf.FieldErrors }

func (c *check) fail(pointer, format string, args ...any) {
	c.errs = append(c.errs, univaf.FieldError{Pointer: pointer, Message: fmt.Sprintf(format, args...)})
}

func (c *check) resource(want, resourceType, id string) {
	if resourceType != want {
		c.fail("/resourceType", "must be %q, not %q", want, resourceType)
	}
	if !validID(id) {
		c.fail("/id", "must be 1 to 64 letters, digits, '-', '.', '_' or spaces, not %q", sample([]byte(id)))
	}
}

func (c *check) uri(pointer, s string) {
	if !isURI(s) {
		c.fail(pointer, "must be a URI, not %q", sample([]byte(s)))
	}
}

func (c *check) instant(pointer string, i Instant) {
	if _, err := i.Time(); err != nil {
		c.fail(pointer, "%v, not %q", err, sample([]byte(i)))
	}
}

func (c *check) extensions(list []Extension) {
	for i, e := range list {
		c.uri(fmt.Sprintf("/extension/%d/url", i), e.URL)
	}
}

// Validate gives what the standard forbids as univaf.FieldErrors, or nil. The
// identifier is not required: the standard's text does not ask for it, although its
// profile did at first.
func (l *Location) Validate() error {
	var c check
	c.resource(typeLocation, l.ResourceType, l.ID)
	for i, id := range l.Identifier {
		c.uri(fmt.Sprintf("/identifier/%d/system", i), id.System)
	}
	for i, t := range l.Telecom {
		if t.System != "phone" && t.System != "url" {
			c.fail(fmt.Sprintf("/telecom/%d/system", i), "must be phone or url, not %q", sample([]byte(t.System)))
		}
	}
	return c.errs.Err()
}

// Validate gives what the standard forbids as univaf.FieldErrors, or nil.
func (s *Schedule) Validate() error {
	var c check
	c.resource(typeSchedule, s.ResourceType, s.ID)
	if len(s.Actor) != 1 {
		c.fail("/actor", "must have exactly one entry, not %d", len(s.Actor))
	} else if !strings.HasPrefix(s.Actor[0].Reference, "Location/") {
		c.fail("/actor/0/reference", "must begin with Location/, not be %q", sample([]byte(s.Actor[0].Reference)))
	}
	if len(s.ServiceType) == 0 {
		c.fail("/serviceType", "must have an entry")
	}
	for i, concept := range s.ServiceType {
		at := fmt.Sprintf("/serviceType/%d/coding", i)
		if len(concept.Coding) == 0 {
			c.fail(at, "must have an entry")
		}
		for j, coding := range concept.Coding {
			c.uri(fmt.Sprintf("%s/%d/system", at, j), coding.System)
		}
	}
	c.extensions(s.Extension)
	return c.errs.Err()
}

// Validate gives what the standard forbids as univaf.FieldErrors, or nil.
func (s *Slot) Validate() error {
	var c check
	c.resource(typeSlot, s.ResourceType, s.ID)
	if !strings.HasPrefix(s.Schedule.Reference, "Schedule/") {
		c.fail("/schedule/reference", "must begin with Schedule/, not be %q", sample([]byte(s.Schedule.Reference)))
	}
	if s.Status != Free && s.Status != Busy {
		c.fail("/status", "must be free or busy, not %q", sample([]byte(s.Status)))
	}
	c.instant("/start", s.Start)
	c.instant("/end", s.End)
	c.extensions(s.Extension)
	return c.errs.Err()
}

// A record is a resource that can be read from a file.
type record[T any] interface {
	*T
	Validate() error
}

// parse reads one resource. Its errors are a *univaf.SyntaxError or
// univaf.FieldErrors.
func parse[T any, P record[T]](data []byte) (T, error) {
	var v, none T
	if slot, isSlot := any(&v).(*Slot); isSlot {
		var ok bool
		if *slot, ok = parseSlot(data); ok {
			return v, nil
		}
		v = none
	}
	data, err := unmarshalTabs(data, &v)
	if err != nil {
		return none, err
	}
	var errs univaf.FieldErrors
	if l, ok := any(&v).(*Location); ok {
		errs = l.missing(data)
	}
	if err := P(&v).Validate(); err != nil {
		var more univaf.FieldErrors
		if !errors.As(err, &more) {
			return none, err
		}
		errs = append(errs, more...)
	}
	if errs != nil {
		return none, errs
	}
	return v, nil
}

// missing looks for what must be there even where an empty text may be.
func (l *Location) missing(data []byte) univaf.FieldErrors {
	type given = *json.RawMessage
	var has struct {
		Name, Telecom given
		Address       *struct{ Line, City, State, PostalCode given }
		Position      *struct{ Latitude, Longitude given }
	}
	if err := json.Unmarshal(data, &has); err != nil {
		return univaf.FieldErrors{{Message: err.Error()}}
	}
	var c check
	require := func(pointer string, value given) {
		if value == nil {
			c.fail(pointer, "is required")
		}
	}
	require("/name", has.Name)
	require("/telecom", has.Telecom)
	if a := has.Address; a == nil {
		c.fail("/address", "is required")
	} else {
		require("/address/line", a.Line)
		require("/address/city", a.City)
		require("/address/state", a.State)
		require("/address/postalCode", a.PostalCode)
	}
	if p := has.Position; p != nil {
		require("/position/latitude", p.Latitude)
		require("/position/longitude", p.Longitude)
	}
	return c.errs
}

// unmarshalTabs reads JSON, if need be with its literal tabs escaped: JSON forbids
// them inside strings, publishers (CVS) have them in addresses. It gives the text
// that could be read.
func unmarshalTabs(data []byte, v any) ([]byte, error) {
	err := json.Unmarshal(data, v)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) && bytes.ContainsRune(data, '\t') {
		escaped := bytes.ReplaceAll(data, []byte("\t"), []byte(`\t`))
		if again := json.Unmarshal(escaped, v); !errors.As(again, &syntax) {
			data, err = escaped, again
		}
	}
	return data, explain(err)
}

// explain names the member that is of the wrong type.
func explain(err error) error {
	var wrongType *json.UnmarshalTypeError
	var field univaf.FieldError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &field):
		return univaf.FieldErrors{field}
	case errors.As(err, &wrongType):
		pointer := ""
		if wrongType.Field != "" {
			pointer = "/" + strings.ReplaceAll(wrongType.Field, ".", "/")
		}
		return univaf.FieldErrors{{Pointer: pointer, Message: fmt.Sprintf("must be %s, not %s", jsonType(wrongType.Type), wrongType.Value)}}
	}
	return &univaf.SyntaxError{Err: err}
}

func jsonType(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Slice:
		return "a list"
	case reflect.Struct, reflect.Map, reflect.Pointer:
		return "an object"
	case reflect.String:
		return "a string"
	}
	return "a number"
}
