package catalog

import (
	"slices"
	"strconv"
	"strings"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/vaccine"
)

// A Record is a location with what every source says of it. It does not change once
// it is in a View.
type Record struct {
	Location univaf.Location
	Sources  []univaf.Availability // by name of the source
	Seq      int64                 // the log entry that last touched it
	public   rendering             // for everybody, from all public sources
}

// A Format is a shape of JSON that clients rely on.
type Format int

// The formats.
const (
	Edge Format = iota // the old system's
	V1
)

// A rendering is a location's JSON without its last braces. Both formats share it.
type rendering struct {
	body []byte
	v1   []byte // further members of availability in V1
	end  string
}

// A Pick says which part of a record is asked for.
type Pick struct {
	Private bool     // also what is not for everybody
	Sources []string // only what these say; all if nil
}

// visible reports whether the location may be shown at all.
func (r *Record) visible(p Pick) bool { return p.Private || r.Location.IsPublic }

// Records gives the records of single sources that may be shown, by name of the
// source.
func (r *Record) Records(p Pick) []univaf.Availability {
	var list []univaf.Availability
	for _, a := range r.Sources {
		if (p.Private || a.IsPublic) && (p.Sources == nil || slices.Contains(p.Sources, a.Source)) {
			list = append(list, a)
		}
	}
	return list
}

// AppendJSON appends the location with its merged availability.
func (r *Record) AppendJSON(b []byte, f Format, p Pick) []byte {
	text := r.public
	if p.Private || p.Sources != nil {
		text = r.render(p)
	}
	b = append(b, text.body...)
	if f == V1 {
		b = append(b, text.v1...)
	}
	return append(b, text.end...)
}

func (r *Record) render(p Pick) rendering {
	out := rendering{body: r.Location.AppendJSON(nil, p.Private), end: "}"}
	merged, ok := univaf.Merge(r.Records(p))
	if !ok {
		return out
	}
	out.body = merged.AppendJSON(append(out.body, `,"availability":`...))
	out.end = "}}"
	own := r.Location.MinimumAgeMonths
	if age := univaf.MinimumEligibleAge(own, vaccine.MinimumAge(merged.Products)); age != nil {
		member := strconv.AppendInt([]byte(`,"minimum_eligible_age_months":`), int64(*age), 10)
		// The old system said it only of places with a minimum of their own.
		if own != nil {
			out.body = append(out.body, member...)
		} else {
			out.v1 = member
		}
	}
	return out
}

// setSource puts a record in its place among r.Sources.
func (r *Record) setSource(a univaf.Availability) {
	i, found := slices.BinarySearchFunc(r.Sources, a.Source, func(a univaf.Availability, source string) int {
		return strings.Compare(a.Source, source)
	})
	if found {
		r.Sources[i] = a
	} else {
		r.Sources = slices.Insert(r.Sources, i, a)
	}
}

// before is the order in which locations are listed: the oldest first.
func before(a, b *Record) bool {
	if !a.Location.CreatedAt.Equal(b.Location.CreatedAt) {
		return a.Location.CreatedAt.Before(b.Location.CreatedAt)
	}
	return a.Location.ID < b.Location.ID
}
