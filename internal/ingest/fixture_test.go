package ingest_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/catalog"
	"getmyvax.org/univaf/internal/ingest"
	"getmyvax.org/univaf/internal/store"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// noon is when the tests' clocks start.
var noon = time.Date(2021, 11, 1, 12, 0, 0, 0, time.UTC)

// minute gives the moment that many minutes after noon.
func minute(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute) }

// clock is a clock that tests move.
type clock struct{ minutes atomic.Int64 }

func (c *clock) now() time.Time { return minute(int(c.minutes.Load())) }

func openStore(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), store.Options{URL: "sqlite:" + t.TempDir() + "/x.db", Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// follow gives the picture of the store until the test ends.
func follow(t *testing.T, s *store.Store) ingest.Reader {
	ctx, cancel := context.WithCancel(context.Background())
	c, ended := catalog.New(time.Now), make(chan struct{})
	go func() {
		defer close(ended)
		c.Run(ctx, s, func(error) {})
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	return func(ctx context.Context, epoch string, seq int64) (ingest.Picture, error) {
		return c.At(ctx, epoch, seq)
	}
}

// desk is an Ingester at work over an empty store.
type desk struct {
	*ingest.Ingester
	store *store.Store
	clock clock
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{store: openStore(t)}
	d.Ingester = ingest.New(d.store, follow(t, d.store), d.clock.now)
	run(t, d.Ingester)
	return d
}

// run runs the Ingester until the test ends.
func run(t *testing.T, g *ingest.Ingester) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		g.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
}

func patience(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func decode(t testing.TB, text string) ingest.Update {
	t.Helper()
	u, _, err := ingest.Decode([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return ingest.Update{Update: u}
}

// submit sends an update that does not change facts; correct sends one that does.
func (d *desk) submit(t *testing.T, text string) (ingest.Result, error) {
	t.Helper()
	return d.send(t, text, false)
}

func (d *desk) correct(t *testing.T, text string) (ingest.Result, error) {
	t.Helper()
	return d.send(t, text, true)
}

func (d *desk) send(t *testing.T, text string, updateLocation bool) (ingest.Result, error) {
	t.Helper()
	u, err := d.Read([]byte(text), updateLocation)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return d.Submit(patience(t), u)
}

// must gives the result of an update that is to succeed.
func must(t *testing.T) func(ingest.Result, error) ingest.Result {
	return func(r ingest.Result, err error) ingest.Result {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
}

// contents is what readers can see in a store.
type contents struct {
	Locations map[string]univaf.Location
	Records   map[store.Key]univaf.Availability
}

func (c *contents) add(p store.Place) {
	c.Locations[p.Location.ID] = p.Location
	for _, a := range p.Records {
		c.Records[store.Key{LocationID: a.LocationID, Source: a.Source}] = a
	}
}

func read(t *testing.T, s *store.Store) contents {
	t.Helper()
	c := contents{map[string]univaf.Location{}, map[store.Key]univaf.Availability{}}
	if _, _, err := s.Snapshot(context.Background(), c.add); err != nil {
		t.Fatal(err)
	}
	return c
}

// holds checks all that is in the store.
func holds(t *testing.T, s *store.Store, locations []univaf.Location, records []univaf.Availability) {
	t.Helper()
	want := contents{map[string]univaf.Location{}, map[store.Key]univaf.Availability{}}
	for _, l := range locations {
		want.Locations[l.ID] = l
	}
	for _, a := range records {
		want.Records[store.Key{LocationID: a.LocationID, Source: a.Source}] = a
	}
	if diff := cmp.Diff(want, read(t, s), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("store: -want +got:\n%s", diff)
	}
}

func same(t *testing.T, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// facts are the facts that a new location needs, as members of an update.
const facts = `"provider":"p","name":"N","state":"New Jersey"`

// place is the location that facts make at noon.
func place(id string, ids ...univaf.ExternalID) univaf.Location {
	return univaf.Location{
		ID: id, ExternalIDs: ids, Provider: "p", Name: "N", State: "NJ", IsPublic: true, CreatedAt: noon, UpdatedAt: noon,
	}
}

func id(system, value string) univaf.ExternalID {
	return univaf.ExternalID{System: system, Value: value}
}

// Some UUIDs.
const (
	uuid1 = "11111111-1111-4111-8111-111111111111"
	uuid2 = "22222222-2222-4222-8222-222222222222"
	uuid3 = "33333333-3333-4333-8333-333333333333"
)
