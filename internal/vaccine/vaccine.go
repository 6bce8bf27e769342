// Package vaccine is the catalogue of vaccine products: their codes, names, CVX
// numbers and minimum ages.
//
// The catalogue is open: a source may name a product that is not in it, and that is
// never an error. The package must not know of sources or locations.
package vaccine

import (
	"slices"
	"strings"
)

// Disease is a group of diseases that one visit protects against.
type Disease string

// The diseases of the catalogue.
const (
	COVID19   Disease = "covid_19"
	Influenza Disease = "influenza"
	RSV       Disease = "rsv"

	Adenovirus           Disease = "adenovirus"
	HepatitisA           Disease = "hepatitis_a"
	HepatitisB           Disease = "hepatitis_b"
	Hib                  Disease = "hib"
	HPV                  Disease = "hpv"
	JapaneseEncephalitis Disease = "japanese_encephalitis"
	Meningococcal        Disease = "meningococcal"
	MMR                  Disease = "mmr"
	Mpox                 Disease = "mpox"
	Pneumococcal         Disease = "pneumococcal"
	Polio                Disease = "polio"
	Rabies               Disease = "rabies"
	Rotavirus            Disease = "rotavirus"
	Tetanus              Disease = "tetanus" // with diphtheria, most with whooping cough
	Typhoid              Disease = "typhoid"
	Varicella            Disease = "varicella"
	YellowFever          Disease = "yellow_fever"
	Zoster               Disease = "zoster"
)

// Product is a vaccine (or an antibody given like one) as people ask for it: of one
// maker, for one age group and, where the maker renews it each year, of one season.
type Product struct {
	Code    string // ours, in lower case, e.g. "pfizer_age_5_11"
	Name    string // for people
	Disease Disease
	Season  string // e.g. "2025-26"; "" where the code serves all seasons
	// CVX lists the product's numbers in CDC's code set of vaccines administered
	// (HL7 table 0292, http://hl7.org/fhir/sid/cvx), the usual one first.
	CVX []string
	// MinimumAgeMonths is the age from which anyone at all may be given it. Some need
	// a prescription or a risk factor as well.
	MinimumAgeMonths int
}

var byCode, byCVX = index(Products)

func index(products []Product) (byCode, byCVX map[string]Product) {
	byCode, byCVX = map[string]Product{}, map[string]Product{}
	for _, p := range products {
		byCode[p.Code] = p
		for _, cvx := range p.CVX {
			other, taken := byCVX[cvxKey(cvx)]
			if !taken || p.Season > other.Season {
				byCVX[cvxKey(cvx)] = p
			}
		}
	}
	return byCode, byCVX
}

func cvxKey(cvx string) string { return strings.TrimLeft(strings.TrimSpace(cvx), "0") }

// ByCode gives the product with a code of ours.
func ByCode(code string) (Product, bool) {
	p, ok := byCode[code]
	p.CVX = slices.Clone(p.CVX)
	return p, ok
}

// ByCVX gives the product that a CVX number most likely means; leading zeros are
// optional. Several products may share a number (309 is every season's Comirnaty):
// then it is the newest season's and, in the same season, the one that Products
// names first. Numbers 140 and 141, shared by several makers' flu shots, read as
// Fluzone; only a National Drug Code tells them apart.
func ByCVX(cvx string) (Product, bool) {
	p, ok := byCVX[cvxKey(cvx)]
	p.CVX = slices.Clone(p.CVX)
	return p, ok
}

// maximumAges are the ages in months up to which products are for, where there is a limit.
var maximumAges = map[string]int{
	"moderna_age_6_11": 143, "moderna_ba4_ba5_age_6_11": 143, "moderna_age_0_5": 71, "moderna_ba4_ba5_age_0_5": 71,
	"pfizer_age_5_11": 143, "pfizer_ba4_ba5_age_5_11": 143, "pfizer_age_0_4": 59, "pfizer_ba4_ba5_age_0_4": 59,
	"pfizer_lp81_age_5_11": 143, "moderna_lp81_age_0_11": 143, "moderna_2026_age_0_11": 143,
	"flu_flumist": 599, "flu_flumist_home": 599, "dtap": 83,
	"rsv_beyfortus_50": 23, "rsv_beyfortus_100": 23, "rsv_enflonsia": 23,
}

// MayServe reports whether someone of that age, in months, may be given the product. Some
// need a prescription or a risk factor as well.
func (p Product) MayServe(months int) bool {
	most, limited := maximumAges[p.Code]
	return months >= p.MinimumAgeMonths && (!limited || months <= most)
}

// WithCVX gives all products that have the CVX number; leading zeros are optional.
func WithCVX(cvx string) (list []Product) {
	for _, p := range Products {
		if slices.ContainsFunc(p.CVX, func(one string) bool { return cvxKey(one) == cvxKey(cvx) }) {
			p.CVX = slices.Clone(p.CVX)
			list = append(list, p)
		}
	}
	return list
}

// MinimumAge is the age in months from which someone may be given at least one of
// the products. It is nil where none of the codes is known.
func MinimumAge(codes []string) *int {
	var least *int
	for _, code := range codes {
		if p, ok := byCode[code]; ok && (least == nil || p.MinimumAgeMonths < *least) {
			age := p.MinimumAgeMonths
			least = &age
		}
	}
	return least
}
