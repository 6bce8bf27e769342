package vaccinespotter

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/source"
)

// An appointment is one that can be had.
type appointment struct {
	time, date string
	types      string // in words, e.g. "Moderna - 2nd Dose Only"
	products   []string
	dose       string // "" if unknown
}

// day gives the date, local to the place.
func (a *appointment) day() string {
	text := a.date
	if text == "" {
		text = a.time
	}
	return text[:min(len(text), len("2006-01-02"))]
}

// appointmentMembers are those that an appointment is known to have.
var appointmentMembers = []string{"time", "date", "type", "vaccine_types", "appointment_types"}

// appointments reads those of a place, all or none: what can't be read shows that the
// site's own reading went wrong.
func (s *spotter) appointments(p *properties) []appointment {
	var raw []json.RawMessage
	if len(p.Appointments) == 0 || string(p.Appointments) == "null" {
		return nil
	}
	err := json.Unmarshal(p.Appointments, &raw)
	var list []appointment
	for _, one := range raw {
		var a appointment
		if a, err = s.appointment(p, one); err != nil {
			break
		}
		list = append(list, a)
	}
	if err != nil {
		s.env.Warn(source.Warning{Kind: "invalid appointments", ID: p.ID.String(), Sample: err.Error()})
		return nil
	}
	return list
}

func (s *spotter) appointment(p *properties, raw json.RawMessage) (a appointment, err error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return a, err
	}
	for name := range members {
		if !slices.Contains(appointmentMembers, name) {
			s.env.Warn(source.Warning{Kind: "unknown member of appointments", ID: p.ID.String(), Sample: name})
		}
	}
	var read struct {
		Time, Date, Type *string
		VaccineTypes     *[]string `json:"vaccine_types"`
		AppointmentTypes *[]string `json:"appointment_types"`
	}
	if err := json.Unmarshal(raw, &read); err != nil {
		return a, err
	}
	a.time, a.date, a.types = deref(read.Time), deref(read.Date), deref(read.Type)
	switch {
	case a.time == "" && a.date == "":
		return a, errors.New("neither time nor date")
	case read.VaccineTypes == nil:
		return a, errors.New("vaccine_types is no list")
	case read.AppointmentTypes == nil:
		return a, errors.New("appointment_types is no list")
	case len(*read.AppointmentTypes) > 1:
		return a, fmt.Errorf("%d appointment_types", len(*read.AppointmentTypes))
	}
	if _, err := univaf.ParseTime(a.day()); err != nil {
		return a, fmt.Errorf("%q is no time", a.day())
	}
	a.products = *read.VaccineTypes
	if len(*read.AppointmentTypes) == 1 {
		a.dose = (*read.AppointmentTypes)[0]
	}
	return a, nil
}

// An offer is a slot, or some of one day, as a record holds it.
type offer struct {
	Date           string        `json:"date,omitempty"`
	Start          string        `json:"start,omitempty"`
	Available      univaf.Status `json:"available"`
	AvailableCount int           `json:"available_count,omitempty"`
	Products       []string      `json:"products,omitempty"`
	Dose           string        `json:"dose,omitempty"`
}

// offers sets what appointments tell, or else what the place tells of them in sum.
func (s *spotter) offers(p *properties, a *univaf.Availability) {
	list := s.appointments(p)
	days := map[string]*offer{}
	var slots []offer
	for i := range list {
		one := &list[i]
		key := one.day() + one.types
		if days[key] == nil {
			days[key] = &offer{Date: one.day(), Available: univaf.Yes, Products: one.products, Dose: one.dose}
		}
		days[key].AvailableCount++
		if one.time != "" {
			slots = append(slots, offer{Start: one.time, Available: univaf.Yes, Products: one.products, Dose: one.dose})
		}
	}
	var capacity []offer
	for _, key := range slices.Sorted(maps.Keys(days)) {
		day := days[key]
		capacity = append(capacity, *day)
		for _, product := range day.Products {
			a.Products = once(a.Products, product)
		}
		if day.Dose != "" {
			a.Doses = once(a.Doses, day.Dose)
		}
	}
	if capacity != nil {
		a.Capacity = source.Encode(capacity)
	}
	if slots != nil && len(slots) == len(list) {
		a.Slots = source.Encode(slots)
	}
	if a.Products == nil {
		a.Products = trueOnes(p.AppointmentVaccineTypes)
	}
	if a.Doses == nil {
		a.Doses = trueOnes(p.AppointmentTypes)
	}
}

func once(list []string, one string) []string {
	if slices.Contains(list, one) || one == "" {
		return list
	}
	return append(list, one)
}

// trueOnes gives the names that are true, but "unknown".
func trueOnes(types map[string]any) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(types)) {
		if types[name] == true && !strings.EqualFold(name, "unknown") {
			names = append(names, name)
		}
	}
	return names
}
