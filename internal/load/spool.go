package load

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/source"

	"github.com/gofrs/flock"
)

// A Spool is a sink that keeps in a folder what its next sink could not take, so that a
// later run sends it. Several processes may share the folder.
type Spool struct {
	next Sink
	dir  string
	keep func(error) bool
	now  func() time.Time

	mu   sync.Mutex
	file *os.File
	lock *flock.Flock
	kept int
}

// spooled is a line of a file in the folder.
type spooled struct {
	UpdateLocation bool            `json:"update_location,omitempty"`
	Record         json.RawMessage `json:"record"`
}

const spoolPattern = "unsent-*.ndjson"

// NewSpool keeps in dir what fails to go to next with an error that keep wants kept.
func NewSpool(dir string, next Sink, keep func(error) bool, now func() time.Time) (*Spool, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("spool: %w", err)
	}
	return &Spool{next: next, dir: dir, keep: keep, now: now}, nil
}

// Send gives the record to the next sink, or keeps it. The error says what was wrong
// even then.
func (s *Spool) Send(ctx context.Context, u univaf.Update) (Outcome, error) {
	outcome, err := s.next.Send(ctx, u)
	if err != nil && s.keep(err) {
		err = errors.Join(err, s.put(u))
	}
	return outcome, err
}

func (s *Spool) put(u univaf.Update) error {
	line, err := json.Marshal(spooled{u.UpdateLocation, u.AppendJSON(nil)})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		if err := s.open(); err != nil {
			return fmt.Errorf("the record is lost: spool: %w", err)
		}
	}
	if _, err := s.file.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("the record is lost: spool: %w", err)
	}
	s.kept++
	return nil
}

// open makes a file that is locked as long as it is written, so that no other process
// sends it meanwhile.
func (s *Spool) open() error {
	name := filepath.Join(s.dir, fmt.Sprintf("unsent-%s-%d.ndjson", s.now().UTC().Format("20060102T150405.000000000"), os.Getpid()))
	file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	lock := flock.New(name)
	if _, err := lock.TryLock(); err != nil {
		file.Close()
		return err
	}
	s.file, s.lock = file, lock
	return nil
}

// Close makes what was kept durable and gives how many records that are.
func (s *Spool) Close() (kept int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file != nil {
		err = errors.Join(s.file.Sync(), s.file.Close(), s.lock.Unlock())
		s.file = nil
	}
	return s.kept, err
}

// Resend sends what earlier runs kept. What fails again is kept again.
func (s *Spool) Resend(ctx context.Context, log *slog.Logger, concurrency int) error {
	files, err := filepath.Glob(filepath.Join(s.dir, spoolPattern))
	if err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	for _, name := range files {
		if err := s.resend(ctx, log, name, concurrency); err != nil {
			return fmt.Errorf("spool: %w", err)
		}
	}
	return nil
}

func (s *Spool) resend(ctx context.Context, log *slog.Logger, name string, concurrency int) error {
	lock := flock.New(name, flock.SetFlag(os.O_RDWR))
	if locked, err := lock.TryLock(); err != nil || !locked {
		if errors.Is(err, os.ErrNotExist) {
			err = nil // another process has sent it
		}
		return err
	}
	defer func() { _ = lock.Unlock() }()
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	t := &tally{report: Report{Source: "spool", Start: s.now()}, log: log}
	turns := make(chan struct{}, concurrency)
	var sending sync.WaitGroup
	in := bufio.NewReader(file)
	for ctx.Err() == nil {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			if len(line) > 0 { // the process died while it wrote
				t.skip(badLine(line, errors.New("the line breaks off")))
			}
			break
		}
		if err != nil {
			return err
		}
		u, err := unspool(line)
		if err != nil {
			t.skip(badLine(line, err))
			continue
		}
		t.report.Records++
		turns <- struct{}{}
		sending.Go(func() {
			defer func() { <-turns }()
			outcome, err := s.Send(ctx, u)
			t.sent(ctx, u, outcome, err)
		})
	}
	sending.Wait()
	if ctx.Err() != nil { // some were not tried: all stay, to be sent again
		return context.Cause(ctx)
	}
	t.report.Duration = s.now().Sub(t.report.Start)
	t.report.log(ctx, log)
	return os.Remove(name)
}

func unspool(line []byte) (univaf.Update, error) {
	var kept spooled
	if err := json.Unmarshal(line, &kept); err != nil {
		return univaf.Update{}, err
	}
	u, _, err := univaf.DecodeUpdate(kept.Record)
	u.UpdateLocation = kept.UpdateLocation
	return u, err
}

func badLine(line []byte, err error) *source.RecordError {
	const most = 120
	line = bytes.TrimSpace(line)
	return &source.RecordError{Kind: "unreadable record", Err: err, Sample: string(line[:min(len(line), most)])}
}
