package vaccine_test

import (
	"encoding/json"
	"testing"

	"getmyvax.org/univaf/internal/source/sourcetest"
	"getmyvax.org/univaf/internal/vaccine"
)

func TestMatch(t *testing.T) {
	for name, want := range map[string]string{
		"Pfizer-BioNTech Pediatric (Ages 5 - 11)":    "pfizer_age_5_11",
		"Moderna Bivalent (Ages 6 months - 5 years)": "moderna_ba4_ba5_age_0_5",
		"MODERNA COVID-19 Vaccine":                   "moderna",
		"Moderna Pediatric":                          "", // which ages?
		"Janssen Bivalent":                           "", // there is none
		"Influenza, high dose":                       "flu",
		"Fluzone High-Dose":                          "flu_fluzone_high_dose",
		"Haemophilus influenzae type b":              "hib",
		"RSV (Abrysvo)":                              "rsv_abrysvo",
		"Respiratory Syncytial Virus":                "rsv",
		"Measles, mumps and rubella":                 "mmr",
		"MMRV":                                       "mmrv",
		"Monkeypox (JYNNEOS)":                        "mpox",
		"Zoster (shingles)":                          "zoster",
		"Hepatitis B":                                "hepatitis_b",
		"Tdap":                                       "tdap",
		"PCV13":                                      "pneumococcal",
		"MenACWY":                                    "meningococcal_acwy",
		"Td":                                         "td",
		"Standard visit":                             "",
		"":                                           "",
	} {
		if got, ok := vaccine.Match(name); got != want || ok != (want != "") {
			t.Errorf("Match(%q) = %q, %v; want %q", name, got, ok, want)
		}
	}
}

func TestMatchGivesKnownProducts(t *testing.T) {
	for _, name := range []string{
		"Adenovirus", "DTaP", "Hep A", "HPV", "Japanese encephalitis", "MenB", "Polio", "Rabies", "Rotavirus", "Typhoid",
		"Varicella", "Yellow fever", "Arexvy", "mRESVIA", "Enflonsia", "Flublok", "FluMist", "Flucelvax", "Fluad",
	} {
		code, ok := vaccine.Match(name)
		if _, known := vaccine.ByCode(code); !ok || !known {
			t.Errorf("Match(%q) = %q, %v, which is not in the catalogue", name, code, ok)
		}
	}
}

// Names of vaccines that the shared table leaves unmatched since it knows COVID-19 alone.
var notCOVID = map[string]string{"Influenza (Flu)": "flu", "Flu": "flu", "Varicella (chickenpox)": "varicella"}

func TestSharedMatch(t *testing.T) {
	for _, row := range sourcetest.Table(t, "matchVaccineProduct") {
		name := row.Text(t, 0)
		want := notCOVID[name]
		if row.Output != nil {
			if err := json.Unmarshal(row.Output, &want); err != nil {
				t.Fatal(err)
			}
		}
		if got, ok := vaccine.Match(name); got != want || ok != (want != "") {
			t.Errorf("Match(%q) = %q, %v; want %q", name, got, ok, want)
		}
	}
}

func TestMatchOther(t *testing.T) {
	for name, want := range map[string]string{"Flu Vaccine": "flu", "MMR": "mmr", "Pfizer": "", "Moderna Bivalent": "", "nothing": ""} {
		if got, ok := vaccine.MatchOther(name); got != want || ok != (want != "") {
			t.Errorf("%q is %q, %v", name, got, ok)
		}
	}
}

func TestSharedMinimumAges(t *testing.T) {
	for _, row := range sourcetest.Table(t, "minimumAgeForProducts") {
		var codes []string
		if err := json.Unmarshal(row.Args[0], &codes); err != nil {
			t.Fatal(err)
		}
		var want *int // none where the table says NaN or Infinity
		if row.Output[0] != '"' {
			want = new(int)
			if err := json.Unmarshal(row.Output, want); err != nil {
				t.Fatal(err)
			}
		}
		if got := vaccine.MinimumAge(codes); (got == nil) != (want == nil) || got != nil && *got != *want {
			t.Errorf("MinimumAge(%q) = %v, want %v", codes, got, want)
		}
	}
}
