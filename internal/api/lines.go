package api

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"sync"

	"getmyvax.org/univaf/internal/ingest"
)

// A sentLine is a line on its way.
type sentLine struct {
	number  int
	update  ingest.Update
	pending *ingest.Pending
	err     error
	chunk   *chunk // whose last line it is, or nil
}

// A chunk is some lines that are decoded together.
type chunk struct {
	text    []byte // of the lines, one behind the other
	ends    []int  // of each in text
	lines   []sentLine
	decoded chan struct{}
}

// A chunk ends after so many lines or bytes, or when the next line has not come yet.
const (
	chunkLines = 32
	chunkBytes = 128 << 10
)

// chunks lends readChunks what it fills.
var chunks = sync.Pool{New: func() any { return &chunk{text: make([]byte, 0, chunkBytes+chunkBytes/2)} }}

func newChunk() *chunk {
	c := chunks.Get().(*chunk)
	clear(c.lines)
	c.text, c.ends, c.lines, c.decoded = c.text[:0], c.ends[:0], c.lines[:0], make(chan struct{})
	return c
}

// enqueueLines decodes lines, on all processors, and hands them to ingest in order.
func (s *Server) enqueueLines(ctx context.Context, control *http.ResponseController, body io.Reader, updateLocation bool, out chan<- sentLine) {
	ctx, cancel := context.WithCancel(ctx)
	processors := runtime.GOMAXPROCS(0)
	work, order := make(chan *chunk), make(chan *chunk, 2*processors)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	running.Go(func() {
		defer close(work)
		defer close(order)
		s.readChunks(ctx, control, body, func(c *chunk) bool {
			return pass(ctx, order, c) && pass(ctx, work, c)
		})
	})
	for range processors {
		running.Go(func() {
			for c := range work {
				s.decode(c, updateLocation)
			}
		})
	}
	for c := range order {
		select {
		case <-c.decoded:
		case <-ctx.Done():
			return
		}
		for i, line := range c.lines {
			if i == len(c.lines)-1 {
				line.chunk = c
			}
			if line.err == nil {
				line.pending, line.err = s.Ingest.Enqueue(ctx, line.update)
			}
			line.update = ingest.Update{Warnings: line.update.Warnings} // ingest has the rest
			if !pass(ctx, out, line) {
				return
			}
		}
	}
}

// free gives the chunk back when all its lines are answered.
func (c *chunk) free() {
	if cap(c.text) <= 4*chunkBytes { // or one huge line would stay for ever
		chunks.Put(c)
	}
}

// pass sends to a channel, and reports false if ctx ended.
func pass[T any](ctx context.Context, to chan<- T, v T) bool {
	select {
	case to <- v:
		return true
	case <-ctx.Done():
		return false
	}
}

// readChunks reads lines until their end, or until pass reports false.
func (s *Server) readChunks(ctx context.Context, control *http.ResponseController, body io.Reader, pass func(*chunk) bool) {
	in := bufio.NewReaderSize(body, 256<<10)
	number := 0
	for ended := false; !ended && ctx.Err() == nil; {
		c := newChunk()
		for !ended && !c.full(in) {
			_ = control.SetReadDeadline(s.Now().Add(streamPause))
			before := len(c.text)
			text, err := readLine(in, c.text)
			number++
			line := sentLine{number: number}
			switch {
			case errors.Is(err, errLongLine):
				line.err, text = tooLarge, text[:before]
			case errors.Is(err, io.EOF):
				ended = true
				if len(text) == before {
					continue
				}
			case err != nil:
				ended = true
				line.err, text = unreadable(err), text[:before]
			}
			c.text = text
			c.ends = append(c.ends, len(text))
			c.lines = append(c.lines, line)
		}
		if len(c.lines) > 0 && !pass(c) {
			return
		}
	}
}

// full reports whether the chunk should wait for no more lines.
func (c *chunk) full(in *bufio.Reader) bool {
	switch {
	case len(c.lines) == 0:
		return false
	case len(c.lines) == chunkLines || len(c.text) >= chunkBytes:
		return true
	}
	there, _ := in.Peek(in.Buffered())
	return bytes.IndexByte(there, '\n') < 0
}

func (s *Server) decode(c *chunk, updateLocation bool) {
	defer close(c.decoded)
	start := 0
	for i := range c.lines {
		line := &c.lines[i]
		if line.err == nil {
			line.update, line.err = s.Ingest.Read(c.text[start:c.ends[i]], updateLocation)
			// Readers wait for a moment only, however much there is to decode.
			runtime.Gosched()
		}
		start = c.ends[i]
	}
}

var errLongLine = errors.New("line too long")

// readLine appends the next line to text, without its end. One longer than an update
// may be is skipped and gives errLongLine.
func readLine(in *bufio.Reader, text []byte) ([]byte, error) {
	start := len(text)
	long := false
	for {
		part, err := in.ReadSlice('\n')
		if long = long || len(text)-start+len(part) > maxUpdate+2; long {
			text = text[:start]
		} else {
			text = append(text, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case long && (err == nil || errors.Is(err, io.EOF)):
			return text, errLongLine
		}
		return text[:start+len(bytes.TrimRight(text[start:], "\r\n"))], err
	}
}
