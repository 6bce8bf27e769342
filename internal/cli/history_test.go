package cli_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/pgtest"
)

// A sayer says things of shop:ID, each a minute later than what was said before.
type sayer struct {
	*server
	minutes int
}

func (s *sayer) say(id string, members map[string]any, more ...any) {
	s.t.Helper()
	s.minutes++
	members["source"] = "s"
	members["checked_at"] = time.Date(2022, 3, 1, 12, s.minutes, 0, 0, time.UTC).Format(time.RFC3339)
	p := place(id, more...)
	p["availability"] = members
	s.put(p)
}

func said(status string, products ...string) map[string]any {
	m := map[string]any{"available": status}
	if products != nil {
		m["products"] = products
	}
	return m
}

// A historyAnswer is what the server tells of a place.
type historyAnswer struct {
	Links   map[string]string
	From    *string
	Summary []struct {
		Disease         string
		Turns, Openings int
		OpenSeconds     float64 `json:"open_seconds"`
	}
	Data []struct {
		At, Disease, To, Source string
		From                    *string
		AvailableCount          *int `json:"available_count"`
	}
}

func (s *server) history(path string, headers ...string) historyAnswer {
	s.t.Helper()
	status, _, body := s.get(path, headers...)
	var answer historyAnswer
	if err := json.Unmarshal(body, &answer); err != nil || status != http.StatusOK {
		s.t.Fatalf("%s: %d, %v: %s", path, status, err, body)
	}
	return answer
}

// turns gives them as "disease from>to count".
func (h historyAnswer) turns() (list []string) {
	for _, turn := range h.Data {
		from, count := "?", "?"
		if turn.From != nil {
			from = *turn.From
		}
		if turn.AvailableCount != nil {
			count = fmt.Sprint(*turn.AvailableCount)
		}
		list = append(list, fmt.Sprintf("%s %s>%s %s", turn.Disease, from, turn.To, count))
	}
	return list
}

func TestHistory(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		began := time.Now()
		to := sayer{server: s.ready()}
		to.say("1", said("NO"))
		to.say("1", said("NO"))
		yes := said("YES", "pfizer")
		yes["available_count"] = 4
		to.say("1", yes)
		between := univaf.FormatTime(time.Now())
		time.Sleep(2 * time.Millisecond)
		to.say("1", said("YES", "pfizer", "flu"))
		to.say("1", said("NO", "pfizer", "flu"))
		to.say("2", said("YES"))
		const path = "/api/v1/locations/shop:1/history"

		got := s.history(path)
		want := []string{"covid_19 YES>NO 0", "influenza YES>NO 0", "influenza UNKNOWN>YES ?", "covid_19 NO>YES 4", "covid_19 ?>NO 0"}
		if diff := cmp.Diff(want, got.turns()); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		newest, err := univaf.ParseTime(got.Data[0].At)
		if err != nil || newest.Before(began.Truncate(time.Millisecond)) || newest.After(time.Now()) || got.Data[0].Source != "s" {
			t.Errorf("the newest is of %s, by %s", got.Data[0].At, got.Data[0].Source)
		}
		var sums []string
		for _, sum := range got.Summary {
			sums = append(sums, fmt.Sprintf("%s %d %d", sum.Disease, sum.Turns, sum.Openings))
		}
		if diff := cmp.Diff([]string{"covid_19 3 1", "influenza 2 1"}, sums); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		if got.Summary[0].OpenSeconds > time.Since(began).Seconds() {
			t.Errorf("open for %v s", got.Summary[0].OpenSeconds)
		}

		for query, want := range map[string][]string{
			"disease=influenza":       {"influenza YES>NO 0", "influenza UNKNOWN>YES ?"},
			"disease=rsv":             nil,
			"from=" + between:         {"covid_19 YES>NO 0", "influenza YES>NO 0", "influenza UNKNOWN>YES ?"},
			"to=" + between:           {"covid_19 NO>YES 4", "covid_19 ?>NO 0"},
			"to=2022-03-01":           nil,
			"limit=2&from=1999-01-01": {"covid_19 YES>NO 0", "influenza YES>NO 0"},
		} {
			got := s.history(path + "?" + query)
			if diff := cmp.Diff(want, got.turns()); diff != "" {
				t.Errorf("%s: -want +got:\n%s", query, diff)
			}
		}
		var all []string
		for next := path + "?limit=1"; next != ""; {
			page := s.history(strings.TrimPrefix(next, s.url))
			all, next = append(all, page.turns()...), page.Links["next"]
		}
		if diff := cmp.Diff(want, all); diff != "" {
			t.Errorf("page by page: -want +got:\n%s", diff)
		}

		_, header, body := s.get(path)
		if status, _, again := s.get(path, "If-None-Match", header.Get("ETag")); status != http.StatusNotModified || len(again) != 0 {
			t.Errorf("asked again: %d %s", status, again)
		}
		if _, _, zipped := s.get(path, "Accept-Encoding", "gzip"); string(decompress(t, "gzip", zipped)) != string(body) {
			t.Errorf("compressed it is another: %q", zipped)
		}
	})
}

func TestTheHistoryOfAHiddenPlaceNeedsAKey(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		to := sayer{server: s.ready()}
		to.say("1", said("YES"), "is_public", false)
		for _, path := range []string{"/api/v1/locations/shop:1/history", "/api/v1/locations/shop:none/history"} {
			if status, _, body := s.get(path); status != http.StatusNotFound {
				t.Errorf("%s: %d %s", path, status, body)
			}
		}
		const private = "/api/v1/locations/shop:1/history?include_private=true"
		if status, _, _ := s.get(private); status != http.StatusForbidden {
			t.Errorf("without a key: %d", status)
		}
		if got := s.history(private, "X-Api-Key", testKey).turns(); len(got) != 1 {
			t.Errorf("with a key: %v", got)
		}
		if status, _, body := s.get("/api/v1/stats/openings?id=shop:1"); status != http.StatusUnprocessableEntity {
			t.Errorf("openings: %d %s", status, body)
		}
	})
}

func TestAFormerIDLeadsToTheHistory(t *testing.T) {
	s := startServer(t, nil).ready()
	s.put(place("1", "external_ids", [][]string{{"shop", "1"}, {"univaf_v1", "11111111-1111-4111-8111-111111111111"}}))
	status, header, _ := s.get("/api/v1/locations/11111111-1111-4111-8111-111111111111/history?limit=1")
	if to := header.Get("Location"); status != http.StatusPermanentRedirect || !strings.HasSuffix(to, "/history?limit=1") {
		t.Fatalf("%d to %s", status, to)
	}
	if got := s.history(header.Get("Location")); len(got.Data) != 1 {
		t.Errorf("%+v", got)
	}
}

// An openingsAnswer is what the server tells of openings.
type openingsAnswer struct {
	State, Provider, Disease *string
	TimeZone                 *string `json:"time_zone"`
	From, To                 string
	Places, Openings         int
	ByHour                   map[string][24]int `json:"by_hour"`
}

func (s *server) openings(query string) openingsAnswer {
	s.t.Helper()
	status, _, body := s.get("/api/v1/stats/openings?" + query)
	var answer struct{ Data openingsAnswer }
	if err := json.Unmarshal(body, &answer); err != nil || status != http.StatusOK {
		s.t.Fatalf("%s: %d, %v: %s", query, status, err, body)
	}
	return answer.Data
}

func TestOpenings(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		to := sayer{server: s.ready()}
		began := time.Now()
		for _, one := range []struct{ id, state, postalCode, provider string }{
			{"1", "NJ", "08102", "shop"}, {"2", "TX", "79901", "shop"}, {"3", "TX", "", "other"},
		} {
			for _, status := range []string{"YES", "NO", "YES", "NO", "YES"} {
				to.say(one.id, said(status), "state", one.state, "postal_code", one.postalCode, "provider", one.provider)
			}
		}
		to.say("1", said("YES", "pfizer", "flu"))
		for _, test := range []struct {
			query            string
			places, openings int
			zone             string // in which all of them are
		}{
			{"", 3, 7, ""},
			{"state=TX", 2, 4, ""},
			{"state=TX&provider=other", 1, 2, "America/Chicago"},
			{"provider=shop&disease=covid_19&days=7", 2, 4, ""},
			{"disease=influenza", 3, 1, "America/New_York"},
			{"id=shop:2", 1, 2, "America/Denver"},
			{"id=shop:1&disease=influenza&days=90", 1, 1, "America/New_York"},
			{"state=WY", 0, 0, ""},
		} {
			got := s.openings(test.query)
			sum := 0
			for _, hours := range got.ByHour {
				for _, n := range hours {
					sum += n
				}
			}
			if got.Places != test.places || got.Openings != test.openings || sum != test.openings || len(got.ByHour) != 7 {
				t.Errorf("%s: %+v", test.query, got)
			}
			if test.zone == "" {
				continue
			}
			zone, err := time.LoadLocation(test.zone)
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, at := range []time.Time{began.In(zone), time.Now().In(zone)} { // the hour may have turned
				n = max(n, got.ByHour[strings.ToLower(at.Weekday().String())][at.Hour()])
			}
			if n == 0 {
				t.Errorf("%s: none at %v: %+v", test.query, began.In(zone), got.ByHour)
			}
		}
		if got := s.openings("id=shop:2"); got.TimeZone == nil || *got.TimeZone != "America/Denver" {
			t.Errorf("%+v", got)
		}
		first := s.openings("state=NJ")
		to.say("1", said("NO"))
		to.say("1", said("YES"))
		again := s.openings("state=NJ")
		if first.To[:len("2022-03-01T12:00")] == again.To[:len("2022-03-01T12:00")] { // counts are kept for that minute
			if diff := cmp.Diff(first, again); diff != "" {
				t.Errorf("-first +again:\n%s", diff)
			}
		}
	})
}

func TestBadQuestionsOfHistory(t *testing.T) {
	s := startServer(t, nil).ready()
	s.put(place("1"))
	const history, openings = "/api/v1/locations/shop:1/history?", "/api/v1/stats/openings?"
	for _, test := range []struct{ path, parameter, want string }{
		{history + "disease=flu", "disease", "influenza"},
		{history + "from=yesterday", "from", "ISO 8601"},
		{history + "to=2022-02-30", "to", "ISO 8601"},
		{history + "from=2022-03-02&to=2022-03-01", "from", "before"},
		{history + "from=2999-01-01", "from", "before"},
		{history + "limit=0", "limit", "> 0"},
		{history + "page_next=x", "page_next", "malformed"},
		{history + "page_next=-1,rsv", "page_next", "malformed"},
		{history + "page_next=1,flu", "page_next", "malformed"},
		{openings + "state=Atlantis", "state", "USPS"},
		{openings + "days=0", "days", "from 1 to 90"},
		{openings + "days=91", "days", "from 1 to 90"},
		{openings + "days=week", "days", "from 1 to 90"},
		{openings + "disease=plague", "disease", "covid_19"},
		{openings + "id=shop:none", "id", "no location"},
		{openings + "id=shop:1&state=NJ", "id", "one place"},
		{openings + "id=shop:1&provider=shop", "id", "one place"},
	} {
		status, _, body := s.get(test.path)
		problem := parse(t, body)
		if status != http.StatusUnprocessableEntity || at(problem, "errors", 0, "parameter") != test.parameter || !strings.Contains(fmt.Sprint(at(problem, "detail")), test.want) {
			t.Errorf("%s: %d %s", test.path, status, body)
		}
	}
}

func TestHistoryWaitsForTheDatabase(t *testing.T) {
	database := pgtest.NewServer(t)
	s := startServer(t, map[string]string{"DB_URL": database.URL()}).ready()
	s.put(place("1"))
	kept := s.openings("state=NJ")
	database.Stop()
	for _, path := range []string{"/api/v1/locations/shop:1/history", "/api/v1/stats/openings?state=NY", "/api/v1/stats/openings?id=shop:1"} {
		if status, header, body := s.get(path); status != http.StatusServiceUnavailable || header.Get("Retry-After") == "" {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	if status, _, body := s.get("/api/v1/stats/openings?state=NJ"); status != http.StatusOK && time.Now().Truncate(time.Minute).Before(timeOf(t, kept.To)) {
		t.Errorf("what was counted is not kept: %d %s", status, body)
	}
	database.Start()
	eventually(t, "the history is told", func() bool {
		status, _, _ := s.get("/api/v1/locations/shop:1/history")
		return status == http.StatusOK
	})
}
