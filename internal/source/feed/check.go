package feed

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/usa"
)

// A checker gathers what is wrong with an entry.
type checker struct {
	*Config
	errs []error
}

func (c *checker) fail(key, format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf("feeds[%s].%s: %s", cmp.Or(c.Name, "?"), key, fmt.Sprintf(format, args...)))
}

// Check gives all that is wrong with the entry, each by its key.
func (c *Config) Check() []error {
	check := &checker{Config: c}
	check.origin()
	check.table()
	check.places()
	for key, f := range c.fields() {
		check.field(key, f)
	}
	check.location()
	check.offers()
	return check.errs
}

// origin checks where the feed is.
func (c *checker) origin() {
	if !source.ValidName(c.Name) {
		c.fail("name", "must be letters, digits, - and _, and begin with a letter, not %q", c.Name)
	}
	u, err := url.Parse(c.URL)
	switch {
	case c.URL == "" && c.File == "":
		c.fail("url", "must be the address of the feed, such as https://example.org/clinics.csv, or file the name of a file")
	case c.URL != "" && c.File != "":
		c.fail("file", "must not be set together with url: a feed is one or the other")
	case err == nil && u.Scheme == "file":
		c.fail("url", "must begin with https://; a file on this machine goes into file")
	case c.URL != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http"):
		c.fail("url", "must be the address of the feed, such as https://example.org/clinics.csv")
	}
	if len(c.Headers) > 0 && c.URL == "" {
		c.fail("headers", "is for url")
	}
	if _, err := source.ParseAge(c.StaleAfter); err != nil {
		c.fail("stale_after", "%v", err)
	}
}

// delimiter gives the one that is set, 0 if none is.
func (c *Config) delimiter() byte {
	switch {
	case strings.EqualFold(c.Delimiter, "tab"):
		return '\t'
	case c.Delimiter == "":
		return 0
	}
	return c.Delimiter[0]
}

// knownFormat gives the format as far as it is known before the feed is.
func (c *Config) knownFormat() string {
	return cmp.Or(c.Format, formatByName(cmp.Or(c.File, c.URL)))
}

// table checks how the feed is to be read.
func (c *checker) table() {
	formats := []string{formatCSV, formatJSON, formatNDJSON}
	if c.Format != "" && !slices.Contains(formats, c.Format) {
		c.fail("format", "must be one of %v, not %q", formats, c.Format)
	}
	format := c.knownFormat()
	isJSON := format == formatJSON || format == formatNDJSON
	if c.Delimiter != "" {
		switch d := c.delimiter(); {
		case isJSON:
			c.fail("delimiter", "is for CSV")
		case len(c.Delimiter) > 1 && d != '\t' || d >= 0x80 || d == '"' || d == '\r' || d == '\n' || d == ' ':
			c.fail("delimiter", `must be one character, such as ";", or tab, not %q`, c.Delimiter)
		}
	}
	switch {
	case c.HeaderRow < 0:
		c.fail("header_row", "must be the number of a row, from 1, not %d", c.HeaderRow)
	case c.HeaderRow > 0 && isJSON:
		c.fail("header_row", "is for CSV")
	}
	if c.Items != "" {
		if _, err := parsePath(c.Items); err != nil {
			c.fail("items", "%v", err)
		}
		if format == formatCSV || format == formatNDJSON {
			c.fail("items", "is for JSON, and the format is %s", format)
		}
	}
	if all := []string{rowsPlaces, rowsSlots, rowsDays, rowsProducts}; !slices.Contains(all, c.rows()) {
		c.fail("rows", "must be one of %v, not %q", all, c.Rows)
	}
}

// places checks what is the same for all places.
func (c *checker) places() {
	if c.Provider == "" || strings.Contains(c.Provider, ":") {
		c.fail("provider", "must be a name without colon, such as essex_county, not %q", c.Provider)
	}
	if c.IDSystem != "" {
		c.system("id_system", c.IDSystem)
	}
	if c.LocationType != "" && !slices.Contains(univaf.LocationTypes, c.LocationType) {
		c.fail("location_type", "must be one of %v, not %q", univaf.LocationTypes, c.LocationType)
	}
	if c.TimeZone != "" {
		if _, err := time.LoadLocation(c.TimeZone); err != nil || c.TimeZone == "Local" {
			c.fail("time_zone", "must be a zone of the IANA database, such as America/New_York, not %q", c.TimeZone)
		}
	}
	for _, state := range c.States {
		if _, ok := usa.StateByCode(state); !ok {
			c.fail("states", "must be USPS codes, such as NJ, not %q", state)
		}
	}
}

// system checks the name of a system of ids that belong to one place each.
func (c *checker) system(key, name string) {
	switch id := (univaf.ExternalID{System: name}); {
	case name == "" || strings.Contains(name, ":"):
		c.fail(key, "must be the name of a system of ids, without colon, not %q", name)
	case key == "id_system" && !id.Identifies():
		c.fail(key, "must be a system whose ids are one place's each, which those of %s are not; put them in location.external_ids", name)
	case name == univaf.SystemFormerID:
		c.fail(key, "must not be %s, which is for places that were merged", name)
	}
}

// location checks that what every place must have is mapped.
func (c *checker) location() {
	l := &c.Location
	for _, system := range slices.Sorted(maps.Keys(l.ExternalIDs)) {
		c.system("location.external_ids", system)
		if l.ExternalIDs[system] == nil {
			c.fail("location.external_ids."+system, "must name a column or field")
		}
	}
	if len(l.ID.Fields) == 0 {
		c.fail("location.id", "must name the column or field with the place's id, which is its own and never changes")
	}
	if !l.Name.given() {
		c.fail("location.name", "must name the column or field with the place's name")
	}
	if !l.State.given() && !l.FullAddress.given() && !l.PostalCode.given() {
		c.fail("location.state", "must name the column or field with the state (or map full_address or postal_code); if all places are in one, write {value: NJ}")
	}
	for _, pair := range []struct {
		key, other string
		wrong      bool
		what       string
	}{
		{"location.full_address", "address", l.FullAddress.given() && l.Address.given(), "must not be set together with"},
		{"location.minimum_age_years", "minimum_age_months", l.MinimumAgeYears.given() && l.MinimumAgeMonths.given(), "must not be set together with"},
		{"location.latitude", "longitude", l.Latitude.given() != l.Longitude.given(), "must be set together with"},
	} {
		if pair.wrong {
			c.fail(pair.key, "%s %s", pair.what, pair.other)
		}
	}
}

// offers checks that appointments and days can be read.
func (c *checker) offers() {
	a := &c.Availability
	for _, one := range []struct {
		key, rows, when string
		items           string
		given           bool // any of the fields
		whenGiven       bool
	}{
		{"availability.slots", rowsSlots, "start", a.Slots.Items, c.anyOf("availability.slots."), a.Slots.Start.given()},
		{"availability.capacity", rowsDays, "date", a.Capacity.Items, c.anyOf("availability.capacity."), a.Capacity.Date.given()},
	} {
		own := c.rows() == one.rows
		switch {
		case own && one.items != "":
			c.fail(one.key+".items", "must not be set with rows: %s, by which each record is one", one.rows)
		case (own || one.given || one.items != "") && !one.whenGiven:
			c.fail(one.key+"."+one.when, "must name the column or field that says when")
		case one.given && !own && one.items == "":
			c.fail(one.key, "needs rows: %s if each record is one of them, or in JSON items, the path to the list of them in a place", one.rows)
		case one.items != "":
			if _, err := parsePath(one.items); err != nil {
				c.fail(one.key+".items", "%v", err)
			}
		}
	}
	if c.rows() == rowsProducts && !a.Products.given() {
		c.fail("availability.products", "must name the column or field with the vaccine, as rows says that each record is one")
	}
}

func (c *checker) anyOf(prefix string) bool {
	for key, f := range c.fields() {
		if strings.HasPrefix(key, prefix) && f.given() {
			return true
		}
	}
	return false
}

// kinds tell what the texts of a field must be, by the last part of its key.
var kinds = map[string]func(string) error{
	"location_type": checks(parseLocationType), "state": checks(parseState), "postal_code": checks(parseZIP),
	"latitude": checks(parseDegrees), "longitude": checks(parseDegrees), "info_url": checks(parseURL), "booking_url": checks(parseURL),
	"requires_waitlist": checks(parseBool), "minimum_age_months": checks(parseMonths), "minimum_age_years": checks(parseYears),
	"available": checks(parseStatus), "available_count": checks(parseCount), "unavailable_count": checks(parseCount),
	"products": checks(parseProduct), "doses": checks(parseDose), "dose": checks(parseDose),
}

func checks[T any](parse func(string) (T, error)) func(string) error {
	return func(text string) error {
		_, err := parse(text)
		return err
	}
}

var (
	times = []string{"valid_at", "start", "end", "date"}
	lists = []string{"products", "doses"}
)

// field checks one field, and what the configuration itself puts in its place.
func (c *checker) field(key string, f *Field) {
	kind := key[strings.LastIndexByte(key, '.')+1:]
	switch {
	case len(f.Fields) > 0 && f.Value != "":
		c.fail(key, "must be a field or a value, not both")
	case len(f.Fields) == 0 && (len(f.Map) > 0 || f.Default != nil || f.Format != "" || f.Separator != ""):
		c.fail(key, "must name a field; what is the same for all places is a value: {value: …}")
	case slices.Contains(f.Fields, ""):
		c.fail(key, "must not name a field with no name")
	}
	if format := c.knownFormat(); format == formatJSON || format == formatNDJSON {
		for _, name := range f.Fields {
			if _, err := parsePath(name); err != nil && name != "" {
				c.fail(key, "%v, not %q", err, name)
			}
		}
	}
	if f.Format != "" {
		if !slices.Contains(times, kind) {
			c.fail(key+".format", "is for times")
		} else if _, err := layout(f.Format); err != nil && f.Format != "unix" && f.Format != "unix_ms" {
			c.fail(key+".format", "%v", err)
		}
	}
	if f.Separator != "" && !slices.Contains(lists, kind) {
		c.fail(key+".separator", "is for lists: %s", strings.Join(lists, " and "))
	}
	check := kinds[kind]
	if slices.Contains(times, kind) {
		check = func(text string) error {
			if _, _, err := parseTime(text, f.Format, time.UTC); err != nil {
				return err
			}
			return nil
		}
	}
	if check == nil {
		return
	}
	for _, text := range f.constants() {
		texts := []string{text}
		if slices.Contains(lists, kind) {
			texts = split(text, f.Separator)
		}
		for _, one := range texts {
			if err := check(one); err != nil {
				c.fail(key, "%v", err)
			}
		}
	}
}
