package api

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"getmyvax.org/univaf/internal/ingest"
)

// inFlight is how many lines of one stream may be on their way through ingest.
const inFlight = 2000

// streamPause is how long a sender may say nothing.
const streamPause = 5 * time.Minute

// A lineResult is what a sender of a stream is told of one line.
type lineResult struct {
	Line         int            `json:"line"` // the first is 1
	Status       int            `json:"status"`
	ID           string         `json:"id,omitempty"` // of the location
	Location     ingest.Action  `json:"location,omitempty"`
	Availability ingest.Action  `json:"availability,omitempty"`
	Warnings     []string       `json:"warnings,omitempty"`
	Code         string         `json:"code,omitempty"`
	Detail       string         `json:"detail,omitempty"`
	Errors       []fieldProblem `json:"errors,omitempty"`
}

// A sentLine is a line on its way.
type sentLine struct {
	number   int
	warnings []string
	pending  *ingest.Pending
	err      error
}

// updates takes a stream of updates, one a line, and answers with a line for each, in
// order, as they become durable. A bad line spoils only itself.
func (s *Server) updates(w http.ResponseWriter, r *http.Request) error {
	body, updateLocation, err := s.openUpdate(r)
	if err != nil {
		return err
	}
	control := http.NewResponseController(w)
	_ = control.EnableFullDuplex() // HTTP/2 is so anyway
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	lines := make(chan sentLine, inFlight)
	go func() {
		defer close(lines)
		s.readLines(ctx, control, body, updateLocation, lines)
	}()

	w.Header().Set("Content-Type", ndjsonType[0])
	setHeader(w.Header(), "Cache-Control", cacheNever)
	// Many clients read nothing before they have sent all. Results wait for them in
	// the spool, so that sending never waits for reading.
	spool := newSpool()
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		_, err := spool.WriteTo(flushing{s.patient(w), control})
		if err != nil {
			cancel()
		}
	}()
	last := int64(0)
	for line := range lines {
		result, seq := s.lineResult(ctx, line)
		last = max(last, seq)
		text, err := marshal(result)
		if err == nil {
			_, err = spool.Write(append(text, '\n'))
		}
		if err != nil {
			s.Log.ErrorContext(ctx, "results can't be kept", "err", err)
			cancel()
		}
	}
	s.waitForCatalog(ctx, last)
	spool.Close()
	<-sent
	return nil
}

// readLines decodes lines and hands them to ingest.
func (s *Server) readLines(ctx context.Context, control *http.ResponseController, body io.Reader, updateLocation bool, out chan<- sentLine) {
	in := bufio.NewReaderSize(body, 64<<10)
	for number := 1; ctx.Err() == nil; number++ {
		_ = control.SetReadDeadline(s.Now().Add(streamPause))
		text, err := readLine(in)
		if len(text) == 0 && errors.Is(err, io.EOF) {
			return
		}
		line := sentLine{number: number}
		ended := err != nil && !errors.Is(err, errLongLine)
		switch {
		case errors.Is(err, errLongLine):
			line.err = tooLarge
		case ended && !errors.Is(err, io.EOF):
			line.err = unreadable(err)
		default:
			line = s.enqueue(ctx, line, text, updateLocation)
		}
		select {
		case out <- line:
		case <-ctx.Done():
			return
		}
		if ended {
			return
		}
	}
}

func (s *Server) enqueue(ctx context.Context, line sentLine, text []byte, updateLocation bool) sentLine {
	u, warnings, err := ingest.Decode(text)
	line.warnings = warnings
	if err != nil {
		line.err = err
		return line
	}
	u.UpdateLocation = updateLocation
	line.pending, line.err = s.Ingest.Enqueue(ctx, u)
	return line
}

// lineResult waits for the line's outcome.
func (s *Server) lineResult(ctx context.Context, line sentLine) (out lineResult, seq int64) {
	var result ingest.Result
	err := line.err
	if err == nil {
		result, err = line.pending.Wait(ctx)
	}
	out = lineResult{Line: line.number, Status: http.StatusOK, Warnings: append(line.warnings, result.Warnings...)}
	if err != nil {
		e := describe(err)
		out.Status, out.Code, out.Detail, out.Errors = e.Status, e.Code, e.Message, e.Errors
		if e.Status == http.StatusInternalServerError {
			s.Log.ErrorContext(ctx, "update failed", "line", line.number, "err", err)
		}
		return out, 0
	}
	out.ID, out.Location, out.Availability = result.ID, result.Location, result.Availability
	switch {
	case result.Availability == ingest.OutOfDate:
		out.Status, out.Code = http.StatusConflict, "out_of_date"
	case result.Location == ingest.Created:
		out.Status = http.StatusCreated
	}
	return out, result.Seq
}

var errLongLine = errors.New("line too long")

// readLine gives the next line without its end. A line longer than an update may be
// is skipped and gives errLongLine.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	long := false
	for {
		part, err := in.ReadSlice('\n')
		if long = long || len(line)+len(part) > maxUpdate+2; long {
			line = nil
		} else {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case long && (err == nil || errors.Is(err, io.EOF)):
			return nil, errLongLine
		}
		return bytes.TrimRight(line, "\r\n"), err
	}
}

// flushing sends each write on its way at once.
type flushing struct {
	io.Writer
	control *http.ResponseController
}

func (f flushing) Write(b []byte) (int, error) {
	n, err := f.Writer.Write(b)
	if err == nil {
		err = f.control.Flush()
	}
	return n, err
}
