package ingest

import (
	"encoding/binary"
	"hash/maphash"
	"strconv"
	"sync"

	"getmyvax.org/univaf"
)

// Sources mostly say again what they said before, with other times. Reading a report
// costs many times what it costs to see that its text is an old one, so texts are
// remembered: by a hash of all but the times, with what the rest came to.

// An Update is an update as it was sent.
type Update struct {
	univaf.Update
	Warnings []string // of what was let pass
	Archive  *Archive // that it is from; nil if it tells of now

	key uint64 // of the text without its times; 0 if it can't be recognised
	// If the text was recognised, Update holds only what memory has: ids, the source, the
	// times and is_public. text is there for the case that the rest is needed, too.
	text []byte
	sum  uint64 // as memory has it
}

func (u *Update) recognised() bool { return u.text != nil }

// A memory is what a text came to when it was read. There are as many as there are
// records, so that each is one object to the garbage collector.
type memory struct {
	sum uint64 // of the content, as Picture.Sum gives it
	// fields are id, source, is_public, the number of warnings, these, and then system and
	// value of each external id, each with its length before it.
	fields string
}

func newMemory(u *Update, sum uint64) memory {
	var b []byte
	add := func(fields ...string) {
		for _, f := range fields {
			b = append(binary.AppendUvarint(b, uint64(len(f))), f...)
		}
	}
	add(u.ID, u.Availability.Source, strconv.FormatBool(u.Availability.IsPublic), strconv.Itoa(len(u.Warnings)))
	add(u.Warnings...)
	for _, e := range u.ExternalIDs {
		add(e.System, e.Value)
	}
	return memory{sum, string(b)}
}

// update gives the update, but for the times.
func (m memory) update() (u Update) {
	rest := m.fields
	next := func() (field string) {
		size, n := binary.Uvarint([]byte(rest[:min(len(rest), binary.MaxVarintLen64)]))
		field, rest = rest[n:n+int(size)], rest[n+int(size):]
		return field
	}
	u.ID = next()
	u.Availability = &univaf.Availability{Source: next(), IsPublic: next() == "true"}
	warnings, _ := strconv.Atoi(next())
	for range warnings {
		u.Warnings = append(u.Warnings, next())
	}
	u.ExternalIDs = make(univaf.ExternalIDs, 0, 4)
	for rest != "" {
		u.ExternalIDs = append(u.ExternalIDs, univaf.ExternalID{System: next(), Value: next()})
	}
	u.sum = m.sum
	return u
}

// memories holds what was sent lately. It forgets the older half when it is full.
type memories struct {
	mu         sync.RWMutex
	young, old map[uint64]memory
}

func (m *memories) find(key uint64) (known memory, ok bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if known, ok = m.young[key]; !ok {
		known, ok = m.old[key]
	}
	return known, ok
}

// put remembers a text, and most of those that came before it.
func (m *memories) put(key uint64, known memory, most int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.young) >= most {
		m.young, m.old = nil, m.young
	}
	if m.young == nil {
		m.young = map[uint64]memory{}
	}
	m.young[key] = known
}

var textSeed = maphash.MakeSeed()

// textKey gives the hash of a text without its times, 0 if it can't be told which these
// are.
func textKey(text []byte) (key uint64, checked, valid []byte) {
	first, second, ok := univaf.Times(text)
	if !ok {
		return 0, nil, nil
	}
	checked, valid = first.Of(text), second.Of(text)
	if second.End < first.Start {
		first, second = second, first
	}
	var h maphash.Hash
	h.SetSeed(textSeed)
	h.Write(text[:first.Start])
	h.WriteByte(0) // which is nowhere in JSON
	if second.End > 0 {
		h.Write(text[first.End:second.Start])
		h.WriteByte(0)
		first = second
	}
	h.Write(text[first.End:])
	return h.Sum64(), checked, valid
}

// Read reads an update as Decode does, but for one whose text is known but for its times
// only these. updateLocation asks that the facts of a known location be changed, too. The
// text must stay as it is until the update is written.
func (g *Ingester) Read(text []byte, updateLocation bool) (u Update, err error) {
	key, checked, valid := textKey(text)
	if key != 0 && !updateLocation {
		if u, ok := g.recall(key, checked, valid); ok {
			u.text = text
			return u, nil
		}
	}
	u.Update, u.Warnings, err = Decode(text)
	u.UpdateLocation = updateLocation
	if err == nil && u.Availability != nil {
		u.key = key
	}
	return u, err
}

// readWhole reads all of an update whose text was known.
func (u *Update) readWhole() error {
	whole, warnings, err := Decode(u.text)
	if err != nil {
		return err
	}
	u.Update, u.Warnings, u.text = whole, warnings, nil
	return nil
}

// recall gives the update that a text is, if it is known.
func (g *Ingester) recall(key uint64, checked, valid []byte) (u Update, ok bool) {
	known, ok := g.memories.find(key)
	if !ok {
		return u, false
	}
	checkedAt, err := univaf.ParseTime(string(checked))
	if err != nil {
		return u, false
	}
	validAt := checkedAt
	if len(valid) > 0 {
		if validAt, err = univaf.ParseTime(string(valid)); err != nil {
			return u, false
		}
	}
	u = known.update()
	u.Availability.CheckedAt, u.Availability.ValidAt = univaf.Instant(checkedAt), univaf.Instant(validAt)
	u.key = key
	return u, true
}

// remember keeps what the update came to, for when its text comes again.
func (g *Ingester) remember(u *Update, picture Picture) {
	if u.key != 0 && !u.recognised() {
		g.memories.put(u.key, newMemory(u, picture.Sum(u.Availability)), 2*picture.Len()+maxBatch)
	}
}
