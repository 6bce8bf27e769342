package vaccine

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestByCVX(t *testing.T) {
	for _, test := range []struct{ cvx, want string }{
		// The 12 numbers that have been read since 2021.
		{"207", "moderna"},
		{"208", "pfizer"},
		{"210", "astra_zeneca"},
		{"211", "novavax"},
		{"212", "jj"},
		{"217", "pfizer"},
		{"218", "pfizer_age_5_11"},
		{"219", "pfizer_age_0_4"},
		{"221", "moderna"},
		{"225", "sanofi"},
		{"227", "moderna_age_6_11"},
		{"228", "moderna_age_0_5"},
		// Shared numbers: the newest season's, then the first in the catalogue.
		{"229", "moderna_ba4_ba5"},
		{"309", "pfizer_2026"},
		{"310", "pfizer_lp81_age_5_11"},
		{"140", "flu_fluzone"},
		{"0305", "rsv_abrysvo"},
		{" 305 ", "rsv_abrysvo"},
		{"03", "mmr"},
		{"0", ""},
		{"", ""},
		{"9999", ""},
		{"pfizer", ""},
	} {
		t.Run(test.cvx, func(t *testing.T) {
			got, ok := ByCVX(test.cvx)
			if got.Code != test.want || ok != (test.want != "") {
				t.Errorf("ByCVX(%q) = %q, %v; want %q", test.cvx, got.Code, ok, test.want)
			}
		})
	}
}

func TestByCode(t *testing.T) {
	got, ok := ByCode("pfizer")
	want := Product{
		Code: "pfizer", Name: "Pfizer-BioNTech, original", Disease: COVID19, Season: "2021-22",
		CVX: []string{"208", "217"}, MinimumAgeMonths: 144,
	}
	if diff := cmp.Diff(want, got); !ok || diff != "" {
		t.Errorf("ok = %v (-want +got):\n%s", ok, diff)
	}
	if got, ok := ByCode("sputnik"); ok {
		t.Errorf("got %v for an unknown code", got)
	}
	got.CVX[0] = "changed"
	if again, _ := ByCode("pfizer"); again.CVX[0] != "208" {
		t.Error("a caller can change the catalogue")
	}
}

func TestMinimumAge(t *testing.T) {
	for _, test := range []struct {
		name  string
		codes []string
		want  *int
	}{
		{"nil", nil, nil},
		{"none known", []string{"nope"}, nil},
		{"one", []string{"novavax"}, new(216)},
		{"least", []string{"moderna", "pfizer_age_0_4", "jj"}, new(6)},
		{"unknown ones are ignored", []string{"nope", "moderna_ba4_ba5"}, new(216)},
		{"from birth", []string{"rsv_abrysvo", "rsv_enflonsia"}, new(0)},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, MinimumAge(test.codes)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestMinimumAgeIsAsItWas(t *testing.T) {
	data, err := os.ReadFile("../../../shared/sources/utils/minimumAgeForProducts.json")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("no recorded cases here")
	}
	var recorded struct {
		Cases []struct {
			Args   [][]string
			Output any // a number; "NaN" or "Infinity" where we say nil
		}
	}
	if err := errors.Join(err, json.Unmarshal(data, &recorded)); err != nil {
		t.Fatal(err)
	}
	if len(recorded.Cases) == 0 {
		t.Fatal("no cases")
	}
	for _, test := range recorded.Cases {
		var want *int
		if age, isNumber := test.Output.(float64); isNumber {
			want = new(int(age))
		}
		if diff := cmp.Diff(want, MinimumAge(test.Args[0])); diff != "" {
			t.Errorf("MinimumAge(%q) (-want +got):\n%s", test.Args[0], diff)
		}
	}
}

// Names say for whom products are, and filters by age keep to it.
func TestProductsServeTheAgesInTheirNames(t *testing.T) {
	ages := regexp.MustCompile(`for ages (\d+)( months)? to (\d+)`)
	limited := 0
	for _, p := range Products {
		if p.MayServe(p.MinimumAgeMonths-1) || !p.MayServe(p.MinimumAgeMonths) {
			t.Errorf("%s serves others than from %d months on", p.Code, p.MinimumAgeMonths)
		}
		switch found := ages.FindStringSubmatch(p.Name); {
		case found != nil:
			limited++
			if years, _ := strconv.Atoi(found[3]); !p.MayServe(12*years+11) || p.MayServe(12*years+12) {
				t.Errorf("%s: it does not serve those of up to %d years", p.Name, years)
			}
		case p.Code == "dtap", strings.HasSuffix(p.Name, "for infants"): // the limit is not in the name
		case !p.MayServe(12 * 120):
			t.Errorf("%s does not serve the old", p.Name)
		}
	}
	if infants, _ := ByCode("rsv_beyfortus_50"); infants.MayServe(24) || !infants.MayServe(3) {
		t.Error("what is for infants serves others")
	}
	if limited < 10 {
		t.Errorf("only %d names tell a limit", limited)
	}
}

func TestAllProductsOfACVXNumber(t *testing.T) {
	for cvx, want := range map[string][]string{
		"309": {"pfizer_lp81", "pfizer_2026"}, "3": {"mmr"}, "03": {"mmr"}, "140": {"flu_fluzone", "flu_fluarix", "flu_flulaval", "flu_afluria"},
		"999": nil, "": nil,
	} {
		var got []string
		for _, p := range WithCVX(cvx) {
			got = append(got, p.Code)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", cvx, diff)
		}
	}
}

func TestCatalogueIsSound(t *testing.T) {
	code := regexp.MustCompile(`^[a-z0-9]+(_[a-z0-9]+)*$`)
	cvx := regexp.MustCompile(`^[0-9]{2,3}$`)
	codes, names := map[string]bool{}, map[string]bool{}
	for _, p := range Products {
		if !code.MatchString(p.Code) || codes[p.Code] {
			t.Errorf("code %q is malformed or there twice", p.Code)
		}
		if p.Name == "" || names[p.Name] {
			t.Errorf("%s: name %q is empty or there twice", p.Code, p.Name)
		}
		codes[p.Code], names[p.Name] = true, true
		if len(p.CVX) == 0 || p.MinimumAgeMonths < 0 || p.Disease == "" {
			t.Errorf("incomplete: %+v", p)
		}
		for _, number := range p.CVX {
			if !cvx.MatchString(number) {
				t.Errorf("%s: malformed CVX %q", p.Code, number)
			}
		}
	}
}
