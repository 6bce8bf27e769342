package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/usa"
	"getmyvax.org/univaf/internal/vaccine"
)

// A world is what the sources see.
type world struct {
	seed, round uint64
	now         time.Time
}

// sources are who speaks: the first of every location, the second of half of them.
var sources = []string{"univaf-gen-stores", "univaf-gen-scheduler"}

// Each update is drawn from numbers of its own, so that it does not matter how many
// there are before it.
func draws(seed uint64, kind, i int) *rand.Rand {
	return rand.New(rand.NewPCG(seed, uint64(kind)<<32|uint64(i))) //nolint:gosec // the same numbers again are the point
}

// Kinds of draws; those of what a source says follow.
const (
	drawsPlace = iota
	drawsProducts
	drawsSaid
)

// update gives what the source says of the i-th location, if it speaks of it.
func (w world) update(i, source int) (u univaf.Update, speaks bool) {
	r := draws(w.seed, drawsPlace, i)
	second, percent := r.IntN(2) == 0, r.IntN(100)
	if source > 0 && !second {
		return u, false
	}
	u.Location = place(r, i)
	if source > 0 { // it knows the place by few facts, and by an id of its own
		u.ExternalIDs = append(u.ExternalIDs[:1:1], univaf.ExternalID{System: "gen_scheduler", Value: strconv.Itoa(7*i + 3)})
		u.Description, u.InfoPhone, u.Meta = "", "", nil
	}
	u.Given = u.Given.With("is_public")
	// A place has the same vaccines in every round, and whoever speaks of it.
	products := someProducts(draws(w.seed, drawsProducts, i))
	// The round is part of the seed, the time is not: another time says the same again.
	u.Availability = w.said(draws(w.seed^(w.round*0x9e3779b97f4a7c15), drawsSaid+source, i), source, percent, products)
	return u, true
}

var chains = []string{"albertsons", "cvs", "h_e_b", "hyvee", "kroger", "rite_aid", "safeway", "walgreens", "walmart", "wegmans"}

var (
	towns   = []string{"Springfield", "Franklin", "Clinton", "Greenville", "Bristol", "Fairview", "Salem", "Madison", "Georgetown", "Arlington"}
	streets = []string{"Main St", "Oak Ave", "Maple Dr", "Washington Blvd", "State Route 9", "Park Pl", "Mill Rd", "Lake Shore Dr"}
	notes   = []string{
		"Walk-ins are welcome while supplies last.", "Please bring a photo ID and your insurance card.",
		"Children under 12 need a parent or guardian with them.", "Park behind the building and use the side entrance.",
		"Wear a mask and a shirt with short sleeves.", "Vaccinations are free, with or without insurance.",
		"The clinic is closed from noon to one.", "Se habla español; other languages by telephone.",
	}
)

// place gives the facts of the i-th location.
func place(r *rand.Rand, i int) univaf.Location {
	a := areaOf(r)
	chain := chains[r.IntN(len(chains))]
	number := fmt.Sprintf("%07d", i)
	site := "https://" + strings.ReplaceAll(chain, "_", "") + ".example/stores/" + strings.ToLower(a.state) + "/" + number
	l := univaf.Location{
		ExternalIDs:  univaf.ExternalIDs{{System: "gen_store", Value: number}},
		Provider:     chain,
		LocationType: univaf.Pharmacy,
		Name:         strings.ToUpper(chain[:1]) + strings.ReplaceAll(chain[1:], "_", " ") + " Pharmacy #" + number,
		AddressLines: []string{fmt.Sprintf("%d %s", 1+r.IntN(9999), pick(r, streets))},
		City:         pick(r, towns),
		State:        a.state,
		PostalCode:   fmt.Sprintf("%03d%02d", a.zip, r.IntN(100)),
		County:       pick(r, towns) + " County",
		Position: &univaf.Position{
			Longitude: degrees(a.lng + a.spread*(2*r.Float64()-1)), Latitude: degrees(a.lat + a.spread*(2*r.Float64()-1)),
		},
		InfoPhone:   fmt.Sprintf("%03d-555-%04d", 201+r.IntN(700), r.IntN(10_000)),
		InfoURL:     site,
		BookingURL:  site + "/vaccines/schedule?utm_source=univaf&step=eligibility",
		Description: pick(r, notes) + " " + pick(r, notes) + " " + pick(r, notes),
		Meta:        json.RawMessage(fmt.Sprintf(`{"mon_fri":"%02d:00-%02d:00","sat_sun":"10:00-18:00","drive_through":%t}`, 7+r.IntN(3), 18+r.IntN(5), r.IntN(2) == 0)),
		IsPublic:    true,
	}
	// 1 to 4 ids. Some are shared by several places of one owner, as real ones are.
	more := univaf.ExternalIDs{
		{System: "gen_" + chain, Value: strconv.Itoa(3*i + 1)},
		{System: univaf.SystemVTrckS, Value: fmt.Sprintf("GEN%06d", i/3)},
		{System: univaf.SystemNPI, Value: fmt.Sprintf("%010d", 1_000_000_000+i/4)},
	}
	r.Shuffle(len(more), func(a, b int) { more[a], more[b] = more[b], more[a] })
	l.ExternalIDs = append(l.ExternalIDs, more[:r.IntN(len(more)+1)]...)
	if r.IntN(5) == 0 {
		months := 12 * (3 + r.IntN(16))
		l.MinimumAgeMonths = &months
	}
	return l
}

func pick(r *rand.Rand, list []string) string { return list[r.IntN(len(list))] }

// degrees rounds to about a metre.
func degrees(x float64) float64 { return float64(int(x*1e5)) / 1e5 }

var statuses = []univaf.Status{univaf.Yes, univaf.Yes, univaf.No, univaf.Unknown}

// said is what a source says now: of 60 percent of the locations the capacity of the
// next 7 to 14 days, of 15 percent 20 to 200 slots, of the others whether there is
// anything. percent says which this is.
func (w world) said(r *rand.Rand, source, percent int, products []string) *univaf.Availability {
	a := &univaf.Availability{
		Source: sources[source], ValidAt: w.now.Add(-time.Duration(r.IntN(600_000)) * time.Millisecond),
		CheckedAt: w.now, IsPublic: true,
	}
	switch {
	case percent < 60:
		a.Capacity = w.capacity(r, products)
	case percent < 75:
		a.Slots = w.slots(r, products)
	default:
		a.Available = statuses[r.IntN(len(statuses))]
		a.Products = products
		if count := 1 + r.Int64N(200); a.Available == univaf.Yes {
			a.AvailableCount = &count
		}
	}
	if r.IntN(10) == 0 {
		a.Meta = json.RawMessage(`{"waitlist":` + strconv.FormatBool(r.IntN(2) == 0) + `}`)
	}
	return a
}

// someProducts gives 1 to 5 codes.
func someProducts(r *rand.Rand) []string {
	var list []string
	for range 1 + r.IntN(5) {
		if code := vaccine.Products[r.IntN(len(vaccine.Products))].Code; !slices.Contains(list, code) {
			list = append(list, code)
		}
	}
	return list
}

var doses = []string{"all_doses", "first_dose_only", "second_dose_only"}

// capacity gives a list as univaf.Capacity describes it: an entry for each day.
func (w world) capacity(r *rand.Rand, products []string) json.RawMessage {
	quoted := `"` + strings.Join(products[:min(len(products), 2)], `","`) + `"`
	b := []byte{'['}
	for day := range 7 + r.IntN(8) {
		free := max(0, r.IntN(30)-8)
		status := univaf.Yes
		if free == 0 {
			status = univaf.No
		}
		b = fmt.Appendf(b, `{"date":"%s","dose":"%s","products":[%s],"available":"%s","available_count":%d,"unavailable_count":%d},`,
			w.day(day).Format(time.DateOnly), doses[0], quoted, status, free, r.IntN(20))
	}
	b[len(b)-1] = ']'
	return b
}

// slots gives a list of appointments, a quarter of an hour each.
func (w world) slots(r *rand.Rand, products []string) json.RawMessage {
	b := []byte{'['}
	dose := pick(r, doses)
	for i := range 20 + r.IntN(181) {
		start := w.day(1 + i/32).Add(time.Duration(13*4+i%32) * 15 * time.Minute)
		status := univaf.Yes
		if r.IntN(3) == 0 {
			status = univaf.No
		}
		b = fmt.Appendf(b, `{"start":"%s","end":"%s","dose":"%s","products":["%s"],"available":"%s"},`,
			start.Format(time.RFC3339), start.Add(15*time.Minute).Format(time.RFC3339), dose, products[i%len(products)], status)
	}
	b[len(b)-1] = ']'
	return b
}

// day gives midnight, some days from now.
func (w world) day(n int) time.Time {
	return w.now.Truncate(24*time.Hour).AddDate(0, 0, n)
}

// An area is where a state's places lie, very roughly: ZIP codes that start so, and
// within some degrees of a point.
type area struct {
	state            string // USPS code
	zip              int    // the first three digits
	lat, lng, spread float64
}

// areaOf draws a state by the number of its people.
func areaOf(r *rand.Rand) area {
	sums := populationSums()
	x := r.IntN(sums[len(sums)-1])
	return areas[sort.Search(len(sums), func(i int) bool { return sums[i] > x })]
}

// populationSums gives for each area the people in it and in those before.
var populationSums = sync.OnceValue(func() []int {
	sum, sums := 0, make([]int, len(areas))
	for i, a := range areas {
		sum += usa.Population[a.state]
		sums[i] = sum
	}
	return sums
})

var areas = []area{
	{"AL", 352, 32.8, -86.8, 1.2},
	{"AK", 995, 61.2, -149.9, 0.8},
	{"AZ", 850, 33.4, -112.0, 1.2},
	{"AR", 722, 34.8, -92.3, 1.0},
	{"CA", 900, 36.0, -119.6, 1.5},
	{"CO", 802, 39.5, -105.0, 1.2},
	{"CT", 61, 41.6, -72.7, 0.4},
	{"DE", 199, 39.0, -75.5, 0.2},
	{"FL", 328, 28.3, -81.6, 0.8},
	{"GA", 303, 33.0, -83.9, 1.0},
	{"HI", 968, 21.4, -157.9, 0.1},
	{"ID", 837, 43.6, -115.0, 1.0},
	{"IL", 606, 40.5, -88.9, 1.2},
	{"IN", 462, 39.9, -86.2, 1.0},
	{"IA", 503, 41.9, -93.4, 1.2},
	{"KS", 672, 38.5, -97.3, 1.2},
	{"KY", 405, 37.7, -85.3, 0.9},
	{"LA", 708, 30.7, -91.6, 0.8},
	{"ME", 44, 44.6, -69.5, 0.8},
	{"MD", 212, 39.3, -76.8, 0.4},
	{"MA", 21, 42.3, -71.7, 0.4},
	{"MI", 489, 43.0, -84.5, 0.9},
	{"MN", 554, 45.2, -93.9, 1.1},
	{"MS", 392, 32.6, -89.7, 1.0},
	{"MO", 652, 38.5, -92.5, 1.2},
	{"MT", 596, 46.6, -110.5, 1.5},
	{"NE", 681, 41.2, -98.5, 1.2},
	{"NV", 891, 37.5, -115.8, 1.2},
	{"NH", 33, 43.3, -71.5, 0.4},
	{"NJ", 88, 40.3, -74.5, 0.4},
	{"NM", 871, 34.8, -106.4, 1.2},
	{"NY", 125, 42.6, -75.0, 0.9},
	{"NC", 275, 35.6, -79.2, 1.0},
	{"ND", 585, 47.3, -99.5, 1.2},
	{"OH", 432, 40.2, -82.7, 1.0},
	{"OK", 731, 35.5, -97.2, 1.0},
	{"OR", 973, 44.6, -122.5, 0.9},
	{"PA", 171, 40.6, -77.2, 1.0},
	{"RI", 29, 41.7, -71.5, 0.15},
	{"SC", 292, 33.9, -80.9, 0.8},
	{"SD", 571, 44.2, -99.3, 1.2},
	{"TN", 372, 35.7, -86.3, 0.9},
	{"TX", 770, 30.9, -97.4, 1.6},
	{"UT", 841, 40.3, -111.7, 0.9},
	{"VT", 54, 44.0, -72.7, 0.5},
	{"VA", 232, 37.5, -78.2, 0.9},
	{"WA", 981, 47.4, -121.4, 0.9},
	{"WV", 253, 38.6, -80.9, 0.8},
	{"WI", 530, 44.0, -89.5, 1.0},
	{"WY", 826, 42.9, -106.8, 1.2},
	{"DC", 200, 38.9, -77.0, 0.05},
	{"AS", 967, -14.3, -170.7, 0.03},
	{"GU", 969, 13.45, 144.8, 0.05},
	{"MP", 969, 15.2, 145.75, 0.04},
	{"PR", 7, 18.25, -66.4, 0.15},
	{"VI", 8, 18.34, -64.9, 0.03},
	{"FM", 969, 6.9, 158.2, 0.05},
	{"MH", 969, 7.1, 171.2, 0.05},
	{"PW", 969, 7.4, 134.5, 0.05},
}
