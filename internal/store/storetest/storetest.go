// Package storetest is the conformance suite of the store: what every database must
// do. It is run on each of them by the tests of package store.
package storetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/store"
)

// An Engine is a database that the suite runs on.
type Engine struct {
	// New gives the URL of an empty database, which is gone after the test.
	New func(t *testing.T) string
	// Raw opens the database behind the store's back.
	Raw func(t *testing.T, url string) *sql.DB
}

// start is a moment for tests.
var start = time.Date(2021, 11, 1, 12, 0, 0, 123e6, time.UTC)

func open(t *testing.T, url string) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), store.Options{URL: url, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// Run runs the suite.
func Run(t *testing.T, e Engine) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, Engine)
	}{
		{"what is written is read back whole", readsBack},
		{"a batch that fails writes nothing and uses no seq", rollsBack},
		{"a write that is not news is refused", guards},
		{"concurrent writers leave a log without gaps", concurrentWriters},
		{"two processes share one database", twoProcesses},
		{"a commit wakes followers, also of other processes", wakes},
		{"the log is trimmed and tells of its gap", trims},
		{"another database is told apart by its epoch", epochs},
		{"many may open an empty database at once", concurrentOpens},
		{"a database of a newer release is refused", newerRelease},
		{"a database for another purpose is refused", otherPurpose},
		{"look-ups find ids in order of age", lookups},
		{"a re-check touches only its small row", rechecks},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, e)
		})
	}
}

func location(id string, created time.Time, ids ...univaf.ExternalID) univaf.Location {
	return univaf.Location{
		ID: id, ExternalIDs: ids, Provider: "cvs", Name: "Store " + id, State: "NJ", IsPublic: true,
		CreatedAt: created, UpdatedAt: created,
	}
}

func record(id, source string, at time.Time) univaf.Availability {
	return univaf.Availability{
		LocationID: id, Source: source, Available: univaf.Yes, IsPublic: true, ValidAt: at, CheckedAt: at, ChangedAt: at,
	}
}

// write commits f as one batch.
func write(t *testing.T, s *store.Store, f func(*store.Tx) error) int64 {
	t.Helper()
	seq, err := s.Write(context.Background(), f)
	if err != nil {
		t.Fatal(err)
	}
	return seq
}

// contents gathers a snapshot.
type contents struct {
	Locations    map[string]univaf.Location
	Availability map[store.Key]univaf.Availability
	Seqs         map[store.Key]int64
}

func snapshot(t *testing.T, s *store.Store) (contents, int64) {
	t.Helper()
	c := contents{map[string]univaf.Location{}, map[store.Key]univaf.Availability{}, map[store.Key]int64{}}
	epoch, seq, err := s.Snapshot(context.Background(), loader{&c})
	if err != nil {
		t.Fatal(err)
	}
	if epoch != s.Epoch() {
		t.Errorf("the snapshot is of epoch %q, the store's is %q", epoch, s.Epoch())
	}
	return c, seq
}

// loader makes contents a store.Loader.
type loader struct{ c *contents }

func (l loader) Location(v univaf.Location, _ int64) { l.c.Locations[v.ID] = v }

func (l loader) Availability(a univaf.Availability, seq int64) {
	key := store.Key{LocationID: a.LocationID, Source: a.Source}
	l.c.Availability[key], l.c.Seqs[key] = a, seq
}

func readsBack(t *testing.T, e Engine) {
	s := open(t, e.New(t))
	months, count := 60, int64(0)
	whole := univaf.Location{
		ID: "11111111-1111-4111-8111-111111111111", Provider: "cvs", LocationType: univaf.Pharmacy, Name: `Ünïcode "quoted" 💉`,
		ExternalIDs:  univaf.ExternalIDs{{System: "z", Value: "1"}, {System: "a", Value: "x:y"}, {System: "vtrcks", Value: "PIN"}},
		AddressLines: []string{"1 Main St.", "Suite 2"}, City: "Camden", State: "NJ", PostalCode: "08102", County: "Camden",
		Position:  &univaf.Position{Longitude: -75.1195, Latitude: 39.9448},
		InfoPhone: "1", InfoURL: "https://a.example", BookingPhone: "2", BookingURL: "https://b.example", Description: "d",
		RequiresWaitlist: true, MinimumAgeMonths: &months, Meta: []byte(`{"a":1.50,"b":"<&>"}`), InternalNotes: "n",
		CreatedAt: start, UpdatedAt: start.Add(time.Second),
	}
	bare := location("22222222-2222-4222-8222-222222222222", start)
	bare.AddressLines = []string{}
	full := record(whole.ID, "one", start)
	full.AvailableCount, full.Products, full.Doses = &count, []string{"pfizer", "mo\"derna"}, []string{}
	full.Capacity, full.Slots, full.Meta = []byte(`[{"date":"2021-11-02"}]`), []byte(`[{"start":"x"}]`), []byte(`{}`)
	full.CheckedAt, full.ChangedAt, full.IsPublic = start.Add(time.Minute), start.Add(-time.Hour), false
	empty := record(whole.ID, "two", start)
	empty.Available = univaf.Unknown

	seq := write(t, s, func(tx *store.Tx) error {
		return errors.Join(tx.PutLocations([]univaf.Location{whole, bare}), tx.PutAvailability([]univaf.Availability{full, empty}))
	})
	got, at := snapshot(t, s)
	want := contents{
		Locations: map[string]univaf.Location{whole.ID: whole, bare.ID: bare},
		Availability: map[store.Key]univaf.Availability{
			{LocationID: whole.ID, Source: "one"}: full, {LocationID: whole.ID, Source: "two"}: empty,
		},
		Seqs: map[store.Key]int64{{LocationID: whole.ID, Source: "one"}: seq, {LocationID: whole.ID, Source: "two"}: seq},
	}
	if diff := cmp.Diff(want, got); diff != "" || at != seq {
		t.Errorf("snapshot at %d, want %d (-want +got):\n%s", at, seq, diff)
	}
	batches, head, err := s.ReadLog(context.Background(), s.Epoch(), 0)
	if err != nil || head != seq || len(batches) != 1 {
		t.Fatalf("log: %d batches up to %d, error %v", len(batches), head, err)
	}
	entries := []store.Entry{
		{Version: 1, Location: &whole}, {Version: 1, Location: &bare}, {Version: 1, Availability: &full}, {Version: 1, Availability: &empty},
	}
	bare.AddressLines = nil // JSON does not tell no lines from none
	if diff := cmp.Diff(entries, batches[0].Entries); diff != "" {
		t.Errorf("log entries (-want +got):\n%s", diff)
	}
}

func rollsBack(t *testing.T, e Engine) {
	s := open(t, e.New(t))
	broken := errors.New("broken")
	_, err := s.Write(context.Background(), func(tx *store.Tx) error {
		if err := tx.PutLocations([]univaf.Location{location("a", start)}); err != nil {
			return err
		}
		return broken
	})
	if !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
	if seq := write(t, s, func(*store.Tx) error { return nil }); seq != 0 {
		t.Errorf("a batch without writes has seq %d", seq)
	}
	if seq := write(t, s, func(tx *store.Tx) error { return tx.PutLocations([]univaf.Location{location("b", start)}) }); seq != 1 {
		t.Errorf("the first batch that was written has seq %d", seq)
	}
	got, _ := snapshot(t, s)
	if len(got.Locations) != 1 || got.Locations["b"].ID == "" {
		t.Errorf("locations %v, want b alone", got.Locations)
	}
}

func guards(t *testing.T, e Engine) {
	s := open(t, e.New(t))
	write(t, s, func(tx *store.Tx) error {
		return errors.Join(tx.PutLocations([]univaf.Location{location("a", start)}),
			tx.PutAvailability([]univaf.Availability{record("a", "x", start)}))
	})
	before, seq := snapshot(t, s)
	older := record("a", "x", start.Add(-time.Minute))
	older.Available = univaf.No
	for name, put := range map[string]func(*store.Tx) error{
		"older content": func(tx *store.Tx) error { return tx.PutAvailability([]univaf.Availability{older}) },
		"equal times":   func(tx *store.Tx) error { return tx.PutChecks([]univaf.Availability{record("a", "x", start)}) },
	} {
		if _, err := s.Write(context.Background(), put); err == nil || errors.Is(err, univaf.ErrUnavailable) {
			t.Errorf("%s: error %v, want a refusal", name, err)
		}
	}
	after, seqAfter := snapshot(t, s)
	if diff := cmp.Diff(before, after); diff != "" || seq != seqAfter {
		t.Errorf("something was written (-before +after):\n%s", diff)
	}
}

// writeMany commits n batches of one location each.
func writeMany(s *store.Store, prefix string, n int) error {
	for i := range n {
		id := fmt.Sprintf("%s-%03d", prefix, i)
		_, err := s.Write(context.Background(), func(tx *store.Tx) error {
			return tx.PutLocations([]univaf.Location{location(id, start)})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// checkLog reads the log from its start and compares it with the tables.
func checkLog(t *testing.T, s *store.Store, want int) {
	t.Helper()
	logged := map[string]bool{}
	for after, head := int64(0), int64(1); after < head; {
		batches, h, err := s.ReadLog(context.Background(), s.Epoch(), after)
		if err != nil {
			t.Fatalf("log after %d: %v", after, err)
		}
		for _, b := range batches {
			if b.Seq != after+1 {
				t.Fatalf("seq %d follows %d", b.Seq, after)
			}
			after = b.Seq
			for _, entry := range b.Entries {
				logged[entry.Location.ID] = true
			}
		}
		head = h
	}
	got, seq := snapshot(t, s)
	if len(logged) != want || len(got.Locations) != want || seq != int64(want) {
		t.Errorf("%d locations in the log, %d in the table, seq %d; want %d", len(logged), len(got.Locations), seq, want)
	}
}

func concurrentWriters(t *testing.T, e Engine) {
	url := e.New(t)
	const writers, each = 6, 20
	var running sync.WaitGroup
	for i := range writers {
		s := open(t, url) // connections of its own, as another process has
		running.Go(func() {
			if err := writeMany(s, fmt.Sprint("writer-", i), each); err != nil {
				t.Error(err)
			}
		})
	}
	running.Wait()
	checkLog(t, open(t, url), writers*each)
}

// childURL tells a child process of the test which database it shall write to.
const childURL = "UNIVAF_STORETEST_URL"

// Child is what the second process runs. A test of the package that calls Run calls
// it first in its TestMain.
func Child() {
	url := os.Getenv(childURL)
	if url == "" {
		return
	}
	s, err := store.Open(context.Background(), store.Options{URL: url, Now: time.Now})
	if err == nil {
		err = errors.Join(writeMany(s, "child", 30), s.Close())
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	os.Exit(0)
}

func twoProcesses(t *testing.T, e Engine) {
	url := e.New(t)
	s := open(t, url)
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childURL+"="+url)
	var said strings.Builder
	child.Stdout, child.Stderr = &said, &said
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if err := writeMany(s, "parent", 30); err != nil {
		t.Error(err)
	}
	if err := child.Wait(); err != nil {
		t.Fatalf("the other process: %v: %s", err, said.String())
	}
	checkLog(t, s, 60)
}

func wakes(t *testing.T, e Engine) {
	url := e.New(t)
	reader, writer := open(t, url), open(t, url)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	own, other := writer.Watch(ctx), reader.Watch(ctx)
	// The listening connection says hello once it stands, where there is one.
	if strings.HasPrefix(url, "postgres") {
		<-own
		<-other
	}
	write(t, writer, func(tx *store.Tx) error { return tx.PutLocations([]univaf.Location{location("a", start)}) })
	channels := map[string]<-chan struct{}{"the writer itself": own}
	if strings.HasPrefix(url, "postgres") {
		channels["another process"] = other
	}
	for who, c := range channels {
		select {
		case <-c:
		case <-time.After(10 * time.Second):
			t.Errorf("%s was not woken", who)
		}
	}
}

func trims(t *testing.T, e Engine) {
	s := open(t, e.New(t))
	if err := writeMany(s, "old", 3); err != nil {
		t.Fatal(err)
	}
	n, err := s.TrimLog(context.Background(), time.Now().Add(time.Minute))
	if err != nil || n != 3 {
		t.Fatalf("%d rows trimmed, error %v", n, err)
	}
	if _, _, err := s.ReadLog(context.Background(), s.Epoch(), 1); !errors.Is(err, store.ErrGap) {
		t.Errorf("a follower behind the gap: error %v", err)
	}
	if _, head, err := s.ReadLog(context.Background(), s.Epoch(), 3); err != nil || head != 3 {
		t.Errorf("a follower that is current: head %d, error %v", head, err)
	}
	if err := writeMany(s, "new", 1); err != nil {
		t.Fatal(err)
	}
	if batches, head, err := s.ReadLog(context.Background(), s.Epoch(), 3); err != nil || head != 4 || len(batches) != 1 {
		t.Errorf("after the next write: %d batches, head %d, error %v", len(batches), head, err)
	}
}

func epochs(t *testing.T, e Engine) {
	url := e.New(t)
	one, again, other := open(t, url), open(t, url), open(t, e.New(t))
	if one.Epoch() == "" || one.Epoch() != again.Epoch() || one.Epoch() == other.Epoch() {
		t.Errorf("epochs %q, %q and of another database %q", one.Epoch(), again.Epoch(), other.Epoch())
	}
	if _, _, err := one.ReadLog(context.Background(), other.Epoch(), 0); !errors.Is(err, store.ErrGap) {
		t.Errorf("a follower of another epoch: error %v", err)
	}
}

func concurrentOpens(t *testing.T, e Engine) {
	url := e.New(t)
	var running sync.WaitGroup
	for range 4 {
		running.Go(func() {
			s, err := store.Open(context.Background(), store.Options{URL: url, Now: time.Now})
			if err != nil {
				t.Error(err)
				return
			}
			_ = s.Close()
		})
	}
	running.Wait()
}

func newerRelease(t *testing.T, e Engine) {
	url := e.New(t)
	_ = open(t, url).Close()
	db := e.Raw(t, url)
	if _, err := db.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, TRUE)`); err != nil {
		t.Fatal(err)
	}
	_, err := store.Open(context.Background(), store.Options{URL: url, Now: time.Now})
	if !errors.Is(err, store.ErrRefused) || !strings.Contains(err.Error(), "newer release") {
		t.Errorf("error %v", err)
	}
}

func otherPurpose(t *testing.T, e Engine) {
	url := e.New(t)
	_ = open(t, url).Close()
	_, err := store.Open(context.Background(), store.Options{URL: url, Purpose: "demo", Now: time.Now})
	if !errors.Is(err, store.ErrRefused) || !strings.Contains(err.Error(), "holds real data, not demo") {
		t.Errorf("error %v", err)
	}
}

func lookups(t *testing.T, e Engine) {
	s := open(t, e.New(t))
	shared, own := univaf.ExternalID{System: "x", Value: "1"}, univaf.ExternalID{System: "x", Value: "2"}
	younger, older := location("a", start.Add(time.Hour), shared), location("b", start, shared, own)
	a := record("b", "src", start)
	write(t, s, func(tx *store.Tx) error {
		return errors.Join(tx.PutLocations([]univaf.Location{younger, older}), tx.PutAvailability([]univaf.Availability{a}))
	})
	write(t, s, func(tx *store.Tx) error {
		owners, err := tx.Owners([]univaf.ExternalID{shared, own, {System: "x", Value: "3"}})
		want := map[univaf.ExternalID][]string{shared: {"b", "a"}, own: {"b"}}
		if diff := cmp.Diff(want, owners); diff != "" || err != nil {
			t.Errorf("owners, error %v (-want +got):\n%s", err, diff)
		}
		found, err := tx.Locations([]string{"a", "b", "c"})
		younger.AddressLines, older.AddressLines = []string{}, []string{}
		if diff := cmp.Diff(map[string]univaf.Location{"a": younger, "b": older}, found); diff != "" || err != nil {
			t.Errorf("locations, error %v (-want +got):\n%s", err, diff)
		}
		key := store.Key{LocationID: "b", Source: "src"}
		known, err := tx.Known([]store.Key{key, {LocationID: "a", Source: "src"}})
		wantKnown := map[store.Key]store.Known{key: {ValidAt: start, CheckedAt: start, ChangedAt: start, Hash: a.Hash()}}
		if diff := cmp.Diff(wantKnown, known); diff != "" || err != nil {
			t.Errorf("known, error %v (-want +got):\n%s", err, diff)
		}
		return nil
	})
}

func rechecks(t *testing.T, e Engine) {
	url := e.New(t)
	s := open(t, url)
	var locations []univaf.Location
	var records []univaf.Availability
	for range 1000 {
		id := uuid.NewString()
		locations = append(locations, location(id, start))
		records = append(records, record(id, "x", start))
	}
	write(t, s, func(tx *store.Tx) error {
		return errors.Join(tx.PutLocations(locations), tx.PutAvailability(records))
	})
	for i := range records {
		records[i].CheckedAt = start.Add(time.Minute)
	}
	seq := write(t, s, func(tx *store.Tx) error { return tx.PutChecks(records) })

	db := e.Raw(t, url)
	var moved, size int
	if err := db.QueryRow(`SELECT count(*) FROM availability WHERE seq = $1`, seq).Scan(&moved); err != nil || moved != 0 {
		t.Errorf("%d content rows were touched, error %v", moved, err)
	}
	if err := db.QueryRow(`SELECT length(entries) FROM log WHERE seq = $1`, seq).Scan(&size); err != nil {
		t.Fatal(err)
	}
	t.Logf("the log row of 1,000 re-checks has %d bytes", size)
	if size > 25_000 {
		t.Errorf("the log row of 1,000 re-checks has %d bytes, want 25,000 at most", size)
	}
	batches, _, err := s.ReadLog(context.Background(), s.Epoch(), seq-1)
	if err != nil || len(batches) != 1 || len(batches[0].Entries) != 1 || len(batches[0].Entries[0].Checks.IDs) != 1000 {
		t.Errorf("log: %d batches, error %v; want one entry with 1,000 ids", len(batches), err)
	}
	got, _ := snapshot(t, s)
	for key, a := range got.Availability {
		if !a.CheckedAt.Equal(start.Add(time.Minute)) || !a.ChangedAt.Equal(start) || got.Seqs[key] != seq {
			t.Fatalf("%v: checked at %v, changed at %v, seq %d", key, a.CheckedAt, a.ChangedAt, got.Seqs[key])
		}
	}
}

// TempSQLite gives the URL of a file that is not there yet.
func TempSQLite(t *testing.T) string {
	return "sqlite:" + filepath.Join(t.TempDir(), "sub folder", "uni%vaf?.db")
}
