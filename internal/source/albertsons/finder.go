package albertsons

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/usa"
	"getmyvax.org/univaf/internal/vaccine"
)

// A finder makes records of what searches of the booking site give.
type finder struct {
	env    source.Env
	list   *stores // nil if there is none
	states []string
	// Numbers of stores are without zeros in front.
	given   map[string]bool // stores that have their record; false if all that came can't be read
	named   map[string]bool // stores that are in an answer, whatever it is worth
	unclear map[string]bool // states of which some answers can't be read
}

// item makes an update of a store that a search in a state gave. Those in states that were
// not asked for are not wanted, nor those that other searches gave.
func (f *finder) item(raw json.RawMessage, searched string) (u univaf.Update, wanted bool, err error) {
	var head struct {
		Store *struct {
			StoreNumber, CurrentStoreNumber text
			State                           string
		}
	}
	err = json.Unmarshal(raw, &head)
	if err == nil && head.Store == nil {
		err = errors.New("store is missing")
	}
	if err != nil {
		f.unclear[searched] = true
		return u, false, badStore("", err, raw)
	}
	number := source.Unpad(string(head.Store.CurrentStoreNumber))
	other := source.Unpad(string(head.Store.StoreNumber))
	f.named[number], f.named[other] = true, true
	_, isState := usa.StateByCode(head.Store.State)
	done, reported := f.given[number]
	if isState && !slices.Contains(f.states, head.Store.State) || done {
		return u, false, nil
	}
	var item apiItem
	err = itemSchema.Decode(raw, &item)
	switch {
	case err != nil:
	case number != other:
		err = fmt.Errorf("storeNumber %s and currentStoreNumber %s differ", item.Store.StoreNumber, item.Store.CurrentStoreNumber)
	case !isState:
		err = fmt.Errorf("%q is no state", item.Store.State)
	}
	switch {
	case err == nil:
	case number == "" && other == "":
		f.unclear[searched] = true
		return u, false, badStore("", err, raw)
	case reported: // searches overlap
		return u, false, nil
	default:
		f.given[number] = false
		return u, false, badStore(string(head.Store.CurrentStoreNumber), err, raw)
	}
	f.given[number] = true
	return f.found(&item, number), true, nil
}

func badStore(id string, err error, raw json.RawMessage) error {
	return &source.RecordError{Kind: "invalid store", ID: id, Err: err, Sample: source.Sample(raw)}
}

// found gives a store that has appointments.
func (f *finder) found(item *apiItem, number string) univaf.Update {
	s := &item.Store
	var u univaf.Update
	meta := scraperMeta{
		Division: s.StoreDivision, Sunday: s.SunHours, Monday: s.MFHours, Tuesday: s.MFHours, Wednesday: s.MFHours,
		Thursday: s.MFHours, Friday: s.MFHours, Saturday: s.SatHours,
	}
	if k := f.known(number, s.State); k != nil {
		u = f.update(k, meta)
	} else {
		u = f.unlisted(s, number, meta)
	}
	u.Availability.Available = univaf.Yes
	var products source.Products
	for _, service := range item.ServiceTypes {
		code, known := serviceTypes[service.Name]
		if !known && !strings.HasPrefix(service.Name, "COVID-19") {
			code, known = vaccine.Match(service.Name)
		}
		switch {
		case !known:
			products.Add(f.env, number, service.Name, "", false)
		case code != "":
			u.Availability.Products = append(u.Availability.Products, code)
		}
	}
	u.Availability.Meta = products.Meta()
	return u
}

// known gives the store of the list, with a warning if a list has none of that number there.
func (f *finder) known(number, state string) *known {
	if f.list == nil {
		return nil
	}
	if k := f.list.byNumber[number]; k != nil && k.Address.Region == state {
		return k
	}
	f.env.Warn(source.Warning{Kind: "store not in the list", ID: number, Sample: state})
	return nil
}

// others gives the stores of the list that were not found: they have no appointments.
func (f *finder) others() (updates []univaf.Update) {
	if f.list == nil {
		return nil
	}
	for _, k := range f.list.all {
		if state := k.Address.Region; slices.Contains(f.states, state) && !f.unclear[state] && !f.named[k.number] {
			updates = append(updates, f.update(k, scraperMeta{}))
		}
	}
	return updates
}

// scraperMeta is a location's meta. What follows the number is not in the list.
type scraperMeta struct {
	TimeZone  string `json:"timezone,omitempty"`
	Number    string `json:"albertsons_store_number"`
	Division  string `json:"albertsons_division,omitempty"`
	Sunday    string `json:"sunday_hours,omitempty"`
	Monday    string `json:"monday_hours,omitempty"`
	Tuesday   string `json:"tuesday_hours,omitempty"`
	Wednesday string `json:"wednesday_hours,omitempty"`
	Thursday  string `json:"thursday_hours,omitempty"`
	Friday    string `json:"friday_hours,omitempty"`
	Saturday  string `json:"saturday_hours,omitempty"`
}

// update gives a store of the list, without appointments.
func (f *finder) update(k *known, meta scraperMeta) univaf.Update {
	var l univaf.Location
	k.location(&l)
	meta.TimeZone = k.TimeZone
	return f.record(l, k.brand, k.number, meta)
}

// unlisted gives a store by what the booking site alone tells of it, without appointments.
func (f *finder) unlisted(s *apiStore, number string, meta scraperMeta) univaf.Update {
	b := brandByAPIName(s.StoreName)
	l := univaf.Location{
		Name: b.name + " #" + number, Provider: provider, LocationType: univaf.Pharmacy,
		AddressLines: []string{s.StreetAddress}, City: s.City, State: s.State, PostalCode: s.ZIP,
		Position: source.Position(f.env, number, s.Latitude, s.Longitude), InfoPhone: s.Telephone, InfoURL: b.url,
	}
	if url, err := source.CleanURL(s.WebsiteURL); err == nil && url != "" {
		l.InfoURL = url
	}
	if s.StreetAddress2 != "" {
		l.AddressLines = append(l.AddressLines, s.StreetAddress2)
	}
	if zip, err := usa.FormatZIP(s.ZIP); err == nil {
		l.PostalCode = zip
	}
	return f.record(l, b, number, meta)
}

func (f *finder) record(l univaf.Location, b *brand, number string, meta scraperMeta) univaf.Update {
	l.ExternalIDs = append(numberIDs(b, number), univaf.ExternalID{System: "albertsons_v2", Value: number})
	l.BookingURL = bookingURL
	meta.Number = number
	l.Meta = source.Encode(meta)
	return univaf.Update{Location: l, UpdateLocation: true, Availability: &univaf.Availability{
		Source: scraperSource, CheckedAt: f.env.Now(), IsPublic: true, Available: univaf.No,
	}}
}
