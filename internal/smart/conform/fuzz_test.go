package conform

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"
)

// Documents are those that encoding/json accepts, but for ones that are not UTF-8 or
// nested too deep, and say the same.
func FuzzDocument(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,-0.5e+3,true,false,null,"x\u00e9\n",{}],"a":2}`, ` [ ] `, `"\ud800"`, `01`, `1.`, `-`, `[1,]`, `{"a":1,}`, `{"a"}`, "\"\t\"", `"\x"`, `nul`,
		"", "\xff", `{"":{"":[[]]}}`, `1 2`, `"\u12"`, "\uFEFF{}",
	} {
		f.Add([]byte(seed))
	}
	var d document
	f.Fuzz(func(t *testing.T, b []byte) {
		v, ok := d.parse(b)
		if bytes.Count(b, []byte("["))+bytes.Count(b, []byte("{")) > maxDepth {
			return
		}
		if want := json.Valid(b) && utf8.Valid(b); ok != want {
			t.Fatalf("%q: %v, encoding/json says %v", b, ok, want)
		}
		if !ok {
			return
		}
		var want any
		dec := json.NewDecoder(bytes.NewReader(b))
		dec.UseNumber()
		if err := dec.Decode(&want); err != nil {
			t.Fatal(err)
		}
		same(t, v, want)
	})
}

// same compares v with what encoding/json has made of it.
func same(t *testing.T, v value, want any) {
	t.Helper()
	switch want := want.(type) {
	case nil:
		if v.kind() != null {
			t.Fatalf("%v is not null", v)
		}
	case string:
		if v.kind() != text || string(v.text()) != want {
			t.Fatalf("%q is not %q", v.text(), want)
		}
	case json.Number:
		if v.kind() != number || string(v.raw()) != want.String() {
			t.Fatalf("%v is not %v", v, want)
		}
	case bool:
		if v.kind() != boolean {
			t.Fatalf("%v is not %v", v, want)
		}
	case []any:
		if v.kind() != list || v.size() != len(want) {
			t.Fatalf("%v has %d elements, not %d", v, v.size(), len(want))
		}
		i := 0
		for e := range v.elements {
			same(t, e, want[i])
			i++
		}
	case map[string]any:
		last := map[string]value{} // encoding/json keeps the last of equal names
		for name, member := range v.members {
			last[string(name.text())] = member
		}
		if v.kind() != object || len(last) != len(want) {
			t.Fatalf("%v has %d members, not %d", v, len(last), len(want))
		}
		for name, member := range last {
			same(t, member, want[name])
		}
	}
}

// Whatever a file holds, the checker lives, and says that all is well only of lines
// that are JSON objects.
func FuzzFile(f *testing.F) {
	for _, seed := range []string{
		`{"resourceType":"Location","id":"1","telecom":[{}],"address":{"line":[1]},"position":{"latitude":1e999},"identifier":[[]],"extension":[null,{"url":"a:b"}]}`,
		`{"resourceType":"Schedule","id":"1","actor":[{"reference":"Location/"}],"serviceType":[{"coding":[{}]}],"extension":[{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/vaccine-dose","valueInteger":-1}]}`,
		`{"resourceType":"Slot","id":"1","schedule":{"reference":"Schedule/1"},"status":"free","start":"2026-02-30T00:00:00Z","end":"9999-12-31T23:59:60.9+14:00"}`,
		"\uFEFF\r\n{}\r\n\r\n", "\x00\xff\xfe", "", "\n\n\n", `{"id":1`, "[]\n1\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, kind := range []string{typeLocation, typeSchedule, typeSlot} {
			c := newChecker(2)
			out := File{Name: "file"}
			whole := c.file(t.Context(), bytes.NewReader(b), listed{resourceType: kind, url: "x"}, &out)
			if whole != c.report.Complete || whole && out.Bytes != int64(len(b)) {
				t.Fatalf("whole %v, complete %v, read %d of %d bytes", whole, c.report.Complete, out.Bytes, len(b))
			}
			bad := c.report.Rules[ruleIndex["file.json-lines"]].Count
			for _, l := range bytes.Split(bytes.TrimPrefix(b, []byte(byteOrderMark)), []byte("\n")) {
				if l = bytes.TrimSpace(l); len(l) > 0 && !json.Valid(l) {
					bad--
				}
			}
			if bad < 0 && whole {
				t.Fatalf("%d lines were taken for JSON", -bad)
			}
			for _, r := range c.report.Rules {
				for _, e := range r.Examples {
					if !utf8.ValidString(e.Message) || !utf8.ValidString(e.ID) {
						t.Fatalf("%q", e.Message)
					}
				}
			}
		}
	})
}

// A manifest may say anything, too.
func FuzzManifest(f *testing.F) {
	for _, seed := range []string{
		`{"output":[{"type":"Slot","url":"http://[::1","extension":{"state":["MA",1,null]}},1,{"type":["Slot"]}]}`, `{"output":[{"url":"%zz"}],"error":{}}`, "\uFEFF{}", "",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(_ *testing.T, b []byte) {
		c := newChecker(2)
		files, _ := c.manifest(b)
		w := &web{own: "https://x.example/$bulk-publish"}
		for _, f := range files {
			_, _ = w.absolute(f.url), w.name(f.url)
		}
	})
}
