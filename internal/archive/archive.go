// Package archive writes what is known day by day to files that stay: the tables as they
// were at the end of the day and all updates of the day, in the form of the public archive
// of the years 2021 to 2023 and as Parquet.
//
// It must not know how anything came to be known, and changes nothing but its own marks in
// the database.
package archive

import (
	"context"
	"errors"
	"fmt"
	"time"

	"getmyvax.org/univaf/internal/store"
)

// Errors that say why nothing was done.
var (
	ErrBusy    = errors.New("another process writes a snapshot of this database")
	ErrUnknown = errors.New("nothing is known of the day")
	ErrPrivate = errors.New("private and public snapshots must not share an archive")
)

// Options say what is archived, and where to.
type Options struct {
	Store  *store.Store
	Bucket *Bucket
	// Private keeps private rows and notes, which otherwise are left out.
	Private   bool
	License   string
	Generator string // the program and its release
	TempDir   string // where there is room for the files of a day
	Now       func() time.Time
	// Tell is told what goes on, as a logger would be.
	Tell func(message string, args ...any)
}

// An Archive writes snapshots.
type Archive struct{ Options }

// New gives an archive. The bucket stays the caller's to close.
func New(o Options) *Archive { return &Archive{o} }

// lockName is that of the lock which whoever writes snapshots holds.
const lockName = "snapshot"

// Run writes all days of which the log tells and that are not yet archived, up to
// yesterday, the oldest first. It gives ErrBusy if another process does so.
func (a *Archive) Run(ctx context.Context) error {
	return a.alone(ctx, func() error {
		days, err := a.missing(ctx)
		if err != nil {
			return err
		}
		if len(days) == 0 {
			a.Tell("all days that are over are archived", "archive", a.Bucket.Name)
		}
		var failed error
		for _, day := range days {
			err := a.day(ctx, day)
			if ctx.Err() != nil {
				return errors.Join(failed, err)
			}
			failed = errors.Join(failed, err)
		}
		return errors.Join(failed, a.mark(ctx), a.index(ctx))
	})
}

// RunDay writes one day, if it is not archived yet; of today, what there is so far.
func (a *Archive) RunDay(ctx context.Context, day Day) error {
	return a.alone(ctx, func() error {
		if err := a.day(ctx, day); err != nil {
			return err
		}
		return errors.Join(a.mark(ctx), a.index(ctx))
	})
}

func (a *Archive) alone(ctx context.Context, f func() error) error {
	unlock, ok, err := a.Store.Lock(ctx, lockName)
	if err != nil {
		return err
	}
	if !ok {
		return ErrBusy
	}
	defer unlock()
	if err := a.Bucket.tidy(); err != nil {
		return err
	}
	return f()
}

// missing gives the days that are over and in the log, but not whole in the archive. Of a
// log that is empty or begins today, that is yesterday.
func (a *Archive) missing(ctx context.Context) (days []Day, err error) {
	extent, err := a.Store.LogExtent(ctx)
	if err != nil {
		return nil, err
	}
	today := DayOf(a.Now())
	first := today.Plus(-1)
	if extent.First <= extent.Head && extent.Since.Before(first.Time) {
		first = DayOf(extent.Since)
	}
	objects, err := a.Bucket.list(ctx, folder)
	if err != nil {
		return nil, err
	}
	described := map[string]bool{}
	for _, o := range objects {
		if date, ok := dateOfManifest(o.path); ok {
			described[date] = true
		}
	}
	for day := first; day.Before(today.Time); day = day.Plus(1) {
		if described[day.String()] {
			m, err := a.Bucket.manifest(ctx, day.String())
			if err != nil {
				return nil, err
			}
			if m.Status == statusComplete {
				continue
			}
		}
		days = append(days, day)
	}
	return days, nil
}

// A span is the part of the log that is a day's, and where the state of its end comes from.
type span struct {
	day         Day
	soFar       bool // the day is not over
	epoch       string
	first, last int64     // entries of the log, both included
	base        *manifest // the day before, if the state can be told from it
	gaps        []gap
}

// span finds a day's part of the log.
func (a *Archive) span(ctx context.Context, day Day) (s span, err error) {
	now := a.Now()
	s = span{day: day, soFar: now.Before(day.End()), gaps: []gap{}}
	extent, err := a.Store.LogExtent(ctx)
	if err != nil {
		return s, err
	}
	s.epoch, s.last = extent.Epoch, extent.Head
	yesterday := DayOf(now).Plus(-1)
	switch {
	case now.Before(day.Time):
		return s, fmt.Errorf("%w %s: it is yet to come", ErrUnknown, day)
	case day.Before(yesterday.Time) && extent.First > extent.Head:
		return s, fmt.Errorf("%w %s: the database has no log", ErrUnknown, day)
	case day.Before(yesterday.Time) && !extent.Since.Before(day.End()):
		return s, fmt.Errorf("%w %s: the log of the database begins at %s", ErrUnknown, day, extent.Since.Format(time.RFC3339))
	}
	if !s.soFar {
		if s.last, err = a.Store.LastBefore(ctx, day.End()); err != nil {
			return s, err
		}
	}
	before, err := a.Bucket.manifest(ctx, day.Plus(-1).String())
	switch {
	case err != nil && !isAbsent(err):
		return s, err
	case err == nil && before.Private != a.Private:
		return s, fmt.Errorf("%w: %s holds others", ErrPrivate, a.Bucket.Name)
	}
	continues := err == nil && before.Status == statusComplete && before.Epoch == s.epoch
	if continues {
		s.first = before.LastSeq + 1
		s.last = max(s.last, before.LastSeq)
	} else {
		if s.first, err = a.Store.LastBefore(ctx, day.Time); err != nil {
			return s, err
		}
		s.first++
	}
	if s.first < extent.First {
		s.first = extent.First
		s.last = max(s.last, s.first-1)
		continues = false
	}
	if s.first == extent.First && s.first > 1 && !continues {
		s.gaps = append(s.gaps, gap{[]string{logTable}, "the log of the database begins at " + extent.Since.Format(time.RFC3339)})
	}
	if continues && before.StateSeq <= s.last && !s.soFar {
		s.base = &before
	}
	return s, nil
}

// isWhole reports whether a day is archived, and its files are there.
func (a *Archive) isWhole(ctx context.Context, m *manifest) (bool, error) {
	if m.Status != statusComplete {
		return false, nil
	}
	for _, f := range m.Files {
		size, err := a.Bucket.size(ctx, f.Path)
		if isAbsent(err) || err == nil && size != f.Bytes {
			a.Tell("a file of the archive is gone or changed", "path", f.Path)
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
	return true, nil
}

// mark notes up to where the log is archived: as far as one day follows the other.
func (a *Archive) mark(ctx context.Context) error {
	extent, err := a.Store.LogExtent(ctx)
	if err != nil || extent.First > extent.Head {
		return err
	}
	marked, err := a.Store.Archived(ctx, a.Bucket.Name)
	if err != nil {
		return err
	}
	through := max(marked, extent.First-1)
	for day := DayOf(extent.Since); day.Before(a.Now()); day = day.Plus(1) {
		m, err := a.Bucket.manifest(ctx, day.String())
		if isAbsent(err) {
			continue
		}
		if err != nil {
			return err
		}
		if m.Status == statusComplete && m.Epoch == extent.Epoch && m.FirstSeq <= through+1 {
			through = max(through, m.LastSeq)
		}
	}
	if through == marked {
		return nil
	}
	return a.Store.SetArchived(ctx, a.Bucket.Name, through)
}
