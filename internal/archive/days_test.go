package archive_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/archive"
	"getmyvax.org/univaf/internal/store"
)

func onEngines(t *testing.T, f func(t *testing.T, w *world)) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			f(t, newWorld(t, e.url(t)))
		})
	}
}

// twoDays writes what happens on Monday and on Tuesday.
func twoDays(w *world) {
	hidden := place("hidden", on(0, "08:00"))
	hidden.IsPublic = false
	a := place("a", on(0, "08:00"))
	a.ExternalIDs = univaf.ExternalIDs{{System: "cvs", Value: "1"}, {System: univaf.SystemFormerID, Value: "older"}}
	a.InternalNotes = "a secret"
	w.write(on(0, "08:00"), func(tx *store.Tx) {
		tx.PutLocations([]univaf.Location{a, hidden})
		tx.PutAvailability([]univaf.Availability{record("a", on(0, "08:00"), univaf.No), record("hidden", on(0, "08:00"), univaf.Yes)})
	})
	w.write(on(0, "09:00"), func(tx *store.Tx) {
		tx.PutChecks([]univaf.Availability{check("a", on(0, "08:00"), on(0, "09:00")), check("hidden", on(0, "08:00"), on(0, "09:00"))})
	})
	w.write(on(0, "10:00"), func(tx *store.Tx) {
		tx.PutChecks([]univaf.Availability{check("a", on(0, "09:30"), on(0, "10:00"))})
	})
	w.run(on(1, "00:20"))
	w.write(on(1, "08:00"), func(tx *store.Tx) {
		tx.PutLocations([]univaf.Location{place("b", on(1, "08:00"))})
		tx.PutAvailability([]univaf.Availability{record("a", on(1, "08:00"), univaf.Yes)})
	})
	w.write(on(1, "09:00"), func(tx *store.Tx) {
		tx.PutChecks([]univaf.Availability{check("a", on(1, "08:00"), on(1, "09:00"))})
	})
}

func TestUpdatesAreWrittenInTheOldForm(t *testing.T) {
	onEngines(t, func(t *testing.T, w *world) {
		twoDays(w)
		w.run(on(2, "00:20"))
		want := []string{
			`{"location_id":"a","source":"univaf-x","valid_at":"2026-11-02T08:00:00.000Z","checked_at":"2026-11-02T08:00:00.000Z","changed_at":"2026-11-02T08:00:00.000Z","available":"NO","is_public":true}`,
			`{"location_id":"a","source":"univaf-x","checked_at":"2026-11-02T09:00:00.000Z"}`,
			`{"location_id":"a","source":"univaf-x","valid_at":"2026-11-02T09:30:00.000Z","checked_at":"2026-11-02T10:00:00.000Z"}`,
		}
		if diff := cmp.Diff(want, w.lines("availability_log", 0)); diff != "" {
			t.Errorf("Monday (-want +got):\n%s", diff)
		}
		want = []string{
			`{"location_id":"a","source":"univaf-x","valid_at":"2026-11-03T08:00:00.000Z","checked_at":"2026-11-03T08:00:00.000Z","changed_at":"2026-11-03T08:00:00.000Z","available":"YES","is_public":true}`,
			`{"location_id":"a","source":"univaf-x","checked_at":"2026-11-03T09:00:00.000Z"}`,
		}
		if diff := cmp.Diff(want, w.lines("availability_log", 1)); diff != "" {
			t.Errorf("Tuesday (-want +got):\n%s", diff)
		}
		if got := w.lines("external_ids", 1); !cmp.Equal(got, []string{
			`{"provider_location_id":"a","system":"cvs","value":"1"}`, `{"provider_location_id":"a","system":"univaf_v1","value":"older"}`,
		}) {
			t.Errorf("external ids: %q", got)
		}
		if got := w.lines("merged_ids", 1); !cmp.Equal(got, []string{`{"former_id":"older","current_id":"a"}`}) {
			t.Errorf("merged ids: %q", got)
		}
	})
}

// state tells of each record what it says and when it was checked, and of each place.
func (w *world) state(day int) []string {
	var list []string
	for _, line := range w.lines("provider_locations", day) {
		l := univaf.Location{}
		if err := l.UnmarshalJSON([]byte(line)); err != nil {
			w.t.Fatal(err, line)
		}
		list = append(list, l.ID)
	}
	for _, line := range w.lines("availability", day) {
		a := univaf.Availability{}
		if err := a.UnmarshalJSON([]byte(line)); err != nil {
			w.t.Fatal(err, line)
		}
		list = append(list, a.LocationID+" "+string(a.Available)+" "+a.CheckedAt.Format("Mon 15:04"))
	}
	return list
}

func TestStateIsThatOfTheEndOfTheDay(t *testing.T) {
	onEngines(t, func(t *testing.T, w *world) {
		twoDays(w)
		// Nobody is there on Wednesday. What happens then is not Tuesday's, even if it is
		// the last that the database knows.
		w.write(on(2, "08:00"), func(tx *store.Tx) {
			tx.PutLocations([]univaf.Location{place("c", on(2, "08:00"))})
			tx.PutAvailability([]univaf.Availability{record("a", on(2, "08:00"), univaf.No)})
		})
		w.run(on(3, "12:00"))
		for day, want := range [][]string{
			{"a", "a NO Mon 10:00"},
			{"a", "b", "a YES Tue 09:00"},
			{"a", "b", "c", "a NO Wed 08:00"},
		} {
			if diff := cmp.Diff(want, w.state(day)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", date(day), diff)
			}
			m := w.manifest(day)
			if want := univaf.FormatTime(on(day+1, "00:00")); m.StateAsOf != want || m.Status != "complete" || len(m.KnownGaps) > 0 {
				t.Errorf("%s: the manifest says %+v", date(day), m)
			}
		}
	})
}

func TestWithoutTheDayBeforeTheStateIsThePresentOne(t *testing.T) {
	onEngines(t, func(t *testing.T, w *world) {
		twoDays(w)
		if err := os.RemoveAll(filepath.Join(w.folder, "days")); err != nil {
			t.Fatal(err)
		}
		w.write(on(2, "08:00"), func(tx *store.Tx) {
			tx.PutAvailability([]univaf.Availability{record("a", on(2, "08:00"), univaf.No)})
		})
		w.at(on(2, "12:00"))
		day, err := archive.ParseDay(date(1))
		if err != nil {
			t.Fatal(err)
		}
		if err := w.archive().RunDay(context.Background(), day); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"a", "b", "a NO Wed 08:00"}, w.state(1)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		m := w.manifest(1)
		if m.StateAsOf != "2026-11-04T12:00:00.000Z" || len(m.KnownGaps) != 1 || !strings.Contains(m.KnownGaps[0].Reason, m.StateAsOf) {
			t.Errorf("the manifest says %+v", m)
		}
		if got := len(w.lines("availability_log", 1)); got != 2 {
			t.Errorf("%d rows of the log", got)
		}
	})
}

func TestTodayGivesWhatThereIsSoFar(t *testing.T) {
	onEngines(t, func(t *testing.T, w *world) {
		twoDays(w)
		w.at(on(1, "12:00"))
		today := archive.DayOf(w.now())
		if err := w.archive().RunDay(context.Background(), today); err != nil {
			t.Fatal(err)
		}
		if m := w.manifest(1); m.Status != "so_far" || m.StateAsOf != "2026-11-03T12:00:00.000Z" {
			t.Errorf("the manifest says %+v", m)
		}
		hidden := place("b", on(1, "08:00"))
		hidden.IsPublic = false
		w.write(on(1, "13:00"), func(tx *store.Tx) { tx.PutLocations([]univaf.Location{hidden}) })
		w.run(on(2, "00:20")) // which makes files smaller
		if diff := cmp.Diff([]string{"a", "a YES Tue 09:00"}, w.state(1)); diff != "" {
			t.Errorf("when the day is over (-want +got):\n%s", diff)
		}
		if m := w.manifest(1); m.Status != "complete" {
			t.Errorf("the manifest says %+v", m)
		}
	})
}

func TestNoDayIsInvented(t *testing.T) {
	w := newWorld(t, engines[0].url(t))
	twoDays(w)
	for name, day := range map[string]string{"before the log": "2026-10-30", "to come": "2026-11-04"} {
		d, err := archive.ParseDay(day)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.archive().RunDay(context.Background(), d); !errors.Is(err, archive.ErrUnknown) || !strings.Contains(err.Error(), day) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPrivateRowsStayPrivate(t *testing.T) {
	onEngines(t, func(t *testing.T, w *world) {
		twoDays(w)
		w.run(on(2, "00:20"))
		for _, table := range []string{"provider_locations", "external_ids", "availability", "availability_log"} {
			for day := range 2 {
				if text := strings.Join(w.lines(table, day), "\n"); strings.Contains(text, "hidden") || strings.Contains(text, "secret") {
					t.Errorf("%s of %s tells: %s", table, date(day), text)
				}
			}
		}
		if err := w.archive(private).Run(context.Background()); err != nil {
			t.Fatal(err) // nothing is missing
		}
		w.at(on(3, "00:20"))
		if err := w.archive(private).Run(context.Background()); !errors.Is(err, archive.ErrPrivate) {
			t.Errorf("private snapshots beside public ones: %v", err)
		}
		w.folder = t.TempDir()
		w.open(w.folder, nil)
		w.run(on(3, "00:20"), private)
		if diff := cmp.Diff([]string{"a", "b", "hidden", "a YES Tue 09:00", "hidden YES Mon 09:00"}, w.state(2)); diff != "" {
			t.Errorf("private (-want +got):\n%s", diff)
		}
		if text := w.lines("provider_locations", 2)[0]; !strings.Contains(text, "a secret") {
			t.Errorf("no notes in %s", text)
		}
	})
}

func TestAPlaceThatBecomesPublicBringsWhatIsSaidOfIt(t *testing.T) {
	onEngines(t, func(t *testing.T, w *world) {
		twoDays(w)
		shown := place("hidden", on(0, "08:00"))
		w.write(on(1, "10:00"), func(tx *store.Tx) { tx.PutLocations([]univaf.Location{shown}) })
		w.write(on(2, "00:10"), func(tx *store.Tx) {
			tx.PutChecks([]univaf.Availability{check("a", on(1, "08:00"), on(2, "00:10"))})
		})
		w.run(on(2, "00:20"))
		if diff := cmp.Diff([]string{"a", "b", "hidden", "a YES Tue 09:00", "hidden YES Mon 09:00"}, w.state(1)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestOutagesOfSourcesAreTold(t *testing.T) {
	w := newWorld(t, engines[0].url(t))
	twoDays(w)
	for i, failure := range []string{"", "no answer", "no answer", ""} {
		start := on(1, "10:00").Add(time.Duration(i) * time.Hour)
		if err := w.db.AddRun(context.Background(), univaf.Run{Source: "cvsSmart", Start: start, End: start.Add(time.Minute), Error: failure}); err != nil {
			t.Fatal(err)
		}
	}
	w.run(on(2, "00:20"))
	got := w.manifest(1).SourceOutages
	if len(got) != 1 || got[0].From != "2026-11-03T11:00:00.000Z" || got[0].To != "2026-11-03T12:01:00.000Z" || got[0].Runs != 2 {
		t.Errorf("outages: %+v", got)
	}
}
