package source_test

import (
	"encoding/json"
	"testing"

	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/source/sourcetest"
)

func TestUnpad(t *testing.T) {
	for in, want := range map[string]string{"04259": "4259", "000": "0", "": "", "00a": "00a", "1-02": "1-02", "٠١": "٠١"} {
		if got := source.Unpad(in); got != want {
			t.Errorf("Unpad(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestTitleCase(t *testing.T) {
	for in, want := range map[string]string{"TOMS  river": "Toms  River", "ÉTUDE o'NEIL": "Étude O'neil", "": ""} {
		if got := source.TitleCase(in); got != want {
			t.Errorf("TitleCase(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCleanURL(t *testing.T) {
	for in, want := range map[string]string{ // "error" is one
		"": "", "  ": "", " kroger.com/rx ": "http://kroger.com/rx", "HTTPS://a.co": "HTTPS://a.co", "no": "error",
		"ftp://a.co": "error", "a.co/with spaces": "error", "javascript:alert(1)": "error",
	} {
		got, err := source.CleanURL(in)
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("CleanURL(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestSharedTables(t *testing.T) {
	for function, f := range map[string]func(string) (string, error){
		"unpadNumber": func(s string) (string, error) { return source.Unpad(s), nil },
		"titleCase":   func(s string) (string, error) { return source.TitleCase(s), nil },
		"cleanUrl":    source.CleanURL,
	} {
		t.Run(function, func(t *testing.T) {
			for _, row := range sourcetest.Table(t, function) {
				want := ""
				if row.Output != nil {
					if err := json.Unmarshal(row.Output, &want); err != nil {
						t.Fatal(err)
					}
				}
				if got, err := f(row.Text(t, 0)); got != want || (err != nil) != (row.Error != nil) {
					t.Errorf("%s = %q, %v; want %q, %+v", row.Args, got, err, want, row.Error)
				}
			}
		})
	}
}

func TestSchema(t *testing.T) {
	schema := source.MustSchema(`{
		"type": "object", "required": ["id"], "additionalProperties": false,
		"properties": {"id": {"type": "integer", "minimum": 1}, "url": {"type": "string", "format": "uri"}}
	}`)
	var got struct{ ID int }
	if err := schema.Decode([]byte(`{"id": 7}`), &got); err != nil || got.ID != 7 {
		t.Errorf("got %+v, %v", got, err)
	}
	for record, want := range map[string]string{
		`{}`:                          "/: missing property 'id'",
		`{"id": 0, "url": "nowhere"}`: "/id: minimum: got 0, want 1; /url: 'nowhere' is not valid uri: relative url",
		`{"id": 1, "more": true}`:     "/: additional properties 'more' not allowed",
		`[`:                           "unexpected EOF",
	} {
		if err := schema.Decode([]byte(record), &got); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", record, err, want)
		}
	}
}
