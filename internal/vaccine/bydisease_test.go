package vaccine

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"getmyvax.org/univaf"
)

// report gives what a source said, as it is kept: the JSON is that of an update's
// availability, without its source and time.
func report(t testing.TB, members string) *univaf.Availability {
	t.Helper()
	u, _, err := univaf.DecodeUpdate([]byte(`{"availability":{"source":"a","checked_at":"2021-11-01T12:00:00Z",` + members + `}}`))
	if err != nil {
		t.Fatalf("%s: %v", members, err)
	}
	return u.Availability
}

// shown renders statuses as "covid_19 YES 3, rsv NO 0", without counts that are unknown.
func shown(list []DiseaseStatus) string {
	var parts []string
	for _, s := range list {
		part := fmt.Sprint(s.Disease, " ", s.Available)
		if s.AvailableCount != nil {
			part += fmt.Sprint(" ", *s.AvailableCount)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}

func TestByDisease(t *testing.T) {
	const day = `"date":"2021-11-02",`
	for _, test := range []struct{ name, members, want string }{
		{"no product is COVID-19", `"available":"YES","available_count":3`, "covid_19 YES 3"},
		{"an empty list of products too", `"available":"NO","products":[]`, "covid_19 NO 0"},
		{"a product that nobody knows is none", `"available":"YES","products":["something_new"]`, ""},
		{"of two products, one is known", `"available":"YES","products":["something_new","flu"]`, "influenza YES"},
		{"products of one disease", `"available":"YES","available_count":2,"products":["pfizer","moderna"]`, "covid_19 YES 2"},
		{"products of two share the status, not the count", `"available":"YES","available_count":2,"products":["pfizer","flu"]`, "covid_19 YES, influenza YES"},
		{"NO is for all", `"available":"NO","products":["pfizer","flu"]`, "covid_19 NO 0, influenza NO 0"},
		{"UNKNOWN has no count", `"available":"UNKNOWN","available_count":7`, "covid_19 UNKNOWN"},
		{
			"offers tell diseases apart",
			`"capacity":[{` + day + `"products":["flu"],"available_count":3},{` + day + `"products":["pfizer"],"available":"NO"},{` + day + `"products":["flu"],"available_count":2}]`,
			"covid_19 NO 0, influenza YES 5",
		},
		{
			"slots do so too",
			`"slots":[{"start":"2021-11-02T09:00:00Z","products":["flu"]},{"start":"2021-11-02T09:00:00Z","products":["rsv"],"available":"NO"},{"start":"2021-11-02T10:00:00Z","products":["flu"]}]`,
			"influenza YES 2, rsv NO 0",
		},
		{"an offer against two diseases is for both", `"capacity":[{` + day + `"products":["flu","mmr"],"available_count":3}]`, "influenza YES 3, mmr YES 3"},
		{"offers without products are COVID-19", `"capacity":[{` + day + `"available_count":3}]`, "covid_19 YES 3"},
		{"or what the record names", `"products":["flu"],"capacity":[{` + day + `"available_count":3}]`, "influenza YES 3"},
		{
			"but only what no offer names",
			`"products":["flu","rsv"],"capacity":[{` + day + `"products":["flu"],"available":"NO"},{` + day + `"available_count":3}]`,
			"influenza NO 0, rsv YES 3",
		},
		{"beside offers of flu they are COVID-19", `"capacity":[{` + day + `"products":["flu"],"available":"NO"},{` + day + `"available_count":3}]`, "covid_19 YES 3, influenza NO 0"},
		{"offers of what nobody knows are of none", `"capacity":[{` + day + `"products":["something_new"],"available_count":3}]`, ""},
		{
			"what no offer is for is unknown", `"products":["flu","rsv"],"capacity":[{` + day + `"products":["flu"],"available_count":3}]`,
			"influenza YES 3, rsv UNKNOWN",
		},
		{
			"NO stands against offers", `"available":"NO","capacity":[{` + day + `"products":["flu"],"available_count":3}]`, "influenza NO 0",
		},
		{
			"UNKNOWN stands against offers", `"available":"UNKNOWN","capacity":[{` + day + `"products":["flu"],"available_count":3}]`, "influenza UNKNOWN",
		},
		{
			"YES that no offer bears out is for what none is for",
			`"available":"YES","products":["flu","rsv"],"capacity":[{` + day + `"products":["flu"],"available":"NO"}]`, "influenza NO 0, rsv YES",
		},
		{"or for all", `"available":"YES","available_count":5,"capacity":[{` + day + `"products":["flu"],"available":"NO"}]`, "influenza YES 5"},
		{
			"counts stay within bounds",
			`"capacity":[{` + day + `"available_count":9007199254740991},{` + day + `"available_count":9007199254740991}]`, "covid_19 YES 9007199254740991",
		},
		{"a day whose count is unknown", `"capacity":[{` + day + `"available":"YES"},{` + day + `"available_count":2}]`, "covid_19 YES 2"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := shown(ByDisease(report(t, test.members))); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestTurns(t *testing.T) {
	statuses := func(members string) Statuses { return GistOf(report(t, members)).Statuses() }
	for _, test := range []struct{ name, before, after, want string }{
		{"nothing", `"available":"YES"`, `"available":"YES","available_count":5`, ""},
		{"one", `"available":"YES"`, `"available":"NO"`, "covid_19 YES NO"},
		{"a disease comes", `"available":"NO"`, `"available":"YES","products":["pfizer","flu"]`, "covid_19 NO YES, influenza UNKNOWN YES"},
		{"a disease goes", `"available":"YES","products":["pfizer","flu"]`, `"available":"YES"`, "influenza YES UNKNOWN"},
		{"nobody says anything of one of which nothing was known", `"available":"UNKNOWN"`, `"available":"NO","products":["flu"]`, "influenza UNKNOWN NO"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for turn := range statuses(test.after).Turns(statuses(test.before)) {
				got = append(got, fmt.Sprint(turn.Disease, " ", turn.From, " ", turn.To))
			}
			if diff := cmp.Diff(test.want, strings.Join(got, ", ")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// genReports gives what some sources say of a place.
var genReports = rapid.Custom(func(t *rapid.T) []univaf.Availability {
	var list []univaf.Availability
	codes := rapid.SliceOfN(rapid.SampledFrom([]string{"pfizer", "flu", "rsv", "something_new"}), 0, 3)
	status := rapid.SampledFrom([]univaf.Status{univaf.Yes, univaf.No, univaf.Unknown})
	for i := range rapid.IntRange(1, 4).Draw(t, "sources") {
		a := univaf.Availability{Source: string(rune('a' + i)), Available: status.Draw(t, "available")}
		a.ValidAt = time.Date(2021, 11, rapid.IntRange(1, 12).Draw(t, "day"), 0, 0, 0, 0, time.UTC)
		a.CheckedAt, a.ChangedAt = a.ValidAt, time.Date(2021, 11, rapid.IntRange(1, 4).Draw(t, "changed"), 0, 0, 0, 0, time.UTC)
		if rapid.Bool().Draw(t, "names products") {
			a.Products = codes.Draw(t, "products")
		}
		if rapid.Bool().Draw(t, "has capacity") {
			var days []map[string]any
			for range rapid.IntRange(0, 3).Draw(t, "days") {
				days = append(days, map[string]any{"products": codes.Draw(t, "of"), "available": status.Draw(t, "is")})
			}
			a.Capacity, _ = json.Marshal(days)
		}
		list = append(list, a)
	}
	return list
})

func TestGistsMergeAsRecordsDo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		reports := genReports.Draw(t, "reports")
		var words []Word
		for i := range reports {
			words = append(words, WordOf(&reports[i]))
		}
		words = Settle(words)
		var ordered []univaf.Availability
		for i, w := range words {
			a := reports[w.Source[0]-'a']
			a.ValidAt = time.UnixMilli(int64(-i))
			ordered = append(ordered, a)
		}
		merged, _ := univaf.Merge(ordered)
		want := map[Disease]univaf.Status{}
		for _, s := range ByDisease(&merged.Availability) {
			want[s.Disease] = s.Available
		}
		got := map[Disease]univaf.Status{}
		for n, d := range Diseases {
			if s := Together(words).Statuses().at(n); s != unsaid {
				got[d] = statusNames[s]
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("-the records' +the gists':\n%s", diff)
		}
	})
}

func TestSettle(t *testing.T) {
	const hour = 3600_000
	word := func(source string, status univaf.Status, valid, changed int64) Word {
		return Word{source, valid * hour, changed * hour, GistOf(&univaf.Availability{Available: status})}
	}
	for _, test := range []struct {
		name  string
		words []Word
		want  string
	}{
		{"what changed last comes first, whoever looked last", []Word{word("a", univaf.Yes, 30, 10), word("b", univaf.No, 29, 11)}, "b a"},
		{"of equal times the first name comes first", []Word{word("b", univaf.Yes, 30, 10), word("a", univaf.No, 29, 10)}, "a b"},
		{"what is a day old still holds", []Word{word("a", univaf.Yes, 34, 9), word("b", univaf.No, 10, 10)}, "b a"},
		{"what is older does not", []Word{word("a", univaf.Yes, 35, 9), word("b", univaf.No, 10, 10)}, "a b"},
		{"what is 7 days old counts", []Word{word("a", univaf.Yes, 168, 9), word("b", univaf.No, 0, 0)}, "a b"},
		{"what is older does not count", []Word{word("a", univaf.Yes, 169, 9), word("b", univaf.No, 0, 0)}, "a"},
		{"unknown comes last", []Word{word("a", univaf.Unknown, 35, 35), word("b", univaf.No, 0, 0), word("c", univaf.Unknown, 0, 0)}, "b a c"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, w := range Settle(test.words) {
				got = append(got, w.Source)
			}
			if diff := cmp.Diff(test.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func BenchmarkGistOf(b *testing.B) {
	var days []string
	for i := range 14 {
		days = append(days, fmt.Sprintf(`{"date":"2021-11-%02d","dose":"all_doses","products":["pfizer","flu"],"available_count":%d,"unavailable_count":7}`, i+1, i))
	}
	a := report(b, `"capacity":[`+strings.Join(days, ",")+`]`)
	b.ReportAllocs()
	for b.Loop() {
		GistOf(a)
	}
}

func BenchmarkTogether(b *testing.B) {
	one := report(b, `"available":"YES","products":["pfizer"]`)
	other := WordOf(one)
	other.Source, other.ChangedAt = "b", other.ChangedAt+1
	both := []Word{WordOf(one), other}
	var words []Word
	b.ReportAllocs()
	for b.Loop() {
		words = append(words[:0], both...)
		Together(Settle(words)).Statuses()
	}
}
