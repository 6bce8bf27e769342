// Package load runs sources and sends what they say. Sources run side by side; none
// of them, whatever befalls it, touches another.
//
// It must not know where the records go, nor of any one source.
package load

import (
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
	// Send gives one record away. univaf.ErrOutOfDate says that a newer one is
	// known; ErrSinkClosed and ErrSinkFailed end the run; any other error is about
	// this record alone.
	Send(ctx context.Context, u univaf.Update) error
}

// A SinkFunc is a function that takes records.
type SinkFunc func(ctx context.Context, u univaf.Update) error

// Send calls f.
func (f SinkFunc) Send(ctx context.Context, u univaf.Update) error { return f(ctx, u) }

// Errors of a Sink that end a run.
var (
	// ErrSinkClosed says that nobody wants more records, which is no failure.
	ErrSinkClosed = errors.New("no more records are wanted")
	// ErrSinkFailed says that no record can be taken, whatever it holds.
	ErrSinkFailed = errors.New("no record can be taken")
)

// A Job is a source and the world that it is to see. Its Env.Warn may be nil.
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
	Log         *slog.Logger
	// Now is the clock by which durations are measured.
	Now func() time.Time
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
	reports := make([]Report, len(jobs))
	var all sync.WaitGroup
	for i, job := range jobs {
		all.Go(func() {
			reports[i] = r.source(ctx, job)
			reports[i].log(ctx, o.Log)
		})
	}
	all.Wait()
	return reports
}

// A run is what the sources that run together share.
type run struct {
	Options
	sink  Sink
	stop  context.CancelCauseFunc
	turns chan struct{} // holds one for each record on its way
}

func (r *run) source(ctx context.Context, job Job) Report {
	start := r.Now()
	t := &tally{report: Report{Source: job.Definition.Name}, log: r.Log}
	env := job.Env
	env.Warn = func(w source.Warning) {
		t.warn(Warning{Kind: w.Kind, ID: w.ID, Sample: w.Sample})
		if job.Env.Warn != nil {
			job.Env.Warn(w)
		}
	}
	err := r.records(ctx, job.Definition.New, env, t)
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	t.report.Err = err
	t.report.Duration = r.Now().Sub(start)
	return t.report
}

// records sends what the source yields and waits till all is sent.
func (r *run) records(ctx context.Context, newSource func(source.Env) source.Source, env source.Env, t *tally) (failure error) {
	var sending sync.WaitGroup
	defer sending.Wait()
	defer func() { // a defect in one source must not end the others
		if p := recover(); p != nil {
			failure = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	for u, err := range newSource(env).Records(ctx, r.Query) {
		var bad *source.RecordError
		switch {
		case errors.As(err, &bad):
			t.skip(bad)
			continue
		case err != nil:
			return err
		}
		select {
		case r.turns <- struct{}{}:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		sending.Go(func() {
			defer func() { <-r.turns }()
			err := r.sink.Send(ctx, u)
			switch {
			case errors.Is(err, ErrSinkClosed), errors.Is(err, ErrSinkFailed):
				r.stop(err)
			case err == nil, ctx.Err() == nil: // what fails because all ends tells nothing
				t.sent(ctx, u, err)
			}
		})
	}
	return nil
}
