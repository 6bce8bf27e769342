package univaf

import (
	"slices"
	"time"
)

// A Run says how it went when a source was read and its records sent.
type Run struct {
	Source string    `json:"source"` // e.g. "cvsSmart"
	Start  time.Time `json:"start"`
	End    time.Time `json:"end"`
	Error  string    `json:"error,omitempty"` // why it failed; "" if it did not

	Records   int `json:"records"`     // that the source gave
	Sent      int `json:"sent"`        // that were taken
	Created   int `json:"created"`     // of those sent: new places,
	Changed   int `json:"changed"`     // news of known ones
	Unchanged int `json:"unchanged"`   // and re-checks
	OutOfDate int `json:"out_of_date"` // of which newer ones were known
	Failed    int `json:"failed"`      // that were refused or could not be sent
	Skipped   int `json:"skipped"`     // that could not be read
	Stale     int `json:"stale"`       // left out since they were too old
	Hidden    int `json:"hidden"`      // places that the source names no more

	// Ages are how old the records were, in seconds; nil if none has a time.
	Ages *RunAges `json:"ages,omitempty"`
	// UnchangedSince is when the first run began since which none has brought news; nil if
	// this one did.
	UnchangedSince *time.Time `json:"unchanged_since,omitempty"`
	// StaleAfter is for how long data may be old, or bring no news, before that is
	// reported, in seconds.
	StaleAfter int64 `json:"stale_after,omitempty"`

	Warnings []RunWarning `json:"warnings,omitempty"`
}

// RunAges say how old records were, in seconds.
type RunAges struct {
	Min    int64 `json:"min"`
	Median int64 `json:"median"`
	Max    int64 `json:"max"`
}

// Follow notes since when no run has brought news, by the run before; nil if there is none.
func (r *Run) Follow(before *Run) {
	r.UnchangedSince = nil
	switch {
	case r.Error != "" || r.Created+r.Changed > 0 || r.Unchanged+r.OutOfDate == 0:
	case before != nil && before.UnchangedSince != nil:
		r.UnchangedSince = before.UnchangedSince
	default:
		r.UnchangedSince = &r.Start
	}
}

// IsStuck reports whether the source's data has brought no news for longer than it may.
func (r *Run) IsStuck() bool {
	return r.UnchangedSince != nil && r.End.Sub(*r.UnchangedSince) > time.Duration(r.StaleAfter)*time.Second && r.StaleAfter > 0
}

// A RunWarning counts what was unexpected in a run, by kind, with one for a sample.
type RunWarning struct {
	Fingerprint string `json:"fingerprint"` // the same for the same kind of trouble: source and kind
	Kind        string `json:"kind"`
	Count       int    `json:"count"`
	ID          string `json:"id,omitempty"` // the upstream's
	Reason      string `json:"reason,omitempty"`
	Sample      string `json:"sample,omitempty"`
}

// A Pause keeps a source from being run.
type Pause struct {
	Source string    `json:"source"`
	Since  time.Time `json:"since"`
	Until  time.Time `json:"until"`
	Reason string    `json:"reason,omitempty"`
}

// Health says in a word how a source does.
type Health string

// The states of a source's health.
const (
	HealthOK       Health = "ok"
	HealthLate     Health = "late"     // it should have run and has not
	HealthDegraded Health = "degraded" // its last run failed, or was not as usual
	HealthFailing  Health = "failing"  // it has not succeeded for long
	HealthPaused   Health = "paused"
	HealthOff      Health = "off" // nobody runs it
)

// failures is how many runs in a row must fail for a source to be failing.
const failures = 3

// SourceHealth judges a source by its last runs, the newest first. Every is how often it is
// to run, 0 if nobody has it run; its runs may be late by half of that.
func SourceHealth(runs []Run, pause *Pause, every time.Duration, now time.Time) Health {
	switch {
	case pause != nil && now.Before(pause.Until):
		return HealthPaused
	case every == 0 && (len(runs) == 0 || now.Sub(runs[0].End) > 24*time.Hour):
		return HealthOff
	case len(runs) == 0:
		return HealthLate
	}
	failed := 0
	for failed < len(runs) && runs[failed].Error != "" {
		failed++
	}
	switch last := &runs[0]; {
	case failed >= failures, failed > 0 && failed == len(runs):
		return HealthFailing
	case every > 0 && now.Sub(last.Start) > every+every/2:
		return HealthLate
	case failed > 0, last.isUnusual(UsualRecords(runs[1:])):
		return HealthDegraded
	}
	return HealthOK
}

// isUnusual reports whether a run that succeeded should be looked at: far fewer records than
// usual, many that could not be read or sent, or data that does not move.
func (r *Run) isUnusual(usual int) bool {
	return r.IsFewerThan(usual) || (r.Skipped+r.Failed)*10 > r.Records || r.IsStuck() ||
		r.Ages != nil && r.StaleAfter > 0 && r.Ages.Median > r.StaleAfter
}

// IsFewerThan reports whether a run gave less than half of the usual records.
func (r *Run) IsFewerThan(usual int) bool { return r.Records*2 < usual }

// UsualRecords is how many records runs usually have: the median of those that succeeded, 0
// if none did.
func UsualRecords(runs []Run) int {
	var counts []int
	for _, r := range runs {
		if r.Error == "" {
			counts = append(counts, r.Records)
		}
	}
	if len(counts) == 0 {
		return 0
	}
	slices.Sort(counts)
	return counts[len(counts)/2]
}
