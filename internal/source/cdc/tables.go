package cdc

import "strings"

// byNDC gives products by National Drug Code, as PACKAGER-PRODUCT-PACKAGE without zeros in
// front: CDC's list at https://www.cdc.gov/iis/code-sets/covid-19-related.html. What is for
// use and what is for sale have different packages.
var byNDC = expand(map[string][]string{
	"astra_zeneca":            {"310-1222-10,15"},
	"jj":                      {"59676-580-5,15"},
	"moderna":                 {"80777-273-10,15,98,99", "80777-100-11,15,98,99"},
	"moderna_age_0_5":         {"80777-279-5,99"},
	"moderna_age_6_11":        {"80777-275-5,99", "80777-277-5,99"},
	"moderna_ba4_ba5":         {"80777-282-5,99"},
	"moderna_ba4_ba5_age_0_5": {"80777-283-2,99"},
	"novavax":                 {"80631-100-1,10", "80631-102-1,10"},
	"pfizer": {
		"59267-1000-1,2,3", "59267-1025-1,2,3,4",
		"69-1000-1,2,3", "69-2025-1,10,25", // called Comirnaty
	},
	"pfizer_age_0_4":          {"59267-78-1,2,4"},
	"pfizer_age_5_11":         {"59267-1055-1,2,4"},
	"pfizer_ba4_ba5":          {"59267-304-1,2", "59267-1404-1,2"},
	"pfizer_ba4_ba5_age_0_4":  {"59267-609-1,2"},
	"pfizer_ba4_ba5_age_5_11": {"59267-565-1,2"},
	"sanofi":                  {"49281-618-20,78"},
})

func expand(packages map[string][]string) map[string]string {
	products := map[string]string{}
	for product, codes := range packages {
		for _, code := range codes {
			end := strings.LastIndex(code, "-") + 1
			for one := range strings.SplitSeq(code[end:], ",") {
				products[code[:end]+one] = product
			}
		}
	}
	return products
}

// mislabeled are Sam's Clubs whose names and numbers are wrong, by guid, with the number
// under which they are known.
var mislabeled = map[string]string{
	"d3f48823-d527-49bd-ae93-cf66998f689e": "8169",
	"21b0ebe2-13fd-46d9-9ccb-56facd9f3b34": "6270",
	"1f6938e4-06a3-4115-b760-7f202f4bc02e": "6689",
	"dd6b4d94-0243-4017-8ef7-c2c806594b54": "6543",
	"0e2c2e74-a160-457f-b1e2-6cc104d2a70d": "6680",
	"019de7c9-956f-40b5-8e3b-deb67c8a1b95": "6690",
}

// notOfCVS are numbers of stores that CVS itself does not have.
var notOfCVS = map[string]bool{
	"558": true, "739": true, "1883": true, "2972": true, "3428": true, "4592": true, "5627": true, "5646": true, "6006": true,
	"7386": true, "8194": true, "8210": true, "8214": true, "8699": true, "8916": true, "9541": true, "9621": true, "9773": true,
}
