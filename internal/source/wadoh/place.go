package wadoh

import (
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/usa"
	"getmyvax.org/univaf/internal/vaccine"
)

const costco = "costco"

// A location is a place as the department has it. What is null there is empty here,
// unless it matters.
type location struct {
	ID             string   `json:"locationId"`
	Name           string   `json:"locationName"`
	Type           string   `json:"locationType"`
	ProviderName   string   `json:"providerName"`
	DepartmentName string   `json:"departmentName"`
	Line1          string   `json:"addressLine1"`
	Line2          string   `json:"addressLine2"`
	City           string   `json:"city"`
	State          string   `json:"state"` // name or USPS code
	ZIP            string   `json:"zipcode"`
	County         string   `json:"county"`
	Latitude       *float64 `json:"latitude"`
	Longitude      *float64 `json:"longitude"`
	Description    *string  `json:"description"`
	Directions     *string  `json:"directions"`
	Phone          string   `json:"phone"`
	Email          string   `json:"email"`
	SchedulingLink string   `json:"schedulingLink"`
	InfoLink       string   `json:"infoLink"`
	Availability   string   `json:"vaccineAvailability"`
	VaccineTypes   []string `json:"vaccineTypes"`
	UpdatedAt      string   `json:"updatedAt"`
	DataSource     string   `json:"rawDataSourceName"`
	flags
}

// flags are passed on as they are, but for those that are null.
type flags struct {
	AccessibleParking        any `json:"accessibleParking,omitempty"`
	AdditionalSupports       any `json:"additionalSupports,omitempty"` // family or friends may come along
	CommCardAvailable        any `json:"commCardAvailable,omitempty"`  // to point at where there is no common language
	CommCardBrailleAvailable any `json:"commCardBrailleAvailable,omitempty"`
	DriveupSite              any `json:"driveupSite,omitempty"`
	InterpretersAvailable    any `json:"interpretersAvailable,omitempty"`
	InterpretersDesc         any `json:"interpretersDesc,omitempty"` // the languages
	WaitingArea              any `json:"waitingArea,omitempty"`
	WalkupSite               any `json:"walkupSite,omitempty"`
	WheelchairAccessible     any `json:"wheelchairAccessible,omitempty"`
	ScheduleOnline           any `json:"scheduleOnline,omitempty"`
	ScheduleByPhone          any `json:"scheduleByPhone,omitempty"`
	ScheduleByEmail          any `json:"scheduleByEmail,omitempty"`
	WalkIn                   any `json:"walkIn,omitempty"`
	WaitList                 any `json:"waitList,omitempty"` // there is one; it is not required
}

// notPlaces are ids of records that are wrong.
var notPlaces = []string{"2255", "2755", "riteaid-5288", "prep-mod-3696ec0d-3869-4ff4-88ce-1030db1639ef"}

// wanted leaves out what others know better. The department has all places of its own
// state, but of those only Costco's are not in sources that we read ourselves.
func (l *location) wanted(state string) bool {
	switch {
	case slices.Contains(notPlaces, l.ID), l.DataSource == "PrepModVaccineAvailabilityFn":
		return false
	case state == "WA":
		return namesCostco(l.Name) || namesCostco(l.DepartmentName)
	}
	return true
}

func namesCostco(text string) bool { return strings.Contains(strings.ToLower(text), costco) }

// place makes an update of what came for a state.
func (s *reader) place(state string, raw json.RawMessage) (u univaf.Update, wanted bool, err error) {
	var l location
	err = json.Unmarshal(raw, &l)
	if err == nil && l.ID == "" {
		err = errors.New("locationId is missing")
	}
	if err != nil {
		return u, true, &source.RecordError{Kind: "invalid location", ID: l.ID, Err: err, Sample: source.Sample(raw)}
	}
	if !l.wanted(state) {
		return u, false, nil
	}
	u.Location = univaf.Location{
		Name:         l.Name,
		Provider:     s.provider(&l),
		LocationType: s.locationType(&l),
		AddressLines: slices.DeleteFunc([]string{l.Line1, l.Line2}, func(line string) bool { return line == "" }),
		City:         l.City,
		PostalCode:   l.ZIP,
		County:       l.County,
		BookingPhone: l.Phone,
		BookingURL:   l.SchedulingLink,
		InfoURL:      l.InfoLink,
		Description:  strings.TrimSpace(orNull(l.Description) + "\n\n" + orNull(l.Directions)),
		Meta:         source.Encode(l.flags),
	}
	u.ExternalIDs = s.externalIDs(&l, u.Provider)
	code, known := usa.StateCode(l.State)
	if u.State = code; !known {
		s.env.Warn(source.Warning{Kind: "unknown state", ID: l.ID, Sample: source.Sample(l.State)})
	}
	if l.Latitude != nil && l.Longitude != nil {
		u.Position = source.Position(s.env, l.ID, *l.Latitude, *l.Longitude)
	}
	if l.SchedulingLink == "" {
		s.env.Warn(source.Warning{Kind: "no scheduling link", ID: l.ID, Sample: source.Sample(l.Name)})
	}
	u.Availability = s.availability(&l)
	return u, true, nil
}

// orNull gives "null" for a text that is not there, as the descriptions of these places
// have always had it.
func orNull(text *string) string {
	if text == nil {
		return "null"
	}
	return *text
}

// provider is "" if it can't be told.
func (s *reader) provider(l *location) string {
	switch {
	case l.ProviderName != "":
		return l.ProviderName
	case namesCostco(l.Name), l.DataSource == "CostcoVaccineAvailabilityFn", l.DataSource == "CostcoLocationsFn":
		return costco
	}
	s.env.Warn(source.Warning{Kind: "unknown provider", ID: l.ID, Sample: source.Sample(l.Name)})
	return ""
}

func (s *reader) locationType(l *location) univaf.LocationType {
	switch strings.ToLower(l.Type) {
	case "clinic":
		return univaf.Clinic
	case "pharmacy", "store", "":
	default:
		s.env.Warn(source.Warning{Kind: "unknown location type", ID: l.ID, Sample: source.Sample(l.Type)})
	}
	return univaf.Pharmacy
}

var (
	storeEmail  = regexp.MustCompile(`(?i)^w(\d+)phm@`)
	storeInName = regexp.MustCompile(`#(\d+)`)
	numberAtEnd = regexp.MustCompile(`-(\d+)$`)
)

// externalIDs gives what else is known of a place's numbers. That in the department's own
// id, as costco-293, is of the site where appointments are made. Costco's own is in the
// pharmacy's address for e-mail, as w365phm@costco.com.
func (s *reader) externalIDs(l *location, provider string) univaf.ExternalIDs {
	ids := univaf.ExternalIDs{{System: "wa_doh", Value: l.ID}}
	if provider == costco {
		found := storeEmail.FindStringSubmatch(l.Email)
		if found == nil {
			found = storeInName.FindStringSubmatch(l.Name)
		}
		if found != nil {
			ids = append(ids, univaf.ExternalID{System: costco, Value: source.Unpad(found[1])})
		} else {
			// The address may be a person's, so it is not shown.
			s.env.Warn(source.Warning{Kind: "no store number", ID: l.ID, Sample: source.Sample(l.Name)})
		}
	}
	if strings.Contains(strings.ToLower(l.SchedulingLink), "appointment-plus") {
		if found := numberAtEnd.FindStringSubmatch(l.ID); found != nil {
			ids = append(ids, univaf.ExternalID{System: "appointment_plus", Value: source.Unpad(found[1])})
		}
	}
	return ids
}

func (s *reader) availability(l *location) *univaf.Availability {
	a := &univaf.Availability{Source: sourceName, CheckedAt: s.env.Now(), IsPublic: true, Available: univaf.Unknown}
	switch strings.ToUpper(l.Availability) {
	case "AVAILABLE":
		a.Available = univaf.Yes
	case "UNAVAILABLE":
		a.Available = univaf.No
	case "UNKNOWN":
	default:
		s.env.Warn(source.Warning{Kind: "unknown availability", ID: l.ID, Sample: source.Sample(l.Availability)})
	}
	if at, err := univaf.ParseTime(l.UpdatedAt); err == nil {
		a.ValidAt = at
	} else if l.UpdatedAt != "" {
		s.env.Warn(source.Warning{Kind: "invalid time", ID: l.ID, Sample: source.Sample(l.UpdatedAt)})
	}
	if l.VaccineTypes == nil {
		return a
	}
	a.Products = []string{} // an empty list says that there are none, null that nobody knows
	var unknown source.Products
	for _, name := range l.VaccineTypes {
		if code, known := vaccine.Match(name); known {
			a.Products = append(a.Products, code)
		} else {
			unknown.Add(s.env, l.ID, name, "", false)
		}
	}
	a.Meta = unknown.Meta()
	return a
}
