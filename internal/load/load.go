// Package load runs sources and sends what they say. Sources run side by side; none
// of them, whatever befalls it, touches another.
//
// It must not know where the records go, nor of any one source.
package load

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/source"
)

// A Sink takes records. It is called by several goroutines at once.
type Sink interface {
	// Send gives one record away and tells what became of it. univaf.ErrOutOfDate says
	// that a newer one is known; ErrSinkClosed and ErrSinkFailed end the run; any other
	// error is about this record alone.
	Send(ctx context.Context, u univaf.Update) (Outcome, error)
}

// A SinkFunc is a function that takes records.
type SinkFunc func(ctx context.Context, u univaf.Update) (Outcome, error)

// Send calls f.
func (f SinkFunc) Send(ctx context.Context, u univaf.Update) (Outcome, error) { return f(ctx, u) }

// An Outcome says what became of a record that was taken.
type Outcome string

// The outcomes. A sink that can't tell says Taken.
const (
	Taken     Outcome = ""
	Created   Outcome = "created"
	Changed   Outcome = "changed"
	Unchanged Outcome = "unchanged"
)

// Errors of a Sink that end a run.
var (
	// ErrSinkClosed says that nobody wants more records, which is no failure.
	ErrSinkClosed = errors.New("no more records are wanted")
	// ErrSinkFailed says that no record can be taken, whatever it holds.
	ErrSinkFailed = errors.New("no record can be taken")
)

// A Job is a source and the world that it is to see. Its Env.Warn is set by Run.
type Job struct {
	Definition source.Definition
	Env        source.Env
}

// Options say how to run.
type Options struct {
	Query source.Query
	// Concurrency is how many records are sent at once, over all sources:
	// DefaultConcurrency if 0. With 1, each source's records go in order.
	Concurrency int
	// Stale is how old a record may be, where its source says nothing: DefaultStale if 0.
	Stale time.Duration
	// DropStale leaves out the records that are older.
	DropStale bool
	// Progress, if it is set, is told now and then how the sources stand.
	Progress func([]Report)
	// Known, if it is set, has places hidden that a source does not name any more, of
	// those sources that can tell.
	Known Known
	// History tells how sources did before, by their names on the command line.
	History map[string]History
	Log     *slog.Logger
	// Now is the clock by which durations are measured.
	Now func() time.Time
}

// A History is what is known of a source's runs before this one.
type History struct {
	Usual int         // records that its runs usually give; 0 if that is not known
	Last  *univaf.Run // nil if there was none
}

// DefaultConcurrency is how many records are sent at once.
const DefaultConcurrency = 10

// Run runs all jobs at once, to their end, and reports on each, in their order.
func Run(ctx context.Context, jobs []Job, sink Sink, o Options) []Report {
	if o.Concurrency == 0 {
		o.Concurrency = DefaultConcurrency
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	r := &run{Options: o, sink: sink, stop: stop, turns: make(chan struct{}, o.Concurrency)}
	tallies := make([]*tally, len(jobs))
	for i, job := range jobs {
		stale := cmp.Or(o.Stale, job.Definition.StaleAfter, DefaultStale)
		tallies[i] = &tally{report: Report{Source: job.Definition.Name, StaleAfter: stale}, log: o.Log}
	}
	reports := make([]Report, len(jobs))
	ended := make(chan struct{})
	var watching sync.WaitGroup
	if o.Progress != nil {
		watching.Go(func() { progress(o.Progress, tallies, ended) })
	}
	var all sync.WaitGroup
	for i, job := range jobs {
		all.Go(func() {
			reports[i] = r.source(ctx, job, tallies[i])
			reports[i].log(ctx, o.Log)
		})
	}
	all.Wait()
	close(ended)
	watching.Wait()
	return reports
}

// progressEvery is how often progress is told.
const progressEvery = 300 * time.Millisecond

func progress(tell func([]Report), tallies []*tally, ended <-chan struct{}) {
	for {
		select {
		case <-ended:
			return
		case <-time.After(progressEvery):
		}
		reports := make([]Report, len(tallies))
		for i, t := range tallies {
			reports[i] = t.snapshot()
		}
		tell(reports)
	}
}

// A run is what the sources that run together share.
type run struct {
	Options
	sink  Sink
	stop  context.CancelCauseFunc
	turns chan struct{} // holds one for each record on its way
}

func (r *run) source(ctx context.Context, job Job, t *tally) Report {
	start := r.Now()
	job.Env.Warn = func(w source.Warning) { t.warn(Warning{Kind: w.Kind, ID: w.ID, Sample: w.Sample}) }
	err := r.whole(ctx, job, t)
	if ctx.Err() != nil && (err == nil || errors.Is(err, ctx.Err())) {
		err = context.Cause(ctx)
	}
	t.end(start, r.Now(), err)
	t.compare(r.History[job.Definition.Name])
	return t.snapshot()
}

// whole runs a source and then hides what it names no more.
func (r *run) whole(ctx context.Context, job Job, t *tally) error {
	places, err := takeCensus(ctx, r.Known, job.Definition, r.Query)
	if err != nil {
		return err
	}
	if err := r.records(ctx, job, places, t); err != nil || places == nil {
		return err
	}
	run := t.snapshot().Run()
	if most := max(len(places.known), r.History[job.Definition.Name].Usual); run.IsFewerThan(most) {
		// A broken upstream must not empty the map.
		t.warn(Warning{Kind: "missing places not hidden", Reason: fmt.Sprintf("only %d of some %d records came", run.Records, most)})
		return nil
	}
	missing := places.missing()
	if len(missing) > 0 && run.Skipped > 0 {
		t.warn(Warning{Kind: "missing places not hidden", Reason: fmt.Sprintf("they may be among the %d records that can't be read", run.Skipped)})
		return nil
	}
	for _, u := range missing {
		_, err := r.sink.Send(ctx, u)
		t.hid(ctx, u, err)
	}
	return nil
}

// records sends what the source yields and waits till all is sent.
func (r *run) records(ctx context.Context, job Job, places *census, t *tally) (failure error) {
	var sending sync.WaitGroup
	defer sending.Wait()
	defer func() { // a defect in one source must not end the others
		if p := recover(); p != nil {
			failure = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	for u, err := range job.Definition.New(job.Env).Records(ctx, r.Query) {
		var bad *source.RecordError
		switch {
		case errors.As(err, &bad):
			t.skip(bad)
			continue
		case err != nil:
			return err
		}
		places.see(&u)
		age, known := Age(&u, job.Env.Now())
		tooOld := r.DropStale && known && age > t.report.StaleAfter // which does not change
		if t.read(age, known, tooOld); tooOld {
			continue
		}
		select {
		case r.turns <- struct{}{}:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		sending.Go(func() {
			defer func() { <-r.turns }()
			outcome, err := r.sink.Send(ctx, u)
			switch {
			case errors.Is(err, ErrSinkClosed), errors.Is(err, ErrSinkFailed):
				r.stop(err)
			case err == nil, ctx.Err() == nil: // what fails because all ends tells nothing
				t.sent(ctx, u, outcome, err)
			}
		})
	}
	return nil
}
