package univaf_test

import (
	"encoding/json"
	"testing"

	"getmyvax.org/univaf"
)

func TestTimes(t *testing.T) {
	for _, test := range []struct{ name, text, checked, valid string }{
		{"both", `{"id":"x","availability":{"checked_at":"C","valid_at":"V"}}`, "C", "V"},
		{"in the other order, with space", ` { "availability" : { "valid_at" : "V" , "checked_at" : "C" } } `, "C", "V"},
		{"one", `{"availability":{"source":"s","checked_at":"C"}}`, "C", ""},
		{"an empty one", `{"availability":{"checked_at":"","valid_at":"V"}}`, "", "V"},
		{"others elsewhere", `{"meta":{"checked_at":"a"},"availability":{"slots":[{"valid_at":"b"}],"checked_at":"C","meta":{"checked_at":"d"}}}`, "C", ""},
		{"in a text", `{"name":"\"availability\":{\"checked_at\":\"a\"}","availability":{"checked_at":"C"}}`, "C", ""},
	} {
		checked, valid, ok := univaf.Times([]byte(test.text))
		if got := string(checked.Of([]byte(test.text))); !ok || got != test.checked {
			t.Errorf("%s: checked %q, %v; want %q", test.name, got, ok, test.checked)
		}
		if got := string(valid.Of([]byte(test.text))); got != test.valid {
			t.Errorf("%s: valid %q, want %q", test.name, got, test.valid)
		}
	}
	for name, text := range map[string]string{
		"nothing":                  ``,
		"no object":                `[]`,
		"no availability":          `{"id":"x"}`,
		"null for availability":    `{"availability":null}`,
		"a list for it":            `{"availability":["checked_at","C"]}`,
		"it twice":                 `{"availability":{"checked_at":"C"},"availability":{"checked_at":"D"}}`,
		"no time":                  `{"availability":{"valid_at":"V"}}`,
		"a time twice":             `{"availability":{"checked_at":"C","checked_at":"D"}}`,
		"a number for a time":      `{"availability":{"checked_at":1}}`,
		"null for a time":          `{"availability":{"checked_at":"C","valid_at":null}}`,
		"escapes in a time":        `{"availability":{"checked_at":"\u0043"}}`,
		"escapes in a name":        `{"availability":{"checked_at":"C","checked\u005fat":"D"}}`,
		"escapes in a name above":  `{"availability":{"checked_at":"C"},"\u0061vailability":{}}`,
		"the old name of valid_at": `{"availability":{"checked_at":"C","updated_at":"V"}}`,
		"the end of it missing":    `{"availability":{"checked_at":"C`,
	} {
		if checked, valid, ok := univaf.Times([]byte(text)); ok {
			t.Errorf("%s: got %v and %v", name, checked, valid)
		}
	}
}

// What it cuts out must be what a reader of JSON finds there.
func FuzzTimes(f *testing.F) {
	f.Add([]byte(`{"availability":{"checked_at":"C","valid_at":"V","x":[{}]}}`))
	f.Add([]byte(`{"availability":{"checked_at":"C","checked\u005fat":"D"},"a":1}`))
	f.Add([]byte(`{"availability":{"checked_at`))
	f.Fuzz(func(t *testing.T, text []byte) {
		checked, valid, ok := univaf.Times(text)
		if !ok || !json.Valid(text) {
			return
		}
		var update, report map[string]json.RawMessage
		if err := json.Unmarshal(text, &update); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(update["availability"], &report); err != nil {
			t.Fatal(err)
		}
		if want := `"` + string(checked.Of(text)) + `"`; string(report["checked_at"]) != want {
			t.Errorf("checked_at is %s, it says %s", report["checked_at"], want)
		}
		if was, there := report["valid_at"]; there != (valid != univaf.Span{}) || there && string(was) != `"`+string(valid.Of(text))+`"` {
			t.Errorf("valid_at is %s, it says %q", was, valid.Of(text))
		}
	})
}
