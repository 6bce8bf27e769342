package albertsons

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"getmyvax.org/univaf/internal/fetch"
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/source/sourcetest"
)

func TestMhealth(t *testing.T) {
	for name, dir := range sourcetest.Cases(t, "testdata/mhealth") {
		t.Run(name, func(t *testing.T) { sourcetest.Run(t, dir, Mhealth) })
	}
}

// The cases in which the old loader logged, or threw, what ours reports as skipped or as a
// warning.
var mhealthOutcomes = map[string]sourcetest.Outcome{
	"albertsons-mhealth-does-not-output-locations-that-don-t-match-a-known-brand": {
		Skipped: []string{"unknown brand 123456789: "},
	},
	"albertsons-mhealth-errors-when-formatting-locations-with-a-name-and-address-that-can-t-be---formatlocation": {
		Skipped: []string{"invalid address 123456789: could not separate name and address"},
	},
	"albertsons-mhealth-errors-when-formatting-locations-with-a-url-for-a-name--formatlocation": {
		Skipped: []string{"invalid address 123456789: found a URL in the name"},
	},
	"albertsons-mhealth-handles-unexpected-availability-strings": {Warnings: map[string]int{"unexpected availability": 1}},
	"albertsons-mhealth-skips-over-unknown-drugname-values":      {Warnings: map[string]int{"unknown product": 1}},
	"albertsons-mhealth-should-throw-an-error-when-http-requests-fail": {
		Error: "GET https://s3-us-west-2.amazonaws.com/mhc.cdn.content/vaccineAvailability.json",
	},
}

func TestMhealthShared(t *testing.T) {
	stores := sharedStores(t)
	for name, dir := range sourcetest.SharedCases(t, "albertsonsMhealth") {
		t.Run(name, func(t *testing.T) {
			want := mhealthOutcomes[name]
			want.Stores = stores
			switch {
			case strings.HasSuffix(name, "--parsenameandaddress"):
				var input struct{ Args []string }
				decode(t, readFile(t, dir, "input.json"), &input)
				checkPlace(t, input.Args[0], readFile(t, dir, "expected.ndjson"))
				return
			case strings.Contains(name, "--formatlocation"):
				// A helper does not know when it is called.
				want.Records = changed(t, dir, func(r record) { r.availability()["checked_at"] = "2021-11-01T12:00:00Z" })
				dir = mhealthRun(t, dir)
			case strings.HasSuffix(name, "-unknown-drugname-values"):
				want.Records = changed(t, dir, func(r record) {
					r.availability()["meta"] = map[string]any{"unknown_products": []any{"Not A Known Vaccine"}}
				})
			}
			if strings.Contains(name, "-manual-corrections-") {
				correctAddresses["123456789"] = "Safeway 3410 - 30 College Rd, Fairbanks, AK, 99701"
				defer delete(correctAddresses, "123456789")
			}
			sourcetest.RunAs(t, dir, Mhealth, want)
		})
	}
}

// mhealthRun makes a case of one entry a whole run. What it expects comes apart.
func mhealthRun(t *testing.T, dir string) string {
	t.Helper()
	without := t.TempDir()
	for name, data := range map[string][]byte{
		"case.json": readFile(t, dir, "case.json"), "input.json": readFile(t, dir, "input.json"), "expected.ndjson": []byte("null"),
	} {
		if err := os.WriteFile(filepath.Join(without, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return sourcetest.AsRun(t, without, nil, false, func(args []json.RawMessage) []sourcetest.Answer {
		return []sourcetest.Answer{{
			URL:  "https://s3-us-west-2.amazonaws.com/mhc.cdn.content/vaccineAvailability.json?v=1635768000000",
			Body: "[" + string(args[0]) + "]",
		}}
	})
}

// The whole file takes some 0.15 s: the limit is for busy machines that look for races, too.
func TestMhealthIsFast(t *testing.T) {
	const most = 20 * time.Second
	stores := sharedStores(t)
	recording := sourcetest.Shared(t, "albertsonsMhealth/extra-mhealth-whole-recorded-file-for-all-default-states/exchanges.json")
	var took []time.Duration
	for range 3 {
		replay, err := fetch.OpenReplay(recording)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		src := Mhealth.New(source.Env{
			Fetch: fetch.New(fetch.Options{Transport: replay, NoWait: true}), Stores: stores,
			Now: time.Now, Warn: func(source.Warning) {},
		})
		n := 0
		for range src.Records(t.Context(), source.Query{}) {
			n++
		}
		if took = append(took, time.Since(start)); n < 1000 {
			t.Fatalf("only %d records", n)
		}
	}
	t.Logf("the whole file with its list of stores takes %v", slices.Min(took))
	if slices.Min(took) > most {
		t.Errorf("the whole file takes %v", took)
	}
}

func TestSharedDrugs(t *testing.T) {
	var table struct {
		Names map[string]string `json:"PRODUCT_NAMES"`
	}
	decode(t, readFile(t, sourcetest.Shared(t, "static/tables_albertsons_mhealth.json")), &table)
	compare(t, table.Names, drugs)
}

func TestSharedCorrections(t *testing.T) {
	var table map[text]struct{ Address, Description, Lat, Long string }
	decode(t, readFile(t, sourcetest.Shared(t, "static/albertsons_corrections.json")), &table)
	addresses := map[text]string{}
	for id, want := range table {
		addresses[id] = want.Address
		e := entry{ID: id}
		e.correct()
		if e.Description != want.Description || string(e.Lat) != want.Lat || string(e.Long) != want.Long {
			t.Errorf("entry %s is corrected to %+v, want %+v", id, e, want)
		}
	}
	compare(t, addresses, correctAddresses)
}
