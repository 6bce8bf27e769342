package catalog_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"getmyvax.org/univaf/internal/catalog"
	"getmyvax.org/univaf/internal/store"
)

// read gives what is told behind the position, as seq, number of the place and a minus if
// it is gone, in pages of most.
func read(v *catalog.View, q catalog.ChangeQuery, most int) (told []string, pages int) {
	for more := true; more; pages++ {
		var list []catalog.Change
		q.Most = most
		list, q.Position, more = v.Changes(q)
		for _, c := range list {
			sign := ""
			if c.Record == nil {
				sign = "-"
			}
			told = append(told, fmt.Sprintf("%d:%s%.8s", c.Seq, sign, c.ID))
		}
	}
	return told, pages
}

// However many changes there are that are not asked for, a page looks at some only, and
// the next one goes on there.
func TestAPageOfChangesLooksAtSomeOnly(t *testing.T) {
	const n = 12_000
	log := newLog()
	put := func(first, n int, state string) {
		var entries []store.Entry
		for i := range n {
			l := location(first+i, state)
			l.IsPublic = true
			entries = append(entries, store.Entry{Location: l})
		}
		log.add(entries...)
	}
	put(n, 1, "CA")
	put(0, n, "NJ")
	put(0, n, "NY")
	c, _ := follow(t, log)
	v := wait(t, c, 3)
	q := catalog.ChangeQuery{ChangeFilter: catalog.ChangeFilter{States: []string{"NJ"}}}
	told, pages := read(v, q, 2*n)
	if len(told) != n || pages != 1 {
		t.Errorf("%d are told to be gone on %d pages, want %d", len(told), pages, n)
	}
	q.Position = v.Start()
	if told, pages := read(v, q, 10); len(told) != 0 || pages != 1 {
		t.Errorf("to one who knew none of them %d are told on %d pages", len(told), pages)
	}
	put(n+1, 1, "NJ")
	put(n+2, n, "WA")
	v = wait(t, c, 5)
	q.Position = v.Start()
	if told, pages := read(v, q, 10); len(told) != 1 || pages != 2 {
		t.Errorf("%v are told on %d pages, want one on the first of two", told, pages)
	}
}

func TestTwoOrdersOfChanges(t *testing.T) {
	log := newLog()
	a, b := location(1, "NJ"), location(2, "NJ")
	check := func(minute int, reordered bool) store.Entry {
		at := start.Add(time.Duration(minute) * time.Minute)
		return store.Entry{Checks: &store.Checks{Source: "s", ValidAt: at, CheckedAt: at, Reordered: reordered, IDs: []string{a.ID}}}
	}
	log.add(store.Entry{Location: b}, store.Entry{Location: a}, store.Entry{Availability: availability(a, "s", 0, "YES")})
	log.add(store.Entry{Availability: availability(b, "s", 0, "YES")})
	log.add(check(1, false))
	c, _ := follow(t, log)
	v := wait(t, c, 3)
	for _, test := range []struct {
		name   string
		checks bool
		after  catalog.Mark
		want   []string
	}{
		{"the start", false, catalog.Mark{}, []string{"1:00000001", "2:00000002"}},
		{"the start, with checks", true, catalog.Mark{}, []string{"2:00000002", "3:00000001"}},
		{"behind one", false, catalog.Mark{Seq: 1, ID: a.ID}, []string{"2:00000002"}},
		{"between two of one entry", false, catalog.Mark{Seq: 1, ID: "00000000"}, []string{"1:00000001", "2:00000002"}},
		{"behind all", false, v.End().After, nil},
		{"a check", true, catalog.Mark{Seq: 2, ID: catalog.LastID}, []string{"3:00000001"}},
		{"a check that is not asked for", false, catalog.Mark{Seq: 2, ID: catalog.LastID}, nil},
		{"what this view does not have yet", true, catalog.Mark{Seq: 9}, nil},
	} {
		for _, filter := range []catalog.ChangeFilter{{}, {IDs: ids(1, 2, 3)}} {
			for most := range 2 {
				q := catalog.ChangeQuery{ChangeFilter: filter, Checks: test.checks, Position: catalog.Position{After: test.after}}
				got, _ := read(v, q, most+1)
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("%s, %d a page, %v (-want +got):\n%s", test.name, most+1, filter, diff)
				}
			}
		}
	}
	log.add(check(2, true))
	if got, _ := read(wait(t, c, 4), catalog.ChangeQuery{Position: catalog.Position{After: v.End().After}}, 9); !cmp.Equal(got, []string{"4:00000001"}) {
		t.Errorf("after a check that changes the order: %v", got)
	}
}

// Who is told that a place is gone, or need not be.
func TestTombstones(t *testing.T) {
	log := newLog()
	put := func(n int, state string, public bool) {
		l := location(n, state)
		l.IsPublic = public
		log.add(store.Entry{Location: l})
	}
	put(1, "NJ", true)
	put(2, "NJ", true)
	put(3, "NY", false)
	c, _ := follow(t, log)
	lagging := wait(t, c, 3)
	put(1, "NJ", false) // entry 4
	put(2, "NY", true)
	put(3, "NJ", false)
	v := wait(t, c, 6)
	nj, behind := catalog.ChangeFilter{States: []string{"NJ"}}, func(seq int64, id string) catalog.Position {
		return catalog.Position{After: catalog.Mark{Seq: seq, ID: id}}
	}
	for _, test := range []struct {
		name   string
		filter catalog.ChangeFilter
		at     catalog.Position
		want   []string
	}{
		{"to who knew them", catalog.ChangeFilter{}, behind(3, ""), []string{"4:-00000001", "5:00000002"}},
		{"to who knew those of a state", nj, behind(3, ""), []string{"4:-00000001", "5:-00000002"}},
		{"to who has heard of one", nj, behind(4, ids(1)[0]), []string{"5:-00000002"}},
		{"to who has heard of all", nj, behind(5, ids(2)[0]), nil},
		{"to who knew single ones", catalog.ChangeFilter{IDs: ids(1, 3)}, behind(3, ""), []string{"4:-00000001"}},
		{"to who has heard of a single one", catalog.ChangeFilter{IDs: ids(1, 3)}, behind(4, ids(1)[0]), nil},
		{"to who knew a single one of a state", catalog.ChangeFilter{IDs: ids(2), States: []string{"NJ"}}, behind(3, ""), []string{"5:-00000002"}},
		{"to who begins", nj, v.Start(), nil},
		{"to who began before", nj, catalog.Position{After: catalog.Mark{Seq: 1}, Known: 4}, []string{"5:-00000002"}},
	} {
		if got, _ := read(v, catalog.ChangeQuery{ChangeFilter: test.filter, Position: test.at}, 1); !cmp.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
	// Who began with what there is now and then sees an older view, sees what is gone now.
	q := catalog.ChangeQuery{Position: v.Start(), Most: 1}
	_, q.Position, _ = lagging.Changes(q)
	if got, _ := read(v, q, 9); !cmp.Equal(got, []string{"4:-00000001", "5:00000002"}) {
		t.Errorf("after a view that lags: %v", got)
	}
}

func TestWhatLeftLongAgoIsForgotten(t *testing.T) {
	log := newLog()
	put := func(n, hour int, public bool) {
		l := location(n, "NJ")
		l.IsPublic, l.UpdatedAt = public, start.Add(time.Duration(hour)*time.Hour)
		log.add(store.Entry{Location: l})
	}
	put(1, 0, true)
	put(2, 0, true)
	put(1, 1, false) // entry 3
	put(2, 3, false)
	put(3, 4, true)
	c, _ := follow(t, log)
	v := wait(t, c, 5)
	for _, test := range []struct {
		after, known int64
		hour         int
		want         bool
	}{
		{2, 0, 1, false},
		{2, 0, 2, true},
		{3, 0, 2, false},
		{3, 0, 3, false},
		{3, 0, 4, true},
		{4, 0, 9, false},
		{0, 5, 9, false},
		{0, 4, 9, false},
		{0, 3, 4, true},
		{0, 3, 3, false},
		{4, 1, 9, false},
	} {
		p := catalog.Position{After: catalog.Mark{Seq: test.after, ID: catalog.LastID}, Known: test.known}
		if got := v.Forgotten(p, start.Add(time.Duration(test.hour)*time.Hour)); got != test.want {
			t.Errorf("%+v: %v", test, got)
		}
	}
}
