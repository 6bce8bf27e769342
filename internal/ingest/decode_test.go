package ingest_test

import (
	"errors"
	"testing"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/ingest"

	"github.com/google/go-cmp/cmp"
)

func TestDecodeStates(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"a code", "NJ", "NJ"},
		{"a code in lower case", "nj", "NJ"},
		{"a name", "New Jersey", "NJ"},
		{"a name in any case", " new JERSEY ", "NJ"},
		{"an abbreviation", "Calif.", "CA"},
		{"one with spaces", "N. Mex.", "NM"},
		{"the capital, as it is written", "Washington, D.C.", "DC"},
		{"a territory", "Puerto Rico", "PR"},
		{"a code since replaced", "CM", "MP"},
		{"an older one of Nebraska", "NB", "NE"},
		{"the islands by their short name", "USVI", "VI"},
		{"a freely associated state", "Palau", "PW"},
		{"none", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			u, warnings, err := ingest.Decode([]byte(`{"external_ids":[["a","1"]],"state":"` + test.in + `"}`))
			if err != nil || warnings != nil {
				t.Fatalf("error %v, warnings %q", err, warnings)
			}
			if u.State != test.want {
				t.Errorf("got %q, want %q", u.State, test.want)
			}
		})
	}
}

func TestDecodeIDs(t *testing.T) {
	const id = "855b42ea-e952-4121-8a56-1f153498de4f"
	for _, test := range []struct{ name, in, want string }{
		{"a UUID", `{"id":"` + id + `"}`, id},
		{"a UUID in upper case", `{"id":"855B42EA-E952-4121-8A56-1F153498DE4F"}`, id},
		{"a UUID beside external ids", `{"id":"855B42ea-e952-4121-8a56-1f153498de4f","external_ids":[["a","1"]]}`, id},
		{"no id but external ids", `{"external_ids":[["a","1"]]}`, ""},
		{"a sender's own id beside external ids", `{"id":"store-7","external_ids":[["a","1"]]}`, ""},
		{"a number beside external ids", `{"id":7,"external_ids":[["a","1"]]}`, ""},
		{"a UUID in another form beside external ids", `{"id":"{` + id + `}","external_ids":[["a","1"]]}`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			u, warnings, err := ingest.Decode([]byte(test.in))
			if err != nil || warnings != nil {
				t.Fatalf("error %v, warnings %q", err, warnings)
			}
			if u.ID != test.want {
				t.Errorf("got %q, want %q", u.ID, test.want)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	const (
		notUUID = "must be a UUID where there are no external_ids"
		noID    = "or external_ids is required, to say which location is meant"
		noState = "must be the USPS code or the name of a US state or territory, not "
	)
	for _, test := range []struct {
		name, in string
		want     univaf.FieldErrors
	}{
		{"neither id nor external ids", `{"name":"x"}`, univaf.FieldErrors{{Pointer: "/id", Message: noID}}},
		{"empty ones", `{"id":"","external_ids":[]}`, univaf.FieldErrors{{Pointer: "/id", Message: noID}}},
		{"an id that is no UUID", `{"id":"store-7"}`, univaf.FieldErrors{{Pointer: "/id", Message: notUUID}}},
		{"a number for an id", `{"id":7}`, univaf.FieldErrors{{Pointer: "/id", Message: notUUID}}},
		{"a UUID without hyphens", `{"id":"855b42eae95241218a561f153498de4f"}`, univaf.FieldErrors{{Pointer: "/id", Message: notUUID}}},
		{"36 characters that are no UUID", `{"id":"855b42ea-e952-4121-8a56-1f153498de4g"}`, univaf.FieldErrors{{Pointer: "/id", Message: notUUID}}},
		{"an unknown state", `{"external_ids":[["a","1"]],"state":"Atlantis"}`, univaf.FieldErrors{{Pointer: "/state", Message: noState + `"Atlantis"`}}},
		{"the Canal Zone", `{"external_ids":[["a","1"]],"state":"CZ"}`, univaf.FieldErrors{{Pointer: "/state", Message: noState + `"CZ"`}}},
		{"id and state", `{"id":"x","state":"Atlantis"}`, univaf.FieldErrors{{Pointer: "/id", Message: notUUID}, {Pointer: "/state", Message: noState + `"Atlantis"`}}},
		{"what the domain refuses, too", `{"name":1}`, univaf.FieldErrors{
			{Pointer: "/name", Message: "must be a string, not 1"}, {Pointer: "/id", Message: noID},
		}},
		{"ids that are wrong are not also missing", `{"external_ids":"x","state":"CZ"}`, univaf.FieldErrors{
			{Pointer: "/external_ids", Message: `must be a list of [system, value] pairs, not "x"`}, {Pointer: "/state", Message: noState + `"CZ"`},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, warnings, err := ingest.Decode([]byte(test.in))
			var got univaf.FieldErrors
			if !errors.As(err, &got) || warnings != nil {
				t.Fatalf("error %v, warnings %q", err, warnings)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestDecodeTellsSyntaxErrorsApart(t *testing.T) {
	_, _, err := ingest.Decode([]byte(`{"name":`))
	if syntax := (*univaf.SyntaxError)(nil); !errors.As(err, &syntax) {
		t.Errorf("got error %v", err)
	}
}

func TestDecodeWarnsOfWhatItIgnores(t *testing.T) {
	_, warnings, err := ingest.Decode([]byte(
		`{"external_ids":[["a","1"]],"availability":{"source":"s","checked_at":"2021-11-01","waits":1,"x/y":2}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"/availability/waits is not a known field and was ignored",
		"/availability/x~1y is not a known field and was ignored",
	}
	if diff := cmp.Diff(want, warnings); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
