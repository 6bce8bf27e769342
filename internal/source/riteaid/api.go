package riteaid

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/fetch"
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/usa"
)

const apiSource = "univaf-rite-aid-api"

// Environment variables.
const (
	apiURL = "RITE_AID_URL"
	apiKey = "RITE_AID_KEY" //nolint:gosec // a name, no secret
)

// API is the source of the API that Rite Aid had for partners.
var API = source.Definition{
	Name:        "riteAidApi",
	Help:        "Rite Aid pharmacies, by Rite Aid's API for partners.",
	New:         func(env source.Env) source.Source { return &api{env} },
	Names:       []string{apiSource},
	Schedule:    "0/15 * * * *",
	States:      states,
	Credentials: []string{apiURL, apiKey},
	Retired:     retired,
	RateLimit:   1,
}

type api struct{ env source.Env }

// Records reads one state after another. It goes on when one can't be read, unless the key
// is refused.
func (s *api) Records(ctx context.Context, q source.Query) iter.Seq2[univaf.Update, error] {
	return func(yield func(univaf.Update, error) bool) {
		base, key, err := s.credentials()
		if err != nil {
			yield(univaf.Update{}, err)
			return
		}
		var failed []error
		for _, state := range statesOf(q) {
			stores, err := s.stores(ctx, base, key, state)
			if err != nil {
				failed = append(failed, err)
			}
			if ctx.Err() != nil || isRefused(err) {
				break
			}
			for _, raw := range stores {
				if !yield(s.update(raw)) {
					return
				}
			}
		}
		if err := errors.Join(failed...); err != nil {
			yield(univaf.Update{}, err)
		}
	}
}

func (s *api) credentials() (base *url.URL, key string, err error) {
	address, key := s.env.Getenv(apiURL), s.env.Getenv(apiKey)
	if address == "" || key == "" {
		return nil, "", fmt.Errorf("%s and %s must be set in the environment", apiURL, apiKey)
	}
	base, err = url.Parse(address)
	if err != nil || base.Host == "" {
		return nil, "", fmt.Errorf("%s is not a URL of the form https://host/path", apiURL)
	}
	return base, key, nil
}

func isRefused(err error) bool {
	var status *fetch.StatusError
	return errors.As(err, &status) && (status.Code == http.StatusUnauthorized || status.Code == http.StatusForbidden)
}

// stores gives those in a state as the API has them.
func (s *api) stores(ctx context.Context, base *url.URL, key, state string) ([]json.RawMessage, error) {
	address := *base
	query := address.Query()
	query.Set("stateCode", state)
	address.RawQuery = query.Encode()
	var answer struct {
		Data struct {
			Stores []json.RawMessage `json:"providerDetails"`
		}
	}
	err := ask(ctx, s.env, question{
		url:    address.String(),
		header: http.Header{"Proxy-Authorization": {"ldap " + key}},
		secret: key,
		schema: apiAnswerSchema,
	}, &answer)
	return answer.Data.Stores, err
}

// A partnerStore is what the API has of a store.
type partnerStore struct {
	ID       int64
	Updated  string `json:"last_updated"`
	Location struct {
		Street  string
		Street2 *string `json:"street_line_2"`
		City    string
		State   string
		ZIP     string `json:"zipcode"`
	}
	Contact struct {
		BookingPhone *string `json:"booking_phone"`
		BookingURL   string  `json:"booking_url"`
		InfoPhone    *string `json:"info_phone"`
		InfoURL      string  `json:"info_url"`
	}
	Availability []struct {
		Date  string
		Total int64 `json:"total_slots"`
		Open  int64 `json:"available_slots"`
	}
}

func (s *api) update(raw json.RawMessage) (univaf.Update, error) {
	var from partnerStore
	if err := apiStoreSchema.Decode(raw, &from); err != nil {
		return univaf.Update{}, badStore(raw, "id", err)
	}
	l, err := s.place(&from)
	if err != nil {
		return univaf.Update{}, badStore(raw, "id", err)
	}
	a, err := s.availability(&from)
	if err != nil {
		return univaf.Update{}, badStore(raw, "id", err)
	}
	return univaf.Update{Location: l, Availability: a, PublicUnsaid: true}, nil
}

func (s *api) place(from *partnerStore) (univaf.Location, error) {
	ids := storeIDs(strconv.FormatInt(from.ID, 10))
	l := univaf.Location{
		ExternalIDs:  ids,
		Name:         storeName(ids),
		Provider:     provider,
		LocationType: univaf.Pharmacy,
		AddressLines: []string{from.Location.Street},
		City:         from.Location.City,
		State:        from.Location.State,
		BookingURL:   from.Contact.BookingURL,
		InfoURL:      from.Contact.InfoURL,
	}
	if more := from.Location.Street2; more != nil && *more != "" {
		l.AddressLines = append(l.AddressLines, *more)
	}
	var badZIP, badBooking, badInfo error
	l.PostalCode, badZIP = usa.FormatZIP(from.Location.ZIP)
	l.BookingPhone, badBooking = phone(from.Contact.BookingPhone)
	l.InfoPhone, badInfo = phone(from.Contact.InfoPhone)
	l.County = county(l.PostalCode)
	return l, cmp.Or(badZIP, badBooking, badInfo)
}

// A day is what a record holds of a date.
type day struct {
	Date             string        `json:"date"`
	Available        univaf.Status `json:"available"`
	AvailableCount   int64         `json:"available_count"`
	UnavailableCount int64         `json:"unavailable_count"`
}

// mostSlots is how many appointments a store has in a day at most, as far as one believes it.
const mostSlots = 500

func (s *api) availability(from *partnerStore) (*univaf.Availability, error) {
	a := &univaf.Availability{
		Source: apiSource, ValidAt: s.validAt(from), CheckedAt: s.env.Now(), IsPublic: true, Available: univaf.No,
	}
	days := make([]day, 0, len(from.Availability))
	most := int64(0)
	for _, d := range from.Availability {
		if d.Open > d.Total {
			return nil, fmt.Errorf("%s: %d slots of %d are available", d.Date, d.Open, d.Total)
		}
		most = max(most, d.Total)
		one := day{d.Date, univaf.No, d.Open, d.Total - d.Open}
		if d.Open > 0 {
			one.Available, a.Available = univaf.Yes, univaf.Yes
		}
		days = append(days, one)
	}
	if most > mostSlots {
		s.env.Warn(source.Warning{
			Kind: "unlikely number of slots", ID: strconv.FormatInt(from.ID, 10), Sample: fmt.Sprintf("%d in a day", most),
		})
	}
	a.Capacity = source.Encode(days)
	return a, nil
}

// longestAgo is how old the API's data is at most: it is renewed all the time.
const longestAgo = 2 * time.Hour

// validAt reads a time as "2021/11/01 12:00:00", in UTC, or in the form of ISO 8601. One
// that can't be, as when the zone is another than we think, counts as now.
func (s *api) validAt(from *partnerStore) time.Time {
	now := s.env.Now()
	at, err := univaf.ParseTime(strings.ReplaceAll(from.Updated, "/", "-"))
	if err != nil || at.After(now) || now.Sub(at) > longestAgo {
		s.env.Warn(source.Warning{Kind: "invalid time", ID: strconv.FormatInt(from.ID, 10), Sample: source.Sample(from.Updated)})
		return now
	}
	return at
}
