package client

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"getmyvax.org/univaf"
)

// A batch is sent when it has so many updates or bytes, or when no more came for a while.
const (
	batchUpdates = 500
	batchBytes   = 4 << 20
	batchWait    = 50 * time.Millisecond
)

// DefaultRequests is how many requests a Sender has on their way at once.
const DefaultRequests = 10

// A Sender sends updates of many callers in batches where the API takes them, else one
// by one.
type Sender struct {
	client   *Client
	requests chan struct{} // holds one for each request on its way
	oneByOne atomic.Bool   // the API takes no batches
	queues   [2]queue      // of updates that change availability only, and facts, too
}

// A queue holds the batch that is being filled.
type queue struct {
	mu   sync.Mutex
	next *batch
}

// A batch is some updates that travel together.
type batch struct {
	lines   bytes.Buffer
	updates []univaf.Update
	results []sendResult
	full    chan struct{} // closed when nothing more is added
	done    chan struct{} // closed when results are there
}

type sendResult struct {
	Result
	err error
}

// NewSender makes a sender that has so many requests on their way at once:
// DefaultRequests if 0.
func NewSender(c *Client, requests int) *Sender {
	return &Sender{client: c, requests: make(chan struct{}, cmp.Or(requests, DefaultRequests))}
}

// InFlight is how many callers of Send keep the sender busy.
func (s *Sender) InFlight() int { return 2 * batchUpdates * min(2, cap(s.requests)) }

// Send sends one update, with others that come at the same time, and waits for its
// result. Errors are those of Client.Send.
func (s *Sender) Send(ctx context.Context, u univaf.Update) (Result, error) {
	if s.oneByOne.Load() {
		return s.single(ctx, u)
	}
	b, i := s.add(ctx, u)
	select {
	case <-b.done:
	case <-ctx.Done():
		return Result{}, ctx.Err()
	}
	got := b.results[i]
	if errors.Is(got.err, errNoBatches) {
		return s.single(ctx, u)
	}
	return got.Result, got.err
}

func (s *Sender) single(ctx context.Context, u univaf.Update) (Result, error) {
	select {
	case s.requests <- struct{}{}:
	case <-ctx.Done():
		return Result{}, ctx.Err()
	}
	defer func() { <-s.requests }()
	return s.client.Send(ctx, u)
}

// add puts an update into a batch, which the first one in it sees off.
func (s *Sender) add(ctx context.Context, u univaf.Update) (*batch, int) {
	q := &s.queues[0]
	if u.UpdateLocation {
		q = &s.queues[1]
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	b := q.next
	if b == nil {
		b = &batch{full: make(chan struct{}), done: make(chan struct{})}
		q.next = b
		go s.see(ctx, q, b, u.UpdateLocation)
	}
	i := len(b.updates)
	b.updates = append(b.updates, u)
	b.lines.Write(u.AppendJSON(nil))
	b.lines.WriteByte('\n')
	if len(b.updates) == batchUpdates || b.lines.Len() >= batchBytes {
		q.next = nil
		close(b.full)
	}
	return b, i
}

// see sends a batch once it is full or has waited long enough.
func (s *Sender) see(ctx context.Context, q *queue, b *batch, updateLocation bool) {
	defer close(b.done)
	select {
	case <-b.full:
	case <-ctx.Done():
	case <-time.After(batchWait):
	}
	s.requests <- struct{}{} // more may join while it waits for its turn
	defer func() { <-s.requests }()
	q.mu.Lock()
	if q.next == b {
		q.next = nil
	}
	q.mu.Unlock()
	b.results = s.client.sendBatch(ctx, b, updateLocation)
	for _, r := range b.results {
		if errors.Is(r.err, errNoBatches) {
			s.oneByOne.Store(true)
		}
	}
}

// errNoBatches says that the API is an old one.
var errNoBatches = errors.New("the API takes no batches")

// errNoResult says that an answer broke off.
var errNoResult = errors.New("the API's answer broke off before it spoke of this update")

// batchTries is how often the rest of a batch is sent whose answer broke off.
const batchTries = 3

// sendBatch sends the updates until there is a result for each.
func (c *Client) sendBatch(ctx context.Context, b *batch, updateLocation bool) []sendResult {
	results := make([]sendResult, len(b.updates))
	for i := range results {
		results[i].err = errNoResult
	}
	lines := bytes.SplitAfter(b.lines.Bytes(), []byte("\n"))[:len(results)]
	for done, try := 0, 1; done < len(results); try++ {
		n, err := c.postBatch(ctx, bytes.Join(lines[done:], nil), updateLocation, results[done:])
		if done += n; err == nil && n > 0 {
			continue
		}
		if err != nil && !IsTemporary(err) || try == batchTries || ctx.Err() != nil {
			for i := done; i < len(results); i++ {
				results[i].err = cmp.Or(err, errNoResult)
			}
			break
		}
	}
	return results
}

// postBatch sends lines and reads results, of which it gives the number.
func (c *Client) postBatch(ctx context.Context, lines []byte, updateLocation bool, results []sendResult) (n int, err error) {
	address := c.base + "/api/v1/updates"
	if updateLocation {
		address += "?update_location=true"
	}
	header := http.Header{
		"X-Api-Key": {c.key}, "Content-Type": {"application/x-ndjson"}, "Content-Encoding": {"gzip"}, "Accept": {"application/x-ndjson"},
	}
	resp, err := c.fetch.Do(ctx, http.MethodPost, address, header, compress(lines))
	if err != nil {
		if err = apiError(err); IsUnknown(err) {
			err = errNoBatches
		}
		return 0, err
	}
	defer resp.Body.Close()
	in := bufio.NewReaderSize(resp.Body, 64<<10)
	for n < len(results) {
		line, err := in.ReadBytes('\n')
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil // it is sent again, unless it can't be had
			}
			return n, err
		}
		if results[n], err = readResult(line); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// readResult reads what the API says of one line.
func readResult(line []byte) (sendResult, error) {
	var r struct {
		Status                 int
		ID                     string
		Location, Availability string
		Code, Detail           string
	}
	if err := json.Unmarshal(line, &r); err != nil || r.Status == 0 {
		return sendResult{}, fmt.Errorf("POST /api/v1/updates: the answer is not a list of results: is this UNIVAF's API?")
	}
	out := sendResult{Result: Result{
		Location:     Change{LocationID: r.ID, Action: r.Location},
		Availability: Change{LocationID: r.ID, Action: r.Availability},
	}}
	if r.Status >= 300 {
		out.err = &Error{Status: r.Status, Code: r.Code, Message: r.Detail}
	}
	return out, nil
}

// IsTemporary reports whether an update that failed with err may be taken later: the API
// was not reached, or is in trouble.
func IsTemporary(err error) bool {
	var refused *Error
	return !errors.As(err, &refused) || refused.Temporary()
}
