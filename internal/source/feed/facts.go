package feed

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/usa"
)

// facts reads what a record says of its place. The error says that it does not tell which
// place that is, or not enough to show it.
func (r *run) facts(rec *record, id string) (u univaf.Update, err error) {
	u.UpdateLocation = r.config.updates()
	l := &u.Location
	l.Provider, l.LocationType = r.config.Provider, r.placeType(rec)
	l.IsPublic = r.config.Authoritative // or a place that was gone for a while would stay hidden
	l.ExternalIDs = r.ids(rec, id)
	l.Meta = source.NPI(l.ExternalIDs)
	m := &r.config.Location
	if l.Name, _ = r.text(rec, &m.Name); l.Name == "" {
		return u, rec.bad(m.Name.invalid(), rec.empty(&m.Name))
	}
	if err := r.address(rec, &u); err != nil {
		return u, err
	}
	r.position(rec, &u)
	for _, one := range []struct {
		f     *Field
		to    *string
		parse func(string) (string, error)
	}{
		{&m.InfoPhone, &l.InfoPhone, nil},
		{&m.InfoURL, &l.InfoURL, parseURL},
		{&m.BookingPhone, &l.BookingPhone, nil},
		{&m.BookingURL, &l.BookingURL, parseURL},
		{&m.Description, &l.Description, nil},
	} {
		r.fact(rec, &u, one.f, one.to, one.parse)
	}
	if waits, ok := parsed(r, rec, &m.RequiresWaitlist, parseBool); ok || r.isEmpty(rec, &m.RequiresWaitlist) {
		l.RequiresWaitlist = waits
		u.Given = u.Given.With("requires_waitlist")
	}
	r.minimumAge(rec, &u, &m.MinimumAgeMonths, parseMonths)
	r.minimumAge(rec, &u, &m.MinimumAgeYears, parseYears)
	return u, nil
}

func (r *run) minimumAge(rec *record, u *univaf.Update, f *Field, parse func(string) (int, error)) {
	if months, ok := parsed(r, rec, f, parse); ok {
		u.MinimumAgeMonths = &months
	} else if r.isEmpty(rec, f) {
		u.Given = u.Given.With("minimum_age_months")
	}
}

func (r *run) placeType(rec *record) univaf.LocationType {
	if kind, ok := parsed(r, rec, &r.config.Location.LocationType, parseLocationType); ok {
		return kind
	}
	if r.config.LocationType != "" {
		return r.config.LocationType
	}
	return univaf.Clinic
}

// id reads the feed's own id of the place.
func (r *run) id(rec *record) (string, error) {
	f := &r.config.Location.ID
	id, _ := r.text(rec, f)
	if id == "" {
		return "", rec.bad(f.invalid(), rec.empty(f))
	}
	if err := badID(id); err != nil {
		return "", rec.bad(f.invalid(), f.fault(err))
	}
	return id, nil
}

// ids gives the feed's own id first.
func (r *run) ids(rec *record, id string) univaf.ExternalIDs {
	m := &r.config.Location
	ids := univaf.ExternalIDs{{System: r.config.idSystem(), Value: id}}
	for _, system := range slices.Sorted(maps.Keys(m.ExternalIDs)) {
		value, ok := parsed(r, rec, m.ExternalIDs[system], func(text string) (string, error) { return text, badID(text) })
		if ok {
			ids, _ = ids.With(univaf.ExternalIDs{{System: system, Value: value}})
		}
	}
	return ids
}

// fact reads a fact that is a text. An empty one takes away what was known of it, as do
// other facts; one that can't be read, or was in no record yet, does not.
func (r *run) fact(rec *record, u *univaf.Update, f *Field, to *string, parse func(string) (string, error)) {
	if !f.given() {
		return
	}
	text, ok := r.text(rec, f)
	if text != "" && parse != nil {
		var err error
		if text, err = parse(text); err != nil {
			r.warn(rec, f, err)
			ok = false
		}
	}
	if ok && (text != "" || f.found) {
		*to = text
		u.Given = u.Given.With(f.key[len("location."):])
	}
}

var errNoState = errors.New("location.state is not known: map state to a field with codes such as NJ or, if all places are in one state, to {value: NJ}")

// address reads where the place is. What the address does not say, the ZIP code does.
func (r *run) address(rec *record, u *univaf.Update) error {
	m, l := &r.config.Location, &u.Location
	var whole usa.Address
	text, _ := r.text(rec, &m.FullAddress)
	if text != "" {
		line := strings.Join(strings.Fields(strings.ReplaceAll(text, "\n", ", ")), " ")
		var err error
		if whole, err = usa.ParseAddress(line); err != nil {
			r.warn(rec, &m.FullAddress, fmt.Errorf("must be STREET, CITY, STATE ZIP, such as 9 Main Street, Newark, NJ 07102, not %q", text))
			whole = usa.Address{Lines: strings.Split(text, "\n")}
		}
	}
	lines, _ := r.text(rec, &m.Address)
	if r.isEmpty(rec, &m.Address) || r.isEmpty(rec, &m.FullAddress) {
		u.Given = u.Given.With("address_lines")
	}
	l.AddressLines = whole.Lines
	for line := range strings.SplitSeq(lines, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			l.AddressLines = append(l.AddressLines, line)
		}
	}
	r.fact(rec, u, &m.City, &l.City, nil)
	r.fact(rec, u, &m.County, &l.County, nil)
	r.fact(rec, u, &m.State, &l.State, parseState)
	r.fact(rec, u, &m.PostalCode, &l.PostalCode, parseZIP)
	if l.City == "" {
		l.City = whole.City
	}
	if l.State == "" && whole.State != "" {
		l.State, _ = parseState(whole.State)
	}
	if l.PostalCode == "" && whole.ZIP != "" {
		l.PostalCode, _ = parseZIP(whole.ZIP)
	}
	l.County = countyKind.ReplaceAllString(l.County, "")
	r.byZIP(rec, l)
	if l.State == "" {
		return rec.bad(m.State.invalid(), errNoState)
	}
	return nil
}

// countyKind is what counties are not called by.
var countyKind = regexp.MustCompile(`(?i) (?:county|parish|borough)$`)

// byZIP adds what the ZIP code tells.
func (r *run) byZIP(rec *record, l *univaf.Location) {
	known, ok := usa.ByZIP(l.PostalCode)
	if !ok {
		return
	}
	switch {
	case l.State == "":
		l.State = known.State
	case l.State != known.State:
		r.env.Warn(source.Warning{
			Kind: "state and ZIP code differ", ID: rec.at, Sample: fmt.Sprintf("%s, but %s is in %s", l.State, l.PostalCode, known.State),
		})
		return
	}
	if l.County == "" {
		l.County = known.County
	}
}

func (r *run) position(rec *record, u *univaf.Update) {
	m := &r.config.Location
	latitude, ok := parsed(r, rec, &m.Latitude, parseDegrees)
	longitude, too := parsed(r, rec, &m.Longitude, parseDegrees)
	if ok && too {
		u.Position = r.near(rec, &u.Location, source.Position(r.env, rec.at, latitude, longitude))
	} else if r.isEmpty(rec, &m.Latitude) && r.isEmpty(rec, &m.Longitude) {
		u.Given = u.Given.With("position")
	}
}

// near leaves out a position that can't be the place's: latitude and longitude were
// exchanged, or a sign forgotten.
func (r *run) near(rec *record, l *univaf.Location, p *univaf.Position) *univaf.Position {
	known, ok := usa.ByZIP(l.PostalCode)
	if p == nil || !ok || known.Latitude == 0 || known.State != l.State {
		return p
	}
	if distance(*p, univaf.Position{Latitude: known.Latitude, Longitude: known.Longitude}) > farthest {
		r.env.Warn(source.Warning{
			Kind: "position far from the ZIP code", ID: rec.at,
			Sample: fmt.Sprintf("latitude %v, longitude %v, but %s is at %.1f, %.1f", p.Latitude, p.Longitude, l.PostalCode, known.Latitude, known.Longitude),
		})
		return nil
	}
	return p
}

// farthest is more than there is between any place and the middle of its ZIP code, in km.
const farthest = 300

// distance is roughly how far two points are apart, in km.
func distance(a, b univaf.Position) float64 {
	const degree = 111.2
	across := math.Mod(math.Abs(a.Longitude-b.Longitude), 360)
	across = min(across, 360-across) * math.Cos((a.Latitude+b.Latitude)/2*math.Pi/180)
	return degree * math.Hypot(a.Latitude-b.Latitude, across)
}
