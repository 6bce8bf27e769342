// Package wadoh reads what the Washington State Department of Health gathers of places in
// its own and other states. In the others those are Costco's, in practice.
package wadoh

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/fetch"
	"getmyvax.org/univaf/internal/source"
)

const (
	sourceName = "univaf-wa-doh"
	// api shows a console to try queries in when a browser opens it.
	api = "https://apim-vaccs-prod.azure-api.net/open/graphql"
	// pageSize is what we ask for. Answers may name another, but keep to ours.
	pageSize = 200
)

// Source asks the department for one state after another.
var Source = source.Definition{
	Name:      "waDoh",
	Help:      "Costco's pharmacies in all states, by Washington's Department of Health.",
	New:       func(env source.Env) source.Source { return &reader{env} },
	Names:     []string{sourceName},
	Schedule:  "3/30 * * * *",
	Timeout:   time.Minute,
	RetryPost: true,
}

type reader struct{ env source.Env }

// military are states of mail alone, which the department does not know.
var military = []string{"AA", "AP", "AE"}

// Records goes on with the other states when one can't be read.
func (s *reader) Records(ctx context.Context, q source.Query) iter.Seq2[univaf.Update, error] {
	return func(yield func(univaf.Update, error) bool) {
		var failed []error
		found := false
		give := func(u univaf.Update, err error) bool {
			found = found || err == nil
			return yield(u, err)
		}
		for _, state := range source.StatesOf(q) {
			if slices.Contains(military, state) {
				s.env.Warn(source.Warning{Kind: "unsupported state", ID: state, Sample: state})
				continue
			}
			more, err := s.state(ctx, state, give)
			if !more {
				return
			}
			if err != nil {
				failed = append(failed, fmt.Errorf("state %s: %w", state, err))
			}
			if ctx.Err() != nil {
				break
			}
		}
		switch {
		case len(failed) > 0:
			yield(univaf.Update{}, errors.Join(failed...))
		case !found:
			s.env.Warn(source.Warning{Kind: "no locations", Sample: "no state has any"})
		}
	}
}

// state gives the places of a state, page by page. There is no more to do if nobody wants
// more of them.
func (s *reader) state(ctx context.Context, state string, yield func(univaf.Update, error) bool) (more bool, err error) {
	for number := 1; ; number++ {
		page, total, err := s.page(ctx, state, number)
		if err != nil {
			return true, err
		}
		for _, raw := range page {
			u, wanted, err := s.place(state, raw)
			if wanted && !yield(u, err) {
				return false, nil
			}
		}
		if total <= float64(number*pageSize) {
			return true, nil
		}
		if len(page) == 0 {
			return true, fmt.Errorf("page %d is empty, though there are %v locations", number, total)
		}
	}
}

type variables struct {
	SearchInput searchInput `json:"searchInput"`
}

type searchInput struct {
	State  string `json:"state"`
	Paging paging `json:"paging"`
}

type paging struct {
	Number int `json:"pageNum"` // from 1
	Size   int `json:"pageSize"`
}

// page gives one page of a state's places, and how many there are on all pages.
func (s *reader) page(ctx context.Context, state string, number int) (page []json.RawMessage, total float64, err error) {
	var data struct {
		SearchLocations struct {
			Paging    struct{ Total *float64 }
			Locations []json.RawMessage
		}
	}
	request := fetch.GraphQL{Query: query, Variables: variables{searchInput{state, paging{number, pageSize}}}}
	if err := s.env.Fetch.GraphQL(ctx, api, request, "", &data); err != nil {
		return nil, 0, err
	}
	found := data.SearchLocations
	if found.Locations == nil || found.Paging.Total == nil {
		return nil, 0, fmt.Errorf("page %d: the answer has no list of locations, or no total", number)
	}
	return found.Locations, *found.Paging.Total, nil
}

const query = `
  query SearchLocations($searchInput: SearchLocationsInput) {
    searchLocations(searchInput: $searchInput) {
      paging { pageSize pageNum total }
      locations {
        locationId
        locationName
        locationType
        providerId
        providerName
        departmentId
        departmentName
        addressLine1
        addressLine2
        city
        state
        zipcode
        county
        latitude
        longitude
        description
        contactFirstName
        contactLastName
        fax
        phone
        email
        schedulingLink
        vaccineAvailability
        vaccineTypes
        infoLink
        timeZoneId
        directions
        updatedAt
        rawDataSourceName
        accessibleParking
        additionalSupports
        commCardAvailable
        commCardBrailleAvailable
        driveupSite
        interpretersAvailable
        interpretersDesc
        supportUrl
        waitingArea
        walkupSite
        wheelchairAccessible
        scheduleOnline
        scheduleByPhone
        scheduleByEmail
        walkIn
        waitList
        __typename
      }
    }
  }
`
