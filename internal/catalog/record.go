package catalog

import (
	"slices"
	"strconv"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/vaccine"
)

// A Record is a location with what every source says of it. It does not change once
// it is in a View.
//
// It is packed, since everything is kept in memory: the facts and what a source said
// stand in the JSON that is given to everybody, and are read from there when they are
// asked for; only what is not shown is kept beside it.
type Record struct {
	ID       string
	Provider string
	State    string // USPS code
	Seq      int64  // the log entry that last touched it

	createdAt int64  // milliseconds since 1970
	public    bool   // whether everybody may see it
	notes     string // the internal ones
	minimum   int32  // the location's own minimum_age_months, or -1
	said      []said // by name of the source

	body      []byte // JSON for everybody, from all public sources, without its last braces
	facts     int32  // how much of body are the location's own facts
	available bool   // whether availability follows them
	// eligible is the minimum_eligible_age_months that V1 shows beyond body, or -1.
	eligible int32
}

// said is what one source said of a location.
type said struct {
	source                        string
	validAt, checkedAt, changedAt int64 // milliseconds since 1970
	public                        bool
	packed                        bool   // whether content is compressed
	sum                           uint64 // hash of content before that
	gist                          vaccine.Gist
	// content is what univaf.Availability.AppendContent writes, without the braces and
	// is_public. It is a part of the record's body where it is shown there as it is.
	content []byte
}

// A Format is a shape of JSON that clients rely on.
type Format int

// The formats.
const (
	Edge Format = iota // the old system's
	V1
)

// A Pick says which part of a record is asked for.
type Pick struct {
	Private bool     // also what is not for everybody
	Sources []string // only what these say; all if nil
}

// Everybody reports whether the pick is what everybody gets, which is ready rendered.
func (p Pick) Everybody() bool { return !p.Private && p.Sources == nil }

// visible reports whether the location may be shown at all.
func (r *Record) visible(p Pick) bool { return p.Private || r.public }

// CreatedAt is when the location was first seen.
func (r *Record) CreatedAt() time.Time { return time.UnixMilli(r.createdAt).UTC() }

// Location gives the location's facts.
func (r *Record) Location() univaf.Location {
	var l univaf.Location
	_ = l.UnmarshalJSON(append(slices.Clone(r.body[:r.facts]), '}')) // univaf.Location wrote it
	l.IsPublic, l.InternalNotes = r.public, r.notes
	return l
}

// Records gives the records of single sources that may be shown, by name of the
// source.
func (r *Record) Records(p Pick) []univaf.Availability {
	var list []univaf.Availability
	for i := range r.said {
		s := &r.said[i]
		if (p.Private || s.public) && (p.Sources == nil || slices.Contains(p.Sources, s.source)) {
			list = append(list, s.availability(r.ID))
		}
	}
	return list
}

// by gives what the source said, or nil.
func (r *Record) by(source string) *said {
	i, found := slices.BinarySearchFunc(r.said, source, bySource)
	if !found {
		return nil
	}
	return &r.said[i]
}

// AppendJSON appends the location with its merged availability.
func (r *Record) AppendJSON(b []byte, f Format, p Pick) []byte {
	if !p.Everybody() {
		facts := r.body[:r.facts]
		if p.Private {
			l := r.Location()
			facts = l.AppendJSON(nil, true)
		}
		text := render(nil, facts, r.minimum, r.Records(p))
		return text.appendJSON(b, f)
	}
	text := rendering{r.body, r.available, r.eligible}
	return text.appendJSON(b, f)
}

// Size is how long the JSON is that AppendJSON appends for everybody.
func (r *Record) Size(f Format) int {
	size := len(r.body) + 1
	if r.available {
		size++
	}
	if f == V1 && r.eligible >= 0 {
		var digits [20]byte
		size += len(eligibleMember) + len(strconv.AppendInt(digits[:0], int64(r.eligible), 10))
	}
	return size
}
