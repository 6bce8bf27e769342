package publish

import (
	"hash/fnv"
	"strings"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/smart"
	"getmyvax.org/univaf/internal/vaccine"
)

// A kind is what a Schedule is for: a product, "" if it is not known, and the doses of it.
type kind struct {
	product string
	doses   doses
	hash    uint64 // of both
}

// Doses are those that the standard tells apart, a bit each; 0 if nothing is said.
type doses uint8

const (
	firstDose doses = 1 << iota
	secondDose
)

var dosesByName = map[string]doses{
	"first_dose_only": firstDose, "second_dose_only": secondDose, "all_doses": firstDose | secondDose,
}

// mostKinds is how many combinations are remembered: sources may name anything.
const mostKinds = 4096

// kindsOf gives the kinds of an offer: one for each of its products. products is a list or
// nil, dose a text or a list or nil; where an offer says nothing, the answer does.
func (w *Writer) kindsOf(products, dose []byte) []kind {
	if products == nil {
		products = w.answer.products
	}
	if dose == nil {
		dose = w.answer.doses
	}
	w.key = append(append(append(w.key[:0], products...), 0), dose...)
	if known, ok := w.kinds[string(w.key)]; ok {
		return known
	}
	var mask doses
	if text, ok := univaf.Text(dose); ok {
		mask = dosesByName[string(text)]
	} else if dose != nil {
		for one := range univaf.Elements(dose) {
			mask |= dosesByName[textOf(one)]
		}
	}
	var list []kind
	add := func(product string) {
		h := fnv.New64a()
		_, _ = h.Write(append([]byte(product), 0, byte(mask)))
		k := kind{product, mask, h.Sum64()}
		for _, other := range list {
			if other.hash == k.hash {
				return
			}
		}
		list = append(list, k)
	}
	if products != nil {
		for one := range univaf.Elements(products) {
			if code := textOf(one); code != "" {
				add(code)
			}
		}
	}
	if list == nil {
		add("")
	}
	if len(w.kinds) >= mostKinds {
		w.kinds = nil
	}
	if w.kinds == nil {
		w.kinds = map[string][]kind{}
	}
	w.kinds[string(w.key)] = list
	return list
}

// ownServiceTypes is the system of what is given, for all but COVID-19, for which the
// standard has a code.
const ownServiceTypes = "https://fhir.usdigitalresponse.org/service-types"

// serviceType gives what the Schedule offers. Who names no product speaks of vaccines
// against COVID-19: all sources that do are from when there were no others.
func (k kind) serviceType() smart.CodeableConcept {
	concept := smart.CodeableConcept{Coding: []smart.Coding{
		{System: smart.SystemServiceType, Code: smart.CodeImmunization, Display: "Immunization"},
	}}
	if k.product != "" && k.cvx() == "" {
		concept.Coding = append(concept.Coding, smart.Coding{System: productSystem, Code: k.product, Display: k.product})
	}
	disease := vaccine.COVID19
	if k.product != "" {
		p, known := vaccine.ByCode(k.product)
		if !known {
			return concept
		}
		disease = p.Disease
	}
	own := smart.Coding{System: ownServiceTypes, Code: strings.ReplaceAll(string(disease), "_", "-") + "-immunization"}
	own.Display = strings.ReplaceAll(string(disease), "_", " ") + " immunization appointment"
	if disease == vaccine.COVID19 {
		own = smart.Coding{System: smart.SystemSMARTServiceType, Code: smart.CodeCOVID19, Display: "COVID-19 Immunization Appointment"}
	}
	concept.Coding = append(concept.Coding, own)
	return concept
}

// productSystem is the system of products that have no CVX number, which are a type of
// service: the standard has vaccine-product for CVX alone.
const productSystem = "https://fhir.usdigitalresponse.org/products"

// cvx is the product's CVX number, "" if it has none.
func (k kind) cvx() string {
	if p, known := vaccine.ByCode(k.product); known && len(p.CVX) > 0 {
		return p.CVX[0]
	}
	return ""
}

func (k kind) extensions() (list []smart.Extension) {
	if cvx := k.cvx(); cvx != "" {
		p, _ := vaccine.ByCode(k.product)
		list = append(list, smart.NewExtension(smart.ExtVaccineProduct, "valueCoding", smart.Coding{System: smart.SystemCVX, Code: cvx, Display: p.Name}))
	}
	for i, dose := range []doses{firstDose, secondDose} {
		if k.doses&dose != 0 {
			list = append(list, smart.NewExtension(smart.ExtVaccineDose, "valueInteger", i+1))
		}
	}
	return list
}

const hexDigits = "0123456789abcdef"

// appendID appends an id: the place's and a number. It has 53 characters.
func appendID(b []byte, place string, n uint64) []byte {
	b = append(append(b, place...), '-')
	for shift := 60; shift >= 0; shift -= 4 {
		b = append(b, hexDigits[n>>shift&15])
	}
	return b
}

// mix makes another number of two (as SplitMix64 does).
func mix(h, n uint64) uint64 {
	h += n*0x9e3779b97f4a7c15 + 0x9e3779b97f4a7c15
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}
