package cdc

import (
	"cmp"
	"regexp"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/source"
)

// A chain is one whose stores are known to others by number. Places of no chain are left
// out: they could not be told from those that other sources know.
type chain struct {
	system string
	name   *regexp.Regexp
	number func(*reader, *row) string // numberOf if nil
}

// chains are tried in order; the first that fits counts.
var chains = []chain{
	{"costco", named(`^Costco`), nil},
	{"cvs", named(`^CVS`), nil},
	{"kroger", named(`^Kroger`), nil},
	{"publix", named(`^Publix`), nil},
	{"rite_aid", named(`^Rite Aid`), nil},
	{"safeway", named(`^Safeway`), nil},
	{"walgreens", named(`^Walgreens`), nil},
	{"sams_club", named(`^Sams Club`), walmart},
	{"walmart", named(`^Walmart`), walmart},
	{"shoprite", named(`^(klein )?shoprite`), shoprite},
	{"stop_and_shop", named(`^stop & shop`), nil},
	{"sav_on", named(`^sav-?on`), nil},
	{"genoa_healthcare", named(`^Genoa Healthcare`), nil},
	{bartell, named(`bartell drug`), bartellNumber},
	{"meijer", named(`^Meijer`), nil},
	{"southeastern_grocers_winn_dixie", named(`^Winn-?Dixie`), winnDixie},
	{"hannaford", named(`^Hannaford`), nil},
	{"heb", named(`^(HEB|H-E-B|H E B)\b`), nil},
}

const bartell = "bartell"

func named(pattern string) *regexp.Regexp { return regexp.MustCompile(`(?i)` + pattern) }

// storeIDs gives the system of the place's chain, "" if it has none, and its ids in it.
func (s *reader) storeIDs(r *row) (system string, ids univaf.ExternalIDs) {
	if n, found := mislabeled[r.GUID]; found {
		return "walmart", univaf.ExternalIDs{{System: "walmart", Value: n}}
	}
	for _, c := range chains {
		if !c.name.MatchString(r.Name) {
			continue
		}
		number := numberOf
		if c.number != nil {
			number = c.number
		}
		n := number(s, r)
		switch {
		case c.system == bartell && n != "":
			// Rite Aid bought Bartell, and calls its store 58 6958.
			return bartell, univaf.ExternalIDs{{System: bartell, Value: n}, {System: "rite_aid", Value: "69" + n}}
		case c.system == bartell:
			return bartell, nil // known by its guid alone
		case n == "":
			return "", nil
		}
		return c.system, univaf.ExternalIDs{{System: c.system, Value: n}}
	}
	return "", nil
}

var (
	number = regexp.MustCompile(`^\d+$`)
	// pin is a provider's number in VTrckS: three characters and those of the store.
	pin           = regexp.MustCompile(`^(?i:[A-Z]{3}|[A-Z]{2}\d)(\d{5})`)
	walmartNumber = regexp.MustCompile(`^10-(\d+)$`)
	walmartName   = regexp.MustCompile(`(?:10-)?(\d+)\s*$`)
	shopriteName  = regexp.MustCompile(`#(\d+)`)
	winnDixieAs   = regexp.MustCompile(`^1-(\d+)$`)
	bartellAtRite = regexp.MustCompile(`^\s*0*69(\d\d)\s*$`)
)

func numberOf(_ *reader, r *row) string {
	if number.MatchString(r.StoreNumber) {
		return source.Unpad(r.StoreNumber)
	}
	return source.Unpad(inside(pin, r.StoreNumber))
}

// inside gives what the pattern's group finds, or "".
func inside(pattern *regexp.Regexp, text string) string {
	if found := pattern.FindStringSubmatch(text); found != nil {
		return found[1]
	}
	return ""
}

func walmart(s *reader, r *row) string {
	n := inside(walmartNumber, r.StoreNumber)
	if n == "" {
		n = inside(walmartName, r.Name)
	}
	return source.Unpad(s.expected(r, n))
}

func shoprite(s *reader, r *row) string {
	if n := numberOf(s, r); n != "" {
		return n
	}
	return source.Unpad(inside(shopriteName, r.Name))
}

func bartellNumber(s *reader, r *row) string {
	return s.expected(r, inside(bartellAtRite, r.StoreNumber))
}

// winnDixie gives numbers as other sources have them: 1-2345.
func winnDixie(s *reader, r *row) string {
	n := cmp.Or(numberOf(s, r), source.Unpad(inside(winnDixieAs, r.StoreNumber)))
	if s.expected(r, n) != "" {
		return "1-" + n
	}
	return ""
}

// expected warns of a chain whose numbers are as they always were, unless that one.
func (s *reader) expected(r *row, n string) string {
	if n == "" {
		s.env.Warn(source.Warning{Kind: "unexpected store number", ID: r.GUID, Sample: r.Name + ": " + r.StoreNumber})
	}
	return n
}
