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

func TestContentIsTheSameExactlyIfItsHashIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := genContent.Draw(t, "a"), genContent.Draw(t, "b")
		if rapid.Bool().Draw(t, "nearly the same") {
			public := b.IsPublic
			b, b.IsPublic = a, public
		}
		textA, textB := a.AppendContent(nil), b.AppendContent(nil)
		if bytes.Equal(textA, textB) != (a.Hash() == b.Hash()) {
			t.Fatalf("equal hashes: %v\n%s\n%s", a.Hash() == b.Hash(), textA, textB)
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
