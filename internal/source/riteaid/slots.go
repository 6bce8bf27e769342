package riteaid

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/source"
)

// vaccineIDs are what the website calls the vaccines that are searched for. The number in
// front is what it lists their slots by.
var vaccineIDs = []string{"9-PREF-113", "11-PREF-114", "13-PREF-115", "47-PREF-122", "95-PREF-125", "96-PREF-126"}

// products are ours by the numbers of theirs.
var products = map[string]string{
	"9":  "moderna",
	"11": "pfizer",
	"13": "jj",
	"47": "pfizer_age_5_11",
	"95": "moderna_ba4_ba5",
	"96": "pfizer_ba4_ba5",
}

// A foundDay is what the website has of a store's slots on a date. One that is for several
// vaccines is listed with each.
type foundDay struct {
	Date      string
	Available int `json:"available_slots"`
	Slots     map[string][]struct {
		ID    string `json:"appointmentId"`
		Start string `json:"apptDateTime"` // local, without an offset
	}
}

// A slot is what a record holds of an appointment. Only free ones are known.
type slot struct {
	Start     string        `json:"start"`
	Available univaf.Status `json:"available"`
	Products  []string      `json:"products,omitempty"`
}

// slots gives those of a store, by time, and the products that are none of ours. It is an
// error if there are not as many as the website says.
func (s *scraper) slots(from *foundStore, zone *time.Location) (list []*slot, unknown source.Products, err error) {
	list = []*slot{}
	byID := map[string]*slot{}
	dates := map[string]bool{}
	expected := 0
	for _, day := range from.AvailableSlots {
		if !dates[day.Date] { // a date may come twice, with the same slots
			dates[day.Date] = true
			expected += day.Available
		}
		for _, number := range slices.SortedFunc(maps.Keys(day.Slots), byNumber) {
			product, known := products[number]
			if !known && len(day.Slots[number]) > 0 && !slices.Contains(unknown.Unknown, number) {
				unknown.Add(s.env, from.id(), number, "", false)
			}
			for _, found := range day.Slots[number] {
				one := byID[found.ID]
				if one == nil {
					start, ok := startOf(found.Start, zone)
					if !ok {
						s.env.Warn(source.Warning{Kind: "invalid time", ID: from.id(), Sample: source.Sample(found.Start)})
						continue
					}
					one = &slot{Start: start, Available: univaf.Yes}
					byID[found.ID] = one
					list = append(list, one)
				}
				if known && !slices.Contains(one.Products, product) {
					one.Products = append(one.Products, product)
				}
			}
		}
	}
	if len(list) != expected {
		return nil, unknown, fmt.Errorf("%d slots are listed, but there should be %d", len(list), expected)
	}
	slices.SortStableFunc(list, func(a, b *slot) int { return strings.Compare(a.Start, b.Start) })
	return list, unknown, nil
}

// byNumber sorts "9" before "11".
func byNumber(a, b string) int {
	m, _ := strconv.Atoi(a)
	n, _ := strconv.Atoi(b)
	return cmp.Or(cmp.Compare(m, n), strings.Compare(a, b))
}

var startForm = regexp.MustCompile(`^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(Z|[+-]\d\d:?\d\d)?$`)

// startOf gives a time with its offset, that of the zone if it has none of its own.
func startOf(text string, zone *time.Location) (start string, ok bool) {
	found := startForm.FindStringSubmatch(text)
	if found == nil {
		return "", false
	}
	t, err := univaf.ParseTime(text)
	if err != nil {
		return "", false
	}
	if found[1] != "" {
		return text, true
	}
	local := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, zone)
	return text + local.Format("-07:00"), true
}

// offsets are what abbreviations of zones stand for, in hours.
var offsets = map[string]int{"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}

// zoneOf gives the zone that the website says a store's times are in. It is what it says:
// EST is five hours behind UTC in summer, too.
func zoneOf(abbreviation string) *time.Location {
	return time.FixedZone(abbreviation, offsets[abbreviation]*60*60)
}
