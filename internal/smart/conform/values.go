package conform

import (
	"bytes"
	"net/url"
	"strings"
	"time"
)

// validID: FHIR's type id, which the standard asks of all resources.
func validID(id []byte) bool {
	if len(id) == 0 || len(id) > 64 {
		return false
	}
	for _, c := range id {
		if !isDigit(c) && !isLetter(c) && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

// idIn gives the id of a reference such as Location/1.
func idIn(reference []byte, resourceType string) ([]byte, bool) {
	rest, ok := bytes.CutPrefix(reference, []byte(resourceType))
	if !ok || len(rest) == 0 || rest[0] != '/' {
		return nil, false
	}
	return rest[1:], validID(rest[1:])
}

// isURI: absolute, of any scheme (RFC 3986).
func isURI(b []byte) bool {
	i := bytes.IndexByte(b, ':')
	if i < 1 || i == len(b)-1 || !isLetter(b[0]) {
		return false
	}
	for _, c := range b[:i] {
		if !isLetter(c) && !isDigit(c) && c != '+' && c != '-' && c != '.' {
			return false
		}
	}
	for _, c := range b {
		if c <= ' ' || c == 0x7f {
			return false
		}
	}
	return true
}

// isWebURL: a full http or https URL.
func isWebURL(b []byte) bool {
	if !isURI(b) || !bytes.HasPrefix(b, []byte("https://")) && !bytes.HasPrefix(b, []byte("http://")) {
		return false
	}
	u, err := url.Parse(string(b))
	return err == nil && u.Hostname() != ""
}

// An instant is a time as FHIR's type instant has it: with seconds and an offset.
type instant struct {
	second int64 // of Unix time
	nano   int64
	isUTC  bool // written with Z
}

func (i instant) before(j instant) bool {
	return i.second < j.second || i.second == j.second && i.nano < j.nano
}

// parseInstant reads YYYY-MM-DDThh:mm:ss[.s…](Z|±hh:mm).
func parseInstant(b []byte) (t instant, ok bool) {
	const fixed = len("2006-01-02T15:04:05")
	if len(b) < fixed+1 || b[4] != '-' || b[7] != '-' || b[10] != 'T' || b[13] != ':' || b[16] != ':' {
		return t, false
	}
	year, month, day := digits(b[:4]), digits(b[5:7]), digits(b[8:10])
	hour, minute, second := digits(b[11:13]), digits(b[14:16]), digits(b[17:19])
	if year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) ||
		hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60 {
		return t, false
	}
	rest := b[fixed:]
	if rest[0] == '.' {
		n := 1
		for scale := int64(1e8); n < len(rest) && isDigit(rest[n]); n++ {
			t.nano += int64(rest[n]-'0') * scale
			scale /= 10
		}
		if n == 1 {
			return t, false
		}
		rest = rest[n:]
	}
	offset, ok := parseOffset(rest)
	if !ok {
		return t, false
	}
	t.isUTC = len(rest) == 1
	t.second = time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC).Unix() - int64(offset)
	return t, true
}

// parseOffset gives the seconds that Z or ±hh:mm stand for.
func parseOffset(b []byte) (seconds int, ok bool) {
	if len(b) == 1 {
		return 0, b[0] == 'Z'
	}
	if len(b) != len("+00:00") || b[0] != '+' && b[0] != '-' || b[3] != ':' {
		return 0, false
	}
	hours, minutes := digits(b[1:3]), digits(b[4:6])
	if hours < 0 || minutes < 0 || minutes > 59 || hours*60+minutes > 14*60 {
		return 0, false
	}
	seconds = (hours*60 + minutes) * 60
	if b[0] == '-' {
		seconds = -seconds
	}
	return seconds, true
}

// digits gives the number that b is, or -1.
func digits(b []byte) int {
	n := 0
	for _, c := range b {
		if !isDigit(c) {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// wholeNumber gives the number that v is if it is one of FHIR's type integer and not
// negative.
func wholeNumber(v value) (n int, ok bool) {
	const longest = len("2147483647")
	if v.kind() != number || len(v.raw()) > longest {
		return 0, false
	}
	n = digits(v.raw())
	return n, n >= 0 && n <= 1<<31-1
}

// isZIP: 12345 or 12345-6789.
func isZIP(b []byte) bool {
	switch {
	case len(b) == 5:
		return digits(b) >= 0
	case len(b) == 10 && b[5] == '-':
		return digits(b[:5]) >= 0 && digits(b[6:]) >= 0
	}
	return false
}

// sameURL compares URLs as servers do: %24 is $.
func sameURL(a, b string) bool {
	u, err := url.Parse(a)
	v, err2 := url.Parse(b)
	return err == nil && err2 == nil && strings.EqualFold(u.Scheme, v.Scheme) && strings.EqualFold(u.Host, v.Host) &&
		u.Path == v.Path && u.RawQuery == v.RawQuery
}
