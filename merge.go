package univaf

import (
	"slices"
	"strings"
	"time"
)

// MergeWindow is how far behind the newest record another may be and still count.
const MergeWindow = 7 * 24 * time.Hour

// Merged is the one answer made of what several sources said of a location.
// Its Source and LocationID are empty; Sources lists where it came from.
type Merged struct {
	Availability
	Sources []string
	// Gave says which members each of Sources gave. The times are the first one's.
	Gave []MemberSet
}

// A MemberSet is a set of an availability's members, a bit for each.
type MemberSet uint8

var memberNames = [...]string{"available", "available_count", "products", "doses", "capacity", "slots", "meta"}

// AppendJSON appends the list of their names.
func (s MemberSet) AppendJSON(b []byte) []byte {
	b = append(b, '[')
	for i, name := range memberNames {
		if s&(1<<i) == 0 {
			continue
		}
		if s&(1<<i-1) != 0 {
			b = append(b, ',')
		}
		b = appendString(b, name)
	}
	return append(b, ']')
}

// known gives the members that the record knows.
func (a *Availability) known() (s MemberSet) {
	for i, known := range [...]bool{
		true, a.AvailableCount != nil, a.Products != nil, a.Doses != nil, a.Capacity != nil, a.Slots != nil, a.Meta != nil,
	} {
		if known {
			s |= 1 << i
		}
	}
	return s
}

// Merge makes one answer of what several sources said. It reports false if there
// is nothing to merge. The order of records does not matter.
//
// Records go newest first (by ValidAt, then CheckedAt, then name of the source, so
// that an answer never flips between requests). Those more than 7 days older than
// the newest are left out, and those with unknown status come last. Each field is
// the first that is known; 0, "" and false are known. NO means that the count is 0.
func Merge(records []Availability) (Merged, bool) {
	if len(records) == 0 {
		return Merged{}, false
	}
	ordered := MergeOrder(records)
	out := Merged{Availability: ordered[0]}
	out.Source, out.LocationID = "", ""
	var given MemberSet
	for _, a := range ordered {
		out.Sources = append(out.Sources, a.Source)
		gave := a.known() &^ given
		out.Gave, given = append(out.Gave, gave), given|gave
		if out.AvailableCount == nil {
			out.AvailableCount = a.AvailableCount
		}
		if out.Products == nil {
			out.Products = a.Products
		}
		if out.Doses == nil {
			out.Doses = a.Doses
		}
		if out.Capacity == nil {
			out.Capacity = a.Capacity
		}
		if out.Slots == nil {
			out.Slots = a.Slots
		}
		if out.Meta == nil {
			out.Meta = a.Meta
		}
	}
	if out.Available == No && out.AvailableCount != nil && *out.AvailableCount != 0 {
		out.AvailableCount = new(int64)
	}
	return out, true
}

// MergeOrder gives those of the records, one at least, that Merge makes use of, in the
// order in which they count. It looks at times, source and status alone.
func MergeOrder(records []Availability) []Availability {
	ordered := slices.Clone(records)
	slices.SortFunc(ordered, func(a, b Availability) int {
		if c := b.ValidAt.Compare(a.ValidAt); c != 0 {
			return c
		}
		if c := b.CheckedAt.Compare(a.CheckedAt); c != 0 {
			return c
		}
		return strings.Compare(a.Source, b.Source)
	})
	oldest := ordered[0].ValidAt.Add(-MergeWindow)
	ordered = slices.DeleteFunc(ordered, func(a Availability) bool { return a.ValidAt.Before(oldest) })
	slices.SortStableFunc(ordered, func(a, b Availability) int { return unknownLast(a) - unknownLast(b) })
	return ordered
}

func unknownLast(a Availability) int {
	if a.Available == Unknown {
		return 1
	}
	return 0
}
