package store_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/pgtest"
	"getmyvax.org/univaf/internal/store"
	"getmyvax.org/univaf/internal/store/storetest"
)

func TestMain(m *testing.M) {
	storetest.Child()
	os.Exit(m.Run())
}

func raw(driver string, address func(string) string) func(*testing.T, string) *sql.DB {
	return func(t *testing.T, url string) *sql.DB {
		db, err := sql.Open(driver, address(url))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		return db
	}
}

func TestSQLite(t *testing.T) {
	storetest.Run(t, storetest.Engine{
		New: storetest.TempSQLite,
		Raw: raw("sqlite", func(address string) string {
			return "file:" + (&url.URL{Path: strings.TrimPrefix(address, "sqlite:")}).EscapedPath()
		}),
	})
}

func TestPostgres(t *testing.T) {
	storetest.Run(t, storetest.Engine{
		New: func(t *testing.T) string { return pgtest.URL(t) },
		Raw: raw("pgx", func(url string) string { return url }),
	})
}

func TestPostgresShowsReadableViews(t *testing.T) {
	address := pgtest.URL(t)
	s, err := store.Open(context.Background(), store.Options{URL: address, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	at := time.Date(2021, 11, 1, 12, 0, 0, 0, time.UTC)
	_, err = s.Write(context.Background(), func(tx *store.Tx) error {
		l := univaf.Location{
			ID: "a", Provider: "p", Name: "n", State: "NJ", CreatedAt: at, UpdatedAt: at,
			ExternalIDs: univaf.ExternalIDs{{System: "b", Value: "1"}, {System: "a", Value: "2"}},
		}
		a := univaf.Availability{
			LocationID: "a", Source: "s", Available: univaf.Yes, ValidAt: at, CheckedAt: at, ChangedAt: at,
			Slots: []byte(`[{"start":"2021-11-02T09:00:00Z"}]`),
		}
		tx.PutLocations([]univaf.Location{l})
		tx.PutAvailability([]univaf.Availability{a})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	db := raw("pgx", func(url string) string { return url })(t, address)
	var ids, slot string
	var valid time.Time
	err = db.QueryRow(`SELECT l.external_ids::text, a.slots->0->>'start', a.valid_at
		FROM readable_locations l JOIN readable_availability a ON a.location_id = l.id`).Scan(&ids, &slot, &valid)
	if err != nil || ids != `[["b", "1"], ["a", "2"]]` || slot != "2021-11-02T09:00:00Z" || !valid.Equal(at) {
		t.Errorf("ids %s, slot %s, valid at %v, error %v", ids, slot, valid, err)
	}
}

func TestOpenRefusesWhatItCanNotUse(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, []byte("this is no database, but it is long enough to be taken for one"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, url, want string }{
		{"no scheme", "univaf.db", "must start with sqlite: or postgres://"},
		{"another database", "mysql://localhost/x", "must start with sqlite: or postgres://"},
		{"no path", "sqlite:", "needs a path"},
		{"a file in the place of a folder", "sqlite:" + filepath.Join(file, "univaf.db"), "not a directory"},
		{"a file that is no database", "sqlite:" + file, "not a database"},
		{"a malformed address", "postgres://user:secret@host:port/db", "port"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := store.Open(context.Background(), store.Options{URL: test.url, Now: time.Now})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the error tells the password: %v", err)
			}
		})
	}
}

func TestPostgresOutageIsUnavailable(t *testing.T) {
	server := pgtest.NewServer(t)
	s, err := store.Open(context.Background(), store.Options{URL: server.URL(), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	put := func() error {
		_, err := s.Write(context.Background(), func(tx *store.Tx) error {
			tx.PutLocations([]univaf.Location{{ID: "a", Provider: "p", Name: "n", State: "NJ"}})
			return nil
		})
		return err
	}
	server.Stop()
	if err := put(); !errors.Is(err, univaf.ErrUnavailable) {
		t.Errorf("write while it is down: %v", err)
	}
	if _, _, err := s.ReadLog(context.Background(), s.Epoch(), 0); !errors.Is(err, univaf.ErrUnavailable) {
		t.Errorf("read while it is down: %v", err)
	}
	server.Start()
	if err := put(); err != nil {
		t.Errorf("write after its return: %v", err)
	}
}

func TestSQLiteGivesSpaceBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "univaf.db")
	s, err := store.Open(context.Background(), store.Options{URL: "sqlite:" + path, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	db := raw("sqlite", func(address string) string { return address })(t, path)
	pages := func() (n int) {
		if err := db.QueryRow(`PRAGMA page_count`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for range 20 {
		_, err := s.Write(context.Background(), func(tx *store.Tx) error {
			noise := make([]byte, 50_000)
			_, _ = rand.Read(noise)
			tx.PutLocations([]univaf.Location{{ID: "a", Provider: "p", Name: hex.EncodeToString(noise), State: "NJ"}})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	before := pages()
	if n, err := s.TrimLog(context.Background(), time.Now().Add(time.Hour)); n != 20 || err != nil {
		t.Fatalf("%d rows trimmed, error %v", n, err)
	}
	if after := pages(); after > before/2 {
		t.Errorf("%d pages of %d are left", after, before)
	}
}
