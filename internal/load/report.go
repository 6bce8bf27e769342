package load

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/source"
)

// A Report says how a source's run went.
type Report struct {
	Source    string // its name on the command line
	Start     time.Time
	Duration  time.Duration
	Records   int // that the source gave
	Sent      int // records that were taken
	Created   int // of those sent, how many were new places,
	Changed   int // how many brought something new
	Unchanged int // and how many did not, where the sink can tell
	OutOfDate int // records of which newer ones were known
	Failed    int // records that the sink refused
	Skipped   int // records that could not be read
	Stale     int // records that were left out since they were too old
	Hidden    int // places that the source names no more
	Ages      Ages
	// StaleAfter is how old records may be.
	StaleAfter time.Duration
	// UnchangedSince is as in univaf.Run.
	UnchangedSince *time.Time
	Warnings       []Warning
	Err            error // why the source failed; nil if it did not
}

// A Warning counts what was unexpected, by kind, with the first of it for a sample.
type Warning struct {
	Kind   string
	Count  int
	ID     string // upstream's id of the record
	Reason string // what is wrong or was done about it; "" if the kind says all
	Sample string
}

func (r Report) log(ctx context.Context, log *slog.Logger) {
	for _, w := range r.Warnings {
		log.WarnContext(ctx, "unexpected data", "source", r.Source, "kind", w.Kind, "count", w.Count,
			"id", w.ID, "reason", w.Reason, "sample", w.Sample)
	}
	if r.Ages.Max > r.StaleAfter {
		log.WarnContext(ctx, "stale data", "source", r.Source, "stale_after", r.StaleAfter, "min", r.Ages.Min.Round(time.Second),
			"max", r.Ages.Max.Round(time.Second), "average", r.Ages.Average.Round(time.Second), "median", r.Ages.Median.Round(time.Second))
	}
	counts := []any{"source", r.Source, "records", r.Records}
	for _, n := range []struct {
		name  string
		count int
		shown bool // even if it is 0
	}{
		{"sent", r.Sent, true},
		{"created", r.Created, false},
		{"changed", r.Changed, false},
		{"unchanged", r.Unchanged, false},
		{"out_of_date", r.OutOfDate, true},
		{"failed", r.Failed, true},
		{"skipped", r.Skipped, true},
		{"stale", r.Stale, false},
		{"hidden", r.Hidden, false},
	} {
		if n.shown || n.count > 0 {
			counts = append(counts, n.name, n.count)
		}
	}
	counts = append(counts, "duration", r.Duration.Round(time.Millisecond))
	switch {
	case errors.Is(r.Err, ErrSinkClosed):
		log.InfoContext(ctx, "source stopped", append(counts, "why", r.Err)...)
	case r.Err != nil:
		log.ErrorContext(ctx, "source failed", append(counts, "err", r.Err)...)
	default:
		log.InfoContext(ctx, "source loaded", counts...)
	}
}

// A tally makes a report.
type tally struct {
	log    *slog.Logger
	mu     sync.Mutex
	report Report
	ages   []time.Duration
}

func (t *tally) warn(w Warning) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.report.Warnings {
		if t.report.Warnings[i].Kind == w.Kind {
			t.report.Warnings[i].Count++
			return
		}
	}
	w.Count = 1
	t.report.Warnings = append(t.report.Warnings, w)
}

// end notes that the run is over.
func (t *tally) end(start, end time.Time, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.report.Err, t.report.Start, t.report.Duration = err, start, end.Sub(start)
	t.report.Ages = sumAges(t.ages)
}

// compare warns of a run that is over and is not as those before it.
func (t *tally) compare(before History) {
	report := t.snapshot()
	run := report.Run()
	run.Follow(before.Last)
	t.mu.Lock()
	t.report.UnchangedSince = run.UnchangedSince
	t.mu.Unlock()
	if report.Err == nil && run.IsFewerThan(before.Usual) {
		t.warn(Warning{Kind: "fewer records than usual", Reason: fmt.Sprintf("%d, usually %d", run.Records, before.Usual)})
	}
	if run.IsStuck() {
		t.warn(Warning{Kind: "no news", Reason: "since " + univaf.FormatTime(*run.UnchangedSince)})
	}
}

// snapshot gives the report as it is by now.
func (t *tally) snapshot() Report {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.report
}

// read counts a record of the source.
func (t *tally) read(age time.Duration, known, tooOld bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.report.Records++
	if known {
		t.ages = append(t.ages, age)
	}
	if tooOld {
		t.report.Stale++
	}
}

func (t *tally) skip(bad *source.RecordError) {
	t.warn(Warning{Kind: bad.Kind, ID: bad.ID, Reason: bad.Err.Error(), Sample: bad.Sample})
	t.mu.Lock()
	defer t.mu.Unlock()
	t.report.Skipped++
}

// mostLogged is how many failures to send are logged for each source. When the far
// side is down, thousands follow that say the same.
const mostLogged = 10

func (t *tally) sent(ctx context.Context, u univaf.Update, outcome Outcome, err error) {
	if errors.Is(err, univaf.ErrMisplaced) {
		t.warn(Warning{Kind: "another place", ID: recordID(u), Reason: err.Error(), Sample: u.Name})
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case err == nil:
		t.report.Sent++
		switch outcome {
		case Created:
			t.report.Created++
		case Changed:
			t.report.Changed++
		case Unchanged:
			t.report.Unchanged++
		}
	case errors.Is(err, univaf.ErrOutOfDate):
		t.report.OutOfDate++
	default:
		if t.report.Failed++; t.report.Failed <= mostLogged {
			t.log.ErrorContext(ctx, "record not sent", "source", t.report.Source, "id", recordID(u), "name", u.Name, "err", err)
		}
	}
}

// hid counts a place that was hidden.
func (t *tally) hid(ctx context.Context, u univaf.Update, err error) {
	if err != nil {
		t.sent(ctx, u, Taken, err)
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.report.Hidden++
}

func recordID(u univaf.Update) string {
	if u.ID == "" && len(u.ExternalIDs) > 0 {
		return u.ExternalIDs[0].String()
	}
	return u.ID
}

// Run gives the report in the form in which it is kept.
func (r Report) Run() univaf.Run {
	run := univaf.Run{
		Source: r.Source, Start: r.Start.UTC().Truncate(time.Millisecond), End: r.Start.Add(r.Duration).UTC().Truncate(time.Millisecond),
		Records: r.Records, Sent: r.Sent, Created: r.Created, Changed: r.Changed, Unchanged: r.Unchanged, OutOfDate: r.OutOfDate,
		Failed: r.Failed, Skipped: r.Skipped, Stale: r.Stale, Hidden: r.Hidden,
		StaleAfter: seconds(r.StaleAfter), UnchangedSince: r.UnchangedSince,
	}
	if r.Err != nil {
		first, _, _ := strings.Cut(r.Err.Error(), "\n") // behind it stands what only a developer can use
		run.Error = clean(first)
	}
	if r.Ages.Known > 0 {
		run.Ages = &univaf.RunAges{
			Min: seconds(r.Ages.Min), Median: seconds(r.Ages.Median), Max: seconds(r.Ages.Max),
		}
	}
	for _, w := range r.Warnings {
		run.Warnings = append(run.Warnings, univaf.RunWarning{
			Fingerprint: r.Source + "/" + strings.ReplaceAll(w.Kind, " ", "-"),
			Kind:        w.Kind, Count: w.Count, ID: clean(w.ID), Reason: clean(w.Reason), Sample: clean(w.Sample),
		})
	}
	return run
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

// clean makes a text from upstream one that can be kept and shown anywhere.
func clean(text string) string {
	const most = 300
	text = strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "\uFFFD")
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return text
}
