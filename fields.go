package univaf

import (
	"bytes"
	"strconv"
)

// A FieldSet says which facts of a location an update speaks of, since null
// ("there is none") and absence ("not said") differ. Bit i stands for the i-th
// entry of locationFields.
type FieldSet uint32

// Has reports whether the fact with that JSON name is in the set.
func (s FieldSet) Has(name string) bool { return s&fieldBit(name) != 0 }

// With returns the set with the named facts added. A name that is none is ignored.
func (s FieldSet) With(names ...string) FieldSet {
	for _, name := range names {
		s |= fieldBit(name)
	}
	return s
}

func fieldBit(name string) FieldSet {
	if i := fieldIndex([]byte(name)); i >= 0 {
		return 1 << i
	}
	return 0
}

// fieldIndex gives the place of the named fact in locationFields, or -1.
func fieldIndex(name []byte) int {
	for i := range locationFields {
		if string(name) == locationFields[i].name {
			return i
		}
	}
	return -1
}

// A locationField is one fact of a location: how it is called, read and written.
type locationField struct {
	name    string
	private bool // shown only to those with a key
	text    func(*Location) *string
	// The rest is for facts that are no plain text.
	known  func(*Location) bool
	render func([]byte, *Location) []byte
	read   func(*reader, []byte, *Location)
	assign func(to, from *Location)
}

func text(name string, at func(*Location) *string) locationField {
	return locationField{name: name, text: at}
}

// locationFields lists the facts that an update can set, in the order in which
// they are shown.
var locationFields = []locationField{
	text("provider", func(l *Location) *string { return &l.Provider }),
	{
		name:   "location_type",
		known:  func(l *Location) bool { return l.LocationType != "" },
		render: func(b []byte, l *Location) []byte { return appendText(b, string(l.LocationType)) },
		read:   func(r *reader, raw []byte, l *Location) { l.LocationType = r.locationType(raw) },
		assign: func(to, from *Location) { to.LocationType = from.LocationType },
	},
	text("name", func(l *Location) *string { return &l.Name }),
	{
		name:   "address_lines",
		known:  func(l *Location) bool { return len(l.AddressLines) > 0 },
		render: func(b []byte, l *Location) []byte { return appendStrings(b, l.AddressLines) },
		read:   func(r *reader, raw []byte, l *Location) { l.AddressLines = r.addressLines(raw) },
		assign: func(to, from *Location) { to.AddressLines = from.AddressLines },
	},
	text("city", func(l *Location) *string { return &l.City }),
	text("state", func(l *Location) *string { return &l.State }),
	text("postal_code", func(l *Location) *string { return &l.PostalCode }),
	text("county", func(l *Location) *string { return &l.County }),
	{
		name:   "position",
		known:  func(l *Location) bool { return l.Position != nil },
		render: func(b []byte, l *Location) []byte { return appendPosition(b, l.Position) },
		read:   func(r *reader, raw []byte, l *Location) { l.Position = r.position(raw) },
		assign: func(to, from *Location) { to.Position = from.Position },
	},
	text("info_phone", func(l *Location) *string { return &l.InfoPhone }),
	text("info_url", func(l *Location) *string { return &l.InfoURL }),
	text("booking_phone", func(l *Location) *string { return &l.BookingPhone }),
	text("booking_url", func(l *Location) *string { return &l.BookingURL }),
	text("description", func(l *Location) *string { return &l.Description }),
	{
		name:   "requires_waitlist",
		known:  func(l *Location) bool { return l.RequiresWaitlist },
		render: func(b []byte, l *Location) []byte { return strconv.AppendBool(b, l.RequiresWaitlist) },
		read: func(r *reader, raw []byte, l *Location) {
			l.RequiresWaitlist = r.boolean(raw, false)
		},
		assign: func(to, from *Location) { to.RequiresWaitlist = from.RequiresWaitlist },
	},
	{
		name:   "minimum_age_months",
		known:  func(l *Location) bool { return l.MinimumAgeMonths != nil },
		render: func(b []byte, l *Location) []byte { return appendInteger(b, l.MinimumAgeMonths) },
		read: func(r *reader, raw []byte, l *Location) {
			if n := r.count(raw); n != nil {
				months := int(*n)
				l.MinimumAgeMonths = &months
			}
		},
		assign: func(to, from *Location) { to.MinimumAgeMonths = from.MinimumAgeMonths },
	},
	{
		name:   "meta",
		known:  func(l *Location) bool { return l.Meta != nil },
		render: func(b []byte, l *Location) []byte { return appendRaw(b, l.Meta) },
		read:   func(r *reader, raw []byte, l *Location) { l.Meta = r.object(raw) },
		assign: func(to, from *Location) { to.Meta = mergeObjects(to.Meta, from.Meta) },
	},
	{
		name:    "is_public",
		private: true,
		known:   func(l *Location) bool { return l.IsPublic },
		render:  func(b []byte, l *Location) []byte { return strconv.AppendBool(b, l.IsPublic) },
		read:    func(r *reader, raw []byte, l *Location) { l.IsPublic = r.boolean(raw, true) },
		assign:  func(to, from *Location) { to.IsPublic = from.IsPublic },
	},
	{
		name:    "internal_notes",
		private: true,
		text:    func(l *Location) *string { return &l.InternalNotes },
	},
}

func (f *locationField) isKnown(l *Location) bool {
	if f.text != nil {
		return *f.text(l) != ""
	}
	return f.known(l)
}

func (f *locationField) append(b []byte, l *Location) []byte {
	b = appendKey(b, f.name)
	if f.text != nil {
		return appendText(b, *f.text(l))
	}
	return f.render(b, l)
}

func (f *locationField) decode(r *reader, raw []byte, l *Location) {
	if f.text != nil {
		*f.text(l) = string(bytes.TrimSpace(r.bytes(raw)))
		return
	}
	f.read(r, raw, l)
}

func (f *locationField) copy(to, from *Location) {
	if f.text != nil {
		*f.text(to) = *f.text(from)
		return
	}
	f.assign(to, from)
}

// Apply returns l with the given facts of u. Meta is merged by its top-level keys;
// external ids and times stay as they are.
func (l Location) Apply(u Update) Location {
	for i := range locationFields {
		if u.Given&(1<<i) != 0 {
			locationFields[i].copy(&l, &u.Location)
		}
	}
	return l
}

// SameFacts reports whether a and b hold the same facts, whatever their ids and
// times.
func (l Location) SameFacts(other Location) bool {
	var a, b []byte
	for i := range locationFields {
		f := &locationFields[i]
		a, b = f.append(a[:0], &l), f.append(b[:0], &other)
		if !bytes.Equal(a, b) {
			return false
		}
	}
	return true
}
