package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/ingest"
	"getmyvax.org/univaf/internal/store"
)

// said gives the members of a report by source s: its status and, in minutes after
// noon, its times.
func said(status string, validAt, checkedAt int) string {
	return fmt.Sprintf(`"availability":{"source":"s","available":%q,"valid_at":%q,"checked_at":%q}`,
		status, univaf.FormatTime(minute(validAt)), univaf.FormatTime(minute(checkedAt)))
}

func kept(id string, status univaf.Status, validAt, checkedAt, changedAt int) univaf.Availability {
	return univaf.Availability{
		LocationID: id, Source: "s", Available: status, IsPublic: true,
		ValidAt: minute(validAt), CheckedAt: minute(checkedAt), ChangedAt: minute(changedAt),
	}
}

func TestFirstSightingCreatesALocation(t *testing.T) {
	d := newDesk(t)
	got := must(t)(d.submit(t, `{"external_ids":[["a","1"],["npi_usa","7"]],`+facts+`,"is_public":false,`+said("YES", 0, 1)+`}`))
	same(t, ingest.Result{ID: got.ID, Location: ingest.Created, Availability: ingest.Created, Seq: 1}, got)
	if len(got.ID) != 36 {
		t.Errorf("its id is %q", got.ID)
	}
	want := place(got.ID, id("a", "1"), id("npi_usa", "7"))
	want.IsPublic = false
	holds(t, d.store, []univaf.Location{want}, []univaf.Availability{kept(got.ID, univaf.Yes, 0, 1, 0)})
}

func TestUnknownUUIDCreatesALocationWithThatID(t *testing.T) {
	d := newDesk(t)
	got := must(t)(d.submit(t, `{"id":"`+uuid1+`",`+facts+`}`))
	same(t, ingest.Result{ID: uuid1, Location: ingest.Created, Seq: 1}, got)
	holds(t, d.store, []univaf.Location{place(uuid1)}, nil)
}

func TestLocationWithSharedIDsAloneIsWarnedOf(t *testing.T) {
	d := newDesk(t)
	const text = `{"external_ids":[["vtrcks","1"],["npi_usa","2"]],` + facts + `}`
	first, second := must(t)(d.submit(t, text)), must(t)(d.submit(t, text))
	warnings := []string{"none of the external ids is this location's alone: the next update like this one will create another location"}
	same(t, ingest.Result{ID: first.ID, Location: ingest.Created, Warnings: warnings, Seq: 1}, first)
	same(t, ingest.Result{ID: second.ID, Location: ingest.Created, Warnings: warnings, Seq: 2}, second)
	ids := []univaf.ExternalID{id("vtrcks", "1"), id("npi_usa", "2")}
	holds(t, d.store, []univaf.Location{place(first.ID, ids...), place(second.ID, ids...)}, nil)
}

func TestIncompleteLocationsAreRefusedWhole(t *testing.T) {
	const missing = "is required to create a location"
	for _, test := range []struct {
		name, in string
		want     univaf.FieldErrors
	}{
		{"no name", `"provider":"p","state":"NJ"`, univaf.FieldErrors{{Pointer: "/name", Message: missing}}},
		{"a blank name", `"provider":"p","state":"NJ","name":" "`, univaf.FieldErrors{{Pointer: "/name", Message: missing}}},
		{"no provider", `"name":"N","state":"NJ"`, univaf.FieldErrors{{Pointer: "/provider", Message: missing}}},
		{"no state", `"name":"N","provider":"p","state":null`, univaf.FieldErrors{{Pointer: "/state", Message: missing}}},
		{"nothing", `"city":"Camden"`, univaf.FieldErrors{
			{Pointer: "/name", Message: missing}, {Pointer: "/provider", Message: missing}, {Pointer: "/state", Message: missing},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t)
			got, err := d.submit(t, `{"external_ids":[["a","1"]],`+test.in+`,`+said("YES", 0, 0)+`}`)
			same(t, ingest.Result{}, got)
			var errs univaf.FieldErrors
			if !errors.As(err, &errs) {
				t.Fatalf("got error %v", err)
			}
			same(t, test.want, errs)
			holds(t, d.store, nil, nil)
		})
	}
}

// One after another, what became of reports of one source.
func TestReports(t *testing.T) {
	type step struct {
		report string
		action ingest.Action
		seq    int64
		want   univaf.Availability
	}
	for _, test := range []struct {
		name  string
		steps []step
	}{
		{"new content at a newer valid_at changes then", []step{
			{said("NO", 5, 5), ingest.Updated, 2, kept(uuid1, univaf.No, 5, 5, 5)},
		}},
		{"new content at the same valid_at changes at checked_at", []step{
			{said("NO", 0, 5), ingest.Updated, 2, kept(uuid1, univaf.No, 0, 5, 5)},
		}},
		{"the same content moves the times alone", []step{
			{said("YES", 0, 5), ingest.Unchanged, 2, kept(uuid1, univaf.Yes, 0, 5, 0)},
			{said("YES", 6, 7), ingest.Unchanged, 3, kept(uuid1, univaf.Yes, 6, 7, 0)},
		}},
		{"there and back is two changes", []step{
			{said("NO", 5, 5), ingest.Updated, 2, kept(uuid1, univaf.No, 5, 5, 5)},
			{said("YES", 6, 7), ingest.Updated, 3, kept(uuid1, univaf.Yes, 6, 7, 6)},
		}},
		{"the same again is out of date", []step{
			{said("YES", 0, 1), ingest.OutOfDate, 0, kept(uuid1, univaf.Yes, 0, 1, 0)},
		}},
		{"other content at the same times is out of date", []step{
			{said("NO", 0, 1), ingest.OutOfDate, 0, kept(uuid1, univaf.Yes, 0, 1, 0)},
		}},
		{"older valid_at is out of date, though looked at later", []step{
			{said("NO", -1, 9), ingest.OutOfDate, 0, kept(uuid1, univaf.Yes, 0, 1, 0)},
		}},
		{"newer valid_at that was looked at before is out of date", []step{
			{said("NO", 1, 0), ingest.OutOfDate, 0, kept(uuid1, univaf.Yes, 0, 1, 0)},
		}},
		{"after what was out of date, the next is judged against what is kept", []step{
			{said("NO", -1, 9), ingest.OutOfDate, 0, kept(uuid1, univaf.Yes, 0, 1, 0)},
			{said("NO", 0, 2), ingest.Updated, 2, kept(uuid1, univaf.No, 0, 2, 2)},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t)
			must(t)(d.submit(t, `{"id":"`+uuid1+`",`+facts+`,`+said("YES", 0, 1)+`}`))
			for _, step := range test.steps {
				got := must(t)(d.submit(t, `{"id":"`+uuid1+`",`+step.report+`}`))
				same(t, ingest.Result{ID: uuid1, Location: ingest.Unchanged, Availability: step.action, Seq: step.seq}, got)
				holds(t, d.store, []univaf.Location{place(uuid1)}, []univaf.Availability{step.want})
			}
		})
	}
}

func TestSourcesDoNotMeddleWithEachOther(t *testing.T) {
	d := newDesk(t)
	must(t)(d.submit(t, `{"id":"`+uuid1+`",`+facts+`,`+said("YES", 5, 5)+`}`))
	got := must(t)(d.submit(t, `{"id":"`+uuid1+`","availability":{"source":"other","available":"NO","checked_at":"2021-10-01"}}`))
	same(t, ingest.Result{ID: uuid1, Location: ingest.Unchanged, Availability: ingest.Created, Seq: 2}, got)
	other := kept(uuid1, univaf.No, 0, 0, 0)
	other.Source = "other"
	other.ValidAt = time.Date(2021, 10, 1, 0, 0, 0, 0, time.UTC)
	other.CheckedAt, other.ChangedAt = other.ValidAt, other.ValidAt
	holds(t, d.store, []univaf.Location{place(uuid1)}, []univaf.Availability{kept(uuid1, univaf.Yes, 5, 5, 5), other})
}

func TestFactsChangeOnlyOnRequest(t *testing.T) {
	d := newDesk(t)
	must(t)(d.submit(t, `{"id":"`+uuid1+`",`+facts+`,"city":"Camden","meta":{"a":1}}`))
	d.clock.minutes.Store(5)
	const change = `{"id":"` + uuid1 + `","name":"New","city":null,"meta":{"b":2}}`
	want := place(uuid1)
	want.City, want.Meta = "Camden", []byte(`{"a":1}`)

	got := must(t)(d.submit(t, change))
	same(t, ingest.Result{ID: uuid1, Location: ingest.Unchanged}, got)
	holds(t, d.store, []univaf.Location{want}, nil)

	got = must(t)(d.correct(t, change))
	same(t, ingest.Result{ID: uuid1, Location: ingest.Updated, Seq: 2}, got)
	want.Name, want.City, want.Meta, want.UpdatedAt = "New", "", []byte(`{"a":1,"b":2}`), minute(5)
	holds(t, d.store, []univaf.Location{want}, nil)

	d.clock.minutes.Store(6)
	got = must(t)(d.correct(t, change))
	same(t, ingest.Result{ID: uuid1, Location: ingest.Unchanged}, got)
	holds(t, d.store, []univaf.Location{want}, nil)
}

func TestWhatEveryLocationNeedsCannotBeRemoved(t *testing.T) {
	d := newDesk(t)
	must(t)(d.submit(t, `{"id":"`+uuid1+`",`+facts+`}`))
	got, err := d.correct(t, `{"id":"`+uuid1+`","external_ids":[["a","1"]],"name":null,"state":"","city":"Camden",`+said("YES", 0, 0)+`}`)
	same(t, ingest.Result{}, got)
	var errs univaf.FieldErrors
	if !errors.As(err, &errs) {
		t.Fatalf("got error %v", err)
	}
	same(t, univaf.FieldErrors{{Pointer: "/name", Message: "must not be removed"}, {Pointer: "/state", Message: "must not be removed"}}, errs)
	holds(t, d.store, []univaf.Location{place(uuid1)}, nil)
}

func TestExternalIDsAreAlwaysAdded(t *testing.T) {
	d := newDesk(t)
	must(t)(d.submit(t, `{"id":"`+uuid1+`","external_ids":[["z","1"]],`+facts+`}`))
	d.clock.minutes.Store(5)
	got := must(t)(d.submit(t, `{"external_ids":[["b","2"],["z","1"],["a","3"],["npi_usa","4"]],"name":"New"}`))
	same(t, ingest.Result{ID: uuid1, Location: ingest.Updated, Seq: 2}, got)
	holds(t, d.store, []univaf.Location{place(uuid1, id("z", "1"), id("b", "2"), id("a", "3"), id("npi_usa", "4"))}, nil)

	got = must(t)(d.submit(t, `{"external_ids":[["a","3"],["b","2"]]}`))
	same(t, ingest.Result{ID: uuid1, Location: ingest.Unchanged}, got)
}

func TestAnIDOfAnotherPlaceIsNotAdded(t *testing.T) {
	d := newDesk(t)
	must(t)(d.submit(t, `{"id":"`+uuid1+`","external_ids":[["a","1"]],`+facts+`}`))
	got := must(t)(d.submit(t, `{"id":"`+uuid2+`","external_ids":[["b","2"]],`+facts+`}`))
	same(t, ingest.Result{ID: uuid2, Location: ingest.Created, Seq: 2}, got)

	got = must(t)(d.submit(t, `{"id":"`+uuid2+`","external_ids":[["a","1"],["c","3"],["npi_usa","4"]]}`))
	same(t, ingest.Result{
		ID: uuid2, Location: ingest.Updated, Seq: 3,
		Warnings: []string{`external id "a:1" is location ` + uuid1 + `'s and was not added to ` + uuid2},
	}, got)
	holds(t, d.store, []univaf.Location{
		place(uuid1, id("a", "1")), place(uuid2, id("b", "2"), id("c", "3"), id("npi_usa", "4")),
	}, nil)

	got = must(t)(d.submit(t, `{"external_ids":[["npi_usa","4"],["a","1"],["b","2"]]}`))
	same(t, ingest.Result{
		ID: uuid1, Location: ingest.Updated, Seq: 4,
		Warnings: []string{`external id "b:2" is location ` + uuid2 + `'s and was not added to ` + uuid1},
	}, got)
	holds(t, d.store, []univaf.Location{
		place(uuid1, id("a", "1"), id("npi_usa", "4")), place(uuid2, id("b", "2"), id("c", "3"), id("npi_usa", "4")),
	}, nil)
}

// Which place an update means, of three: uuid1 and uuid2 share an id, as places may
// after a merge was undone, and uuid1 is the older. uuid3 was once two places.
func TestMatching(t *testing.T) {
	const gone = "99999999-9999-4999-8999-999999999999"
	s := openStore(t)
	_, err := s.Write(context.Background(), func(tx *store.Tx) error {
		first := place(uuid1, id("a", "1"), id("shared", "1"), id("npi_usa", "1"))
		second := place(uuid2, id("a", "2"), id("shared", "1"), id("vtrcks", "2"))
		third := place(uuid3, id("a", "3"), id("univaf_v1", gone))
		second.CreatedAt, third.CreatedAt = minute(1), minute(2)
		tx.PutLocations([]univaf.Location{second, third, first})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	g := ingest.New(s, follow(t, s), (&clock{}).now)
	run(t, g)
	for _, test := range []struct {
		name, in, want string // "" is a new one
	}{
		{"by id", `"id":"` + uuid2 + `"`, uuid2},
		{"by id in capitals", `"id":"22222222-2222-4222-8222-222222222222"`, uuid2},
		{"by id before external ids", `"id":"` + uuid2 + `","external_ids":[["a","1"]]`, uuid2},
		{"by a former id", `"id":"` + gone + `"`, uuid3},
		{"by a former id before external ids", `"id":"` + gone + `","external_ids":[["a","1"]]`, uuid3},
		{"by a former id as an external one", `"external_ids":[["univaf_v1","` + gone + `"]]`, uuid3},
		{"by external id", `"external_ids":[["a","2"]]`, uuid2},
		{"in the order given", `"external_ids":[["a","3"],["a","2"],["a","1"]]`, uuid3},
		{"unknown ones first", `"external_ids":[["a","99"],["a","2"],["a","1"]]`, uuid2},
		{"the oldest where several have the id", `"external_ids":[["shared","1"],["a","2"]]`, uuid1},
		{"an unknown id beside external ids", `"id":"77777777-7777-4777-8777-777777777777","external_ids":[["a","2"]]`, uuid2},
		{"not by NPI", `"external_ids":[["npi_usa","1"],["a","2"]]`, uuid2},
		{"not by VTrckS PIN", `"external_ids":[["vtrcks","2"],["a","1"]]`, uuid1},
		{"by NPI alone it is a new one", `"external_ids":[["npi_usa","1"]]`, ""},
		{"by PIN alone, too", `"external_ids":[["vtrcks","2"]]`, ""},
		{"values are not matched in another system", `"external_ids":[["b","1"]]`, ""},
		{"nor in another case", `"external_ids":[["A","1"]]`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := must(t)(g.Submit(patience(t), decode(t, `{`+test.in+`,`+facts+`}`)))
			if created := got.Location == ingest.Created; created != (test.want == "") || (!created && got.ID != test.want) {
				t.Errorf("got %s, %s; want %q", got.ID, got.Location, test.want)
			}
		})
	}
}

func TestConcurrentFirstSightingsMakeOneLocation(t *testing.T) {
	s := openStore(t)
	var replicas []*ingest.Ingester
	for range 2 {
		g := ingest.New(s, follow(t, s), (&clock{}).now)
		run(t, g)
		replicas = append(replicas, g)
	}
	update := decode(t, `{"external_ids":[["a","1"]],`+facts+`,`+said("YES", 0, 0)+`}`)
	ctx := patience(t)
	results := make([]ingest.Result, 10)
	var group sync.WaitGroup
	for i := range results {
		group.Go(func() {
			var err error
			if results[i], err = replicas[i%2].Submit(ctx, update); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	created := 0
	for _, r := range results {
		want := ingest.Result{ID: results[0].ID, Location: ingest.Unchanged, Availability: ingest.OutOfDate, Seq: r.Seq}
		if r.Location == ingest.Created {
			created++
			want.Location, want.Availability = ingest.Created, ingest.Created
		}
		same(t, want, r)
	}
	if created != 1 {
		t.Errorf("%d say that they created it", created)
	}
	holds(t, s, []univaf.Location{place(results[0].ID, id("a", "1"))}, []univaf.Availability{kept(results[0].ID, univaf.Yes, 0, 0, 0)})
}
