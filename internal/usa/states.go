package usa

import (
	"strings"
	"unicode"
)

// A Kind says what sort of state a State is.
type Kind string

// The kinds. Mail and vaccine programmes treat all of them as states.
const (
	Full             Kind = "state"
	District         Kind = "district"
	Territory        Kind = "territory"         // commonwealths too
	FreelyAssociated Kind = "freely_associated" // sovereign, with US mail and vaccine programmes
	Military         Kind = "military"          // mail only; no places of their own on the map
)

// State is anything that stands where a state stands in a postal address.
type State struct {
	Code string // USPS, two capital letters (Publication 28, appendix B)
	Name string // in full, e.g. "District of Columbia"
	Kind Kind
}

// States lists every state: the 50 by name, DC, the territories, the freely
// associated states, the military "states". Do not change it.
var States = []State{
	{"AL", "Alabama", Full},
	{"AK", "Alaska", Full},
	{"AZ", "Arizona", Full},
	{"AR", "Arkansas", Full},
	{"CA", "California", Full},
	{"CO", "Colorado", Full},
	{"CT", "Connecticut", Full},
	{"DE", "Delaware", Full},
	{"FL", "Florida", Full},
	{"GA", "Georgia", Full},
	{"HI", "Hawaii", Full},
	{"ID", "Idaho", Full},
	{"IL", "Illinois", Full},
	{"IN", "Indiana", Full},
	{"IA", "Iowa", Full},
	{"KS", "Kansas", Full},
	{"KY", "Kentucky", Full},
	{"LA", "Louisiana", Full},
	{"ME", "Maine", Full},
	{"MD", "Maryland", Full},
	{"MA", "Massachusetts", Full},
	{"MI", "Michigan", Full},
	{"MN", "Minnesota", Full},
	{"MS", "Mississippi", Full},
	{"MO", "Missouri", Full},
	{"MT", "Montana", Full},
	{"NE", "Nebraska", Full},
	{"NV", "Nevada", Full},
	{"NH", "New Hampshire", Full},
	{"NJ", "New Jersey", Full},
	{"NM", "New Mexico", Full},
	{"NY", "New York", Full},
	{"NC", "North Carolina", Full},
	{"ND", "North Dakota", Full},
	{"OH", "Ohio", Full},
	{"OK", "Oklahoma", Full},
	{"OR", "Oregon", Full},
	{"PA", "Pennsylvania", Full},
	{"RI", "Rhode Island", Full},
	{"SC", "South Carolina", Full},
	{"SD", "South Dakota", Full},
	{"TN", "Tennessee", Full},
	{"TX", "Texas", Full},
	{"UT", "Utah", Full},
	{"VT", "Vermont", Full},
	{"VA", "Virginia", Full},
	{"WA", "Washington", Full},
	{"WV", "West Virginia", Full},
	{"WI", "Wisconsin", Full},
	{"WY", "Wyoming", Full},
	{"DC", "District of Columbia", District},
	{"AS", "American Samoa", Territory},
	{"GU", "Guam", Territory},
	{"MP", "Northern Mariana Islands", Territory},
	{"PR", "Puerto Rico", Territory},
	{"VI", "U.S. Virgin Islands", Territory},
	{"FM", "Federated States of Micronesia", FreelyAssociated},
	{"MH", "Marshall Islands", FreelyAssociated},
	{"PW", "Palau", FreelyAssociated},
	{"AA", "Armed Forces Americas", Military},
	{"AE", "Armed Forces Europe, Middle East, Africa, Canada", Military},
	{"AP", "Armed Forces Pacific", Military},
}

// otherNames are what states are called besides code and full name, parted by
// semicolons: by the Government Printing Office's and the AP's stylebooks, by
// custom, and by USPS codes since replaced. The Coast Guard's codes are left out:
// its MS is Massachusetts and its MI is Mississippi.
var otherNames = map[string]string{
	"AL": "Ala",
	"AK": "Alas",
	"AZ": "Ariz",
	"AR": "Ark",
	"CA": "Calif; Cal",
	"CO": "Colo; Col",
	"CT": "Conn",
	"DE": "Del",
	"FL": "Fla; Flor",
	"HI": "Hawai'i; Hawai’i; Hawaiʻi",
	"ID": "Ida",
	"IL": "Ill; Ills",
	"IN": "Ind",
	"IA": "Ioa",
	"KS": "Kans; Kan",
	"KY": "Ken; Kent",
	"MA": "Mass",
	"MI": "Mich",
	"MN": "Minn",
	"MS": "Miss",
	"MT": "Mont",
	"NE": "Nebr; Neb; NB", // Canada asked for NB, which is New Brunswick
	"NV": "Nev",
	"NM": "N Mex; New M",
	"NY": "N York",
	"NC": "N Car",
	"ND": "N Dak; NoDak",
	"OK": "Okla",
	"OR": "Oreg; Ore",
	"PA": "Penn; Penna",
	"SC": "S Car",
	"SD": "S Dak; SoDak",
	"TN": "Tenn",
	"TX": "Tex",
	"VA": "Virg",
	"WA": "Wash",
	"WV": "W Va; W Virg",
	"WI": "Wis; Wisc",
	"WY": "Wyo",
	"DC": "Wash DC; Washington DC",
	"MP": "CNMI; Commonwealth of the Northern Mariana Islands; CM",
	"VI": "USVI; Virgin Islands; United States Virgin Islands",
	"FM": "FSM; Micronesia",
	"MH": "RMI; Republic of the Marshall Islands",
	"PW": "Republic of Palau",
	"AE": "Armed Forces Europe",
}

var statesByCode, codesByKey = indexStates()

func indexStates() (byCode map[string]State, byKey map[string]string) {
	byCode, byKey = map[string]State{}, map[string]string{}
	for _, s := range States {
		byCode[s.Code] = s
		byKey[stateKey(s.Name)] = s.Code
		for name := range strings.SplitSeq(otherNames[s.Code], ";") {
			if key := stateKey(name); key != "" {
				byKey[key] = s.Code
			}
		}
	}
	for _, s := range States { // last: a code of today wins over any other reading
		byKey[s.Code] = s.Code
	}
	return byCode, byKey
}

// stateKey is s in capitals without spaces, dots and commas.
func stateKey(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '.' || r == ',' || unicode.IsSpace(r):
			return -1
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		}
		return r
	}, s)
}

// StateCode reads what someone wrote for a state and gives its USPS code: a code, a
// full name or a customary abbreviation ("N. Mex.", "Calif", "Wash. D.C."), in any
// case, with or without dots and spaces. It also reads the codes NB (now NE) and CM
// (now MP). What it does not know, such as the Canal Zone's CZ, is not ok.
func StateCode(s string) (code string, ok bool) {
	code, ok = codesByKey[stateKey(s)]
	return code, ok
}

// StateByCode gives the state with a USPS code in capitals.
func StateByCode(code string) (State, bool) {
	s, ok := statesByCode[code]
	return s, ok
}

// HasPlaces reports whether there are places in s: all states but the military
// ones, which are no more than mail.
func (s State) HasPlaces() bool { return s.Kind != Military }
