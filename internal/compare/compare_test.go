package compare_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/compare"

	"github.com/google/go-cmp/cmp"
)

func list(texts ...string) (out []json.RawMessage) {
	for _, text := range texts {
		out = append(out, json.RawMessage(text))
	}
	return out
}

func run(t *testing.T, o compare.Options, before, after []json.RawMessage) *compare.Report {
	t.Helper()
	c := compare.New(o)
	if err := c.Add(before, after); err != nil {
		t.Fatal(err)
	}
	return c.Report()
}

var quarter = compare.Options{Within: 15 * time.Minute, Examples: 2}

func TestFieldsThatDiffer(t *testing.T) {
	const said = `"valid_at":"2026-11-01T12:00:00.000Z","checked_at":"2026-11-01T12:05:00.000Z"`
	availability := func(members string) string { return `"availability":{` + said + `,` + members + `}` }
	for _, test := range []struct {
		name, before, after string // members of a place
		want                string // fields with how often each differs and moved
	}{
		{"nothing", `"name":"A"`, `"name":"A"`, ""},
		{"a text", `"name":"A"`, `"name":"B"`, "name 1 0"},
		{"null for a text", `"city":"A"`, `"city":null`, "city 1 0"},
		{"an absent member", `"city":null`, `"zip":null`, "city 1 0, zip 1 0"},
		{"a number written otherwise", `"minimum_age_months":60`, `"minimum_age_months":60.0`, ""},
		{"another number", `"minimum_age_months":60`, `"minimum_age_months":61`, "minimum_age_months 1 0"},
		{"a number for a text", `"x":"1"`, `"x":1`, "x 1 0"},
		{"members in another order", `"position":{"longitude":1,"latitude":2}`, `"position": {"latitude": 2, "longitude": 1}`, ""},
		{"a member more", `"meta":{"a":1}`, `"meta":{"a":1,"b":null}`, "meta 1 0"},
		{"another member", `"meta":{"a":null}`, `"meta":{"b":null}`, "meta 1 0"},
		{"lines in another order", `"address_lines":["1","2"]`, `"address_lines":["2","1"]`, "address_lines 1 0"},
		{"ids in another order", `"external_ids":[["a","1"],["b","2"]]`, `"external_ids":[["b","2"],["a","1"]]`, ""},
		{"an id turned round", `"external_ids":[["a","1"]]`, `"external_ids":[["1","a"]]`, "external_ids 1 0"},
		{"an id more", `"external_ids":[["a","1"]]`, `"external_ids":[["a","1"],["b","2"]]`, "external_ids 1 0"},
		{"a little later", `"created_at":"2026-11-01T12:00:00.000Z"`, `"created_at":"2026-11-01T12:15:00.000Z"`, ""},
		{"much later", `"created_at":"2026-11-01T12:00:00.000Z"`, `"created_at":"2026-11-01T12:15:00.001Z"`, "created_at 1 0"},
		{"much earlier", `"created_at":"2026-11-01T12:00:00.000Z"`, `"created_at":"2026-11-01T11:00:00.000Z"`, "created_at 1 0"},
		{"a time that is none", `"created_at":"2026-11-01T12:00:00.000Z"`, `"created_at":"soon"`, "created_at 1 0"},
		{"no availability", availability(`"available":"YES"`), `"name":"A"`, "availability 1 0, name 1 0"},
		{"null for availability", availability(`"available":"YES"`), `"availability":null`, "availability 1 0"},
		{"the same report", availability(`"available":"YES"`), availability(`"available":"NO"`), "availability.available 1 0"},
		{
			"a later report", availability(`"available":"YES"`), `"availability":{"valid_at":"2026-11-01T12:10:00.000Z","checked_at":"2026-11-01T12:10:00.000Z","available":"NO"}`,
			"availability.available 0 1",
		},
		{
			"a much later report", availability(`"available":"YES"`), `"availability":{"valid_at":"2026-11-01T13:10:00.000Z","checked_at":"2026-11-01T13:10:00.000Z","available":"NO"}`,
			"availability.available 1 0, availability.checked_at 1 0, availability.valid_at 1 0",
		},
		{"a later report, and another name", `"name":"A",` + availability(`"available":"YES"`), `"name":"B","availability":{"valid_at":"2026-11-01T12:10:00.000Z","checked_at":"2026-11-01T12:10:00.000Z","available":"NO"}`, "availability.available 0 1, name 1 0"},
		{"products in another order", availability(`"products":["a","b"]`), availability(`"products":["b","a"]`), ""},
		{"other products", availability(`"products":["a","b"]`), availability(`"products":["a","a"]`), "availability.products 1 0"},
		{
			"the same moment of a slot", availability(`"slots":[{"start":"2026-11-02T09:00:00-05:00","products":["a","b"]}]`),
			availability(`"slots":[{"start":"2026-11-02T14:00:00.000Z","products":["b","a"]}]`), "",
		},
		{
			"another moment of a slot", availability(`"slots":[{"start":"2026-11-02T09:00:00-05:00"}]`),
			availability(`"slots":[{"start":"2026-11-02T09:00:00Z"}]`), "availability.slots 1 0",
		},
		{
			"slots in another order", availability(`"slots":[{"start":"1"},{"start":"2"}]`),
			availability(`"slots":[{"start":"2"},{"start":"1"}]`), "availability.slots 1 0",
		},
		{"what is ignored", `"ignored":1,` + availability(`"ignored":1`), `"ignored":2,` + availability(`"ignored":2`), "availability.ignored 1 0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := quarter
			o.Ignore = []string{"ignored"}
			r := run(t, o, list(`{"id":"1",`+test.before+`}`), list(`{"id":"1",`+test.after+`}`))
			var got []string
			differ := false
			for _, f := range r.Fields {
				got = append(got, fmt.Sprint(f.Name, " ", f.Differ, " ", f.Moved))
				differ = differ || f.Differ > 0
			}
			if diff := cmp.Diff(test.want, strings.Join(got, ", ")); diff != "" || r.Equal() == differ {
				t.Errorf("equal: %v (-want +got):\n%s", r.Equal(), diff)
			}
		})
	}
}

func TestPlacesAreMatched(t *testing.T) {
	place := func(id, name string, ids ...string) string {
		var pairs []string
		for _, one := range ids {
			system, value, _ := strings.Cut(one, ":")
			pairs = append(pairs, fmt.Sprintf(`[%q,%q]`, system, value))
		}
		return fmt.Sprintf(`{"id":%q,"name":%q,"state":"NJ","external_ids":[%s]}`, id, name, strings.Join(pairs, ","))
	}
	r := run(t, compare.Options{Examples: 1, Ignore: []string{"id", "external_ids"}}, list(
		place("1", "same id", "a:9"),
		place("2", "same id elsewhere", "a:2"),
		place("3", "second id leads", "a:3", "b:3"),
		place("4", "taken already", "b:3"),
		place("5", "shared id", "vtrcks:5", "npi_usa:5"),
		place("6", "gone", "a:6"),
	), list(
		place("x2", "same id elsewhere", "c:1", "a:2"),
		place("x3", "second id leads", "b:3"),
		place("x5", "shared id", "vtrcks:5", "npi_usa:5"),
		place("1", "same id", "a:2"),
	))
	want := &compare.Report{
		Old: 6, New: 4, ByID: 1, ByExternal: 2, Fields: []compare.Field{},
		OnlyOld: compare.Missing{Count: 3, Examples: []compare.Place{{ID: "4", Name: "taken already", State: "NJ", ExternalIDs: univaf.ExternalIDs{{System: "b", Value: "3"}}}}},
		OnlyNew: compare.Missing{Count: 1, Examples: []compare.Place{{
			ID: "x5", Name: "shared id", State: "NJ", ExternalIDs: univaf.ExternalIDs{{System: "vtrcks", Value: "5"}, {System: "npi_usa", Value: "5"}},
		}}},
	}
	if diff := cmp.Diff(want, r); diff != "" || r.Equal() {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPlacesThatAreInOtherPartsAreFound(t *testing.T) {
	c := compare.New(quarter)
	for _, part := range [][2][]json.RawMessage{
		{list(`{"id":"1","state":"NJ"}`), nil},
		{nil, list(`{"id":"1","state":"NY"}`)},
	} {
		if err := c.Add(part[0], part[1]); err != nil {
			t.Fatal(err)
		}
	}
	want := &compare.Report{
		Old: 1, New: 1, ByID: 1, OnlyOld: compare.Missing{Examples: []compare.Place{}}, OnlyNew: compare.Missing{Examples: []compare.Place{}},
		Fields: []compare.Field{{Name: "state", Differ: 1, Examples: []compare.Example{{OldID: "1", NewID: "1", Old: json.RawMessage(`"NJ"`), New: json.RawMessage(`"NY"`)}}}},
	}
	if diff := cmp.Diff(want, c.Report()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestExamplesAreFewAndShort(t *testing.T) {
	long := strings.Repeat("é", 2000)
	availability := func(minute int, value string) string {
		return fmt.Sprintf(`{"valid_at":"2026-11-01T12:%02d:00Z","checked_at":"2026-11-01T12:%02d:00Z","x":%q}`, minute, minute, value)
	}
	place := func(id, availability string) string {
		return fmt.Sprintf(`{"id":%q,"availability":%s}`, id, availability)
	}
	r := run(t, quarter, list(
		place("1", availability(0, "later")), place("2", availability(0, "a")), place("3", availability(0, long)), place("4", availability(0, "a")),
	), list(
		place("1", availability(1, "b")), place("2", availability(0, "b")), place("3", availability(0, "b")), place("4", availability(0, "b")),
	))
	if len(r.Fields) != 1 {
		t.Fatalf("%+v", r.Fields)
	}
	f := r.Fields[0]
	if f.Differ != 3 || f.Moved != 1 || len(f.Examples) != 2 || f.Examples[0].OldID != "2" {
		t.Errorf("%+v", f)
	}
	if text := f.Examples[1].Old; len(text) > 3000 || !json.Valid(text) {
		t.Errorf("%d bytes: %s", len(text), text)
	}
}

func TestWhatIsNoPlaceIsAnError(t *testing.T) {
	good := list(`{"id":"1"}`)
	for _, bad := range []string{`7`, `{"id":7}`, `{}`, `{"id":"1","external_ids":{"a":"1"}}`, `{"id":"1"`} {
		if err := compare.New(quarter).Add(list(bad), good); err == nil || !strings.Contains(err.Error(), "the old server") {
			t.Errorf("%s: %v", bad, err)
		}
		if err := compare.New(quarter).Add(good, list(bad)); err == nil || !strings.Contains(err.Error(), "the new server") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
