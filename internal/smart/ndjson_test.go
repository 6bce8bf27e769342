package smart_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"getmyvax.org/univaf/internal/smart"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// line is a location's record.
func line(id, name string) string {
	return `{"resourceType":"Location","id":"` + id + `","identifier":[],"name":"` + name + `","telecom":[],` +
		`"address":{"line":["1 Elm St"],"city":"Camden","state":"NJ","postalCode":"08102"}}`
}

// read gives what Decode yields: ids and names, or errors.
func read(r io.Reader) []string {
	var got []string
	for l, err := range smart.Decode[smart.Location](r) {
		if err != nil {
			got = append(got, err.Error())
			continue
		}
		got = append(got, l.ID+" "+l.Name)
	}
	return got
}

func TestDecodeLines(t *testing.T) {
	long := strings.Repeat("x", smart.MaxLine)
	for _, test := range []struct {
		name, in string
		want     []string
	}{
		{"nothing", "", nil},
		{"only empty lines", "\n\r\n\n", nil},
		{"LF", line("1", "a") + "\n" + line("2", "b") + "\n", []string{"1 a", "2 b"}},
		{"CRLF and no end", line("1", "a") + "\r\n\r\n" + line("2", "b"), []string{"1 a", "2 b"}},
		{"a byte order mark", "\uFEFF" + line("1", "a") + "\n", []string{"1 a"}},
		{"literal tabs in a text", line("1", "a\tb"), []string{"1 a\tb"}},
		{"tabs around", "\t" + line("1", "a") + "\t\n", []string{"1 a"}},
		{"empty lines do not count", line("1", "a") + "\n\n{nope}\n" + line("2", "b"), []string{
			"1 a", "line 2: not valid JSON: invalid character 'n' looking for beginning of object key string: {nope}", "2 b",
		}},
		{"a line of spaces", line("1", "a") + "\n ", []string{"1 a", "line 2: not valid JSON: unexpected end of JSON input:  "}},
		{"other JSON", "[1]\n3", []string{"line 1: must be an object, not array: [1]", "line 2: must be an object, not number: 3"}},
		{"a huge line", line("1", "a") + "\n" + line("2", long) + "\n" + line("3", "c"), []string{
			"1 a", "line 2: the line is longer than 1048576 bytes: " + line("2", long)[:120] + "…", "3 c",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(test.in), iotest.HalfReader(strings.NewReader(test.in))} {
				got := read(r)
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
		})
	}
}

// A file that breaks off gives its whole lines and then the error.
func TestDecodeTruncated(t *testing.T) {
	broken := errors.New("connection reset")
	in := io.MultiReader(strings.NewReader(line("1", "a")+"\n"+line("2", "b")[:40]), iotest.ErrReader(broken))
	var got []string
	for l, err := range smart.Decode[smart.Location](in) {
		if err != nil {
			if !errors.Is(err, broken) {
				t.Errorf("got %v", err)
			}
			got = append(got, "error")
			continue
		}
		got = append(got, l.ID)
	}
	if diff := cmp.Diff([]string{"1", "error"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDecodeStopsWhenTold(t *testing.T) {
	for range smart.Decode[smart.Location](strings.NewReader(line("1", "a") + "\n" + line("2", "b"))) {
		break
	}
}

// What is written reads back as it was.
func TestEncodeThenDecode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String()
		want := smart.Location{
			ResourceType: "Location",
			ID:           rapid.StringMatching(`[A-Za-z0-9\-._]{1,64}`).Draw(t, "id"),
			Name:         text.Draw(t, "name"),
			Description:  text.Draw(t, "description"),
			Telecom:      []smart.Telecom{{System: "phone", Value: text.Draw(t, "phone")}},
			Address: smart.Address{
				Line: rapid.SliceOf(text).Draw(t, "line"), City: text.Draw(t, "city"),
				State: text.Draw(t, "state"), PostalCode: text.Draw(t, "zip"), District: text.Draw(t, "county"),
			},
			Position: &smart.Position{
				Latitude:  rapid.Float64Range(-90, 90).Draw(t, "latitude"),
				Longitude: rapid.Float64Range(-180, 180).Draw(t, "longitude"),
			},
		}
		var file bytes.Buffer
		if err := smart.NewEncoder(&file).Encode(want); err != nil {
			t.Fatal(err)
		}
		for got, err := range smart.Decode[smart.Location](&file) {
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}
	})
}

// Whatever a publisher serves, reading neither panics nor invents records.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(line("1", "a\tb") + "\r\n\n{nope}"))
	f.Add([]byte(slotLine(`,"extension":[{"url":"a:b","valueInteger":"1"}]`)))
	f.Add([]byte(`{"extension":[{"url":1}]}` + "\n" + `{"extension":[null,{"value":{}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		for range smart.Decode[smart.Location](bytes.NewReader(data)) {
		}
		for range smart.Decode[smart.Schedule](bytes.NewReader(data)) {
		}
		for s, err := range smart.Decode[smart.Slot](bytes.NewReader(data)) {
			if err != nil {
				continue
			}
			_, _ = s.Capacity()
			for i := range s.Extension {
				_, _ = s.Extension[i].Int()
				_, _ = s.Extension[i].Coding()
			}
			if err := smart.NewEncoder(io.Discard).Encode(s); err != nil {
				t.Errorf("%s: %v", data, err)
			}
		}
		_, _ = smart.ParseManifest(data)
	})
}

func slotLine(more string) string {
	return `{"resourceType":"Slot","id":"9","schedule":{"reference":"Schedule/8"},"status":"free",` +
		`"start":"2021-11-01T09:00:00-04:00","end":"2021-11-01T09:10:00-04:00"` + more + `}`
}
