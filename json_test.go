package univaf_test

import (
	"encoding/json"
	"testing"

	"getmyvax.org/univaf"

	"github.com/google/go-cmp/cmp"
)

func TestMembersElementsAndText(t *testing.T) {
	const object = ` {"a" : "x\ty", "b\u0062":[1, {"c":[ ]},"]"], "a":null } `
	if err := univaf.ValidateJSON([]byte(object)); err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for name, value := range univaf.Members([]byte(object[1:])) {
		got[string(name)] = append(got[string(name)], string(value))
	}
	want := map[string][]string{"a": {`"x\ty"`, "null"}, "bb": {`[1, {"c":[ ]},"]"]`}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
	var elements []string
	for value := range univaf.Elements([]byte(want["bb"][0])) {
		elements = append(elements, string(value))
	}
	if diff := cmp.Diff([]string{"1", `{"c":[ ]}`, `"]"`}, elements); diff != "" {
		t.Errorf("elements (-want +got):\n%s", diff)
	}
	if text, ok := univaf.Text([]byte(`"x\ty"`)); string(text) != "x\ty" || !ok {
		t.Errorf("text %q, %v", text, ok)
	}
	for _, value := range []string{"null", "1", "{}", ""} {
		if text, ok := univaf.Text([]byte(value)); ok {
			t.Errorf("%s is the text %q", value, text)
		}
	}
}

func FuzzMembers(f *testing.F) {
	f.Add([]byte(`{"a":1,"b":{"c":[2]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var want map[string]json.RawMessage
		if univaf.ValidateJSON(data) != nil || data[0] != '{' || json.Unmarshal(data, &want) != nil {
			return
		}
		got := map[string]json.RawMessage{}
		for name, value := range univaf.Members(data) {
			got[string(name)] = value
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", data, diff)
		}
	})
}
