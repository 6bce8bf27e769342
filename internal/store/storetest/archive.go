package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/store"
)

// openAt opens a database whose clock the test sets.
func openAt(t *testing.T, url string, now *time.Time) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), store.Options{URL: url, Now: func() time.Time { return *now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// writeAt commits a batch at each of the times.
func writeAt(t *testing.T, s *store.Store, now *time.Time, times ...time.Time) {
	t.Helper()
	for _, at := range times {
		*now = at
		write(t, s, func(tx *store.Tx) error {
			tx.PutLocations([]univaf.Location{location("a", start)})
			return nil
		})
	}
}

func readsLogBySpan(t *testing.T, e Engine) {
	var now time.Time
	s := openAt(t, e.New(t), &now)
	ctx := context.Background()
	if got, err := s.LogExtent(ctx); err != nil || got != (store.LogExtent{Epoch: s.Epoch(), First: 1}) {
		t.Errorf("an empty log: %+v, %v", got, err)
	}
	if got, err := s.LastBefore(ctx, start); got != 0 || err != nil {
		t.Errorf("the last entry of an empty log: %d, %v", got, err)
	}
	hour := func(n int) time.Time { return start.Add(time.Duration(n) * time.Hour) }
	writeAt(t, s, &now, hour(1), hour(2), hour(9), hour(3), hour(4)) // the clock was set back after the third
	for n, want := range map[int]int64{0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 5, 10: 5} {
		if got, err := s.LastBefore(ctx, hour(n)); got != want || err != nil {
			t.Errorf("the last entry before the %dth hour is %d, not %d (%v)", n, got, want, err)
		}
	}
	read := func(after, through int64) (seqs []int64, err error) {
		err = s.EachBatch(ctx, after, through, func(b store.Batch) error {
			if len(b.Entries) != 1 || b.Entries[0].Location.ID != "a" {
				t.Errorf("entries: %+v", b.Entries)
			}
			seqs = append(seqs, b.Seq)
			return nil
		})
		return seqs, err
	}
	if got, err := read(1, 4); err != nil || !cmp.Equal(got, []int64{2, 3, 4}) {
		t.Errorf("batches %v, %v", got, err)
	}
	if n, err := s.TrimLogThrough(ctx, 2, hour(20)); n != 2 || err != nil {
		t.Errorf("%d rows trimmed, %v", n, err)
	}
	if n, err := s.TrimLogThrough(ctx, 5, hour(3)); n != 0 || err != nil {
		t.Errorf("%d rows trimmed that are not old, %v", n, err)
	}
	if got, err := s.LogExtent(ctx); err != nil || got != (store.LogExtent{Epoch: s.Epoch(), Head: 5, First: 3, Since: hour(9)}) {
		t.Errorf("a trimmed log: %+v, %v", got, err)
	}
	if _, err := read(1, 4); !errors.Is(err, store.ErrGap) {
		t.Errorf("what is gone: %v", err)
	}
	if _, err := read(4, 7); !errors.Is(err, store.ErrGap) {
		t.Errorf("what is yet to come: %v", err)
	}
	stop := errors.New("stop")
	if err := s.EachBatch(ctx, 2, 5, func(store.Batch) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("error %v", err)
	}
}

func trimsMuch(t *testing.T, e Engine) {
	var now time.Time
	s := openAt(t, e.New(t), &now)
	var times []time.Time
	for n := range 603 { // more than goes at a time
		times = append(times, start.Add(time.Duration(n)*time.Second))
	}
	writeAt(t, s, &now, times...)
	if n, err := s.TrimLog(context.Background(), start.Add(601*time.Second)); n != 601 || err != nil {
		t.Errorf("%d rows trimmed, %v", n, err)
	}
}

func locks(t *testing.T, e Engine) {
	url := e.New(t)
	s, other := open(t, url), open(t, url)
	ctx := context.Background()
	unlock, ok, err := s.Lock(ctx, "one")
	if !ok || err != nil {
		t.Fatalf("ok: %v, error %v", ok, err)
	}
	if _, ok, err := other.Lock(ctx, "one"); ok || err != nil {
		t.Errorf("a lock that another has: %v, error %v", ok, err)
	}
	if another, ok, err := other.Lock(ctx, "two"); !ok || err != nil {
		t.Errorf("another lock: %v, error %v", ok, err)
	} else {
		another()
	}
	unlock()
	if unlock, ok, err := other.Lock(ctx, "one"); !ok || err != nil {
		t.Errorf("a lock that was let go: %v, error %v", ok, err)
	} else {
		unlock()
	}
}

func keepsMarks(t *testing.T, e Engine) {
	s := open(t, e.New(t))
	ctx := context.Background()
	for _, seq := range []int64{0, 7, 12} {
		if seq > 0 {
			if err := s.SetArchived(ctx, "s3://a", seq); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := s.Archived(ctx, "s3://a"); got != seq || err != nil {
			t.Errorf("archived up to %d, not %d (%v)", got, seq, err)
		}
	}
	if got, err := s.Archived(ctx, "s3://b"); got != 0 || err != nil {
		t.Errorf("another archive: %d, %v", got, err)
	}
}

func givesRunsOfASpan(t *testing.T, e Engine) {
	s := open(t, e.New(t))
	ctx := context.Background()
	for source, hours := range map[string][]int{"b": {1, 3}, "a": {0, 2, 4}} {
		for _, h := range hours {
			at := start.Add(time.Duration(h) * time.Hour)
			if err := s.AddRun(ctx, univaf.Run{Source: source, Start: at, End: at.Add(time.Minute)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	runs, err := s.RunsBetween(ctx, start.Add(time.Hour), start.Add(4*time.Hour))
	var got []string
	for _, r := range runs {
		got = append(got, r.Source+r.Start.Sub(start).String())
	}
	if err != nil || !cmp.Equal(got, []string{"a2h0m0s", "b1h0m0s", "b3h0m0s"}) {
		t.Errorf("%v, %v", got, err)
	}
}
