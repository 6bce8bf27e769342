package feed_test

import (
	"testing"

	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/source/feed"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

const whole = `
name: a
url: https://a.example/clinics.csv
provider: a_county
location:
  id: ID
  name: Name
  state: {value: NJ}
`

func TestCheck(t *testing.T) {
	const at = "feeds[a]."
	for _, test := range []struct {
		name, entry string
		want        []string
	}{
		{"what is needed", whole, nil},
		{"nothing", "{}", []string{
			`feeds[?].name: must be letters, digits, - and _, and begin with a letter, not ""`,
			"feeds[?].url: must be the address of the feed, such as https://example.org/clinics.csv, or file the name of a file",
			`feeds[?].provider: must be a name without colon, such as essex_county, not ""`,
			"feeds[?].location.id: must name the column or field with the place's id, which is its own and never changes",
			"feeds[?].location.name: must name the column or field with the place's name",
			"feeds[?].location.state: must name the column or field with the state (or map full_address or postal_code); if all places are in one, write {value: NJ}",
		}},
		{"no name of places", "{name: a, file: a.csv, provider: a, location: {id: ID, postal_code: ZIP}}", []string{
			at + "location.name: must name the column or field with the place's name",
		}},
		{"where it is", whole + "file: a.csv", []string{at + "file: must not be set together with url: a feed is one or the other"}},
		{"a file as an address", "{name: a, url: 'file:///etc/passwd', provider: a, location: {id: ID, name: N, state: S}}", []string{
			at + "url: must begin with https://; a file on this machine goes into file",
		}},
		{"no address", "{name: a, url: clinics.csv, provider: a, location: {id: ID, name: N, state: S}}", []string{
			at + "url: must be the address of the feed, such as https://example.org/clinics.csv",
		}},
		{"headers of a file", "{name: a, file: a.csv, headers: {A: b}, provider: a, location: {id: ID, name: N, state: S}}", []string{at + "headers: is for url"}},
		{"what is common to all places", "{name: a, file: a.x, provider: 'a:b', id_system: npi_usa, location_type: SHOP, time_zone: Eastern, states: [nj], stale_after: 2 days, location: {id: ID, name: N, state: S}}", []string{
			at + `stale_after: must be a duration greater than 0, such as 36h, not "2 days"`,
			at + `provider: must be a name without colon, such as essex_county, not "a:b"`,
			at + "id_system: must be a system whose ids are one place's each, which those of npi_usa are not; put them in location.external_ids",
			at + `location_type: must be one of [PHARMACY MASS_VAX CLINIC MOBILE_CLINIC], not "SHOP"`,
			at + `time_zone: must be a zone of the IANA database, such as America/New_York, not "Eastern"`,
			at + `states: must be USPS codes, such as NJ, not "nj"`,
		}},
		{"how a table is read", whole + "format: xls\ndelimiter: ', '\nheader_row: -1\nitems: a..b\nrows: clinics", []string{
			at + `format: must be one of [csv json ndjson], not "xls"`,
			at + `delimiter: must be one character, such as ";", or tab, not ", "`,
			at + "header_row: must be the number of a row, from 1, not -1",
			at + "items: must be names with dots between and, for one of a list, its number from 0 in brackets, such as contact.phones[0]",
			at + `rows: must be one of [places slots days products], not "clinics"`,
		}},
		{"what is for CSV", whole + "format: json\ndelimiter: tab\nheader_row: 2", []string{at + "delimiter: is for CSV", at + "header_row: is for CSV"}},
		{"what is for JSON", whole + "items: data", []string{at + "items: is for JSON, and the format is csv"}},
		{"paths in JSON", "{name: a, file: a.JSONL, provider: a, location: {id: 'a[x]', name: '.', state: 'a b.c[0][1]'}}", []string{
			at + `location.id: must be names with dots between and, for one of a list, its number from 0 in brackets, such as contact.phones[0], not "a[x]"`,
			at + `location.name: must be names with dots between and, for one of a list, its number from 0 in brackets, such as contact.phones[0], not "."`,
		}},
		{"forms of fields", whole + `
  city: {field: Town, value: Newark}
  county: {map: {a: b}}
  info_phone: ["", Phone]
  description: {field: Notes, format: YYYY, separator: ","}
`, []string{
			at + "location.city: must be a field or a value, not both",
			at + "location.county: must name a field; what is the same for all places is a value: {value: …}",
			at + "location.info_phone: must not name a field with no name",
			at + "location.description.format: is for times",
			at + "location.description.separator: is for lists: products and doses",
		}},
		{"pairs", whole + "  full_address: A\n  address: B\n  latitude: C\n  minimum_age_years: D\n  minimum_age_months: E", []string{
			at + "location.full_address: must not be set together with address",
			at + "location.minimum_age_years: must not be set together with minimum_age_months",
			at + "location.latitude: must be set together with longitude",
		}},
		{"what the configuration says in the place of values", whole + `
  location_type: {field: T, map: {a: SHOP, b: pharmacy, c: ""}, default: CHURCH}
  postal_code: {value: "123456"}
  booking_url: {field: U, default: nowhere}
  requires_waitlist: {field: W, map: {a: maybe, b: "yes"}}
  minimum_age_years: {value: teens}
  latitude: {value: north}
  longitude: {value: "1"}
availability:
  available: {field: A, map: {Open: YES, Full: FULL}}
  available_count: {value: many}
  products: {field: V, map: {Covid: "pfizer_2026, Sniffle Shot", Flu: "140", All: Gibberish}}
  doses: {field: D, map: {1: first}}
  valid_at: {field: U, default: yesterday}
`, []string{
			at + `location.location_type: must be one of [PHARMACY MASS_VAX CLINIC MOBILE_CLINIC], not "SHOP"`,
			at + `location.location_type: must be one of [PHARMACY MASS_VAX CLINIC MOBILE_CLINIC], not "CHURCH"`,
			at + `location.postal_code: must be a ZIP code, such as 07102 or 07102-1234, not "123456"`,
			at + `location.latitude: must be a number of degrees, such as 40.7357, not "north"`,
			at + `location.booking_url: must be a web address, such as https://example.org/book, not "nowhere"`,
			at + `location.requires_waitlist: must be yes or no, not "maybe"`,
			at + `location.minimum_age_years: must be an age as a number, such as 12, not "teens"`,
			at + `availability.available: must be YES, NO or UNKNOWN (use map to say what is which), not "FULL"`,
			at + `availability.available_count: must be a whole number of 0 or more, not "many"`,
			at + `availability.products: must be a vaccine's code, such as pfizer_2026, its CVX number or its name, not "Gibberish"`,
			at + `availability.products: must be a vaccine's code, such as pfizer_2026, its CVX number or its name, not "Sniffle Shot"`,
			at + `availability.doses: must be one of [all_doses first_dose_only second_dose_only] (use map to say what is which), not "first"`,
			at + `availability.valid_at: must be a date and time, such as 2021-11-01 09:30 or 11/1/2021 9:30 AM (set format if it is written another way), not "yesterday"`,
		}},
		{"formats of times", whole + "availability: {valid_at: {field: U, format: 'dd.mm.yyyy'}, slots: {start: {field: S, format: HH:mm}, end: {field: E, format: unix}}}\nrows: slots", []string{
			at + `availability.valid_at.format: must be made of YYYY, YY, MMMM, MMM, MM, M, DD, D, HH, H, hh, h, mm, ss, A (for AM or PM) and Z (for the offset), such as DD.MM.YYYY HH:mm, or be unix or unix_ms; "d" is none of them`,
			at + "availability.slots.start.format: must have a year, a month and a day, such as DD.MM.YYYY HH:mm",
		}},
		{"ids of others", whole + "  external_ids: {'a:b': X, univaf_v1: Y, vtrcks: PIN, cvs: }", []string{
			at + `location.external_ids: must be the name of a system of ids, without colon, not "a:b"`,
			at + "location.external_ids.cvs: must name a column or field",
			at + "location.external_ids: must not be univaf_v1, which is for places that were merged",
		}},
		{"slots without a list", whole + "availability: {slots: {start: S}, capacity: {available_count: N}}", []string{
			at + "availability.slots: needs rows: slots if each record is one of them, or in JSON items, the path to the list of them in a place",
			at + "availability.capacity.date: must name the column or field that says when",
		}},
		{"slots in two places", whole + "rows: slots\navailability: {slots: {items: slots, start: S}}", []string{
			at + "availability.slots.items: must not be set with rows: slots, by which each record is one",
		}},
		{"slots without a time", whole + "rows: slots", []string{at + "availability.slots.start: must name the column or field that says when"}},
		{"days without a date", whole + "rows: days", []string{at + "availability.capacity.date: must name the column or field that says when"}},
		{"products without one", whole + "rows: products", []string{
			at + "availability.products: must name the column or field with the vaccine, as rows says that each record is one",
		}},
		{"a list of slots that is no path", "{name: a, file: a.json, provider: a, location: {id: i, name: n, state: s}, availability: {slots: {items: 'a.', start: s}}}", []string{
			at + "availability.slots.items: must be names with dots between and, for one of a list, its number from 0 in brackets, such as contact.phones[0]",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := config(t, test.entry)
			c.Definition() // it is made before all is known to be in order
			var got []string
			for _, err := range c.Check() {
				got = append(got, err.Error())
			}
			if diff := cmp.Diff(test.want, got, cmp.Transformer("set", func(all []string) map[string]bool {
				set := map[string]bool{}
				for _, one := range all {
					set[one] = true
				}
				return set
			})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Keys that are not known, and wrong types, are refused where they stand.
func TestConfigurationIsRead(t *testing.T) {
	for entry, want := range map[string]string{
		"location:\n  nam: X":                  `[2:3] unknown field "nam"`,
		"location:\n  name: {feild: X}":        `[2:10] unknown field "feild"`,
		"location:\n  name: {map: [X]}":        "[2:15] sequence was used where mapping is expected",
		"location:\n  name: [X, {field: Y}]":   "[2:9] sequence was used where mapping is expected",
		"availability:\n  slots: {begin: X}":   `[2:11] unknown field "begin"`,
		"availability:\n  slots: [start, end]": "[2:10] sequence was used where mapping is expected",
	} {
		var c feed.Config
		err := yaml.UnmarshalWithOptions([]byte(entry), &c, yaml.Strict())
		if err == nil || len(err.Error()) < len(want) || err.Error()[:len(want)] != want {
			t.Errorf("%s: %v, want %s", entry, err, want)
		}
	}
}

func TestDefinition(t *testing.T) {
	c := checked(t, whole+"authoritative: true\nstates: [NJ, NY]\nschedule: every 15m\nstale_after: 36h\nheaders: {A: b}")
	got := c.Definition()
	got.New = nil
	want := source.Definition{
		Name: "a", Help: "Feed of a_county, as configured.", Names: []string{"a"}, Schedule: "every 15m", States: []string{"NJ", "NY"},
		StaleAfter: 36 * 60 * 60 * 1e9, Authoritative: "a_county", Header: map[string]string{"A": "b"},
		HeaderFor: "https://a.example/clinics.csv", Timeout: 5 * 60 * 1e9,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestStates(t *testing.T) {
	c := checked(t, "{name: a, url: 'https://a.example/a.csv', provider: a, states: [NJ, NY], location: {id: i, name: n, state: s, city: {value: X}}}")
	for _, test := range []struct {
		asked []string
		want  []string
	}{
		{nil, []string{"1 A X", "2 B X"}},
		{[]string{"NJ", "PA"}, []string{"1 A X"}},
		{[]string{"PA"}, nil},
	} {
		got := run(t, c, text("text/csv", "i,n,s\n1,A,NJ\n2,B,New York\n3,C,PA\n"), test.asked...)
		if diff := cmp.Diff(test.want, got.told()); diff != "" {
			t.Errorf("%v (-want +got):\n%s", test.asked, diff)
		}
	}
}
