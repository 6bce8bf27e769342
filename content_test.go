package univaf_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"getmyvax.org/univaf"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestContent(t *testing.T) {
	full := fullReport()
	for _, test := range []struct {
		name   string
		record univaf.Availability
		want   string
	}{
		{"nothing", univaf.Availability{}, `{"available":null,"is_public":false}`},
		{
			"empty lists",
			univaf.Availability{Available: univaf.No, AvailableCount: ptr(int64(0)), Products: []string{}, Doses: []string{}, IsPublic: true},
			`{"available":"NO","available_count":0,"products":[],"doses":[],"is_public":true}`,
		},
		{
			"what is to be escaped",
			univaf.Availability{Available: univaf.Unknown, Products: []string{"a\"b\\", "é\n"}, Meta: raw(`{"a\"}":["]"]}`)},
			`{"available":"UNKNOWN","products":["a\"b\\","é\n"],"meta":{"a\"}":["]"]},"is_public":false}`,
		},
		{
			"all of it",
			full,
			`{"available":"NO","available_count":0,"products":["jj"],"doses":[],"capacity":` + string(full.Capacity) +
				`,"slots":` + string(full.Slots) + `,"meta":{},"is_public":true}`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := test.record.AppendContent(nil)
			if diff := cmp.Diff(test.want, string(text)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if !json.Valid(text) {
				t.Errorf("not valid JSON: %s", text)
			}
			got := fullReport()
			if err := got.DecodeContent(text); err != nil {
				t.Fatal(err)
			}
			want := test.record
			want.LocationID, want.Source = got.LocationID, got.Source
			want.ValidAt, want.CheckedAt, want.ChangedAt = got.ValidAt, got.CheckedAt, got.ChangedAt
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestContentIsAllThatWasSaid(t *testing.T) {
	base := univaf.Availability{
		LocationID: "l", Source: "s", Available: univaf.Yes, AvailableCount: ptr(int64(2)),
		Products: []string{"pfizer"}, Doses: []string{"all_doses"},
		Capacity: json.RawMessage(`[1]`), Slots: json.RawMessage(`[2]`), Meta: json.RawMessage(`{"a":1}`),
		IsPublic: true, ValidAt: at(0), CheckedAt: at(1), ChangedAt: at(2),
	}
	for _, test := range []struct {
		name   string
		change func(*univaf.Availability)
		same   bool
	}{
		{"times play no part", func(a *univaf.Availability) {
			a.ValidAt, a.CheckedAt, a.ChangedAt = at(7), at(8), at(9)
		}, true},
		{"nor whose record it is", func(a *univaf.Availability) { a.LocationID, a.Source = "m", "t" }, true},
		{"status", func(a *univaf.Availability) { a.Available = univaf.No }, false},
		{"count", func(a *univaf.Availability) { a.AvailableCount = ptr(int64(3)) }, false},
		{"count unknown", func(a *univaf.Availability) { a.AvailableCount = nil }, false},
		{"count 0", func(a *univaf.Availability) { a.AvailableCount = ptr(int64(0)) }, false},
		{"products", func(a *univaf.Availability) { a.Products = []string{"pfizer", "moderna"} }, false},
		{"products unknown", func(a *univaf.Availability) { a.Products = nil }, false},
		{"no products", func(a *univaf.Availability) { a.Products = []string{} }, false},
		{"products and doses swapped", func(a *univaf.Availability) { a.Products, a.Doses = a.Doses, a.Products }, false},
		{"doses", func(a *univaf.Availability) { a.Doses = nil }, false},
		{"capacity", func(a *univaf.Availability) { a.Capacity = nil }, false},
		{"capacity and slots swapped", func(a *univaf.Availability) { a.Capacity, a.Slots = a.Slots, a.Capacity }, false},
		{"meta", func(a *univaf.Availability) { a.Meta = json.RawMessage(`{}`) }, false},
		{"private", func(a *univaf.Availability) { a.IsPublic = false }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			other := base
			test.change(&other)
			if same := bytes.Equal(other.AppendContent(nil), base.AppendContent(nil)); same != test.same {
				t.Errorf("equal content: got %v, want %v", same, test.same)
			}
		})
	}
}

func TestDecodeContentRefuses(t *testing.T) {
	for _, text := range []string{
		``, `null`, `[]`, `{"available":"YES"`, `{"available"}`, `{"available":1}`, `{"available":"\x"}`, `{"available_count":null}`,
		`{"products":null}`, `{"products":["a",1]}`, `{"doses":"x"}`, `{"source":"s"}`,
	} {
		var a univaf.Availability
		if err := a.DecodeContent([]byte(text)); err == nil {
			t.Errorf("%s: no error", text)
		}
	}
}

// A record made of other bytes never writes into those of its neighbour.
func TestDecodedContentCannotGrowIntoData(t *testing.T) {
	text := []byte(`{"available":"YES","capacity":[1],"slots":[2],"is_public":true}`)
	var a univaf.Availability
	if err := a.DecodeContent(text); err != nil {
		t.Fatal(err)
	}
	_ = append(a.Capacity, "xxxxxx"...)
	if got := string(a.Slots); got != "[2]" {
		t.Errorf("got %s", got)
	}
}

var genContent = rapid.Custom(func(t *rapid.T) univaf.Availability {
	list := rapid.SampledFrom([][]string{nil, {}, {"jj"}, {"a\",\"b"}, {"a", "b"}, {"\u00e9\\"}, {"x]", "{"}})
	value := rapid.SampledFrom([]string{"", `[]`, `[1]`, `{}`, `{"a":"]}","b":[{"meta":{}}]}`, `[{"x":"\\\""}]`})
	raw := func(label string) json.RawMessage {
		if text := value.Draw(t, label); text != "" {
			return json.RawMessage(text)
		}
		return nil
	}
	return univaf.Availability{
		Available:      rapid.SampledFrom([]univaf.Status{"", univaf.Yes, univaf.No, univaf.Unknown}).Draw(t, "available"),
		AvailableCount: rapid.SampledFrom([]*int64{nil, ptr(int64(0)), ptr(int64(12))}).Draw(t, "available_count"),
		Products:       list.Draw(t, "products"), Doses: list.Draw(t, "doses"),
		Capacity: raw("capacity"), Slots: raw("slots"), Meta: raw("meta"),
		IsPublic: rapid.Bool().Draw(t, "is_public"),
	}
})

func TestContentIsTheSameExactlyIfAllIsThatWasSaid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := genContent.Draw(t, "a"), genContent.Draw(t, "b")
		if rapid.Bool().Draw(t, "nearly the same") {
			public := b.IsPublic
			b, b.IsPublic = a, public
		}
		textA, textB := a.AppendContent(nil), b.AppendContent(nil)
		if same := cmp.Equal(a, b); bytes.Equal(textA, textB) != same {
			t.Fatalf("equal records: %v\n%s\n%s", same, textA, textB)
		}
		again := b
		if err := again.DecodeContent(textA); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(a, again); diff != "" {
			t.Fatalf("-written +read:\n%s", diff)
		}
	})
}

// What AppendJSON writes is read in a faster way than the rest.
func TestRecordsAreReadAsEncodingJSONDoes(t *testing.T) {
	type plain univaf.Availability // without UnmarshalJSON
	pieces := rapid.SampledFrom([]string{`null`, `1`, `"`, `,`, `{`, `[`, `"x"`, ` `, `\u00e9`, "\xff", `-`, `Z`})
	rapid.Check(t, func(t *rapid.T) {
		a := genContent.Draw(t, "record")
		a.LocationID, a.Source = genText.Draw(t, "location"), genText.Draw(t, "source")
		a.ValidAt, a.CheckedAt, a.ChangedAt = at(0), at(1), noon.Add(1e6)
		text := a.AppendJSON(nil)
		for range rapid.IntRange(0, 2).Draw(t, "changes") {
			from := rapid.IntRange(0, len(text)).Draw(t, "from")
			to := min(from+rapid.IntRange(0, 4).Draw(t, "cut"), len(text))
			text = append(append(bytes.Clone(text[:from]), pieces.Draw(t, "piece")...), text[to:]...)
		}
		got, want := fullReport(), plain(fullReport())
		wantErr := json.Unmarshal(text, &want)
		for _, raw := range []*json.RawMessage{&want.Capacity, &want.Slots, &want.Meta} {
			if string(*raw) == "null" {
				*raw = nil
			}
		}
		given := bytes.Clone(text)
		err := got.UnmarshalJSON(given)
		for i := range given {
			given[i] = '?' // none of it is kept
		}
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%s: got error %v, want %v", text, err, wantErr)
		}
		if diff := cmp.Diff(univaf.Availability(want), got); err == nil && diff != "" {
			t.Fatalf("%s: -want +got:\n%s", text, diff)
		}
	})
}
