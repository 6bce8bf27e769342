package univaf_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"getmyvax.org/univaf"

	"github.com/google/go-cmp/cmp"
)

func TestDecodeUpdateRefuses(t *testing.T) {
	const (
		notTime  = "must be an ISO 8601 date and time, such as 2021-11-01T12:00:00Z, not "
		noTime   = "is required: an ISO 8601 date and time"
		notCount = "must be a whole number of 0 or more, not "
		noNUL    = "must not hold the NUL character"
		notPair  = "must be a pair [system, value], not "
		noColon  = "must not contain ':' (it parts the system from the value in addresses)"
		noSystem = "must be the name of a system of ids"
		notID    = "must be a string of 1 to 512 bytes"
	)
	long := strings.Repeat("x", 513)
	type errs = univaf.FieldErrors
	for _, test := range []struct {
		name, in string
		want     errs
	}{
		{"a list for the document", `[]`, errs{{"", "must be an object"}}},
		{"null for the document", `null`, errs{{"", "must be an object"}}},
		{"an unknown field", `{"names":"x"}`, errs{{"/names", "is not a known field"}}},
		{"a field in another case", `{"Name":"x"}`, errs{{"/Name", "is not a known field"}}},
		{"a name that is to be escaped", `{"a/b~":"x"}`, errs{{"/a~1b~0", "is not a known field"}}},
		{"a number for text", `{"name":1}`, errs{{"/name", "must be a string, not 1"}}},
		{"a list for text", `{"county":["x"]}`, errs{{"/county", `must be a string, not ["x"]`}}},
		{"NUL in text", `{"name":"a\u0000"}`, errs{{"/name", noNUL}}},
		{"NUL in the id", `{"id":"a\u0000"}`, errs{{"/id", noNUL}}},
		{"NUL in meta", `{"meta":{"a":[{"b":"\u0000"}]}}`, errs{{"/meta", noNUL}}},
		{"NUL in the name of a member of meta", `{"meta":{"a":{"\u0000":1}}}`, errs{{"/meta", noNUL}}},
		{"a kind of place that is none", `{"location_type":"SHOP"}`, errs{{"/location_type", `must be one of PHARMACY, MASS_VAX, CLINIC and MOBILE_CLINIC, not "SHOP"`}}},
		{"text for address lines", `{"address_lines":"1 Main"}`, errs{{"/address_lines", `must be a list of strings, not "1 Main"`}}},
		{"numbers among address lines", `{"address_lines":["a",1,{}]}`, errs{{"/address_lines/1", "must be a string, not 1"}, {"/address_lines/2", "must be a string, not {}"}}},
		{"a list for the position", `{"position":[1,2]}`, errs{{"/position", "must be an object"}}},
		{"half a position", `{"position":{"longitude":1}}`, errs{{"/position/latitude", "must be a number of degrees from -90 to 90, not nothing"}}},
		{"a position in space", `{"position":{"longitude":180.5,"latitude":"1"}}`, errs{
			{"/position/longitude", "must be a number of degrees from -180 to 180, not 180.5"},
			{"/position/latitude", `must be a number of degrees from -90 to 90, not "1"`},
		}},
		{"text for a boolean", `{"requires_waitlist":"yes"}`, errs{{"/requires_waitlist", `must be true or false, not "yes"`}}},
		{"1 for a boolean", `{"is_public":1}`, errs{{"/is_public", "must be true or false, not 1"}}},
		{"half months", `{"minimum_age_months":0.5}`, errs{{"/minimum_age_months", notCount + "0.5"}}},
		{"a negative age", `{"minimum_age_months":-1}`, errs{{"/minimum_age_months", notCount + "-1"}}},
		{"a list for meta", `{"meta":[1]}`, errs{{"/meta", "must be an object, not [1]"}}},
		{"a long sample is cut", `{"meta":"` + strings.Repeat("é", 40) + `"}`, errs{{"/meta", `must be an object, not "` + strings.Repeat("é", 29) + "…"}}},

		{"text for external ids", `{"external_ids":"x"}`, errs{{"/external_ids", `must be a list of [system, value] pairs, not "x"`}}},
		{"what is no pair", `{"external_ids":[["a"],["a","b","c"],"a:b",null,{"a":"b"}]}`, errs{
			{"/external_ids/0", notPair + `["a"]`},
			{"/external_ids/1", notPair + `["a","b","c"]`},
			{"/external_ids/2", notPair + `"a:b"`},
			{"/external_ids/3", notPair + `null`},
			{"/external_ids/4", notPair + `{"a":"b"}`},
		}},
		{"a colon in a system", `{"external_ids":[["a","1"],["a:b","1"]]}`, errs{{"/external_ids/1/0", noColon}}},
		{"a colon in a system, in the old form", `{"external_ids":{"a:b":"1"}}`, errs{{"/external_ids/a:b", noColon}}},
		{"empty ids", `{"external_ids":[["",""]]}`, errs{{"/external_ids/0/0", noSystem}, {"/external_ids/0/1", notID}}},
		{"empty ids in the old form", `{"external_ids":{"":"1","a":"","b":null}}`, errs{{"/external_ids/", noSystem}, {"/external_ids/a", notID}, {"/external_ids/b", notID}}},
		{"ids of other kinds", `{"external_ids":[[1,true]]}`, errs{{"/external_ids/0/0", "must be a string, not 1"}, {"/external_ids/0/1", "must be a string, not true"}}},
		{"ids that are too long", `{"external_ids":[["a","` + long + `"],["` + long + `","1"],["b",` + strings.Repeat("1", 513) + `]]}`, errs{
			{"/external_ids/0/1", notID + ", not 513"}, {"/external_ids/1/0", "must be at most 512 bytes, without NUL"}, {"/external_ids/2/1", notID + ", not 513"},
		}},
		{"NUL in ids", `{"external_ids":[["a","\u0000"],["\u0000","1"]]}`, errs{{"/external_ids/0/1", noNUL}, {"/external_ids/1/0", noNUL}}},

		{"a list for availability", `{"availability":[]}`, errs{{"/availability", "must be an object"}}},
		{"availability without anything", `{"availability":{}}`, errs{{"/availability/source", "is required: the name of the source"}, {"/availability/checked_at", noTime}}},
		{"nulls and empty text for what is required", `{"availability":{"source":"","checked_at":""}}`, errs{{"/availability/source", "is required: the name of the source"}, {"/availability/checked_at", noTime}}},
		{"a number for the source", `{"availability":{"source":1,"checked_at":"2021-11-01"}}`, errs{{"/availability/source", "must be a string, not 1"}}},
		{"a source that is too long", `{"availability":{"source":"` + long + `","checked_at":"2021-11-01"}}`, errs{{"/availability/source", "must be at most 512 bytes"}}},
		{"a time that is none", `{"availability":{"source":"s","checked_at":"now","valid_at":"2021-13-01"}}`, errs{
			{"/availability/checked_at", notTime + `"now"`}, {"/availability/valid_at", notTime + `"2021-13-01"`},
		}},
		{"a number for a time", `{"availability":{"source":"s","checked_at":1635768000}}`, errs{{"/availability/checked_at", "must be a string, not 1635768000"}}},
		{"the old name of valid_at is not pointed to", `{"availability":{"source":"s","checked_at":"2021-11-01","updated_at":"x"}}`, errs{{"/availability/valid_at", notTime + `"x"`}}},
		{"a status that is none", reportStart + `"available":"MAYBE"` + reportEnd, errs{{"/availability/available", `must be YES, NO or UNKNOWN, not "MAYBE"`}}},
		{"a boolean for the status", reportStart + `"available":true` + reportEnd, errs{{"/availability/available", "must be a string, not true"}}},
		{"a negative count", reportStart + `"available_count":-1` + reportEnd, errs{{"/availability/available_count", notCount + "-1"}}},
		{"text for a count", reportStart + `"available_count":"3"` + reportEnd, errs{{"/availability/available_count", notCount + `"3"`}}},
		{"a count that clients could not hold", reportStart + `"available_count":9007199254740992` + reportEnd, errs{{"/availability/available_count", notCount + "9007199254740992"}}},
		{"text for products", reportStart + `"products":"jj"` + reportEnd, errs{{"/availability/products", "must be a list"}}},
		{"what is no product", reportStart + `"products":["jj",null,1]` + reportEnd, errs{{"/availability/products/1", "must be a string, not null"}, {"/availability/products/2", "must be a string, not 1"}}},
		{"what is no dose", reportStart + `"doses":[[]]` + reportEnd, errs{{"/availability/doses/0", "must be a string, not []"}}},
		{"text for meta", reportStart + `"meta":"x"` + reportEnd, errs{{"/availability/meta", `must be an object, not "x"`}}},
		{"text for is_public", reportStart + `"is_public":"false"` + reportEnd, errs{{"/availability/is_public", `must be true or false, not "false"`}}},
		{"an object for slots", reportStart + `"slots":{}` + reportEnd, errs{{"/availability/slots", "must be a list"}}},
		{"what is no slot", reportStart + `"slots":[{"start":"2021-11-02T09:00:00Z"},null,"x"]` + reportEnd, errs{{"/availability/slots/1", "must be an object"}, {"/availability/slots/2", "must be an object"}}},
		{"a slot without start", reportStart + `"slots":[{"end":"2021-11-02T09:00:00Z"},{"start":null}]` + reportEnd, errs{{"/availability/slots/0/start", noTime}, {"/availability/slots/1/start", noTime}}},
		{"bad times of slots", reportStart + `"slots":[{"start":"2021-11-02","end":"9:00"},{"start":"2021-11-02T9:00:00Z"}]` + reportEnd, errs{
			{"/availability/slots/0/start", notTime + `"2021-11-02"`},
			{"/availability/slots/0/end", notTime + `"9:00"`},
			{"/availability/slots/1/start", notTime + `"2021-11-02T9:00:00Z"`},
		}},
		{"bad members of a slot", reportStart + `"slots":[{"start":1,"dose":1,"products":"jj","available":"MAYBE","available_count":-1,"unavailable_count":0.5,"x":"\u0000","\u0000":1}]` + reportEnd, errs{
			{"/availability/slots/0/start", "must be a string, not 1"},
			{"/availability/slots/0/dose", "must be a string, not 1"},
			{"/availability/slots/0/products", "must be a list"},
			{"/availability/slots/0/available", `must be YES, NO or UNKNOWN, not "MAYBE"`},
			{"/availability/slots/0/available_count", notCount + "-1"},
			{"/availability/slots/0/unavailable_count", notCount + "0.5"},
			{"/availability/slots/0/\x00", noNUL},
			{"/availability/slots/0/x", noNUL},
		}},
		{"what is wrong with slots in old meta", reportStart + `"meta":{"slots":[{}]}` + reportEnd, errs{{"/availability/slots/0/start", noTime}}},
		{"a day without date", reportStart + `"capacity":[{"available":"YES"}]` + reportEnd, errs{{"/availability/capacity/0/date", "is required: a date such as 2021-11-01"}}},
		{"bad dates", reportStart + `"capacity":[{"date":"2021-13-40"},{"date":"2021-11-01T00:00:00Z"},{"date":20211101}]` + reportEnd, errs{
			{"/availability/capacity/0/date", `must be a date such as 2021-11-01, not "2021-13-40"`},
			{"/availability/capacity/1/date", `must be a date such as 2021-11-01, not "2021-11-01T00:00:00Z"`},
			{"/availability/capacity/2/date", "must be a string, not 20211101"},
		}},
		{
			"everything at once, by name", `{"name":1,"zip":"x","availability":{"source":"s","available":"?","checked_at":null},"city":{},"external_ids":[1]}`,
			errs{
				{"/availability/checked_at", noTime},
				{"/availability/available", `must be YES, NO or UNKNOWN, not "?"`},
				{"/city", "must be a string, not {}"},
				{"/external_ids/0", notPair + "1"},
				{"/name", "must be a string, not 1"},
				{"/zip", "is not a known field"},
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := univaf.DecodeUpdate([]byte(test.in))
			var got univaf.FieldErrors
			if !errors.As(err, &got) {
				t.Fatalf("got error %v", err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestDecodeUpdateRefusesWhatIsNotJSON(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"nothing", "", "not valid JSON: unexpected end of JSON input at byte 0"},
		{"an end too early", `{"a":`, "not valid JSON: unexpected end of JSON input at byte 5"},
		{"two documents", `{} {}`, "not valid JSON: invalid character '{' after top-level value at byte 4"},
		{"a trailing comma", `{"a":1,}`, "not valid JSON: invalid character '}' looking for beginning of object key string at byte 8"},
		{"invalid UTF-8", "{\"name\":\"caf\xe9\"}", "not valid JSON: not UTF-8"},
		{"NaN", `{"position":NaN}`, "not valid JSON: invalid character 'N' looking for beginning of value at byte 13"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := univaf.DecodeUpdate([]byte(test.in))
			var syntax *univaf.SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("got error %v, which is no *SyntaxError", err)
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestFieldErrorsReadAsOneText(t *testing.T) {
	err := univaf.FieldErrors{{"/name", "is required"}, {"", "must be an object"}}.Err()
	if got, want := err.Error(), "/name is required; must be an object"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if err := (univaf.FieldErrors{}).Err(); err != nil {
		t.Errorf("got %v of no errors", err)
	}
	text, _ := json.Marshal(err)
	if got, want := string(text), `[{"pointer":"/name","message":"is required"},{"pointer":"","message":"must be an object"}]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
