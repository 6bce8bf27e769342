package catalog_test

import (
	"fmt"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/catalog"
	"getmyvax.org/univaf/internal/store"
	"getmyvax.org/univaf/internal/vaccine"
)

// What can be had is told for each product and disease alone.
func TestJudgingByProduct(t *testing.T) {
	pfizer, flu, mmr := "pfizer", "flu", "mmr"
	covid, influenza := vaccine.COVID19, vaccine.Influenza
	for _, test := range []struct {
		name, said string // members of availability
		want       map[any]univaf.Status
	}{
		{"nothing is named", `"available":"YES"`, map[any]univaf.Status{covid: univaf.Yes, influenza: "", pfizer: ""}},
		{
			"products alone", `"available":"YES","products":["pfizer","flu"]`,
			map[any]univaf.Status{covid: univaf.Yes, influenza: univaf.Yes, pfizer: univaf.Yes, mmr: ""},
		},
		{
			"slots of one of them", `"available":"YES","products":["pfizer","flu"],"slots":[
				{"start":"2026-11-03T09:00:00-05:00","products":["pfizer"]}]`,
			map[any]univaf.Status{covid: univaf.Yes, pfizer: univaf.Yes, influenza: univaf.Unknown},
		},
		{
			"days of two, one full", `"capacity":[{"date":"2026-11-03","products":["pfizer"],"available":"NO"},
				{"date":"2026-11-04","products":["flu"],"available":"YES"}]`,
			map[any]univaf.Status{covid: univaf.No, influenza: univaf.Yes},
		},
		{
			"days of which one is not known", `"capacity":[{"date":"2026-11-03","products":["pfizer"],"available":"NO"},
				{"date":"2026-11-04","products":["pfizer"],"available":"UNKNOWN"}]`,
			map[any]univaf.Status{covid: univaf.Unknown},
		},
		{
			"slots that name none", `"products":["flu"],"slots":[{"start":"2026-11-03T09:00:00-05:00"}]`,
			map[any]univaf.Status{covid: "", influenza: univaf.Yes},
		},
		{
			"slots where nobody names any", `"slots":[{"start":"2026-11-03T09:00:00-05:00"}]`,
			map[any]univaf.Status{covid: univaf.Yes, influenza: ""},
		},
		{
			"full, whatever the slots are", `"available":"NO","slots":[{"start":"2026-11-03T09:00:00-05:00","products":["flu"]}]`,
			map[any]univaf.Status{influenza: univaf.No},
		},
		{
			"a product that the catalogue does not know", `"available":"YES","products":["brand_new"]`,
			map[any]univaf.Status{"brand_new": univaf.Yes, covid: "", influenza: ""},
		},
		{"an escape in a name", `"available":"YES","products":["fl\u0075"]`, map[any]univaf.Status{flu: univaf.Yes}},
	} {
		u, _, err := univaf.DecodeUpdate([]byte(`{"availability":{"source":"s","checked_at":"2026-11-02T12:00:00Z",` + test.said + `}}`))
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		l := location(0, "NJ")
		u.Availability.LocationID = l.ID
		log := newLog()
		log.add(store.Entry{Location: l}, store.Entry{Availability: u.Availability})
		c, _ := follow(t, log)
		v := wait(t, c, 1)
		for of, want := range test.want {
			got := univaf.Status("")
			for _, status := range someStatuses {
				s := catalog.Search{Filter: catalog.Filter{Now: noon, Statuses: []univaf.Status{status}}}
				switch of := of.(type) {
				case string:
					s.Products = []string{of}
				case vaccine.Disease:
					s.Diseases = []vaccine.Disease{of}
				}
				for range v.Find(&s) {
					got += status
				}
			}
			if got != want {
				t.Errorf("%s: %v is %q, want %q", test.name, of, got, want)
			}
		}
	}
}

// Places are counted by what can be had there, and for each disease.
func TestSummaries(t *testing.T) {
	log := newLog()
	say := func(l *univaf.Location, status univaf.Status, products ...string) {
		a := availability(l, "s", 0, status)
		if a.Products = products; len(products) == 0 {
			a.Products = nil
		}
		log.add(store.Entry{Location: l}, store.Entry{Availability: a})
	}
	at := func(l *univaf.Location, zip, county string) *univaf.Location {
		l.PostalCode, l.County, l.IsPublic = zip, county, true
		return l
	}
	say(at(location(0, "NJ"), "08817", "MIDDLESEX"), univaf.Yes, "pfizer", "flu")
	say(at(location(1, "NJ"), "08817", ""), univaf.No, "flu")
	say(at(location(2, "NJ"), "", "Narnia County"), univaf.Unknown)
	say(at(location(3, "NY"), "", ""), univaf.Yes, "brand_new")
	hidden := location(4, "NY")
	say(hidden, univaf.Yes)
	nowhere := at(location(5, "NY"), "", "")
	nowhere.Position = nil
	log.add(store.Entry{Location: nowhere})
	c, _ := follow(t, log)
	v := wait(t, c, 6)

	show := func(f catalog.Filter, by catalog.Grouping) (list []string) {
		for _, one := range v.Summarize(&f, by, 3, 100) {
			text := fmt.Sprintf("%s/%s/%s/%v: %d %v", one.State, one.County, one.CountyFIPS, one.Tile, one.Places, one.Statuses)
			for _, d := range []vaccine.Disease{vaccine.COVID19, vaccine.Influenza, vaccine.MMR} {
				if n := one.Diseases[d]; n != nil {
					text += fmt.Sprintf(" %s %v", d, *n)
				}
			}
			list = append(list, text)
		}
		return list
	}
	for _, test := range []struct {
		name   string
		filter catalog.Filter
		by     catalog.Grouping
		want   []string
	}{
		{"by state", catalog.Filter{}, catalog.PerState, []string{
			"NJ///{0 0}: 3 {1 1 1} covid_19 {1 0 1} influenza {1 1 0}",
			"NY///{0 0}: 2 {1 0 1}",
		}},
		{"by county", catalog.Filter{States: []string{"NJ"}}, catalog.PerCounty, []string{
			"NJ/Middlesex/34023/{0 0}: 2 {1 1 0} covid_19 {1 0 0} influenza {1 1 0}",
			"NJ/Narnia County//{0 0}: 1 {0 0 1} covid_19 {0 0 1}",
		}},
		{"by tile", catalog.Filter{}, catalog.PerTile, []string{
			"///{2 2}: 1 {1 0 0}",
			"///{2 3}: 3 {1 1 1} covid_19 {1 0 1} influenza {1 1 0}",
		}},
		{"of a disease", catalog.Filter{Diseases: []vaccine.Disease{vaccine.Influenza}}, catalog.PerState, []string{
			"NJ///{0 0}: 2 {1 1 0} covid_19 {1 0 0} influenza {1 1 0}",
		}},
		{"of none", catalog.Filter{States: []string{"WY"}}, catalog.PerState, nil},
	} {
		if diff := gocmp.Diff(test.want, show(test.filter, test.by)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
	if list := v.Summarize(&catalog.Filter{}, catalog.PerState, 0, 1); list != nil {
		t.Errorf("more than there may be: %v", list)
	}
	if list := v.Summarize(&catalog.Filter{States: []string{"WY"}}, catalog.PerState, 0, 1); list == nil || len(list) > 0 {
		t.Errorf("none: %v", list)
	}
}
