package cli_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"getmyvax.org/univaf/internal/cli"
	"getmyvax.org/univaf/internal/pgtest"
)

// command runs a command of the program.
func command(t *testing.T, env map[string]string, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := cli.Run(t.Context(), args, func(name string) string { return env[name] }, &stdout, &stderr)
	return result{code, stdout.String(), stderr.String()}
}

// writeDay writes the file of a table and day, gzipped, and gives its path.
func writeDay(t *testing.T, folder, table, date string, lines ...string) string {
	t.Helper()
	path := filepath.Join(folder, table, table+"-"+date+".ndjson.gz")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	fmt.Fprintln(zip, strings.Join(lines, "\n"))
	_ = zip.Close()
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// uuid gives an id that ends in the digits.
func uuid(digits string) string {
	return "11111111-1111-4111-8111-" + strings.Repeat("0", 12-len(digits)) + digits
}

// A place of 2021, with what has no field today, and one of 2023, which is private.
var (
	oldPlace = `{"id":"` + uuid("1") + `","provider":"rite_aid","location_type":"PHARMACY","name":"Rite Aid 1","address_lines":["1 Main St"],"city":"Salem",` +
		`"state":"nj","postal_code":"8079","county":null,"position":{"longitude":-75.46,"latitude":39.57},"info_phone":null,"info_url":null,"booking_phone":null,` +
		`"booking_url":null,"eligibility":"65+","description":null,"requires_waitlist":false,"meta":{"a":1},"is_public":true,"internal_notes":null,` +
		`"created_at":"2021-05-01T10:00:00.000Z","updated_at":"2021-06-01T10:00:00.000Z","id_old":"rite_aid:1","external_ids_old":{"rite_aid":"1"}}`
	newPlace = `{"id":"` + uuid("2") + `","provider":null,"name":"Clinic 2","state":"MA","postal_code":"2101-1234","minimum_age_months":36,` +
		`"position":"0101000020E610000000000000008052C00000000000004540","is_public":false,"internal_notes":"closed",` +
		`"created_at":"2022-01-01T00:00:00.000Z","updated_at":"2023-01-01T00:00:00.000Z"}`
	oldIDs = []string{
		`{"id":1,"provider_location_id":"` + uuid("1") + `","system":"rite_aid","value":"00001","created_at":"2021-05-24T22:20:28.290Z"}`,
		`{"id":2,"provider_location_id":"` + uuid("1") + `","system":"npi_usa","value":"17","created_at":"2021-05-24T22:20:28.290Z"}`,
		`{"id":"3","provider_location_id":"` + uuid("2") + `","system":"shared","value":"x"}`,
		`{"id":"4","provider_location_id":"` + uuid("1") + `","system":"shared","value":"x"}`,
	}
	oldReports = []string{
		`{"id":7,"source":"univaf-rite-aid","location_id":"` + uuid("1") + `","valid_at":"2023-06-01T00:00:00.000Z","checked_at":"2023-06-01T00:10:00.000Z",` +
			`"changed_at":"2023-05-30T00:00:00.000Z","available":"YES","meta":null,"is_public":true,"available_count":3,"products":["pfizer"],"doses":null,"capacity":null,"slots":null}`,
		`{"id":8,"source":"cdc","location_id":"` + uuid("1") + `","valid_at":"2023-05-01T00:00:00.000Z","checked_at":"2023-06-01T00:10:00.000Z",` +
			`"changed_at":"2023-05-01T00:00:00.000Z","available":"NO","is_public":true}`,
	}
)

func writeArchive(t *testing.T) string {
	folder := t.TempDir()
	writeDay(t, folder, "provider_locations", "2023-06-01", oldPlace, newPlace)
	writeDay(t, folder, "external_ids", "2023-06-01", oldIDs...)
	writeDay(t, folder, "availability", "2023-06-01", oldReports...)
	return folder
}

// facts gives some members of a place, as those see it who may see everything.
func (s *server) facts(id string, names ...string) map[string]any {
	s.t.Helper()
	status, _, body := s.get("/api/v1/locations/"+id+"?include_private=true", "X-Api-Key", testKey)
	if status != http.StatusOK {
		return map[string]any{"status": status}
	}
	all := at(parse(s.t, body), "data")
	some := map[string]any{}
	for _, name := range names {
		some[name] = at(all, name)
	}
	return some
}

func TestAnImportKeepsWhatThePastSaid(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			env := map[string]string{"DB_URL": e.url(t)}
			s := startServer(t, env).ready()
			for i, want := range []string{"external_ids 4 0 0 0 0; provider_locations 2 2 0 0 0; availability 2 2 0 0 0", "external_ids 4 0 0 0 0; provider_locations 2 0 0 2 0; availability 2 0 0 2 0"} {
				got := command(t, env, "import", writeArchive(t))
				if diff := cmp.Diff(want, table(got.stdout)); diff != "" || got.code != 0 {
					t.Fatalf("run %d: exit code %d (-want +got):\n%s%s", i, got.code, diff, got.stderr)
				}
			}
			eventually(t, "the server has the places", func() bool { return s.facts(uuid("1"), "name")["name"] == "Rite Aid 1" })
			want := map[string]any{
				"state": "NJ", "postal_code": "08079", "meta": map[string]any{"a": 1.0, "eligibility": "65+"}, "position": map[string]any{"longitude": -75.46, "latitude": 39.57},
				"external_ids": []any{[]any{"rite_aid", "00001"}, []any{"npi_usa", "17"}, []any{"shared", "x"}},
				"created_at":   "2021-05-01T10:00:00.000Z", "updated_at": "2021-06-01T10:00:00.000Z", "is_public": true,
			}
			if diff := cmp.Diff(want, s.facts(uuid("1"), "state", "postal_code", "meta", "position", "external_ids", "created_at", "updated_at", "is_public")); diff != "" {
				t.Errorf("place of 2021 (-want +got):\n%s", diff)
			}
			want = map[string]any{
				"provider": "unknown", "postal_code": "02101-1234", "minimum_age_months": 36.0, "position": map[string]any{"longitude": -74.0, "latitude": 42.0},
				"external_ids": []any{[]any{"shared", "x"}}, "is_public": false, "internal_notes": "closed",
			}
			if diff := cmp.Diff(want, s.facts(uuid("2"), "provider", "postal_code", "minimum_age_months", "position", "external_ids", "is_public", "internal_notes")); diff != "" {
				t.Errorf("place of 2023 (-want +got):\n%s", diff)
			}
			_, _, body := s.get("/api/v1/locations/" + uuid("1"))
			if text := string(body); !strings.Contains(text, `"changed_at":"2023-05-30T00:00:00.000Z"`) {
				t.Errorf("availability: %s", text)
			}
			_, _, body = s.get("/api/v1/locations/" + uuid("1") + "/history?from=2021-01-01T00:00:00Z")
			if text := string(body); !strings.Contains(text, "2023-05-30T00:00:00.000Z") || strings.Contains(text, time.Now().UTC().Format("2006-01-02T")) {
				t.Errorf("the history tells of other days than the archive: %s", text)
			}
		})
	}
}

// table gives the lines of a printed table with single spaces, without its head.
func table(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	return strings.Join(lines[min(1, len(lines)):], "; ")
}

func TestAnImportGivesWayToNewerData(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		s.put(map[string]any{
			"external_ids": [][]string{{"rite_aid", "00001"}}, "name": "Rite Aid now", "provider": "rite_aid", "state": "NJ",
			"availability": map[string]any{"source": "univaf-rite-aid", "checked_at": "2026-11-01T00:00:00Z", "available": "NO"},
		})
		env := map[string]string{"DB_URL": s.env["DB_URL"]}
		got := command(t, env, "import", writeArchive(t))
		if want := "external_ids 4 0 0 0 0; provider_locations 2 1 1 0 0; availability 2 1 0 1 0"; table(got.stdout) != want || got.code != 0 {
			t.Fatalf("exit code %d, %q:\n%s", got.code, table(got.stdout), got.stderr)
		}
		// The id of old still finds the place.
		eventually(t, "the place is known by its id of old", func() bool {
			status, headers, _ := s.get("/api/v1/locations/" + uuid("1"))
			return status == http.StatusOK || headers.Get("Location") != ""
		})
		_, _, body := s.get("/api/v1/locations/rite_aid:00001")
		if text := string(body); !strings.Contains(text, "Rite Aid now") || !strings.Contains(text, `"univaf_v1","`+uuid("1")) || strings.Contains(text, `"source":"univaf-rite-aid","available":"YES"`) {
			t.Errorf("the place that was known: %s", text)
		}
	})
}

func TestAnImportTellsOfBadLinesAndGoesOn(t *testing.T) {
	folder := t.TempDir()
	writeDay(t, folder, "provider_locations", "2022-03-01", `{nope`, oldPlace, `[]`, strings.ReplaceAll(newPlace, `"MA"`, `"Atlantis"`),
		strings.ReplaceAll(strings.ReplaceAll(newPlace, uuid("2"), uuid("3")), `"position":"01`, `"location_type":"SHOP","position":"9`), `{"id":"cvs:1","name":"n","provider":"p","state":"NJ"}`)
	writeDay(t, folder, "external_ids", "2022-03-01", oldIDs[0], `{"system":"a"}`, `7`)
	reports := writeDay(t, folder, "availability", "2022-03-01", append(oldReports, strings.ReplaceAll(oldReports[0], uuid("1"), uuid("9")),
		strings.Repeat(oldReports[0]+"\n", 5000))...)
	data, err := os.ReadFile(reports)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(reports, data[:len(data)*3/4], 0o644); err != nil {
		t.Fatal(err)
	}
	got := command(t, map[string]string{"DB_URL": "sqlite:" + filepath.Join(t.TempDir(), "univaf.db")}, "import", "file://"+folder, "--date", "2022-03-01")
	if got.code != 1 {
		t.Errorf("exit code %d", got.code)
	}
	for _, text := range []string{
		"external_ids-2022-03-01.ndjson.gz:2", "/provider_location_id is required", "external_ids-2022-03-01.ndjson.gz:3",
		"provider_locations-2022-03-01.ndjson.gz:1", "provider_locations-2022-03-01.ndjson.gz:3", "provider_locations-2022-03-01.ndjson.gz:4", "Atlantis",
		"provider_locations-2022-03-01.ndjson.gz:5", "/location_type must be one of", "/position must be a point", "provider_locations-2022-03-01.ndjson.gz:6",
		"availability-2022-03-01.ndjson.gz:3", "there is no such location", "the file is truncated", "a file ended too soon",
	} {
		if !strings.Contains(got.stderr, text) {
			t.Errorf("%q is not in the log", text)
		}
	}
	if !strings.Contains(table(got.stdout), "provider_locations 6 2 0 0 4;") || !strings.HasPrefix(table(got.stdout), "external_ids 3 0 0 0 2;") {
		t.Errorf("%s", table(got.stdout))
	}
	if t.Failed() {
		t.Logf("%s", got.stderr)
	}
}

func TestADayWithNothingButALog(t *testing.T) {
	folder := t.TempDir()
	writeDay(t, folder, "provider_locations", "2021-06-03", oldPlace)
	writeDay(t, folder, "external_ids", "2021-06-03", oldIDs[0])
	said := func(checked, available string) string {
		return `{"source":"s","location_id":"` + uuid("1") + `","valid_at":"2021-05-20T` + checked + `Z","checked_at":"2021-05-20T` + checked + `Z","available":"` + available + `","is_public":true}`
	}
	writeDay(t, folder, "availability_log", "2021-05-20", said("10:00:00", "NO"), said("11:00:00", "YES"),
		`{"source":"s","location_id":"`+uuid("1")+`","checked_at":"2021-05-20T12:00:00Z"}`, `{nope`)
	archive := httptest.NewServer(http.FileServer(http.Dir(folder))) // which can't be listed as a bucket
	defer archive.Close()
	env := map[string]string{"DB_URL": "sqlite:" + filepath.Join(t.TempDir(), "univaf.db")}
	got := command(t, env, "import", archive.URL, "--date", "2021-05-20")
	if want := "external_ids 1 0 0 0 0; provider_locations 1 1 0 0 0; availability 0 0 0 0 0; availability_log 1 1 0 0 1"; table(got.stdout) != want || got.code != 0 {
		t.Fatalf("exit code %d: %s\n%s", got.code, table(got.stdout), got.stderr)
	}
	if !strings.Contains(got.stderr, "places=2021-06-03") || !strings.Contains(got.stderr, "availability_log-2021-05-20.ndjson.gz:4") {
		t.Errorf("%s", got.stderr)
	}
	s := startServer(t, env).ready()
	_, _, body := s.get("/api/v1/locations/" + uuid("1"))
	if text := string(body); !strings.Contains(text, `"available":"YES"`) || !strings.Contains(text, `"checked_at":"2021-05-20T12:00:00.000Z"`) {
		t.Errorf("availability: %s", text)
	}
}

func TestImportUsage(t *testing.T) {
	archive := httptest.NewServer(http.NotFoundHandler())
	defer archive.Close()
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{archive.URL}, 2, "name a day with --date"},
		{[]string{archive.URL, "--date", "2021-05-20"}, 1, "no files of that day"},
		{[]string{t.TempDir()}, 1, "no files of that day"},
		{[]string{t.TempDir(), "--date", "yesterday"}, 2, "--date must be a day"},
		{[]string{"ftp://a/b", "--date", "2021-05-20"}, 2, "not at ftp://"},
		{[]string{filepath.Join(t.TempDir(), "nowhere")}, 2, "nowhere"},
		{[]string{"postgres://a/b", "--date", "2021-05-20"}, 2, "--date is for archives"},
	} {
		got := command(t, map[string]string{"DB_URL": "sqlite:" + filepath.Join(t.TempDir(), "univaf.db")}, append([]string{"import"}, test.args...)...)
		if got.code != test.code || !strings.Contains(got.stderr, test.want) {
			t.Errorf("%v: exit code %d: %s", test.args, got.code, got.stderr)
		}
	}
}

// oldSchema is that of the old server, as far as it matters, without PostGIS: a geography
// comes as EWKB, as it does from PostGIS.
const oldSchema = `
CREATE TABLE provider_locations (id uuid PRIMARY KEY, provider varchar, location_type varchar, name varchar NOT NULL, address_lines text[], city varchar,
	state varchar, postal_code varchar, county varchar, position text, info_phone varchar, info_url text, booking_phone varchar, booking_url text,
	description text, requires_waitlist boolean DEFAULT false, meta jsonb, is_public boolean NOT NULL DEFAULT true, internal_notes text,
	created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL, minimum_age_months integer);
CREATE TABLE external_ids (id bigserial, provider_location_id uuid, system text, value text, created_at timestamptz DEFAULT now());
CREATE TABLE availability (id serial, location_id uuid NOT NULL, source varchar NOT NULL, valid_at timestamptz, checked_at timestamptz NOT NULL,
	changed_at timestamptz NOT NULL, available varchar NOT NULL, meta jsonb, is_public boolean DEFAULT true, available_count integer,
	products varchar(128)[], doses varchar(128)[], capacity jsonb[], slots jsonb[]);
INSERT INTO provider_locations (id, provider, name, address_lines, state, position, created_at, updated_at)
	VALUES ('11111111-1111-4111-8111-000000000001', 'cvs', 'CVS "1"', '{"1 Main St","Suite 2"}', 'NJ', '0101000020E610000000000000008052C00000000000004540',
	'2021-05-01 10:00:00+00', '2021-06-01 10:00:00.123+00');
INSERT INTO external_ids (provider_location_id, system, value) VALUES ('11111111-1111-4111-8111-000000000001', 'cvs', '1'),
	('11111111-1111-4111-8111-000000000001', 'univaf_v1', '22222222-2222-4222-8222-222222222222');
INSERT INTO availability (location_id, source, valid_at, checked_at, changed_at, available, products, slots)
	VALUES ('11111111-1111-4111-8111-000000000001', 's', '2023-06-01 00:00:00+00', '2023-06-01 00:00:00+00', '2023-05-01 00:00:00+00', 'YES', '{pfizer,moderna}',
	ARRAY['{"start":"2023-06-02T09:00:00-08:00","available":"YES"}'::jsonb]);
`

func TestAnOldDatabaseMovesIn(t *testing.T) {
	old := pgtest.URL(t)
	for statement := range strings.SplitSeq(oldSchema, ";\n") {
		if strings.TrimSpace(statement) != "" {
			runSQL(t, old, statement)
		}
	}
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		got := command(t, s.env, "import", old)
		if want := "external_ids 2 0 0 0 0; provider_locations 1 1 0 0 0; availability 1 1 0 0 0"; table(got.stdout) != want || got.code != 0 {
			t.Fatalf("exit code %d: %s\n%s", got.code, table(got.stdout), got.stderr)
		}
		eventually(t, "the server has the place", func() bool { return s.facts(uuid("1"), "name")["name"] == `CVS "1"` })
		want := map[string]any{
			"address_lines": []any{"1 Main St", "Suite 2"}, "position": map[string]any{"longitude": -74.0, "latitude": 42.0}, "updated_at": "2021-06-01T10:00:00.123Z",
		}
		if diff := cmp.Diff(want, s.facts(uuid("1"), "address_lines", "position", "updated_at")); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		_, _, body := s.get("/api/edge/locations/22222222-2222-4222-8222-222222222222")
		if text := string(body); !strings.Contains(text, `"2023-06-02T09:00:00-08:00"`) && !strings.Contains(text, uuid("1")) {
			t.Errorf("by the id of before a merge: %s", text)
		}
	})
	if got := command(t, map[string]string{"DB_URL": "sqlite:" + filepath.Join(t.TempDir(), "univaf.db")}, "import", pgtest.URL(t)); got.code != 1 || !strings.Contains(got.stderr, "no database of the old UNIVAF") {
		t.Errorf("of another database: exit code %d: %s", got.code, got.stderr)
	}
}

func TestAKilledImportIsFinishedByTheNext(t *testing.T) {
	folder := t.TempDir()
	var places, ids, reports []string
	const n = 2000
	for i := range n {
		id := uuid(fmt.Sprint(i))
		places = append(places, strings.ReplaceAll(oldPlace, uuid("1"), id))
		ids = append(ids, `{"provider_location_id":"`+id+`","system":"shop","value":"`+fmt.Sprint(i)+`"}`)
		reports = append(reports, strings.ReplaceAll(oldReports[0], uuid("1"), id))
	}
	writeDay(t, folder, "provider_locations", "2023-06-01", places...)
	writeDay(t, folder, "external_ids", "2023-06-01", ids...)
	writeDay(t, folder, "availability", "2023-06-01", reports...)
	env := map[string]string{"DB_URL": "sqlite:" + filepath.Join(t.TempDir(), "univaf.db")}
	for _, after := range []time.Duration{20, 150, 300} {
		program, _ := asProcess(t, &syncBuffer{}, []string{"DB_URL=" + env["DB_URL"]}, "import", folder)
		time.Sleep(after * time.Millisecond)
		_ = program.Kill()
	}
	if got := command(t, env, "import", folder); got.code != 0 {
		t.Fatalf("exit code %d: %s", got.code, got.stderr)
	}
	s := startServer(t, env).ready()
	_, _, body := s.get("/api/edge/availability?limit=2000")
	if got := strings.Count(string(body), `"available":"YES"`); got != n {
		t.Errorf("%d places have availability, not %d", got, n)
	}
	got := command(t, env, "import", folder)
	if want := fmt.Sprintf("external_ids %d 0 0 0 0; provider_locations %d 0 0 %d 0; availability %d 0 0 %d 0", n, n, n, n, n); table(got.stdout) != want {
		t.Errorf("again: %s", table(got.stdout))
	}
}

func TestTheLogIsPrinted(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		s.ready().put(place("1"))
		s.put(map[string]any{"external_ids": [][]string{{"shop", "1"}}, "availability": map[string]any{"source": "s", "checked_at": "2026-11-01T00:00:00Z", "available": "NO"}})
		got := command(t, s.env, "log", "--since", "1h")
		var kinds []string
		for line := range strings.Lines(got.stdout) {
			entry := parse(t, []byte(line)).(map[string]any)
			for _, kind := range []string{"location", "availability", "checks"} {
				if entry[kind] != nil {
					kinds = append(kinds, kind)
				}
			}
		}
		if len(kinds) < 2 || kinds[0] != "location" || got.code != 0 {
			t.Errorf("exit code %d, %v:\n%s%s", got.code, kinds, got.stdout, got.stderr)
		}
		if got := command(t, s.env, "log", "--since", "2100-01-01"); got.code != 0 || got.stdout != "" {
			t.Errorf("of the future: %v", got)
		}
		if got := command(t, s.env, "log", "--since", "noon"); got.code != 2 || !strings.Contains(got.stderr, "--since must be") {
			t.Errorf("since noon: %v", got)
		}
	})
}
