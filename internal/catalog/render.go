package catalog

import (
	"bytes"
	"hash/maphash"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/s2"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/store"
	"getmyvax.org/univaf/internal/vaccine"
	"getmyvax.org/univaf/internal/words"
)

const eligibleMember = `,"minimum_eligible_age_months":`

// A rendering is a location's JSON without its last braces, and with V1's last member open.
// Both formats share most of it.
type rendering struct {
	body      []byte
	shared    int  // how much of it both formats show; V1 shows all of it
	available bool // whether availability is the last member
	trust
}

func (t rendering) appendJSON(b []byte, f Format, c Confidence) []byte {
	switch {
	case !t.available:
		return append(append(b, t.body...), '}')
	case f == Edge:
		return append(append(b, t.body[:t.shared]...), "}}"...)
	}
	return append(append(append(b, t.body...), c.String()...), `"}}`...)
}

// render appends the location's facts, which are open JSON, and what the records say
// together. minimum is the location's own minimum age in months, or -1.
func render(b, facts []byte, minimum int32, records []univaf.Availability, stale staleness) rendering {
	b = append(b, facts...)
	merged, ok := univaf.Merge(records)
	if !ok {
		return rendering{body: b, shared: len(b)}
	}
	b = merged.AppendJSON(append(b, `,"availability":`...))
	var own *int
	if minimum >= 0 {
		own = new(int)
		*own = int(minimum)
	}
	out := rendering{shared: len(b), available: true, trust: trustIn(&merged, records, stale)}
	if age := univaf.MinimumEligibleAge(own, vaccine.MinimumAge(merged.Products)); age != nil {
		b = strconv.AppendInt(append(b, eligibleMember...), int64(*age), 10)
		// The old system said it only of places with a minimum of their own.
		if own != nil {
			out.shared = len(b)
		}
	}
	out.body = appendTrust(b, &merged, out.trust)
	return out
}

// A draft is a record that is being changed.
type draft struct {
	old      *Record          // what it was, or nil
	location *univaf.Location // the new facts, or nil
	said     []statement      // by name of the source
	rewrite  bool             // more than times changed
	words    words.Document   // of the new facts; the zero one if they have those of the old
	shown    bool             // and what everybody sees
}

// A statement is what a source said, in a draft.
type statement struct {
	said
	record *univaf.Availability // what the source says now; nil if it has not said a new thing
}

func bySource[T interface{ name() string }](s T, source string) int {
	return strings.Compare(s.name(), source)
}

func (s said) name() string { return s.source }

func newDraft(old *Record) *draft {
	d := &draft{old: old, said: make([]statement, 0, len(old.said)+1)}
	for _, s := range old.said {
		d.said = append(d.said, statement{said: s})
	}
	return d
}

func (d *draft) set(l *univaf.Location) { d.location, d.rewrite, d.shown = l, true, true }

// say puts what a source said in its place.
func (d *draft) say(a *univaf.Availability) {
	s := statement{said{
		source: a.Source, public: a.IsPublic, unknown: a.Available == univaf.Unknown,
		validAt: a.ValidAt.UnixMilli(), checkedAt: a.CheckedAt.UnixMilli(), changedAt: a.ChangedAt.UnixMilli(),
	}, a}
	d.rewrite = true
	i, found := slices.BinarySearchFunc(d.said, a.Source, bySource)
	d.shown = d.shown || s.public || found && d.said[i].public
	if found {
		d.said[i] = s
	} else {
		d.said = slices.Insert(d.said, i, s)
	}
}

// recheck moves the times of what the source said.
func (d *draft) recheck(c *store.Checks) {
	i, found := slices.BinarySearchFunc(d.said, c.Source, bySource)
	if !found {
		return
	}
	s := &d.said[i]
	s.validAt, s.checkedAt = c.ValidAt.UnixMilli(), c.CheckedAt.UnixMilli()
	d.shown = d.shown || c.Reordered
	if s.record != nil {
		moved := *s.record
		moved.ValidAt, moved.CheckedAt = c.ValidAt, c.CheckedAt
		s.record = &moved
	}
}

// A packer makes records. It is for one goroutine.
type packer struct {
	stale                 staleness
	text, content, packed []byte            // buffers
	names                 map[string]string // one copy of each name that many records share
	words                 *words.List       // of the locations whose facts are packed, if anybody wants them

	// What it uses to pack openings.
	groups []group
	byKey  map[string]int
	key    []byte
	days   []int64 // that slots are on
}

func (p *packer) name(s string) string {
	if known, ok := p.names[s]; ok {
		return known
	}
	if p.names == nil {
		p.names = map[string]string{}
	}
	p.names[s] = strings.Clone(s)
	return p.names[s]
}

// holding says that the record's location has the external id.
func (p *packer) holding(id univaf.ExternalID, r *Record) holding {
	return holding{univaf.ExternalID{System: p.name(id.System), Value: strings.Clone(id.Value)}, r.createdAt, r.ID}
}

// pack makes a record of the draft. seq is the log entry that made the change.
func (p *packer) pack(d *draft, seq int64) *Record {
	r := &Record{Seq: seq, contentSeq: seq, left: depart(d.old, d.location, seq)}
	if !d.shown {
		r.contentSeq = d.old.contentSeq
	}
	var facts []byte
	if d.location == nil {
		o := d.old
		r.ID, r.Provider, r.State = o.ID, o.Provider, o.State
		r.createdAt, r.public, r.notes, r.minimum, r.site = o.createdAt, o.public, o.notes, o.minimum, o.site
		facts = o.body[:o.facts]
	} else {
		l := d.location
		r.ID, r.Provider, r.State = strings.Clone(l.ID), p.name(l.Provider), p.name(l.State)
		r.createdAt, r.public, r.notes, r.minimum = l.CreatedAt.UnixMilli(), l.IsPublic, l.InternalNotes, -1
		if l.MinimumAgeMonths != nil {
			r.minimum = int32(min(*l.MinimumAgeMonths, math.MaxInt32))
		}
		r.site = p.site(l)
		if p.words != nil && (d.old == nil || d.old.site.text != r.site.text) {
			d.words = words.Document{List: p.words, At: p.words.Add(texts(l)...)}
		}
		p.text = l.AppendJSON(p.text[:0], false)
		facts = p.text
	}
	r.facts = int32(len(facts))
	if !d.rewrite && len(d.said) == 1 && d.said[0].public {
		p.moveTimes(r, d)
		return r
	}
	records := make([]univaf.Availability, 0, len(d.said))
	for i := range d.said {
		s := &d.said[i]
		if !s.public {
			continue
		}
		if s.record == nil {
			records = append(records, s.availability(r.ID))
		} else {
			records = append(records, *s.record)
		}
	}
	text := render(p.content[:0], facts, r.minimum, records, p.stale)
	p.content = text.body
	r.body, r.available, r.shared = bytes.Clone(text.body), text.available, int32(text.shared)
	r.staleAt, r.confidence = text.staleAt, text.confidence
	shown := r.body[r.facts:]
	if i := bytes.Index(shown, []byte(contentFirst)); i >= 0 {
		shown = shown[i:]
	}
	r.said = make([]said, len(d.said))
	for i := range d.said {
		r.said[i] = p.keep(&d.said[i], shown)
	}
	r.lead = -1
	if r.available {
		r.lead = int32(slices.IndexFunc(r.said, func(s said) bool { return s.source == text.lead }))
	}
	if d.old != nil && d.old.public && !d.shown { // but when sources looked, and what few see
		r.status, r.openings = d.old.status, d.old.openings
	} else {
		p.judge(r, records)
	}
	return r
}

var contentSeed = maphash.MakeSeed()

// keep gives what a source said as a record keeps it: as a part of what is shown, if
// it is that, else compressed.
func (p *packer) keep(st *statement, shown []byte) said {
	s := st.said
	s.source = p.name(s.source)
	if s.packed && st.record == nil {
		return s // as it was
	}
	content := s.content
	if st.record != nil {
		p.text = st.record.AppendContent(p.text[:0])
		content = trimContent(p.text)
		s.sum, s.gist = maphash.Bytes(contentSeed, content), vaccine.GistOf(st.record)
	}
	if bytes.HasPrefix(shown, content) {
		s.content, s.packed = shown[:len(content):len(content)], false
		return s
	}
	p.packed = slices.Grow(p.packed[:0], s2.MaxEncodedLen(len(content)))
	s.content, s.packed = bytes.Clone(s2.Encode(p.packed[:cap(p.packed)], content)), true
	return s
}

// moveTimes makes the record from the old one, of which nothing but the times of its
// only source has changed. They have a fixed length and stand where the old ones do.
func (p *packer) moveTimes(r *Record, d *draft) {
	o, s := d.old, d.said[0].said
	r.body, r.shared, r.available, r.confidence = bytes.Clone(o.body), o.shared, o.available, o.confidence
	staleAt := p.stale.staleAt(instant(s.validAt), s.source)
	r.staleAt = staleAt.UnixMilli()
	shown := r.body[r.facts:]
	move := func(shown []byte, member string, at time.Time) {
		i := bytes.Index(shown, []byte(member)) + len(member)
		copy(shown[i:], univaf.FormatTime(at))
	}
	move(shown, `"valid_at":"`, instant(s.validAt))
	move(shown, `"checked_at":"`, instant(s.checkedAt))
	move(r.body[r.shared:], staleMember, staleAt)
	if !s.packed { // it is a part of the body
		i := bytes.Index(shown, []byte(contentFirst))
		s.content = shown[i : i+len(s.content) : i+len(s.content)]
	}
	r.said = []said{s}
	r.lead, r.status, r.openings = o.lead, o.status, o.openings
}

// Both ends of what univaf.Availability.AppendContent writes.
const contentStart, publicMember = "{", `,"is_public":`

// contentFirst is what content begins with, also where it is shown.
const contentFirst = `"available":`

// trimContent takes away the brace and is_public.
func trimContent(text []byte) []byte {
	return text[len(contentStart):bytes.LastIndex(text, []byte(publicMember))]
}

// availability gives the record that was packed.
func (s *said) availability(locationID string) univaf.Availability {
	text := make([]byte, 0, len(contentStart)+len(s.content)+len(publicMember)+len("false}"))
	text = s.appendContent(append(text, contentStart...))
	text = append(strconv.AppendBool(append(text, publicMember...), s.public), '}')
	a := univaf.Availability{
		LocationID: locationID, Source: s.source,
		ValidAt: instant(s.validAt), CheckedAt: instant(s.checkedAt), ChangedAt: instant(s.changedAt),
	}
	_ = a.DecodeContent(text) // AppendContent wrote it
	return a
}

func (s *said) appendContent(b []byte) []byte {
	if !s.packed {
		return append(b, s.content...)
	}
	content, _ := s2.Decode(nil, s.content) // we packed it
	return append(b, content...)
}
