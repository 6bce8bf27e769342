package cli_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSlots(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		s.putSpots()
		_, _, body := s.get("/api/v1/slots?near=40.5,-74.4&limit=1")
		page := parse(t, body)
		first := at(page, "data", 0).(map[string]any)
		where := first["location"].(map[string]any)
		delete(where, "id")
		if diff := cmp.Diff(map[string]any{
			"date": day(1), "products": []any{"flu"}, "doses": []any{}, "booking_url": nil, "booking_phone": nil,
			"location": map[string]any{
				"name": "Shop 2", "provider": "shop", "address_lines": []any{"12 Main St."}, "city": nil, "state": "NJ", "postal_code": nil,
				"position": map[string]any{"longitude": -74.4, "latitude": 40.6}, "distance_miles": 6.91,
			},
		}, first); diff != "" {
			t.Errorf("a day (-want +got):\n%s", diff)
		}
		next, _ := at(page, "links", "next").(string)
		_, _, body = s.get(strings.TrimPrefix(next, s.url))
		page = parse(t, body)
		second := at(page, "data", 0).(map[string]any)
		delete(second, "location")
		if diff := cmp.Diff(map[string]any{
			"start": day(2) + "T09:30:00-05:00", "end": day(2) + "T09:45:00-05:00", "date": day(2), "products": []any{"pfizer", "moderna"},
			"doses": []any{"first_dose_only", "second_dose_only"}, "available_count": 3.0, "booking_url": "https://shop.example/1", "booking_phone": nil,
		}, second); diff != "" {
			t.Errorf("a time (-want +got):\n%s", diff)
		}
		if next := at(page, "links", "next"); next != nil {
			t.Errorf("there is more: %v", next)
		}
		for query, want := range map[string][]string{
			"":                            {day(1), day(2)},
			"products=moderna":            {day(2)},
			"doses=first_dose_only":       {day(2)},
			"to=" + day(1):                {day(1)},
			"state=NY":                    nil,
			"q=cafe":                      {day(2)},
			"diseases=influenza":          {day(1)},
			"zip=99546&radius=500":        nil,
			"near=41.5,-74.4":             nil,
			"near=41.5,-74.4&radius=90mi": {day(1), day(2)},
		} {
			_, _, body := s.get("/api/v1/slots?" + query)
			var got []string
			for _, one := range at(parse(t, body), "data").([]any) {
				got = append(got, at(one, "date").(string))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", query, diff)
			}
		}
	})
}

func TestGeoJSON(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		s.putSpots()
		s.put(spot("7", 40.5, -74.4, map[string]any{"available": "NO"}, "name", `","position":{"longitude":1}`, "meta", map[string]any{"position": nil}))
		status, header, body := s.get("/api/v1/locations.geojson")
		if status != http.StatusOK || header.Get("Content-Type") != "application/geo+json" {
			t.Fatalf("%d %v", status, header)
		}
		var collection struct {
			Type     string
			Features []struct {
				Type, ID   string
				Geometry   any
				Properties map[string]any
			}
		}
		if err := json.Unmarshal(body, &collection); err != nil {
			t.Fatal(err)
		}
		var points []string
		for _, f := range collection.Features {
			_, _, body := s.get("/api/v1/locations/" + f.ID)
			want := at(parse(t, body), "data").(map[string]any)
			points = append(points, fmt.Sprint(at(f.Geometry, "type"), at(f.Geometry, "coordinates")))
			delete(want, "position")
			if diff := cmp.Diff(want, f.Properties); diff != "" || f.Type != "Feature" {
				t.Errorf("%s %s (-want +got):\n%s", f.Type, f.ID, diff)
			}
		}
		if diff := cmp.Diff([]string{
			"Point[-74.4 40.5]", "Point[-74.4 40.6]", "Point[-74.4 41.5]", "<nil> <nil>", "Point[179.9 52]", "Point[-74.4 40.5]",
		}, points); diff != "" || collection.Type != "FeatureCollection" {
			t.Errorf("%s (-want +got):\n%s", collection.Type, diff)
		}
		_, _, body = s.get("/api/v1/locations.geojson?bbox=170,50,-170,60&fields=name")
		want := `{"type":"FeatureCollection","features":[{"type":"Feature","id":"ID","geometry":{"type":"Point","coordinates":[179.9,52]},"properties":{"id":"ID","name":"Shop 5"}}]}` + "\n"
		if got := strings.ReplaceAll(string(body), collection.Features[4].ID, "ID"); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func TestSummary(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		s.putSpots()
		counts := func(yes, no, unknown float64) map[string]any {
			return map[string]any{"YES": yes, "NO": no, "UNKNOWN": unknown}
		}
		for query, want := range map[string]map[string]any{
			"by=state&state=NJ": {
				"state": "NJ", "places": 3.0, "available": counts(2, 0, 1),
				"diseases": map[string]any{"covid_19": counts(1, 1, 0), "influenza": counts(1, 0, 0)},
			},
			"by=county&county=union": {
				"state": "NJ", "county": "Union County", "county_fips": nil, "places": 1.0, "available": counts(1, 0, 0),
				"diseases": map[string]any{"covid_19": counts(0, 1, 0), "influenza": counts(1, 0, 0)},
			},
			"by=tile&zoom=4&state=AK": {
				"zoom": 4.0, "x": 15.0, "y": 5.0, "places": 1.0, "available": counts(1, 0, 0), "diseases": map[string]any{},
			},
		} {
			eventually(t, query+" is "+fmt.Sprint(want), func() bool { // it may be a second old
				_, _, body := s.get("/api/v1/summary?" + query)
				data, _ := at(parse(t, body), "data").([]any)
				return len(data) == 1 && cmp.Equal(any(want), data[0])
			})
		}
	})
}

func TestOpeningsFeed(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		s.putSpots()
		s.put(spot("8", 40.5, -74.4, map[string]any{"available": "YES", "products": []string{"<flu>&"}},
			"name", "<b>\"&'\u0001]]>\ufffe", "booking_url", "javascript:alert(1)", "booking_phone", "555-0100", "city", "Edison"))
		status, header, body := s.get("/api/v1/openings.atom?zip=08817")
		if status != http.StatusOK || header.Get("Content-Type") != "application/atom+xml; charset=utf-8" {
			t.Fatalf("%d %v", status, header)
		}
		type link struct {
			Rel  string `xml:"rel,attr"`
			Href string `xml:"href,attr"`
		}
		type entry struct {
			ID      string `xml:"id"`
			Title   string `xml:"title"`
			Updated string `xml:"updated"`
			Summary string `xml:"summary"`
			Links   []link `xml:"link"`
		}
		var feed struct {
			XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
			ID      string   `xml:"id"`
			Title   string   `xml:"title"`
			Updated string   `xml:"updated"`
			Author  string   `xml:"author>name"`
			Links   []link   `xml:"link"`
			Entries []entry  `xml:"entry"`
		}
		if err := xml.Unmarshal(body, &feed); err != nil {
			t.Fatalf("%v\n%s", err, body)
		}
		self := s.url + "/api/v1/openings.atom?zip=08817"
		if feed.ID != self || !slices.Contains(feed.Links, link{"self", self}) || feed.Author == "" || feed.Title == "" {
			t.Errorf("%+v", feed)
		}
		var summaries []string
		for _, e := range feed.Entries {
			id := strings.TrimPrefix(e.ID, "urn:uuid:")
			_, _, body := s.get("/api/v1/locations/" + id)
			if e.Updated != at(parse(t, body), "data", "availability", "changed_at") || e.Updated > feed.Updated {
				t.Errorf("%s was updated at %s, the feed at %s", id, e.Updated, feed.Updated)
			}
			if !slices.Contains(e.Links, link{"related", s.url + "/api/v1/locations/" + id}) {
				t.Errorf("%s has no link to the place: %v", id, e.Links)
			}
			summaries = append(summaries, e.Summary)
		}
		slices.Sort(summaries)
		when := func(n int) string { return today.AddDate(0, 0, n).Format("Monday, January 2, 2006") }
		if diff := cmp.Diff([]string{
			"<b>\"&'\ufffd]]>\ufffd (Edison, NJ) has appointments for <flu>&. Call 555-0100.",
			"Café “Salud” (Edison, NJ) has appointments for Pfizer-BioNTech, original; Moderna, original. The first is on " + when(2) + " at 9:30 AM. Book at https://shop.example/1.",
			"Shop 2 (12 Main St., NJ) has appointments for Flu. The first is on " + when(1) + ".",
		}, summaries); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		if strings.Contains(string(body), `href="javascript`) {
			t.Errorf("it leads to a script:\n%s", body)
		}
		_, _, body = s.get("/api/v1/openings.atom?state=WY")
		if err := xml.Unmarshal(body, &feed); err != nil || feed.Updated != "1970-01-01T00:00:00.000Z" {
			t.Errorf("nothing: %v %s", err, body)
		}
		_, _, body = s.get("/api/v1/openings.atom?limit=1")
		if !strings.Contains(string(body), `rel="next"`) || strings.Count(string(body), "<entry>") != 1 {
			t.Errorf("one of several: %s", body)
		}
	})
}
