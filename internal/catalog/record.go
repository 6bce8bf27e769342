package catalog

import (
	"slices"
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
	ID  string
	Seq int64 // the log entry that last touched it

	// What is looked at to show a page stands together.
	createdAt  int64  // milliseconds since 1970
	body       []byte // JSON for everybody, from all public sources, without its last braces
	facts      int32  // how much of body are the location's own facts
	shared     int32  // how much of body both formats show; V1 shows all of it
	staleAt    int64  // of what everybody sees, milliseconds since 1970
	confidence Confidence
	available  bool  // whether availability follows the facts in body
	public     bool  // whether everybody may see it
	lead       int32 // whose word the status is: the place in said, or -1

	Provider string
	State    string // USPS code
	minimum  int32  // the location's own minimum_age_months, or -1
	notes    string // the internal ones
	said     []said // by name of the source

	// contentSeq is the log entry that last changed what everybody sees, apart from when
	// sources looked.
	contentSeq int64
	left       *departure // nil if there was none

	// What is searched for.
	status   status // of the answer that is merged for everybody
	number   uint32 // in the View's roster
	site     *site
	openings openings
}

// said is what one source said of a location.
type said struct {
	source                        string
	validAt, checkedAt, changedAt int64  // milliseconds since 1970
	public, unknown               bool   // unknown: its status is
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
	Outlook          // what confidence depends on
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

// ValidAt is when the merged answer was valid; ok is false if there is none.
func (r *Record) ValidAt() (at time.Time, ok bool) {
	if r.lead < 0 {
		return at, false
	}
	return instant(r.said[r.lead].validAt), true
}

// ChangedAt is when what the merged answer says last changed. It is the zero Time if there
// is none.
func (r *Record) ChangedAt() time.Time {
	if r.lead < 0 {
		return time.Time{}
	}
	return instant(r.said[r.lead].changedAt)
}

// updated is when the facts or what a source says to everybody last changed, in
// milliseconds since 1970.
func (r *Record) updated() int64 {
	at := r.site.updatedAt
	for i := range r.said {
		if r.said[i].public {
			at = max(at, r.said[i].changedAt)
		}
	}
	return at
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
		text := render(nil, r.factsFor(p), r.minimum, r.Records(p), p.stale())
		return text.appendJSON(b, f, text.in(&p.Outlook))
	}
	return r.rendering().appendJSON(b, f, r.confidenceIn(&p.Outlook))
}

func (r *Record) rendering() rendering {
	return rendering{body: r.body, shared: int(r.shared), available: r.available}
}

// AppendFacts appends the location as it is where nobody said anything of availability.
func (r *Record) AppendFacts(b []byte, p Pick) []byte {
	return append(append(b, r.factsFor(p)...), '}')
}

// factsFor gives the location's facts as open JSON.
func (r *Record) factsFor(p Pick) []byte {
	if !p.Private {
		return r.body[:r.facts]
	}
	l := r.Location()
	return l.AppendJSON(nil, true)
}

// Size is how long the JSON is that AppendJSON appends for everybody.
func (r *Record) Size(f Format, o *Outlook) int {
	switch {
	case !r.available:
		return len(r.body) + len("}")
	case f == Edge:
		return int(r.shared) + len("}}")
	}
	return len(r.body) + len(r.confidenceIn(o).String()) + len(`"}}`)
}

// ByPostalCode reports whether where the location is is known by its ZIP code alone.
func (r *Record) ByPostalCode() bool { return r.site.placed == byPostalCode }
