package feed_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/fetch"
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/source/feed"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/unicode"
)

// plain maps the columns id, name and city.
const plain = `
name: plain
url: https://county.example/clinics
provider: county
location: {id: id, name: name, city: city, state: {value: NJ}}
`

// told gives what a run gave in short: the places by id, name and city, what was skipped
// and what was warned of, and how it ended.
func (r *result) told() (told []string) {
	for _, u := range r.updates {
		told = append(told, strings.TrimSpace(fmt.Sprintf("%s %s %s", u.ExternalIDs[0].Value, u.Name, u.City)))
	}
	told = append(told, r.skipped...)
	for _, w := range r.warnings {
		told = append(told, fmt.Sprintf("%s, %s: %s", w.Kind, w.ID, w.Sample))
	}
	if r.err != nil {
		told = append(told, r.err.Error())
	}
	return told
}

func TestInputs(t *testing.T) {
	const get = "GET https://county.example/clinics: "
	utf16 := func(text string) string {
		out, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for _, test := range []struct {
		name, more, contentType, body string
		want                          []string // how what was told begins
	}{
		{"a table", "", "text/csv", "id,name,city\n1,A,Newark\n", []string{"1 A Newark"}},
		{"other case and spaces in the header", "", "text/csv", "ID, Name ,\"CITY\n\"\n1,A,Newark", []string{"1 A Newark"}},
		{"a mark of UTF-8 and CRLF", "", "text/csv", "\uFEFFid,name,city\r\n1,É,\"New\r\nark\"\r\n", []string{"1 É New\r\nark"}},
		{"line ends of old Macs", "", "text/csv", "id,name,city\r1,A,Newark\r2,B,\r", []string{"1 A Newark", "2 B"}},
		{"Windows-1252", "", "text/csv", "id,name,city\n1,Caf\xe9 \x96 A,Newark\n2,B,\xe9\n", []string{
			"1 Café – A Newark", "2 B é", "not UTF-8, row 2: taken for Windows-1252: 1,Café – A,Newark",
		}},
		{"UTF-16, as Excel's Unicode text", "", "", utf16("id\tname\tcity\r\n1\tCafé\tNewark\r\n"), []string{"1 Café Newark"}},
		{"semicolons, which are guessed", "", "", "id;name;city, state\nid;name;city\n1;A, B;Newark\n", []string{
			get + `there is no column "city" (location.city); those in row 1 are "id", "name", "city, state". If the header is in another row, set header_row`,
		}},
		{"vertical bars", "", "", "id|name|city\n1|A;B|Newark\n", []string{"1 A;B Newark"}},
		{"a delimiter that is set", "delimiter: '~'", "", "id~name~city\n1~A,B;C~Newark\n", []string{"1 A,B;C Newark"}},
		{"a header that is further down", "header_row: 3", "", "Clinics,,\n,,\nid,name,city\n1,A,Newark\n", []string{"1 A Newark"}},
		{"empty rows", "", "", "\n,,\nid,name,city\n\n,,\n \n1,A,Newark\n\n", []string{"1 A Newark"}},
		{"columns without a name", "", "", "id,,name,,city,,\n1,x,A,y,Newark,,\n", []string{"1 A Newark"}},
		{"quotation marks", "", "", "id,name,city\n1,\"A \"\"B\"\", C\",5\" needle\n2,\"\",\"\"\n3,\"C\",\"\"\"\"\n", []string{
			`1 A "B", C 5" needle`, `3 C "`, "invalid name row 3: location.name (name) must not be empty",
		}},
		{"a cell that is not closed", "", "", "id,name,city\n1,\"A,Newark\n2,B,Newark\n", []string{
			"2 B Newark", "invalid row row 2: has a quotation mark that opens a cell and is not closed",
		}},
		{"formulas that went wrong", "", "", "id,name,city\n1,A,#REF!\n#N/A,B,\n2,#NAME?,\n", []string{
			"1 A", "invalid id row 3: location.id (id) must not be empty", "invalid name row 4: location.name (name) must not be empty",
			"invalid city, row 2: location.city (city) has a formula that went wrong: #REF!", "invalid id, row 3", "invalid name, row 4",
		}},
		{"ids that Excel rounded", "", "", "id,name,city\n1.23457E+11,A,\n1.23457E+11,B,\n1,C,\n", []string{
			"1 C", `invalid id row 2: location.id (id) was rounded by a spreadsheet program, to "1.23457E+11": format the column as text`, "invalid id row 3",
		}},
		{"an id that is there twice", "", "", "id,name,city\n1,A,\n1,B,\n2,C,\n", []string{
			"1 A", "2 C", `id of another place row 3: location.id (id) is "1", as in row 2, which is taken: give each place its own, or set rows`,
		}},
		{"columns of one name", "", "", "id,name,city,Name,city\n1,A,B,C,D\n", []string{get + `location.city: 2 columns are called "city": give each a name of its own`}},
		{"columns of one name that nobody needs", "", "", "id,name,city,x,x\n1,A,B,,\n", []string{"1 A B"}},
		{"half an id", "location: {id: [id, city], name: name, state: {value: NJ}}", "", "id,name,city\n1,A,B\n1,A,\n", []string{"1-B A", "invalid id row 3: location.id (id, city) must not be empty"}},
		{"columns that differ by case", "", "", "ID,id,name,city\n1,2,A,B\n", []string{"2 A B"}},
		{"columns that are missing", "", "", "ident,name,town\n1,A,B\n", []string{
			get + `there is no column "id" (location.id), "city" (location.city); those in row 1 are "ident", "name", "town". If the header`,
		}},
		{"no rows", "", "", "id,name,city\n", nil},
		{"nothing", "", "", "", []string{get + "is empty: there is no header"}},
		{"nothing but empty rows", "", "", "\n,,\n", []string{get + "there is no header: all rows are empty"}},
		{"a header that is not there", "header_row: 9", "", "id,name,city\n", []string{get + "header_row: there is no row 9"}},
		{"no row that can be read", "", "", "id,name,city\n,A,\n,B,\n", []string{
			"invalid id row 2", "invalid id row 3", get + "none of the 2 records can be read; the first: row 2: location.id (id) must not be empty",
		}},
		{"a page", "", "text/html; charset=utf-8", "id,name,city\n", []string{get + "the answer is a web page, not data: give the address of the data itself"}},
		{"a page that says it is data", "format: json", "application/json", "\uFEFF\n<!doctype html>", []string{get + "the answer is a web page, not data"}},
		{"an Excel workbook", "", "", "PK\x03\x04\x14\x00", []string{get + "is an Excel workbook or a ZIP archive, not CSV: save it as CSV (UTF-8)"}},
		{"an old Excel workbook", "", "", "\xD0\xCF\x11\xE0\xA1", []string{get + "is an old Excel workbook"}},
		{"a PDF", "", "", "%PDF-1.7", []string{get + "is a PDF document"}},
		{"a compressed file", "", "", "\x1F\x8B\x08", []string{get + "is compressed"}},

		{"a list", "", "", ` [{"id": 1, "name": "A", "city": ["Newark"]}, {"id": "2", "name": "B", "city": []}]`, []string{"1 A Newark", "2 B"}},
		{"an empty list", "", "application/json", "[]", nil},
		{"a list deep inside", "items: a.b[1].c", "", `{"a": {"b": [0, {"c": [{"id": 1, "name": "A", "city": true}]}]}}`, []string{"1 A true"}},
		{"no list", "", "", `{"data": [], "meta": 1}`, []string{get + `items must lead to the list of records, and there is an object with "data", "meta"`}},
		{"nothing at items", "items: data.clinic", "", `{"data": {"clinics": []}}`, []string{get + `items: there is nothing at data.clinic: an object with "clinics"`}},
		{"no element at items", "items: data[2]", "", `{"data": []}`, []string{get + `items: there is nothing at data[2]: a list`}},
		{"an object at items", "items: data", "", `{"data": {"a": 1}}`, []string{get + `items must lead to the list of records, and there is an object with "a"`}},
		{"no JSON", "format: json", "", `[{"id": 1`, []string{get + "is not JSON: unexpected end of JSON input"}},
		{"an empty body for JSON", "format: json", "", "", []string{get + "is not JSON: unexpected end of JSON input"}},
		{"lines for JSON", "", "application/json", "{\"id\": 1}\n{\"id\": 2}\n", []string{get + "is not JSON: invalid character '{' after top-level value; if each line is a record of its own, set format: ndjson"}},
		{"fields that no record has", "", "application/json", `[{"ident": 1, "name": "A"}, {"ident": 2}]`, []string{
			`invalid id item 1: location.id: there is no "id" in it; it is an object with "ident", "name"`, "invalid id item 2",
			get + `none of the 2 records can be read; the first: item 1: location.id: there is no "id" in it`,
		}},
		{"a field that no record has", "", "application/json", `[{"id": 1, "name": "A", "town": 1}]`, []string{"1 A", `no location.city, plain: no record has "city"`}},
		{"values that are no texts", "", "application/json", `[{"id": {"a": 1}, "name": "A"}, {"id": 2, "name": ["A", "B"]}, {"id": 3, "name": "C", "city": [[["X"]]]}, {"id": 4, "name": [{}]}]`, []string{
			"3 C X", "invalid id item 1", "invalid name item 2", "invalid name item 4",
			`invalid id, item 1: location.id (id) must be a single value, not an object with "a"`,
			"invalid name, item 2: location.name (name) must be a single value, not a list of 2", "invalid name, item 4",
		}},
		{"JSON in UTF-16", "", "", utf16(`[{"id": 1, "name": "É", "city": null}]`), []string{"1 É"}},
		{"items in CSV", "items: data", "text/csv", "id,name,city\n", []string{get + "items is for JSON, and this is CSV"}},
		{"items in NDJSON", "items: data", "application/x-ndjson", "{}\n", []string{get + "items is for JSON that is one whole"}},
		{"lines", "", "application/x-ndjson", "\uFEFF{\"id\": 1, \"name\": \"A\", \"city\": \"\"}\r\n\r\n{\"id\": 2, \"name\": \"B\"}", []string{"1 A", "2 B"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			entry := plain
			if strings.HasPrefix(test.more, "location:") {
				entry, _, _ = strings.Cut(plain, "location:")
			}
			got := run(t, checked(t, entry+test.more), text(test.contentType, test.body))
			told := got.told()
			for i := range told {
				if i < len(test.want) && strings.HasPrefix(told[i], test.want[i]) {
					told[i] = test.want[i]
				}
			}
			if diff := cmp.Diff(test.want, told); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestRefusalsOfServersAreExplained(t *testing.T) {
	for _, test := range []struct {
		url    string
		status int
		want   string
	}{
		{"https://docs.google.com/spreadsheets/d/1AbC/edit", 401, `401 Unauthorized: in Google Sheets, share the spreadsheet with "Anyone with the link"`},
		{"https://docs.google.com/spreadsheets/d/1AbC/edit", 200, `the answer is a web page, not data: in Google Sheets, share the spreadsheet with "Anyone with the link"`},
		{"https://county.sharepoint.com/:x:/s/a?e=b", 200, "the answer is a web page, not data: share the file with anyone who has the link"},
		{"https://county.example/a", 403, "GET https://county.example/a: 403 Forbidden"},
		{"https://county.example/a?key=topsecret", 500, "GET https://county.example/a?key="},
	} {
		c := config(t, plain)
		c.URL = test.url
		a := text("text/html", "<html>Sign in")
		a.status = test.status
		got := run(t, c, a)
		if got.err == nil || !strings.Contains(got.err.Error(), test.want) || strings.Contains(got.err.Error(), "topsecret") {
			t.Errorf("%s: %v, want %s", test.url, got.err, test.want)
		}
	}
}

// endless gives a text again and again.
type endless struct {
	text string
	read int64
}

func (e *endless) Read(p []byte) (int, error) {
	for n := 0; n < len(p); {
		done := copy(p[n:], e.text[e.read%int64(len(e.text)):])
		n += done
		e.read += int64(done)
	}
	return len(p), nil
}

// count reads a feed, keeps nothing, and gives how many places there are and the last error.
func count(t *testing.T, c *feed.Config, o fetch.Options) (places int, failure error) {
	t.Helper()
	for _, err := range c.Definition().New(source.Env{
		Fetch: fetch.New(o), Now: func() time.Time { return noon }, Warn: func(source.Warning) {},
	}).Records(t.Context(), source.Query{}) {
		if failure = err; err == nil {
			places++
		}
	}
	return places, failure
}

func TestLargeInputs(t *testing.T) {
	for _, test := range []struct {
		name, more, start, again string
		most                     int64 // that the client takes
		want                     string
	}{
		{"rows without end", "", "id,name,city\n", "1,A,Newark\n", 1 << 20, "the body is too large: more than 1048576 bytes"},
		{"a row without end", "", "id,name,city\n", "xxxxxxxx", 12 << 20, "the body is too large"},
		{"a cell without end", "", "id,name,city\n\"", "x\n" + strings.Repeat("x", 1000), 12 << 20, "the body is too large"},
		{"a header without end", "", "", "xxxxxxxx", 12 << 20, "row 1, the header, is longer than 4 MB"},
		{"a line without end", "format: ndjson", "", `{"a":`, 12 << 20, "the body is too large"},
		{"JSON without end", "format: json", "[", `{"id":1},`, 0, "the body is too large: JSON of more than 64 MB"},
		{"JSON that is deep", "format: json", "", "[", 4 << 20, "the body is too large"},
	} {
		t.Run(test.name, func(t *testing.T) {
			body := &endless{text: test.again}
			c := checked(t, plain+test.more)
			_, failure := count(t, c, fetch.Options{
				Transport: answer{body: io.MultiReader(strings.NewReader(test.start), body)}, MaxBytes: test.most,
			})
			if failure == nil || !strings.Contains(failure.Error(), test.want) || !strings.HasPrefix(failure.Error(), "GET https://county.example/clinics: ") {
				t.Errorf("the run ends with %v, want %s", failure, test.want)
			}
			if body.read > 80<<20 {
				t.Errorf("%d bytes were read", body.read)
			}
		})
	}
}

func TestTooManyPlaces(t *testing.T) {
	var body strings.Builder
	body.WriteString("id,name,city\n")
	for i := range 200_001 {
		fmt.Fprintf(&body, "%d,A,\n", i)
	}
	places, failure := count(t, checked(t, plain), fetch.Options{Transport: text("", body.String())})
	if places != 200_000 || failure == nil || !strings.HasSuffix(failure.Error(), "there are more than 200000 places") {
		t.Errorf("%d places, then %v", places, failure)
	}
}

func TestBrokenBody(t *testing.T) {
	body := func() io.Reader {
		return io.MultiReader(strings.NewReader("id,name,city\n1,A,\n2,B,\n"), brokenReader{})
	}
	got := run(t, checked(t, plain), answer{body: body()})
	if diff := cmp.Diff([]string{"1 A", "2 B", "GET https://county.example/clinics: GET https://county.example/clinics: reading the body: connection lost"}, got.told()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got = run(t, checked(t, plain+"header_row: 9"), answer{body: body()}); got.err == nil || !strings.Contains(got.err.Error(), "connection lost") {
		t.Errorf("before the header: %v", got.err)
	}
	// What is known of a place by half of its rows is not true.
	c := checked(t, plain+"rows: slots\ntime_zone: America/New_York\navailability: {slots: {start: city}}")
	if got = run(t, c, answer{body: body()}); len(got.updates) > 0 || got.err == nil {
		t.Errorf("got %v, %v", got.updates, got.err)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("connection lost") }

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "clinics.csv")
	write := func(text string, changed time.Time) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, changed, changed); err != nil {
			t.Fatal(err)
		}
	}
	c := config(t, strings.Replace(plain, "url: https://county.example/clinics", "file: clinics.csv", 1))
	if errs := c.Check(); errs != nil {
		t.Fatal(errs)
	}
	c.Dir = dir

	changed := noon.Add(-time.Hour)
	write("id,name,city\n1,A,Newark\n", changed)
	got := run(t, c, nil)
	want := []univaf.Update{{
		Location: univaf.Location{
			ExternalIDs: univaf.ExternalIDs{{System: "plain", Value: "1"}}, Provider: "county", LocationType: univaf.Clinic,
			Name: "A", City: "Newark", State: "NJ",
		},
		Given:          univaf.FieldSet(0).With("city", "state"),
		Availability:   &univaf.Availability{Source: "plain", Available: univaf.Unknown, ValidAt: changed, CheckedAt: noon, IsPublic: true},
		UpdateLocation: true,
	}}
	if diff := cmp.Diff(want, got.updates); diff != "" || got.err != nil || len(got.warnings) > 0 {
		t.Errorf("(-want +got):\n%s\n%v", diff, got.told())
	}

	write("id,name,city\n1,A,Newark\n", noon.AddDate(0, 0, -8))
	if got := run(t, c, nil); got.kinds()["the feed is old"] != 1 || len(got.updates) != 1 {
		t.Errorf("an old file: %v", got.told())
	}
	write("id,name,city\n1,A,Newark\n", noon.AddDate(0, 0, 8))
	if got := run(t, c, nil); len(got.updates) != 1 || !got.updates[0].Availability.ValidAt.IsZero() {
		t.Errorf("a file from the future: %v", got.told())
	}
	if err := os.Truncate(name, 256<<20+1); err != nil {
		t.Fatal(err)
	}
	if got := run(t, c, nil); got.err == nil || got.err.Error() != "file "+name+": the body is too large: more than 256 MB" {
		t.Errorf("a large file: %v", got.err)
	}
	write("<html>", changed)
	if got := run(t, c, nil); got.err == nil || !strings.Contains(got.err.Error(), "file "+name+": the answer is a web page") {
		t.Errorf("a page: %v", got.told())
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if got := run(t, c, nil); !errors.Is(got.err, os.ErrNotExist) || !strings.Contains(got.err.Error(), name) {
		t.Errorf("no file: %v", got.err)
	}
	c.Dir, c.File = "/nowhere", dir
	if got := run(t, c, nil); got.err == nil || !strings.HasSuffix(got.err.Error(), dir+": is not a file") {
		t.Errorf("a folder: %v", got.err)
	}
}

func TestHeadersGoToTheirHostAlone(t *testing.T) {
	var at []string
	note := func(w http.ResponseWriter, r *http.Request) {
		at = append(at, r.URL.Path+" "+r.Header.Get("X-Key"))
		if r.URL.Path == "/there" {
			_, _ = w.Write([]byte("id,name,city\n1,A,B\n"))
		}
	}
	other := httptest.NewServer(http.HandlerFunc(note))
	defer other.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		note(w, r)
		http.Redirect(w, r, other.URL+"/there", http.StatusFound)
	}))
	defer server.Close()
	c := config(t, plain+"headers: {X-Key: topsecret}")
	c.URL = server.URL + "/here"
	got := run(t, c, nil)
	// The other one is in a private network, to which a feed may not lead.
	if diff := cmp.Diff([]string{"/here topsecret"}, at); diff != "" || !errors.Is(got.err, fetch.ErrPrivateAddress) {
		t.Errorf("(-want +got):\n%s\n%v", diff, got.err)
	}
}

func TestRecordsCanBeLeft(t *testing.T) {
	c := checked(t, plain)
	for most := range 4 {
		body := "id,name,city\n1,A,\n,B,\n3,C,\n"
		n := 0
		for range c.Definition().New(source.Env{
			Fetch: fetch.New(fetch.Options{Transport: answer{body: bytes.NewReader([]byte(body))}}),
			Now:   func() time.Time { return noon }, Warn: func(source.Warning) {},
		}).Records(t.Context(), source.Query{}) {
			if n++; n > most {
				break
			}
		}
		if want := min(most+1, 3); n != want {
			t.Errorf("%d records, want %d", n, want)
		}
	}
}
