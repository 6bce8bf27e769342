// Package cdc reads what pharmacies told the CDC of the vaccines that they have in stock.
// It says which products there are, but not whether appointments can be had.
package cdc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/source"
)

const (
	sourceName = "cdc"
	// api is https://data.cdc.gov/resource/5jp2-pgaw: one row for each place and product.
	api      = "https://data.cdc.gov/resource/5jp2-pgaw.json?%%24limit=%d&%%24offset=%d&loc_admin_state=%s"
	pageSize = 5000
)

// API is the source of the CDC's open data. It is published once a day.
var API = source.Definition{
	Name:       "cdcApi",
	Help:       "Stock of pharmacy chains, by the CDC's open data.",
	New:        func(env source.Env) source.Source { return &reader{env} },
	Names:      []string{sourceName},
	Contact:    source.Contact{Phone: "800-232-4636", URL: "https://www.cdc.gov/vaccines/"},
	Schedule:   "0 0,12 * * *",
	StaleAfter: 48 * time.Hour,
}

type reader struct{ env source.Env }

// Records reads one state after another. When a page can't be read, what came before it
// is used and the other states are read.
func (s *reader) Records(ctx context.Context, q source.Query) iter.Seq2[univaf.Update, error] {
	return func(yield func(univaf.Update, error) bool) {
		var failed []error
		for _, state := range source.StatesOf(q) {
			places, err := s.places(ctx, state)
			if err != nil {
				failed = append(failed, err)
			}
			for _, p := range places {
				for _, err := range p.bad {
					if !yield(univaf.Update{}, err) {
						return
					}
				}
				if u, wanted := s.place(p.rows); wanted && !yield(u, nil) {
					return
				}
			}
			if ctx.Err() != nil {
				break
			}
		}
		if err := errors.Join(failed...); err != nil {
			yield(univaf.Update{}, err)
		}
	}
}

// A place is what rows with the same guid tell.
type place struct {
	rows []*row
	bad  []error // of rows that can't be read
}

// places reads a state's rows and gathers them, in the order in which places first come.
func (s *reader) places(ctx context.Context, state string) (places []*place, err error) {
	byGUID := map[string]*place{}
	for offset := 0; ; offset += pageSize {
		var page []json.RawMessage
		url := fmt.Sprintf(api, pageSize, offset, state)
		_, err := s.env.Fetch.JSON(ctx, http.MethodGet, url, nil, nil, &page)
		if err == nil && page == nil {
			err = fmt.Errorf("%s: no list of rows", url)
		}
		if err != nil {
			return places, err
		}
		for _, raw := range page {
			r, err := readRow(raw)
			p := byGUID[r.GUID]
			if p == nil {
				p = &place{}
				byGUID[r.GUID] = p
				places = append(places, p)
			}
			if err != nil {
				p.bad = append(p.bad, err)
				continue
			}
			p.rows = append(p.rows, r)
		}
		if len(page) < pageSize {
			return places, nil
		}
	}
}

// A row is what the data has of one product at one place; the first of a place counts for
// what is of the place.
type row struct {
	GUID        string `json:"provider_location_guid"`
	StoreNumber string `json:"loc_store_no"`
	Phone       string `json:"loc_phone"`
	Name        string `json:"loc_name"`
	Street1     string `json:"loc_admin_street1"`
	Street2     string `json:"loc_admin_street2"`
	City        string `json:"loc_admin_city"`
	State       string `json:"loc_admin_state"`
	ZIP         string `json:"loc_admin_zip"`
	WebAddress  string `json:"web_address"`
	Latitude    *text  `json:"latitude"`
	Longitude   *text  `json:"longitude"`
	meta

	NDC         string `json:"ndc"`
	Medicine    string `json:"med_name"`
	InStock     bool   `json:"in_stock"`
	SupplyLevel *text  `json:"supply_level"`
	Updated     string `json:"quantity_last_updated"`
	MinYears    *text  `json:"min_age_years"`
	MinMonths   *text  `json:"min_age_months"`
}

// meta is passed on as it is.
type meta struct {
	Insurance json.RawMessage `json:"insurance_accepted,omitempty"`
	WalkIns   json.RawMessage `json:"walkins_accepted,omitempty"`
	Sunday    json.RawMessage `json:"sunday_hours,omitempty"`
	Monday    json.RawMessage `json:"monday_hours,omitempty"`
	Tuesday   json.RawMessage `json:"tuesday_hours,omitempty"`
	Wednesday json.RawMessage `json:"wednesday_hours,omitempty"`
	Thursday  json.RawMessage `json:"thursday_hours,omitempty"`
	Friday    json.RawMessage `json:"friday_hours,omitempty"`
	Saturday  json.RawMessage `json:"saturday_hours,omitempty"`
}

// A text is a number or a text, as the data has the one or the other.
type text string

func (t *text) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, (*string)(t))
	}
	var n json.Number
	if err := json.Unmarshal(data, &n); err != nil {
		return err
	}
	*t = text(n)
	return nil
}

// readRow gives a row, or an error and a row that has no more than the guid.
func readRow(raw json.RawMessage) (*row, error) {
	var r row
	err := json.Unmarshal(raw, &r)
	if err == nil && r.GUID == "" {
		err = errors.New("provider_location_guid is missing")
	}
	if err != nil {
		return &row{GUID: r.GUID}, &source.RecordError{Kind: "invalid row", ID: r.GUID, Err: err, Sample: source.Sample(raw)}
	}
	return &r, nil
}
