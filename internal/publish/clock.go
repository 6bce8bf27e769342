package publish

import (
	"math"
	"strconv"
	"time"
)

// A clock shows times as they are at a place.
type clock struct {
	zone *time.Location // nil: as they are given
	// The offset holds from start to end, seconds since 1970.
	start, end int64
	offset     int64 // seconds east of UTC
	dayText    string
	dayStart   int64
	dayEnd     int64
}

func (c *clock) in(zone *time.Location) {
	if c.zone != zone {
		*c = clock{zone: zone}
	}
}

func (c *clock) offsetAt(second int64) int64 {
	if second < c.start || second >= c.end {
		t := time.Unix(second, 0).In(c.zone)
		_, offset := t.Zone()
		start, end := t.ZoneBounds()
		c.offset, c.start, c.end = int64(offset), math.MinInt64, math.MaxInt64
		if !start.IsZero() {
			c.start = start.Unix()
		}
		if !end.IsZero() {
			c.end = end.Unix()
		}
	}
	return c.offset
}

// A moment is a time as a slot has it, in RFC 3339's form.
type moment struct {
	second int64 // since 1970
	offset int64 // in seconds, as it is given
	text   []byte
}

// readMoment reads a time in the form in which records have it.
func readMoment(text []byte) (m moment, ok bool) {
	const shortest = len("2006-01-02T15:04:05Z")
	if len(text) < shortest {
		return m, false
	}
	n := func(from, to int) (v int) {
		for _, c := range text[from:to] {
			if c < '0' || c > '9' {
				ok = false
			}
			v = v*10 + int(c-'0')
		}
		return v
	}
	ok = true
	day := time.Date(n(0, 4), time.Month(n(5, 7)), n(8, 10), 0, 0, 0, 0, time.UTC).Unix()
	m.second = day + int64(n(11, 13)*3600+n(14, 16)*60+n(17, 19))
	m.text = text
	if text[len(text)-1] == 'Z' {
		return m, ok
	}
	sign := len(text) - len("+00:00")
	if sign < shortest-1 {
		return m, false
	}
	m.offset = int64(n(sign+1, sign+3)*3600 + n(sign+4, sign+6)*60)
	if text[sign] == '-' {
		m.offset = -m.offset
	}
	m.second -= m.offset
	return m, ok
}

// append appends the moment with the offset of the place.
func (c *clock) append(b []byte, m moment) []byte {
	if m.text != nil && (c.zone == nil || c.offsetAt(m.second) == m.offset) {
		return append(b, m.text...)
	}
	if c.zone == nil {
		return time.Unix(m.second, 0).UTC().AppendFormat(b, time.RFC3339)
	}
	return c.appendLocal(b, m.second, c.offsetAt(m.second))
}

func (c *clock) appendLocal(b []byte, second, offset int64) []byte {
	t := time.Unix(second+offset, 0).UTC()
	year, month, day := t.Date()
	hour, minute, sec := t.Clock()
	b = strconv.AppendInt(b, int64(year), 10)
	b = two(append(b, '-'), int(month))
	b = two(append(b, '-'), day)
	b = two(append(b, 'T'), hour)
	b = two(append(b, ':'), minute)
	b = two(append(b, ':'), sec)
	sign := byte('+')
	if offset < 0 {
		sign, offset = '-', -offset
	}
	b = two(append(b, sign), int(offset/3600))
	return two(append(b, ':'), int(offset/60%60))
}

func two(b []byte, n int) []byte { return append(b, byte('0'+n/10), byte('0'+n%10)) }

// day gives when a date, YYYY-MM-DD, begins and ends at the place.
func (c *clock) day(date string) (start, end int64, ok bool) {
	if c.dayText != date {
		zone := c.zone
		if zone == nil {
			zone = time.UTC
		}
		t, err := time.ParseInLocation(time.DateOnly, date, zone)
		if err != nil {
			return 0, 0, false
		}
		c.dayText, c.dayStart, c.dayEnd = date, t.Unix(), t.AddDate(0, 0, 1).Unix()
	}
	return c.dayStart, c.dayEnd, true
}
