package vaccine

// Products is the catalogue. Do not change it.
//
// The first 16 are the products that the API has had since 2021. Their minimum ages
// are as they were then, though some were lowered later (Novavax to 12 years): people
// filter by them, and these products are no longer given.
//
// Numbers and ages of the others follow CDC's CVX and NDC tables and the labels of the
// 2025-26 season. The 2026-27 COVID-19 products rest on one unofficial list, with
// numbers and ages taken over from the season before: check them against CDC's tables.
var Products = []Product{
	{"astra_zeneca", "AstraZeneca", COVID19, "2021-22", []string{"210"}, 216},
	{"jj", "Johnson & Johnson (Janssen)", COVID19, "2021-22", []string{"212"}, 216},
	{"moderna", "Moderna, original", COVID19, "2021-22", []string{"207", "221"}, 144},
	{"moderna_ba4_ba5", "Moderna, bivalent BA.4/BA.5", COVID19, "2022-23", []string{"229"}, 216},
	{"moderna_age_6_11", "Moderna, original, for ages 6 to 11", COVID19, "2021-22", []string{"227"}, 72},
	{"moderna_ba4_ba5_age_6_11", "Moderna, bivalent BA.4/BA.5, for ages 6 to 11", COVID19, "2022-23", []string{"229"}, 72},
	{"moderna_age_0_5", "Moderna, original, for ages 6 months to 5 years", COVID19, "2021-22", []string{"228"}, 6},
	{"moderna_ba4_ba5_age_0_5", "Moderna, bivalent BA.4/BA.5, for ages 6 months to 5 years", COVID19, "2022-23", []string{"230"}, 6},
	{"novavax", "Novavax, original", COVID19, "2021-22", []string{"211"}, 216},
	{"pfizer", "Pfizer-BioNTech, original", COVID19, "2021-22", []string{"208", "217"}, 144},
	{"pfizer_ba4_ba5", "Pfizer-BioNTech, bivalent BA.4/BA.5", COVID19, "2022-23", []string{"300"}, 144},
	{"pfizer_age_5_11", "Pfizer-BioNTech, original, for ages 5 to 11", COVID19, "2021-22", []string{"218"}, 60},
	{"pfizer_ba4_ba5_age_5_11", "Pfizer-BioNTech, bivalent BA.4/BA.5, for ages 5 to 11", COVID19, "2022-23", []string{"301"}, 60},
	{"pfizer_age_0_4", "Pfizer-BioNTech, original, for ages 6 months to 4 years", COVID19, "2021-22", []string{"219"}, 6},
	{"pfizer_ba4_ba5_age_0_4", "Pfizer-BioNTech, bivalent BA.4/BA.5, for ages 6 months to 4 years", COVID19, "2022-23", []string{"302"}, 6},
	{"sanofi", "Sanofi Pasteur, original", COVID19, "2021-22", []string{"225"}, 216},

	{"pfizer_lp81", "Pfizer-BioNTech Comirnaty, 2025-26", COVID19, "2025-26", []string{"309"}, 144},
	{"pfizer_lp81_age_5_11", "Pfizer-BioNTech Comirnaty, 2025-26, for ages 5 to 11", COVID19, "2025-26", []string{"310"}, 60},
	{"moderna_lp81", "Moderna Spikevax, 2025-26", COVID19, "2025-26", []string{"312"}, 144},
	{"moderna_lp81_age_0_11", "Moderna Spikevax, 2025-26, for ages 6 months to 11 years", COVID19, "2025-26", []string{"311"}, 6},
	{"moderna_mnexspike_lp81", "Moderna mNexspike, 2025-26", COVID19, "2025-26", []string{"334"}, 144},
	{"novavax_2025", "Novavax Nuvaxovid, 2025-26", COVID19, "2025-26", []string{"313"}, 144},

	{"pfizer_2026", "Pfizer-BioNTech Comirnaty, 2026-27", COVID19, "2026-27", []string{"309"}, 144},
	{"moderna_2026", "Moderna Spikevax, 2026-27", COVID19, "2026-27", []string{"312"}, 144},
	{"moderna_2026_age_0_11", "Moderna Spikevax, 2026-27, for ages 6 months to 11 years", COVID19, "2026-27", []string{"311"}, 6},
	{"moderna_mnexspike_2026", "Moderna mNexspike, 2026-27", COVID19, "2026-27", []string{"334"}, 144},
	{"novavax_2026", "Novavax Nuvaxovid, 2026-27", COVID19, "2026-27", []string{"313"}, 144},

	{"flu_fluzone", "Flu: Fluzone", Influenza, "", []string{"140"}, 6},
	{"flu_fluarix", "Flu: Fluarix", Influenza, "", []string{"140"}, 6},
	{"flu_flulaval", "Flu: FluLaval", Influenza, "", []string{"140"}, 6},
	{"flu_afluria", "Flu: Afluria", Influenza, "", []string{"140"}, 36},
	{"flu_fluzone_multi_dose", "Flu: Fluzone from multi-dose vials", Influenza, "", []string{"141"}, 6},
	{"flu_afluria_multi_dose", "Flu: Afluria from multi-dose vials", Influenza, "", []string{"141"}, 6},
	{"flu_fluzone_high_dose", "Flu: Fluzone High-Dose, for ages 65 and up", Influenza, "", []string{"135"}, 780},
	{"flu_fluad", "Flu: Fluad, with adjuvant, for ages 65 and up", Influenza, "", []string{"168"}, 780},
	{"flu_flucelvax", "Flu: Flucelvax, egg-free", Influenza, "", []string{"153"}, 6},
	{"flu_flucelvax_multi_dose", "Flu: Flucelvax, egg-free, from multi-dose vials", Influenza, "", []string{"320"}, 6},
	{"flu_flublok", "Flu: Flublok, egg-free", Influenza, "", []string{"155"}, 108},
	{"flu_flumist", "Flu: FluMist nasal spray, for ages 2 to 49", Influenza, "", []string{"111"}, 24},
	{"flu_flumist_home", "Flu: FluMist Home nasal spray, for ages 2 to 49", Influenza, "", []string{"333"}, 24},

	{"rsv_abrysvo", "RSV: Abrysvo", RSV, "", []string{"305"}, 216},
	{"rsv_arexvy", "RSV: Arexvy", RSV, "", []string{"303"}, 600},
	{"rsv_mresvia", "RSV: mResvia", RSV, "", []string{"326"}, 216},
	{"rsv_beyfortus_50", "RSV: Beyfortus 50 mg, for infants", RSV, "", []string{"306"}, 0},
	{"rsv_beyfortus_100", "RSV: Beyfortus 100 mg, for infants", RSV, "", []string{"307"}, 0},
	{"rsv_enflonsia", "RSV: Enflonsia, for infants", RSV, "", []string{"332"}, 0},

	// What sources name without a maker. Their ages are the least of any such vaccine's.
	{"flu", "Flu", Influenza, "", []string{"88"}, 6},
	{"rsv", "RSV", RSV, "", []string{"304", "314", "315"}, 0},
	{"mmr", "Measles, mumps and rubella", MMR, "", []string{"03"}, 12},
	{"mmrv", "Measles, mumps, rubella and chickenpox", MMR, "", []string{"94"}, 12},
	{"mpox", "Mpox", Mpox, "", []string{"206", "325"}, 216},
	{"zoster", "Shingles", Zoster, "", []string{"187", "188"}, 216},
	{"varicella", "Chickenpox", Varicella, "", []string{"21"}, 12},
	{"tdap", "Tdap", Tetanus, "", []string{"115"}, 84},
	{"dtap", "DTaP", Tetanus, "", []string{"20", "107"}, 1},
	{"td", "Td", Tetanus, "", []string{"139", "09", "113"}, 84},
	{"pneumococcal", "Pneumococcal", Pneumococcal, "", []string{"109", "152"}, 1},
	{"hpv", "HPV", HPV, "", []string{"165", "137"}, 108},
	{"hepatitis_a", "Hepatitis A", HepatitisA, "", []string{"85"}, 12},
	{"hepatitis_b", "Hepatitis B", HepatitisB, "", []string{"45"}, 0},
	{"rotavirus", "Rotavirus", Rotavirus, "", []string{"122"}, 1},
	{"meningococcal_acwy", "Meningococcal ACWY", Meningococcal, "", []string{"108", "147"}, 2},
	{"meningococcal_b", "Meningococcal B", Meningococcal, "", []string{"164"}, 120},
	{"hib", "Hib", Hib, "", []string{"17"}, 1},
	{"polio", "Polio", Polio, "", []string{"89", "10"}, 1},
	{"typhoid", "Typhoid", Typhoid, "", []string{"91"}, 24},
	{"japanese_encephalitis", "Japanese encephalitis", JapaneseEncephalitis, "", []string{"129", "134"}, 2},
	{"yellow_fever", "Yellow fever", YellowFever, "", []string{"184", "37"}, 9},
	{"rabies", "Rabies", Rabies, "", []string{"90"}, 0},
	{"adenovirus", "Adenovirus", Adenovirus, "", []string{"82", "143"}, 204},
}
