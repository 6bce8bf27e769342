package feed

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/usa"
)

// A place is what records say of it.
type place struct {
	first    string // where the first of its records stands
	identity []string
	update   univaf.Update
	zone     *time.Location // nil if it is not known

	status      univaf.Status // the best that was said; "" if nothing was
	count       *int64
	products    []string // of those records that say so
	doses       []string
	unknown     source.Products
	slots, days offers
	validAt     time.Time
}

// newPlace reads the facts of a place from its first record.
func (r *run) newPlace(rec *record, id string) (*place, error) {
	u, err := r.facts(rec, id)
	if err != nil {
		return nil, err
	}
	p := &place{first: rec.at, update: u, zone: r.zoneOf(&u.Location)}
	if r.groups() {
		p.identity = r.identity(rec)
	}
	return p, nil
}

// identity gives the texts by which people know a place.
func (r *run) identity(rec *record) (texts []string) {
	r.quiet = true // what is wrong with them was told with the facts
	defer func() { r.quiet = false }()
	m := &r.config.Location
	for _, f := range []*Field{&m.Name, &m.Address, &m.FullAddress, &m.City, &m.PostalCode} {
		text := ""
		if f.given() {
			text, _ = r.text(rec, f)
		}
		texts = append(texts, text)
	}
	return texts
}

// same checks that another record with a place's id is about that place: an id that was
// copied along must not bring a place another's appointments.
func (r *run) same(rec *record, p *place) error {
	for i, text := range r.identity(rec) {
		if was := p.identity[i]; text != "" && was != "" && text != was && usa.MatchableAddress(text) != usa.MatchableAddress(was) {
			return rec.bad("id of another place", fmt.Errorf("has the id of %s, %q, but is another place: %q, not %q", p.first, p.update.ExternalIDs[0].Value, text, was))
		}
	}
	return nil
}

// zoneOf gives the zone of local times at a place, nil if it is not known.
func (r *run) zoneOf(l *univaf.Location) *time.Location {
	if r.zone != nil {
		return r.zone
	}
	known, _ := usa.ByZIP(l.PostalCode)
	if known.TimeZone == "" || known.State != l.State {
		return nil
	}
	zone, ok := r.zones[known.TimeZone]
	if !ok {
		zone, _ = time.LoadLocation(known.TimeZone)
		r.zones[known.TimeZone] = zone
	}
	return zone
}

// ranks order what records say of one place: if any has appointments, it has.
var ranks = map[univaf.Status]int{univaf.No: 1, univaf.Unknown: 2, univaf.Yes: 3}

// say adds what a record says of what can be had.
func (r *run) say(rec *record, p *place) error {
	m := &r.config.Availability
	count := r.count(rec, &m.AvailableCount)
	if count != nil {
		sum := *count
		if p.count != nil {
			sum = min(sum+*p.count, mostCount)
		}
		p.count = &sum
	}
	status := univaf.Status("")
	if m.Available.given() || m.AvailableCount.given() {
		status = r.offered(rec, &m.Available, statusOf(&m.AvailableCount, count))
	}
	products := r.products(rec, &m.Products, p)
	if ranks[status] > ranks[p.status] {
		p.status, p.products = status, nil
	}
	if status == p.status { // what can't be had elsewhere says nothing of what can be here
		p.products = union(p.products, products)
	}
	for _, text := range r.list(rec, &m.Doses) {
		dose, err := parseDose(text)
		if err != nil {
			r.warn(rec, &m.Doses, err)
			continue
		}
		p.doses = union(p.doses, []string{dose})
	}
	if at := r.validAt(rec, p.zone); at.After(p.validAt) {
		p.validAt = at
	}
	return r.offer(rec, p)
}

// offer reads appointments and days.
func (r *run) offer(rec *record, p *place) error {
	m := &r.config.Availability
	for _, one := range []struct {
		items string
		path  path
		when  *Field
		to    *offers
		read  func(*record, *place) error
	}{
		{m.Slots.Items, r.slotItems, &m.Slots.Start, &p.slots, r.slot},
		{m.Capacity.Items, r.dayItems, &m.Capacity.Date, &p.days, r.day},
	} {
		switch {
		case !one.when.given():
		case one.items != "":
			r.nested(rec, one.path, one.to, one.read, p)
		default:
			err := one.read(rec, p)
			var empty emptyError // so is a place told of that has no appointments
			if errors.As(err, &empty) && one.when.found {
				continue
			}
			one.to.unknown = one.to.unknown || err != nil
			if err != nil && !errors.As(err, &empty) {
				return rec.bad(one.when.invalid(), err)
			}
		}
	}
	return nil
}

// finish gives all that is known of a place.
func (r *run) finish(p *place) univaf.Update {
	a := &univaf.Availability{
		Source: r.config.Name, Available: p.status, AvailableCount: p.count, Products: p.products, Doses: p.doses,
		Slots: p.slots.encode(), Capacity: p.days.encode(), Meta: p.unknown.Meta(),
		ValidAt: p.validAt, CheckedAt: r.env.Now(), IsPublic: true,
	}
	if a.ValidAt.IsZero() {
		a.ValidAt = r.published
	}
	m := &r.config.Availability
	if a.Available == "" {
		switch {
		case p.slots.yes || p.days.yes:
			a.Available = univaf.Yes
		case p.slots.unknown || p.days.unknown || !m.Slots.Start.given() && !m.Capacity.Date.given():
			a.Available = univaf.Unknown
		default:
			a.Available = univaf.No
		}
	}
	p.update.Availability = a
	return p.update
}

// time reads a time, zero if there is none.
func (r *run) time(rec *record, f *Field, zone *time.Location) (t time.Time, day bool, err error) {
	text, ok := r.text(rec, f)
	switch {
	case !ok:
		return t, false, errTold
	case text == "":
		return t, false, nil
	}
	t, day, err = parseTime(text, f.Format, zone)
	if err == nil && zone != nil {
		t = t.In(zone)
	}
	return t, day, err
}

// ahead is how far clocks may be apart.
const ahead = 5 * time.Minute

// validAt reads the source's own time. One to come would keep later news out.
func (r *run) validAt(rec *record, zone *time.Location) time.Time {
	f := &r.config.Availability.ValidAt
	at, _, err := r.time(rec, f, zone)
	if err == nil && at.After(r.env.Now().Add(ahead)) {
		err = fmt.Errorf("must not be in the future (is time_zone right?), but is %s", at.Format(time.RFC3339))
	}
	if err != nil {
		r.warn(rec, f, err)
		return time.Time{}
	}
	return at
}

func (r *run) count(rec *record, f *Field) *int64 {
	if n, ok := parsed(r, rec, f, parseCount); ok {
		return &n
	}
	return nil
}

// mostKnown bounds what is remembered of names of products.
const mostKnown = 10_000

// products gives the codes of what a field names. What is no product is kept with the
// place, and told of once.
func (r *run) products(rec *record, f *Field, p *place) (codes []string) {
	for _, text := range r.list(rec, f) {
		code, known := r.known[text]
		if !known {
			code, _ = parseProduct(text)
			if len(r.known) < mostKnown {
				r.known[text] = code
			}
		}
		if code != "" {
			codes = union(codes, []string{code})
		} else if !slices.Contains(p.unknown.Unknown, text) {
			p.unknown.Add(r.env, rec.at, text, "", false)
		}
	}
	return codes
}

func union(list, more []string) []string {
	for _, one := range more {
		if !slices.Contains(list, one) {
			list = append(list, one)
		}
	}
	return list
}

// fault names the field in an error.
func (f *Field) fault(err error) error {
	return fmt.Errorf("%s (%s) %w", f.key, strings.Join(f.Fields, ", "), err)
}
