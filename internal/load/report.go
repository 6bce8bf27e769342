package load

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/source"
)

// A Report says how a source's run went.
type Report struct {
	Source    string // its name on the command line
	Duration  time.Duration
	Sent      int // records that were taken
	OutOfDate int // records of which newer ones were known
	Failed    int // records that the sink refused
	Skipped   int // records that could not be read
	Warnings  []Warning
	Err       error // why the source failed; nil if it did not
}

// A Warning counts what was unexpected, by kind, with the first of it for a sample.
type Warning struct {
	Kind   string
	Count  int
	ID     string // upstream's id of the record
	Reason string // what is wrong, of a record that was skipped
	Sample string
}

func (r *Report) log(ctx context.Context, log *slog.Logger) {
	for _, w := range r.Warnings {
		log.WarnContext(ctx, "unexpected data", "source", r.Source, "kind", w.Kind, "count", w.Count,
			"id", w.ID, "reason", w.Reason, "sample", w.Sample)
	}
	counts := []any{
		"source", r.Source, "sent", r.Sent, "out_of_date", r.OutOfDate, "failed", r.Failed, "skipped", r.Skipped,
		"duration", r.Duration.Round(time.Millisecond),
	}
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

func (t *tally) skip(bad *source.RecordError) {
	t.warn(Warning{Kind: bad.Kind, ID: bad.ID, Reason: bad.Err.Error(), Sample: bad.Sample})
	t.mu.Lock()
	defer t.mu.Unlock()
	t.report.Skipped++
}

// mostLogged is how many failures to send are logged for each source. When the far
// side is down, thousands follow that say the same.
const mostLogged = 10

func (t *tally) sent(ctx context.Context, u univaf.Update, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case err == nil:
		t.report.Sent++
	case errors.Is(err, univaf.ErrOutOfDate):
		t.report.OutOfDate++
	default:
		if t.report.Failed++; t.report.Failed <= mostLogged {
			t.log.ErrorContext(ctx, "record not sent", "source", t.report.Source, "id", recordID(u), "name", u.Name, "err", err)
		}
	}
}

func recordID(u univaf.Update) string {
	if u.ID == "" && len(u.ExternalIDs) > 0 {
		return u.ExternalIDs[0].String()
	}
	return u.ID
}
