package univaf

import (
	"errors"
	"regexp"
	"time"
)

// timeLayout is how every time leaves the system: UTC, milliseconds, "Z".
const timeLayout = "2006-01-02T15:04:05.000Z"

// FormatTime renders t as UTC with milliseconds and Z, e.g.
// 2021-11-01T12:00:00.000Z.
func FormatTime(t time.Time) string { return t.UTC().Format(timeLayout) }

func appendTime(b []byte, t time.Time) []byte {
	b = append(b, '"')
	b = t.UTC().AppendFormat(b, timeLayout)
	return append(b, '"')
}

// Instant truncates t to what the system keeps: milliseconds, UTC.
func Instant(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

var errTime = errors.New("must be an ISO 8601 date and time, such as 2021-11-01T12:00:00Z")

// The forms of ISO 8601 (W3C note "Date and Time Formats") that senders use. Go
// reads a fraction of a second behind any of them. Without an offset a time is
// UTC, as it always was.
var timeForms = []string{
	"2006-01-02T15:04:05Z07:00",
	"2006-01-02T15:04:05Z0700",
	"2006-01-02T15:04:05",
	"2006-01-02T15:04Z07:00",
	"2006-01-02T15:04",
}

// ParseTime reads an ISO 8601 date and time, or a date (midnight UTC). The date
// and the time may be parted by a space.
func ParseTime(s string) (time.Time, error) {
	if len(s) == len("2006-01-02") {
		t, err := time.Parse(time.DateOnly, s)
		if err != nil || !inRange(t) {
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

// dateTime is stricter than the package time, which reads "9:00" and "09:00:00,5".
var dateTime = regexp.MustCompile(`^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$`)

// maxOffset is more than any place's distance from UTC, in seconds.
const maxOffset = 18 * 60 * 60

// parseDateTime reads a date and time and gives it also as RFC 3339 writes it: with
// the offset that it came with, or Z. What is in that form already stays as it is.
func parseDateTime(s string) (t time.Time, text string, err error) {
	if !dateTime.MatchString(s) {
		return time.Time{}, "", errTime
	}
	text = s[:10] + "T" + s[11:]
	for i, form := range timeForms {
		t, err := time.Parse(form, text)
		if err != nil {
			continue
		}
		if _, offset := t.Zone(); offset > maxOffset || offset < -maxOffset || !inRange(t) {
			break
		}
		if i > 0 {
			text = t.Format(time.RFC3339Nano)
		}
		return Instant(t), text, nil
	}
	return time.Time{}, "", errTime
}
