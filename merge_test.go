package univaf_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"getmyvax.org/univaf"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func raw(s string) json.RawMessage { return json.RawMessage(s) }

const day = 24 * time.Hour

// record gives what a source said at noon, changed by change.
func record(source string, status univaf.Status, change func(*univaf.Availability)) univaf.Availability {
	a := univaf.Availability{
		LocationID: "here", Source: source, Available: status, IsPublic: true,
		ValidAt: noon, CheckedAt: noon, ChangedAt: noon,
	}
	if change != nil {
		change(&a)
	}
	return a
}

func validAt(when time.Time) func(*univaf.Availability) {
	return func(a *univaf.Availability) { a.ValidAt, a.CheckedAt, a.ChangedAt = when, when, when }
}

// merged gives the answer with the status and times of noon, changed by change.
func merged(status univaf.Status, change func(*univaf.Availability), sources ...string) univaf.Merged {
	a := record("", status, change)
	a.LocationID = ""
	return univaf.Merged{Availability: a, Sources: sources}
}

func TestMerge(t *testing.T) {
	for _, test := range []struct {
		name    string
		records []univaf.Availability
		want    univaf.Merged
	}{
		{
			"one record is the answer",
			[]univaf.Availability{record("a", univaf.Yes, func(a *univaf.Availability) {
				a.AvailableCount, a.Products, a.IsPublic = ptr(int64(3)), []string{"jj"}, false
			})},
			merged(univaf.Yes, func(a *univaf.Availability) {
				a.AvailableCount, a.Products, a.IsPublic = ptr(int64(3)), []string{"jj"}, false
			}, "a"),
		},
		{
			"the newest valid_at comes first",
			[]univaf.Availability{record("a", univaf.Yes, nil), record("b", univaf.No, validAt(noon.Add(1)))},
			merged(univaf.No, validAt(noon.Add(1)), "b", "a"),
		},
		{
			"valid_at counts before checked_at",
			[]univaf.Availability{
				record("a", univaf.Yes, func(a *univaf.Availability) { a.CheckedAt = at(60) }),
				record("b", univaf.No, func(a *univaf.Availability) { a.ValidAt = at(1) }),
			},
			merged(univaf.No, func(a *univaf.Availability) { a.ValidAt = at(1) }, "b", "a"),
		},
		{
			"of equal valid_at the newest checked_at comes first",
			[]univaf.Availability{
				record("a", univaf.Yes, nil),
				record("b", univaf.No, func(a *univaf.Availability) { a.CheckedAt = at(1) }),
			},
			merged(univaf.No, func(a *univaf.Availability) { a.CheckedAt = at(1) }, "b", "a"),
		},
		{
			"of equal times the first name comes first",
			[]univaf.Availability{record("b", univaf.No, nil), record("c", univaf.No, nil), record("a", univaf.Yes, nil)},
			merged(univaf.Yes, nil, "a", "b", "c"),
		},
		{
			"7 days behind still counts",
			[]univaf.Availability{
				record("old", univaf.Yes, func(a *univaf.Availability) {
					a.ValidAt, a.Products = noon.Add(-7*day), []string{"jj"}
				}),
				record("new", univaf.No, nil),
			},
			merged(univaf.No, func(a *univaf.Availability) { a.Products = []string{"jj"} }, "new", "old"),
		},
		{
			"more than 7 days behind is left out",
			[]univaf.Availability{
				record("old", univaf.Yes, func(a *univaf.Availability) {
					a.ValidAt, a.Products = noon.Add(-7*day-time.Millisecond), []string{"jj"}
				}),
				record("new", univaf.No, nil),
			},
			merged(univaf.No, nil, "new"),
		},
		{
			"the window reaches back from the newest, though that is unknown",
			[]univaf.Availability{
				record("old", univaf.Yes, validAt(noon.Add(-8*day))),
				record("new", univaf.Unknown, nil),
			},
			merged(univaf.Unknown, nil, "new"),
		},
		{
			"unknown comes last, however new",
			[]univaf.Availability{
				record("a", univaf.Unknown, func(a *univaf.Availability) {
					a.ValidAt, a.AvailableCount, a.Doses = at(9), ptr(int64(9)), []string{"all_doses"}
				}),
				record("b", univaf.Unknown, validAt(at(8))),
				record("c", univaf.No, func(a *univaf.Availability) { a.AvailableCount = ptr(int64(0)) }),
				record("d", univaf.Yes, validAt(at(-1))),
			},
			merged(univaf.No, func(a *univaf.Availability) {
				a.AvailableCount, a.Doses = ptr(int64(0)), []string{"all_doses"}
			}, "c", "d", "a", "b"),
		},
		{
			"each field is the first that is known",
			[]univaf.Availability{
				record("a", univaf.Yes, func(a *univaf.Availability) { a.Doses = []string{"1"} }),
				record("b", univaf.No, func(a *univaf.Availability) {
					a.Products, a.Doses, a.Slots = []string{"jj"}, []string{"2"}, raw(`["b"]`)
				}),
				record("c", univaf.No, func(a *univaf.Availability) {
					a.AvailableCount, a.Products, a.Slots = ptr(int64(4)), []string{"x"}, raw(`["c"]`)
					a.Capacity, a.Meta = raw(`["c"]`), raw(`{"c":1}`)
				}),
			},
			merged(univaf.Yes, func(a *univaf.Availability) {
				a.AvailableCount, a.Products, a.Doses = ptr(int64(4)), []string{"jj"}, []string{"1"}
				a.Slots, a.Capacity, a.Meta = raw(`["b"]`), raw(`["c"]`), raw(`{"c":1}`)
			}, "a", "b", "c"),
		},
		{
			"0, empty and false are known",
			[]univaf.Availability{
				record("a", univaf.Yes, func(a *univaf.Availability) {
					a.AvailableCount, a.Products, a.Doses = ptr(int64(0)), []string{}, []string{""}
					a.Capacity, a.Slots, a.Meta, a.IsPublic = raw(`[]`), raw(`[]`), raw(`{}`), false
				}),
				record("b", univaf.Yes, func(a *univaf.Availability) {
					a.AvailableCount, a.Products, a.Doses = ptr(int64(7)), []string{"jj"}, []string{"1"}
					a.Capacity, a.Slots, a.Meta = raw(`[1]`), raw(`[1]`), raw(`{"a":1}`)
				}),
			},
			merged(univaf.Yes, func(a *univaf.Availability) {
				a.AvailableCount, a.Products, a.Doses = ptr(int64(0)), []string{}, []string{""}
				a.Capacity, a.Slots, a.Meta, a.IsPublic = raw(`[]`), raw(`[]`), raw(`{}`), false
			}, "a", "b"),
		},
		{
			"NO means that the count is 0, wherever it came from",
			[]univaf.Availability{
				record("a", univaf.No, nil),
				record("b", univaf.Yes, func(a *univaf.Availability) { a.AvailableCount = ptr(int64(7)) }),
			},
			merged(univaf.No, func(a *univaf.Availability) { a.AvailableCount = ptr(int64(0)) }, "a", "b"),
		},
		{
			"NO without a count stays without",
			[]univaf.Availability{record("a", univaf.No, nil)},
			merged(univaf.No, nil, "a"),
		},
		{
			"UNKNOWN keeps its count",
			[]univaf.Availability{record("a", univaf.Unknown, func(a *univaf.Availability) { a.AvailableCount = ptr(int64(7)) })},
			merged(univaf.Unknown, func(a *univaf.Availability) { a.AvailableCount = ptr(int64(7)) }, "a"),
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, ok := univaf.Merge(test.records)
			if !ok {
				t.Fatal("nothing to merge")
			}
			if diff := cmp.Diff(test.want, got, cmpopts.IgnoreFields(univaf.Merged{}, "Gave")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestMergeSaysWhoGaveWhat(t *testing.T) {
	got, _ := univaf.Merge([]univaf.Availability{
		record("c", univaf.No, func(a *univaf.Availability) {
			a.ValidAt = noon.Add(-time.Hour)
			a.AvailableCount, a.Products, a.Doses = ptr(int64(4)), []string{"x"}, []string{"1"}
		}),
		record("a", univaf.Yes, func(a *univaf.Availability) { a.Capacity, a.Slots, a.Meta = raw(`["a"]`), raw(`["a"]`), raw(`{}`) }),
		record("b", univaf.Yes, func(a *univaf.Availability) { a.Products, a.Slots = []string{}, raw(`["b"]`) }),
		record("d", univaf.No, func(a *univaf.Availability) { a.ValidAt, a.Slots = noon.Add(-2*time.Hour), raw(`["d"]`) }),
	})
	gave := map[string]string{}
	for i, source := range got.Sources {
		gave[source] = string(got.Gave[i].AppendJSON(nil))
	}
	want := map[string]string{"a": `["available","capacity","slots","meta"]`, "b": `["products"]`, "c": `["available_count","doses"]`, "d": `[]`}
	if diff := cmp.Diff(want, gave); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestNothingToMerge(t *testing.T) {
	got, ok := univaf.Merge(nil)
	if ok || cmp.Diff(univaf.Merged{}, got) != "" {
		t.Errorf("got %v, %v", got, ok)
	}
}

// genRecords gives records of distinct sources, as a location has them.
var genRecords = rapid.Custom(func(t *rapid.T) []univaf.Availability {
	sources := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f"}), 1, 6, rapid.ID[string]).Draw(t, "sources")
	var list []univaf.Availability
	for _, source := range sources {
		a := record(source, rapid.SampledFrom([]univaf.Status{univaf.Yes, univaf.No, univaf.Unknown}).Draw(t, "available"), nil)
		a.ValidAt = noon.Add(time.Duration(rapid.IntRange(-9, 0).Draw(t, "valid_at")) * day)
		a.CheckedAt = a.ValidAt.Add(time.Duration(rapid.IntRange(0, 1).Draw(t, "checked_at")) * time.Hour)
		a.AvailableCount = rapid.Ptr(rapid.Int64Range(0, 3), true).Draw(t, "available_count")
		if rapid.Bool().Draw(t, "has products") {
			a.Products = []string{source}
		}
		if rapid.Bool().Draw(t, "has slots") {
			a.Slots = raw(`["` + source + `"]`)
		}
		a.IsPublic = rapid.Bool().Draw(t, "is_public")
		list = append(list, a)
	}
	return list
})

func cloneRecords(list []univaf.Availability) []univaf.Availability {
	list = slices.Clone(list)
	for i := range list {
		a := &list[i]
		if a.AvailableCount != nil {
			a.AvailableCount = ptr(*a.AvailableCount)
		}
		a.Products, a.Slots = slices.Clone(a.Products), slices.Clone(a.Slots)
	}
	return list
}

func TestMergeDoesNotDependOnTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		records := genRecords.Draw(t, "records")
		want, _ := univaf.Merge(records)
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		random.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
		got, _ := univaf.Merge(records)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("-want +got:\n%s", diff)
		}
	})
}

func TestMergeDoesNotChangeTheRecords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		records := genRecords.Draw(t, "records")
		before := cloneRecords(records)
		univaf.Merge(records)
		if diff := cmp.Diff(before, records); diff != "" {
			t.Fatalf("-before +after:\n%s", diff)
		}
	})
}
