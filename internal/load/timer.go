package load

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"getmyvax.org/univaf"
)

// A Book is where it is kept how runs went, and which sources are to rest.
type Book interface {
	AddRun(ctx context.Context, r univaf.Run) error
	Runs(ctx context.Context, most int) (map[string][]univaf.Run, error)
	Pauses(ctx context.Context, now time.Time) (map[string]univaf.Pause, error)
}

// A Timed is a job that runs again and again.
type Timed struct {
	Job      Job
	Schedule Schedule
	States   []string // that the source is asked for; all if there are none
}

// RunOnTime runs each job by its own schedule until ctx ends. No job overlaps itself, and
// none waits for another. A job whose time went by while nobody ran it, or that never ran,
// runs soon after the start.
func RunOnTime(ctx context.Context, jobs []Timed, sink Sink, book Book, o Options) {
	var all sync.WaitGroup
	for _, job := range jobs {
		all.Go(func() {
			t := &timer{Timed: job, sink: sink, book: book, Options: o}
			t.run(ctx)
		})
	}
	all.Wait()
}

type timer struct {
	Timed
	Options
	sink Sink
	book Book
}

// longestJitter is how long a run may be put off at the start, so that not all sources
// begin at once.
const longestJitter = 20 * time.Second

func (t *timer) name() string { return t.Job.Definition.Name }

func (t *timer) run(ctx context.Context) {
	for due := t.first(ctx); wait(ctx, due.Sub(t.Now())); {
		if until, paused := t.paused(ctx); paused {
			t.Log.InfoContext(ctx, "source is paused", "source", t.name(), "until", until)
			due = t.Schedule.Next(t.Now())
			continue
		}
		start := t.Now()
		RunOnce(ctx, t.Timed, t.sink, t.book, t.Options)
		due = t.Schedule.Next(start)
		if now := t.Now(); due.Before(now) {
			due = t.Schedule.Next(now) // what was missed meanwhile is not made up for
		}
	}
}

// first is when to run at first.
func (t *timer) first(ctx context.Context) time.Time {
	now := t.Now()
	soon := now.Add(rand.N(min(longestJitter, t.Schedule.Period(now)/10) + 1)) //nolint:gosec // jitter may be guessed
	runs, err := t.book.Runs(ctx, 1)
	if err != nil {
		t.Log.WarnContext(ctx, "it is not known when the source ran last", "source", t.name(), "err", err)
		return soon
	}
	last := runs[t.name()]
	if len(last) == 0 {
		return soon
	}
	if due := t.Schedule.Next(last[0].Start); due.After(soon) {
		return due
	}
	return soon
}

func (t *timer) paused(ctx context.Context) (until time.Time, paused bool) {
	until, paused, err := pausedUntil(ctx, t.book, t.name(), t.Now())
	if err != nil {
		t.Log.WarnContext(ctx, "it is not known whether the source is paused", "source", t.name(), "err", err)
	}
	return until, paused
}

// pausedUntil tells whether a source is to rest.
func pausedUntil(ctx context.Context, book Book, name string, now time.Time) (until time.Time, paused bool, err error) {
	pauses, err := book.Pauses(ctx, now)
	p, paused := pauses[name]
	return p.Until, paused, err
}

// RunOnce runs a job, for as long as its schedule allows, and keeps its report.
func RunOnce(ctx context.Context, job Timed, sink Sink, book Book, o Options) Report {
	limited, cancel := context.WithTimeoutCause(ctx, job.Schedule.TimeLimit(o.Now()), errTooLong)
	defer cancel()
	o.Query.States = job.States
	o.History = history(limited, book, job.Job.Definition.Name, o.Log)
	report := Run(limited, []Job{job.Job}, sink, o)[0]
	if ctx.Err() != nil {
		return report // it was not given the time that it needs: that says nothing of it
	}
	keep(ctx, book, report, o.Log)
	return report
}

// runsCompared is how many runs tell what is usual.
const runsCompared = 20

// history tells how a source did before.
func history(ctx context.Context, book Book, name string, log *slog.Logger) map[string]History {
	runs, err := book.Runs(ctx, runsCompared)
	if err != nil {
		log.WarnContext(ctx, "it is not known how the source did before", "source", name, "err", err)
	}
	of := runs[name]
	if len(of) == 0 {
		return nil
	}
	return map[string]History{name: {Usual: univaf.UsualRecords(of), Last: &of[0]}}
}

// keepFor is how long it is tried to keep a report: the database may be away for a moment.
const keepFor = 10 * time.Second

func keep(ctx context.Context, book Book, r Report, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(ctx, keepFor)
	defer cancel()
	for {
		err := book.AddRun(ctx, r.Run())
		if err == nil {
			return
		}
		if !wait(ctx, time.Second) {
			log.WarnContext(ctx, "the report of a run is lost", "source", r.Source, "err", err)
			return
		}
	}
}

// wait reports whether the time went by before ctx ended.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(max(0, d))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
