// Package feed makes a source of any CSV, JSON or NDJSON feed, a spreadsheet that is
// published say, by a mapping of its columns or fields that stands in the configuration
// file. docs/guides/feeds.md tells those who write mappings how.
//
// It must not know of any one publisher.
package feed

import (
	"cmp"
	"slices"
	"time"
	_ "time/tzdata" // a minimal container image has no time zones of its own

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/source"
)

// A Config is an entry of the configuration file: it makes any feed a source.
type Config struct {
	Name           string              `yaml:"name"`            // on the command line and in availability
	URL            string              `yaml:"url"`             // of the feed, or of a Google spreadsheet
	File           string              `yaml:"file"`            // instead of url
	Format         string              `yaml:"format"`          // csv, json or ndjson; none: guessed
	Delimiter      string              `yaml:"delimiter"`       // csv: one character or tab; none: guessed
	HeaderRow      int                 `yaml:"header_row"`      // csv: none: the first row that is not empty
	Items          string              `yaml:"items"`           // json: path to the list of records; none: the whole
	Rows           string              `yaml:"rows"`            // what a record is: places (if it is not given), slots, days or products
	Provider       string              `yaml:"provider"`        // of the places, e.g. essex_county
	IDSystem       string              `yaml:"id_system"`       // of the feed's ids of places; none: its name
	LocationType   univaf.LocationType `yaml:"location_type"`   // CLINIC if it is not given
	TimeZone       string              `yaml:"time_zone"`       // of times without offset; none: that of the ZIP code
	States         []string            `yaml:"states"`          // places elsewhere are left out; none: all
	Schedule       string              `yaml:"schedule"`        // none: only when it is named
	StaleAfter     string              `yaml:"stale_after"`     // e.g. 36h; none: a week
	Headers        map[string]string   `yaml:"headers"`         // for the URL's host
	Authoritative  bool                `yaml:"authoritative"`   // it names all places of the provider
	UpdateLocation *bool               `yaml:"update_location"` // facts of known places, too; none: true
	Location       Location            `yaml:"location"`
	Availability   Availability        `yaml:"availability"`

	// Dir is the folder that a relative file lies in: that of the configuration file.
	Dir string `yaml:"-"`
}

// What a record is.
const (
	rowsPlaces   = "places"   // a place, with all that is said of it
	rowsSlots    = "slots"    // an appointment at a place
	rowsDays     = "days"     // a day at a place
	rowsProducts = "products" // a vaccine at a place
)

// Location says where the facts of a place stand.
type Location struct {
	ID               Field             `yaml:"id"`
	ExternalIDs      map[string]*Field `yaml:"external_ids"` // by system
	Name             Field             `yaml:"name"`
	LocationType     Field             `yaml:"location_type"`
	Address          Field             `yaml:"address"`      // several fields: as many lines
	FullAddress      Field             `yaml:"full_address"` // all in one line
	City             Field             `yaml:"city"`
	State            Field             `yaml:"state"`
	PostalCode       Field             `yaml:"postal_code"`
	County           Field             `yaml:"county"`
	Latitude         Field             `yaml:"latitude"`
	Longitude        Field             `yaml:"longitude"`
	InfoPhone        Field             `yaml:"info_phone"`
	InfoURL          Field             `yaml:"info_url"`
	BookingPhone     Field             `yaml:"booking_phone"`
	BookingURL       Field             `yaml:"booking_url"`
	Description      Field             `yaml:"description"`
	RequiresWaitlist Field             `yaml:"requires_waitlist"`
	MinimumAgeMonths Field             `yaml:"minimum_age_months"`
	MinimumAgeYears  Field             `yaml:"minimum_age_years"`
}

// Availability says where it stands what can be had at a place.
type Availability struct {
	Available      Field    `yaml:"available"`
	AvailableCount Field    `yaml:"available_count"`
	Products       Field    `yaml:"products"`
	Doses          Field    `yaml:"doses"`
	ValidAt        Field    `yaml:"valid_at"`
	Slots          Slots    `yaml:"slots"`
	Capacity       Capacity `yaml:"capacity"`
}

// Slots says where appointments stand.
type Slots struct {
	Items          string `yaml:"items"` // path to the list of a place's; none: a record is one
	Start          Field  `yaml:"start"`
	End            Field  `yaml:"end"`
	Available      Field  `yaml:"available"`
	AvailableCount Field  `yaml:"available_count"`
	Products       Field  `yaml:"products"`
	Dose           Field  `yaml:"dose"`
	BookingPhone   Field  `yaml:"booking_phone"`
	BookingURL     Field  `yaml:"booking_url"`
}

// Capacity says where days stand.
type Capacity struct {
	Items            string `yaml:"items"` // path to the list of a place's; none: a record is one
	Date             Field  `yaml:"date"`
	Available        Field  `yaml:"available"`
	AvailableCount   Field  `yaml:"available_count"`
	UnavailableCount Field  `yaml:"unavailable_count"`
	Products         Field  `yaml:"products"`
	Dose             Field  `yaml:"dose"`
}

// usualStaleAfter is long: people keep most of these feeds by hand.
const usualStaleAfter = 7 * 24 * time.Hour

func (c *Config) staleAfter() time.Duration {
	age, _ := source.ParseAge(c.StaleAfter)
	return cmp.Or(age, usualStaleAfter)
}

func (c *Config) rows() string     { return cmp.Or(c.Rows, rowsPlaces) }
func (c *Config) idSystem() string { return cmp.Or(c.IDSystem, c.Name) }

// updates reports whether facts of known places follow the feed.
func (c *Config) updates() bool { return c.UpdateLocation == nil || *c.UpdateLocation }

// Definition makes a source of an entry that is in order.
func (c *Config) Definition() source.Definition {
	d := source.Definition{
		Name:  c.Name,
		Help:  "Feed of " + c.Provider + ", as configured.",
		New:   func(env source.Env) source.Source { return &feed{*c, env} },
		Names: []string{c.Name}, Schedule: c.Schedule, States: slices.Clone(c.States), StaleAfter: c.staleAfter(),
		Header: c.Headers, HeaderFor: c.address(), Timeout: 5 * time.Minute,
	}
	if c.Authoritative {
		d.Authoritative = c.Provider
	}
	return d
}
