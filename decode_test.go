package univaf_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"getmyvax.org/univaf"
)

// report is an update of one place with the given members of availability, and times
// unless it has some.
func report(members string) string {
	if !strings.Contains(members, `"checked_at"`) {
		members = `"checked_at": "2021-11-01T12:00:00Z", ` + members
	}
	return `{"external_ids": [["a", "1"]], "availability": {"source": "s", ` + members + `}}`
}

// decoded gives what DecodeUpdate makes of data, as it is sent again.
func decoded(t *testing.T, data string) map[string]any {
	t.Helper()
	u, _, err := univaf.DecodeUpdate([]byte(data))
	if err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	var out map[string]any
	if err := json.Unmarshal(u.AppendJSON(nil), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestDecodeDerivesWhatTheReportLeavesUnsaid(t *testing.T) {
	for _, test := range []struct{ name, members, want string }{
		{
			"capacity by day, set of products and dose, in that order",
			`"slots": [
				{"start": "2021-11-03T10:00:00-05:00"},
				{"start": "2021-11-02T23:30:00-05:00", "products": ["b", "a"], "dose": "first"},
				{"start": "2021-11-02T10:00:00-05:00", "products": ["a", "b"], "dose": "first", "available": "no"},
				{"start": "2021-11-02T10:15:00-05:00", "products": ["a"], "dose": "first"}]`,
			`{"available": "YES", "available_count": 3, "products": ["a", "b"], "doses": ["first"], "capacity": [
				{"date": "2021-11-02", "dose": "first", "products": ["a"], "available": "YES", "available_count": 1, "unavailable_count": 0},
				{"date": "2021-11-02", "dose": "first", "products": ["b", "a"], "available": "YES", "available_count": 1, "unavailable_count": 1},
				{"date": "2021-11-03", "available": "YES", "available_count": 1, "unavailable_count": 0}]}`,
		},
		{
			"slots for several people",
			`"slots": [{"start": "2021-11-02T10:00:00Z", "available_count": 5, "unavailable_count": 2},
				{"start": "2021-11-02T11:00:00Z", "available_count": 0}, {"start": "2021-11-02T12:00:00Z", "unavailable_count": 4}]`,
			`{"available": "YES", "available_count": 5,
				"capacity": [{"date": "2021-11-02", "available": "YES", "available_count": 5, "unavailable_count": 6}]}`,
		},
		{
			"all gone",
			`"slots": [{"start": "2021-11-02T10:00:00Z", "available": "NO"}]`,
			`{"available": "NO", "available_count": 0,
				"capacity": [{"date": "2021-11-02", "available": "NO", "available_count": 0, "unavailable_count": 1}]}`,
		},
		{
			"nobody knows: that is no NO",
			`"slots": [{"start": "2021-11-02T10:00:00Z", "available": "UNKNOWN"}, {"start": "2021-11-03T10:00:00Z", "available": "NO"}]`,
			`{"available": "UNKNOWN", "available_count": 0, "capacity": [{"date": "2021-11-02", "available": "UNKNOWN"},
				{"date": "2021-11-03", "available": "NO", "available_count": 0, "unavailable_count": 1}]}`,
		},
		{
			"capacity without counts",
			`"capacity": [{"date": "2021-11-02", "available": "NO"}, {"date": "2021-11-03"}]`,
			`{"available": "YES", "capacity": [{"date": "2021-11-02", "available": "NO"}, {"date": "2021-11-03", "available": "YES"}]}`,
		},
		{
			"what is gone is gone, whatever its count",
			`"capacity": [{"date": "2021-11-02", "available": "NO", "available_count": 5}]`,
			`{"available": "NO", "available_count": 0, "capacity": [{"date": "2021-11-02", "available": "NO", "available_count": 5}]}`,
		},
		{"a count", `"available_count": 2`, `{"available": "YES", "available_count": 2}`},
		{"a count of none", `"available_count": 0`, `{"available": "NO", "available_count": 0}`},
		{"nothing", `"available": null`, `{"available": "UNKNOWN"}`},
		{"what is said stays", `"available": "unknown", "available_count": 2, "products": [], "capacity": [{"date": "2021-11-02", "products": ["a"]}]`,
			`{"available": "UNKNOWN", "available_count": 2, "products": [], "capacity": [{"date": "2021-11-02", "products": ["a"], "available": "YES"}]}`},
		{"empty lists are nothing", `"slots": [], "capacity": []`, `{"available": "UNKNOWN"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := decoded(t, report(test.members))["availability"].(map[string]any)
			for _, name := range []string{"source", "checked_at", "valid_at", "is_public", "slots"} {
				delete(got, name)
			}
			var want map[string]any
			if err := json.Unmarshal([]byte(test.want), &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecodeGivesSlotsACanonicalForm(t *testing.T) {
	u, _, err := univaf.DecodeUpdate([]byte(report(`"slots": [
		{"room": {"b": 2, "a": [1.50, "<"]}, "end": null, "available": "no", "start": "2021-11-02 09:00:00", "products": [ ], "Z": "é"},
		{"start": "2021-11-02T09:00:00.250+0530", "end": "2021-11-02T09:10-04:00", "products": ["a", "a"], "available_count": 1e1}]`)))
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"start":"2021-11-02T09:00:00Z","available":"NO","Z":"é","room":{"a":[1.50,"<"],"b":2}},` +
		`{"start":"2021-11-02T09:00:00.25+05:30","end":"2021-11-02T09:10:00-04:00","products":["a"],"available":"YES","available_count":10}]`
	if diff := cmp.Diff(want, string(u.Availability.Slots)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDecodeTakesOldForms(t *testing.T) {
	for _, test := range []struct{ name, data, want string }{
		{"external_ids as an object, in its order", `{"external_ids": {"z": "1", "a": 7}}`, `{"external_ids": [["z", "1"], ["a", "7"]]}`},
		{"updated_at", report(`"updated_at": "2021-11-01T10:00:00Z"`),
			report(`"valid_at": "2021-11-01T10:00:00.000Z", "checked_at": "2021-11-01T12:00:00.000Z", "is_public": true, "available": "UNKNOWN"`)},
		{"fields inside meta", report(`"meta": {"available_count": 3, "doses": ["x"], "products": null, "other": 1}`),
			report(`"valid_at": "2021-11-01T12:00:00.000Z", "checked_at": "2021-11-01T12:00:00.000Z", "is_public": true, "available": "YES",
				"available_count": 3, "doses": ["x"], "meta": {"products": null, "other": 1}`)},
		{"no address", `{"external_ids": [["a", "1"]], "address_lines": false}`, `{"external_ids": [["a", "1"]], "address_lines": []}`},
		{"what the API gave", `{"external_ids": [["a", "1"]], "created_at": "x", "updated_at": 5, "name": "N"}`,
			`{"external_ids": [["a", "1"]], "name": "N"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			var want map[string]any
			if err := json.Unmarshal([]byte(test.want), &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, decoded(t, test.data)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecodeNamesEveryFault(t *testing.T) {
	const badTime = "must be an ISO 8601 date and time, such as 2021-11-01T12:00:00Z, not "
	long := strings.Repeat("x", 513)
	for _, test := range []struct {
		name, data string
		want       univaf.FieldErrors
	}{
		{"no object", `[]`, univaf.FieldErrors{{"", "must be an object"}}},
		{"several", `{"name": 1, "nope": 1, "city": true}`, univaf.FieldErrors{
			{"/city", "must be a string, not true"}, {"/name", "must be a string, not 1"}, {"/nope", "is not a known field"},
		}},
		{"a kind of place", `{"location_type": "SHOP"}`, univaf.FieldErrors{
			{"/location_type", `must be one of PHARMACY, MASS_VAX, CLINIC and MOBILE_CLINIC, not "SHOP"`},
		}},
		{"half a position", `{"position": {"longitude": -181}}`, univaf.FieldErrors{
			{"/position/longitude", "must be a number of degrees from -180 to 180, not -181"},
			{"/position/latitude", "must be a number of degrees from -90 to 90, not nothing"},
		}},
		{"an age", `{"minimum_age_months": 1.5}`, univaf.FieldErrors{{"/minimum_age_months", "must be a whole number of 0 or more, not 1.5"}}},
		{"lines", `{"address_lines": ["a", 1]}`, univaf.FieldErrors{{"/address_lines/1", "must be a string, not 1"}}},
		{"NUL", `{"name": "a\u0000", "meta": {"a": ["\u0000"]}}`, univaf.FieldErrors{
			{"/meta", "must not hold the NUL character"}, {"/name", "must not hold the NUL character"},
		}},
		{"ids", `{"external_ids": [["a:b", "1"], ["", "1"], ["a"], ["a", ""], ["a", "` + long + `"]]}`, univaf.FieldErrors{
			{"/external_ids/0/0", "must not contain ':' (it parts the system from the value in addresses)"},
			{"/external_ids/1/0", "must be the name of a system of ids"},
			{"/external_ids/2", `must be a pair [system, value], not ["a"]`},
			{"/external_ids/3/1", "must be a string of 1 to 512 bytes"},
			{"/external_ids/4/1", "must be a string of 1 to 512 bytes, not 513"},
		}},
		{"nothing of availability", `{"availability": {}}`, univaf.FieldErrors{
			{"/availability/source", "is required: the name of the source"},
			{"/availability/checked_at", "is required: an ISO 8601 date and time"},
		}},
		{"an empty time", report(`"checked_at": ""`), univaf.FieldErrors{{"/availability/checked_at", "is required: an ISO 8601 date and time"}}},
		{"a day that is none", report(`"valid_at": "2021-02-29T00:00:00Z"`), univaf.FieldErrors{{"/availability/valid_at", badTime + `"2021-02-29T00:00:00Z"`}}},
		{"a year that can't be meant", report(`"valid_at": "0021-02-20T00:00:00Z"`), univaf.FieldErrors{{"/availability/valid_at", badTime + `"0021-02-20T00:00:00Z"`}}},
		{"a year of five digits in UTC", report(`"valid_at": "9999-12-31T23:59:59-14:00"`), univaf.FieldErrors{{"/availability/valid_at", badTime + `"9999-12-31T23:59:59-14:00"`}}},
		{"an offset that is none", report(`"slots": [{"start": "2021-11-01T09:00:00+24:00"}]`), univaf.FieldErrors{{"/availability/slots/0/start", badTime + `"2021-11-01T09:00:00+24:00"`}}},
		{"an hour of one digit", report(`"slots": [{"start": "2021-11-01T9:00:00Z"}]`), univaf.FieldErrors{{"/availability/slots/0/start", badTime + `"2021-11-01T9:00:00Z"`}}},
		{"a date for a time", report(`"slots": [{"start": "2021-11-01"}]`), univaf.FieldErrors{{"/availability/slots/0/start", badTime + `"2021-11-01"`}}},
		{"a slot of another kind", report(`"slots": [{"start": "2021-11-01T09:00:00Z", "a\u0000": 1, "dose": 2}, 5]`), univaf.FieldErrors{
			{"/availability/slots/0/dose", "must be a string, not 2"},
			{"/availability/slots/0/a\x00", "must not hold the NUL character"},
			{"/availability/slots/1", "must be an object"},
		}},
		{"a day of another kind", report(`"capacity": [{}, {"date": "2021-13-40", "available": "SOON", "unavailable_count": -1}]`), univaf.FieldErrors{
			{"/availability/capacity/0/date", "is required: a date such as 2021-11-01"},
			{"/availability/capacity/1/date", `must be a date such as 2021-11-01, not "2021-13-40"`},
			{"/availability/capacity/1/available", `must be YES, NO or UNKNOWN, not "SOON"`},
			{"/availability/capacity/1/unavailable_count", "must be a whole number of 0 or more, not -1"},
		}},
		{"a long value is cut short", `{"name": [` + strings.Repeat("1,", 100) + `1]}`, univaf.FieldErrors{
			{"/name", "must be a string, not [" + strings.Repeat("1,", 29) + "1…"},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := univaf.DecodeUpdate([]byte(test.data))
			var got univaf.FieldErrors
			errors.As(err, &got)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("error %v (-want +got):\n%s", err, diff)
			}
		})
	}
	for _, data := range []string{``, `{`, `{"a": 1} {`, `{"name": "` + "\xff" + `"}`, `nope`} {
		_, _, err := univaf.DecodeUpdate([]byte(data))
		if syntax := (*univaf.SyntaxError)(nil); !errors.As(err, &syntax) {
			t.Errorf("%q: error %v, want a SyntaxError", data, err)
		}
	}
}

func TestDecodeNamesWhatItIgnores(t *testing.T) {
	_, ignored, err := univaf.DecodeUpdate([]byte(report(`"x/y~z": 1, "wait": 2, "id": "x", "location_id": "y", "changed_at": "z"`)))
	if diff := cmp.Diff([]string{"/availability/wait", "/availability/x~1y~0z"}, ignored); diff != "" || err != nil {
		t.Errorf("error %v (-want +got):\n%s", err, diff)
	}
}

func TestEqualReportsAreEqualBytes(t *testing.T) {
	one := report(`"available": "YES", "meta": {"a": 1, "b": {"c": 2, "d": 3}}, "slots": [{"start": "2021-11-02T09:00:00Z", "x": 1, "y": {"p": 1, "q": 2}}]`)
	two := `{ "availability" : {"slots": [ {"y": {"q": 2, "p": 1}, "end": null, "x": 1, "start": "2021-11-02T09:00:00Z", "available": "yes"} ],
		"meta": {"b": {"d": 3, "c": 2}, "a": 1}, "available": "yes", "source": "s", "checked_at": "2021-11-01T12:00:00+00:00"}, "external_ids": {"a": "1"}}`
	a, _, err := univaf.DecodeUpdate([]byte(one))
	if err != nil {
		t.Fatal(err)
	}
	b, _, err := univaf.DecodeUpdate([]byte(two))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(a.AppendJSON(nil)), string(b.AppendJSON(nil))); diff != "" || a.Availability.Hash() != b.Availability.Hash() {
		t.Errorf("hashes %x and %x (-one +two):\n%s", a.Availability.Hash(), b.Availability.Hash(), diff)
	}
}

// again checks that what was decoded decodes to itself.
func again(t interface{ Fatalf(string, ...any) }, u univaf.Update) {
	text := u.AppendJSON(nil)
	if !json.Valid(text) {
		t.Fatalf("not JSON: %s", text)
	}
	v, _, err := univaf.DecodeUpdate(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if second := v.AppendJSON(nil); !bytes.Equal(text, second) {
		t.Fatalf("it changes:\n%s\n%s", text, second)
	}
}

func TestDecodedUpdatesDecodeToThemselves(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		word := rapid.SampledFrom([]string{"a", "b", "é\"<", " "})
		count := rapid.OneOf(rapid.Just[any](nil), rapid.Map(rapid.IntRange(0, 3), func(n int) any { return n }))
		status := rapid.SampledFrom([]any{nil, "yes", "NO", "UNKNOWN"})
		offers := func(when string, times []string) []any {
			var list []any
			for range rapid.IntRange(0, 4).Draw(rt, when) {
				list = append(list, map[string]any{
					when:                rapid.SampledFrom(times).Draw(rt, "time"),
					"available":         status.Draw(rt, "status"),
					"available_count":   count.Draw(rt, "count"),
					"unavailable_count": count.Draw(rt, "gone"),
					"products":          rapid.SliceOfN(word, 0, 3).Draw(rt, "products"),
					"dose":              rapid.SampledFrom([]any{nil, "x", "y"}).Draw(rt, "dose"),
					"more":              rapid.SampledFrom([]any{nil, 1.5, map[string]any{"b": 1, "a": nil}}).Draw(rt, "more"),
				})
			}
			return list
		}
		data, err := json.Marshal(map[string]any{
			"external_ids": [][]string{{"a", word.Draw(rt, "id")}}, "name": word.Draw(rt, "name"), "city": nil,
			"availability": map[string]any{
				"source": "s", "checked_at": "2021-11-01T12:00:00Z", "available": status.Draw(rt, "status"),
				"available_count": count.Draw(rt, "count"),
				"slots":           offers("start", []string{"2021-11-02T09:00:00Z", "2021-11-02 10:00:00.5-0500", "2021-11-03T00:00"}),
				"capacity":        offers("date", []string{"2021-11-02", "2021-11-04"}),
			},
		})
		if err != nil {
			rt.Fatal(err)
		}
		u, _, err := univaf.DecodeUpdate(data)
		if err != nil {
			rt.Fatalf("%s: %v", data, err)
		}
		again(rt, u)
	})
}

func FuzzDecodeUpdate(f *testing.F) {
	f.Add([]byte(report(`"slots": [{"start": "2021-11-02T09:00:00Z", "x": 1}], "meta": {"a": 1}`)))
	f.Add([]byte(`{"id": "855b42ea-e952-4121-8a56-1f153498de4f", "position": {"longitude": 1, "latitude": 2}, "address_lines": ""}`))
	f.Add([]byte(`{"external_ids": {"a": 1, "b": "2"}}`))
	if data, err := os.ReadFile(filepath.Join("..", "shared", "edge", "exchanges.json")); err == nil {
		var list []struct {
			Request struct{ Body json.RawMessage }
		}
		if err := json.Unmarshal(data, &list); err != nil {
			f.Fatal(err)
		}
		for _, e := range list {
			f.Add([]byte(e.Request.Body))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if u, _, err := univaf.DecodeUpdate(data); err == nil {
			again(t, u)
		}
	})
}
