package archive

import (
	"bytes"
	"encoding/json"
	"slices"
	"unicode/utf8"

	"getmyvax.org/univaf"
)

// A locationRow is a row of provider_locations.
type locationRow struct {
	ID               string       `json:"id" parquet:"id,zstd"`
	Provider         string       `json:"provider" parquet:"provider,dict,zstd"`
	LocationType     optionalText `json:"location_type" parquet:"location_type,optional,dict,zstd"`
	Name             string       `json:"name" parquet:"name,zstd"`
	AddressLines     []string     `json:"address_lines" parquet:"address_lines,list,zstd"`
	City             optionalText `json:"city" parquet:"city,optional,dict,zstd"`
	State            string       `json:"state" parquet:"state,dict,zstd"`
	PostalCode       optionalText `json:"postal_code" parquet:"postal_code,optional,dict,zstd"`
	County           optionalText `json:"county" parquet:"county,optional,dict,zstd"`
	Position         *position    `json:"position" parquet:"position,optional"`
	InfoPhone        optionalText `json:"info_phone" parquet:"info_phone,optional,zstd"`
	InfoURL          optionalText `json:"info_url" parquet:"info_url,optional,zstd"`
	BookingPhone     optionalText `json:"booking_phone" parquet:"booking_phone,optional,zstd"`
	BookingURL       optionalText `json:"booking_url" parquet:"booking_url,optional,zstd"`
	Description      optionalText `json:"description" parquet:"description,optional,zstd"`
	RequiresWaitlist bool         `json:"requires_waitlist" parquet:"requires_waitlist"`
	MinimumAgeMonths *int32       `json:"minimum_age_months" parquet:"minimum_age_months,optional,zstd"`
	Meta             rawText      `json:"meta" parquet:"meta,optional,zstd"`
	IsPublic         bool         `json:"is_public" parquet:"is_public"`
	InternalNotes    optionalText `json:"internal_notes,omitempty" parquet:"internal_notes,optional,zstd"`
	CreatedAt        moment       `json:"created_at" parquet:"created_at,timestamp(millisecond),zstd"`
	UpdatedAt        moment       `json:"updated_at" parquet:"updated_at,timestamp(millisecond),zstd"`
}

type position struct {
	Longitude float64 `json:"longitude" parquet:"longitude,zstd"`
	Latitude  float64 `json:"latitude" parquet:"latitude,zstd"`
}

// newLocationRow gives the row of a location; its notes only if private.
func newLocationRow(l *univaf.Location, private bool) locationRow {
	row := locationRow{
		ID: l.ID, Provider: l.Provider, LocationType: optionalText(l.LocationType), Name: l.Name, AddressLines: l.AddressLines,
		City: optionalText(l.City), State: l.State, PostalCode: optionalText(l.PostalCode), County: optionalText(l.County),
		Position: (*position)(l.Position), InfoPhone: optionalText(l.InfoPhone), InfoURL: optionalText(l.InfoURL),
		BookingPhone: optionalText(l.BookingPhone), BookingURL: optionalText(l.BookingURL), Description: optionalText(l.Description),
		RequiresWaitlist: l.RequiresWaitlist, Meta: rawText(l.Meta), IsPublic: l.IsPublic,
		CreatedAt: momentOf(l.CreatedAt), UpdatedAt: momentOf(l.UpdatedAt),
	}
	if row.AddressLines == nil {
		row.AddressLines = []string{}
	}
	if l.MinimumAgeMonths != nil {
		months := int32(min(*l.MinimumAgeMonths, 1<<30))
		row.MinimumAgeMonths = &months
	}
	if private {
		row.InternalNotes = optionalText(l.InternalNotes)
	}
	return row
}

// An externalIDRow is a row of external_ids.
type externalIDRow struct {
	LocationID string `json:"provider_location_id" parquet:"provider_location_id,zstd"`
	System     string `json:"system" parquet:"system,dict,zstd"`
	Value      string `json:"value" parquet:"value,zstd"`
}

// A mergedIDRow says which place now stands for one that was merged into it.
type mergedIDRow struct {
	FormerID  string `json:"former_id" parquet:"former_id,zstd"`
	CurrentID string `json:"current_id" parquet:"current_id,zstd"`
}

// appendJSONLine renders a row as a line.
func appendJSONLine(b []byte, row any) ([]byte, error) {
	out := bytes.NewBuffer(b)
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	err := e.Encode(row)
	return out.Bytes(), err
}

// appendJSONString renders a string as the rest is: without escapes for HTML.
func appendJSONString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			line, _ := appendJSONLine(b, s) // strings always encode
			return line[:len(line)-1]
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

// appendRecord renders a row of availability: as the API shows it.
func appendRecord(b []byte, a *univaf.Availability) []byte { return append(a.AppendJSON(b), '\n') }

// appendUpdate renders a row of availability_log with all that was said. What is not known
// is left out.
func appendUpdate(b []byte, a *univaf.Availability) []byte {
	b = appendWho(b, a.LocationID, a.Source)
	b = appendTimeOf(b, "valid_at", momentOf(a.ValidAt))
	b = appendTimeOf(b, "checked_at", momentOf(a.CheckedAt))
	b = appendTimeOf(b, "changed_at", momentOf(a.ChangedAt))
	b = append(b, ',')
	start := len(b)
	b = slices.Delete(a.AppendContent(b), start, start+1) // the content's own opening brace
	return append(b, '\n')
}

// appendCheck renders a row of availability_log that says when a source looked again.
func appendCheck(b []byte, locationID, source string, times []byte) []byte {
	return append(appendWho(b, locationID, source), times...)
}

// checkTimes gives the end of such a row, which is the same for many; valid_at is in it
// unless it is 0.
func checkTimes(valid, checked moment) (b []byte) {
	if valid != 0 {
		b = appendTimeOf(b, "valid_at", valid)
	}
	return append(appendTimeOf(b, "checked_at", checked), "}\n"...)
}

func appendWho(b []byte, locationID, source string) []byte {
	b = appendJSONString(append(b, `{"location_id":`...), locationID)
	return appendJSONString(append(b, `,"source":`...), source)
}

func appendTimeOf(b []byte, name string, m moment) []byte {
	b = append(append(append(b, `,"`...), name...), `":"`...)
	return append(append(b, univaf.FormatTime(m.time())...), '"')
}
