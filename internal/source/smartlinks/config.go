package smartlinks

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/usa"
)

// A Config is an entry of the configuration file: it makes any publisher a source.
type Config struct {
	Name         string              `yaml:"name"`          // on the command line and in availability
	Manifest     string              `yaml:"manifest"`      // the URL that ends in $bulk-publish
	Provider     string              `yaml:"provider"`      // of the places, e.g. county_health
	LocationType univaf.LocationType `yaml:"location_type"` // CLINIC if it is not given
	States       []string            `yaml:"states"`        // none: all
	Schedule     string              `yaml:"schedule"`      // none: only when it is named
	StaleAfter   string              `yaml:"stale_after"`   // e.g. 36h
	Headers      map[string]string   `yaml:"headers"`       // for the manifest's host
}

// Check gives all that is wrong with the entry, each by its key.
func (c *Config) Check() []error {
	var errs []error
	fail := func(key, format string, args ...any) {
		errs = append(errs, fmt.Errorf("publishers[%s].%s: %s", cmp.Or(c.Name, "?"), key, fmt.Sprintf(format, args...)))
	}
	if !source.ValidName(c.Name) {
		fail("name", "must be letters, digits, - and _, and begin with a letter, not %q", c.Name)
	}
	if u, err := url.Parse(c.Manifest); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		fail("manifest", "must be the URL of the manifest, such as https://clinics.example/$bulk-publish")
	}
	if c.Provider == "" || strings.Contains(c.Provider, ":") {
		fail("provider", "must be a name without colon, such as county_health, not %q", c.Provider)
	}
	if c.LocationType != "" && !slices.Contains(univaf.LocationTypes, c.LocationType) {
		fail("location_type", "must be one of %v, not %q", univaf.LocationTypes, c.LocationType)
	}
	for _, state := range c.States {
		if _, ok := usa.StateByCode(state); !ok {
			fail("states", "must be USPS codes, such as NJ, not %q", state)
		}
	}
	if _, err := source.ParseAge(c.StaleAfter); err != nil {
		fail("stale_after", "%v", err)
	}
	return errs
}

// Definition makes a source of an entry that is in order. Places are known by the
// publisher's ids in the system of the provider.
func (c *Config) Definition() source.Definition {
	stale, _ := source.ParseAge(c.StaleAfter)
	o := Options{
		ManifestURL: c.Manifest, Source: c.Name, IDSystem: c.Provider, Provider: c.Provider,
		LocationType: cmp.Or(c.LocationType, univaf.Clinic), States: c.States,
	}
	return source.Definition{
		Name:  c.Name,
		Help:  "SMART Scheduling Links of " + c.Provider + ", as configured.",
		New:   func(env source.Env) source.Source { return New(o, env) },
		Names: []string{c.Name}, Schedule: c.Schedule, States: c.States, StaleAfter: stale,
		Header: c.Headers, HeaderFor: c.Manifest, Timeout: 5 * time.Minute,
	}
}
