package feed

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// errNoZone says that a local time can't be placed.
var errNoZone = errors.New("has no offset from UTC, and no zone is known: set time_zone, such as America/New_York")

var (
	yearFirst  = regexp.MustCompile(`^(\d{4})[-/](\d{1,2})[-/](\d{1,2})`)
	monthFirst = regexp.MustCompile(`^(\d{1,2})[-/](\d{1,2})[-/](\d{4}|\d{2})\b`)
	monthWord  = regexp.MustCompile(`^([A-Za-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})\b`)
	dayWord    = regexp.MustCompile(`^(\d{1,2})[- ]([A-Za-z]{3,9})\.?[- ,]+(\d{4}|\d{2})\b`)
	weekday    = regexp.MustCompile(`^(?i:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?i:day)?[.,]* +`)
	clock      = regexp.MustCompile(`^(?:T|,? (?:at )?)(\d{1,2})(?::(\d\d))?(?::(\d\d)(\.\d{1,9})?)?(?: ?([AaPp])\.?[Mm]\.?)?(?: ?(Z|[+-]\d\d:?\d\d|[A-Z]{2,4}))?$`)
)

// abbreviations are offsets from UTC in hours by the names that they have in the USA.
var abbreviations = map[string]int{
	"UTC": 0, "GMT": 0, "AST": -4, "EDT": -4, "EST": -5, "CDT": -5, "CST": -6, "MDT": -6, "MST": -7, "PDT": -7,
	"PST": -8, "AKDT": -8, "AKST": -9, "HST": -10,
}

// zones are those that people name without saying whether it is summer.
var zones = map[string]string{"ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver", "PT": "America/Los_Angeles"}

// parseTime reads a date with or without a time of day. What has no offset is in zone, if
// that is not nil. day says that there is no time of day; it then begins the day.
func parseTime(text, format string, zone *time.Location) (t time.Time, day bool, err error) {
	switch format {
	case "":
		t, day, err = usualTime(text, zone)
	case "unix":
		t, err = unixTime(text, time.Second)
	case "unix_ms":
		t, err = unixTime(text, time.Millisecond)
	default:
		t, day, err = formattedTime(text, format, zone)
	}
	if err == nil && (t.Year() < 1970 || t.Year() > 2200) {
		return t, day, fmt.Errorf("must be a time that can be, not %q", text)
	}
	return t, day, err
}

func unixTime(text string, unit time.Duration) (time.Time, error) {
	n, ok := number(text)
	if seconds := n * unit.Seconds(); ok && math.Abs(seconds) < 1<<33 {
		return time.UnixMilli(int64(math.Round(seconds * 1000))).UTC(), nil
	}
	return time.Time{}, fmt.Errorf("must be a number of seconds (unix) or milliseconds (unix_ms) since 1970, not %q", text)
}

func usualTime(text string, zone *time.Location) (t time.Time, day bool, err error) {
	wrong := fmt.Errorf("must be a date and time, such as 2021-11-01 09:30 or 11/1/2021 9:30 AM (set format if it is written another way), not %q", text)
	rest := strings.Join(strings.Fields(text), " ")
	rest = weekday.ReplaceAllString(rest, "")
	year, month, date, rest, ok := dateOf(rest)
	switch {
	case !ok:
		return t, false, wrong
	case !isDay(year, month, date):
		return t, false, fmt.Errorf("must be a day that there is, with the month before the day (or set format), not %q", text)
	}
	if rest == "" {
		if zone == nil {
			return t, true, errNoZone
		}
		return time.Date(year, month, date, 0, 0, 0, 0, zone), true, nil
	}
	found := clock.FindStringSubmatch(rest)
	if found == nil || found[2] == "" && found[5] == "" {
		return t, false, wrong
	}
	hour, ok := hourOf(found[1], found[5])
	minute, _ := strconv.Atoi("0" + found[2])
	second, _ := strconv.Atoi("0" + found[3])
	if !ok || minute > 59 || second > 59 {
		return t, false, wrong
	}
	if found[6] != "" {
		if zone, ok = offset(found[6]); !ok {
			return t, false, fmt.Errorf("must have an offset such as -05:00, a zone such as EST, or neither, not %q", text)
		}
	}
	if zone == nil {
		return t, false, errNoZone
	}
	fraction, _ := strconv.ParseFloat("0"+found[4], 64)
	return time.Date(year, month, date, hour, minute, second, int(fraction*1e9), zone), false, nil
}

// dateOf reads the date that a text begins with. In numbers, the month is before the day.
func dateOf(text string) (year int, month time.Month, day int, rest string, ok bool) {
	for _, form := range []struct {
		pattern          *regexp.Regexp
		year, month, day int
	}{
		{yearFirst, 1, 2, 3}, {monthFirst, 3, 1, 2}, {monthWord, 3, 1, 2}, {dayWord, 3, 2, 1},
	} {
		found := form.pattern.FindStringSubmatch(text)
		if found == nil {
			continue
		}
		year, _ = strconv.Atoi(found[form.year])
		if len(found[form.year]) == 2 {
			year += 2000
		}
		day, _ = strconv.Atoi(found[form.day])
		month, ok = monthOf(found[form.month])
		return year, month, day, text[len(found[0]):], ok
	}
	return 0, 0, 0, "", false
}

func monthOf(text string) (time.Month, bool) {
	if n, err := strconv.Atoi(text); err == nil {
		return time.Month(n), true
	}
	for m := time.January; m <= time.December; m++ {
		if name := m.String(); len(text) >= 3 && len(text) <= len(name) && strings.EqualFold(text, name[:len(text)]) {
			return m, true
		}
	}
	return 0, false
}

func isDay(year int, month time.Month, day int) bool {
	t := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	return t.Month() == month && t.Day() == day
}

// hourOf reads an hour of 24, or of 12 with the first letter of AM or PM behind it.
func hourOf(text, half string) (hour int, ok bool) {
	hour, _ = strconv.Atoi(text)
	if half == "" {
		return hour, hour < 24
	}
	if hour < 1 || hour > 12 {
		return 0, false
	}
	hour %= 12
	if half == "P" || half == "p" {
		hour += 12
	}
	return hour, true
}

func offset(text string) (*time.Location, bool) {
	if text == "Z" {
		return time.UTC, true
	}
	if hours, ok := abbreviations[text]; ok {
		return time.FixedZone("", hours*60*60), true
	}
	if name, ok := zones[text]; ok {
		zone, err := time.LoadLocation(name)
		return zone, err == nil
	}
	digits := strings.ReplaceAll(text, ":", "")
	if len(digits) != len("-0500") {
		return nil, false
	}
	hours, _ := strconv.Atoi(digits[1:3])
	minutes, _ := strconv.Atoi(digits[3:])
	seconds := (hours*60 + minutes) * 60
	if digits[0] == '-' {
		seconds = -seconds
	}
	return time.FixedZone("", seconds), hours <= 14 && minutes < 60
}

// tokens are the parts of a format and how package time writes them.
var tokens = map[string]string{
	"YYYY": "2006", "YY": "06", "MMMM": "January", "MMM": "Jan", "MM": "01", "M": "1", "DD": "02", "D": "2",
	"DDDD": "Monday", "DDD": "Mon", "HH": "15", "H": "15", "hh": "03", "h": "3", "mm": "04", "m": "4", "ss": "05",
	"A": "PM", "Z": "Z07:00", "T": "T",
}

var token = regexp.MustCompile(`YYYY|YY|MMMM|MMM|MM|M|DDDD|DDD|DD|D|HH|H|hh|h|mm|m|ss|A|Z|T|\pL|\d`)

// layout gives a format such as "DD.MM.YYYY HH:mm" as package time has it.
func layout(format string) (string, error) {
	unknown := ""
	out := token.ReplaceAllStringFunc(format, func(part string) string {
		if tokens[part] == "" && unknown == "" {
			unknown = part
		}
		return tokens[part]
	})
	if unknown != "" {
		return "", fmt.Errorf("must be made of YYYY, YY, MMMM, MMM, MM, M, DD, D, HH, H, hh, h, mm, ss, A (for AM or PM) and Z (for the offset), such as DD.MM.YYYY HH:mm, or be unix or unix_ms; %q is none of them", unknown)
	}
	if sample, err := time.Parse(out, time.Date(2021, time.November, 23, 0, 0, 0, 0, time.UTC).Format(out)); err != nil || sample.Format(time.DateOnly) != "2021-11-23" {
		return "", errors.New("must have a year, a month and a day, such as DD.MM.YYYY HH:mm")
	}
	return out, nil
}

func formattedTime(text, format string, zone *time.Location) (t time.Time, day bool, err error) {
	form, err := layout(format)
	if err != nil {
		return t, false, err
	}
	in := zone
	if in == nil {
		in = time.UTC
	}
	t, err = time.ParseInLocation(form, strings.ToUpper(text), in) // am and pm as PM in the layout has them
	switch {
	case err != nil:
		return t, false, fmt.Errorf("must be a time as in format, %s, not %q", format, text)
	case zone == nil && !strings.Contains(form, "Z07:00"):
		return t, false, errNoZone
	}
	return t, !strings.Contains(form, "15") && !strings.Contains(form, "3"), nil
}
