package vaccine

import (
	"regexp"
	"strings"
)

// Match reads what a source calls a vaccine and gives the code of the product that is
// most likely meant: "Pfizer-BioNTech Pediatric (5 - 11)" is pfizer_age_5_11. Names of
// other vaccines than those for COVID-19 mostly tell no maker, so that one code stands
// for all. What can't be told apart, such as "Moderna Pediatric", is not ok.
func Match(name string) (code string, ok bool) {
	name = strings.ToLower(name)
	if of, found := covidMaker(name); found {
		code = of(name)
		if bivalent.MatchString(name) {
			code = bivalents[code]
		}
		return code, code != ""
	}
	for _, o := range others {
		if o.name.MatchString(name) {
			return o.code, true
		}
	}
	return "", false
}

// MatchOther is Match for vaccines for other diseases than COVID-19. It is for sources with
// a list of names of their own for the latter: one that is not in it may be of an age or a
// variant that a match would get wrong.
func MatchOther(name string) (code string, ok bool) {
	if code, ok = Match(name); ok {
		p, _ := ByCode(code)
		ok = p.Disease != COVID19
	}
	if !ok {
		return "", false
	}
	return code, true
}

var (
	bivalent     = regexp.MustCompile(`bivalent|omicron|ba\.\s?[45]`)
	forChild     = regexp.MustCompile(`ped|child|age`)
	sixAndUp     = regexp.MustCompile(`ages?\s+(?:6|12|18)\s?(?:(?:years )?and up|\+)`)
	monthsUp     = regexp.MustCompile(`ages?\s+6\s?(?:months|mo|m)\s?(?:and up|\+)`)
	months       = regexp.MustCompile(`ages?\s+6\s?(?:months|mo|m)\b`)
	pfizerMonths = regexp.MustCompile(`ages?\s+6\s?(?:months|m)\b`)
	sixTo11      = regexp.MustCompile(`ages?\s+6\s?(?:-|through)\s?11`)
	twelveUp     = regexp.MustCompile(`ages?\s+12\s?(?:(?:years )?and up|\+)`)
	fiveTo11     = regexp.MustCompile(`ages?\s+5|\b5\s?(?:-|through)\s?11`)
	bivalents    = map[string]string{
		"moderna": "moderna_ba4_ba5", "moderna_age_6_11": "moderna_ba4_ba5_age_6_11", "moderna_age_0_5": "moderna_ba4_ba5_age_0_5",
		"pfizer": "pfizer_ba4_ba5", "pfizer_age_5_11": "pfizer_ba4_ba5_age_5_11", "pfizer_age_0_4": "pfizer_ba4_ba5_age_0_4",
	}
)

// covidMakers are those whose names mean a vaccine for COVID-19. The first that is named
// counts.
var covidMakers = []struct {
	name *regexp.Regexp
	of   func(string) string // gives the product for the ages that are named
}{
	{regexp.MustCompile(`astra\s?zeneca`), always("astra_zeneca")},
	{regexp.MustCompile(`moderna`), moderna},
	{regexp.MustCompile(`nova\s?vax`), always("novavax")},
	{regexp.MustCompile(`comirnaty|pfizer`), pfizer},
	{regexp.MustCompile(`janssen|johnson`), always("jj")},
}

func covidMaker(name string) (of func(string) string, ok bool) {
	for _, m := range covidMakers {
		if m.name.MatchString(name) {
			return m.of, true
		}
	}
	return nil, false
}

func always(code string) func(string) string { return func(string) string { return code } }

func moderna(name string) string {
	switch {
	case sixAndUp.MatchString(name), monthsUp.MatchString(name):
		return "moderna"
	case months.MatchString(name):
		return "moderna_age_0_5"
	case sixTo11.MatchString(name):
		return "moderna_age_6_11"
	case forChild.MatchString(name):
		return ""
	}
	return "moderna"
}

func pfizer(name string) string {
	switch {
	case twelveUp.MatchString(name):
		return "pfizer"
	case fiveTo11.MatchString(name):
		return "pfizer_age_5_11"
	case pfizerMonths.MatchString(name):
		return "pfizer_age_0_4"
	case forChild.MatchString(name):
		return ""
	}
	return "pfizer"
}

// others are the vaccines for other diseases, by words in their names.
var others = []struct {
	name *regexp.Regexp
	code string
}{
	{regexp.MustCompile(`fluzone\s?(?:high|hd)`), "flu_fluzone_high_dose"},
	{regexp.MustCompile(`fluad\b`), "flu_fluad"},
	{regexp.MustCompile(`flublok`), "flu_flublok"},
	{regexp.MustCompile(`flumist`), "flu_flumist"},
	{regexp.MustCompile(`flucelvax`), "flu_flucelvax"},
	{regexp.MustCompile(`\bh(?:aemophilus|emophilus|ib\b)`), "hib"}, // before influenza, which is part of its name
	{regexp.MustCompile(`influenza|\bflu`), "flu"},
	{regexp.MustCompile(`abrysvo`), "rsv_abrysvo"},
	{regexp.MustCompile(`arexvy`), "rsv_arexvy"},
	{regexp.MustCompile(`mresvia`), "rsv_mresvia"},
	{regexp.MustCompile(`enflonsia`), "rsv_enflonsia"},
	{regexp.MustCompile(`\brsv\b|respiratory syncytial|beyfortus|nirsevimab`), "rsv"},
	{regexp.MustCompile(`\bmmrv\b|proquad`), "mmrv"},
	{regexp.MustCompile(`\bmmr\b|measles`), "mmr"},
	{regexp.MustCompile(`mpox|monkey\s?pox|jynneos`), "mpox"},
	{regexp.MustCompile(`zoster|shingles|shingrix`), "zoster"},
	{regexp.MustCompile(`varicella|chicken\s?pox|varivax`), "varicella"},
	{regexp.MustCompile(`\btdap\b|boostrix|adacel`), "tdap"},
	{regexp.MustCompile(`\bdtap\b`), "dtap"},
	{regexp.MustCompile(`\btd\b`), "td"},
	{regexp.MustCompile(`\bp(?:cv|psv)\s?\d+|pneumococc|pneumonia|prevnar|pneumovax`), "pneumococcal"},
	{regexp.MustCompile(`\bhpv\b|papilloma|gardasil`), "hpv"},
	{regexp.MustCompile(`\bhep(?:atitis)?[- ]?a\b`), "hepatitis_a"},
	{regexp.MustCompile(`\bhep(?:atitis)?[- ]?b\b`), "hepatitis_b"},
	{regexp.MustCompile(`rotavirus`), "rotavirus"},
	{regexp.MustCompile(`\bmen\s?b\b|meningococcal b`), "meningococcal_b"},
	{regexp.MustCompile(`\bmen\s?acwy|meningococcal|meningitis`), "meningococcal_acwy"},
	{regexp.MustCompile(`\bpolio|\bipv\b`), "polio"},
	{regexp.MustCompile(`typhoid`), "typhoid"},
	{regexp.MustCompile(`encephalitis`), "japanese_encephalitis"},
	{regexp.MustCompile(`yellow fever`), "yellow_fever"},
	{regexp.MustCompile(`rabies`), "rabies"},
	{regexp.MustCompile(`adenovirus`), "adenovirus"},
}
