package api

import (
	"context"
	"io"
	"net/http"
	"slices"
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
		s.enqueueLines(ctx, control, body, updateLocation, lines)
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
		if line.chunk != nil && ctx.Err() == nil { // else ingest may still read it
			line.chunk.free()
		}
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

// lineResult waits for the line's outcome.
func (s *Server) lineResult(ctx context.Context, line sentLine) (out lineResult, seq int64) {
	var result ingest.Result
	err := line.err
	if err == nil {
		result, err = line.pending.Wait(ctx)
	}
	out = lineResult{Line: line.number, Status: http.StatusOK, Warnings: slices.Concat(line.update.Warnings, result.Warnings)}
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
