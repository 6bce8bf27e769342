package load_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/load"
	"getmyvax.org/univaf/internal/source"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// fake is a source that does what its function does.
type fake func(ctx context.Context, q source.Query, env source.Env, yield func(univaf.Update, error) bool)

func (f fake) job(name string) load.Job {
	return load.Job{Definition: source.Definition{Name: name, New: func(env source.Env) source.Source { return running{f, env} }}, Env: source.Env{Now: time.Now}}
}

type running struct {
	f   fake
	env source.Env
}

func (r running) Records(ctx context.Context, q source.Query) iter.Seq2[univaf.Update, error] {
	return func(yield func(univaf.Update, error) bool) { r.f(ctx, q, r.env, yield) }
}

// places yields places of those names.
func places(names ...string) fake {
	return func(_ context.Context, _ source.Query, _ source.Env, yield func(univaf.Update, error) bool) {
		for _, name := range names {
			if !yield(place(name), nil) {
				return
			}
		}
	}
}

func place(name string) univaf.Update { return univaf.Update{Location: univaf.Location{Name: name}} }

// takes is a sink that notes what it gets and refuses what it is told to.
type takes struct {
	mu      sync.Mutex
	names   []string
	refuse  map[string]error
	outcome map[string]load.Outcome
}

func (s *takes) Send(_ context.Context, u univaf.Update) (load.Outcome, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.refuse[u.Name]; err != nil {
		return load.Taken, err
	}
	s.names = append(s.names, u.Name)
	return s.outcome[u.Name], nil
}

func options(log *strings.Builder) load.Options {
	return load.Options{Log: slog.New(slog.NewTextHandler(log, nil)), Now: time.Now}
}

// errorText lets errors compare by what they say, without a stack.
var errorText = cmp.Comparer(func(a, b error) bool {
	first := func(err error) string {
		text, _, _ := strings.Cut(fmt.Sprint(err), "\n")
		return text
	}
	return first(a) == first(b)
})

func TestRunReportsOnEachSource(t *testing.T) {
	troubled := fake(func(_ context.Context, q source.Query, env source.Env, yield func(univaf.Update, error) bool) {
		_ = yield(place("b1 of "+strings.Join(q.States, "+")), nil) &&
			yield(univaf.Update{}, &source.RecordError{Kind: "invalid store", ID: "7", Err: errors.New("no name"), Sample: "{}"}) &&
			yield(univaf.Update{}, fmt.Errorf("wrapped: %w", &source.RecordError{Kind: "invalid store", ID: "8", Err: errors.New("no id")}))
		env.Warn(source.Warning{Kind: "unknown product", ID: "9", Sample: "X"})
		env.Warn(source.Warning{Kind: "unknown product", ID: "10", Sample: "Y"})
		yield(place("b2"), nil)
	})
	broken := fake(func(_ context.Context, _ source.Query, _ source.Env, yield func(univaf.Update, error) bool) {
		yield(place("c1"), nil)
		yield(univaf.Update{}, errors.New("404 Not Found"))
	})
	defective := fake(func(context.Context, source.Query, source.Env, func(univaf.Update, error) bool) {
		panic("a bug")
	})
	sink := &takes{refuse: map[string]error{
		"a2": fmt.Errorf("409: %w", univaf.ErrOutOfDate),
		"a3": errors.New("422 bad"),
	}, outcome: map[string]load.Outcome{"a4": load.Created}}
	var log strings.Builder
	o := options(&log)
	o.Query.States = []string{"NJ", "PA"}
	jobs := []load.Job{places("a1", "a2", "a3", "a4").job("a"), troubled.job("b"), broken.job("c"), defective.job("d")}
	got := load.Run(t.Context(), jobs, sink, o)

	want := []load.Report{
		{Source: "a", Records: 4, Sent: 2, Created: 1, OutOfDate: 1, Failed: 1},
		{Source: "b", Records: 2, Sent: 2, Skipped: 2, Warnings: []load.Warning{
			{Kind: "invalid store", Count: 2, ID: "7", Reason: "no name", Sample: "{}"},
			{Kind: "unknown product", Count: 2, ID: "9", Sample: "X"},
		}},
		{Source: "c", Records: 1, Sent: 1, Err: errors.New("404 Not Found")},
		{Source: "d", Err: errors.New("panic: a bug")},
	}
	if diff := cmp.Diff(want, got, errorText, cmpopts.IgnoreFields(load.Report{}, "Start", "Duration", "StaleAfter")); diff != "" {
		t.Errorf("reports (-want +got):\n%s", diff)
	}
	slices.Sort(sink.names)
	if diff := cmp.Diff([]string{"a1", "a4", "b1 of NJ+PA", "b2", "c1"}, sink.names); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
	for _, line := range []string{
		`level=INFO msg="source loaded" source=a records=4 sent=2 created=1 out_of_date=1 failed=1 skipped=0 duration=`,
		`level=ERROR msg="record not sent" source=a id="" name=a3 err="422 bad"`,
		`level=WARN msg="unexpected data" source=b kind="invalid store" count=2 id=7 reason="no name" sample={}`,
		`level=ERROR msg="source failed" source=c records=1 sent=1 out_of_date=0 failed=0 skipped=0 duration=`,
	} {
		if !strings.Contains(log.String(), line) {
			t.Errorf("not logged: %s\nin\n%s", line, log.String())
		}
	}
}

func TestRunSendsAFewAtOnce(t *testing.T) {
	for _, test := range []struct {
		concurrency, want int
		wantDuration      time.Duration
	}{
		{0, 10, 3 * time.Second},
		{1, 1, 24 * time.Second},
		{5, 5, 5 * time.Second},
	} {
		t.Run(fmt.Sprint(test.concurrency), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				var names []string
				now, most := 0, 0
				sink := load.SinkFunc(func(_ context.Context, u univaf.Update) (load.Outcome, error) {
					mu.Lock()
					names = append(names, u.Name)
					now++
					most = max(most, now)
					mu.Unlock()
					time.Sleep(time.Second)
					mu.Lock()
					now--
					mu.Unlock()
					return load.Taken, nil
				})
				var many []string
				for i := range 24 {
					many = append(many, fmt.Sprintf("%02d", i))
				}
				var log strings.Builder
				o := options(&log)
				o.Concurrency = test.concurrency
				reports := load.Run(t.Context(), []load.Job{places(many...).job("a")}, sink, o)
				if most != test.want || reports[0].Duration != test.wantDuration {
					t.Errorf("%d at once in %v", most, reports[0].Duration)
				}
				if test.concurrency == 1 && !slices.Equal(names, many) {
					t.Errorf("order %v", names)
				}
			})
		})
	}
}

// endless yields till it is told to stop.
func endless(ctx context.Context, _ source.Query, _ source.Env, yield func(univaf.Update, error) bool) {
	for yield(place("x"), nil) {
	}
}

func TestASinkEndsTheRun(t *testing.T) {
	for _, test := range []struct {
		why   error
		level string
	}{
		{load.ErrSinkClosed, "INFO"},
		{load.ErrSinkFailed, "ERROR"},
	} {
		t.Run(test.why.Error(), func(t *testing.T) {
			var log strings.Builder
			jobs := []load.Job{fake(endless).job("a"), fake(endless).job("b")}
			sink := &takes{refuse: map[string]error{"x": fmt.Errorf("%w: because", test.why)}}
			for _, r := range load.Run(t.Context(), jobs, sink, options(&log)) {
				if !errors.Is(r.Err, test.why) || r.Failed != 0 {
					t.Errorf("%+v", r)
				}
			}
			if strings.Count(log.String(), "level="+test.level) != 2 {
				t.Errorf("logged %s", log.String())
			}
		})
	}
}

func TestCancelEndsTheRun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var log strings.Builder
	sink := load.SinkFunc(func(context.Context, univaf.Update) (load.Outcome, error) {
		cancel()
		return load.Taken, ctx.Err()
	})
	reports := load.Run(ctx, []load.Job{fake(endless).job("a")}, sink, options(&log))
	if !errors.Is(reports[0].Err, context.Canceled) || reports[0].Failed != 0 {
		t.Errorf("%+v", reports[0])
	}
}

func TestFailuresToSendAreLoggedAFewTimes(t *testing.T) {
	var names []string
	refuse := map[string]error{}
	for i := range 50 {
		names = append(names, fmt.Sprint(i))
		refuse[names[i]] = errors.New("500")
	}
	var log strings.Builder
	reports := load.Run(t.Context(), []load.Job{places(names...).job("a")}, &takes{refuse: refuse}, options(&log))
	if n := strings.Count(log.String(), "record not sent"); reports[0].Failed != 50 || n != 10 || reports[0].Err != nil {
		t.Errorf("%d failed, %d logged, error %v", reports[0].Failed, n, reports[0].Err)
	}
}
