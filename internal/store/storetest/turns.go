package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/store"
)

// turn is one at the place "a", some minutes after start.
func turn(minutes int, disease string, from, to univaf.Status) univaf.Turn {
	return univaf.Turn{LocationID: "a", At: start.Add(time.Duration(minutes) * time.Minute), Disease: disease, From: from, To: to, Source: "s"}
}

// putTurns commits each list as a batch and gives them as they are to be read: with Seq,
// the newest first.
func putTurns(t *testing.T, s *store.Store, batches ...[]univaf.Turn) (want []univaf.Turn) {
	t.Helper()
	for i, batch := range batches {
		seq := write(t, s, func(tx *store.Tx) error {
			tx.PutLocations([]univaf.Location{location("a", start.Add(time.Duration(i)*time.Hour))})
			tx.PutTurns(batch)
			return nil
		})
		for j := range batch {
			batch[j].Seq = seq
		}
		want = append(append([]univaf.Turn{}, batch...), want...)
	}
	return want
}

func keepsTurns(t *testing.T, e Engine) {
	s := open(t, e.New(t))
	count := int64(7)
	first, opened := turn(0, "covid_19", "", univaf.No), turn(10, "covid_19", univaf.No, univaf.Yes)
	opened.Count = &count
	all := putTurns(t, s,
		[]univaf.Turn{first, turn(0, "rsv", "", univaf.Yes)}, []univaf.Turn{opened, turn(10, "rsv", univaf.Yes, univaf.Unknown)},
		[]univaf.Turn{turn(30, "covid_19", univaf.Yes, univaf.No)})
	for _, test := range []struct {
		name string
		q    univaf.TurnQuery
		want []univaf.Turn
	}{
		{"all", univaf.TurnQuery{}, all},
		{"the first of them", univaf.TurnQuery{Most: 2}, all[:2]},
		{"what follows", univaf.TurnQuery{Most: 2, Before: univaf.TurnCursor{Seq: all[1].Seq, Disease: all[1].Disease}}, all[2:4]},
		{"a disease", univaf.TurnQuery{Disease: "rsv"}, []univaf.Turn{all[2], all[4]}},
		{"from one time to before another", univaf.TurnQuery{From: start.Add(10 * time.Minute), To: start.Add(30 * time.Minute)}, all[1:3]},
		{"another place", univaf.TurnQuery{LocationID: "b"}, nil},
	} {
		q := test.q
		if q.LocationID == "" {
			q.LocationID = "a"
		}
		if q.To.IsZero() {
			q.From, q.To = start, start.Add(time.Hour)
		}
		if q.Most == 0 {
			q.Most = 100
		}
		got, err := s.Turns(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", test.name, diff)
		}
	}
}

func sumsTurns(t *testing.T, e Engine) {
	s := open(t, e.New(t))
	putTurns(t, s,
		[]univaf.Turn{turn(0, "covid_19", "", univaf.Yes), turn(0, "rsv", "", univaf.Yes)},
		[]univaf.Turn{turn(10, "covid_19", univaf.Yes, univaf.No)}, []univaf.Turn{turn(20, "covid_19", univaf.No, univaf.Yes)},
		[]univaf.Turn{turn(50, "covid_19", univaf.Yes, univaf.No), turn(50, "mmr", univaf.Unknown, univaf.No)})
	for _, test := range []struct {
		name     string
		from, to int
		disease  string
		want     []univaf.TurnSum
	}{
		{"all", 0, 60, "", []univaf.TurnSum{
			{Disease: "covid_19", Turns: 4, Openings: 1, Open: 40 * time.Minute}, {Disease: "mmr", Turns: 1}, {Disease: "rsv", Turns: 1, Open: time.Hour},
		}},
		{"what was open before counts from the start", 5, 30, "", []univaf.TurnSum{
			{Disease: "covid_19", Turns: 2, Openings: 1, Open: 15 * time.Minute}, {Disease: "rsv", Open: 25 * time.Minute},
		}},
		{"what was closed before does not", 12, 15, "covid_19", []univaf.TurnSum{{Disease: "covid_19"}}},
		{"before anything was known", -20, -10, "", nil},
	} {
		q := univaf.TurnQuery{
			LocationID: "a", Disease: test.disease,
			From: start.Add(time.Duration(test.from) * time.Minute), To: start.Add(time.Duration(test.to) * time.Minute),
		}
		got, err := s.SumTurns(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", test.name, diff)
		}
	}
}

func addsOpenings(t *testing.T, e Engine) {
	s := open(t, e.New(t))
	hour, _ := univaf.Hour(start, time.UTC) // noon, on a Monday
	in := func(after, ahead int64, state, provider, disease string) store.Opening {
		return store.Opening{Hour: hour + after, Ahead: ahead, State: state, Provider: provider, Disease: disease}
	}
	for i, counts := range []map[store.Opening]int64{
		{in(0, -5, "NJ", "p", "covid_19"): 2, in(0, -6, "TX", "p", "rsv"): 1},
		{in(0, -5, "NJ", "p", "covid_19"): 3, in(1, -5, "NJ", "q", "rsv"): 4, in(0, 11, "FM", "p", "rsv"): 6, in(0, 12, "MH", "p", "rsv"): 7},
		{in(7*24, -5, "NJ", "p", "covid_19"): 10},
	} {
		write(t, s, func(tx *store.Tx) error {
			tx.PutLocations([]univaf.Location{location("a", start.Add(time.Duration(i)*time.Hour))})
			tx.AddOpenings(counts)
			return nil
		})
	}
	check := func(name string, q univaf.OpeningQuery, want univaf.OpeningCounts) {
		t.Helper()
		if q.From.IsZero() {
			q.From = start
		}
		got, err := s.Openings(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
	check("all", univaf.OpeningQuery{}, univaf.OpeningCounts{0: {6: 1, 7: 15, 8: 4, 23: 6}, 1: {0: 7}})
	check("a state", univaf.OpeningQuery{State: "NJ"}, univaf.OpeningCounts{0: {7: 15, 8: 4}})
	check("a provider and a disease", univaf.OpeningQuery{Provider: "p", Disease: "rsv"}, univaf.OpeningCounts{0: {6: 1, 23: 6}, 1: {0: 7}})
	check("later", univaf.OpeningQuery{From: start.Add(time.Hour)}, univaf.OpeningCounts{0: {7: 10, 8: 4}})

	n, err := s.TrimOpenings(context.Background(), start.Add(time.Hour))
	if err != nil || n != 4 {
		t.Errorf("%d rows trimmed, error %v", n, err)
	}
	check("after trimming", univaf.OpeningQuery{}, univaf.OpeningCounts{0: {7: 10, 8: 4}})
}

func trimsTurns(t *testing.T, e Engine) {
	s := open(t, e.New(t))
	all := putTurns(t, s, []univaf.Turn{turn(0, "rsv", "", univaf.Yes)}, []univaf.Turn{turn(10, "rsv", univaf.Yes, univaf.No)})
	n, err := s.TrimTurns(context.Background(), start.Add(10*time.Minute))
	if err != nil || n != 1 {
		t.Errorf("%d turns trimmed, error %v", n, err)
	}
	got, err := s.Turns(context.Background(), univaf.TurnQuery{LocationID: "a", From: start, To: start.Add(time.Hour), Most: 9})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(all[:1], got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
