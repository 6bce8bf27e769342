package load_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/load"
	"getmyvax.org/univaf/internal/source"
)

// A book is load.Book in memory.
type book struct {
	mu     sync.Mutex
	runs   []univaf.Run // the newest last
	pauses map[string]univaf.Pause
	err    error
}

func (b *book) AddRun(_ context.Context, r univaf.Run) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.runs = append(b.runs, r)
	return b.err
}

func (b *book) Runs(context.Context, int) (map[string][]univaf.Run, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	last := map[string][]univaf.Run{}
	for _, r := range b.runs {
		last[r.Source] = []univaf.Run{r}
	}
	return last, b.err
}

func (b *book) Pauses(_ context.Context, now time.Time) (map[string]univaf.Pause, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p := b.pauses["a"]; now.Before(p.Until) {
		return map[string]univaf.Pause{"a": p}, b.err
	}
	return nil, b.err
}

// starts gives when the runs began, after the test did.
func (b *book) starts(since time.Time) (list []time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.runs {
		list = append(list, r.Start.Sub(since).Round(time.Second))
	}
	return list
}

func schedule(t *testing.T, text string) load.Schedule {
	t.Helper()
	s, err := load.ParseSchedule(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// takesLong is a source that needs some time for its only place.
func takesLong(d time.Duration) fake {
	return func(ctx context.Context, q source.Query, env source.Env, yield func(univaf.Update, error) bool) {
		select {
		case <-time.After(d):
			yield(place("x"), nil)
		case <-ctx.Done():
			yield(univaf.Update{}, ctx.Err())
		}
	}
}

// onTime runs a source for so long by its schedule.
func onTime(t *testing.T, b *book, f fake, text string, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	var log strings.Builder
	load.RunOnTime(ctx, []load.Timed{{Job: f.job("a"), Schedule: schedule(t, text)}}, &takes{}, b, options(&log))
}

func TestRunsComeOnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // it is midnight, 1 January 2000
		since := time.Now()
		b := &book{}
		onTime(t, b, takesLong(time.Minute), "5/15 * * * *", time.Hour)
		got := b.starts(since)
		if len(got) != 5 || got[0] > 20*time.Second || got[1] != 5*time.Minute || got[4] != 50*time.Minute {
			t.Errorf("runs began after %v", got)
		}
		if r := b.runs[0]; r.Error != "" || r.End.Sub(r.Start) != time.Minute || r.Records != 1 || r.Sent != 1 {
			t.Errorf("the first run: %+v", r)
		}
	})
}

func TestARunThatIsNotDueIsNotMadeUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		since := time.Now()
		b := &book{runs: []univaf.Run{{Source: "a", Start: since.Add(-4 * time.Minute)}}}
		onTime(t, b, takesLong(0), "every 10m", 30*time.Minute)
		if got := b.starts(since); len(got) != 4 || got[1] != 6*time.Minute || got[2] != 16*time.Minute {
			t.Errorf("runs began after %v", got)
		}
	})
}

func TestARunEndsBeforeTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		since := time.Now()
		b := &book{}
		onTime(t, b, takesLong(time.Hour), "0/10 * * * *", 31*time.Minute)
		for i, r := range b.runs {
			if took := r.End.Sub(r.Start); took != 8*time.Minute || !strings.Contains(r.Error, "longer than its schedule allows") {
				t.Errorf("run %d took %v: %q", i, took, r.Error)
			}
		}
		if got := b.starts(since); len(got) != 3 || got[1] != 10*time.Minute {
			t.Errorf("runs began after %v", got)
		}
	})
}

func TestAPausedSourceRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		since := time.Now()
		b := &book{pauses: map[string]univaf.Pause{"a": {Until: since.Add(25 * time.Minute)}}}
		onTime(t, b, takesLong(0), "0/10 * * * *", 45*time.Minute)
		if got := b.starts(since); len(got) != 2 || got[0] != 30*time.Minute {
			t.Errorf("runs began after %v", got)
		}
	})
}

func TestRunsGoOnWithoutTheBook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &book{err: errors.New("the database is down")}
		sent := &takes{}
		ctx, cancel := context.WithTimeout(t.Context(), 25*time.Minute)
		defer cancel()
		var log strings.Builder
		load.RunOnTime(ctx, []load.Timed{{Job: takesLong(0).job("a"), Schedule: schedule(t, "0/10 * * * *")}}, sent, b, options(&log))
		if len(sent.names) != 3 || !strings.Contains(log.String(), "the report of a run is lost") {
			t.Errorf("%d runs; log:\n%s", len(sent.names), log.String())
		}
	})
}

// A source whose data brings no news for longer than it may is reported.
func TestNoNewsIsReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &book{}
		var log strings.Builder
		sink := &takes{outcome: map[string]load.Outcome{"A": load.Unchanged}}
		job := load.Timed{Job: places("A").job("a"), Schedule: schedule(t, "every 1h")}
		job.Job.Definition.StaleAfter = 3 * time.Hour
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Hour+time.Minute)
		defer cancel()
		load.RunOnTime(ctx, []load.Timed{job}, sink, b, options(&log))
		synctest.Wait()
		var stuck []int
		for i, r := range b.runs {
			if r.IsStuck() {
				stuck = append(stuck, i)
			}
		}
		if len(stuck) == 0 || stuck[0] != 4 || !strings.Contains(log.String(), `kind="no news"`) {
			t.Errorf("runs %v of %d are stuck; log:\n%s", stuck, len(b.runs), log.String())
		}
	})
}

func TestParseSchedule(t *testing.T) {
	at := time.Date(2026, 11, 24, 12, 4, 30, 0, time.FixedZone("", 3600))
	for text, want := range map[string]string{ // next, period, limit
		"3/15 * * * *":  "11:18:00 15m0s 12m0s",
		"0 0,12 * * *":  "12:00:00 12h0m0s 9h36m0s",
		"every 10m":     "11:14:30 10m0s 8m0s",
		"@every 1h":     "12:04:30 1h0m0s 48m0s",
		"90s":           "11:06:00 1m30s 1m12s",
		" 0 1/6 * * * ": "13:00:00 6h0m0s 4h48m0s",
	} {
		s := schedule(t, text)
		got := s.Next(at).Format(time.TimeOnly) + " " + s.Period(at).String() + " " + s.TimeLimit(at).String()
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	for _, text := range []string{"", "every", "every 5s", "-1h", "* * * *", "61 * * * *", "0 0 31 2 *", "TZ=Europe/Berlin 0 0 * * *", "soon"} {
		if _, err := load.ParseSchedule(text); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
