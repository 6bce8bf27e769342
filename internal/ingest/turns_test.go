package ingest_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/ingest"
	"getmyvax.org/univaf/internal/store"
	"getmyvax.org/univaf/internal/vaccine"
)

// reportOf gives an update of the place in which a source says something.
func reportOf(id, source string, checked int, members string) string {
	return fmt.Sprintf(`{"id":"%s",%s,"availability":{"source":"%s","checked_at":"%s",%s}}`,
		id, facts, source, univaf.FormatTime(minute(checked)), members)
}

// turnsOf gives all turns of a place, the oldest first, as "minute disease from>to (count) source".
func turnsOf(t testing.TB, s *store.Store, id string) (list []string) {
	t.Helper()
	turns, err := s.Turns(context.Background(), univaf.TurnQuery{LocationID: id, From: minute(-1), To: minute(1e6), Most: 1e6})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortStableFunc(turns, func(a, b univaf.Turn) int { return cmp.Compare(a.Seq, b.Seq) })
	for _, turn := range turns {
		count := "?"
		if turn.Count != nil {
			count = fmt.Sprint(*turn.Count)
		}
		list = append(list, fmt.Sprintf("%v %s %s>%s (%s) %s", turn.At.Sub(noon).Minutes(), turn.Disease, turn.From, turn.To, count, turn.Source))
	}
	return list
}

func TestTurnsAreKept(t *testing.T) {
	const yes, no, unknown = `"available":"YES"`, `"available":"NO"`, `"available":"UNKNOWN"`
	one := func(source string, checked int, members string) string {
		return reportOf(uuid1, source, checked, members)
	}
	for _, test := range []struct {
		name    string
		batches [][]string // one each minute
		want    []string
	}{
		{
			"to and fro",
			[][]string{{one("a", 0, yes)}, {one("a", 1, no)}, {one("a", 2, yes+`,"available_count":3`)}},
			[]string{"0 covid_19 >YES (?) a", "1 covid_19 YES>NO (0) a", "2 covid_19 NO>YES (3) a"},
		},
		{"what stays so", [][]string{{one("a", 0, yes)}, {one("a", 1, yes)}, {one("a", 2, yes+`,"available_count":3`)}}, []string{"0 covid_19 >YES (?) a"}},
		{"unknown is nothing new", [][]string{{one("a", 0, unknown)}, {one("a", 1, no)}}, []string{"1 covid_19 UNKNOWN>NO (0) a"}},
		{
			"of each disease",
			[][]string{
				{one("a", 0, `"capacity":[{"date":"2021-11-02","products":["flu"],"available_count":2},{"date":"2021-11-02","products":["pfizer"],"available_count":0}]`)},
				{one("a", 1, `"capacity":[{"date":"2021-11-02","products":["flu"],"available_count":1},{"date":"2021-11-02","products":["pfizer"],"available_count":4}]`)},
				{one("a", 2, yes)},
			},
			[]string{"0 covid_19 >NO (0) a", "0 influenza >YES (2) a", "1 covid_19 NO>YES (4) a", "2 influenza YES>UNKNOWN (?) a"},
		},
		{"a batch turns once at most", [][]string{{one("a", 0, yes)}, {one("a", 1, no), one("a", 2, yes)}, {one("a", 3, yes), one("a", 4, no)}}, []string{
			"0 covid_19 >YES (?) a", "2 covid_19 YES>NO (0) a",
		}},
		{
			"of two that think otherwise, who only looks again turns nothing",
			[][]string{{one("a", 0, yes)}, {one("b", 1, no)}, {one("a", 2, yes)}, {one("b", 3, no)}, {one("a", 4, yes+`,"available_count":1`)}},
			[]string{"0 covid_19 >YES (?) a", "1 covid_19 YES>NO (0) b", "4 covid_19 NO>YES (1) a"},
		},
		{
			"unless the other one has been silent for a day",
			[][]string{{one("b", 0, no)}, {one("a", 1, yes)}, {one("b", 1441, no)}, {one("b", 1442, no)}},
			[]string{"0 covid_19 >NO (0) b", "1 covid_19 NO>YES (?) a", "3 covid_19 YES>NO (0) b"},
		},
		{
			"a report that is hidden is not there",
			[][]string{{one("a", 0, yes+`,"is_public":false`)}, {one("a", 1, no)}, {one("a", 2, no+`,"is_public":false`)}, {one("a", 3, yes+`,"is_public":false`)}},
			[]string{"1 covid_19 >NO (0) a", "2 covid_19 NO>UNKNOWN (?) a"},
		},
		{
			"one of two becomes hidden",
			[][]string{{one("a", 0, yes), one("b", 1, no)}, {one("b", 2, no+`,"is_public":false`)}},
			[]string{"0 covid_19 >NO (0) b", "1 covid_19 NO>YES (?) a"},
		},
		{
			"who was alone looks again in the batch that brings another's old word",
			[][]string{{one("a", 0, yes)}, {one("a", 15000, yes), one("b", 4, no)}},
			[]string{"0 covid_19 >YES (?) a"},
		},
		{"what is out of date turns nothing", [][]string{{one("a", 9, yes)}, {one("a", 1, no)}}, []string{"0 covid_19 >YES (?) a"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, c := openStore(t), &clock{}
			for i, batch := range test.batches {
				c.minutes.Store(int64(i))
				var updates []ingest.Update
				for _, text := range batch {
					updates = append(updates, decode(t, text))
				}
				for _, a := range together(t, ingest.New(s, follow(t, s), c.now), updates) {
					if a.Err != nil {
						t.Fatal(a.Err)
					}
				}
			}
			if diff := gocmp.Diff(test.want, turnsOf(t, s, uuid1)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// Whatever is sent, the turns add up to what sources say in the end.
func TestTurnsAddUpToWhatIsSaid(t *testing.T) {
	d := newDesk(t)
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		id := fmt.Sprintf("11111111-1111-4111-8111-%012d", round)
		saying := rapid.SampledFrom([]string{
			`"available":"YES"`, `"available":"NO"`, `"available":"UNKNOWN"`, `"available":"YES","products":["flu"]`, `"available":"NO","is_public":false`,
			`"capacity":[{"date":"2021-11-02","products":["flu"],"available_count":2},{"date":"2021-11-02","products":["pfizer"],"available_count":0}]`,
		})
		source := rapid.SampledFrom([]string{"a", "b", "c"})
		var waiting []*ingest.Pending
		for i := range rapid.IntRange(1, 12).Draw(rt, "updates") {
			at := i * rapid.SampledFrom([]int{1, 1, 1, 5000}).Draw(rt, "minutes")
			u, err := d.Read([]byte(reportOf(id, source.Draw(rt, "source"), at, saying.Draw(rt, "says"))), false)
			if err != nil {
				rt.Fatal(err)
			}
			p, err := d.Enqueue(context.Background(), u)
			if err != nil {
				rt.Fatal(err)
			}
			if waiting = append(waiting, p); rapid.Bool().Draw(rt, "wait") {
				_, _ = p.Wait(context.Background())
			}
		}
		for _, p := range waiting {
			if _, err := p.Wait(context.Background()); err != nil {
				rt.Fatal(err)
			}
		}
		var words []vaccine.Word
		if _, _, err := d.store.Snapshot(context.Background(), func(p store.Place) {
			if p.Location.ID == id {
				for _, a := range p.Records {
					if a.IsPublic {
						words = append(words, vaccine.WordOf(&a))
					}
				}
			}
		}); err != nil {
			rt.Fatal(err)
		}
		want := map[string]univaf.Status{}
		if words = vaccine.Settle(words); len(words) > 0 {
			for turn := range vaccine.Together(words).Statuses().Turns(0) {
				want[turn.Disease] = turn.To
			}
		}
		turns, err := d.store.Turns(context.Background(), univaf.TurnQuery{LocationID: id, From: minute(-1), To: minute(1e6), Most: 1e6})
		if err != nil {
			rt.Fatal(err)
		}
		got := map[string]univaf.Status{}
		for i := len(turns) - 1; i >= 0; i-- {
			turn := &turns[i]
			if before := got[turn.Disease]; before != turn.From && (before != "" || turn.From != univaf.Unknown) {
				rt.Fatalf("it was %q and turns from %q: %+v", before, turn.From, turn)
			}
			got[turn.Disease] = turn.To
			if turn.To == univaf.Unknown {
				delete(got, turn.Disease)
			}
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			rt.Fatalf("-said +turned:\n%s", diff)
		}
	})
}

func TestOpeningsAreCountedByTheClockOfThePlace(t *testing.T) {
	s, c := openStore(t), &clock{}
	send := func(text string) {
		t.Helper()
		if a := together(t, ingest.New(s, follow(t, s), c.now), []ingest.Update{decode(t, text)}); a[0].Err != nil {
			t.Fatal(a[0].Err)
		}
		c.minutes.Add(1)
	}
	in := func(text, place string) string { return strings.Replace(text, facts, place, 1) }
	const (
		elPaso  = `"provider":"p","name":"N","state":"TX","postal_code":"79901"` // Denver's time, UTC-6 on 1 November
		houston = `"provider":"p","name":"N","state":"TX"`                       // Chicago's, UTC-5
		hidden  = `"provider":"p","name":"N","state":"TX","is_public":false`
	)
	for i, place := range []string{elPaso, houston, hidden} {
		id := []string{uuid1, uuid2, uuid3}[i]
		send(in(reportOf(id, "a", 0, `"available":"YES"`), place)) // it may have been so for long
		for round := range 2 {
			send(in(reportOf(id, "a", 2*round+1, `"available":"NO"`), place))
			send(in(reportOf(id, "a", 2*round+2, `"available":"YES"`), place))
		}
	}
	send(in(reportOf(uuid2, "a", 9, `"available":"YES","products":["flu"]`), houston))
	want := univaf.OpeningCounts{0: {6: 2, 7: 3}} // 1 November 2021 was a Monday
	for _, test := range []struct {
		name string
		q    univaf.OpeningQuery
		want univaf.OpeningCounts
	}{
		{"all", univaf.OpeningQuery{}, want},
		{"the state", univaf.OpeningQuery{State: "TX", Provider: "p"}, want},
		{"another state", univaf.OpeningQuery{State: "NJ"}, univaf.OpeningCounts{}},
		{"another provider", univaf.OpeningQuery{Provider: "q"}, univaf.OpeningCounts{}},
		{"a disease", univaf.OpeningQuery{Disease: "influenza"}, univaf.OpeningCounts{0: {7: 1}}},
		{"later", univaf.OpeningQuery{From: noon.Add(time.Hour)}, univaf.OpeningCounts{}},
	} {
		if test.q.From.IsZero() {
			test.q.From = noon
		}
		got, err := s.Openings(context.Background(), test.q)
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", test.name, diff)
		}
	}
}
