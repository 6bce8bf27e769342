package archive_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/archive"
	"getmyvax.org/univaf/internal/pgtest"
	"getmyvax.org/univaf/internal/store"
)

// engines are the databases that snapshots are taken of.
var engines = []struct {
	name string
	url  func(t *testing.T) string
}{
	{"sqlite", func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "univaf.db") }},
	{"postgres", func(t *testing.T) string { return pgtest.URL(t) }},
}

// monday is the first day that the tests tell of.
var monday = time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)

// on gives a time of a day: on(1, "08:30") is on Tuesday.
func on(day int, clock string) time.Time {
	t, err := time.Parse("15:04", clock)
	if err != nil {
		panic(err)
	}
	return monday.AddDate(0, 0, day).Add(time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute)
}

func date(day int) string { return monday.AddDate(0, 0, day).Format(time.DateOnly) }

// A world is a database whose clock the test sets, and an archive of it.
type world struct {
	t      *testing.T
	url    string
	db     *store.Store
	clock  atomic.Pointer[time.Time]
	folder string
	bucket *archive.Bucket
	told   []string
}

func newWorld(t *testing.T, url string) *world {
	t.Helper()
	w := &world{t: t, url: url, folder: t.TempDir()}
	w.at(on(0, "00:00"))
	var err error
	if w.db, err = store.Open(context.Background(), store.Options{URL: url, Now: w.now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.db.Close() })
	w.open(w.folder, nil)
	return w
}

// open takes another archive.
func (w *world) open(address string, env map[string]string) {
	w.t.Helper()
	var err error
	if w.bucket, err = archive.OpenBucket(context.Background(), address, func(name string) string { return env[name] }); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = w.bucket.Close() })
}

func (w *world) now() time.Time { return *w.clock.Load() }

func (w *world) at(t time.Time) { w.clock.Store(&t) }

// write commits a batch at a time.
func (w *world) write(at time.Time, f func(*store.Tx)) {
	w.t.Helper()
	w.at(at)
	if _, err := w.db.Write(context.Background(), func(tx *store.Tx) error { f(tx); return nil }); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) archive(change ...func(*archive.Options)) *archive.Archive {
	o := archive.Options{
		Store: w.db, Bucket: w.bucket, License: "CC0-1.0", Generator: "univaf test", TempDir: w.t.TempDir(), Now: w.now,
		Tell: func(message string, args ...any) { w.told = append(w.told, fmt.Sprint(message, " ", args)) },
	}
	for _, f := range change {
		f(&o)
	}
	return archive.New(o)
}

// run writes all days that are missing at a time.
func (w *world) run(at time.Time, change ...func(*archive.Options)) {
	w.t.Helper()
	w.at(at)
	if err := w.archive(change...).Run(context.Background()); err != nil {
		w.t.Fatal(err)
	}
}

func private(o *archive.Options) { o.Private = true }

// lines gives the lines of a file of the archive, "absent" if there is none.
func (w *world) lines(table string, day int) []string {
	w.t.Helper()
	data, err := os.ReadFile(w.path(table, day))
	if err != nil {
		return []string{"absent"}
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		w.t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		w.t.Fatal(err)
	}
	var list []string
	for line := range strings.Lines(string(text)) {
		list = append(list, strings.TrimSpace(line))
	}
	return list
}

func (w *world) path(table string, day int) string {
	return filepath.Join(w.folder, table, table+"-"+date(day)+".ndjson.gz")
}

// manifest gives what a day's manifest says.
func (w *world) manifest(day int) (m manifest) {
	w.t.Helper()
	data, err := os.ReadFile(filepath.Join(w.folder, "days", date(day), "manifest.json"))
	if err == nil {
		err = json.Unmarshal(data, &m)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}

type manifest struct {
	Status        string
	StateAsOf     string `json:"state_as_of"`
	License       string
	Files         []manifestFile
	KnownGaps     []struct{ Reason string } `json:"known_gaps"`
	SourceOutages []struct {
		Source, From, To string
		Runs             int
	} `json:"source_outages"`
}

type manifestFile struct {
	Path, Table, Format, SHA256 string
	Rows, Bytes                 int64
	Kept                        bool
}

// archived is up to where the log is archived.
func (w *world) archived() int64 {
	w.t.Helper()
	seq, err := w.db.Archived(context.Background(), w.bucket.Name)
	if err != nil {
		w.t.Fatal(err)
	}
	return seq
}

func place(name string, created time.Time) univaf.Location {
	return univaf.Location{
		ID: name, Provider: "cvs", Name: "Store " + name, State: "NJ", IsPublic: true, CreatedAt: created, UpdatedAt: created,
	}
}

func record(id string, at time.Time, status univaf.Status) univaf.Availability {
	return univaf.Availability{
		LocationID: id, Source: "univaf-x", Available: status, IsPublic: true, ValidAt: at, CheckedAt: at, ChangedAt: at,
	}
}

// check is a record that was looked at again.
func check(id string, valid, checked time.Time) univaf.Availability {
	return univaf.Availability{LocationID: id, Source: "univaf-x", ValidAt: valid, CheckedAt: checked}
}

// An s3 is a server that speaks S3, in front of which requests can be spoilt.
type s3 struct {
	url   string
	spoil atomic.Pointer[func(http.ResponseWriter, *http.Request) bool]
}

func newS3(t *testing.T) *s3 {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("days"); err != nil {
		t.Fatal(err)
	}
	s := &s3{}
	handler := gofakes3.New(backend).Server()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if spoil := s.spoil.Load(); spoil != nil && (*spoil)(w, r) {
			return
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// env are the settings by which the old deployment reached it.
func (s *s3) env() map[string]string {
	return map[string]string{
		"AWS_ENDPOINT_URL": s.url, "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-west-2",
	}
}
