package catalog_test

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/catalog"
	"getmyvax.org/univaf/internal/geo"
	"getmyvax.org/univaf/internal/store"
	"getmyvax.org/univaf/internal/vaccine"
	"getmyvax.org/univaf/internal/words"
)

// Whatever places there are and however they changed, a search finds what it should, in
// order, whole or in pages.
func TestSearching(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		log := newLog()
		c, stop := followUntil(log)
		defer stop()
		places := map[int]*univaf.Location{}
		for batch := range rapid.IntRange(1, 5).Draw(rt, "batches") {
			var entries []store.Entry
			for range rapid.IntRange(1, 6).Draw(rt, "entries") {
				n := rapid.IntRange(0, 12).Draw(rt, "place")
				if l := places[n]; l == nil || rapid.IntRange(0, 3).Draw(rt, "new facts") == 0 {
					places[n] = drawPlace(rt, n)
					entries = append(entries, store.Entry{Location: places[n]})
				}
				source := rapid.SampledFrom([]string{"s", "t"}).Draw(rt, "source")
				if rapid.IntRange(0, 4).Draw(rt, "said") > 0 {
					entries = append(entries, store.Entry{Availability: drawSaid(rt, places[n], source)})
				}
			}
			log.add(entries...)
			if rapid.Bool().Draw(rt, "keep up") {
				waitFor(rt, c, int64(batch+1))
			}
		}
		v := waitFor(rt, c, int64(len(log.batches)))
		s := catalog.Search{Filter: drawFilter(rt)}
		s.Order = rapid.SampledFrom([]catalog.Order{catalog.ByAge, catalog.ByDistance, catalog.BySoonest, catalog.ByName, catalog.ByUpdate}).Draw(rt, "order")
		if s.Near == nil && s.Order == catalog.ByDistance {
			s.Order = catalog.ByAge
		}
		checkSearch(rt, v, &s)
		checkSlots(rt, v, &s)
	})
}

func followUntil(log catalog.Log) (*catalog.Catalog, func()) {
	c := catalog.New(time.Now)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); c.Run(ctx, log, func(error) {}) }()
	return c, func() { cancel(); <-done }
}

func checkSearch(rt *rapid.T, v *catalog.View, s *catalog.Search) {
	type hit struct{ key, id string }
	var want []hit
	for r := range v.Locations(catalog.Query{Pick: catalog.Pick{Private: true}}) {
		if p := readPlain(rt, r); p.holds(&s.Filter) {
			want = append(want, hit{p.key(s), p.ID})
		}
	}
	slices.SortFunc(want, func(a, b hit) int { return cmp.Or(strings.Compare(a.key, b.key), strings.Compare(a.id, b.id)) })
	ids := func(list []hit) (ids []string) {
		for _, h := range list {
			ids = append(ids, h.id)
		}
		return ids
	}
	var got []string
	for m := range v.Find(s) {
		got = append(got, m.ID)
	}
	if diff := gocmp.Diff(ids(want), got); diff != "" {
		rt.Fatalf("%+v (-want +got):\n%s", s, diff)
	}
	var paged []string
	page := *s
	page.Most = rapid.IntRange(1, 3).Draw(rt, "page")
	for more := true; more; {
		more = false
		for m := range v.Find(&page) {
			paged = append(paged, m.ID)
			mark := m.SortMark
			page.After, more = &mark, true
			if len(paged)%page.Most == 0 {
				break
			}
		}
	}
	if diff := gocmp.Diff(got, paged); diff != "" {
		rt.Fatalf("%+v (-whole +in pages):\n%s", s, diff)
	}
}

func checkSlots(rt *rapid.T, v *catalog.View, s *catalog.Search) {
	type slot struct{ At, Day, ID string }
	var want []slot
	for r := range v.Locations(catalog.Query{Pick: catalog.Pick{Private: true}}) {
		p := readPlain(rt, r)
		if !p.holds(&s.Filter) {
			continue
		}
		for _, g := range p.wanted(&s.Filter) {
			for i, at := range g.openings {
				want = append(want, slot{at.UTC().Format(time.RFC3339), g.days[i], p.ID})
			}
		}
	}
	slices.SortFunc(want, func(a, b slot) int { return cmp.Or(strings.Compare(a.At, b.At), strings.Compare(a.ID, b.ID)) })
	want = slices.CompactFunc(want, func(a, b slot) bool { return a.At == b.At && a.ID == b.ID })
	page := *s
	page.Most = rapid.IntRange(1, 4).Draw(rt, "slots a page")
	var got []slot
	for {
		list := v.Slots(&page)
		if len(list) == 0 {
			break
		}
		for _, one := range list {
			at := time.Unix(one.SortMark.Key*60, 0).UTC().Format(time.RFC3339)
			got = append(got, slot{at, one.Date, one.ID})
			if one.Start != "" && !strings.HasPrefix(one.Start, one.Date) {
				rt.Fatalf("on %s starts %s", one.Date, one.Start)
			}
		}
		mark := list[len(list)-1].SortMark
		page.After = &mark
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		rt.Fatalf("%+v (-want +got):\n%s", s, diff)
	}
}

// Many places fill quads, so that these are taken apart; and many matches are not put in
// order one by one.
func TestSearchingAmongMany(t *testing.T) {
	const places = 4000
	random := rand.New(rand.NewPCG(1, 2))
	log := newLog()
	var entries []store.Entry
	all := map[string]*univaf.Location{}
	for n := range places {
		l := location(n, []string{"NJ", "NY"}[n%2])
		l.IsPublic = true
		l.Name = fmt.Sprintf("%s Pharmacy %d", []string{"CVS", "Rite Aid"}[n%2], n)
		l.Position = &univaf.Position{Longitude: -180 + 360*random.Float64(), Latitude: -90 + 180*random.Float64()}
		switch {
		case n < 60: // more than a quad should have, on one point
			l.Position = &univaf.Position{Longitude: -74.4, Latitude: 40.5}
		case n < 3000:
			l.Position = &univaf.Position{Longitude: -74.4 + random.NormFloat64()/2, Latitude: 40.5 + random.NormFloat64()/2}
		}
		entries = append(entries, store.Entry{Location: l})
		all[l.ID] = l
	}
	for i, p := range vaccine.Products { // each to be had at one place, and full at another
		for j, status := range []univaf.Status{univaf.Yes, univaf.No} {
			a := availability(entries[2*i+j].Location, "s", 0, status)
			a.Products = []string{p.Code}
			entries = append(entries, store.Entry{Availability: a})
		}
	}
	log.add(entries...)
	c, _ := follow(t, log)
	v := wait(t, c, 1)
	for i, p := range vaccine.Products {
		s := catalog.Search{Filter: catalog.Filter{Near: &univaf.Position{}, Products: []string{p.Code}}, Order: catalog.ByDistance}
		var found [2][]string
		for i, statuses := range [][]univaf.Status{nil, {univaf.Yes}} {
			s.Statuses = statuses
			for m := range v.Find(&s) {
				found[i] = append(found[i], m.ID)
			}
			slices.Sort(found[i])
		}
		have := []string{entries[2*i].Location.ID, entries[2*i+1].Location.ID}
		if diff := gocmp.Diff([2][]string{have, have[:1]}, found); diff != "" {
			t.Errorf("%s (-want +got):\n%s", p.Code, diff)
		}
	}
	near := univaf.Position{Longitude: -74.38, Latitude: 40.52}
	question, _ := words.Ask("pharm")
	for name, test := range map[string]struct {
		search catalog.Search
		want   func(l *univaf.Location) bool
	}{
		"nearest": {
			catalog.Search{Filter: catalog.Filter{Near: &near}, Order: catalog.ByDistance}, func(*univaf.Location) bool { return true },
		},
		"nearest in a radius": {
			catalog.Search{Filter: catalog.Filter{Near: &near, Radius: 30}, Order: catalog.ByDistance},
			func(l *univaf.Location) bool { return near.Distance(*l.Position) <= 30 },
		},
		"in a small radius by name": {
			catalog.Search{Filter: catalog.Filter{Near: &near, Radius: 10}, Order: catalog.ByName},
			func(l *univaf.Location) bool { return near.Distance(*l.Position) <= 10 },
		},
		"in a large radius by age": {
			catalog.Search{Filter: catalog.Filter{Near: &near, Radius: 800}},
			func(l *univaf.Location) bool { return near.Distance(*l.Position) <= 800 },
		},
		"in a box": {
			catalog.Search{Filter: catalog.Filter{Box: boxOf(-74.5, 40.4, -74.3, 40.6)}},
			func(l *univaf.Location) bool {
				return math.Abs(l.Position.Longitude+74.4) <= 0.1 && math.Abs(l.Position.Latitude-40.5) <= 0.1
			},
		},
		"in half the world": {
			catalog.Search{Filter: catalog.Filter{Box: boxOf(0, -90, 180, 90)}},
			func(l *univaf.Location) bool { return l.Position.Longitude >= 0 },
		},
		"by a word of all": {catalog.Search{Filter: catalog.Filter{Text: question}}, func(*univaf.Location) bool { return true }},
		"by a word of all near": {
			catalog.Search{Filter: catalog.Filter{Text: question, States: []string{"NY"}, Near: &near, Radius: 100}, Order: catalog.ByDistance},
			func(l *univaf.Location) bool { return l.State == "NY" && near.Distance(*l.Position) <= 100 },
		},
		"of two states": {
			catalog.Search{Filter: catalog.Filter{States: []string{"NY", "NJ"}}}, func(*univaf.Location) bool { return true },
		},
	} {
		var want []string
		for id, l := range all {
			if test.want(l) {
				want = append(want, id)
			}
		}
		slices.Sort(want) // also the order of age, here
		var got []string
		last := 0.0
		for m := range v.Find(&test.search) {
			got = append(got, m.ID)
			if test.search.Order == catalog.ByDistance {
				d := near.Distance(*all[m.ID].Position)
				if math.Abs(d-m.Kilometres) > 1e-4 || d < last-2e-4 {
					t.Fatalf("%s: %s is %v km away, not %v, behind one of %v", name, m.ID, d, m.Kilometres, last)
				}
				last = d
			}
		}
		if test.search.Order != catalog.ByAge {
			slices.Sort(got)
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func boxOf(west, south, east, north float64) *geo.Box {
	box := geo.NewBox(west, south, east, north)
	return &box
}
