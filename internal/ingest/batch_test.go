package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/ingest"
	"getmyvax.org/univaf/internal/store"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// ended is a context that is over, so that Run writes what is waiting and returns.
func ended() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// answer is what a caller gets.
type answer struct {
	Result ingest.Result
	Err    error
}

// together submits updates as one batch, as far as they fit, and gives the answers.
// The Ingester ends.
func together(t testing.TB, g *ingest.Ingester, updates []ingest.Update) []answer {
	t.Helper()
	var waiting []*ingest.Pending
	for _, u := range updates {
		p, err := g.Enqueue(context.Background(), u)
		if err != nil {
			t.Fatal(err)
		}
		waiting = append(waiting, p)
	}
	g.Run(ended())
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var answers []answer
	for _, p := range waiting {
		r, err := p.Wait(ctx)
		answers = append(answers, answer{r, err})
	}
	return answers
}

func sameAnswers(t *testing.T, want, got []answer) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateErrors()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestUpdatesInOneBatchSeeEachOther(t *testing.T) {
	d := &desk{store: openStore(t)}
	correct := func(text string) ingest.Update {
		u := decode(t, text)
		u.UpdateLocation = true
		return u
	}
	answers := together(t, ingest.New(d.store, follow(t, d.store), d.clock.now), []ingest.Update{
		decode(t, `{"id":"`+uuid1+`","external_ids":[["a","1"]],`+facts+`,`+said("YES", 0, 0)+`}`),
		decode(t, `{"external_ids":[["a","1"],["b","2"]],`+said("NO", 0, 0)+`}`),
		decode(t, `{"external_ids":[["b","2"]],`+said("NO", 2, 3)+`}`),
		decode(t, `{"external_ids":[["b","2"]],`+said("NO", 2, 4)+`}`),
		correct(`{"external_ids":[["b","2"]],"name":"New"}`),
		correct(`{"external_ids":[["a","1"]],"name":"New","city":"Camden"}`),
		decode(t, `{"id":"`+uuid2+`","external_ids":[["b","2"],["npi_usa","9"]],`+facts+`}`),
		decode(t, `{"id":"`+uuid3+`",`+facts+`}`),
		decode(t, `{"id":"`+uuid3+`","external_ids":[["a","1"]],`+said("YES", 1, 1)+`}`),
		decode(t, `{"external_ids":[["c","1"]],"name":"half"}`),
	})
	var last univaf.FieldErrors
	if !errors.As(answers[9].Err, &last) {
		t.Fatalf("the last one got %v", answers[9])
	}
	sameAnswers(t, []answer{
		{ingest.Result{ID: uuid1, Location: ingest.Created, Availability: ingest.Created, Seq: 1}, nil},
		{ingest.Result{ID: uuid1, Location: ingest.Updated, Availability: ingest.OutOfDate, Seq: 1}, nil},
		{ingest.Result{ID: uuid1, Location: ingest.Unchanged, Availability: ingest.Updated, Seq: 1}, nil},
		{ingest.Result{ID: uuid1, Location: ingest.Unchanged, Availability: ingest.Unchanged, Seq: 1}, nil},
		{ingest.Result{ID: uuid1, Location: ingest.Updated, Seq: 1}, nil},
		{ingest.Result{ID: uuid1, Location: ingest.Updated, Seq: 1}, nil},
		// Its b:2 is the first place's, so that is what it means.
		{ingest.Result{ID: uuid1, Location: ingest.Updated, Seq: 1}, nil},
		{ingest.Result{ID: uuid3, Location: ingest.Created, Seq: 1}, nil},
		{ingest.Result{
			ID: uuid3, Location: ingest.Unchanged, Availability: ingest.Created, Seq: 1,
			Warnings: []string{`external id "a:1" is location ` + uuid1 + `'s and was not added to ` + uuid3},
		}, nil},
	}, answers[:9])
	want := place(uuid1, id("a", "1"), id("b", "2"), id("npi_usa", "9"))
	want.Name, want.City = "New", "Camden"
	holds(t, d.store, []univaf.Location{want, place(uuid3)},
		[]univaf.Availability{kept(uuid1, univaf.No, 2, 4, 2), kept(uuid3, univaf.Yes, 1, 1, 1)})
}

// Followers of the log are told of each record once, as it is in the end.
func TestABatchLogsWhatItComesTo(t *testing.T) {
	update := func(report string) ingest.Update { return decode(t, `{"id":"`+uuid1+`",`+facts+`,`+report+`}`) }
	location, changed := place(uuid1), kept(uuid1, univaf.No, 3, 4, 3)
	for _, test := range []struct {
		name  string
		batch []ingest.Update
		want  []store.Entry
	}{
		{
			"re-checks",
			[]ingest.Update{update(said("YES", 1, 1)), update(said("YES", 1, 2))},
			[]store.Entry{{Version: 1, Checks: &store.Checks{Source: "s", ValidAt: minute(1), CheckedAt: minute(2), IDs: []string{uuid1}}}},
		},
		{
			"a re-check and a change",
			[]ingest.Update{update(said("YES", 1, 1)), update(said("NO", 3, 4))},
			[]store.Entry{{Version: 1, Availability: &changed}},
		},
		{
			"a change and a re-check",
			[]ingest.Update{update(said("NO", 3, 3)), update(said("NO", 3, 4))},
			[]store.Entry{{Version: 1, Availability: &changed}},
		},
		{"what is out of date", []ingest.Update{update(said("NO", -1, 3)), update(said("YES", 0, 0))}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := openStore(t)
			together(t, ingest.New(s, follow(t, s), (&clock{}).now), []ingest.Update{update(said("YES", 0, 0))})
			together(t, ingest.New(s, follow(t, s), (&clock{}).now), test.batch)
			first := kept(uuid1, univaf.Yes, 0, 0, 0)
			want := [][]store.Entry{{{Version: 1, Location: &location}, {Version: 1, Availability: &first}}}
			if test.want != nil {
				want = append(want, test.want)
			}
			batches, _, err := s.ReadLog(context.Background(), s.Epoch(), 0)
			if err != nil {
				t.Fatal(err)
			}
			var got [][]store.Entry
			for _, b := range batches {
				got = append(got, b.Entries)
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// many gives updates of n places, of which those in bad carry the id bad:1.
func many(t *testing.T, n int, bad ...int) []ingest.Update {
	var updates []ingest.Update
	for i := range n {
		system := "a"
		if slices.Contains(bad, i) {
			system = "bad"
		}
		updates = append(updates, decode(t, fmt.Sprintf(`{"id":"00000000-0000-4000-8000-%012d","external_ids":[[%q,"%d"]],%s}`, i, system, i, facts)))
	}
	return updates
}

func TestUpToAThousandShareACommit(t *testing.T) {
	s := openStore(t)
	answers := together(t, ingest.New(s, follow(t, s), (&clock{}).now), many(t, 1500))
	seqs := map[int64]int{}
	for _, a := range answers {
		if a.Err != nil || a.Result.Location != ingest.Created {
			t.Fatalf("got %v", a)
		}
		seqs[a.Result.Seq]++
	}
	same(t, map[int64]int{1: 1000, 2: 500}, seqs)
}

// errData is how the writer refuses data.
var errData = errors.New("this data can't be stored")

// picky is a Writer that refuses batches in which an update has an id of system bad.
type picky struct {
	*store.Store
	refuse  atomic.Bool
	commits atomic.Int64
}

func (w *picky) Write(ctx context.Context, f func(*store.Tx) error) (int64, error) {
	w.refuse.Store(false)
	seq, err := w.Store.Write(ctx, func(tx *store.Tx) error {
		if err := f(tx); err != nil {
			return err
		}
		if w.refuse.Load() {
			return errData
		}
		return nil
	})
	if w.refuse.Load() {
		return 0, errData
	}
	w.commits.Add(1)
	return seq, err
}

// reader lets w see which ids a batch asks for.
func (w *picky) reader(r ingest.Reader) ingest.Reader {
	return func(ctx context.Context, epoch string, seq int64) (ingest.Picture, error) {
		p, err := r(ctx, epoch, seq)
		return watched{p, w}, err
	}
}

type watched struct {
	ingest.Picture
	by *picky
}

func (p watched) Holders(id univaf.ExternalID) []string {
	if id.System == "bad" {
		p.by.refuse.Store(true)
	}
	return p.Picture.Holders(id)
}

func TestABadUpdateFailsAlone(t *testing.T) {
	for _, test := range []struct {
		name    string
		n       int
		bad     []int
		commits int64
	}{
		{"none", 9, nil, 1},
		{"the first", 8, []int{0}, 3},
		{"the last", 8, []int{7}, 3},
		{"in the middle of an odd number", 13, []int{6}, 3},
		{"alone", 1, []int{0}, 0},
		{"two far apart", 16, []int{2, 13}, 6},
		{"two neighbours", 4, []int{1, 2}, 2},
		{"all", 3, []int{0, 1, 2}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := &picky{Store: openStore(t)}
			updates := many(t, test.n, test.bad...)
			var good []univaf.Location
			for i, a := range together(t, ingest.New(w, w.reader(follow(t, w.Store)), (&clock{}).now), updates) {
				if slices.Contains(test.bad, i) {
					sameAnswers(t, []answer{{Err: errData}}, []answer{a})
					continue
				}
				sameAnswers(t, []answer{{Result: ingest.Result{ID: updates[i].ID, Location: ingest.Created, Seq: a.Result.Seq}}}, []answer{a})
				good = append(good, place(updates[i].ID, updates[i].ExternalIDs...))
			}
			holds(t, w.Store, good, nil)
			if got := w.commits.Load(); got != test.commits {
				t.Errorf("%d commits, want %d", got, test.commits)
			}
		})
	}
}

// While the batch is halved, updates of one place keep their order.
func TestHalvingKeepsTheOrder(t *testing.T) {
	w := &picky{Store: openStore(t)}
	answers := together(t, ingest.New(w, w.reader(follow(t, w.Store)), (&clock{}).now), []ingest.Update{
		decode(t, `{"id":"`+uuid1+`",`+facts+`,`+said("YES", 0, 0)+`}`),
		decode(t, `{"id":"`+uuid2+`","external_ids":[["bad","1"]],`+facts+`}`),
		decode(t, `{"id":"`+uuid1+`",`+said("NO", 1, 1)+`}`),
		decode(t, `{"id":"`+uuid1+`",`+said("YES", 0, 9)+`}`),
	})
	sameAnswers(t, []answer{
		{ingest.Result{ID: uuid1, Location: ingest.Created, Availability: ingest.Created, Seq: 1}, nil},
		{ingest.Result{}, errData},
		{ingest.Result{ID: uuid1, Location: ingest.Unchanged, Availability: ingest.Updated, Seq: 2}, nil},
		{ingest.Result{ID: uuid1, Location: ingest.Unchanged, Availability: ingest.OutOfDate, Seq: 2}, nil},
	}, answers)
	holds(t, w.Store, []univaf.Location{place(uuid1)}, []univaf.Availability{kept(uuid1, univaf.No, 1, 1, 1)})
}

// flaky is a Writer that can be down.
type flaky struct {
	*store.Store
	down  atomic.Bool
	calls atomic.Int64
}

func (w *flaky) Write(ctx context.Context, f func(*store.Tx) error) (int64, error) {
	w.calls.Add(1)
	if w.down.Load() {
		return 0, fmt.Errorf("%w: nobody answers", univaf.ErrUnavailable)
	}
	return w.Store.Write(ctx, f)
}

func TestWhileTheDatabaseIsDownAllAreToldSo(t *testing.T) {
	w := &flaky{Store: openStore(t)}
	w.down.Store(true)
	answers := together(t, ingest.New(w, follow(t, w.Store), (&clock{}).now), many(t, 5))
	sameAnswers(t, slices.Repeat([]answer{{Err: univaf.ErrUnavailable}}, 5), answers)
	if got := w.calls.Load(); got != 1 {
		t.Errorf("it was tried %d times; halving is of no use", got)
	}
	holds(t, w.Store, nil, nil)
}

func TestTheSameUpdateMayBeGivenAgain(t *testing.T) {
	w := &flaky{Store: openStore(t)}
	g := ingest.New(w, follow(t, w.Store), (&clock{}).now)
	run(t, g)
	update := decode(t, `{"id":"`+uuid1+`",`+facts+`,`+said("YES", 0, 0)+`}`)
	w.down.Store(true)
	if _, err := g.Submit(patience(t), update); !errors.Is(err, univaf.ErrUnavailable) {
		t.Fatalf("got error %v", err)
	}
	w.down.Store(false)
	got := must(t)(g.Submit(patience(t), update))
	same(t, ingest.Result{ID: uuid1, Location: ingest.Created, Availability: ingest.Created, Seq: 1}, got)
}

func TestAClosedDatabaseIsUnavailable(t *testing.T) {
	d := newDesk(t)
	_ = d.store.Close()
	if _, err := d.submit(t, `{"id":"`+uuid1+`",`+facts+`}`); !errors.Is(err, univaf.ErrUnavailable) {
		t.Errorf("got error %v", err)
	}
}

func TestRunWritesWhatIsWaitingBeforeItEnds(t *testing.T) {
	s := openStore(t)
	g := ingest.New(s, follow(t, s), (&clock{}).now)
	answers := together(t, g, many(t, 3))
	var want []answer
	for i := range 3 {
		want = append(want, answer{Result: ingest.Result{ID: fmt.Sprintf("00000000-0000-4000-8000-%012d", i), Location: ingest.Created, Seq: 1}})
	}
	sameAnswers(t, want, answers)

	_, err := g.Submit(patience(t), many(t, 1)[0])
	if !errors.Is(err, univaf.ErrUnavailable) {
		t.Errorf("after the end: got error %v", err)
	}
	if _, err := g.Enqueue(patience(t), many(t, 1)[0]); !errors.Is(err, univaf.ErrUnavailable) {
		t.Errorf("after the end: got error %v", err)
	}
}

func TestCallersNeedNotWaitForEver(t *testing.T) {
	s := openStore(t)
	g := ingest.New(s, follow(t, s), (&clock{}).now) // and nobody runs it
	update := many(t, 1)[0]
	p, err := g.Enqueue(context.Background(), update)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Wait(ended()); !errors.Is(err, context.Canceled) {
		t.Errorf("Wait: got error %v", err)
	}
	for range 1999 { // fills the queue
		if _, err := g.Enqueue(context.Background(), update); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := g.Enqueue(ended(), update); !errors.Is(err, context.Canceled) {
		t.Errorf("Enqueue: got error %v", err)
	}
	// One that was given up on is written all the same.
	g.Run(ended())
	if got, err := p.Wait(patience(t)); err != nil || got.Location != ingest.Created {
		t.Errorf("got %v, %v", got, err)
	}
}

// genUpdates gives updates of a few places that have much to do with each other.
// Every %s in them is to be replaced, so that one run does not meet another's places.
var genUpdates = rapid.Custom(func(t *rapid.T) []string {
	var list []string
	ids := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{`["a","1%s"]`, `["a","2%s"]`, `["b","1%s"]`, `["npi_usa","1%s"]`}), 0, 3, rapid.ID[string])
	for range rapid.IntRange(1, 8).Draw(t, "updates") {
		members := []string{`"external_ids":[` + strings.Join(ids.Draw(t, "external_ids"), ",") + `]`}
		if n := rapid.IntRange(0, 4).Draw(t, "id"); n > 0 || strings.HasSuffix(members[0], "[]") {
			members = append(members, fmt.Sprintf(`"id":"%08d-%%s"`, n))
		}
		if rapid.IntRange(0, 4).Draw(t, "complete") > 0 {
			members = append(members, `"provider":"p","state":"NJ"`)
		}
		members = append(members, rapid.SampledFrom([]string{`"name":"N"`, `"name":"O"`, `"name":null`, `"city":"C"`}).Draw(t, "fact"))
		if rapid.Bool().Draw(t, "has availability") {
			times := rapid.IntRange(0, 3)
			status := rapid.SampledFrom([]string{"YES", "NO"}).Draw(t, "available")
			members = append(members, said(status, times.Draw(t, "valid_at"), times.Draw(t, "checked_at")))
		}
		list = append(list, "{"+strings.Join(members, ",")+"}")
	}
	return list
})

// outcome is what came of updates: answers, places and records, with names in the order of their appearance for ids.
type outcome struct {
	Answers   []answer
	Locations map[string]univaf.Location
	Records   map[store.Key]univaf.Availability
}

func outcomeOf(t *rapid.T, s *store.Store, answers []answer) outcome {
	names := map[string]string{}
	var pairs []string
	for _, a := range answers {
		if id := a.Result.ID; id != "" && names[id] == "" {
			names[id] = fmt.Sprintf("place %d", len(names))
			pairs = append(pairs, id, names[id])
		}
	}
	replacer := strings.NewReplacer(pairs...)
	out := outcome{Locations: map[string]univaf.Location{}, Records: map[store.Key]univaf.Availability{}}
	for _, a := range answers {
		r := a.Result
		r.ID, r.Seq = names[r.ID], 0
		r.Warnings = slices.Clone(r.Warnings)
		for i := range r.Warnings {
			r.Warnings[i] = replacer.Replace(r.Warnings[i])
		}
		out.Answers = append(out.Answers, answer{r, a.Err})
	}
	all := contents{map[string]univaf.Location{}, map[store.Key]univaf.Availability{}}
	if _, _, err := s.Snapshot(context.Background(), all.add); err != nil {
		t.Fatal(err)
	}
	for id, name := range names {
		if l, ok := all.Locations[id]; ok {
			l.ID = name
			out.Locations[name] = l
		}
	}
	for key, a := range all.Records {
		if name := names[key.LocationID]; name != "" {
			key.LocationID, a.LocationID = name, name
			out.Records[key] = a
		}
	}
	return out
}

// Whether updates come in one batch or one by one must not matter to anybody.
func TestABatchDoesWhatItsUpdatesDoOneByOne(t *testing.T) {
	batches, singles := openStore(t), openStore(t)
	one := ingest.New(singles, follow(t, singles), (&clock{}).now)
	picture := follow(t, batches)
	run(t, one)
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		suffix := fmt.Sprintf("0000-4000-8000-%012d", round)
		var updates []ingest.Update
		for _, text := range genUpdates.Draw(rt, "updates") {
			u := decode(t, strings.ReplaceAll(text, "%s", suffix))
			u.UpdateLocation = rapid.Bool().Draw(rt, "update_location")
			updates = append(updates, u)
		}
		inBatch := together(t, ingest.New(batches, picture, (&clock{}).now), updates)
		seqs := map[int64]bool{}
		for _, a := range inBatch {
			if a.Result.Seq != 0 {
				seqs[a.Result.Seq] = true
			}
		}
		if len(seqs) > 1 {
			rt.Fatalf("it took %d commits", len(seqs))
		}
		got := outcomeOf(rt, batches, inBatch)
		var answers []answer
		for _, u := range updates {
			r, err := one.Submit(context.Background(), u)
			answers = append(answers, answer{r, err})
		}
		want := outcomeOf(rt, singles, answers)
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmp.Comparer(func(a, b error) bool { return fmt.Sprint(a) == fmt.Sprint(b) })); diff != "" {
			rt.Fatalf("-one by one +batch:\n%s", diff)
		}
	})
}
