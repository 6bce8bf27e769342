package univaf

import (
	"errors"
	"time"
)

// timeLayout is how every time leaves the system: UTC, milliseconds, "Z".
const timeLayout = "2006-01-02T15:04:05.000Z"

// FormatTime renders t as UTC with milliseconds and Z, e.g.
// 2021-11-01T12:00:00.000Z.
func FormatTime(t time.Time) string {
	return string(appendInstant(make([]byte, 0, len(timeLayout)), t))
}

func appendTime(b []byte, t time.Time) []byte {
	return append(appendInstant(append(b, '"'), t), '"')
}

// appendInstant does what t.AppendFormat does, faster: there are two or more times in
// all that is shown.
func appendInstant(b []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	if year < 0 || year > 9999 {
		return t.AppendFormat(b, timeLayout)
	}
	hour, minute, second := t.Clock()
	b = appendPadded(b, year/100)
	b = appendPadded(b, year%100)
	b = appendPadded(append(b, '-'), int(month))
	b = appendPadded(append(b, '-'), day)
	b = appendPadded(append(b, 'T'), hour)
	b = appendPadded(append(b, ':'), minute)
	b = appendPadded(append(b, ':'), second)
	ms := t.Nanosecond() / int(time.Millisecond)
	b = appendPadded(append(b, '.', byte('0'+ms/100)), ms%100)
	return append(b, 'Z')
}

// appendPadded renders n, which is below 100, with two digits.
func appendPadded(b []byte, n int) []byte { return append(b, byte('0'+n/10), byte('0'+n%10)) }

// Instant truncates t to what the system keeps: milliseconds, UTC.
func Instant(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

var errTime = errors.New("must be an ISO 8601 date and time, such as 2021-11-01T12:00:00Z")

// ParseTime reads an ISO 8601 date and time, or a date (midnight UTC). The date
// and the time may be parted by a space.
func ParseTime(s string) (time.Time, error) {
	if len(s) == len(time.DateOnly) {
		year, month, day, ok := parseDate(s)
		t := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
		if !ok || !inRange(t) {
			return time.Time{}, errTime
		}
		return t, nil
	}
	t, _, err := parseDateTime(s)
	return t, err
}

// inRange keeps out what no appointment can mean, and what could not be written with
// four digits for the year.
func inRange(t time.Time) bool { return t.UTC().Year() >= 1900 && t.UTC().Year() <= 9999 }

// parseDate reads a day that there is, as YYYY-MM-DD.
func parseDate(s string) (year int, month time.Month, day int, ok bool) {
	if len(s) != len(time.DateOnly) || s[4] != '-' || s[7] != '-' {
		return 0, 0, 0, false
	}
	year, month, day = parseDigits(s[:4]), time.Month(parseDigits(s[5:7])), parseDigits(s[8:])
	if year < 0 || month < time.January || month > time.December || day < 1 {
		return 0, 0, 0, false
	}
	// Days past the end of a month are read as some of the next.
	ok = day <= 28 || time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Day() == day
	return year, month, day, ok
}

// parseDigits is negative if there is anything but digits.
func parseDigits(s string) int {
	n := 0
	for i := range len(s) {
		if !isDigit(s[i]) {
			return -1
		}
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// parseDateTime reads a date and time in the forms of ISO 8601 (W3C note "Date and
// Time Formats") that senders use. Without an offset a time is UTC, as it always was.
// The time comes also as RFC 3339 writes it: with the offset that it came with, or Z.
// What is in that form already stays as it is.
//
// It is stricter than the package time, which reads "9:00" and "09:00:00,5".
func parseDateTime(s string) (t time.Time, text string, err error) {
	if len(s) < len("2006-01-02T15:04") || s[10] != 'T' && s[10] != ' ' || s[13] != ':' {
		return time.Time{}, "", errTime
	}
	year, month, day, ok := parseDate(s[:10])
	hour, minute := parseDigits(s[11:13]), parseDigits(s[14:16])
	second, nanosecond, zone := parseSecond(s[16:])
	offset, known := parseOffset(zone)
	hasSecond := len(zone) < len(s[16:])
	switch {
	case !ok, !known, hour < 0, hour > 23, minute < 0, minute > 59, second < 0, second > 59:
		return time.Time{}, "", errTime
	case len(zone) == len("-0700") && !hasSecond: // never was read
		return time.Time{}, "", errTime
	}
	local := time.Date(year, month, day, hour, minute, second, nanosecond, time.UTC)
	t = local.Add(-offset)
	if !inRange(t) {
		return time.Time{}, "", errTime
	}
	switch {
	case !hasSecond || zone == "" || len(zone) == len("-0700"):
		text = t.In(time.FixedZone("", int(offset/time.Second))).Format(time.RFC3339Nano)
	case s[10] == 'T':
		text = s
	default:
		text = s[:10] + "T" + s[11:]
	}
	return Instant(t), text, nil
}

// parseSecond reads what may stand behind the minute, such as ":05.5", and gives the
// rest. The second is negative if it is none. Finer than nanoseconds is cut off.
func parseSecond(s string) (second, nanosecond int, rest string) {
	if s == "" || s[0] != ':' {
		return 0, 0, s
	}
	if len(s) < len(":05") {
		return -1, 0, s
	}
	second, rest = parseDigits(s[1:3]), s[3:]
	if rest == "" || rest[0] != '.' {
		return second, 0, rest
	}
	digits := 0
	for rest = rest[1:]; digits < len(rest) && isDigit(rest[digits]); digits++ {
		if digits < 9 {
			nanosecond = nanosecond*10 + int(rest[digits]-'0')
		}
	}
	if digits == 0 {
		return -1, 0, rest
	}
	for i := digits; i < 9; i++ {
		nanosecond *= 10
	}
	return second, nanosecond, rest[digits:]
}

// maxOffset is more than any place's distance from UTC.
const maxOffset = 18 * time.Hour

// parseOffset reads "Z", "-07:00" or "-0700"; nothing is UTC. An offset may have 60
// minutes, since the package time allows for that.
func parseOffset(s string) (offset time.Duration, ok bool) {
	if s == "" || s == "Z" {
		return 0, true
	}
	var hours, minutes int
	switch {
	case s[0] != '+' && s[0] != '-':
		return 0, false
	case len(s) == len("-0700"):
		hours, minutes = parseDigits(s[1:3]), parseDigits(s[3:])
	case len(s) == len("-07:00") && s[3] == ':':
		hours, minutes = parseDigits(s[1:3]), parseDigits(s[4:])
	default:
		return 0, false
	}
	offset = time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if hours < 0 || minutes < 0 || minutes > 60 || offset > maxOffset {
		return 0, false
	}
	if s[0] == '-' {
		offset = -offset
	}
	return offset, true
}
