package prepmod

// A deployment is a customer's own PrepMod.
type deployment struct {
	state string // USPS code
	host  string // URL
}

// deployments are those known.
var deployments = []deployment{
	{"AK", "https://myhealth.alaska.gov"},
	{"CA", "https://www.caprepmod.org"},
	{"CA", "http://www.stayhealthyfresno.com"}, // Fresno County
	{"CO", "https://www.comassvax.org"},
	{"IA", "https://www.immunizepolk.com"},         // Polk County
	{"IA", "https://immunize.scottcountyiowa.gov"}, // Scott County
	{"ID", "https://www.idahoprepmod.com"},
	{"MA", "https://clinics.maimmunizations.org"},
	{"MD", "https://www.marylandvax.org"},
	{"MN", "https://prepmod.health.state.mn.us"},
	{"MN", "https://acappt.co.anoka.mn.us"},  // Anoka County
	{"MN", "https://phappt.co.dakota.mn.us"}, // Dakota County
	{"MT", "https://www.mtreadyclinic.org"},
	{"ND", "https://www.ndvax.org"},
	{"PA", "https://vaccinations.health.pa.gov"},
	{"PA", "https://philadelphia.cdn.prod.prepmodapp.com"},
	{"RI", "https://www.vaccinateri.org"},
	{"VA", "https://vaccineappointments.virginia.gov"},
	{"VA", "https://www.vavax.org"}, // Virginia Healthcare Association
	{"WA", "https://prepmod.doh.wa.gov"},
	{"WY", "https://www.wyoapptportal.org"},
}

// states are those with deployments.
func states() (codes []string) {
	for _, d := range deployments {
		if len(codes) == 0 || codes[len(codes)-1] != d.state {
			codes = append(codes, d.state)
		}
	}
	return codes
}
