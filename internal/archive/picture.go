package archive

import (
	"cmp"
	"slices"
	"time"

	"getmyvax.org/univaf"
)

// A picture is what was known of all places at a moment: where the texts are, and what
// moves often.
type picture struct {
	spool    *spool
	byID     map[string]int32 // of places
	places   []place
	byKey    map[recordKey]int32 // of records
	records  []statement
	bySource map[string]int32
	sources  []string
	states   map[string]string // each once
	text     []byte
}

// A place is a location. What the log tells of may come before the place is known.
type place struct {
	id       string
	state    string
	location ref // univaf.Location as JSON
	isPublic bool
	rank     int32 // among all, by state and id
}

type recordKey struct{ place, source int32 }

// A statement is what one source said of one place.
type statement struct {
	recordKey
	content        ref // univaf.Availability as JSON, with other times perhaps
	valid, checked moment
	isPublic       bool
}

func newPicture(s *spool) *picture {
	return &picture{
		spool: s, byID: map[string]int32{}, byKey: map[recordKey]int32{}, bySource: map[string]int32{}, states: map[string]string{},
	}
}

func (p *picture) place(id string) int32 {
	n, ok := p.byID[id]
	if !ok {
		id = string([]byte(id)) // lest it keep the text that it stands in
		n = int32(len(p.places))
		p.byID[id], p.places = n, append(p.places, place{id: id})
	}
	return n
}

func (p *picture) source(name string) int32 {
	n, ok := p.bySource[name]
	if !ok {
		name = string([]byte(name))
		n = int32(len(p.sources))
		p.bySource[name], p.sources = n, append(p.sources, name)
	}
	return n
}

func (p *picture) record(key recordKey) *statement {
	n, ok := p.byKey[key]
	if !ok {
		n = int32(len(p.records))
		p.byKey[key], p.records = n, append(p.records, statement{recordKey: key})
	}
	return &p.records[n]
}

// setLocation takes a location's new state.
func (p *picture) setLocation(l *univaf.Location) (err error) {
	p.text = append(l.AppendJSON(p.text[:0], true), '}')
	at := &p.places[p.place(l.ID)]
	state, ok := p.states[l.State]
	if !ok {
		state = string([]byte(l.State))
		p.states[state] = state
	}
	at.state, at.isPublic = state, l.IsPublic
	at.location, err = p.spool.add(p.text)
	return err
}

// setRecord takes a record's new state.
func (p *picture) setRecord(a *univaf.Availability) (err error) {
	p.text = a.AppendJSON(p.text[:0])
	at := p.record(recordKey{p.place(a.LocationID), p.source(a.Source)})
	at.valid, at.checked, at.isPublic = momentOf(a.ValidAt), momentOf(a.CheckedAt), a.IsPublic
	at.content, err = p.spool.add(p.text)
	return err
}

// setTimes takes the times of a re-check.
func (p *picture) setTimes(key recordKey, valid, checked time.Time) {
	at := p.record(key)
	at.valid, at.checked = momentOf(valid), momentOf(checked)
}

// inOrder gives the numbers of the places by state and id, and notes their ranks.
func (p *picture) inOrder() []int32 {
	order := make([]int32, len(p.places))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int {
		x, y := &p.places[a], &p.places[b]
		return cmp.Or(cmp.Compare(x.state, y.state), cmp.Compare(x.id, y.id))
	})
	for rank, n := range order {
		p.places[n].rank = int32(rank)
	}
	return order
}

// recordsInOrder gives the numbers of the records by state, place and source; inOrder
// comes first.
func (p *picture) recordsInOrder() []int32 {
	order := make([]int32, len(p.records))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int {
		x, y := &p.records[a], &p.records[b]
		return cmp.Or(cmp.Compare(p.places[x.place].rank, p.places[y.place].rank), cmp.Compare(p.sources[x.source], p.sources[y.source]))
	})
	return order
}

// location reads a place's location.
func (p *picture) location(at *place) (l univaf.Location, err error) {
	if p.text, err = p.spool.get(at.location, p.text); err == nil {
		err = l.UnmarshalJSON(p.text)
	}
	return l, err
}

// availability reads a record.
func (p *picture) availability(at *statement) (a univaf.Availability, err error) {
	text, err := p.spool.get(at.content, nil) // what is read refers to the text
	if err != nil {
		return a, err
	}
	err = a.UnmarshalJSON(text)
	a.ValidAt, a.CheckedAt = at.valid.time(), at.checked.time()
	return a, err
}
