package load

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"
)

// A Fleet are the workers on one PostgreSQL. Each due source waits in a queue there, once,
// and one of the workers runs it.
type Fleet struct {
	// Pool is where the queue is. It takes Workers and some more connections.
	Pool *pgxpool.Pool
	// Workers is how many sources this worker runs at once.
	Workers int
}

const (
	// overtime is how long after its time limit a run is given to end by itself.
	overtime = 10 * time.Second
	// stuckAfter is how long after its time limit a run is taken for dead whose worker
	// lives.
	stuckAfter = 30 * time.Second
	// rounds is how often a worker looks after itself and the others.
	rounds = 5 * time.Second
	// tries is how often a run that fails is tried.
	tries = 3
)

// Run runs the jobs whenever they are due and no other worker does, until ctx ends. A
// database that is away is waited for.
func (f Fleet) Run(ctx context.Context, jobs []Timed, sink Sink, book Book, o Options) {
	q := &queue{Fleet: f, Options: o, jobs: jobs, sink: sink, book: book}
	for {
		err := q.session(ctx)
		if ctx.Err() != nil {
			return
		}
		o.Log.WarnContext(ctx, "the queue of sources can't be reached; trying again", "err", err)
		wait(ctx, rounds)
	}
}

// A queue is this worker's end of it.
type queue struct {
	Fleet
	Options
	jobs []Timed
	sink Sink
	book Book
}

// A session is the time through which a worker is known to live. Others take over what it
// runs when that ends, and so it must then stop to run it.
func (q *queue) session(ctx context.Context) error {
	ctx, end := context.WithCancel(ctx)
	defer end()
	if err := q.migrate(ctx); err != nil {
		return err
	}
	alive, err := appear(ctx, q.Pool)
	if err != nil {
		return err
	}
	defer alive.leave()
	client, err := q.client(ctx, alive.id)
	if err != nil {
		return err
	}
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	defer func() {
		end()
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stuckAfter)
		defer cancel()
		if err := client.StopAndCancel(stopping); err != nil {
			q.Log.WarnContext(ctx, "the queue was left in a hurry", "err", err)
		}
	}()
	for {
		if err := q.round(ctx, client, alive); err != nil {
			return err
		}
		if !wait(ctx, rounds) {
			return nil
		}
	}
}

// round sees to it that this worker is known to live, takes over from those that died, and
// puts what is overdue into the queue.
func (q *queue) round(ctx context.Context, client *river.Client[pgx.Tx], alive *presence) error {
	ctx, cancel := context.WithTimeout(ctx, 2*rounds)
	defer cancel()
	if err := alive.conn.Ping(ctx); err != nil {
		return err
	}
	if err := q.rescue(ctx, client, alive.id); err != nil {
		return err
	}
	return q.catchUp(ctx, client)
}

// migrate makes the queue's tables, one worker after another.
func (q *queue) migrate(ctx context.Context) error {
	return pgx.BeginFunc(ctx, q.Pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1, 0)`, lockClass); err != nil {
			return err
		}
		migrator, err := rivermigrate.New(riverpgxv5.New(q.Pool), &rivermigrate.Config{Logger: warnings(q.Log)})
		if err != nil {
			return err
		}
		_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
		return err
	})
}

func (q *queue) client(ctx context.Context, id string) (*river.Client[pgx.Tx], error) {
	workers := river.NewWorkers()
	config := river.Config{
		ID: id, Logger: warnings(q.Log), Workers: workers, MaxAttempts: tries,
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: q.Workers}},
		// During a roll-out some workers have sources that others do not know.
		FetchOnlyKnownKinds: true,
	}
	for _, job := range q.jobs {
		w := &worker{queue: q, job: job, session: ctx}
		river.AddWorkerArgs(workers, w.args(), w)
		config.PeriodicJobs = append(config.PeriodicJobs, river.NewPeriodicJob(
			job.Schedule, func() (river.JobArgs, *river.InsertOpts) { return w.args(), nil }, &river.PeriodicJobOpts{ID: w.name()},
		))
		config.JobTimeout = max(config.JobTimeout, w.limit()+overtime)
	}
	config.RescueStuckJobsAfter = config.JobTimeout + stuckAfter
	return river.NewClient(riverpgxv5.New(q.Pool), &config)
}

// rescue puts back into the queue what workers ran that are no more.
func (q *queue) rescue(ctx context.Context, client *river.Client[pgx.Tx], self string) error {
	running, err := client.JobList(ctx, river.NewJobListParams().States(rivertype.JobStateRunning).Kinds(q.kinds()...).First(1000))
	if err != nil {
		return err
	}
	for _, job := range running.Jobs {
		if len(job.AttemptedBy) == 0 || job.AttemptedAt == nil {
			continue
		}
		by := job.AttemptedBy[len(job.AttemptedBy)-1]
		if by == self {
			continue
		}
		if there, err := isPresent(ctx, q.Pool, by); err != nil || there {
			if err != nil {
				return err
			}
			continue
		}
		if err := q.putBack(ctx, client, job, by); err != nil {
			return err
		}
	}
	return nil
}

// catchUp puts into the queue what should have run long ago: ticks are missed while no
// worker leads.
func (q *queue) catchUp(ctx context.Context, client *river.Client[pgx.Tx]) error {
	runs, err := q.book.Runs(ctx, 1)
	if err != nil {
		return err
	}
	pauses, err := q.book.Pauses(ctx, q.Now())
	if err != nil {
		return err
	}
	for _, job := range q.jobs {
		name := job.Job.Definition.Name
		last := runs[name]
		_, paused := pauses[name]
		if paused || len(last) > 0 && q.Now().Before(job.Schedule.Next(last[0].Start).Add(rounds)) {
			continue
		}
		if _, err := client.Insert(ctx, sourceArgs{name}, nil); err != nil {
			return err
		}
	}
	return nil
}

func (q *queue) kinds() (kinds []string) {
	for _, job := range q.jobs {
		kinds = append(kinds, sourceArgs{job.Job.Definition.Name}.Kind())
	}
	return kinds
}

// sourceArgs are what the queue holds of a run that is due. Each source is a kind of job.
type sourceArgs struct {
	Source string `json:"source"`
}

// Kind tells the source.
func (a sourceArgs) Kind() string { return "source:" + a.Source }

// InsertOpts has a source in the queue only once.
func (a sourceArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning,
		rivertype.JobStateRetryable, rivertype.JobStateScheduled,
	}}}
}

// A worker runs one source.
type worker struct {
	river.WorkerDefaults[sourceArgs]
	queue   *queue
	job     Timed
	session context.Context //nolint:containedctx // the session's end is to be told from the run's
}

func (w *worker) name() string         { return w.job.Job.Definition.Name }
func (w *worker) args() sourceArgs     { return sourceArgs{w.name()} }
func (w *worker) limit() time.Duration { return w.job.Schedule.TimeLimit(w.queue.Now()) }

// Timeout is for a run that does not heed its own time limit.
func (w *worker) Timeout(*river.Job[sourceArgs]) time.Duration { return w.limit() + overtime }

// NextRetry waits longer each time, but never for as long as the source's period.
func (w *worker) NextRetry(job *river.Job[sourceArgs]) time.Time {
	now := w.queue.Now()
	backoff := time.Duration(job.Attempt*job.Attempt) * 15 * time.Second
	return now.Add(min(backoff, w.job.Schedule.Period(now)/4))
}

// ranJustNow reports whether the source is far from due: who found it overdue may have looked
// a moment before a run of it was kept.
func (w *worker) ranJustNow(ctx context.Context) (bool, error) {
	runs, err := w.queue.book.Runs(ctx, 1)
	if err != nil || len(runs[w.name()]) == 0 {
		return false, err
	}
	last := runs[w.name()][0].Start
	due := w.job.Schedule.Next(last)
	return due.Sub(w.queue.Now()) > w.job.Schedule.Period(last)/2, nil
}

// Work runs the source.
func (w *worker) Work(ctx context.Context, job *river.Job[sourceArgs]) error {
	if job.Attempt == 1 { // later ones follow a run that failed
		if ran, err := w.ranJustNow(ctx); ran || err != nil {
			return err
		}
	}
	until, paused, err := pausedUntil(ctx, w.queue.book, w.name(), w.queue.Now())
	if err != nil {
		return err
	}
	if paused {
		w.queue.Log.InfoContext(ctx, "source is paused", "source", w.name(), "until", until)
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(w.session, cancel)()
	report := RunOnce(ctx, w.job, w.queue.sink, w.queue.book, w.queue.Options)
	switch {
	case w.session.Err() != nil:
		return river.JobSnooze(0) // for another worker, at once
	case errors.Is(report.Err, errTooLong), report.Err == nil:
		return nil // its next turn comes soon enough
	}
	return fmt.Errorf("%s: %w", w.name(), report.Err)
}

// warnings gives a logger for what River has to say: the rest is ours to tell.
func warnings(log *slog.Logger) *slog.Logger { return slog.New(warningHandler{log.Handler()}) }

type warningHandler struct{ slog.Handler }

func (h warningHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && h.Handler.Enabled(ctx, level)
}

func (h warningHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warningHandler{h.Handler.WithAttrs(attrs)}
}

func (h warningHandler) WithGroup(name string) slog.Handler {
	return warningHandler{h.Handler.WithGroup(name)}
}
