package cvs_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"html"
	"net/http"
	"strings"
	"testing"

	"getmyvax.org/univaf/internal/fetch"
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/source/cvs"

	"github.com/google/go-cmp/cmp"
)

const (
	oakLine = `{"number":"00123","address":"1 Oak St Avenel, NJ 07001","zip":"07001","county":"Oakshire","phone":"201-555-0100"}` + "\n"
	elmLine = `{"number":"04567","address":"2 Elm St Union, NJ 07083","zip":"07083"}` + "\n"
)

// imported gives the list that is made of a file.
func imported(t *testing.T, file string) (string, error) {
	t.Helper()
	var list bytes.Buffer
	err := cvs.Stores.Import(strings.NewReader(file), func(store any) error {
		return json.NewEncoder(&list).Encode(store)
	})
	return list.String(), err
}

func TestImportStores(t *testing.T) {
	for name, file := range map[string]string{
		"an object by number": `{
			"4567": {"address": "2 Elm St Union, NJ 07083", "zip": "07083", "county": null, "hours": "9-5"},
			"00123": {"address": "1 Oak St Avenel, NJ 07001", "zip": "07001", "county": "Oakshire", "phone": "201-555-0100"}
		}`,
		"a list of ours": oakLine + "\n" + elmLine,
	} {
		t.Run(name, func(t *testing.T) {
			list, err := imported(t, file)
			if diff := cmp.Diff(oakLine+elmLine, list); diff != "" || err != nil {
				t.Errorf("error %v, list (-want +got):\n%s", err, diff)
			}
		})
	}
	t.Run("a list of one store", func(t *testing.T) {
		list, err := imported(t, elmLine)
		if diff := cmp.Diff(elmLine, list); diff != "" || err != nil {
			t.Errorf("error %v, list (-want +got):\n%s", err, diff)
		}
	})
}

func TestImportStoresRefuses(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"what is no JSON":            {oakLine + "number,address\n", "line 2: invalid character"},
		"a list in brackets":         {"[" + oakLine + "]", "line 1: "},
		"a number that is too short": {strings.Replace(elmLine, "04567", "4567", 1), `line 1: the number "4567" is not of five digits`},
		"a store without address":    {oakLine + `{"number":"00001","zip":"07001","address":" "}`, "line 2: the address is missing"},
		"a store without ZIP code":   {`{"1":{"address":"1 Oak St"}}`, `store 1: the ZIP code "" is not of five digits`},
		"a store that is none":       {`{"1":"1 Oak St"}`, "store 1: json: cannot unmarshal string"},
		"null":                       {`{"00001":null}`, "store 00001: the address is missing"},
		"a store without number":     {`{"":{"address":"1 Oak St","zip":"07001"}}`, `the number "" is not of five digits`},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := imported(t, c.file); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want %q", err, c.want)
			}
		})
	}
}

var errFull = errors.New("the disk is full")

func TestImportStoresThatCannotBeWritten(t *testing.T) {
	for _, file := range []string{oakLine + elmLine, `{"1":{"address":"1 Oak St","zip":"07001"}}`} {
		if err := cvs.Stores.Import(strings.NewReader(file), func(any) error { return errFull }); !errors.Is(err, errFull) {
			t.Errorf("got error %v, want that of yield", err)
		}
	}
}

const (
	locator   = "https://www.cvs.com/store-locator/cvs-pharmacy-locations/New-Jersey"
	twoCities = `{"cityList":[{"cityName":"Avenel"},{"cityName":"Cherry Hill"}]}`
	oak       = `{"storeNumber":"123","phone":"201-555-0100","address":{"firstLine":"1 Oak St","secondLine":"Avenel, NJ, 07001"}}`
	elm       = `{"storeNumber":"04567","address":{"firstLine":"2 Elm St","secondLine":"Cherry Hill, NJ, 08002-1234"}}`
)

func page(element, attribute, data string) string {
	return "<!DOCTYPE html><html><head><title>Stores</title></head><body><div><" + element + " id=x " + attribute + `="` +
		html.EscapeString(data) + `"></` + element + "></div></body></html>"
}

func statePage(data string) fetch.Exchange {
	return ok(locator, page("cvs-store-locator-state-page", "state-page-props", data))
}

func cityPage(city, data string) fetch.Exchange {
	return ok(locator+"/"+city, page("cvs-store-locator-city-page", "slcp-props", data))
}

func ok(url, body string) fetch.Exchange {
	return fetch.Exchange{Method: http.MethodGet, URL: url, Status: http.StatusOK, Body: body}
}

// updated gives the list that is made of the pages, and the kinds of the warnings.
func updated(t *testing.T, pages []fetch.Exchange) (list string, warnings []string, err error) {
	t.Helper()
	var out bytes.Buffer
	env := source.Env{
		Fetch: fetch.New(fetch.Options{Transport: fetch.NewReplay(pages), NoWait: true}),
		Warn:  func(w source.Warning) { warnings = append(warnings, w.Kind+" "+w.ID) },
	}
	err = cvs.Stores.Update(t.Context(), env, func(store any) error { return json.NewEncoder(&out).Encode(store) })
	return out.String(), warnings, err
}

func TestUpdateStores(t *testing.T) {
	list, warnings, err := updated(t, []fetch.Exchange{
		statePage(twoCities),
		cityPage("Avenel", `{"storeResult":[`+oak+`,
			{"storeNumber":"9","address":{"firstLine":"9 Oak St","secondLine":"Avenel"}},
			{"address":{"firstLine":"9 Oak St","secondLine":"Avenel, NJ, 07001"}},
			{"storeNumber":8,"address":{"firstLine":"9 Oak St","secondLine":"Avenel, NJ, 07001"}}, null]}`),
		cityPage("Cherry-Hill", `{"storeResult":[`+oak+`,`+elm+`]}`), // the nearest one is in Avenel
	})
	want := `{"number":"00123","address":"1 Oak St Avenel, NJ 07001","zip":"07001","phone":"201-555-0100"}` + "\n" +
		`{"number":"04567","address":"2 Elm St Cherry Hill, NJ 08002","zip":"08002"}` + "\n"
	if diff := cmp.Diff(want, list); diff != "" || err != nil {
		t.Errorf("error %v, list (-want +got):\n%s", err, diff)
	}
	wantWarnings := []string{"invalid store Avenel 9", "invalid store Avenel ", "invalid store Avenel ", "invalid store Avenel "}
	if diff := cmp.Diff(wantWarnings, warnings); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	if again, err := imported(t, list); again != list || err != nil {
		t.Errorf("importing the list gives error %v and\n%s", err, again)
	}
}

func TestUpdateStoresOfChangedPages(t *testing.T) {
	for name, c := range map[string]struct {
		pages []fetch.Exchange
		want  string
	}{
		"another element":     {[]fetch.Exchange{ok(locator, page("cvs-locator", "props", twoCities))}, "has no cvs-store-locator-state-page: has the store locator changed?"},
		"another attribute":   {[]fetch.Exchange{ok(locator, page("cvs-store-locator-state-page", "props", twoCities))}, "has no cvs-store-locator-state-page"},
		"other data":          {[]fetch.Exchange{statePage(`{"cities":["Avenel"]}`)}, "no stores in 0 cities: has the store locator changed?"},
		"data that is broken": {[]fetch.Exchange{statePage(`{"cityList":[`)}, locator + ": state-page-props: unexpected end of JSON input"},
		"no page":             {[]fetch.Exchange{{Method: http.MethodGet, URL: locator, Status: http.StatusNotFound}}, "404 Not Found"},
		"no page of a city": {[]fetch.Exchange{
			statePage(twoCities), cityPage("Avenel", `{"storeResult":[`+oak+`]}`),
			{Method: http.MethodGet, URL: locator + "/Cherry-Hill", Status: http.StatusNotFound},
		}, "Cherry-Hill: 404 Not Found"},
		"cities without stores": {
			[]fetch.Exchange{statePage(twoCities), cityPage("Avenel", `{"stores":[]}`), cityPage("Cherry-Hill", `{"storeResult":[]}`)},
			"no stores in 2 cities: has the store locator changed?",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := updated(t, c.pages); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want %q", err, c.want)
			}
		})
	}
}

func TestUpdateStoresThatCannotBeWritten(t *testing.T) {
	env := source.Env{Fetch: fetch.New(fetch.Options{NoWait: true, Transport: fetch.NewReplay([]fetch.Exchange{
		statePage(`{"cityList":[{"cityName":"Avenel"}]}`), cityPage("Avenel", `{"storeResult":[`+oak+`]}`),
	})})}
	if err := cvs.Stores.Update(t.Context(), env, func(any) error { return errFull }); !errors.Is(err, errFull) {
		t.Errorf("got error %v, want that of yield", err)
	}
}
