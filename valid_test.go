package univaf_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"getmyvax.org/univaf"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// checkSyntax checks that what is JSON at all is what encoding/json takes for it, if
// it is UTF-8, and that what is wrong with it is said in the same words.
func checkSyntax(t rapid.TB, text []byte) {
	t.Helper()
	want := ""
	var syntax *json.SyntaxError
	switch err := json.Unmarshal(text, new(json.RawMessage)); {
	case !utf8.Valid(text):
		want = "not valid JSON: not UTF-8"
	case errors.As(err, &syntax):
		want = fmt.Sprintf("not valid JSON: %v at byte %d", err, syntax.Offset)
	}
	_, _, err := univaf.DecodeUpdate(text)
	var refused *univaf.SyntaxError
	got := ""
	if errors.As(err, &refused) {
		got = err.Error()
	}
	if got != want {
		t.Fatalf("%.200q: got error %q, want %q", text, got, want)
	}
}

// checkCanonical checks the canonical form of a value against encoding/json's, which
// has the members of an object by name and each once, too.
func checkCanonical(t rapid.TB, value []byte) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(value))
	dec.UseNumber()
	var v any
	if !utf8.Valid(value) || !json.Valid(value) || dec.Decode(&v) != nil {
		return
	}
	var want bytes.Buffer
	enc := json.NewEncoder(&want)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(map[string]any{"x": v}); err != nil {
		t.Fatal(err)
	}
	in := append(append([]byte(`{"meta":{"x":`), value...), "}}"...)
	u, _, err := univaf.DecodeUpdate(in)
	if err != nil && strings.Contains(err.Error(), "NUL") && strings.Contains(want.String(), `\u0000`) {
		return
	}
	if err != nil {
		t.Fatalf("%s: %v", in, err)
	}
	for i := range in {
		in[i] = '?' // none of it is kept
	}
	if diff := cmp.Diff(strings.TrimSuffix(want.String(), "\n"), string(u.Meta)); diff != "" {
		t.Fatalf("%s: -want +got:\n%s", value, diff)
	}
}

var jsonSeeds = []string{
	``, ` `, `0`, `-`, `-0`, `01`, `1.`, `.5`, `1.5e`, `1e+5`, `1E-05`, `- 1`, `+1`, `0x1`, `tru`, `true`, `truer`, `nul`, `NaN`, `Infinity`,
	`"`, `"\"`, `"\\"`, `"\u12"`, `"\u12G4"`, `"\x"`, "\"\t\"", "\"\x7f\"", "\"\x00\"", "\"\xff\"", "\"\xed\xa0\x80\"", `"\ud83d\ude00"`, `"\ud83d"`,
	`"\ud83dx"`, `"\ude00\ud83d"`, `"\ud83d\ud83d\ude00"`, `"\uD83D\u0041"`, `"\u2028\u2029"`, "\"\u2028 \u2029\"", `"<>&\/"`, `"\b\f\n\r\t\u001f\u007f"`,
	`"\ufffd"`, `"\uffff"`, `"\u0000"`, `"\\u0000"`, `"\\\u0000"`, `"\u0000\u0000"`, `{"\u0000":1}`,
	`[`, `[]`, `[ ]`, `[,]`, `[1,]`, `[1 2]`, `[1,[2,[3,{}]]]`, `]`, `{`, `{}`, `{ }`, `{,}`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{"a" 1}`, `{a:1}`, `{"a":1 "b":2}`,
	`{"b":1,"a":2,"c":3}`, `{"b":1,"a":2,"\u0062":3,"a":{}}`, `{"a":"\u0000","a":1}`, `{"":{"":[]},"é":"\u00e9","\u00e9":1}`, `{"aa":1,"a":2,"A":3,"B":4,"\ufffd":5,"𝄞":6}`,
	"\v1", "\u00a01", " \t\r\n1 \t\r\n", `1 1`, `{} []`, `/**/1`, `[1e999,-1E-999,12345678901234567890.10]`,
}

// FuzzJSON looks for text that is read another way than encoding/json does.
func FuzzJSON(f *testing.F) {
	for _, seed := range jsonSeeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		checkSyntax(t, text)
		checkCanonical(t, text)
	})
}

// Values of which a few bytes were changed are nearly JSON.
func TestJSONIsReadAsEncodingJSONDoes(t *testing.T) {
	pieces := rapid.SampledFrom([]string{`{`, `}`, `[`, `]`, `"`, `,`, `:`, `\`, `0`, `1e`, `-`, `.`, ` `, `null`, `u`, "\x00", "\x80", "é", `\ud800`})
	rapid.Check(t, func(t *rapid.T) {
		value, err := json.Marshal(genPlain(t, 3))
		if err != nil {
			t.Fatal(err)
		}
		checkSyntax(t, value)
		checkCanonical(t, value)
		for range rapid.IntRange(1, 3).Draw(t, "changes") {
			from := rapid.IntRange(0, len(value)).Draw(t, "from")
			to := min(from+rapid.IntRange(0, 2).Draw(t, "cut"), len(value))
			value = append(append(bytes.Clone(value[:from]), pieces.Draw(t, "piece")...), value[to:]...)
		}
		checkSyntax(t, value)
		checkCanonical(t, value)
	})
}

// genPlain gives a value that encoding/json can write.
func genPlain(t *rapid.T, depth int) any {
	switch rapid.IntRange(0, 4).Draw(t, "kind") {
	case 0:
		return json.RawMessage(rapid.SampledFrom([]string{`0`, `-1.50`, `1e999`, `"\u00e9"`, `"\/"`, `null`, `true`, `"\u0000"`}).Draw(t, "raw"))
	case 1:
		if depth > 0 {
			list := make([]any, rapid.IntRange(0, 3).Draw(t, "length"))
			for i := range list {
				list[i] = genPlain(t, depth-1)
			}
			return list
		}
	case 2:
		if depth > 0 {
			members := map[string]any{}
			for _, name := range rapid.SliceOfN(genText, 0, 3).Draw(t, "names") {
				members[name] = genPlain(t, depth-1)
			}
			return members
		}
	}
	return genText.Draw(t, "text")
}

func TestJSONOfAnyDepthIsReadAsEncodingJSONDoes(t *testing.T) {
	for _, depth := range []int{9_998, 9_999, 10_000, 10_001, 100_000} {
		for _, nest := range []struct{ open, inner, end string }{{"[", "", "]"}, {`{"a":`, "0", "}"}, {`[{"b":1,"a":`, "[]", "}]"}} {
			text := strings.Repeat(nest.open, depth) + nest.inner + strings.Repeat(nest.end, depth)
			checkSyntax(t, []byte(text))
			checkSyntax(t, []byte(text[:len(text)-1]))
		}
	}
	checkCanonical(t, []byte(strings.Repeat("[", 9_998)+strings.Repeat("]", 9_998)))
	checkCanonical(t, []byte(strings.Repeat(`{"b":[],"a":`, 9_900)+"0"+strings.Repeat("}", 9_900)))
}

// Large objects are ordered another way than small ones.
func TestMembersOfLargeObjectsAreByNameAndOnce(t *testing.T) {
	for _, count := range []int{31, 32, 33, 34, 500} {
		var members []string
		for i := range count {
			members = append(members, fmt.Sprintf(`"%d":%d`, i*7919%count, i), fmt.Sprintf(`"\u003%d":"again %d"`, i%10, i))
		}
		for _, text := range []string{"{" + strings.Join(members, ",") + "}", "{" + strings.Join(members[:count], ",") + "}"} {
			checkCanonical(t, []byte(text))
			place := decode(t, `{"meta":`+text+`}`)
			report := decode(t, `{"availability":{"source":"s","checked_at":"2021-11-01","meta":`+text+`}}`)
			if diff := cmp.Diff(string(place.Meta), string(report.Availability.Meta)); diff != "" {
				t.Errorf("-of the place +of the report:\n%s", diff)
			}
		}
	}
}
