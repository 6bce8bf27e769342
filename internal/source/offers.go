package source

import (
	"cmp"
	"slices"

	"getmyvax.org/univaf/internal/smart"
	"getmyvax.org/univaf/internal/vaccine"
)

// An Offer is what a schedule is for.
type Offer struct {
	Products Products
	Dose     string // "" if it is not said
}

// Offers reads a place's schedules. It warns once for what a schedule has of the unknown,
// however many slots there are.
func Offers(env Env, p *smart.Place) map[*smart.Schedule]*Offer {
	out := map[*smart.Schedule]*Offer{}
	for _, schedule := range p.Schedules {
		o := &Offer{}
		first, second := false, false
		for i := range schedule.Extension {
			switch e := &schedule.Extension[i]; e.URL {
			case smart.ExtVaccineProduct:
				o.product(env, e, p.Location.ID)
			case smart.ExtVaccineDose:
				n, _ := e.Int()
				first, second = first || n == 1, second || n == 2
				if n != 1 && n != 2 {
					env.Warn(Warning{Kind: "unknown dose", ID: p.Location.ID, Sample: Sample(e.Value)})
				}
			}
		}
		switch {
		case first && second:
			o.Dose = "all_doses"
		case first:
			o.Dose = "first_dose_only"
		case second:
			o.Dose = "second_dose_only"
		}
		out[schedule] = o
	}
	return out
}

// product reads the code and, where that is not known, the name.
func (o *Offer) product(env Env, e *smart.Extension, place string) {
	coding, _ := e.Coding()
	code, known := "", false
	if coding.System == smart.SystemCVX || coding.System == "" {
		var p vaccine.Product
		p, known = vaccine.ByCVX(coding.Code)
		code = p.Code
	}
	if !known {
		code, known = vaccine.Match(coding.Display)
	}
	o.Products.Add(env, place, cmp.Or(coding.Code, coding.Display), code, known)
}

// UnknownProducts gathers those of all schedules of a place.
func UnknownProducts(p *smart.Place, offers map[*smart.Schedule]*Offer) (all Products) {
	for _, schedule := range p.Schedules {
		for _, name := range offers[schedule].Products.Unknown {
			if !slices.Contains(all.Unknown, name) {
				all.Unknown = append(all.Unknown, name)
			}
		}
	}
	return all
}
