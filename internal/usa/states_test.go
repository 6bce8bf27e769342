package usa

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStateCode(t *testing.T) {
	for _, test := range []struct{ in, want string }{ // "" is not ok
		{"NJ", "NJ"},
		{"nj", "NJ"},
		{" Nj\t\n", "NJ"},
		{"\u00a0NJ\u00a0", "NJ"},
		{"new jersey", "NJ"},
		{"NEW  JERSEY", "NJ"},
		{"NewJersey", "NJ"},
		{"N.J.", "NJ"},
		{"n. j.", "NJ"},
		{"N. Mex.", "NM"},
		{"n mex", "NM"},
		{"Calif", "CA"},
		{"Calif.", "CA"},
		{"Penna.", "PA"},
		{"Texas", "TX"},
		{"Tex.", "TX"},
		{"Ida.", "ID"},
		{"H.I.", "HI"},
		{"Hawai‘i", ""}, // a left quote is a mistake for the ʻokina
		{"Hawaiʻi", "HI"},
		{"Hawai'i", "HI"},
		{"Ct.", "CT"},
		{"W.Va.", "WV"},
		{"W. Virg.", "WV"},
		{"Washington", "WA"},
		{"Wash.", "WA"},
		{"Wash. D.C.", "DC"},
		{"Washington, D.C.", "DC"},
		{"D.C.", "DC"},
		{"district of columbia", "DC"},
		{"P.R.", "PR"},
		{"Virgin Islands", "VI"},
		{"U.S. Virgin Islands", "VI"},
		{"USVI", "VI"},
		{"V.I.", "VI"},
		{"CNMI", "MP"},
		{"guam", "GU"},
		{"A.S.", "AS"},
		{"F.S.M.", "FM"},
		{"R.M.I.", "MH"},
		{"palau", "PW"},
		{"ap", "AP"},
		{"Armed Forces Europe", "AE"},
		// Today's code wins over other readings, such as the Coast Guard's.
		{"MS", "MS"},
		{"MI", "MI"},
		{"WA", "WA"},
		{"AL", "AL"},
		{"VI", "VI"},
		{"NB", "NE"},
		{"CM", "MP"},
		{"CF", ""},
		{"WN", ""},
		// Gone, or never there.
		{"CZ", ""},
		{"C.Z.", ""},
		{"PI", ""},
		{"TT", ""},
		{"UM", ""},
		{"34", ""},
		{"", ""},
		{" . ", ""},
		{"N-J", ""},
		{"ZZ", ""},
		{"Ontario", ""},
		{"ſC", ""},
	} {
		t.Run(test.in, func(t *testing.T) {
			got, ok := StateCode(test.in)
			if got != test.want || ok != (test.want != "") {
				t.Errorf("StateCode(%q) = %q, %v; want %q", test.in, got, ok, test.want)
			}
		})
	}
}

func TestStatesReadTheirOwnNames(t *testing.T) {
	for _, s := range States {
		for _, text := range []string{s.Code, strings.ToLower(s.Code), s.Name, strings.ToUpper(s.Name)} {
			if got, _ := StateCode(text); got != s.Code {
				t.Errorf("StateCode(%q) = %q, want %q", text, got, s.Code)
			}
		}
		if got, ok := StateByCode(s.Code); !ok || got != s {
			t.Errorf("StateByCode(%q) = %v, %v", s.Code, got, ok)
		}
	}
}

func TestOtherNamesAreOfOneState(t *testing.T) {
	seen := map[string]string{}
	for code, names := range otherNames {
		if _, ok := StateByCode(code); !ok {
			t.Errorf("other names for %q, which is no state", code)
		}
		for name := range strings.SplitSeq(names, ";") {
			if other, twice := seen[stateKey(name)]; twice {
				t.Errorf("%q is %s and %s", name, other, code)
			}
			seen[stateKey(name)] = code
			if got, _ := StateCode(name); got != code {
				t.Errorf("StateCode(%q) = %q, want %q", name, got, code)
			}
		}
	}
}

func TestStatesByKind(t *testing.T) {
	got := map[Kind]int{}
	places := 0
	for _, s := range States {
		got[s.Kind]++
		if s.HasPlaces() {
			places++
		}
	}
	want := map[Kind]int{Full: 50, District: 1, Territory: 5, FreelyAssociated: 3, Military: 3}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("states by kind (-want +got):\n%s", diff)
	}
	if places != 59 {
		t.Errorf("%d states have places, want 59", places)
	}
}
