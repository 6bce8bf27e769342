package catalog

import (
	"math"
	"slices"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/geo"
	"getmyvax.org/univaf/internal/vaccine"
	"getmyvax.org/univaf/internal/words"
)

// A Filter says which places are looked for: those of which all holds. What is zero or nil
// holds of every place. What is said of availability is judged by the answer merged for
// everybody, and by each group of products and doses alone: a place where there is Pfizer
// today and a flu shot tomorrow has no flu shot today.
type Filter struct {
	Pick

	IDs           []string // or system:value
	States        []string // USPS codes
	Counties      []string
	Cities        []string
	Providers     []string
	LocationTypes []univaf.LocationType
	WalkIn        *bool
	Text          words.Question // what name, address or provider have
	UpdatedSince  time.Time      // the facts or what sources say changed then or later

	Near   *univaf.Position
	Radius float64 // km, from Near; 0 for any distance
	Box    *geo.Box

	Products []string // codes
	Diseases []vaccine.Disease
	Doses    []string
	Age      *int // in months: places and products that may serve that age
	Statuses []univaf.Status
	// From and To are the first and the last day, of which only the date counts, on which
	// a slot or a day must be open.
	From, To time.Time
	// MaxAge makes the availability that was valid so long ago count for nothing.
	MaxAge time.Duration
	Now    time.Time
}

// kmADegree is how long a degree of latitude is.
const kmADegree = 111

// A test is a filter made ready.
type test struct {
	*Filter
	places        roster
	near          geo.Center
	fine          uint8 // level of quads that are small, compared to the radius
	providers     map[string]bool
	states        map[string]bool
	cities        map[string]bool
	counties      map[string]bool
	kinds         uint
	text          *words.Set // nil for all
	since, oldest int64      // milliseconds since 1970

	products, doses codeTest
	hint            hint // records whose hint shares nothing with it do not match; 0 if it tells nothing
	statuses        uint // bits
	grouped         bool // whether groups are to be looked at
	windowed        bool // whether something must be open in the window
	window          window
}

func newTest(v *View, f *Filter) *test {
	t := &test{
		Filter: f, places: v.places, providers: setOf(f.Providers), states: setOf(f.States), since: math.MinInt64, oldest: math.MinInt64,
		cities: foldedSet(f.Cities, words.Fold), counties: foldedSet(f.Counties, foldCounty),
	}
	if f.Near != nil {
		t.near = geo.CenterAt(*f.Near)
		t.fine = geo.LevelOf(f.Radius / kmADegree / 4)
	}
	for _, kind := range f.LocationTypes {
		t.kinds |= 1 << (1 + slices.Index(univaf.LocationTypes, kind))
	}
	if f.Text.Prefix != "" {
		t.text = v.words.Find(f.Text)
	}
	if !f.UpdatedSince.IsZero() {
		t.since = f.UpdatedSince.UnixMilli()
	}
	if f.MaxAge > 0 {
		t.oldest = f.Now.Add(-f.MaxAge).UnixMilli()
	}
	for _, s := range f.Statuses {
		t.statuses |= 1 << statusOf(s)
	}
	t.setGroups()
	return t
}

func setOf(list []string) map[string]bool { return foldedSet(list, func(s string) string { return s }) }

func foldedSet(list []string, fold func(string) string) map[string]bool {
	if len(list) == 0 {
		return nil
	}
	set := map[string]bool{}
	for _, one := range list {
		set[fold(one)] = true
	}
	return set
}

// setGroups says which groups are looked at.
func (t *test) setGroups() {
	f := t.Filter
	named := len(f.Products) > 0 || len(f.Diseases) > 0
	if named || f.Age != nil {
		t.products = productTest(f, named)
	}
	if len(f.Doses) > 0 {
		t.doses = codeTest{set: numberSet{1 << 0}, beyond: otherCode} // allDoses is the first
		for _, code := range f.Doses {
			if n, ok := doseCodes.known(code); ok {
				t.doses.set.add(n)
			}
		}
	}
	t.window = always(minuteOf(f.Now))
	t.windowed = !f.From.IsZero() || !f.To.IsZero()
	if !f.From.IsZero() {
		t.window.first = dayOf(f.From)
	}
	if !f.To.IsZero() {
		t.window.last = dayOf(f.To)
	}
	if named {
		t.hint = t.products.hint(t.statuses == 1<<statusYes)
	}
	t.grouped = t.products.set != nil || t.doses.set != nil || t.windowed
}

// productTest tells which products are looked for: those named, as far as they may serve
// the age.
func productTest(f *Filter, named bool) codeTest {
	t := codeTest{set: numberSet{}, beyond: otherCode}
	for i, p := range vaccine.Products {
		wanted := !named || slices.Contains(f.Products, p.Code) || slices.Contains(f.Diseases, p.Disease)
		if wanted && (f.Age == nil || p.MayServe(*f.Age)) {
			t.set.add(uint16(i))
		}
	}
	for _, code := range f.Products {
		if n, ok := productCodes.known(code); ok && int(n) >= len(vaccine.Products) {
			t.set.add(n)
		}
	}
	if !named {
		t.unnamed, t.beyond = true, uint16(len(vaccine.Products))
	}
	for _, d := range unnamed() {
		t.unnamed = t.unnamed || slices.Contains(f.Diseases, d)
	}
	return t
}

// holds reports whether all holds of the record.
func (t *test) holds(r *Record) bool {
	return r.visible(t.Pick) && t.holdsFacts(r) && t.holdsPlace(r.site) && t.holdsAvailability(r)
}

func (t *test) holdsFacts(r *Record) bool {
	s := r.site
	switch {
	case t.states != nil && !t.states[r.State],
		t.providers != nil && !t.providers[r.Provider],
		t.kinds != 0 && (s.kind == 0 || t.kinds>>s.kind&1 == 0),
		t.cities != nil && !t.cities[s.city],
		t.counties != nil && !t.counties[s.county],
		t.WalkIn != nil && s.walkIn != answerOf(*t.WalkIn),
		t.Age != nil && int64(r.minimum) > int64(*t.Age),
		t.text != nil && !t.text.Has(r.number),
		t.since != math.MinInt64 && r.updated() < t.since:
		return false
	}
	return true
}

func answerOf(yes bool) answer {
	if yes {
		return saysYes
	}
	return saysNo
}

func (t *test) holdsPlace(s *site) bool {
	if t.Box != nil && (s.placed == unplaced || !t.Box.Has(s.cell)) {
		return false
	}
	return t.Near == nil || s.placed != unplaced && (t.Radius == 0 || t.near.Distance(s.cell) <= t.Radius)
}

// isStale reports whether what is said of the record counts for nothing.
func (t *test) isStale(r *Record) bool {
	return t.oldest != math.MinInt64 && r.lead >= 0 && r.said[r.lead].validAt < t.oldest
}

func (t *test) holdsAvailability(r *Record) bool {
	if !t.grouped {
		return t.statuses == 0 || t.statuses>>t.statusOf(r)&1 == 1
	}
	if r.lead < 0 || t.isStale(r) {
		// Nothing is known of what there is, so it may serve any age.
		return t.Age != nil && len(t.Products) == 0 && len(t.Diseases) == 0 && t.doses.set == nil && !t.windowed &&
			(t.statuses == 0 || t.statuses>>statusUnknown&1 == 1)
	}
	if t.excludes(r.number) {
		return false
	}
	best, found := t.groups(r)
	return found && (t.statuses == 0 || t.statuses>>best&1 == 1)
}

// excludes reports whether the hint tells that a place has nothing of what is looked for.
func (t *test) excludes(number uint32) bool {
	return t.hint != 0 && t.places.hint(number)&t.hint == 0
}

func (t *test) statusOf(r *Record) status {
	if r.lead < 0 || t.isStale(r) {
		return statusUnknown
	}
	return r.status
}

// groups gives the best status of the groups that are looked at, if there are any.
func (t *test) groups(r *Record) (best status, found bool) {
	g := groupReader{text: r.openings}
	offset := int64(0)
	if t.windowed {
		offset = r.site.offset()
	}
	for s, ok := g.next(); ok; s, ok = g.next() {
		if found && s <= best || !g.admits(&t.products) || !g.admits(&t.doses) {
			continue
		}
		if t.windowed && g.opens(&t.window, offset) == never {
			continue
		}
		best, found = s, true
	}
	return best, found
}

// openings calls f with what is open of the groups that are looked at: run by run, going to
// the next when f reports false.
func (t *test) openings(r *Record, f func(opening) bool) {
	if r.lead < 0 || t.isStale(r) {
		return
	}
	g := groupReader{text: r.openings}
	offset := r.site.offset()
	for _, ok := g.next(); ok; _, ok = g.next() {
		if g.admits(&t.products) && g.admits(&t.doses) {
			g.runs(&t.window, offset, f)
		}
	}
}

// first gives the first of what is open, that of never if nothing is.
func (t *test) first(r *Record) opening {
	first := opening{minute: never}
	t.openings(r, func(o opening) bool {
		if o.minute < first.minute {
			first = o
		}
		return false
	})
	return first
}
