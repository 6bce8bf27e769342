package univaf

import (
	"encoding/json"
	"math"
	"strconv"
	"time"
	"unicode/utf8"
)

// AppendJSON renders the location as the API shows it: every key, null where
// unknown; is_public and internal_notes only if private. The object is left open
// (without its closing brace), so that the caller can add availability.
func (l *Location) AppendJSON(b []byte, private bool) []byte {
	b = append(b, `{"id":`...)
	b = appendText(b, l.ID)
	for i := range locationFields {
		f := &locationFields[i]
		if !f.private {
			b = f.append(b, l)
		}
	}
	b = appendTime(appendKey(b, "created_at"), l.CreatedAt)
	b = appendTime(appendKey(b, "updated_at"), l.UpdatedAt)
	if private {
		for i := range locationFields {
			if f := &locationFields[i]; f.private {
				b = f.append(b, l)
			}
		}
	}
	return appendExternalIDs(appendKey(b, "external_ids"), l.ExternalIDs)
}

// MarshalJSON renders the location with its private fields.
func (l Location) MarshalJSON() ([]byte, error) {
	return append(l.AppendJSON(nil, true), '}'), nil
}

// AppendJSON renders the answer as the API shows it: only what is known. The object
// is left open.
func (m *Merged) AppendJSON(b []byte) []byte {
	b = append(b, `{"sources":`...)
	b = appendStrings(b, m.Sources)
	b = appendTime(appendKey(b, "valid_at"), m.ValidAt)
	b = appendTime(appendKey(b, "checked_at"), m.CheckedAt)
	b = appendText(appendKey(b, "available"), string(m.Available))
	b = m.appendContent(b, false)
	return appendTime(appendKey(b, "changed_at"), m.ChangedAt)
}

// appendContent renders what was said besides the status; with nulls, also what
// was not.
func (a *Availability) appendContent(b []byte, nulls bool) []byte {
	if nulls || a.AvailableCount != nil {
		b = appendInteger(appendKey(b, "available_count"), a.AvailableCount)
	}
	if nulls || a.Products != nil {
		b = appendList(appendKey(b, "products"), a.Products)
	}
	if nulls || a.Doses != nil {
		b = appendList(appendKey(b, "doses"), a.Doses)
	}
	if nulls || a.Capacity != nil {
		b = appendRaw(appendKey(b, "capacity"), a.Capacity)
	}
	if nulls || a.Slots != nil {
		b = appendRaw(appendKey(b, "slots"), a.Slots)
	}
	if nulls || a.Meta != nil {
		b = appendRaw(appendKey(b, "meta"), a.Meta)
	}
	return b
}

// RecordID names one source's record of one location: LOCATION_ID:SOURCE.
func (a *Availability) RecordID() string { return a.LocationID + ":" + a.Source }

// AppendJSON renders one source's record whole, every key, null where unknown.
func (a *Availability) AppendJSON(b []byte) []byte {
	b = append(b, `{"id":`...)
	b = appendText(b, a.RecordID())
	b = appendText(appendKey(b, "location_id"), a.LocationID)
	b = appendText(appendKey(b, "source"), a.Source)
	b = appendTime(appendKey(b, "valid_at"), a.ValidAt)
	b = appendTime(appendKey(b, "checked_at"), a.CheckedAt)
	b = appendTime(appendKey(b, "changed_at"), a.ChangedAt)
	b = appendText(appendKey(b, "available"), string(a.Available))
	b = a.appendContent(b, true)
	b = strconv.AppendBool(appendKey(b, "is_public"), a.IsPublic)
	return append(b, '}')
}

// MarshalJSON renders the record as AppendJSON does.
func (a Availability) MarshalJSON() ([]byte, error) { return a.AppendJSON(nil), nil }

// AppendJSON renders the update as a sender gives it: only what is known or, by
// u.Given, said to be null.
func (u *Update) AppendJSON(b []byte) []byte {
	b = append(b, '{')
	if u.ID != "" {
		b = appendText(append(b, `"id":`...), u.ID)
	}
	if len(u.ExternalIDs) > 0 {
		b = appendExternalIDs(appendKey(b, "external_ids"), u.ExternalIDs)
	}
	for i := range locationFields {
		f := &locationFields[i]
		if u.Given&(1<<i) != 0 || f.isKnown(&u.Location) {
			b = f.append(b, &u.Location)
		}
	}
	if u.Availability != nil {
		b = u.Availability.appendReport(appendKey(b, "availability"), u.PublicUnsaid)
	}
	return append(b, '}')
}

// MarshalJSON renders the update as AppendJSON does.
func (u Update) MarshalJSON() ([]byte, error) { return u.AppendJSON(nil), nil }

// appendReport renders the record as a source sends it.
func (a *Availability) appendReport(b []byte, publicUnsaid bool) []byte {
	b = append(b, `{"source":`...)
	b = appendText(b, a.Source)
	for _, t := range []struct {
		name string
		at   time.Time
	}{{"valid_at", a.ValidAt}, {"checked_at", a.CheckedAt}} {
		if !t.at.IsZero() {
			b = appendTime(appendKey(b, t.name), t.at)
		}
	}
	if !a.IsPublic || !publicUnsaid {
		b = strconv.AppendBool(appendKey(b, "is_public"), a.IsPublic)
	}
	if a.Available != "" {
		b = appendText(appendKey(b, "available"), string(a.Available))
	}
	b = a.appendContent(b, false)
	return append(b, '}')
}

// appendKey starts a member; only the first one of an object has no comma.
func appendKey(b []byte, name string) []byte {
	if len(b) > 0 && b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	b = append(b, '"')
	b = append(b, name...)
	return append(b, '"', ':')
}

// appendText renders a string, or null if it is empty.
func appendText(b []byte, s string) []byte {
	if s == "" {
		return append(b, "null"...)
	}
	return appendString(b, s)
}

// appendString renders a string with the escapes that encoding/json uses, other than
// those for HTML. What is no Unicode becomes U+FFFD.
func appendString[Text string | []byte](b []byte, s Text) []byte {
	b = append(b, '"')
	start := 0 // of what is not yet appended
	for i := 0; i < len(s); {
		if isPlain[s[i]] && s[i] < utf8.RuneSelf {
			i++
			continue
		}
		size := 1
		if s[i] < utf8.RuneSelf {
			b = appendEscape(append(b, s[start:i]...), s[i])
			start = i + 1
		} else {
			var r rune
			r, size = utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
			switch {
			case r == utf8.RuneError && size == 1:
				b = append(append(b, s[start:i]...), `\ufffd`...)
				start = i + size
			case r == '\u2028' || r == '\u2029': // line ends to JavaScript
				b = append(append(b, s[start:i]...), `\u202`...)
				b = append(b, hexDigits[r&0xF])
				start = i + size
			}
		}
		i += size
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}

const hexDigits = "0123456789abcdef"

// appendEscape renders a byte that can't stand for itself in a string.
func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
	case '\b':
		c = 'b'
	case '\f':
		c = 'f'
	case '\n':
		c = 'n'
	case '\r':
		c = 'r'
	case '\t':
		c = 't'
	default:
		return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xF])
	}
	return append(b, '\\', c)
}

// appendStrings renders a list; none is [].
func appendStrings(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, s)
	}
	return append(b, ']')
}

// appendList renders a list, or null if it is nil.
func appendList(b []byte, list []string) []byte {
	if list == nil {
		return append(b, "null"...)
	}
	return appendStrings(b, list)
}

func appendRaw(b []byte, raw json.RawMessage) []byte {
	if raw == nil {
		return append(b, "null"...)
	}
	return append(b, raw...)
}

func appendInteger[T int | int64](b []byte, n *T) []byte {
	if n == nil {
		return append(b, "null"...)
	}
	return strconv.AppendInt(b, int64(*n), 10)
}

func appendPosition(b []byte, p *Position) []byte {
	if p == nil {
		return append(b, "null"...)
	}
	b = appendDegrees(append(b, `{"longitude":`...), p.Longitude)
	b = appendDegrees(append(b, `,"latitude":`...), p.Latitude)
	return append(b, '}')
}

func appendDegrees(b []byte, degrees float64) []byte {
	if math.IsNaN(degrees) || math.IsInf(degrees, 0) {
		return append(b, "null"...)
	}
	return strconv.AppendFloat(b, degrees, 'f', -1, 64)
}

func appendExternalIDs(b []byte, ids ExternalIDs) []byte {
	b = append(b, '[')
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(append(b, '['), id.System)
		b = appendString(append(b, ','), id.Value)
		b = append(b, ']')
	}
	return append(b, ']')
}
