package api

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

var eventsType = []string{"text/event-stream"}

const (
	// heartbeat is how often a listener hears something even if nothing changes. It keeps
	// proxies from closing the connection, and shows who is gone.
	heartbeat = 15 * time.Second
	// reconnect is how long a client waits before it comes again, in milliseconds.
	reconnect = 2000
)

// listen sends changes as Server-Sent Events (HTML standard, section 9.2) until the client
// goes, does not read for writeTimeout, or the server ends.
func (s *Server) listen(w http.ResponseWriter, r *http.Request, req changeRequest) error {
	leave, err := s.feed.join()
	if err != nil {
		return err
	}
	defer leave()
	h := w.Header()
	s.setAsOf(h)
	setHeader(h, "Content-Type", eventsType)
	h.Set("X-Accel-Buffering", "no") // or nginx keeps events to itself
	if r.Method == http.MethodHead {
		return nil
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{}) // it would end the stream
	out := flushing{s.patient(w), control}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	at := req.cursor
	_, err = out.Write(appendID(appendRetry(nil, reconnect), at)) // from where to go on if there is no event before the end
	for err == nil {
		m := s.feed.newest()
		if m.view.Epoch != at.epoch {
			return nil // it comes again and is told so
		}
		f, over := m.after(&req, at), m.over
		m = nil // a slow client must not keep the view
		more := f.more
		at = f.next
		if len(f.text) > 0 {
			_, err = out.Write(f.text)
		}
		f = nil
		if more {
			over = goOn
		}
		select {
		case <-s.draining:
			_, _ = out.Write(append(appendRetry(nil, reconnect+rand.N(2*reconnect)), '\n')) //nolint:gosec // it spreads them, nobody gains by guessing
			return nil
		case <-r.Context().Done():
			return nil
		case <-over:
		case <-beat.C:
			_, err = out.Write(appendID(nil, at))
		}
	}
	return nil
}

// goOn is a moment that is over.
var goOn = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// appendID appends what tells the client where it stands, without an event.
func appendID(b []byte, at changeCursor) []byte {
	return append(at.append(append(b, "id: "...)), "\n\n"...)
}

// appendRetry appends after how long to reconnect if the connection ends.
func appendRetry(b []byte, milliseconds int) []byte {
	return append(strconv.AppendInt(append(b, "retry: "...), int64(milliseconds), 10), '\n')
}
