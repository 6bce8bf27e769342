package albertsons

import (
	"slices"
	"strings"
	"testing"

	"getmyvax.org/univaf/internal/source/sourcetest"
)

func TestSharedPlaces(t *testing.T) {
	for _, row := range sourcetest.Table(t, "albertsons_parseNameAndAddress") {
		text := row.Text(t, 0)
		if row.Error == nil {
			checkPlace(t, text, row.Output)
		} else if got, err := parsePlace(text); err == nil {
			t.Errorf("%q: got %+v, want error %q", text, got, row.Error.Message)
		}
	}
}

// checkPlace compares what a text tells with a row of the shared table.
func checkPlace(t *testing.T, text string, output []byte) {
	t.Helper()
	got, err := parsePlace(text)
	if err != nil {
		t.Errorf("%q: %v", text, err)
		return
	}
	var want struct {
		Name, StoreNumber string
		StoreBrand        any // its key or, in cases, all that there is of it
		Address           struct {
			Lines            []string
			City, State, Zip string
		}
		IsPediatric, IsInfant bool
		ProductsInName        []string
	}
	decode(t, output, &want)
	if whole, ok := want.StoreBrand.(map[string]any); ok {
		want.StoreBrand = whole["key"]
	}
	var key any
	if got.brand != nil {
		key = got.brand.key
	}
	a := got.address
	if got.name != want.Name || key != want.StoreBrand || got.number != want.StoreNumber ||
		got.pediatric != want.IsPediatric || got.infant != want.IsInfant || !slices.Equal(got.products, want.ProductsInName) ||
		!slices.Equal(a.Lines, want.Address.Lines) || a.City != want.Address.City || a.State != want.Address.State || a.ZIP != want.Address.Zip {
		t.Errorf("%q:\n got %+v (brand %v)\nwant %+v", text, got, key, want)
	}
}

func TestPlaces(t *testing.T) {
	for _, test := range []struct {
		text, name, number, street string
		infant, pediatric          bool
	}{
		{text: "Vons 0012 - 5 Oak St, Town, CA, 90001", name: "Vons 12", number: "12", street: "5 Oak St"},
		{text: "Vons - Vons #012 Vons - 5 Oak St, Town, CA 90001", name: "Vons 12", number: "12", street: "5 Oak St"},
		{text: "Vons 7 - 2300 - 16th St, Town, CA 90001", name: "Vons 7", street: "2300 16th St"},
		{text: "Vons - 5 Oak - Cross Rd, Town, CA 90001", name: "Vons", street: "5 Oak-Cross Rd"},
		{text: "Ages 5 - 11 years - Vons - 5 Oak St, Town, CA 90001", name: "Ages 5–11 years - Vons", street: "5 Oak St", pediatric: true},
		{text: "Age 5 to 11 Vons 812 - 5 Oak St, Town, CA 90001", name: "Age 5 to 11 Vons 812", number: "812", street: "5 Oak St", pediatric: true},
		{text: "June 10 Vons 812 - 5 Oak St, Town, CA 90001", name: "June 10 Vons 812", number: "812", street: "5 Oak St"},
		{text: "Vons on May 12 - 5 Oak St, Town, CA 90001", name: "Vons on May 12", number: "12", street: "5 Oak St"},
		{text: "Peds Ages 6 months - Vons - 5 Oak St, Town, CA 90001", name: "Peds Ages 6 months - Vons", street: "5 Oak St", infant: true},
		{text: "Ages 65 and up - Vons - 5 Oak St, Town, CA 90001", name: "Ages 65 and up - Vons", street: "5 Oak St"},
	} {
		got, err := parsePlace(test.text)
		if err != nil || got.name != test.name || got.number != test.number || got.address.Lines[0] != test.street ||
			got.infant != test.infant || got.pediatric != test.pediatric {
			t.Errorf("%q: got %+v, %v; want %+v", test.text, got, err, test)
		}
	}
	for _, text := range []string{
		"", " - ", strings.Repeat("Vons - ", 200) + "5 Oak St, Town, CA 90001", "5 Oak St, Town, CA 90001", "12 - 5 Oak St, Town, CA 90001", "Vons - 5 Oak St", "Vons - HTTP://a.example/1 - 5 Oak St, Town, CA 90001",
	} {
		if got, err := parsePlace(text); err == nil {
			t.Errorf("%q: got %+v, want an error", text, got)
		}
	}
}
