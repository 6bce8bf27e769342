// Package compare tells in what two servers' places differ, for those who are about to
// change from one to the other.
//
// It must not know where the places come from.
package compare

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"getmyvax.org/univaf"
)

// Options say what counts as a difference.
type Options struct {
	// Within is how far apart two servers may be in time: times that differ by no more are
	// the same, and so is what reports say that were made no further apart.
	Within time.Duration
	// Ignore names fields that are not compared, e.g. "availability.checked_at".
	Ignore []string
	// Examples is how many are kept of each difference.
	Examples int
}

// A Report is what was found.
type Report struct {
	Old        int     `json:"old"`         // places of the one server
	New        int     `json:"new"`         // and of the other
	ByID       int     `json:"by_id"`       // places that both have, by their id,
	ByExternal int     `json:"by_external"` // and by an id of another system
	OnlyOld    Missing `json:"only_old"`
	OnlyNew    Missing `json:"only_new"`
	Fields     []Field `json:"fields"` // those that differ anywhere
}

// Equal reports whether nothing differs but what time explains.
func (r *Report) Equal() bool {
	differ := func(f Field) bool { return f.Differ > 0 }
	return r.OnlyOld.Count == 0 && r.OnlyNew.Count == 0 && !slices.ContainsFunc(r.Fields, differ)
}

// Missing are places that only one server has.
type Missing struct {
	Count    int     `json:"count"`
	Examples []Place `json:"examples"`
}

// A Place is what tells which one it is.
type Place struct {
	ID          string             `json:"id"`
	ExternalIDs univaf.ExternalIDs `json:"external_ids"`
	Name        string             `json:"name"`
	State       string             `json:"state"`
}

// A Field is a member of places, or of their availability, that differs.
type Field struct {
	Name string `json:"field"` // e.g. "availability.slots"
	// Differ counts places in which it differs, and Moved those in which it does and one
	// of the servers has a later report, by no more than Options.Within.
	Differ   int       `json:"differ"`
	Moved    int       `json:"moved"`
	Examples []Example `json:"examples"` // of Differ, or of Moved if there are none
}

// An Example is one place's values. One that is absent is empty.
type Example struct {
	OldID string          `json:"old_id"`
	NewID string          `json:"new_id"`
	Old   json.RawMessage `json:"old,omitempty"`
	New   json.RawMessage `json:"new,omitempty"`
}

// A Comparison takes places part by part, so that not all need be in memory.
type Comparison struct {
	options Options
	report  Report
	fields  map[string]*Field
	// Places that were not found in their part of the other server.
	left [2][]Place
}

// New starts a comparison.
func New(o Options) *Comparison {
	return &Comparison{options: o, fields: map[string]*Field{}}
}

// Add compares the places that the two servers have in one part of all, such as a state.
// Each is a JSON object in the form of /api/edge.
func (c *Comparison) Add(before, after []json.RawMessage) error {
	olds, err := places(before)
	if err != nil {
		return fmt.Errorf("the old server: %w", err)
	}
	news, err := places(after)
	if err != nil {
		return fmt.Errorf("the new server: %w", err)
	}
	c.report.Old += len(olds)
	c.report.New += len(news)
	match, left := c.match(olds, news)
	c.left[1] = append(c.left[1], left...)
	for i, j := range match {
		if j < 0 {
			c.left[0] = append(c.left[0], olds[i])
			continue
		}
		if err := c.compare(olds[i].ID, news[j].ID, before[i], after[j]); err != nil {
			return fmt.Errorf("location %s: %w", olds[i].ID, err)
		}
	}
	return nil
}

func places(list []json.RawMessage) ([]Place, error) {
	out := make([]Place, len(list))
	for i, text := range list {
		if err := json.Unmarshal(text, &out[i]); err != nil {
			return nil, fmt.Errorf("a location can't be read: %w", err)
		}
		if out[i].ID == "" {
			return nil, fmt.Errorf("a location has no id: %.200s", text)
		}
	}
	return out, nil
}

// match gives the place in news for each in olds, -1 for none, and those of news that are
// nobody's: by id, else by the first external id that leads to one.
func (c *Comparison) match(olds, news []Place) (match []int, left []Place) {
	byID, byExternal := map[string]int{}, map[univaf.ExternalID]int{}
	for j, p := range news {
		byID[p.ID] = j
		for _, id := range p.ExternalIDs {
			if _, taken := byExternal[id]; id.Identifies() && !taken {
				byExternal[id] = j
			}
		}
	}
	match = make([]int, len(olds))
	used := make([]bool, len(news))
	for i, p := range olds {
		j, found := byID[p.ID]
		if match[i] = -1; found && !used[j] {
			match[i], used[j] = j, true
			c.report.ByID++
		}
	}
	for i, p := range olds {
		for _, id := range p.ExternalIDs {
			if j, found := byExternal[id]; match[i] < 0 && found && !used[j] {
				match[i], used[j] = j, true
				c.report.ByExternal++
			}
		}
	}
	for j, p := range news {
		if !used[j] {
			left = append(left, p)
		}
	}
	return match, left
}

// compare notes in what one place differs.
func (c *Comparison) compare(oldID, newID string, before, after json.RawMessage) error {
	if string(before) == string(after) {
		return nil
	}
	d := differences{c: c, oldID: oldID, newID: newID}
	var a, b map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(before, &a), json.Unmarshal(after, &b)); err != nil {
		return err
	}
	said, says := a["availability"], b["availability"]
	if !isObject(said) || !isObject(says) {
		d.members(a, b)
		return nil
	}
	delete(a, "availability")
	delete(b, "availability")
	d.members(a, b)
	clear(a)
	clear(b)
	if err := errors.Join(json.Unmarshal(said, &a), json.Unmarshal(says, &b)); err != nil {
		return err
	}
	d.prefix, d.moved = "availability.", c.moved(a, b)
	d.members(a, b)
	return nil
}

func isObject(text json.RawMessage) bool { return len(text) > 0 && text[0] == '{' }

// differences are those of one place.
type differences struct {
	c            *Comparison
	oldID, newID string
	prefix       string // of the members that are compared
	moved        bool   // what they say is of different times
}

// members notes which members of two objects differ.
func (d *differences) members(a, b map[string]json.RawMessage) {
	names := slices.Collect(maps.Keys(a))
	for name := range b {
		if _, both := a[name]; !both {
			names = append(names, name)
		}
	}
	for _, name := range names {
		field := d.prefix + name
		if !slices.Contains(d.c.options.Ignore, field) && !d.c.same(name, a[name], b[name]) {
			d.c.note(field, Example{d.oldID, d.newID, cut(a[name]), cut(b[name])}, d.moved)
		}
	}
}

func (c *Comparison) note(field string, e Example, moved bool) {
	f := c.fields[field]
	if f == nil {
		f = &Field{Name: field, Examples: []Example{}}
		c.fields[field] = f
	}
	if moved {
		if f.Moved++; f.Differ == 0 && len(f.Examples) < c.options.Examples {
			f.Examples = append(f.Examples, e)
		}
		return
	}
	if f.Differ++; f.Differ == 1 {
		f.Examples = f.Examples[:0]
	}
	if len(f.Examples) < c.options.Examples {
		f.Examples = append(f.Examples, e)
	}
}

// maxValue is how many bytes of a value are shown.
const maxValue = 2000

// cut gives a long value as the text that it begins with.
func cut(value json.RawMessage) json.RawMessage {
	if len(value) <= maxValue {
		return value
	}
	text, _ := json.Marshal(string(value[:maxValue]) + "…") // text can be encoded
	return text
}

// Report sums up, once all is added. Places that are in other parts on the two servers are
// told as such.
func (c *Comparison) Report() *Report {
	match, left := c.match(c.left[0], c.left[1])
	r := c.report
	r.OnlyOld, r.OnlyNew = Missing{Examples: []Place{}}, Missing{Examples: []Place{}}
	for i, j := range match {
		old := c.left[0][i]
		if j < 0 {
			r.OnlyOld.add(old, c.options.Examples)
			continue
		}
		if !slices.Contains(c.options.Ignore, "state") {
			is := c.left[1][j]
			c.note("state", Example{old.ID, is.ID, quoted(old.State), quoted(is.State)}, false)
		}
	}
	for _, p := range left {
		r.OnlyNew.add(p, c.options.Examples)
	}
	r.Fields = []Field{}
	for _, name := range slices.Sorted(maps.Keys(c.fields)) {
		r.Fields = append(r.Fields, *c.fields[name])
	}
	return &r
}

func (m *Missing) add(p Place, examples int) {
	if m.Count++; len(m.Examples) < examples {
		m.Examples = append(m.Examples, p)
	}
}

func quoted(text string) json.RawMessage {
	out, _ := json.Marshal(text) // text can be encoded
	return out
}
