package catalog_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"pgregory.net/rapid"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/catalog"
	"getmyvax.org/univaf/internal/geo"
	"getmyvax.org/univaf/internal/vaccine"
	"getmyvax.org/univaf/internal/words"
)

// noon is when is looked for places: on Monday, 2026-11-02, at 7 in the morning in New York.
var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

// drawPlace makes up a place.
func drawPlace(rt *rapid.T, n int) *univaf.Location {
	pick := func(name string, list ...string) string { return rapid.SampledFrom(list).Draw(rt, name) }
	l := location(n, pick("state", "NJ", "NY", "AK"))
	l.Provider = pick("provider", "cvs", "h_e_b")
	l.LocationType = univaf.LocationType(pick("type", "", "PHARMACY", "CLINIC"))
	l.Name = pick("name", "Café Santé", "CVS #12", "cvs #2", "Zoo")
	l.AddressLines = []string{pick("street", "1 Main St.", "12 Oak Ave")}
	l.City = pick("city", "", "Edison", "EDISON", "San José")
	l.County = pick("county", "", "Middlesex County", "middlesex")
	l.PostalCode = pick("zip", "", "08817", "99546", "09001")
	if rapid.Bool().Draw(rt, "placed") {
		l.Position = &univaf.Position{
			Longitude: rapid.SampledFrom([]float64{-180, -179.5, -74.41, -74.4, -74, 0, 179.9, 180}).Draw(rt, "longitude"),
			Latitude:  rapid.SampledFrom([]float64{-14, 40.5, 40.51, 52, 89.9}).Draw(rt, "latitude"),
		}
	}
	if age := rapid.IntRange(-1, 3).Draw(rt, "minimum age"); age >= 0 {
		months := 12 * age
		l.MinimumAgeMonths = &months
	}
	l.Meta = json.RawMessage(pick("meta", `{}`, `{"walkins_accepted":true}`, `{"walkIn":"no"}`))
	return l
}

var (
	someProducts = []string{"pfizer", "pfizer_age_5_11", "flu", "new_vaccine"}
	someDoses    = []string{"all_doses", "first_dose_only", "second_dose_only"}
	someStatuses = []univaf.Status{univaf.Yes, univaf.No, univaf.Unknown}
)

// drawOffers makes up a list of slots or of capacity, with n members that say when.
func drawOffers(rt *rapid.T, name string, when func(i int) string) string {
	var list []string
	for i := range rapid.IntRange(0, 4).Draw(rt, name) {
		one := when(i)
		if rapid.Bool().Draw(rt, "with products") {
			products, _ := json.Marshal(rapid.SliceOfNDistinct(rapid.SampledFrom(someProducts), 1, 2, rapid.ID).Draw(rt, "products"))
			one += `,"products":` + string(products)
		}
		if rapid.Bool().Draw(rt, "with dose") {
			one += fmt.Sprintf(`,"dose":%q`, rapid.SampledFrom(someDoses).Draw(rt, "dose"))
		}
		list = append(list, fmt.Sprintf(`{%s,"available":%q}`, one, rapid.SampledFrom(someStatuses).Draw(rt, "status")))
	}
	return "[" + strings.Join(list, ",") + "]"
}

// drawSaid makes up what a source says of the place.
func drawSaid(rt *rapid.T, l *univaf.Location, source string) *univaf.Availability {
	members := fmt.Sprintf(`"source":%q,"checked_at":%q`, source,
		univaf.FormatTime(noon.Add(-time.Duration(rapid.IntRange(0, 5).Draw(rt, "hours ago"))*time.Hour)))
	if rapid.Bool().Draw(rt, "with status") {
		members += fmt.Sprintf(`,"available":%q`, rapid.SampledFrom(someStatuses).Draw(rt, "available"))
	}
	if rapid.Bool().Draw(rt, "with products") {
		products, _ := json.Marshal(rapid.SliceOfNDistinct(rapid.SampledFrom(someProducts), 0, 3, rapid.ID).Draw(rt, "all products"))
		members += `,"products":` + string(products)
	}
	members += `,"slots":` + drawOffers(rt, "slots", func(int) string {
		start := noon.Add(time.Duration(rapid.IntRange(-8, 30).Draw(rt, "hours")) * time.Hour)
		hours := map[string]int{"NJ": -4, "NY": 14, "AK": -8}[l.State]
		if start.After(noon.Add(10 * time.Hour)) { // summer ends
			hours--
		}
		return fmt.Sprintf(`"start":%q`, start.In(time.FixedZone("", 3600*hours)).Format(time.RFC3339))
	})
	members += `,"capacity":` + drawOffers(rt, "capacity", func(i int) string {
		return fmt.Sprintf(`"date":%q`, noon.AddDate(0, 0, i-1).Format(time.DateOnly))
	})
	u, _, err := univaf.DecodeUpdate([]byte(`{"availability":{` + members + `}}`))
	if err != nil {
		rt.Fatal(err)
	}
	a := u.Availability
	a.LocationID, a.ChangedAt = l.ID, a.CheckedAt
	a.IsPublic = rapid.IntRange(0, 9).Draw(rt, "public") > 0
	return a
}

// drawFilter makes up what is looked for.
func drawFilter(rt *rapid.T) catalog.Filter {
	f := catalog.Filter{Now: noon}
	maybe := func(name string) bool { return rapid.IntRange(0, 4).Draw(rt, name) == 0 }
	f.Private = maybe("private")
	if maybe("by states") {
		f.States = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"NJ", "NY", "AK", "WY"}), 1, 3, rapid.ID).Draw(rt, "states")
	}
	if maybe("by county") {
		f.Counties = []string{"MIDDLESEX"}
	}
	if maybe("by city") {
		f.Cities = []string{rapid.SampledFrom([]string{"edison", "san jose"}).Draw(rt, "city")}
	}
	if maybe("by provider") {
		f.Providers = []string{"h_e_b"}
	}
	if maybe("by type") {
		f.LocationTypes = []univaf.LocationType{univaf.Clinic}
	}
	if maybe("by walk-in") {
		yes := rapid.Bool().Draw(rt, "walk-in")
		f.WalkIn = &yes
	}
	if maybe("by words") {
		f.Text, _ = words.Ask(rapid.SampledFrom([]string{"cvs", "cafe", "main cv", "heb oak", "12", "nj 088"}).Draw(rt, "words"))
	}
	if maybe("by change") {
		f.UpdatedSince = noon.Add(-2 * time.Hour)
	}
	if rapid.Bool().Draw(rt, "near something") {
		f.Near = &univaf.Position{
			Longitude: rapid.SampledFrom([]float64{-74.4, 179.95, -180, 10}).Draw(rt, "near longitude"),
			Latitude:  rapid.SampledFrom([]float64{40.5, 52, -14, 90}).Draw(rt, "near latitude"),
		}
		f.Radius = rapid.SampledFrom([]float64{0, 0.5, 40, 500}).Draw(rt, "radius")
	}
	if maybe("in a box") {
		edges := rapid.SampledFrom([][4]float64{{-75, 40, -74, 41}, {179, 50, -179, 60}, {-180, -90, 180, 90}, {-74.41, 40.5, -74.41, 40.5}}).Draw(rt, "box")
		box := geo.NewBox(edges[0], edges[1], edges[2], edges[3])
		f.Box = &box
		boxes[&box] = edges
	}
	if maybe("by products") {
		f.Products = rapid.SliceOfNDistinct(rapid.SampledFrom(someProducts), 1, 2, rapid.ID).Draw(rt, "wanted products")
	}
	if maybe("by diseases") {
		f.Diseases = []vaccine.Disease{rapid.SampledFrom([]vaccine.Disease{vaccine.COVID19, vaccine.Influenza, vaccine.MMR}).Draw(rt, "disease")}
	}
	if maybe("by doses") {
		f.Doses = []string{rapid.SampledFrom(someDoses).Draw(rt, "wanted dose")}
	}
	if maybe("by age") {
		age := rapid.SampledFrom([]int{3, 20, 72, 400}).Draw(rt, "age")
		f.Age = &age
	}
	if maybe("by status") {
		f.Statuses = rapid.SliceOfNDistinct(rapid.SampledFrom(someStatuses), 1, 2, rapid.ID).Draw(rt, "statuses")
	}
	if maybe("from a day") {
		f.From = noon.Truncate(24*time.Hour).AddDate(0, 0, rapid.IntRange(-1, 1).Draw(rt, "from"))
	}
	if maybe("to a day") {
		f.To = noon.Truncate(24*time.Hour).AddDate(0, 0, rapid.IntRange(1, 2).Draw(rt, "to"))
	}
	if maybe("by freshness") {
		f.MaxAge = 2*time.Hour + time.Minute
	}
	return f
}

// boxes are the edges of those that were drawn.
var boxes = map[*geo.Box][4]float64{}
