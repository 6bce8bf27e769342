package ingest_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"getmyvax.org/univaf/internal/catalog"
	"getmyvax.org/univaf/internal/store"
)

// A reader is somebody who keeps a copy of what everybody sees by the changes.
type reader struct {
	query catalog.ChangeQuery
	copy  map[string]string
}

// read reads up to so many pages of what the view has that the reader has not.
func (r *reader) read(v *catalog.View, pages, most int) {
	for more := true; more && pages > 0; pages-- {
		var list []catalog.Change
		r.query.Most = most
		list, r.query.Position, more = v.Changes(r.query)
		for _, c := range list {
			if c.Record == nil {
				delete(r.copy, c.ID)
			} else {
				r.copy[c.ID] = string(c.Record.AppendJSON(nil, catalog.V1, catalog.Pick{}))
			}
		}
	}
}

var timesOfChecks = regexp.MustCompile(`"(valid_at|checked_at|stale_at|confidence)":"[^"]*"`)

// wanted is what the copy should be.
func (r *reader) wanted(v *catalog.View) map[string]string {
	f := r.query.ChangeFilter
	passes := func(list []string, value string) bool { return len(list) == 0 || slices.Contains(list, value) }
	all := map[string]string{}
	for record := range v.Locations(catalog.Query{}) {
		if passes(f.States, record.State) && passes(f.Providers, record.Provider) && passes(f.IDs, record.ID) {
			all[record.ID] = string(record.AppendJSON(nil, catalog.V1, catalog.Pick{}))
		}
	}
	return all
}

func (r *reader) check(t *rapid.T, v *catalog.View) {
	got, want := map[string]string{}, r.wanted(v)
	for id, text := range r.copy {
		got[id] = text
	}
	if !r.query.Checks {
		for _, list := range []map[string]string{got, want} {
			for id, text := range list {
				list[id] = timesOfChecks.ReplaceAllString(text, "$1")
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%+v (-want +got):\n%s", r.query, diff)
	}
}

// places are those that the test speaks of, with ids that no other round has.
func placeIDs(round int) (ids []string) {
	for i := range 4 {
		ids = append(ids, fmt.Sprintf("%08d-%04d-4000-8000-000000000000", round, i))
	}
	return ids
}

// words are what each source last said of each place.
type words map[string]string

// change sends a random update, seen at that minute, and gives the seq of its commit.
func (w words) change(t *testing.T, rt *rapid.T, d *desk, ids []string, minute int) int64 {
	id := rapid.SampledFrom(ids).Draw(rt, "place")
	at := noon.Add(time.Duration(minute) * time.Minute).Format(time.RFC3339)
	of := func(name string, values ...string) string { return rapid.SampledFrom(values).Draw(rt, name) }
	if of("kind", "facts", "said", "said", "said") == "facts" {
		r, _ := d.correct(t, fmt.Sprintf(`{"id":%q,"provider":%q,"name":%q,"state":%q,"is_public":%s}`,
			id, of("provider", "p", "q"), of("name", "N", "O"), of("state", "NJ", "NY", "CA"), of("public", "true", "true", "false")))
		return r.Seq
	}
	// Mostly a source says again what it said before, by which another may come first.
	source := of("source", "s", "t", "u")
	content := of("content", `"available":"YES"`, `"available":"YES","available_count":2`, `"available":"NO","products":["jj"]`, `"available":"UNKNOWN"`)
	content += `,"is_public":` + of("shown", "true", "true", "true", "false")
	if last, ok := w[id+source]; ok && of("again", "yes", "yes", "yes", "no") == "yes" {
		content = last
	}
	w[id+source] = content
	r, _ := d.submit(t, fmt.Sprintf(`{"id":%q,"provider":"p","name":"N","state":"NJ","availability":{"source":%q,"checked_at":%q,%s}}`,
		id, source, at, content))
	return r.Seq
}

// Whoever applies the changes has what a fresh reader has: with and without filters, over
// pages, replicas that lag and those that start anew.
func TestApplyingTheChangesGivesWhatThereIs(t *testing.T) {
	d := newDesk(t)
	followed := catalogOf(t, d.store)
	round, minute, seq := 0, 0, int64(0)
	rapid.Check(t, func(rt *rapid.T) {
		round++
		ids, w := placeIDs(round), words{}
		views := []*catalog.View{upTo(t, followed, seq)}
		// Some know everything up to now, others begin later.
		var readers []*reader
		join := func(v *catalog.View) {
			for _, f := range []catalog.ChangeFilter{
				{},
				{States: []string{"NJ"}},
				{Providers: []string{"q"}},
				{IDs: ids[:2]},
				{States: []string{"NJ", "NY"}, Providers: []string{"p"}},
				{States: []string{"NY"}, IDs: ids[1:]},
			} {
				for _, checks := range []bool{false, true} {
					r := &reader{query: catalog.ChangeQuery{ChangeFilter: f, Checks: checks}, copy: map[string]string{}}
					if rapid.Bool().Draw(rt, "from a dump") {
						r.copy, r.query.Position = r.wanted(v), v.End()
					} else {
						r.query.Position = v.Start()
					}
					readers = append(readers, r)
				}
			}
		}
		join(views[0])
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			for range rapid.IntRange(0, 3).Draw(rt, "changes") {
				minute += rapid.SampledFrom([]int{1, 1, 1, 1, 1, 8 * 24 * 60}).Draw(rt, "minutes")
				d.clock.minutes.Store(int64(minute))
				seq = max(seq, w.change(t, rt, d, ids, minute))
			}
			now := upTo(t, followed, seq)
			if rapid.IntRange(0, 4).Draw(rt, "start anew") == 0 {
				now = fresh(t, d.store, seq)
			}
			views = append(views, now)
			if rapid.IntRange(0, 9).Draw(rt, "join") == 0 {
				join(now)
			}
			// Each reads a little, of this view or an older one.
			for _, r := range readers {
				v := views[max(0, len(views)-1-rapid.IntRange(0, 2).Draw(rt, "lag"))]
				r.read(v, rapid.IntRange(0, 3).Draw(rt, "pages"), rapid.IntRange(1, 4).Draw(rt, "most"))
			}
		}
		for _, v := range []*catalog.View{upTo(t, followed, seq), fresh(t, d.store, seq)} {
			for _, r := range readers {
				r.read(v, 1000, 3)
				r.check(rt, v)
			}
		}
	})
}

func catalogOf(t *testing.T, s *store.Store) *catalog.Catalog {
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
	return c
}

// upTo gives the catalog's view as of the log entry.
func upTo(t *testing.T, c *catalog.Catalog, seq int64) *catalog.View {
	t.Helper()
	v := c.WaitFor(patience(t), seq)
	if v == nil || v.Seq < seq {
		t.Fatalf("the catalog does not reach %d", seq)
	}
	return v
}

// fresh gives the view of somebody who comes new.
func fresh(t *testing.T, s *store.Store, seq int64) *catalog.View {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	c, ended := catalog.New(time.Now), make(chan struct{})
	go func() {
		defer close(ended)
		c.Run(ctx, s, func(error) {})
	}()
	v := upTo(t, c, seq)
	cancel()
	<-ended
	return v
}

// A source that looks again changes what everybody sees only if another one comes first then.
func TestWhichChecksChangeWhatEverybodySees(t *testing.T) {
	// Each says, in turn, at a minute: source, minute, content.
	type saying struct {
		source  string
		minute  int
		content string
	}
	const yes, no, unknown, hidden = `"available":"YES"`, `"available":"NO"`, `"available":"UNKNOWN"`, `"available":"NO","is_public":false`
	for _, test := range []struct {
		name  string
		first []saying
		again saying // the same as before, later
		want  bool
	}{
		{"the only one", []saying{{"a", 1, yes}}, saying{"a", 2, yes}, false},
		{"the first one", []saying{{"b", 1, no}, {"a", 2, yes}}, saying{"a", 3, yes}, false},
		{"the second one, which stays it", []saying{{"b", 1, no}, {"a", 3, yes}}, saying{"b", 2, no}, false},
		{"the second one, which comes first", []saying{{"b", 1, no}, {"a", 2, yes}}, saying{"b", 3, no}, true},
		{"one that knows nothing", []saying{{"b", 1, unknown}, {"a", 2, yes}}, saying{"b", 3, unknown}, false},
		{"one that nobody sees", []saying{{"b", 1, hidden}, {"a", 2, yes}}, saying{"b", 3, hidden}, false},
		{"the first one, after which another is too old", []saying{{"b", 1, no}, {"a", 2, yes}}, saying{"a", 2 + 7*24*60, yes}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t)
			say := func(s saying) {
				t.Helper()
				must(t)(d.submit(t, fmt.Sprintf(`{"id":%q,%s,"availability":{"source":%q,"checked_at":%q,%s}}`,
					uuid1, facts, s.source, minute(s.minute).Format(time.RFC3339), s.content)))
			}
			seqs := func() (content, touched int64) {
				if _, _, err := d.store.Snapshot(context.Background(), func(p store.Place) { content, touched = p.ContentSeq, p.Seq }); err != nil {
					t.Fatal(err)
				}
				return content, touched
			}
			for _, s := range test.first {
				say(s)
			}
			before, _ := seqs()
			say(test.again)
			after, last := seqs()
			if last != int64(len(test.first)+1) {
				t.Fatalf("the check has the seq %d", last)
			}
			if got := after != before; got != test.want || got && after != last {
				t.Errorf("content of entry %d, then of %d; that it changed is to be %v", before, after, test.want)
			}
		})
	}
}
