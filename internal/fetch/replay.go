package fetch

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
)

// ErrNotRecorded says that a request is not in the recording that is replayed.
var ErrNotRecorded = errors.New("not in the recording")

// A Replay is a transport that answers from a recording and never from the network.
type Replay struct {
	mu        sync.Mutex
	exchanges []Exchange
	used      []bool
}

// NewReplay replays exchanges in their order. One served once answers one request.
func NewReplay(exchanges []Exchange) *Replay {
	return &Replay{exchanges: exchanges, used: make([]bool, len(exchanges))}
}

// OpenReplay replays the recording in the named file.
func OpenReplay(name string) (*Replay, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	exchanges, err := ParseExchanges(data)
	if err != nil {
		return nil, fmt.Errorf("replay %s: %w", name, err)
	}
	return NewReplay(exchanges), nil
}

// RoundTrip answers as the recording does.
func (r *Replay) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		defer req.Body.Close()
		var err error
		if body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
	}
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	usedUp := false
	for i := range r.exchanges {
		e := &r.exchanges[i]
		if !e.answers(req, body) {
			continue
		}
		if r.used[i] && e.Served != servedRepeatedly {
			usedUp = true
			continue
		}
		r.used[i] = true
		return e.response(req), nil
	}
	if usedUp {
		return nil, fmt.Errorf("%s %s: %w any more: each answer is served once", req.Method, MaskURL(req.URL.String()), ErrNotRecorded)
	}
	return nil, fmt.Errorf("%s %s: %w", req.Method, MaskURL(req.URL.String()), ErrNotRecorded)
}
