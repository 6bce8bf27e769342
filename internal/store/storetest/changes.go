package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/store"
)

// changes writes what happens to a place, one batch after another, and looks after each
// which of them changed last what everybody sees, and by which the place was last gone.
func changes(t *testing.T, e Engine) {
	url := e.New(t)
	s := open(t, url)
	l := location("a", start)
	at := func(minute int) time.Time { return start.Add(time.Duration(minute) * time.Minute) }
	put := func(tx *store.Tx) error { tx.PutLocations([]univaf.Location{l}); return nil }
	type seqs struct {
		Content int64
		Left    store.Departure
	}
	said := func(source string, minute int, public bool) univaf.Availability {
		a := record("a", source, at(minute))
		a.IsPublic = public
		return a
	}
	say := func(a univaf.Availability) func(*store.Tx) error {
		return func(tx *store.Tx) error { tx.PutAvailability([]univaf.Availability{a}); return nil }
	}
	move := func(minute int, change func()) func(*store.Tx) error {
		return func(tx *store.Tx) error {
			change()
			l.UpdatedAt = at(minute)
			return put(tx)
		}
	}
	for i, step := range []struct {
		what string
		f    func(*store.Tx) error
		want seqs
	}{
		{"it is created", put, seqs{1, store.Departure{}}},
		{"a source speaks", say(said("x", 1, true)), seqs{2, store.Departure{}}},
		{"one speaks that is hidden", say(said("y", 1, false)), seqs{2, store.Departure{}}},
		{"a source looks again", func(tx *store.Tx) error {
			tx.PutChecks([]univaf.Availability{said("x", 2, true)})
			return nil
		}, seqs{2, store.Departure{}}},
		{"one looks again and comes first", func(tx *store.Tx) error {
			tx.PutReorderings([]univaf.Availability{said("x", 3, true)})
			return nil
		}, seqs{5, store.Departure{}}},
		{"one looks again after that", func(tx *store.Tx) error {
			tx.PutChecks([]univaf.Availability{said("x", 4, true)})
			return nil
		}, seqs{5, store.Departure{}}},
		{"what one said is hidden", say(said("x", 5, false)), seqs{7, store.Departure{}}},
		{"what one says stays hidden", say(said("x", 6, false)), seqs{7, store.Departure{}}},
		{"its name changes", move(9, func() { l.Name = "B" }), seqs{9, store.Departure{}}},
		{"it goes to another state", move(10, func() { l.State = "NY" }), seqs{10, store.Departure{Seq: 10, At: at(10)}}},
		{"its name changes again", move(11, func() { l.Name = "C" }), seqs{11, store.Departure{Seq: 10, At: at(10)}}},
		{"it goes to another provider", move(12, func() { l.Provider = "kroger" }), seqs{12, store.Departure{Seq: 12, At: at(12)}}},
		{"it is hidden", move(13, func() { l.IsPublic = false }), seqs{13, store.Departure{Seq: 13, At: at(13)}}},
		{"it moves while it is hidden", move(14, func() { l.State = "NJ" }), seqs{14, store.Departure{Seq: 13, At: at(13)}}},
		{"it is shown again", move(15, func() { l.IsPublic = true }), seqs{15, store.Departure{Seq: 13, At: at(13)}}},
	} {
		if seq := write(t, s, step.f); seq != int64(i+1) {
			t.Fatalf("%s: entry %d", step.what, seq)
		}
		var got seqs
		if _, _, err := s.Snapshot(context.Background(), func(p store.Place) { got = seqs{p.ContentSeq, p.Left} }); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(step.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.what, diff)
		}
	} // Another process learns it from the log.
	other := open(t, url)
	batches, _, err := other.ReadLog(context.Background(), other.Epoch(), 3)
	if err != nil || len(batches) < 2 || batches[0].Entries[0].Checks.Reordered || !batches[1].Entries[0].Checks.Reordered {
		t.Errorf("the log tells of checks: %+v, error %v", batches, err)
	}
}
