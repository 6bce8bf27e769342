package smart

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Whatever goes in comes out, in order, however little fits into memory.
func TestSlotStore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		store := newSlotStore(rapid.SampledFrom([]int{0, 100, 1 << 20}).Draw(t, "memory"))
		defer store.close()
		want := map[int][]slotRow{}
		texts := rapid.SampledFrom([]string{"", "a", Free, ExtSlotCapacity, "valueInteger", "Zürich", "\x00"})
		for i := range rapid.IntRange(0, 50).Draw(t, "slots") {
			r := slotRow{place: i, schedule: i * 3, file: i % 2, slot: Slot{
				ResourceType: typeSlot, ID: fmt.Sprint(i), Status: texts.Draw(t, "status"),
				Start: Instant(texts.Draw(t, "start")), End: Instant(texts.Draw(t, "end")),
			}}
			for range rapid.IntRange(0, 3).Draw(t, "extensions") {
				e := Extension{URL: texts.Draw(t, "url"), Name: texts.Draw(t, "name")}
				if e.Name != "" {
					e.Value = json.RawMessage(`"` + e.Name + `"`)
				}
				r.slot.Extension = append(r.slot.Extension, e)
			}
			part := rapid.IntRange(0, 2).Draw(t, "part")
			want[part] = append(want[part], r)
			if err := store.add(part, &r); err != nil {
				t.Fatal(err)
			}
		}
		for part := range slotParts {
			got, err := store.take(part)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want[part], got, cmp.AllowUnexported(slotRow{})); diff != "" {
				t.Fatalf("part %d (-want +got):\n%s", part, diff)
			}
		}
	})
}

func TestUnpackRowsRefusesNonsense(t *testing.T) {
	r := slotRow{slot: Slot{ID: "1", Extension: []Extension{{URL: "u", Name: "valueX", Value: json.RawMessage("1")}}}}
	whole := r.append(nil)
	for i := 1; i < len(whole); i++ {
		if _, err := unpackRows(whole[:i]); err == nil {
			t.Errorf("the first %d of %d bytes are taken for rows", i, len(whole))
		}
	}
	if _, err := unpackRows([]byte{0, 0, 0, 0, 255, 255, 255, 255, 15}); err == nil {
		t.Error("a text without end is taken for one")
	}
}

// The fast way to read a slot gives what the other does.
func FuzzParseSlot(f *testing.F) {
	for _, line := range []string{
		`{"resourceType":"Slot","id":"1","schedule":{"reference":"Schedule/2"},"status":"free","start":"2026-11-01T08:00:00Z","end":"2026-11-01T08:15:00-05","extension":[{"url":"http://a.example/x","valueInteger":1},{"url":"u:v"}]}`,
		`{"resourceType":"Slot","id":"1","schedule":{"reference":"Schedule\/2","display":null},"status":"busy","start":"2026-11-01T08:00:00Z","end":"2026-11-01T08:15:00Z","extension":null,"more":{}}`,
		`{"resourceType":"Slot","id":null,"schedule":[],"status":1,"start":"soon","extension":[1,{"url":2}]}`,
		`{"RESOURCETYPE":"Slot"}`, "{\"id\":\"a\tb\"}", `[]`, `{`, `"x"`,
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		got, ok := parseSlot(line)
		if !ok {
			return
		}
		var want Slot
		if err := json.Unmarshal(line, &want); err != nil {
			t.Fatalf("%s is no slot: %v", line, err)
		}
		if err := want.Validate(); err != nil {
			t.Fatalf("%s is no valid slot: %v", line, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", line, diff)
		}
	})
}
