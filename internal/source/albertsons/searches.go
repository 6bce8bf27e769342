package albertsons

import "strings"

// A search covers some of a state's stores: those in a radius of some miles around ZIP codes.
// How many stores the booking site gives at most is not known; these are far fewer than what
// it was seen to give.
type search struct {
	state  string
	radius int
	zips   []string
}

var searches = []search{
	around("AK", 50, "99577 99603 99619 99664 99669 99686 99701 99801 99950"),
	around("DC", 15, "20570"),
	around("DE", 50, "19906"),
	around("IA", 50, "52777"),
	around("IL", 50, "60180 60950 61285 61701"),
	around("IN", 50, "46347"),
	around("LA", 50, "70601 70533 70456 71327 71067"),
	around("MA", 50, "02345 02456 01097"),
	around("MD", 50, "21236 21801 20640"),
	around("ME", 50, "04082 04952 04415"),
	around("NH", 50, "03303 03583"),
	around("NJ", 50, "08217 07067"),
	around("NY", 50, "10541"),
	around("PA", 50, "19460"),
	around("RI", 30, "02921"),
	around("VA", 50, "20119"),
	around("VT", 50, "05676"),
}

func around(state string, radius int, zips string) search {
	return search{state, radius, strings.Fields(zips)}
}

func searchedStates() (states []string) {
	for _, s := range searches {
		states = append(states, s.state)
	}
	return states
}

// serviceTypes are the products by what the booking site calls appointments; "" for what can be
// for any of those for COVID-19. It names the makers alone, and means the vaccines of 2022.
var serviceTypes = map[string]string{
	"COVID-19 Unknown":                       "",
	"COVID-19 Pfizer":                        "pfizer_ba4_ba5",
	"COVID-19 Moderna":                       "moderna_ba4_ba5",
	"COVID-19 Novavax":                       "novavax",
	"COVID-19 Dose 2 Pfizer":                 "pfizer_ba4_ba5",
	"COVID-19 Dose 2 Moderna":                "moderna_ba4_ba5",
	"COVID-19 Dose 2 Novavax":                "novavax",
	"COVID-19 Booster Dose Novavax":          "novavax",
	"COVID-19 Updated Booster Pfizer":        "pfizer_ba4_ba5",
	"COVID-19 Updated Booster Moderna":       "moderna_ba4_ba5",
	"COVID-19 Additional Dose Pfizer":        "pfizer_ba4_ba5",
	"COVID-19 Additional Dose Moderna":       "moderna_ba4_ba5",
	"COVID-19 Dose 1 Pfizer Child":           "pfizer_ba4_ba5_age_5_11",
	"COVID-19 Dose 1 Moderna Child":          "moderna_ba4_ba5_age_6_11",
	"COVID-19 Dose 2 Pfizer Child":           "pfizer_ba4_ba5_age_5_11",
	"COVID-19 Dose 2 Moderna Child":          "moderna_ba4_ba5_age_6_11",
	"COVID-19 Updated Booster Pfizer Child":  "pfizer_ba4_ba5_age_5_11",
	"COVID-19 Updated Booster Moderna Child": "moderna_ba4_ba5_age_6_11",
	"COVID-19 Additional Dose Pfizer Child":  "pfizer_ba4_ba5_age_5_11",
	"COVID-19 Additional Dose Moderna Child": "moderna_ba4_ba5_age_6_11",
}
