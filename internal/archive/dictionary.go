package archive

import (
	"fmt"
	"strings"
)

// A tableOf describes a table for those who read it.
type tableOf struct {
	Name   string    `json:"name"`
	About  string    `json:"about"`
	Fields []fieldOf `json:"fields"`
}

// A fieldOf describes a field of a table. Its type is that of Parquet, in the words of SQL.
type fieldOf struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	About string `json:"about"`
	// Only is the one format that has the field; "" if both have it.
	Only string `json:"only,omitempty"`
}

const (
	anOffer  = "available VARCHAR, available_count BIGINT, unavailable_count BIGINT, products VARCHAR[], dose VARCHAR, more VARCHAR"
	capacity = "STRUCT(date DATE, " + anOffer + ")[]"
	slots    = "STRUCT(\"start\" TIMESTAMPTZ, start_offset INTEGER, \"end\" TIMESTAMPTZ, " + anOffer + ")[]"
)

// dictionary describes all tables: their fields are those of NDJSON in their order, then
// those that only Parquet has.
var dictionary = []tableOf{
	{locationsTable, "Places that give vaccinations, one row each, as they were at the end of the day.", []fieldOf{
		{"id", "VARCHAR", "UUID of the place.", ""},
		{"provider", "VARCHAR", "Who runs it, such as cvs.", ""},
		{"location_type", "VARCHAR", "PHARMACY, MASS_VAX, CLINIC or MOBILE_CLINIC.", ""},
		{"name", "VARCHAR", "Its name.", ""},
		{"address_lines", "VARCHAR[]", "Street address.", ""},
		{"city", "VARCHAR", "", ""},
		{"state", "VARCHAR", "USPS code of the state or territory.", ""},
		{"postal_code", "VARCHAR", "ZIP code, five digits or nine. In files of 2021 leading zeros may be missing.", ""},
		{"county", "VARCHAR", "", ""},
		{"position", "STRUCT(longitude DOUBLE, latitude DOUBLE)", "Degrees, WGS 84.", ""},
		{"info_phone", "VARCHAR", "Whom to call to learn more.", ""},
		{"info_url", "VARCHAR", "Where to read more.", ""},
		{"booking_phone", "VARCHAR", "Whom to call for an appointment.", ""},
		{"booking_url", "VARCHAR", "Where to book.", ""},
		{"description", "VARCHAR", "Anything else that people should know.", ""},
		{"requires_waitlist", "BOOLEAN", "Whether one can only get on a list.", ""},
		{"minimum_age_months", "INTEGER", "The youngest that the place takes, whatever the vaccine.", ""},
		{"meta", "JSON", "What a source told besides, an object. In Parquet it is text.", ""},
		{"is_public", "BOOLEAN", "Always true in a public archive.", ""},
		{"internal_notes", "VARCHAR", "Notes of the operators. Only in a private archive.", ""},
		{"created_at", "TIMESTAMPTZ", "When the place was first heard of.", ""},
		{"updated_at", "TIMESTAMPTZ", "When its facts, not its availability, last changed.", ""},
	}},
	{externalIDsTable, "What places are called in other systems. A place has any number of them, also several of one system.", []fieldOf{
		{"provider_location_id", "VARCHAR", "Id of the place.", ""},
		{"system", "VARCHAR", "Whose id it is, such as cvs or npi_usa. univaf_v1 holds former ids of the place.", ""},
		{"value", "VARCHAR", "The id.", ""},
	}},
	{availabilityTable, "What each source last said of each place, as it stood at the end of the day.", []fieldOf{
		{"id", "VARCHAR", "location_id:source. In the years 2021 to 2023 it was a number.", ""},
		{"location_id", "VARCHAR", "Id of the place.", ""},
		{"source", "VARCHAR", "Who said it, such as univaf-cvs-smart.", ""},
		{"valid_at", "TIMESTAMPTZ", "When it was true by the source's own clock.", ""},
		{"checked_at", "TIMESTAMPTZ", "When we last looked.", ""},
		{"changed_at", "TIMESTAMPTZ", "When what was said, apart from times, last changed.", ""},
		{"available", "VARCHAR", "YES, NO or UNKNOWN.", ""},
		{"available_count", "BIGINT", "Appointments that can be had.", ""},
		{"products", "VARCHAR[]", "Codes of the vaccines; the API explains them at /api/v1/products.", ""},
		{"doses", "VARCHAR[]", "Which doses, such as first_dose_only or all_doses.", ""},
		{"capacity", capacity, "What there is by day, product and dose. date is the place's own; more holds what the source told besides, as JSON, which NDJSON has in place.", ""},
		{"slots", slots, "Appointments. start_offset tells by how many minutes the place's clock was ahead of UTC; NDJSON has start and end with that offset.", ""},
		{"meta", "JSON", "What the source told besides, an object. In Parquet it is text.", ""},
		{"is_public", "BOOLEAN", "Always true in a public archive.", ""},
		{"state", "VARCHAR", "State of the place, by which the file is sorted.", parquetFiles},
	}},
	{logTable, "Every update of the day: NDJSON in the order in which they came, Parquet by state, place and time. " +
		"Where a source found nothing new there are only times; what was said then is what was last said before.", []fieldOf{
		{"location_id", "VARCHAR", "Id of the place.", ""},
		{"source", "VARCHAR", "Who said it.", ""},
		{"valid_at", "TIMESTAMPTZ", "When it was true by the source's own clock; absent if that did not move.", ""},
		{"checked_at", "TIMESTAMPTZ", "When we looked.", ""},
		{"changed_at", "TIMESTAMPTZ", "When what was said changed; absent if it did not.", ""},
		{"available", "VARCHAR", "As in availability; absent if nothing changed. So is all that follows.", ""},
		{"available_count", "BIGINT", "", ""},
		{"products", "VARCHAR[]", "", ""},
		{"doses", "VARCHAR[]", "", ""},
		{"capacity", capacity, "", ""},
		{"slots", slots, "", ""},
		{"meta", "JSON", "", ""},
		{"is_public", "BOOLEAN", "", ""},
		{"state", "VARCHAR", "State of the place, by which the file is sorted.", parquetFiles},
	}},
	{mergedIDsTable, "Places that were merged into others, so that days of different years can be joined. Not in files of 2021 to 2023.", []fieldOf{
		{"former_id", "VARCHAR", "Id that a place had.", ""},
		{"current_id", "VARCHAR", "Id of the place that stands for it now.", ""},
	}},
}

// Dictionary gives the description of all tables as Markdown.
func Dictionary() string {
	var b strings.Builder
	for _, t := range dictionary {
		fmt.Fprintf(&b, "## %s\n\n%s\n\n| field | type | |\n|---|---|---|\n", t.Name, t.About)
		for _, f := range t.Fields {
			about := f.About
			if f.Only != "" {
				about = strings.TrimSpace(about + " Only in " + f.Only + ".")
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", f.Name, strings.ReplaceAll(f.Type, "|", `\|`), about)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
