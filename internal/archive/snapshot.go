package archive

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"getmyvax.org/univaf"
)

// day writes a day, if it is not there yet.
func (a *Archive) day(ctx context.Context, day Day) error {
	was, err := a.Bucket.manifest(ctx, day.String())
	if err != nil && !isAbsent(err) {
		return fmt.Errorf("%s: %w", day, err)
	}
	if err == nil {
		if was.Private != a.Private {
			return fmt.Errorf("%s: %w: %s holds others", day, ErrPrivate, a.Bucket.Name)
		}
		whole, err := a.isWhole(ctx, &was)
		if err != nil {
			return fmt.Errorf("%s: %w", day, err)
		}
		if whole {
			a.Tell("the day is archived already", "day", day.String(), "archive", a.Bucket.Name)
			return nil
		}
	}
	s, err := a.span(ctx, day)
	if err != nil {
		return err
	}
	if was.Status == statusComplete && s.base == nil {
		return fmt.Errorf("%s: a file of the day is gone, and it can't be told any more how things were", day)
	}
	if err := a.write(ctx, s, &was); err != nil {
		return fmt.Errorf("%s: %w", day, err)
	}
	return nil
}

// work makes a folder for the files of a day; what a run that was killed left there goes.
func (a *Archive) work(epoch string) (string, error) {
	sum := sha256.Sum256([]byte(epoch + " " + a.Bucket.Name))
	folder := filepath.Join(a.TempDir, fmt.Sprintf("univaf-snapshot-%x", sum[:8]))
	if err := os.RemoveAll(folder); err != nil {
		return "", err
	}
	return folder, os.Mkdir(folder, 0o700)
}

// write makes the files of a day, puts them into the archive, and notes that they are there.
func (a *Archive) write(ctx context.Context, s span, was *manifest) error {
	began := a.Now()
	folder, err := a.work(s.epoch)
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	m := manifest{
		SchemaVersion: schemaVersion, Date: s.day.String(), Private: a.Private, GeneratedAt: began.UTC(), Generator: a.Generator,
		License: a.License, Epoch: s.epoch, FirstSeq: s.first, LastSeq: s.last, KnownGaps: s.gaps,
	}
	m.Citation = citation(a.Bucket.Name, m.Date)
	runs, err := a.Store.RunsBetween(ctx, s.day.Time, s.day.End())
	if err != nil {
		return err
	}
	m.SourceOutages = outages(runs)
	files, err := a.make(ctx, folder, s, &m)
	if err != nil {
		return err
	}
	m.Status = statusWriting
	m.Files = files
	if err := a.put(ctx, &m, was); err != nil {
		return err
	}
	m.Status = statusComplete
	if s.soFar {
		m.Status = statusSoFar
	}
	if err := a.Bucket.putManifest(ctx, &m); err != nil {
		return err
	}
	a.Tell("snapshot written", "day", s.day.String(), "archive", a.Bucket.Name, "state_as_of", m.StateAsOf, "took", a.Now().Sub(began).Round(1e6))
	return nil
}

// make makes the files of a day on the local disk.
func (a *Archive) make(ctx context.Context, folder string, s span, m *manifest) (files []file, err error) {
	spool, err := newSpool(folder)
	if err != nil {
		return nil, err
	}
	defer func() { _ = spool.close() }()
	p, follow, err := a.start(ctx, spool, s, m)
	if err != nil {
		return nil, err
	}
	l, err := newLogPass(p, folder, s.day, follow, a.Private)
	if err != nil {
		return nil, err
	}
	defer l.discard()
	if err := a.Store.EachBatch(ctx, s.first-1, s.last, l.batch); err != nil {
		return nil, err
	}
	if err := l.lines.close(); err != nil {
		return nil, err
	}
	if follow {
		if err := a.reveal(ctx, p, l, s, m); err != nil {
			return nil, err
		}
	}
	state, err := writeState(ctx, p, folder, s.day, a.Private)
	if err != nil {
		return nil, err
	}
	log, err := l.writeParquet(ctx, folder, s.day)
	if err != nil {
		return nil, err
	}
	return append(state, l.lines.file, log), nil
}

// start gives the picture to start from: that of the end of the day before, which the log
// then leads on, or the present one.
func (a *Archive) start(ctx context.Context, spool *spool, s span, m *manifest) (p *picture, follow bool, err error) {
	if s.base != nil {
		p = newPicture(spool)
		err := a.readBase(ctx, p, s.base)
		if err == nil {
			m.StateSeq, m.StateAsOf = s.last, univaf.FormatTime(s.day.End())
			return p, true, nil
		}
		if ctx.Err() != nil {
			return nil, false, err
		}
		a.Tell("the day before can't be read; the state is the present one", "day", s.day.String(), "err", err)
	}
	p = newPicture(spool)
	if m.StateSeq, err = a.readPresent(ctx, p); err != nil {
		return nil, false, err
	}
	m.StateAsOf = univaf.FormatTime(a.Now())
	switch {
	case m.StateSeq == s.last && !s.soFar: // nothing has happened since
		m.StateAsOf = univaf.FormatTime(s.day.End())
	case !s.soFar:
		m.KnownGaps = append(m.KnownGaps, gap{
			[]string{locationsTable, externalIDsTable, availabilityTable, mergedIDsTable},
			"the day before is not in the archive, so the state is that of " + m.StateAsOf,
		})
	}
	return p, false, nil
}

// put writes the files of a day to the archive. The manifest, as one of a day that is being
// written, goes first, so that another run knows them for its own.
func (a *Archive) put(ctx context.Context, m, was *manifest) error {
	for i := range m.Files {
		f := &m.Files[i]
		kept, err := a.keep(ctx, f, was)
		if err != nil {
			return err
		}
		if kept {
			a.Tell("a larger file is there already and stays", "path", f.Path, "bytes", f.Bytes)
		}
	}
	begun := *m
	begun.Files = slices.Clone(m.Files)
	for _, f := range was.Files { // which may still be there
		if !slices.ContainsFunc(begun.Files, func(g file) bool { return g.Path == f.Path && g.Bytes == f.Bytes }) {
			begun.Files = append(begun.Files, f)
		}
	}
	if err := a.Bucket.putManifest(ctx, &begun); err != nil {
		return err
	}
	for i := range m.Files {
		if f := &m.Files[i]; !f.Kept {
			if err := a.Bucket.putFile(ctx, f); err != nil {
				return err
			}
		}
	}
	return nil
}

// keep finds out whether a larger file is in the place of one, which then stays and is
// described instead. Files of a run that did not end, or of a day that was not over, are
// replaced.
func (a *Archive) keep(ctx context.Context, f *file, was *manifest) (bool, error) {
	size, err := a.Bucket.size(ctx, f.Path)
	if isAbsent(err) || err == nil && size <= f.Bytes {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for _, own := range was.Files {
		if own.Path == f.Path && own.Bytes == size && !own.Kept && was.Status != statusComplete {
			return false, nil
		}
	}
	there, err := a.Bucket.describe(ctx, f)
	if err != nil {
		return false, err
	}
	if f.Table == logTable && f.Format == ndjson && there.Rows < f.Rows {
		return false, fmt.Errorf("%s is there and larger (%d bytes), but has %d rows instead of %d: move it away, so that nothing is lost",
			f.Path, there.Bytes, there.Rows, f.Rows)
	}
	*f = there
	return true, nil
}
