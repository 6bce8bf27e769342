package albertsons

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"getmyvax.org/univaf/internal/fetch"
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/source/sourcetest"

	"github.com/google/go-cmp/cmp"
)

const (
	line1 = `{"name":"Vons Pharmacy","c_parentEntityID":"0012","c_oldStoreID":"2012","address":{"line1":"5 Oak St","line2":"#1","city":"Town","region":"CA","postalCode":"90001"},` +
		`"geocodedCoordinate":{"lat":34.1,"long":-118.20000000000002},"mainPhone":{"display":"(213) 555-0112"},"timezone":"America/Los_Angeles",` +
		`"c_pagesURL":"https://local.pharmacy.vons.com/ca/town/5-oak-st.html","description":"Shots & more."}`
	line2 = `{"name":"Haggen","c_parentEntityID":"3430","address":{"line1":"1 Bay St","city":"Port","region":"WA","postalCode":"98225-1234"}}`
)

func TestImport(t *testing.T) {
	list := line1 + "\n\n" + `{"more":1,"name":"Haggen","c_parentEntityID":"3430","c_oldStoreID":null,"address":{"line1":"1 Bay St","line2":null,"line3":null,` +
		`"city":"Port","region":"WA","postalCode":"98225-1234"},"geocodedCoordinate":null,"mainPhone":null}`
	got := string(importList(t, []byte(list)))
	want := strings.ReplaceAll(line1, "&", `\u0026`) + "\n" + line2 + "\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if again := string(importList(t, []byte(got))); again != got {
		t.Errorf("the list changes when it is imported again: %s", again)
	}
}

func TestImportTellsTheLine(t *testing.T) {
	for name, test := range map[string]struct{ line, want string }{
		"no JSON":     {`<html>`, "line 2: invalid character '<'"},
		"null":        {`null`, `line 2: c_parentEntityID "" is no number`},
		"wrong type":  {`{"name":1}`, "line 2: json: cannot unmarshal number"},
		"number":      {strings.ReplaceAll(line2, "3430", "12-P"), `line 2: c_parentEntityID "12-P" is no number`},
		"brand":       {strings.ReplaceAll(line2, "Haggen", "Kings"), `line 2: the name "Kings" is of no brand that we know`},
		"no name":     {strings.ReplaceAll(line2, "Haggen", ""), `line 2: the name "" is of no brand that we know`},
		"city":        {strings.ReplaceAll(line2, "Port", ""), "line 2: the address lacks line1 or city"},
		"state":       {strings.ReplaceAll(line2, `"WA"`, `"ZZ"`), `line 2: region "ZZ" is no state`},
		"ZIP code":    {strings.ReplaceAll(line2, "98225-1234", "9822"), `line 2: postalCode "9822" is no ZIP code`},
		"nowhere":     {`{"geocodedCoordinate":{"lat":91,"long":0},` + line2[1:], "line 2: geocodedCoordinate {91 0} is nowhere"},
		"a long line": {strings.Repeat(" ", longestLine), "line 2: bufio.Scanner: token too long"},
	} {
		t.Run(name, func(t *testing.T) {
			n := 0
			err := Stores.Import(strings.NewReader(line1+"\n"+test.line+"\n"+line2), func(any) error { n++; return nil })
			if err == nil || !strings.HasPrefix(err.Error(), test.want) || n != 1 {
				t.Errorf("got %v after %d stores, want %s", err, n, test.want)
			}
		})
	}
	full := errors.New("disk full")
	if err := Stores.Import(strings.NewReader(line1), func(any) error { return full }); !errors.Is(err, full) {
		t.Errorf("got %v, want %v", err, full)
	}
}

func TestSharedImport(t *testing.T) {
	list := readFile(t, sourcetest.Shared(t, "static/albertsons_stores.ndjson"))
	kept := importList(t, list)
	if got, want := strings.Count(string(kept), "\n"), strings.Count(string(list), "\n"); got != want {
		t.Errorf("%d of %d stores are imported", got, want)
	}
	if again := importList(t, kept); string(again) != string(kept) {
		t.Error("the list changes when it is imported again")
	}
}

func TestSharedBrands(t *testing.T) {
	var want []struct {
		Key, Name, BookingAPIName, URL string
		IsNotAStore                    bool
		LocationType                   string
	}
	decode(t, readFile(t, sourcetest.Shared(t, "static/albertsons_brands.json")), &want)
	if len(want) != len(brands) {
		t.Fatalf("%d brands, want %d", len(brands), len(want))
	}
	for i, w := range want {
		b := brands[i]
		clinic := w.LocationType == "CLINIC"
		if b.key != w.Key || b.name != w.Name || b.apiName != w.BookingAPIName || b.url != w.URL || b.noStore != w.IsNotAStore || (b.locationType() == "CLINIC") != clinic {
			t.Errorf("brand %d is %+v, want %+v", i, b, w)
		}
	}
}

// site answers as the brands' sites do.
func site(answers map[string]string) *fetch.Client {
	var exchanges []fetch.Exchange
	for url, body := range answers {
		status := 200
		if body == "" {
			status = 404
		}
		exchanges = append(exchanges, fetch.Exchange{Method: "GET", URL: url, Status: status, Body: body})
	}
	return fetch.New(fetch.Options{Transport: fetch.NewReplay(exchanges), NoWait: true})
}

func page(profile string) string {
	return `<!doctype html><script>window.Yext = (function(Yext){Yext["locale"] = "en"; return Yext;})(window.Yext || {});</script>
		<script type="text/javascript">window.Yext = (function(Yext){Yext.Profile = ` + profile + `; return Yext;})(window.Yext || {});</script><p>{"no": "profile"}</p>`
}

func sitemap(urls ...string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>` +
		strings.Join(urls, "</loc></url><url><loc>") + `</loc></url></urlset>`
}

// crawled gives the numbers of the stores that a crawl finds, and what it warns of.
func crawled(t *testing.T, answers map[string]string, hosts ...string) (stores []listed, warnings []string, err error) {
	t.Helper()
	env := source.Env{Fetch: site(answers), Warn: func(w source.Warning) { warnings = append(warnings, w.Kind+" "+w.ID+": "+w.Sample) }}
	err = crawl(t.Context(), env, hosts, func(store any) error {
		stores = append(stores, store.(listed))
		return nil
	})
	return stores, warnings, err
}

func TestUpdate(t *testing.T) {
	const vons, safeway = "https://local.pharmacy.vons.com", "https://local.pharmacy.safeway.com"
	haggen := strings.TrimSuffix(line2, "}") + `,"closed":false,"c_metaInformation":{"description":"Near you."},"covidVaccineSiteInstructions":"Come.","description":"A store."}`
	got, warnings, err := crawled(t, map[string]string{
		vons + "/sitemap.xml": `<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>` + vons + `/1.xml</loc></sitemap>` +
			`<sitemap><loc>https://elsewhere.example/2.xml</loc></sitemap><sitemap><loc>` + vons + `/sitemap.xml</loc></sitemap></sitemapindex>`,
		vons + "/1.xml": sitemap(vons+"/", vons+"/ca.html", vons+"/ca/town.html", vons+"/ca/town/5-oak-st.html", vons+"/ca/town/5-oak-st/produce.html",
			"https://elsewhere.example/ca/town/1.html", vons+"/ca/town/gone.html", vons+"/ca/town/5-oak-st.html", vons+"/ca/town/closed.html"),
		vons + "/ca/town/5-oak-st.html":            page(line1),
		vons + "/ca/town/gone.html":                "",
		vons + "/ca/town/closed.html":              page(`{"closed":true,` + strings.Replace(line1, "0012", "13", 1)[1:]),
		safeway + "/sitemap.xml":                   sitemap(safeway+"/safeway/wa/port/1-bay-st.html", safeway+"/vons/ca/town/5-oak-st.html"),
		safeway + "/vons/ca/town/5-oak-st.html":    page(strings.Replace(line1, "0012", "12", 1)),
		safeway + "/safeway/wa/port/1-bay-st.html": page(haggen),
	}, "local.pharmacy.vons.com", "local.pharmacy.safeway.com")
	if err != nil {
		t.Fatal(err)
	}
	var want []listed
	for _, line := range []string{line1, line2} {
		var l listed
		decode(t, []byte(line), &l)
		want = append(want, l)
	}
	want[1].Description, want[1].URL = "Near you.", safeway+"/safeway/wa/port/1-bay-st.html"
	compare(t, want, got)
	compare(t, []string{"no store in a page " + vons + "/ca/town/gone.html: GET " + vons + "/ca/town/gone.html: 404 Not Found"}, warnings)
}

func TestUpdateTellsThatTheLocatorChanged(t *testing.T) {
	const host, other = "local.pharmacy.vons.com", "local.pharmacy.safeway.com"
	store := "https://" + host + "/ca/town/5-oak-st.html"
	var many []string
	for i := range mostPages + 1 {
		many = append(many, fmt.Sprintf("https://%s/ca/town/%d-oak-st.html", host, i))
	}
	for name, test := range map[string]struct {
		sitemap, page, want string
	}{
		"no sitemap":         {"", "", "sitemap.xml: 404 Not Found"},
		"a web page":         {"<!doctype html><p>Log in", "", "https://" + host + "/sitemap.xml is no sitemap: "},
		"no stores":          {sitemap("https://" + host + "/stores/5"), "", "no pages of stores in the sitemap"},
		"too many":           {sitemap(many...), "", "5001 stores: that is not to be believed"},
		"no profile":         {sitemap(store), "<p>A store.", "1 pages of stores can't be read (have the pages changed?), the last one is " + store + ": there is no Yext.Profile"},
		"another profile":    {sitemap(store), page(`[1]`), "Yext.Profile: json: cannot unmarshal array"},
		"without the number": {sitemap(store), page(`{"name":"Vons Pharmacy","meta":{"id":"12"}}`), `Yext.Profile: c_parentEntityID "" is no number`},
		"half a profile":     {sitemap(store), page(line1)[:300], "Yext.Profile: unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			got, _, err := crawled(t, map[string]string{
				"https://" + host + "/sitemap.xml": test.sitemap, store: test.page,
				"https://" + other + "/sitemap.xml": sitemap("https://" + other + "/wa/port/1-bay-st.html"), "https://" + other + "/wa/port/1-bay-st.html": page(line2),
			}, host, other)
			if err == nil || !strings.HasPrefix(err.Error(), host+": ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
			if len(got) != 1 || got[0].Number != "3430" {
				t.Errorf("the other site gives %v", got)
			}
		})
	}
}

func TestUpdateAsksEachSite(t *testing.T) {
	env := source.Env{Fetch: site(nil), Warn: func(source.Warning) {}}
	err := Stores.Update(t.Context(), env, func(any) error { return nil })
	for _, host := range sites {
		if err == nil || !strings.Contains(err.Error(), "https://"+host+"/sitemap.xml") {
			t.Errorf("%s is not in %v", host, err)
		}
	}
}

func TestUpdateStopsWhenTheListCannotBeWritten(t *testing.T) {
	const host = "local.pharmacy.vons.com"
	full := errors.New("disk full")
	env := source.Env{Warn: func(source.Warning) {}, Fetch: site(map[string]string{
		"https://" + host + "/sitemap.xml": sitemap("https://" + host + "/ca/town/5-oak-st.html"), "https://" + host + "/ca/town/5-oak-st.html": page(line1),
	})}
	err := crawl(t.Context(), env, slices.Repeat([]string{host}, 2), func(any) error { return full })
	if !errors.Is(err, full) || strings.Contains(err.Error(), host) {
		t.Errorf("got %v", err)
	}
}
