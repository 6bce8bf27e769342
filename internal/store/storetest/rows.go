package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/store"
)

func readsBack(t *testing.T, e Engine) {
	url := e.New(t)
	s, other := open(t, url), open(t, url)
	months, count := 60, int64(0)
	whole := univaf.Location{
		ID: "11111111-1111-4111-8111-111111111111", Provider: "cvs", LocationType: univaf.Pharmacy, Name: `Ünïcode "quoted" 💉`,
		ExternalIDs:  univaf.ExternalIDs{{System: "z", Value: "1"}, {System: "a", Value: "x:y"}, {System: "vtrcks", Value: "PIN"}},
		AddressLines: []string{"1 Main St.", "Suite 2"}, City: "Camden", State: "NJ", PostalCode: "08102", County: "Camden",
		Position:  &univaf.Position{Longitude: -75.1195, Latitude: 39.9448},
		InfoPhone: "1", InfoURL: "https://a.example", BookingPhone: "2", BookingURL: "https://b.example", Description: "d",
		RequiresWaitlist: true, MinimumAgeMonths: &months, Meta: []byte(`{"a":1.50,"b":"<&>"}`), InternalNotes: "n",
		CreatedAt: start, UpdatedAt: start.Add(time.Second),
	}
	bare := location("22222222-2222-4222-8222-222222222222", start)
	bare.AddressLines = []string{}
	full := record(whole.ID, "one", start)
	full.AvailableCount, full.Products, full.Doses = &count, []string{"pfizer", "mo\"derna"}, []string{}
	full.Capacity, full.Slots, full.Meta = []byte(`[{"date":"2021-11-02"}]`), []byte(`[{"start":"x"}]`), []byte(`{}`)
	full.CheckedAt, full.ChangedAt, full.IsPublic = start.Add(time.Minute), start.Add(-time.Hour), false
	empty := record(whole.ID, "two", start)
	empty.Available = univaf.Unknown

	seq := write(t, s, func(tx *store.Tx) error {
		tx.PutLocations([]univaf.Location{whole, bare})
		tx.PutAvailability([]univaf.Availability{full, empty})
		return nil
	})
	got, at := snapshot(t, s)
	want := contents{
		Locations: map[string]univaf.Location{whole.ID: whole, bare.ID: bare},
		Availability: map[store.Key]univaf.Availability{
			{LocationID: whole.ID, Source: "one"}: full, {LocationID: whole.ID, Source: "two"}: empty,
		},
		Seqs: map[string]int64{whole.ID: seq, bare.ID: seq},
	}
	if diff := cmp.Diff(want, got); diff != "" || at != seq {
		t.Errorf("snapshot at %d, want %d (-want +got):\n%s", at, seq, diff)
	}
	entries := []store.Entry{
		{Version: 1, Location: &whole}, {Version: 1, Location: &bare}, {Version: 1, Availability: &full}, {Version: 1, Availability: &empty},
	}
	for _, reader := range []struct {
		who   string
		store *store.Store
		lines []string // JSON does not tell no lines from none
	}{{"the writer", s, []string{}}, {"another process", other, nil}} {
		who, s := reader.who, reader.store
		bare.AddressLines = reader.lines
		batches, head, err := s.ReadLog(context.Background(), s.Epoch(), 0)
		if err != nil || head != seq || len(batches) != 1 {
			t.Fatalf("log of %s: %d batches up to %d, error %v", who, len(batches), head, err)
		}
		if diff := cmp.Diff(entries, batches[0].Entries); diff != "" {
			t.Errorf("log entries of %s (-want +got):\n%s", who, diff)
		}
	}
}

func rollsBack(t *testing.T, e Engine) {
	s := open(t, e.New(t))
	broken := errors.New("broken")
	_, err := s.Write(context.Background(), func(tx *store.Tx) error {
		tx.PutLocations([]univaf.Location{location("a", start)})
		return broken
	})
	if !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
	if seq := write(t, s, func(*store.Tx) error { return nil }); seq != 0 {
		t.Errorf("a batch without writes has seq %d", seq)
	}
	if seq := write(t, s, func(tx *store.Tx) error { tx.PutLocations([]univaf.Location{location("b", start)}); return nil }); seq != 1 {
		t.Errorf("the first batch that was written has seq %d", seq)
	}
	got, _ := snapshot(t, s)
	if len(got.Locations) != 1 || got.Locations["b"].ID == "" {
		t.Errorf("locations %v, want b alone", got.Locations)
	}
}

func guards(t *testing.T, e Engine) {
	s := open(t, e.New(t))
	write(t, s, func(tx *store.Tx) error {
		tx.PutLocations([]univaf.Location{location("a", start)})
		tx.PutAvailability([]univaf.Availability{record("a", "x", start)})
		return nil
	})
	before, seq := snapshot(t, s)
	older := record("a", "x", start.Add(-time.Minute))
	older.Available = univaf.No
	for name, put := range map[string]func(*store.Tx) error{
		"older content": func(tx *store.Tx) error { tx.PutAvailability([]univaf.Availability{older}); return nil },
		"equal times":   func(tx *store.Tx) error { tx.PutChecks([]univaf.Availability{record("a", "x", start)}); return nil },
	} {
		if _, err := s.Write(context.Background(), put); err == nil || errors.Is(err, univaf.ErrUnavailable) {
			t.Errorf("%s: error %v, want a refusal", name, err)
		}
	}
	after, seqAfter := snapshot(t, s)
	if diff := cmp.Diff(before, after); diff != "" || seq != seqAfter {
		t.Errorf("something was written (-before +after):\n%s", diff)
	}
}

func rechecks(t *testing.T, e Engine) {
	url := e.New(t)
	s := open(t, url)
	var locations []univaf.Location
	var records []univaf.Availability
	for range 1000 {
		id := uuid.NewString()
		locations = append(locations, location(id, start))
		records = append(records, record(id, "x", start))
	}
	write(t, s, func(tx *store.Tx) error {
		tx.PutLocations(locations)
		tx.PutAvailability(records)
		return nil
	})
	for i := range records {
		records[i].CheckedAt = start.Add(time.Minute)
	}
	seq := write(t, s, func(tx *store.Tx) error { tx.PutChecks(records); return nil })

	db := e.Raw(t, url)
	var moved, size int
	if err := db.QueryRow(`SELECT count(*) FROM availability WHERE seq = $1`, seq).Scan(&moved); err != nil || moved != 0 {
		t.Errorf("%d content rows were touched, error %v", moved, err)
	}
	if err := db.QueryRow(`SELECT length(entries) FROM log WHERE seq = $1`, seq).Scan(&size); err != nil {
		t.Fatal(err)
	}
	t.Logf("the log row of 1,000 re-checks has %d bytes", size)
	if size > 25_000 {
		t.Errorf("the log row of 1,000 re-checks has %d bytes, want 25,000 at most", size)
	}
	batches, _, err := s.ReadLog(context.Background(), s.Epoch(), seq-1)
	if err != nil || len(batches) != 1 || len(batches[0].Entries) != 1 || len(batches[0].Entries[0].Checks.IDs) != 1000 {
		t.Errorf("log: %d batches, error %v; want one entry with 1,000 ids", len(batches), err)
	}
	got, _ := snapshot(t, s)
	for key, a := range got.Availability {
		if !a.CheckedAt.Equal(start.Add(time.Minute)) || !a.ChangedAt.Equal(start) || got.Seqs[key.LocationID] != seq {
			t.Fatalf("%v: checked at %v, changed at %v, seq %d", key, a.CheckedAt, a.ChangedAt, got.Seqs[key.LocationID])
		}
	}
}
