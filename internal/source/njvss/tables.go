package njvss

// corrections are addresses that the report has wrong, by res_id.
var corrections = map[string]string{
	"d591d023-b457-eb11-a812-001dd8018866": "187 North Ave, Dunellen, NJ 08812",
	"c96a8022-b457-eb11-a812-001dd8020dc1": "174 Passaic St, Garfield, NJ 07026",
	"1498cb6f-8c91-eb11-a812-001dd802f301": "307 1st Street, Hoboken, NJ 07030",
	"b951acec-32f1-eb11-bacb-001dd80283f5": "1400 Parkway Ave # A2, Ewing, NJ 08628",
}

// products are the vaccines by the names that the state gives them. Boosters had names of
// their own; those of the first bivalent vaccines go by the vials' caps.
var products = map[string]string{
	"Janssen (J&J) (18 and older)":         "jj",
	"Booster Janssen (J&J) (18 and older)": "jj",

	"Moderna_RedCap (12 and older)":              "moderna",
	"Booster Moderna_RedCap (18 and older)":      "moderna",
	"Moderna_Peds_DarkBlueCap (6 - 11 years)":    "moderna_age_6_11",
	"Moderna_Peds (6 months - 5 years)":          "moderna_age_0_5",
	"Booster Moderna_DarkBlueCap (18 and older)": "moderna_ba4_ba5",
	"Moderna_Bivalent (12 and older)":            "moderna_ba4_ba5",
	"Moderna_Bivalent (6 -11 years)":             "moderna_ba4_ba5_age_6_11", // sic
	"Moderna_Bivalent (6 months - 5 years)":      "moderna_ba4_ba5_age_0_5",

	"Novavax (12 and older)": "novavax",

	"Pfizer_PurpleCap (12 and older)":         "pfizer",
	"Booster Pfizer_PurpleCap (12 and older)": "pfizer",
	"Pfizer_GrayCap (12 and older)":           "pfizer",
	"Pfizer_Peds (5 - 11 years)":              "pfizer_age_5_11",
	"Booster Pfizer_Peds (5 - 11 years)":      "pfizer_age_5_11",
	"Pfizer_Peds (6 months - 4 years)":        "pfizer_age_0_4",
	"Booster Pfizer_GrayCap (12 and older)":   "pfizer_ba4_ba5",
	"Pfizer_Bivalent (12 and older)":          "pfizer_ba4_ba5",
	"Pfizer_Bivalent (5 - 11 years)":          "pfizer_ba4_ba5_age_5_11",
	"Pfizer_Bivalent (6 months - 4 years)":    "pfizer_ba4_ba5_age_0_4",
}
