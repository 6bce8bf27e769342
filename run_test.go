package univaf_test

import (
	"testing"
	"time"

	"getmyvax.org/univaf"
)

func TestSourceHealth(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	run := func(minutesAgo int, change func(*univaf.Run)) univaf.Run {
		start := now.Add(-time.Duration(minutesAgo) * time.Minute)
		r := univaf.Run{Start: start, End: start.Add(time.Minute), Records: 100, Ages: &univaf.RunAges{Max: 10}, StaleAfter: 86400}
		if change != nil {
			change(&r)
		}
		return r
	}
	fails := func(r *univaf.Run) { r.Error = "404" }
	ago := func(hours int) *time.Time {
		t := now.Add(-time.Duration(hours) * time.Hour)
		return &t
	}
	good := run(25, nil)
	for _, test := range []struct {
		name  string
		runs  []univaf.Run
		pause *univaf.Pause
		every time.Duration
		want  univaf.Health
	}{
		{"as it should be", []univaf.Run{run(10, nil), good}, nil, 15 * time.Minute, univaf.HealthOK},
		{"once, and well", []univaf.Run{run(10, nil)}, nil, 15 * time.Minute, univaf.HealthOK},
		{"never run", nil, nil, 15 * time.Minute, univaf.HealthLate},
		{"never run, by nobody", nil, nil, 0, univaf.HealthOff},
		{"run by hand", []univaf.Run{run(600, nil)}, nil, 0, univaf.HealthOK},
		{"run by hand long ago", []univaf.Run{run(2*24*60, nil)}, nil, 0, univaf.HealthOff},
		{"missed", []univaf.Run{run(23, nil)}, nil, 15 * time.Minute, univaf.HealthLate},
		{"paused", []univaf.Run{run(23, fails)}, &univaf.Pause{Until: now.Add(time.Minute)}, 15 * time.Minute, univaf.HealthPaused},
		{"no longer paused", []univaf.Run{run(10, nil)}, &univaf.Pause{Until: now}, 15 * time.Minute, univaf.HealthOK},
		{"failed once", []univaf.Run{run(10, fails), good}, nil, 15 * time.Minute, univaf.HealthDegraded},
		{"failed three times", []univaf.Run{run(10, fails), run(25, fails), run(40, fails), good}, nil, 15 * time.Minute, univaf.HealthFailing},
		{"never succeeded", []univaf.Run{run(10, fails)}, nil, 15 * time.Minute, univaf.HealthFailing},
		{"few records", []univaf.Run{run(10, func(r *univaf.Run) { r.Records = 49 }), good}, nil, 15 * time.Minute, univaf.HealthDegraded},
		{"half the records", []univaf.Run{run(10, func(r *univaf.Run) { r.Records = 50 }), good}, nil, 15 * time.Minute, univaf.HealthOK},
		{"many bad records", []univaf.Run{run(10, func(r *univaf.Run) { r.Skipped = 11 })}, nil, 15 * time.Minute, univaf.HealthDegraded},
		{"old data", []univaf.Run{run(10, func(r *univaf.Run) { r.Ages.Median, r.Ages.Max = 90000, 90000 })}, nil, 15 * time.Minute, univaf.HealthDegraded},
		{"one old record", []univaf.Run{run(10, func(r *univaf.Run) { r.Ages.Max = 90000 })}, nil, 15 * time.Minute, univaf.HealthOK},
		{"no news for long", []univaf.Run{run(10, func(r *univaf.Run) { r.UnchangedSince = ago(25) })}, nil, 15 * time.Minute, univaf.HealthDegraded},
		{"no news today", []univaf.Run{run(10, func(r *univaf.Run) { r.UnchangedSince = ago(23) })}, nil, 15 * time.Minute, univaf.HealthOK},
	} {
		if got := univaf.SourceHealth(test.runs, test.pause, test.every, now); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func TestUsualRecords(t *testing.T) {
	runs := []univaf.Run{{Records: 10}, {Records: 1000, Error: "500"}, {Records: 12}, {Records: 90}}
	if got := univaf.UsualRecords(runs); got != 12 {
		t.Errorf("usually %d records, want 12", got)
	}
	if got := univaf.UsualRecords(nil); got != 0 {
		t.Errorf("usually %d records of no runs", got)
	}
}

func TestRunsWithoutNews(t *testing.T) {
	at := func(hour int) time.Time { return time.Date(2026, 11, 24, hour, 0, 0, 0, time.UTC) }
	var before *univaf.Run
	for i, test := range []struct {
		run  univaf.Run
		want int // hour, 0 for none
	}{
		{univaf.Run{Created: 5, Unchanged: 3}, 0},
		{univaf.Run{Unchanged: 8}, 2},
		{univaf.Run{Unchanged: 4, OutOfDate: 4}, 2},
		{univaf.Run{Changed: 1, Unchanged: 7}, 0},
		{univaf.Run{OutOfDate: 8}, 5},
		{univaf.Run{Unchanged: 1, Error: "404"}, 0}, // which tells nothing
		{univaf.Run{}, 0},                           // nor does that
	} {
		r := test.run
		r.Start = at(i + 1)
		r.Follow(before)
		if got := r.UnchangedSince; (got == nil) != (test.want == 0) || got != nil && !got.Equal(at(test.want)) {
			t.Errorf("run %d: no news since %v, want hour %d", i+1, got, test.want)
		}
		before = &r
	}
}
