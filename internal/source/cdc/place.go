package cdc

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/vaccine"
)

// place makes an update of a place's rows. It is not wanted if it is of no known chain.
func (s *reader) place(rows []*row) (u univaf.Update, wanted bool) {
	if len(rows) == 0 {
		return u, false
	}
	base := rows[0]
	system, ids := s.storeIDs(base)
	if system == "" {
		return u, false
	}
	u.UpdateLocation, u.PublicUnsaid = true, true
	u.Location = univaf.Location{
		Name:         source.TitleCase(base.Name),
		Provider:     system,
		AddressLines: addressLines(base.Street1, base.Street2),
		City:         source.TitleCase(base.City),
		State:        base.State,
		PostalCode:   base.ZIP,
		InfoPhone:    base.Phone,
	}
	u.ExternalIDs, _ = univaf.ExternalIDs{{System: "vaccines_gov", Value: base.GUID}}.With(ids)
	if len(ids) > 0 && ids[0].System == "cvs" && notOfCVS[ids[0].Value] {
		u.InternalNotes = "The CDC's data has this store, but CVS's own does not."
		u.Given = u.Given.With("is_public")
	}
	url, err := source.CleanURL(base.WebAddress)
	if err != nil {
		s.env.Warn(source.Warning{Kind: "invalid URL", ID: base.GUID, Sample: source.Sample(base.WebAddress)})
	}
	u.InfoURL = url
	u.MinimumAgeMonths = s.minimumAge(base)
	u.Given = u.Given.With("minimum_age_months")
	u.Position = s.position(base)
	u.Meta = source.Encode(struct {
		meta
		MinimumAge minimumAge `json:"cdc_minimum_age"`
	}{base.meta, minimumAge{base.MinMonths, base.MinYears}})
	u.Availability = s.availability(rows)
	return u, true
}

type minimumAge struct {
	Months *text `json:"months,omitempty"`
	Years  *text `json:"years,omitempty"`
}

var letters = regexp.MustCompile(`[A-Za-z]`)

// addressLines leaves out what are no words, such as "-" and "0".
func addressLines(lines ...string) []string {
	return slices.DeleteFunc(lines, func(line string) bool { return !letters.MatchString(line) })
}

// minimumAge is in months; nil if there is none.
func (s *reader) minimumAge(r *row) *int {
	months := s.age(r, r.MinYears) * 12
	if months == 0 {
		months = s.age(r, r.MinMonths)
	}
	if months == 0 {
		return nil
	}
	return &months
}

func (s *reader) age(r *row, t *text) int {
	if t == nil || *t == "" {
		return 0
	}
	const most = 200 * 12
	n, err := strconv.Atoi(string(*t))
	if err != nil || n < 0 || n > most {
		s.env.Warn(source.Warning{Kind: "invalid minimum age", ID: r.GUID, Sample: source.Sample(*t)})
		return 0
	}
	return n
}

func (s *reader) position(r *row) *univaf.Position {
	if r.Latitude == nil || r.Longitude == nil || *r.Latitude == "" || *r.Longitude == "" {
		return nil
	}
	return source.Position(s.env, r.GUID, degrees(*r.Latitude), degrees(*r.Longitude))
}

func degrees(t text) float64 {
	v, err := strconv.ParseFloat(strings.TrimSpace(string(t)), 64)
	if err != nil {
		return math.NaN()
	}
	return v
}

func (s *reader) availability(rows []*row) *univaf.Availability {
	a := &univaf.Availability{Source: sourceName, CheckedAt: s.env.Now(), IsPublic: true, Available: univaf.No}
	var products source.Products
	newest := ""
	dated := true
	for _, r := range rows {
		stock := r.stock()
		if stock != univaf.No {
			code, known := productOf(r)
			products.Add(s.env, r.GUID, cmp.Or(r.NDC, r.Medicine), code, known)
		}
		if stock == univaf.Yes || stock == univaf.Unknown && a.Available == univaf.No {
			a.Available = stock
		}
		newest = max(newest, r.Updated)
		dated = dated && r.Updated != ""
	}
	a.Products = products.Codes
	a.Meta = products.Meta()
	if !dated {
		return a // nobody knows how old the whole of it is
	}
	at, err := univaf.ParseTime(newest)
	if err != nil {
		s.env.Warn(source.Warning{Kind: "invalid time", ID: rows[0].GUID, Sample: newest})
	}
	a.ValidAt = at
	return a
}

// stock compares two members that often disagree: whether there is any, and for how many
// days it will do (-1: not told, 0: none, up to 4).
func (r *row) stock() univaf.Status {
	level := math.NaN()
	if r.SupplyLevel != nil {
		level = degrees(*r.SupplyLevel)
	}
	switch {
	case r.InStock && level > 0:
		return univaf.Yes
	case !r.InStock && level == 0:
		return univaf.No
	}
	return univaf.Unknown
}

// productOf reads the code, and names of vaccines for other diseases.
func productOf(r *row) (code string, known bool) {
	if code, known = byNDC[normalNDC(r.NDC)]; known {
		return code, true
	}
	return vaccine.MatchOther(r.Medicine)
}

// normalNDC takes the zeros from the front of a code's three numbers.
func normalNDC(ndc string) string {
	parts := strings.Split(ndc, "-")
	for i := range parts {
		parts[i] = source.Unpad(strings.TrimSpace(parts[i]))
	}
	return strings.Join(parts, "-")
}
