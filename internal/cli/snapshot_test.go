package cli_test

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// thisDay and dayBefore are days of UTC, by the clock of the program.
func thisDay() string   { return time.Now().UTC().Format(time.DateOnly) }
func dayBefore() string { return time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly) }

// ndjsonRows reads gzipped NDJSON.
func ndjsonRows(t *testing.T, r io.Reader) (list []map[string]any) {
	t.Helper()
	z, err := gzip.NewReader(r)
	if err != nil {
		t.Fatal(err)
	}
	for d := json.NewDecoder(z); ; {
		var row map[string]any
		if err := d.Decode(&row); err == io.EOF {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, row)
	}
}

func archivedRows(t *testing.T, folder, table, day string) []map[string]any {
	t.Helper()
	file, err := os.Open(filepath.Join(folder, table, table+"-"+day+".ndjson.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	return ndjsonRows(t, file)
}

// snapshotUpdate is a place with what a source says of it.
func snapshotUpdate(checked time.Time) map[string]any {
	return map[string]any{
		"external_ids": [][]string{{"cvs", "1"}}, "provider": "cvs", "name": "CVS 1", "state": "NJ", "internal_notes": "a secret",
		"availability": map[string]any{"source": "univaf-x", "available": "YES", "checked_at": checked.UTC().Format(time.RFC3339)},
	}
}

func TestSnapshotWritesTheDay(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			env := map[string]string{"DB_URL": e.url(t)}
			s := startServer(t, env).ready()
			for n := range 2 {
				if status, _, body := s.post("/api/v1/update", snapshotUpdate(time.Now().Add(time.Duration(n-5)*time.Minute))); status >= 300 {
					t.Fatalf("%d %s", status, body)
				}
			}
			folder := t.TempDir()
			got := runCommand(t, env, "snapshot", "--to", "file://"+folder, "--date", thisDay())
			if got.code != 0 {
				t.Fatalf("exit code %d: %s", got.code, got.stderr)
			}
			places, records, log := archivedRows(t, folder, "provider_locations", thisDay()), archivedRows(t, folder, "availability", thisDay()), archivedRows(t, folder, "availability_log", thisDay())
			if len(places) != 1 || places[0]["name"] != "CVS 1" || places[0]["internal_notes"] != nil {
				t.Errorf("places: %v", places)
			}
			if len(records) != 1 || records[0]["available"] != "YES" || records[0]["location_id"] != places[0]["id"] {
				t.Errorf("records: %v", records)
			}
			if len(log) != 2 || log[0]["available"] != "YES" || log[1]["available"] != nil || log[1]["checked_at"] != records[0]["checked_at"] {
				t.Errorf("log: %v", log)
			}
			ids := archivedRows(t, folder, "external_ids", thisDay())
			if diff := cmp.Diff([]map[string]any{{"provider_location_id": places[0]["id"], "system": "cvs", "value": "1"}}, ids); diff != "" {
				t.Errorf("external ids (-want +got):\n%s", diff)
			}
		})
	}
}

// startS3 starts a server that speaks S3 and has a bucket, and gives the settings by which
// the old deployment reached it.
func startS3(t *testing.T, bucket string) (gofakes3.Backend, map[string]string) {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket(bucket); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	return backend, map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-west-2",
	}
}

func TestSnapshotTakesTheSettingsOfTheOldTask(t *testing.T) {
	backend, env := startS3(t, "univaf-data-snapshots")
	env["DB_URL"], env["DATA_SNAPSHOT_S3_BUCKET"] = engines[0].url(t), "univaf-data-snapshots"
	if got := runCommand(t, env, "snapshot", "--write-to-s3", "--clear-log"); got.code != 0 {
		t.Fatalf("exit code %d: %s", got.code, got.stderr)
	}
	for _, table := range []string{"provider_locations", "external_ids", "availability", "availability_log"} {
		object, err := backend.GetObject("univaf-data-snapshots", table+"/"+table+"-"+dayBefore()+".ndjson.gz", nil)
		if err != nil {
			t.Errorf("%s: %v", table, err)
			continue
		}
		if got := ndjsonRows(t, object.Contents); len(got) != 0 {
			t.Errorf("%s: %v", table, got)
		}
	}
}

func TestSnapshotRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"a date that is none":       {[]string{"--date", "2026-13-01"}, `--date must be a date, such as 2021-11-01, not "2026-13-01"`},
		"a day to come":             {[]string{"--date", "2999-01-01"}, "nothing is known of the day 2999-01-01: it is yet to come"},
		"a day before all":          {[]string{"--date", "2020-01-01"}, "nothing is known of the day 2020-01-01"},
		"an address that is none":   {[]string{"--to", "gs://bucket"}, "not the address of an archive: gs://bucket: it must start with file:// or s3://"},
		"two slashes for three":     {[]string{"--to", "file://srv/archive"}, "file:///FOLDER with three slashes"},
		"S3 without a bucket":       {[]string{"--write-to-s3"}, "DATA_SNAPSHOT_S3_BUCKET"},
		"a time that is none":       {[]string{"--keep", "soon"}, `must be days, such as 7d, or a time such as 36h, not "soon"`},
		"a database that is not it": {[]string{"--db", "mysql://x"}, "must start with sqlite: or postgres://"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := map[string]string{"UNIVAF_DATA_DIR": t.TempDir()}
			got := runCommand(t, env, append([]string{"snapshot"}, test.args...)...)
			if got.code == 0 || !strings.Contains(got.stderr, test.want) {
				t.Errorf("exit code %d, it says %s", got.code, got.stderr)
			}
		})
	}
}

func TestAServerArchivesTheDayThatIsOver(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			env := map[string]string{"DB_URL": e.url(t), "UNIVAF_ARCHIVE": "file://" + folder}
			startServer(t, env)
			startServer(t, env) // of the two, one writes at a time
			// In the first minutes of a day it is the day before that counts as over.
			day := time.Now().Add(-11*time.Minute).UTC().AddDate(0, 0, -1).Format(time.DateOnly)
			eventually(t, "the day is archived", func() bool {
				data, _ := os.ReadFile(filepath.Join(folder, "days", day, "manifest.json"))
				return strings.Contains(string(data), `"status": "complete"`)
			})
			eventually(t, "it is in the index", func() bool {
				data, _ := os.ReadFile(filepath.Join(folder, "index.html"))
				return strings.Contains(string(data), day)
			})
		})
	}
}

// What a snapshot writes an import reads: another server then says the same.
func TestASnapshotBringsTheSameBack(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			_, here := startS3(t, "days")
			here["DB_URL"] = e.url(t)
			s := startServer(t, here).ready()
			s.put(clinic())
			for _, available := range []string{"YES", "NO", "UNKNOWN"} {
				p := place(available)
				p["availability"].(map[string]any)["available"] = available
				s.put(p)
				p["availability"].(map[string]any)["source"] = "another"
				s.put(p)
			}
			if got := runCommand(t, here, "snapshot", "--to", "s3://days/a/b", "--date", thisDay()); got.code != 0 {
				t.Fatalf("exit code %d: %s", got.code, got.stderr)
			}
			there := maps.Clone(here)
			there["DB_URL"] = e.url(t)
			if got := command(t, there, "import", "s3://days/a/b"); got.code != 0 {
				t.Fatalf("exit code %d: %s", got.code, got.stderr)
			}
			again := startServer(t, there).ready()
			for _, path := range []string{"/api/v1/locations.ndjson", "/api/v1/availability"} {
				_, _, want := s.get(path)
				_, _, got := again.get(path)
				if diff := cmp.Diff(string(want), string(got)); diff != "" || len(want) == 0 {
					t.Errorf("%s (-want +got):\n%s", path, diff)
				}
			}
		})
	}
}
