package cvs

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strings"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/fetch"
	"getmyvax.org/univaf/internal/source"
)

const (
	apiSource = "univaf-cvs-api"
	envKey    = "CVS_API_KEY"
	envURL    = "CVS_API_URL"
	apiHost   = "https://api.cvshealth.com/"
	apiPath   = "immunization-status/v1/covax-availability?stateCode=NJ"

	bookingPhone = "(800) 746-7287"
)

// API is the source of an interface that CVS had for New Jersey. CVS_API_URL is where it
// is, if not at CVS's own host.
var API = source.Definition{
	Name:        "cvsApi",
	Help:        "CVS pharmacies in New Jersey, by CVS's own API.",
	New:         func(env source.Env) source.Source { return &api{env} },
	Names:       []string{apiSource},
	Contact:     contact,
	States:      []string{"NJ"},
	Credentials: []string{envKey},
	Retired:     "no longer maintained since CVS has SMART Scheduling Links (cvsSmart)",
}

type api struct{ env source.Env }

// An apiAnswer is whole, or says by status what is wrong.
type apiAnswer struct {
	StatusCode        json.RawMessage // a number or a text
	StatusDescription string
	Stores            *[]json.RawMessage `json:"covaxAvailability"`
	LastUpdated       json.RawMessage
}

// status gives code and description, without the key if CVS repeats it.
func (a *apiAnswer) status(key string) string {
	text := strings.Trim(string(a.StatusCode), `"`) + " " + a.StatusDescription
	return source.Sample(strings.TrimSpace(strings.ReplaceAll(text, key, "masked")))
}

// Records makes one request.
func (s *api) Records(ctx context.Context, _ source.Query) iter.Seq2[univaf.Update, error] {
	return func(yield func(univaf.Update, error) bool) {
		answer, err := s.ask(ctx)
		var list map[string]known
		if err == nil {
			list, err = stores(s.env)
		}
		if err != nil {
			yield(univaf.Update{}, err)
			return
		}
		at := s.validAt(answer.LastUpdated)
		for _, raw := range *answer.Stores {
			if !yield(s.store(raw, at, list)) {
				return
			}
		}
	}
}

// ask makes the request. CVS explains refusals in the body.
func (s *api) ask(ctx context.Context) (*apiAnswer, error) {
	key := s.env.Getenv(envKey)
	if key == "" {
		return nil, fmt.Errorf("cvsApi needs a key of CVS's API: set %s", envKey)
	}
	var answer apiAnswer
	base := strings.TrimRight(cmp.Or(s.env.Getenv(envURL), apiHost), "/")
	_, err := s.env.Fetch.JSON(ctx, http.MethodGet, base+"/"+apiPath, http.Header{"X-Api-Key": {key}}, nil, &answer)
	var status *fetch.StatusError
	switch {
	case errors.As(err, &status) && json.Unmarshal(status.Body, &answer) == nil && answer.StatusDescription != "":
		return nil, fmt.Errorf("%w: %s", err, answer.status(key))
	case err != nil:
		return nil, err
	case answer.Stores == nil:
		return nil, fmt.Errorf("the answer of CVS's API has no covaxAvailability: %s", cmp.Or(answer.status(key), "it does not say why"))
	}
	return &answer, nil
}

// validAt is when CVS last looked, or now if it does not say.
func (s *api) validAt(lastUpdated json.RawMessage) time.Time {
	if len(lastUpdated) == 0 || string(lastUpdated) == "null" {
		return s.env.Now()
	}
	var text string
	err := json.Unmarshal(lastUpdated, &text)
	at, timeErr := univaf.ParseTime(text)
	if err != nil || timeErr != nil {
		s.env.Warn(source.Warning{Kind: "invalid time", ID: "lastUpdated", Sample: source.Sample(lastUpdated)})
		return s.env.Now()
	}
	return at
}

// A storeStatus is what the API tells of a store.
type storeStatus struct {
	ID      json.RawMessage `json:"storeId"` // a number or a text, with or without zeros in front
	Address string
	ZIPCode string
	City    string
	State   string `json:"stateCode"`
	Status  string `json:"availabilityStatusDescription"`
}

func (s *api) store(raw json.RawMessage, at time.Time, list map[string]known) (univaf.Update, error) {
	var store storeStatus
	err := json.Unmarshal(raw, &store)
	given := strings.Trim(string(store.ID), `"`)
	number := padNumber(given)
	if err == nil && !fiveDigits.MatchString(number) {
		err = fmt.Errorf("storeId %q is no number of up to five digits", source.Sample(given))
	}
	if err != nil {
		return univaf.Update{}, &source.RecordError{Kind: "invalid store", ID: source.Sample(given), Err: err, Sample: source.Sample(raw)}
	}
	l := place(number, store.Address, store.City, store.State, store.ZIPCode)
	l.Name = "CVS #" + given
	entry, listed := list[number]
	if list != nil && !listed {
		s.env.Warn(source.Warning{Kind: "store not listed", ID: number, Sample: source.Sample(raw)})
	}
	l.County = entry.county(store.ZIPCode)
	a := &univaf.Availability{Source: apiSource, ValidAt: at, CheckedAt: s.env.Now(), IsPublic: true, Available: univaf.Unknown}
	switch strings.ToLower(store.Status) {
	case "available":
		a.Available = univaf.Yes
	case "fully booked":
		a.Available = univaf.No
	default:
		s.env.Warn(source.Warning{Kind: "unknown status", ID: number, Sample: source.Sample(store.Status)})
	}
	return univaf.Update{Location: l, Availability: a}, nil
}

// place gives what is known of a store by its number, of five digits, and address.
func place(number, address, city, state, zip string) univaf.Location {
	l := univaf.Location{
		ID:           "CVS:" + number,
		ExternalIDs:  univaf.ExternalIDs{{System: provider, Value: number}},
		Name:         "CVS #" + number,
		Provider:     provider,
		LocationType: univaf.Pharmacy,
		City:         city,
		State:        state,
		PostalCode:   zip,
		BookingPhone: bookingPhone,
		BookingURL:   bookingURL,
	}
	if address != "" {
		l.AddressLines = []string{address}
	}
	return l
}
