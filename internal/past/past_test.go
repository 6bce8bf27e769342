package past

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"getmyvax.org/univaf"
)

func TestPositionsOfAllYears(t *testing.T) {
	here := &univaf.Position{Longitude: -74, Latitude: 42}
	for _, test := range []struct {
		name, raw string
		want      *univaf.Position
		wrong     bool
	}{
		{name: "null", raw: `null`},
		{name: "not said", raw: ``},
		{name: "object", raw: `{"longitude":-74,"latitude":42}`, want: here},
		{name: "object without numbers, as there was before 2021-06", raw: `{"longitude":null,"latitude":null}`},
		{name: "half an object", raw: `{"longitude":-74,"latitude":null}`, wrong: true},
		{name: "GeoJSON", raw: `{"type":"Point","coordinates":[-74,42]}`, want: here},
		{name: "GeoJSON of another kind", raw: `{"type":"LineString","coordinates":[[-74,42],[1,2]]}`, wrong: true},
		{name: "WKT", raw: `"POINT(-74 42)"`, want: here},
		{name: "EWKT", raw: `"SRID=4326;Point (-74 42 3)"`, want: here},
		{name: "empty WKT", raw: `"POINT EMPTY"`},
		{name: "EWKB with SRID", raw: `"0101000020E610000000000000008052C00000000000004540"`, want: here},
		{name: "WKB", raw: `"010100000000000000008052C00000000000004540"`, want: here},
		{name: "big-endian EWKB", raw: `"0020000001000010E6C0528000000000004045000000000000"`, want: here},
		{name: "empty EWKB", raw: `"0101000020E6100000000000000000F87F000000000000F87F"`},
		{name: "truncated EWKB", raw: `"0101000020E6100000000000000080"`, wrong: true},
		{name: "short", raw: `"01"`, wrong: true},
		{name: "a polygon", raw: `"0103000020E610000000000000008052C00000000000004540"`, wrong: true},
		{name: "no digits", raw: `"0xyz"`, wrong: true},
		{name: "not on earth", raw: `{"longitude":-74,"latitude":420}`, wrong: true},
		{name: "a number", raw: `7`, wrong: true},
	} {
		got, err := readPosition([]byte(test.raw))
		if diff := cmp.Diff(test.want, got); diff != "" || (err != nil) != test.wrong {
			t.Errorf("%s: error %v (-want +got):\n%s", test.name, err, diff)
		}
	}
}

func TestZIPCodesGetTheirZeros(t *testing.T) {
	for zip, want := range map[string]string{
		"8079": "08079", "501": "00501", "8079-1234": "08079-1234", "08079": "08079", "12345-6789": "12345-6789", "": "", "K1A 0B1": "K1A 0B1", "12": "12",
	} {
		if got := padZIP(zip); got != want {
			t.Errorf("%q: %q, not %q", zip, got, want)
		}
	}
}

func TestExternalIDsOfAllForms(t *testing.T) {
	pairs := univaf.ExternalIDs{{System: "cvs", Value: "1"}, {System: "npi_usa", Value: "17"}}
	for _, test := range []struct {
		name, member string
		table, want  univaf.ExternalIDs
	}{
		{"object", `"external_ids":{"cvs":"1","npi_usa":17}`, nil, pairs},
		{"pairs", `"external_ids":[["cvs","1"],["npi_usa","17"]]`, nil, pairs},
		{"objects", `"external_ids":[{"system":"cvs","value":"1"},{"value":"17","system":"npi_usa"}]`, nil, pairs},
		{"table", `"x":1`, pairs, pairs},
		{"table before what was there before it", `"external_ids_old":{"old":"1"}`, pairs, pairs},
		{"what was there before the table", `"external_ids_old":{"cvs":"1","npi_usa":"17"}`, nil, pairs},
		{"both", `"external_ids":[["cvs","2"]]`, pairs[:1], univaf.ExternalIDs{{System: "cvs", Value: "1"}, {System: "cvs", Value: "2"}}},
		{"none", `"external_ids":null`, nil, nil},
	} {
		row := `{"id":"11111111-1111-4111-8111-111111111111","name":"n","provider":"p","state":"NJ",` + test.member + `}`
		u, warnings, err := readLocation([]byte(row), test.table)
		if diff := cmp.Diff(test.want, u.ExternalIDs); diff != "" || err != nil || warnings != nil {
			t.Errorf("%s: %v, %v (-want +got):\n%s", test.name, err, warnings, diff)
		}
	}
}

// A flaky file's reading is cut every few bytes, and it knows of offsets.
type flaky struct {
	text  string
	opens int
}

func (f *flaky) OpenAt(_ context.Context, _ string, offset int64) (io.ReadCloser, int64, error) {
	f.opens++
	rest := f.text[offset:]
	return io.NopCloser(io.MultiReader(strings.NewReader(rest[:min(len(rest), 3)]), errReader{})), int64(len(f.text)), nil
}

func (f *flaky) List(context.Context, string) ([]string, error) { return nil, ErrNoList }
func (f *flaky) Close() error                                   { return nil }

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errors.New("cut") }

func TestReadingGoesOnOverCuts(t *testing.T) {
	file := &flaky{text: "twelve chars"}
	read := 0
	r, err := openSteady(t.Context(), file, "f", func(n int) { read += n })
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if string(got) != file.text || err == nil && file.opens < 4 || read != len(file.text) {
		t.Errorf("%q after %d opens, %d read: %v", got, file.opens, read, err)
	}
}

func TestLinesThatAreTooLongAreLeftOut(t *testing.T) {
	text := "a\n" + strings.Repeat("x", maxLine+1) + "\n\nb"
	var got []string
	err := lines(bytes.NewReader([]byte(text)), func(r Row) bool {
		line := string(r.JSON)
		if r.Err != nil {
			line = "too long"
		}
		got = append(got, line)
		return true
	})
	if diff := cmp.Diff([]string{"a", "too long", "b"}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func FuzzRows(f *testing.F) {
	f.Add([]byte(`{"id":"11111111-1111-4111-8111-111111111111","position":"0101","external_ids":[{}],"meta":{"a":1},"eligibility":1}`))
	f.Add([]byte(`{"location_id":"x","capacity":[{}]}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(_ *testing.T, row []byte) { // must not crash
		if len(bytes.TrimSpace(row)) == 0 {
			return // lines gives no empty ones
		}
		row = bytes.TrimSpace(row)
		_ = locationID(row)
		_, _, _ = readLocation(row, nil)
		_, _, _ = readAvailability(row)
		_, _, _ = readExternalID(row)
	})
}
