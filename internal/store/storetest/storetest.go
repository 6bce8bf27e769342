// Package storetest is the conformance suite of the store: what every database must
// do. It is run on each of them by the tests of package store.
package storetest

import (
	"context"
	"database/sql"
	"path/filepath"
	"sync"
	"testing"
	"time"

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
		{"snapshots taken while others write are of one moment", snapshots},
		{"the log is trimmed and tells of its gap", trims},
		{"another database is told apart by its epoch", epochs},
		{"many may open an empty database at once", concurrentOpens},
		{"a database of a newer release is refused", newerRelease},
		{"a database for another purpose is refused", otherPurpose},
		{"a re-check touches only its small row", rechecks},
		{"it is known what changed last for everybody", changes},
		{"the last runs of each source are kept", keepsRuns},
		{"turns of statuses are kept", keepsTurns},
		{"turns are summed up", sumsTurns},
		{"openings are added up by the hour of the week", addsOpenings},
		{"old turns are trimmed", trimsTurns},
		{"pauses of sources are kept as long as they last", keepsPauses},
		{"the log is read by spans, whatever the clock did", readsLogBySpan},
		{"much of the log is trimmed in parts", trimsMuch},
		{"one process has a lock", locks},
		{"it is known what is archived", keepsMarks},
		{"runs of a span of time are given", givesRunsOfASpan},
		{"keys are kept, and so is that they were revoked", keepsKeys},
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
	Seqs         map[string]int64 // of the locations, by id
}

func snapshot(t *testing.T, s *store.Store) (contents, int64) {
	t.Helper()
	c := contents{map[string]univaf.Location{}, map[store.Key]univaf.Availability{}, map[string]int64{}}
	var mu sync.Mutex
	add := func(p store.Place) {
		mu.Lock()
		defer mu.Unlock()
		if _, again := c.Locations[p.Location.ID]; again {
			t.Errorf("%s came twice", p.Location.ID)
		}
		c.Locations[p.Location.ID], c.Seqs[p.Location.ID] = p.Location, p.Seq
		for _, a := range p.Records {
			c.Availability[store.Key{LocationID: a.LocationID, Source: a.Source}] = a
		}
	}
	epoch, seq, err := s.Snapshot(context.Background(), add, add, add)
	if err != nil {
		t.Fatal(err)
	}
	if epoch != s.Epoch() {
		t.Errorf("the snapshot is of epoch %q, the store's is %q", epoch, s.Epoch())
	}
	return c, seq
}

// TempSQLite gives the URL of a file that is not there yet.
func TempSQLite(t *testing.T) string {
	return "sqlite:" + filepath.Join(t.TempDir(), "sub folder", "uni%vaf?.db")
}
