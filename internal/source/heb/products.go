package heb

import (
	"strings"

	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/vaccine"
)

// An immunization is a vaccine that a store gives. A store lists them by name, and its
// open slots by what the file calls a manufacturer: an older name that does not tell
// bivalent vaccines from others. It is "" for vaccines for other diseases than COVID-19.
type immunization struct{ name, manufacturer, product string }

// immunizations are those for COVID-19. Novavax's manufacturer has not been seen.
var immunizations = []immunization{
	{"COVID-19 Pfizer", "pfizer", "pfizer"},
	{"COVID-19 Pfizer_Updated_Booster", "pfizer", "pfizer_ba4_ba5"},
	{"COVID-19 Pediatric_Pfizer", "pediatric_pfizer", "pfizer_age_5_11"},
	{"COVID-19 Pediatric_Pfizer_Updated_Booster", "pediatric_pfizer", "pfizer_ba4_ba5_age_5_11"},
	{"COVID-19 Ultra_Pediatric_Pfizer", "ultra_pediatric_pfizer", "pfizer_age_0_4"},
	{"COVID-19 Ultra_Pediatric_Pfizer_Updated_Booster", "ultra_pediatric_pfizer", "pfizer_ba4_ba5_age_0_4"},
	{"COVID-19 Ultra_Pediatric_Pfizer_Updated_Dose3", "ultra_pediatric_pfizer", "pfizer_ba4_ba5_age_0_4"},
	{"COVID-19 Moderna", "moderna", "moderna"},
	{"COVID-19 Moderna_Updated_Booster", "moderna", "moderna_ba4_ba5"},
	{"COVID-19 Pediatric_Moderna", "pediatric_moderna", "moderna_age_0_5"},
	{"COVID-19 Pediatric_Moderna_Updated_Booster", "pediatric_moderna", "moderna_ba4_ba5_age_6_11"},
	{"COVID-19 Ultra_Pediatric_Moderna_Updated_Booster", "ultra_pediatric_moderna", "moderna_ba4_ba5_age_0_5"},
	{"COVID-19 Novavax", "novavax", "novavax"},
	{"COVID-19 Janssen", "janssen", "jj"},
}

// products gives those for which a store has open slots, and the names of immunizations
// that nobody knows.
func (s *reader) products(l *location, store string) *source.Products {
	p := &source.Products{}
	given := s.given(p, l, store)
	searched := given
	if len(l.AvailableImmunizations) == 0 {
		searched = immunizations
	}
	for _, slot := range l.SlotDetails {
		if slot.OpenAppointmentSlots == 0 {
			continue
		}
		switch manufacturer := strings.ToLower(slot.Manufacturer); manufacturer {
		case "multiple":
			s.add(p, store, given)
		case "other": // for other diseases
			s.add(p, store, of(given, ""))
		case "":
			s.env.Warn(source.Warning{Kind: "slots without manufacturer", ID: store, Sample: source.Sample(l.Name)})
		default:
			s.addManufacturer(p, store, slot.Manufacturer, of(searched, manufacturer))
		}
	}
	return p
}

// given reads the immunizations that a store lists.
func (s *reader) given(p *source.Products, l *location, store string) (list []immunization) {
	for _, name := range l.AvailableImmunizations {
		if one, known := immunizationOf(name); known {
			list = append(list, one)
		} else {
			p.Add(s.env, store, name, "", false)
		}
	}
	return list
}

func (s *reader) add(p *source.Products, store string, list []immunization) {
	for _, one := range list {
		p.Add(s.env, store, one.name, one.product, true)
	}
}

// addManufacturer adds the immunizations that were found for a manufacturer. If there are
// none, either the store does not list its own, or the manufacturer is new.
func (s *reader) addManufacturer(p *source.Products, store, manufacturer string, list []immunization) {
	switch {
	case len(list) > 0:
		s.add(p, store, list)
	case len(of(immunizations, strings.ToLower(manufacturer))) > 0:
		s.env.Warn(source.Warning{Kind: "no immunization of a manufacturer", ID: store, Sample: source.Sample(manufacturer)})
	default:
		one, known := immunizationOf(manufacturer)
		p.Add(s.env, store, manufacturer, one.product, known)
	}
}

func of(list []immunization, manufacturer string) (found []immunization) {
	for _, one := range list {
		if one.manufacturer == manufacturer {
			found = append(found, one)
		}
	}
	return found
}

// immunizationOf finds one in the list, or one for another disease, such as Senior_Flu.
func immunizationOf(name string) (one immunization, known bool) {
	for _, one := range immunizations {
		if one.name == name {
			return one, true
		}
	}
	code, known := vaccine.MatchOther(strings.ReplaceAll(name, "_", " "))
	return immunization{name: name, product: code}, known
}
