package catalog

import (
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"time"

	"getmyvax.org/univaf"
)

// A Confidence says how far an answer can be relied on.
type Confidence uint8

// The confidences.
const (
	Low Confidence = iota
	Medium
	High
)

var confidenceNames = [...]string{Low: "low", Medium: "medium", High: "high"}

// String gives the confidence as the API shows it.
func (c Confidence) String() string { return confidenceNames[c] }

// staleness says for how long what sources say holds, by their names in availability.
type staleness map[string]time.Duration

func (s staleness) of(source string) time.Duration {
	if d := s[source]; d > 0 {
		return d
	}
	return univaf.DefaultStale
}

// latest is the last moment that has four digits for the year.
var latest = time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC)

// staleAt is when what the source said must be taken for stale.
func (s staleness) staleAt(validAt time.Time, source string) time.Time {
	if at := validAt.Add(s.of(source)); at.Before(latest) {
		return at
	}
	return latest
}

// trust is how far an answer can be relied on, as far as it tells itself.
type trust struct {
	staleAt    int64  // milliseconds since 1970; from then on it is Low
	lead       string // the source whose word the status is
	confidence Confidence
}

// trustIn judges an answer by the records that it was made of.
//
// One source's word is Medium. Another one that says the same makes it High, one that says
// otherwise Low; both at once leave Medium. They count if their word still held when the
// newest was said. That nothing is known is Low.
func trustIn(m *univaf.Merged, records []univaf.Availability, stale staleness) trust {
	t := trust{staleAt: stale.staleAt(m.ValidAt, m.Sources[0]).UnixMilli(), lead: m.Sources[0], confidence: Medium}
	if m.Available == univaf.Unknown {
		t.confidence = Low
		return t
	}
	agreed, contradicted := false, false
	for i := range records {
		r := &records[i]
		if r.Source == t.lead || r.Available == univaf.Unknown || !m.ValidAt.Before(stale.staleAt(r.ValidAt, r.Source)) {
			continue
		}
		if r.Available == m.Available {
			agreed = true
		} else {
			contradicted = true
		}
	}
	switch {
	case agreed && !contradicted:
		t.confidence = High
	case contradicted && !agreed:
		t.confidence = Low
	}
	return t
}

// An Outlook is what confidence depends on besides the answer: what time it is, and how
// sources do. With the zero Outlook nothing is stale yet, and all do well.
type Outlook struct {
	now int64 // milliseconds since 1970
	*judgement
}

// A judgement says what to think of sources, by their names in availability.
type judgement struct {
	stale   staleness
	trouble map[string]univaf.Health
	sum     uint64 // tells it from others, on every replica
}

func newJudgement(stale staleness, trouble map[string]univaf.Health) *judgement {
	h := fnv.New64a()
	for _, source := range slices.Sorted(maps.Keys(stale)) {
		fmt.Fprintf(h, "%q %d\n", source, stale[source])
	}
	for _, source := range slices.Sorted(maps.Keys(trouble)) {
		fmt.Fprintf(h, "%q %s\n", source, trouble[source])
	}
	return &judgement{stale, trouble, h.Sum64()}
}

// SetStale says for how long what sources say holds, by their names in availability. It
// comes before Run.
func (c *Catalog) SetStale(after map[string]time.Duration) {
	c.judgement.Store(newJudgement(after, nil))
	for i := range c.packers {
		c.packers[i].stale = after
	}
}

// SetTrouble says which sources do badly, by their names in availability.
func (c *Catalog) SetTrouble(trouble map[string]univaf.Health) {
	c.judgement.Store(newJudgement(c.judgement.Load().stale, trouble))
}

// Outlook gives the outlook of a moment.
func (c *Catalog) Outlook(now time.Time) Outlook { return Outlook{now.UnixMilli(), c.judgement.Load()} }

func (o *Outlook) stale() staleness {
	if o.judgement == nil {
		return nil
	}
	return o.judgement.stale
}

// settled gives the confidence if it does not matter whose word the answer is.
func (o *Outlook) settled(c Confidence, staleAt int64) (Confidence, bool) {
	if o.now >= staleAt {
		return Low, true
	}
	return c, o.judgement == nil || len(o.trouble) == 0
}

// judge lowers the confidence in an answer whose source does badly.
func (o *Outlook) judge(c Confidence, lead string) Confidence {
	switch o.trouble[lead] {
	case univaf.HealthDegraded:
		return max(c, Medium) - 1
	case univaf.HealthFailing:
		return Low
	}
	return c
}

// in is the confidence in an answer that was just made.
func (t *trust) in(o *Outlook) Confidence {
	c, settled := o.settled(t.confidence, t.staleAt)
	if settled {
		return c
	}
	return o.judge(c, t.lead)
}

// confidenceIn says how far what everybody sees of the record can be relied on.
func (r *Record) confidenceIn(o *Outlook) Confidence {
	c, settled := o.settled(r.confidence, r.staleAt)
	if settled || !r.available {
		return c
	}
	return o.judge(c, r.said[r.lead].source)
}

// AddTrust adds to a sum what V1 shows of the record that does not follow from its Seq.
// Where it shows another thing, the sum is another.
func (r *Record) AddTrust(sum uint64, p *Pick) uint64 {
	const prime = 1099511628211 // of FNV
	if p.Everybody() {
		return (sum ^ uint64(r.staleAt)<<2 ^ uint64(r.confidenceIn(&p.Outlook))) * prime
	}
	for i := range r.said { // which of them will be shown does not matter
		sum *= prime
		if at := p.stale().staleAt(instant(r.said[i].validAt), r.said[i].source); p.now >= at.UnixMilli() {
			sum++
		}
	}
	if p.judgement == nil {
		return sum
	}
	return (sum ^ p.sum) * prime
}

// What V1 shows beyond the edge API at the end of availability.
const (
	fieldsMember     = `,"fields_by_source":`
	staleMember      = `,"stale_at":"`
	confidenceMember = `","confidence":"`
)

// appendTrust appends who gave what, if there are several, and until when it holds. The
// confidence is left open: it is not known before somebody asks.
func appendTrust(b []byte, m *univaf.Merged, t trust) []byte {
	if len(m.Sources) > 1 {
		b = append(append(b, fieldsMember...), '{')
		for i, source := range m.Sources {
			if i > 0 {
				b = append(b, ',')
			}
			b = m.Gave[i].AppendJSON(append(univaf.AppendText(b, source), ':'))
		}
		b = append(b, '}')
	}
	b = append(append(b, staleMember...), univaf.FormatTime(instant(t.staleAt))...)
	return append(b, confidenceMember...)
}
