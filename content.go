package univaf

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
)

// AppendContent appends what the record says, apart from who said it and when, as
// an object. Equal content has equal bytes, and other content other bytes. Members
// that are not known are left out:
//
//	{"available":"YES","available_count":3,"products":["jj"],"capacity":[…],"is_public":true}
func (a *Availability) AppendContent(b []byte) []byte {
	b = appendText(append(b, `{"available":`...), string(a.Available))
	b = a.appendContent(b, false)
	b = strconv.AppendBool(appendKey(b, "is_public"), a.IsPublic)
	return append(b, '}')
}

var errContent = errors.New("not the content of a record")

// DecodeContent reads what AppendContent wrote; the source, the location and the
// times stay as they are. Capacity, Slots and Meta are parts of data, which must not
// change afterwards; what is in them is not looked at.
func (a *Availability) DecodeContent(data []byte) error {
	if len(data) < 2 || data[0] != '{' || data[len(data)-1] != '}' {
		return errContent
	}
	a.Available, a.AvailableCount, a.Products, a.Doses, a.IsPublic = "", nil, nil, nil, false
	a.Capacity, a.Slots, a.Meta = nil, nil, nil
	for c := inside(data); ; {
		name, raw := c.member()
		if name == nil {
			return nil
		}
		if raw == nil {
			return errContent
		}
		if err := a.setContent(name, raw); err != nil {
			return err
		}
	}
}

// setContent sets one member, given its name in quotes.
func (a *Availability) setContent(name, raw []byte) (err error) {
	switch string(name) {
	case `"available"`:
		a.Available, err = contentStatus(raw)
	case `"available_count"`:
		var count int64
		count, err = strconv.ParseInt(string(raw), 10, 64)
		a.AvailableCount = &count
	case `"products"`:
		a.Products, err = contentStrings(raw)
	case `"doses"`:
		a.Doses, err = contentStrings(raw)
	case `"capacity"`:
		a.Capacity = raw
	case `"slots"`:
		a.Slots = raw
	case `"meta"`:
		a.Meta = raw
	case `"is_public"`:
		a.IsPublic, err = strconv.ParseBool(string(raw))
	default:
		err = errContent
	}
	return err
}

func contentStatus(raw []byte) (Status, error) {
	switch string(raw) {
	case `"YES"`:
		return Yes, nil
	case `"NO"`:
		return No, nil
	case `"UNKNOWN"`:
		return Unknown, nil
	case "null":
		return "", nil
	}
	s, err := contentString(raw)
	return Status(s), err
}

func contentStrings(raw []byte) ([]string, error) {
	if raw[0] != '[' {
		return nil, errContent
	}
	list := []string{}
	for c := inside(raw); ; {
		one := c.value()
		if one == nil {
			return list, nil
		}
		s, err := contentString(one)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
}

func contentString(raw []byte) (string, error) {
	switch {
	case len(raw) < 2 || raw[0] != '"' || raw[len(raw)-1] != '"':
		return "", errContent
	case bytes.IndexByte(raw, '\\') < 0:
		return string(raw[1 : len(raw)-1]), nil
	}
	var s string
	err := json.Unmarshal(raw, &s)
	return s, err
}
