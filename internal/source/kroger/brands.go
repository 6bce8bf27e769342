package kroger

import (
	"regexp"
	"strings"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/smart"
	"getmyvax.org/univaf/internal/source"
)

// brands are Kroger's, by how the names of their places begin, with the system in which
// other sources know the same ids. Most ids are a division's three digits and a store's
// five.
var brands = []struct {
	name   *regexp.Regexp
	system string
}{
	{begins(`Baker's Pharmacy`), "kroger_bakers"},
	{begins(`City Market Pharmacy`), cityMarket},
	{begins(`Copps Pharmacy`), "kroger_copps"},
	{begins(`Dillons Pharmacy`), "kroger_dillons"},
	{begins(`Food[-\s]4[-\s]Less`), "kroger_food_4_less"},
	{begins(`Foods Co`), "kroger_foods_co"},
	{begins(`Fred Meyer Pharmacy`), "kroger_fred"},
	{begins(`Frys Pharmacy`), "kroger_frys"},
	{begins(`Gerbes Pharmacy`), "kroger_gerbes"},
	{begins(`Harris Teeter`), "kroger_hart"},
	{begins(`JayC Pharmacy`), "kroger_jayc"},
	{begins(`King Soopers Pharmacy`), "kroger_kingsoopers"},
	{begins(`Kroger Pharmacy`), provider},
	{begins(`Mariano's Pharmacy`), "kroger_marianos"},
	{begins(`Metro Market Pharmacy`), "kroger_metro_market"},
	{begins(`Pay[-\s]?less`), "kroger_payless"},
	{begins(`Pick 'n Save Pharmacy`), "kroger_pick_n_save"},
	{begins(`QFC Pharmacy`), "kroger_qfc"},
	{begins(`Ralphs Pharmacy`), "kroger_ralphs"},
	{begins(`Smith's Pharmacy`), "kroger_smiths"},
	{begins(`The Little Clinic`), littleClinic},
}

const (
	cityMarket   = "kroger_citymarket"
	littleClinic = "kroger_the_little_clinic"
)

func begins(pattern string) *regexp.Regexp { return regexp.MustCompile(`(?i)^` + pattern) }

// brandIDs gives the ids by which the place's brand is known elsewhere.
func (s *smartLinks) brandIDs(l *smart.Location) (ids univaf.ExternalIDs) {
	for _, brand := range brands {
		if !brand.name.MatchString(l.Name) {
			continue
		}
		ids = append(ids, univaf.ExternalID{System: brand.system, Value: l.ID})
		switch brand.system {
		case cityMarket:
			// Other sources have 620 where Kroger has 625.
			if rest, ok := strings.CutPrefix(l.ID, "625"); ok {
				ids = append(ids, univaf.ExternalID{System: cityMarket, Value: "620" + rest})
			}
		case littleClinic:
			ids = append(ids, s.clinicIDs(l)...)
		}
	}
	if ids == nil {
		s.env.Warn(source.Warning{Kind: "unknown brand", ID: l.ID, Sample: l.Name})
	}
	return ids
}

// clinicDivisions are the first five digits of a clinic's long id, by the first two of its
// short one.
var clinicDivisions = map[string]string{
	"03": "85100", "06": "85200", "11": "85600", "15": "85800", "17": "86100",
	"18": "85300", "36": "85400", "43": "85500", "47": "85900",
}

// clinicIDs gives the long ids, of eight digits, of a clinic that has a short one, of five.
func (s *smartLinks) clinicIDs(l *smart.Location) univaf.ExternalIDs {
	short := strings.Repeat("0", max(0, 5-len(l.ID))) + l.ID
	if len(short) != 5 {
		return nil
	}
	division, known := clinicDivisions[short[:2]]
	if !known {
		s.env.Warn(source.Warning{Kind: "unknown division of clinics", ID: l.ID, Sample: l.Name})
		return nil
	}
	long := division + short[2:]
	return univaf.ExternalIDs{{System: littleClinic, Value: long}, {System: provider, Value: long}}
}
