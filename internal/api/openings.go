package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/catalog"
	"getmyvax.org/univaf/internal/usa"
)

// How many days of openings are counted: by default, and at most. Whole weeks give each
// hour the same number of chances.
const (
	usualDays = 28
	mostDays  = 90
)

// countsHold is for how long counts are given again.
const countsHold = time.Minute

// mostTurns is how many turns of one place are counted.
const mostTurns = 10_000

// openingsForm is the answer.
type openingsForm struct {
	State      *string     `json:"state"` // as asked for, null for all
	Provider   *string     `json:"provider"`
	LocationID *string     `json:"location_id"`
	Disease    *string     `json:"disease"`
	TimeZone   *string     `json:"time_zone"` // of the one place; those of several differ
	From       string      `json:"from"`
	To         string      `json:"to"`
	Places     int         `json:"places"`
	Openings   int64       `json:"openings"`
	ByHour     weekOfHours `json:"by_hour"`
}

// weekOfHours are counts for each hour of each day.
type weekOfHours struct {
	Monday    [24]int64 `json:"monday"`
	Tuesday   [24]int64 `json:"tuesday"`
	Wednesday [24]int64 `json:"wednesday"`
	Thursday  [24]int64 `json:"thursday"`
	Friday    [24]int64 `json:"friday"`
	Saturday  [24]int64 `json:"saturday"`
	Sunday    [24]int64 `json:"sunday"`
}

// An openingsQuery says which openings are counted: those of one place, or of all of a
// state and a provider.
type openingsQuery struct {
	place           *catalog.Record
	state, provider string
	disease         string
	days            int
}

// openings answers with how many openings there were at each hour of the week.
func (s *Server) openings(w http.ResponseWriter, r *http.Request) error {
	pick, values, err := s.pick(r)
	if err != nil {
		return err
	}
	view, err := s.view()
	if err != nil {
		return err
	}
	q, err := readOpeningsQuery(values, view, pick)
	if err != nil {
		return err
	}
	now := s.Now()
	place := ""
	if q.place != nil {
		place = q.place.ID
	}
	key := fmt.Sprintf("%q %q %q %q %d %d", place, q.state, q.provider, q.disease, q.days, now.Truncate(countsHold).Unix())
	text, err := s.counted.get(r.Context(), key, func() ([]byte, error) {
		ctx, done, err := s.ask(context.WithoutCancel(r.Context())) // others may wait for it, too
		if err != nil {
			return nil, err
		}
		defer done()
		form, err := s.countOpenings(ctx, view, q, now)
		if err != nil {
			return nil, err
		}
		text, err := marshal(map[string]any{"data": form})
		return append(text, '\n'), err
	})
	if err != nil {
		return err
	}
	return s.respondText(w, r, answer{private: pick.Private, view: view}, text)
}

func readOpeningsQuery(values url.Values, view *catalog.View, pick catalog.Pick) (q openingsQuery, err error) {
	q.provider = values.Get("provider")
	if text := values.Get("state"); text != "" {
		code, ok := usa.StateCode(text)
		if !ok {
			return q, badParameter("state", "The 'state' query param must be the USPS code or the name of a US state or territory, not "+strconv.Quote(text))
		}
		q.state = code
	}
	if id := values.Get("id"); id != "" {
		if q.state != "" || q.provider != "" {
			return q, badParameter("id", "The 'id' query param names one place: it can't be given with 'state' or 'provider'")
		}
		if q.place, _, err = view.Location(id, pick); err != nil {
			return q, badParameter("id", "There is no location with the id "+strconv.Quote(id))
		}
	}
	if q.disease, err = readDisease(values); err != nil {
		return q, err
	}
	q.days = usualDays
	if text := values.Get("days"); text != "" {
		if q.days, err = strconv.Atoi(text); err != nil || q.days < 1 || q.days > mostDays {
			return q, badParameter("days", fmt.Sprintf("The 'days' query param must be a whole number from 1 to %d, not %q", mostDays, text))
		}
	}
	return q, nil
}

// countOpenings asks the database.
func (s *Server) countOpenings(ctx context.Context, view *catalog.View, q openingsQuery, now time.Time) (form openingsForm, err error) {
	from := now.Add(-time.Duration(q.days) * 24 * time.Hour).Truncate(time.Hour)
	form = openingsForm{State: orNull(q.state), Provider: orNull(q.provider), Disease: orNull(q.disease), To: univaf.FormatTime(now)}
	var counts univaf.OpeningCounts
	if q.place != nil {
		l := q.place.Location()
		zone := usa.Zone(l.PostalCode, l.State)
		form.LocationID, form.TimeZone, form.Places = orNull(l.ID), orNull(zone.String()), 1
		counts, from, err = s.openingsOf(ctx, univaf.TurnQuery{LocationID: l.ID, Disease: q.disease, From: from, To: now, Most: mostTurns}, zone)
	} else {
		for range view.Locations(catalog.Query{State: q.state, Provider: q.provider}) {
			form.Places++
		}
		counts, err = s.History.Openings(ctx, univaf.OpeningQuery{State: q.state, Provider: q.provider, Disease: q.disease, From: from})
	}
	form.From = univaf.FormatTime(from)
	form.ByHour = weekOfHours{counts[0], counts[1], counts[2], counts[3], counts[4], counts[5], counts[6]}
	for _, day := range counts {
		for _, n := range day {
			form.Openings += n
		}
	}
	return form, err
}

// openingsOf counts those of one place, and says from when on: of one whose status turns all
// the time, only the last turns are looked at.
func (s *Server) openingsOf(ctx context.Context, q univaf.TurnQuery, zone *time.Location) (counts univaf.OpeningCounts, from time.Time, err error) {
	turns, err := s.History.Turns(ctx, q)
	for i := range turns {
		if turns[i].Opens() {
			hour, ahead := univaf.Hour(turns[i].At, zone)
			counts.Add(hour+ahead, 1)
		}
	}
	if len(turns) == q.Most {
		q.From = turns[len(turns)-1].At
	}
	return counts, q.From, err
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
