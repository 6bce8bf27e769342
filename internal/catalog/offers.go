package catalog

import (
	"iter"
	"time"

	"getmyvax.org/univaf"
)

// An offer is an entry of a canonical list of slots or of capacity.
type offer struct {
	when           []byte // a time or a day
	products, dose []byte // JSON, or nil
	status         status
}

// offers reads a list of slots or of capacity.
func offers(list []byte) iter.Seq[offer] {
	return func(yield func(offer) bool) {
		if list == nil {
			return
		}
		for one := range univaf.Elements(list) {
			if !yield(readOffer(one)) {
				return
			}
		}
	}
}

func readOffer(text []byte) (o offer) {
	for name, value := range univaf.Members(text) {
		switch string(name) {
		case "start", "date":
			o.when, _ = univaf.Text(value)
		case "products":
			o.products = value
		case "dose":
			o.dose = value
		case "available":
			switch string(value) {
			case `"YES"`:
				o.status = statusYes
			case `"UNKNOWN"`:
				o.status = statusUnknown
			}
			return o // what stands behind does not matter
		}
	}
	return o
}

// readStart reads a time as slots have it (RFC 3339).
func readStart(text []byte) (s opening, ok bool) {
	const shortest = len("2006-01-02T15:04:05Z")
	day, ok := readDay(text[:min(len(text), len(time.DateOnly))])
	if !ok || len(text) < shortest {
		return s, false
	}
	local := day*minutesADay + 60*digits(text[11:13]) + digits(text[14:16])
	if zone := text[len(text)-len("-07:00"):]; text[len(text)-1] != 'Z' {
		s.offset = 60*digits(zone[1:3]) + digits(zone[4:6])
		if zone[0] == '-' {
			s.offset = -s.offset
		}
	}
	s.minute = local - s.offset
	return s, true
}

// readDay reads a day, such as 2021-11-01, and gives its number.
func readDay(text []byte) (day int64, ok bool) {
	if len(text) != len(time.DateOnly) {
		return 0, false
	}
	// Days from 1970, by Howard Hinnant's days_from_civil: years start in March.
	year, month := 100*digits(text[0:2])+digits(text[2:4]), digits(text[5:7])
	if month <= 2 {
		year, month = year-1, month+12
	}
	era := year / 400
	ofYear := (153*(month-3)+2)/5 + digits(text[8:10]) - 1
	ofEra := year%400*365 + year%400/4 - year%400/100 + ofYear
	return era*146097 + ofEra - 719468, true
}

// digits reads two digits.
func digits(text []byte) int64 { return 10*int64(text[0]-'0') + int64(text[1]-'0') }
