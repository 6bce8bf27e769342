package riteaid

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/source/sourcetest"
	"getmyvax.org/univaf/internal/vaccine"

	"github.com/google/go-cmp/cmp"
)

func TestSharedTables(t *testing.T) {
	t.Run("riteaid_getExternalIds", func(t *testing.T) {
		for _, row := range sourcetest.Table(t, "riteaid_getExternalIds") {
			var want univaf.ExternalIDs
			decode(t, row.Output, &want)
			number := strings.Trim(string(row.Args[0]), `"`)
			if diff := cmp.Diff(want, storeIDs(number)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", number, diff)
			}
		}
	})
	t.Run("riteaid_getLocationName", func(t *testing.T) {
		for _, row := range sourcetest.Table(t, "riteaid_getLocationName") {
			var ids univaf.ExternalIDs
			var want string
			decode(t, row.Args[0], &ids)
			decode(t, row.Output, &want)
			if got := storeName(ids); got != want {
				t.Errorf("%v is %q, want %q", ids, got, want)
			}
		}
	})
	t.Run("geocoding_guessCounty", func(t *testing.T) {
		zip := regexp.MustCompile(`\b\d{5}\b`)
		for _, row := range sourcetest.Table(t, "geocoding_guessCounty") {
			var want *string // null is what tables of New Jersey alone did not tell
			decode(t, row.Output, &want)
			got := county(zip.FindString(row.Text(t, 0)))
			if want != nil && got != "" && got != *want {
				t.Errorf("%s is in %q, want %q", row.Text(t, 0), got, *want)
			}
		}
	})
	t.Run("areas", func(t *testing.T) {
		var want map[string][]struct {
			Radius int
			ZIPs   []string
		}
		text, err := os.ReadFile(sourcetest.Shared(t, "static/riteaid_zip_codes.json"))
		if err != nil {
			t.Fatal(err)
		}
		decode(t, text, &want)
		for state, list := range want {
			for i, one := range list {
				got := areas[state][i]
				if diff := cmp.Diff(one.ZIPs, strings.Fields(got.zips)); diff != "" || got.radius != one.Radius {
					t.Errorf("%s, radius %d, want %d (-want +got):\n%s", state, got.radius, one.Radius, diff)
				}
			}
		}
	})
}

func decode(t *testing.T, text []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatal(err)
	}
}

func TestAreasAreThoseOfTheStates(t *testing.T) {
	if diff := cmp.Diff(states, slices.Sorted(maps.Keys(areas))); diff != "" {
		t.Errorf("(-states +areas):\n%s", diff)
	}
	for state, list := range areas {
		for _, a := range list {
			for _, zip := range strings.Fields(a.zips) {
				if len(zip) != 5 || a.radius <= 0 {
					t.Errorf("%s: within %d miles of %q", state, a.radius, zip)
				}
			}
		}
	}
}

func TestProductsAreOurs(t *testing.T) {
	numbers := []string{}
	for _, id := range vaccineIDs {
		number, _, _ := strings.Cut(id, "-")
		numbers = append(numbers, number)
		if _, known := vaccine.ByCode(products[number]); !known {
			t.Errorf("%s is %q", id, products[number])
		}
	}
	if diff := cmp.Diff(numbers, slices.SortedFunc(maps.Keys(products), byNumber)); diff != "" {
		t.Errorf("numbers (-searched +known):\n%s", diff)
	}
}

func TestStartOf(t *testing.T) {
	eastern, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Skip(err)
	}
	for text, want := range map[string]string{
		"2026-02-03T09:00:00":       "2026-02-03T09:00:00-05:00",
		"2026-07-03T09:00:00":       "2026-07-03T09:00:00-04:00",
		"2026-02-03 09:00:00.25":    "2026-02-03 09:00:00.25-05:00",
		"2026-07-03T09:00:00Z":      "2026-07-03T09:00:00Z",
		"2026-07-03T09:00:00-07:00": "2026-07-03T09:00:00-07:00",
		"2026-07-03T09:00:00-0700":  "2026-07-03T09:00:00-0700",
		"tomorrow":                  "",
		"2026-02-03":                "",
		"2026-02-03T09:00":          "",
		"2026-02-03T9:00:00":        "",
		"2026-02-03T25:00:00":       "",
		"2026-02-30T09:00:00":       "",
		"0000-00-00T00:00:00":       "",
		"2026-02-03T09:00:00 EST":   "",
	} {
		if got, ok := startOf(text, eastern); got != want || ok != (want != "") {
			t.Errorf("%q is %q, %v; want %q", text, got, ok, want)
		}
	}
}

func TestZone(t *testing.T) {
	summer := time.Date(2026, 7, 3, 12, 0, 0, 0, time.UTC)
	offset := func(zone *time.Location) string { return summer.In(zone).Format("-07:00") }
	for abbreviation, want := range map[string]string{
		"EST": "-05:00", "EDT": "-04:00", "CST": "-06:00", "CDT": "-05:00", "MST": "-07:00", "MDT": "-06:00", "PST": "-08:00", "PDT": "-07:00",
	} {
		if got := offset(zoneOf(abbreviation)); got != want {
			t.Errorf("%s is %s, want %s", abbreviation, got, want)
		}
	}
}
