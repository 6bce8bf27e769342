package albertsons

import (
	"regexp"
	"slices"

	"getmyvax.org/univaf"
)

// A brand is what a store's sign says.
type brand struct {
	key     string // a system of ids: those of its stores
	name    string
	apiName string // what the booking site calls it; "" if it doesn't know it
	url     string
	pattern *regexp.Regexp // finds it in the name of a place
	noStore bool           // places that are none of its stores
}

const aboutVaccines = "https://www.albertsons.com/pharmacy/covid-19.html"

// communityClinic is for what the pharmacies do elsewhere.
const communityClinic = "community_clinic"

// brands are tried in this order.
var brands = []*brand{
	store("acme", "Acme", "ACME", `acme`),
	store("albertsons_market", "Albertsons Market", "ALBERTSONS MARKET", `albertsons market`),
	store("albertsons", "Albertsons", "ALBERTSONS", `albertsons|\babs `),
	store("amigos", "Amigos", "", `amigos`),
	store("carrs", "Carrs", "CARRS", `carrs`),
	at("https://www.haggen.com/explore-our-departments/pharmacy/covid-19/", store("haggen", "Haggen", "HAGGEN", `haggen`)),
	store("jewelosco", "Jewel-Osco", "JEWEL-OSCO", `jewel.osco`),
	store("luckys", "Lucky", "LUCKY'S", `lucky`),
	store("market_street", "Market Street", "MARKET STREET", `market street`),
	store("pak_n_save", "Pak 'n Save", "PAK N SAVE", `pak '?n save`),
	store("pavilions", "Pavilions", "PAVILIONS", `pavilions`),
	store("randalls_pharmacy", "Randalls Pharmacy", "", `randalls pharmacy`),
	store("randalls", "Randalls", "RANDALLS", `randalls`),
	at("https://www.safeway.com/pharmacy/covid-19.html", store("safeway", "Safeway", "SAFEWAY", `safeway`)),
	store("sav_on", "Sav-On Pharmacy", "", `sav-?on`),
	store("shaws", "Shaw's", "SHAWS", `shaw`),
	store("star_market", "Star Market", "STAR MARKET", `star market`),
	store("tom_thumb", "Tom Thumb", "TOM THUMB", `tom thumb`),
	// "United" may be of anything: schools, churches.
	store("united", "United Supermarkets", "UNITED", `united\s+(?:#?\d|\w*market)`),
	store("vons", "Vons", "VONS", `vons`),
	noStore("albertsons_corporate", "ALB Corporate Office", `corporate office`),
	noStore(communityClinic, "Community Clinic", `^teamsters local|^chicago fire department`),
}

func store(key, name, apiName, pattern string) *brand {
	return &brand{key: key, name: name, apiName: apiName, url: aboutVaccines, pattern: regexp.MustCompile(`(?i)` + pattern)}
}

func at(url string, b *brand) *brand {
	b.url = url
	return b
}

func noStore(key, name, pattern string) *brand {
	b := store(key, name, "", pattern)
	b.noStore = true
	return b
}

// storelike names end or begin with a number, as those of stores do whose brand we don't know.
var storelike = regexp.MustCompile(`\w #?\d+$|^\d+\s`)

// in reports whether the name is of the brand. Any that is not like a store's is a clinic's.
func (b *brand) in(name string) bool {
	return b.pattern.MatchString(name) || b.key == communityClinic && !storelike.MatchString(name)
}

// brandOf gives the brand of a place by its name; nil if there is none.
func brandOf(name string) *brand {
	for _, b := range brands {
		if b.in(name) {
			return b
		}
	}
	return nil
}

// storeBrand is brandOf for what is known to be a store.
func storeBrand(name string) *brand {
	if b := brandOf(name); b != nil && !b.noStore {
		return b
	}
	return nil
}

// brandByAPIName gives the brand that the booking site calls so; nil if there is none.
func brandByAPIName(name string) *brand {
	i := slices.IndexFunc(brands, func(b *brand) bool { return b.apiName == name && name != "" })
	if i < 0 {
		return nil
	}
	return brands[i]
}

func (b *brand) locationType() univaf.LocationType {
	if b.key == communityClinic {
		return univaf.Clinic
	}
	return univaf.Pharmacy
}
