package albertsons

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/usa"
)

// A place is what a text tells that is written by hand: a name, words of what is given to
// whom, and an address, such as "Pfizer Child - Vons 0012 - 5 Oak St, Town, CA, 90001".
type place struct {
	name      string
	brand     *brand // nil if unknown
	number    string // of the store, without zeros in front; "" if unknown
	address   usa.Address
	infant    bool
	pediatric bool
	products  []string // that the name implies
}

// space is white space as people and spreadsheets have it: no-break spaces, too.
const space = `[\s\p{Z}]`

var (
	webLink   = regexp.MustCompile(`(?i)https?://`)
	yearRange = regexp.MustCompile(`(?i)(\d+)` + space + `+-` + space + `+(\d+` + space + `+year)`)
	partDash  = regexp.MustCompile(space + `*-` + space + `+`)
	allDigits = regexp.MustCompile(`^\d+$`)
	houseWord = regexp.MustCompile(`^\d+ \w+$`)
)

// longestText is more than people write of a place.
const longestText = 1000

// parsePlace reads a text whose parts are set apart by dashes, of which the last is the address.
func parsePlace(text string) (place, error) {
	if len(text) > longestText {
		return place{}, fmt.Errorf("a name and address of %d bytes", len(text))
	}
	if webLink.MatchString(text) {
		return place{}, fmt.Errorf("found a URL in the name: %q", text)
	}
	names, street := splitAddress(text)
	name := strings.Join(withoutRepeats(names), " - ")
	if name == "" {
		return place{}, fmt.Errorf("could not separate name and address: %q", text)
	}
	address, err := usa.ParseAddress(street)
	if err != nil {
		return place{}, err
	}
	p := place{address: address}
	p.infant, p.pediatric = ages(name)
	p.products = impliedProducts(name, p.infant, p.pediatric)
	p.name, p.number = storeNumber(name)
	p.brand = brandOf(p.name)
	return p, nil
}

// splitAddress parts the address from what stands before it. A dash may be part of the address,
// too ("2300 - 16th Street", "5 Oak - Cross Rd").
func splitAddress(text string) (names []string, address string) {
	text = yearRange.ReplaceAllString(strings.TrimSpace(text), "$1–$2")
	parts := partDash.Split(text, -1)
	last := len(parts) - 1
	address = parts[last]
	for last > 0 {
		switch before := parts[last-1]; {
		case allDigits.MatchString(before):
			address = before + " " + address
		case houseWord.MatchString(before):
			address = before + "-" + address
		default:
			return parts[:last], address
		}
		last--
	}
	return nil, address
}

// withoutRepeats leaves out what stands in another part, too.
func withoutRepeats(parts []string) (kept []string) {
	for i, part := range parts {
		repeated := false
		for j, other := range parts {
			if i != j && strings.Contains(other, part) && (other != part || j < i) {
				repeated = true
				break
			}
		}
		if !repeated && part != "" {
			kept = append(kept, part)
		}
	}
	return kept
}

var (
	forInfants  = regexp.MustCompile(`(?i)\binfant|\bages? (?:3(?:\D|$)|6 ?m)`)
	forChildren = regexp.MustCompile(`(?i)\bchild|\bpediatric|\bpeds?\b|\bages? [56](?:\D|$)`)
)

// ages tells for whom a place is, by its name.
func ages(name string) (infant, pediatric bool) {
	infant = forInfants.MatchString(name)
	return infant, !infant && forChildren.MatchString(name)
}

// impliedProducts gives the vaccines of the makers that a name for children names.
func impliedProducts(name string, infant, pediatric bool) (products []string) {
	name = strings.ToLower(name)
	for _, maker := range []struct{ name, infant, pediatric string }{
		// Moderna had none for ages 5 to 11 in those days.
		{"moderna", "moderna_age_0_5", "moderna"},
		{"pfizer", "pfizer_age_0_4", "pfizer_age_5_11"},
	} {
		switch {
		case !strings.Contains(name, maker.name):
		case infant:
			products = append(products, maker.infant)
		case pediatric:
			products = append(products, maker.pediatric)
		}
	}
	return products
}

var (
	numberWord = regexp.MustCompile(space + `#?(\d{2,6})(?:` + space + `|$)`)
	// notNumber ends what stands before an age or a day of a month. It takes some words for
	// months that are none: a "Star Market 4596" is known by its address alone.
	notNumber = regexp.MustCompile(`(?i)(?:\d to|\d ?-|\bages?|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w+)$`)
)

// storeNumber finds the number of the store in a name, and gives the name up to there.
func storeNumber(name string) (short, number string) {
	for from := 0; ; {
		found := numberWord.FindStringSubmatchIndex(name[from:])
		if found == nil {
			return name, ""
		}
		before, digits := name[:from+found[0]], name[from+found[2]:from+found[3]]
		if !notNumber.MatchString(strings.TrimRightFunc(before, unicode.IsSpace)) {
			number = source.Unpad(digits)
			return strings.TrimSpace(before) + " " + number, number
		}
		from += found[3] // the white space behind may be that before the next one
	}
}
