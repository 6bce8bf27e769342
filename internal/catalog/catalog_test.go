package catalog_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/catalog"
	"getmyvax.org/univaf/internal/store"
	"getmyvax.org/univaf/internal/vaccine"
	"getmyvax.org/univaf/internal/words"
)

var start = time.Date(2021, 11, 1, 12, 0, 0, 0, time.UTC)

// A fakeLog is a log in memory; its tables are what the batches add up to.
type fakeLog struct {
	mu      sync.Mutex
	epoch   string
	batches []store.Batch
	first   int64 // the oldest seq that is kept
	down    error
	wake    chan struct{}
}

func newLog() *fakeLog {
	return &fakeLog{epoch: "one", first: 1, wake: make(chan struct{}, 1)}
}

// add commits a batch.
func (f *fakeLog) add(entries ...store.Entry) {
	f.mu.Lock()
	f.batches = append(f.batches, store.Batch{
		Seq: int64(len(f.batches) + 1), Time: time.Unix(int64(len(f.batches)+1), 0), Entries: entries,
	})
	f.mu.Unlock()
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

func (f *fakeLog) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

func (f *fakeLog) Watch(context.Context) <-chan struct{} { return f.wake }

func (f *fakeLog) ReadLog(_ context.Context, epoch string, after int64) ([]store.Batch, int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	head := int64(len(f.batches))
	switch {
	case f.down != nil:
		return nil, 0, f.down
	case epoch != f.epoch || after+1 < f.first && after < head:
		return nil, head, store.ErrGap
	}
	return slices.Clone(f.batches[after:min(after+2, head)]), head, nil
}

func (f *fakeLog) ChangedAt(context.Context) (at time.Time, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, b := range f.batches {
		if b.ChangesContent() {
			at = b.Time
		}
	}
	return at, nil
}

func (f *fakeLog) Snapshot(_ context.Context, to ...func(store.Place)) (string, int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down != nil {
		return "", 0, f.down
	}
	places := map[string]*store.Place{}
	said := func(id, source string, seq int64) *univaf.Availability {
		p := places[id]
		if p == nil {
			return &univaf.Availability{} // no table has a row for it
		}
		p.Seq = seq
		for i := range p.Records {
			if p.Records[i].Source == source {
				return &p.Records[i]
			}
		}
		p.Records = append(p.Records, univaf.Availability{})
		return &p.Records[len(p.Records)-1]
	}
	for _, b := range f.batches {
		before := map[string]univaf.Location{} // a row is written once in a batch
		for id, p := range places {
			before[id] = p.Location
		}
		for _, e := range b.Entries {
			switch {
			case e.Location != nil:
				p := places[e.Location.ID]
				if p == nil {
					p = &store.Place{}
					places[e.Location.ID] = p
				}
				p.Location, p.Seq, p.ContentSeq = *e.Location, b.Seq, b.Seq
			case e.Availability != nil:
				a := said(e.Availability.LocationID, e.Availability.Source, b.Seq)
				if p := places[e.Availability.LocationID]; p != nil && (a.IsPublic || e.Availability.IsPublic) {
					p.ContentSeq = b.Seq
				}
				*a = *e.Availability
			default:
				for _, id := range e.Checks.IDs {
					a := said(id, e.Checks.Source, b.Seq)
					a.ValidAt, a.CheckedAt = e.Checks.ValidAt, e.Checks.CheckedAt
					if p := places[id]; p != nil && e.Checks.Reordered {
						p.ContentSeq = b.Seq
					}
				}
			}
		}
		for id, was := range before {
			if p := places[id]; was.Leaves(p.Location) {
				p.Left = store.Departure{Seq: b.Seq, At: p.Location.UpdatedAt}
			}
		}
	}
	i := 0
	for _, p := range places {
		to[i%len(to)](*p)
		i++
	}
	return f.epoch, int64(len(f.batches)), nil
}

func location(n int, state string, ids ...univaf.ExternalID) *univaf.Location {
	at := start.Add(time.Duration(n/2) * time.Second) // two share a time
	position := univaf.Position{Longitude: -74.4, Latitude: 40.5}
	if state != "NJ" {
		position.Latitude += 0.5 + float64(n)/100
	}
	return &univaf.Location{
		Position: &position, PostalCode: state,
		ID: fmt.Sprintf("%08d-0000-4000-8000-000000000000", n), Provider: []string{"a", "b"}[n%2], Name: fmt.Sprint("Place ", n),
		State: state, IsPublic: n%5 != 4, ExternalIDs: ids, CreatedAt: at, UpdatedAt: at,
	}
}

// ids gives those of the locations.
func ids(list ...int) (ids []string) {
	for _, n := range list {
		ids = append(ids, location(n, "").ID)
	}
	return ids
}

func availability(l *univaf.Location, source string, minute int, status univaf.Status) *univaf.Availability {
	at := start.Add(time.Duration(minute) * time.Minute)
	return &univaf.Availability{LocationID: l.ID, Source: source, Available: status, IsPublic: true, ValidAt: at, CheckedAt: at, ChangedAt: at}
}

// follow runs a new catalog on the log until the test ends.
func follow(t testing.TB, log catalog.Log) (*catalog.Catalog, *reports) {
	c := catalog.New(time.Now)
	return c, run(t, c, log)
}

// run runs a catalog on the log until the test ends.
func run(t testing.TB, c *catalog.Catalog, log catalog.Log) *reports {
	ctx, cancel := context.WithCancel(context.Background())
	r := &reports{}
	done := make(chan struct{})
	go func() { defer close(done); c.Run(ctx, log, r.add) }()
	t.Cleanup(func() { cancel(); <-done })
	return r
}

type reports struct {
	mu   sync.Mutex
	list []error
}

func (r *reports) add(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, err)
}

func (r *reports) all() []error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.list)
}

func wait(t testing.TB, c *catalog.Catalog, seq int64) *catalog.View {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c.WaitFor(ctx, seq)
	v := c.View()
	if v == nil || v.Seq < seq {
		t.Fatalf("the catalog does not reach %d", seq)
	}
	return v
}

// shown is all that a view can show.
type shown struct {
	Lists    map[string][]string
	Versions map[string]string
	Found    map[string]string
	Records  []string
	Changes  map[string][]string
}

func show(v *catalog.View) shown {
	s := shown{Lists: map[string][]string{}, Versions: map[string]string{}, Found: map[string]string{}, Changes: map[string][]string{}}
	for _, private := range []bool{false, true} {
		for _, state := range []string{"", "NJ", "NY", "WY"} {
			for _, provider := range []string{"", "a"} {
				q := catalog.Query{Pick: catalog.Pick{Private: private}, State: state, Provider: provider}
				name := fmt.Sprint(private, state, provider)
				for r := range v.Locations(q) {
					s.Lists[name] = append(s.Lists[name], string(r.AppendJSON(nil, catalog.V1, q.Pick)))
				}
				seq, count := v.Version(q)
				s.Versions[name] = fmt.Sprint(seq, count)
			}
		}
		for a := range v.Availability(catalog.Pick{Private: private}, "") {
			text, _ := json.Marshal(a)
			s.Records = append(s.Records, string(text))
		}
	}
	for name, search := range map[string]catalog.Search{
		"near":  {Filter: catalog.Filter{Near: &univaf.Position{Longitude: -74.3, Latitude: 41}}, Order: catalog.ByDistance},
		"words": {Filter: catalog.Filter{Text: words.Question{Words: []string{"place"}, Prefix: "n"}}},
		"yes":   {Filter: catalog.Filter{Statuses: []univaf.Status{univaf.Yes}, Diseases: []vaccine.Disease{vaccine.COVID19}}, Order: catalog.ByUpdate},
	} {
		for m := range v.Find(&search) {
			s.Lists[name] = append(s.Lists[name], fmt.Sprintf("%s %.3f", m.ID, m.Kilometres))
		}
	}
	for after := range v.Seq + 1 {
		for name, q := range map[string]catalog.ChangeQuery{
			"all": {}, "checks": {Checks: true}, "NJ": {ChangeFilter: catalog.ChangeFilter{States: []string{"NJ"}}},
			"a": {ChangeFilter: catalog.ChangeFilter{Providers: []string{"a"}}, Checks: true}, "three": {ChangeFilter: catalog.ChangeFilter{IDs: ids(1, 2, 3)}},
		} {
			q.After, q.Most = catalog.Mark{Seq: after, ID: "~"}, 100
			list, next, more := v.Changes(q)
			name = fmt.Sprint(name, after)
			for _, c := range list {
				s.Changes[name] = append(s.Changes[name], fmt.Sprint(c.Seq, c.ID, c.Record == nil))
			}
			s.Changes[name] = append(s.Changes[name], fmt.Sprint(next, more, v.Forgotten(q.Position, start.Add(time.Hour))))
		}
	}
	for _, id := range []string{"x:0", "x:1", "x:2", "x:3"} {
		r, _, err := v.Location(id, catalog.Pick{Private: true})
		if err == nil {
			s.Found[id] = r.ID
		}
	}
	return s
}

// Whatever happens, one who followed sees what one sees who comes new.
func TestFollowingGivesTheSameAsLoading(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		log := newLog()
		c := catalog.New(time.Now)
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { defer close(done); c.Run(ctx, log, func(error) {}) }()
		defer func() { cancel(); <-done }()

		known := map[int]bool{}
		said := map[store.Key]univaf.Availability{}
		// order gives the sources of a place in the order in which everybody sees them.
		order := func(id string) (sources []string) {
			var records []univaf.Availability
			for key, a := range said {
				if key.LocationID == id && a.IsPublic {
					records = append(records, a)
				}
			}
			if len(records) > 0 {
				for _, a := range univaf.MergeOrder(records) {
					sources = append(sources, a.Source)
				}
			}
			return sources
		}
		for batch := range rapid.IntRange(1, 8).Draw(rt, "batches") {
			var entries []store.Entry
			for range rapid.IntRange(1, 4).Draw(rt, "entries") {
				n := rapid.IntRange(0, 6).Draw(rt, "place")
				l := location(n, rapid.SampledFrom([]string{"NJ", "NY"}).Draw(rt, "state"))
				source := rapid.SampledFrom([]string{"s", "t"}).Draw(rt, "source")
				key := store.Key{LocationID: l.ID, Source: source}
				last, spoke := said[key]
				switch kind := rapid.IntRange(0, 2).Draw(rt, "kind"); {
				case kind == 0 || !known[n]:
					l.IsPublic = rapid.IntRange(0, 2).Draw(rt, "public") > 0
					l.UpdatedAt = start.Add(time.Duration(batch) * 30 * time.Minute)
					for _, v := range rapid.SliceOfNDistinct(rapid.IntRange(0, 3), 0, 3, rapid.ID).Draw(rt, "ids") {
						l.ExternalIDs = append(l.ExternalIDs, univaf.ExternalID{System: "x", Value: fmt.Sprint(v)})
					}
					entries, known[n] = append(entries, store.Entry{Location: l}), true
				case kind == 1 || !spoke:
					a := availability(l, source, batch, rapid.SampledFrom([]univaf.Status{univaf.Yes, univaf.No, univaf.Unknown}).Draw(rt, "status"))
					a.IsPublic = rapid.IntRange(0, 3).Draw(rt, "public") > 0
					entries = append(entries, store.Entry{Availability: a})
					said[key] = *a
				default:
					at := start.Add(time.Duration(batch) * time.Hour)
					before := order(l.ID)
					last.ValidAt, last.CheckedAt = at, at
					said[key] = last
					reordered := !slices.Equal(before, order(l.ID)) || rapid.Bool().Draw(rt, "reordered")
					entries = append(entries, store.Entry{Checks: &store.Checks{Source: source, ValidAt: at, CheckedAt: at, Reordered: reordered, IDs: []string{l.ID}}})
				}
			}
			log.add(entries...)
			if rapid.Bool().Draw(rt, "keep up") {
				waitFor(rt, c, int64(batch+1))
			}
		}
		followed := waitFor(rt, c, int64(len(log.batches)))
		fresh := catalog.New(time.Now)
		freshCtx, stop := context.WithCancel(context.Background())
		freshDone := make(chan struct{})
		go func() { defer close(freshDone); fresh.Run(freshCtx, log, func(error) {}) }()
		loaded := waitFor(rt, fresh, int64(len(log.batches)))
		stop()
		<-freshDone
		if diff := cmp.Diff(show(loaded), show(followed)); diff != "" {
			rt.Fatalf("(-loaded +followed):\n%s", diff)
		}
	})
}

func waitFor(rt *rapid.T, c *catalog.Catalog, seq int64) *catalog.View {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c.WaitFor(ctx, seq)
	if v := c.View(); v != nil && v.Seq >= seq {
		return v
	}
	rt.Fatalf("the catalog does not reach %d", seq)
	return nil
}

func TestAViewNeverChanges(t *testing.T) {
	log := newLog()
	l := location(0, "NJ", univaf.ExternalID{System: "x", Value: "0"})
	log.add(store.Entry{Location: l}, store.Entry{Availability: availability(l, "s", 0, univaf.Yes)})
	c, _ := follow(t, log)
	v := wait(t, c, 1)
	before := show(v)
	moved := location(0, "NY", univaf.ExternalID{System: "x", Value: "1"})
	log.add(store.Entry{Location: moved}, store.Entry{Location: location(1, "NJ")}, store.Entry{Availability: availability(l, "s", 1, univaf.No)})
	after := wait(t, c, 2)
	if diff := cmp.Diff(before, show(v)); diff != "" {
		t.Errorf("the old view changed (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"x:1": l.ID}, show(after).Found); diff != "" {
		t.Errorf("ids in the new view (-want +got):\n%s", diff)
	}
}

// A reader in the middle of a list keeps nobody from writing.
func TestReadersDoNotBlockWriters(t *testing.T) {
	log := newLog()
	log.add(store.Entry{Location: location(0, "NJ")}, store.Entry{Location: location(1, "NJ")})
	c, _ := follow(t, log)
	n := 0
	for r := range wait(t, c, 1).Locations(catalog.Query{}) {
		n++
		log.add(store.Entry{Location: location(10+n, "NJ")})
		wait(t, c, int64(n+1)) // while the reader stands at r
		if strings.Contains(string(r.AppendJSON(nil, catalog.Edge, catalog.Pick{})), "Place 1") && n == 1 {
			t.Error("out of order")
		}
	}
	if n != 2 {
		t.Errorf("the reader saw %d places, want the 2 of its moment", n)
	}
}

func TestAGapMakesItLoadAnew(t *testing.T) {
	log := newLog()
	log.add(store.Entry{Location: location(0, "NJ")})
	c, reported := follow(t, log)
	wait(t, c, 1)
	for name, breakIt := range map[string]func(){
		"trimmed":       func() { log.first = 100 },
		"another epoch": func() { log.epoch = "two" },
	} {
		log.set(func() {
			log.batches = append(log.batches,
				store.Batch{Seq: int64(len(log.batches) + 1), Entries: []store.Entry{{Location: location(len(log.batches), "NJ")}}},
				store.Batch{Seq: int64(len(log.batches) + 2), Entries: []store.Entry{{Location: location(len(log.batches)+1, "NJ")}}})
			breakIt()
		})
		v := wait(t, c, int64(len(log.batches)))
		if v.Len() != len(log.batches) || v.Epoch != log.epoch {
			t.Errorf("%s: %d places of epoch %q", name, v.Len(), v.Epoch)
		}
	}
	if list := reported.all(); len(list) != 0 {
		t.Errorf("reported %v", list)
	}
}

func TestAnEntryOfWhatNobodyKnowsMakesItLoadAnew(t *testing.T) {
	log := newLog()
	log.add(store.Entry{Location: location(0, "NJ")})
	c, _ := follow(t, log)
	v := wait(t, c, 1)
	for range 3 { // the fake's tables ignore it, too
		log.add(store.Entry{Checks: &store.Checks{Source: "s", IDs: []string{"nobody"}}})
	}
	if after := wait(t, c, 4); after.Len() != v.Len() {
		t.Errorf("%d places", after.Len())
	}
}

func TestAnOutageIsReportedOnceAndAsOfStands(t *testing.T) {
	log := newLog()
	log.add(store.Entry{Location: location(0, "NJ")})
	c, reported := follow(t, log)
	wait(t, c, 1)
	away := errors.New("away")
	log.set(func() { log.down = away })
	eventually(t, func() bool { return len(reported.all()) == 1 })
	asOf := c.AsOf()
	time.Sleep(1200 * time.Millisecond)
	if !c.AsOf().Equal(asOf) || c.View().Len() != 1 {
		t.Errorf("as of %v, then %v, with %d places", asOf, c.AsOf(), c.View().Len())
	}
	log.set(func() { log.down = nil })
	eventually(t, func() bool { return c.AsOf().After(asOf) })
	list := reported.all()
	if len(list) != 2 || !errors.Is(list[0], away) || list[1] != nil {
		t.Errorf("reported %v, want the outage and its end", list)
	}
}

func eventually(t *testing.T, f func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !f(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain")
		}
	}
}
