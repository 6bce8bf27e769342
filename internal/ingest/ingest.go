// Package ingest is the one door in: every change that readers can see passes
// through it, and so meets the same validation, matching, batching and locking.
//
// It must not know of HTTP, nor of how rows are kept.
package ingest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/store"
	"getmyvax.org/univaf/internal/vaccine"
)

// An Action says what became of a part of an update.
type Action string

// The actions.
const (
	Created   Action = "created"
	Updated   Action = "updated"
	Unchanged Action = "unchanged"   // nothing new, at most the times
	OutOfDate Action = "out_of_date" // newer availability is known already
)

// A Result says what became of an update. What it tells of is durable.
type Result struct {
	ID           string // of the location
	Location     Action
	Availability Action   // "" if the update had none
	Warnings     []string // what was let pass, e.g. an external id that is another place's
	Seq          int64    // of the log entry of its commit; 0 if that changed nothing
}

// A Writer runs batches one after another; *store.Store is one.
type Writer interface {
	Write(ctx context.Context, f func(*store.Tx) error) (seq int64, err error)
}

// A Picture is everything as it was after one entry of the log.
// *catalog.View is one.
type Picture interface {
	// Exists reports whether there is a location with the id; Facts gives it.
	Exists(id string) bool
	Facts(id string) (univaf.Location, bool)
	// Holders gives the ids of the locations that have the external id, the oldest
	// first; Holds reports whether one of them is the given one.
	Holders(id univaf.ExternalID) []string
	Holds(location string, id univaf.ExternalID) bool
	// Said gives the times of what the source last said of the location, and whether it is
	// alone to speak of it; Repeats reports whether a says the same.
	Said(location, source string) (validAt, checkedAt, changedAt time.Time, alone, ok bool)
	Repeats(a *univaf.Availability) bool
	// AppendWords appends the gist of what each source says of the location to everybody,
	// and Report gives what one says.
	AppendWords(list []vaccine.Word, location string) []vaccine.Word
	Report(location, source string) (univaf.Availability, bool)
	// Where gives provider, state, postal code and is_public of a location.
	Where(location string) univaf.Location
	// Sources names those that said something of the location.
	Sources(location string) []string
	// Sum gives a hash of what a says, apart from who and when, and HasSum reports
	// whether what the source last said of the location has that hash. It holds for this
	// process.
	Sum(a *univaf.Availability) uint64
	HasSum(location, source string, public bool, sum uint64) bool
	// Reorders reports whether everybody sees the sources of the location in another order
	// if they looked again as checks tells.
	Reorders(location string, checks func(source string) (a univaf.Availability, ok bool)) bool
	// Len is how many locations there are.
	Len() int
}

// A Reader gives the Picture as of the last entry of the log, which the caller holds
// still. The error is univaf.ErrUnavailable if it does not have it.
type Reader func(ctx context.Context, epoch string, seq int64) (Picture, error)

// maxBatch is the most updates in one commit.
const maxBatch = 1000

// commitTimeout bounds one commit, so that a dead database is noticed.
const commitTimeout = 30 * time.Second

// errClosed is what updates meet that come after the end.
var errClosed = fmt.Errorf("%w: the server is shutting down", univaf.ErrUnavailable)

// Ingester writes updates. Concurrent ones share commits.
type Ingester struct {
	writer Writer
	reader Reader
	now    func() time.Time
	queue  chan *Pending
	ended  chan struct{}
	// drained closes after ended, when what was waiting has been written.
	drained chan struct{}

	most     int // updates in one commit
	memories memories
	expected int // how many updates the next batch may find: see gather
}

// New gives an Ingester that writes once Run runs.
func New(w Writer, r Reader, now func() time.Time) *Ingester { return newIngester(w, r, now, maxBatch) }

// bulkBatch is the most updates in one commit of an Ingester that nobody waits for. Places
// with ids of old lie all over the indexes: the more there are in a commit, the fewer times
// a page is written.
const bulkBatch = 5 * maxBatch

// NewBulk gives an Ingester for much that comes at once.
func NewBulk(w Writer, r Reader, now func() time.Time) *Ingester {
	return newIngester(w, r, now, bulkBatch)
}

func newIngester(w Writer, r Reader, now func() time.Time, most int) *Ingester {
	return &Ingester{
		writer: w, reader: r, now: now, most: most, queue: make(chan *Pending, 2*most), ended: make(chan struct{}), drained: make(chan struct{}),
	}
}

// Pending is an update that is being written.
type Pending struct {
	update Update
	result Result
	err    error
	done   chan struct{}
	// drained closes when nothing is written any more: an update that slipped into the
	// queue after that must not wait for ever.
	drained <-chan struct{}
}

// Submit writes an update that Read has passed, and waits until it is durable. The error is univaf.FieldErrors if the update can't be, and
// univaf.ErrUnavailable if the database can't be reached: then the same update may
// be given again.
func (g *Ingester) Submit(ctx context.Context, u Update) (Result, error) {
	p, err := g.Enqueue(ctx, u)
	if err != nil {
		return Result{}, err
	}
	return p.Wait(ctx)
}

// Enqueue is Submit without the wait. It waits only while the queue is full.
func (g *Ingester) Enqueue(ctx context.Context, u Update) (*Pending, error) {
	p := &Pending{update: u, done: make(chan struct{}), drained: g.drained}
	select {
	case <-g.ended:
		return nil, errClosed
	default:
	}
	select {
	case g.queue <- p:
		return p, nil
	case <-g.ended:
		return nil, errClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Wait waits until the update is durable or has failed.
func (p *Pending) Wait(ctx context.Context) (Result, error) {
	select {
	case <-p.done:
		return p.result, p.err
	case <-p.drained:
		select {
		case <-p.done: // both may be so
			return p.result, p.err
		default:
			return Result{}, errClosed
		}
	case <-ctx.Done():
		return Result{}, ctx.Err()
	}
}

// Run writes what is submitted until ctx ends; then it still writes what is waiting.
func (g *Ingester) Run(ctx context.Context) {
	for {
		select {
		case p := <-g.queue:
			batch := g.gather(p)
			g.commit(ctx, batch)
			g.expected = len(batch) + len(g.queue)
		case <-ctx.Done():
			close(g.ended)
			g.drain(ctx)
			close(g.drained)
			return
		}
	}
}

func (g *Ingester) drain(ctx context.Context) {
	for {
		select {
		case p := <-g.queue:
			g.commit(ctx, g.gather(p))
		case <-time.After(10 * time.Millisecond): // one may be on its way in
			if len(g.queue) == 0 {
				return
			}
		}
	}
}

// gatherTime is how long a batch waits for those who are likely to come.
const gatherTime = time.Millisecond

// gather takes what is waiting behind p. Clients who send one update after another come
// again as soon as they are answered: a batch waits a moment for as many as were just
// answered and were waiting, or they would split into groups that wait for each other's
// commits.
func (g *Ingester) gather(p *Pending) []*Pending {
	batch := []*Pending{p}
	enough := time.NewTimer(gatherTime)
	defer enough.Stop()
	for len(batch) < g.most {
		select {
		case p := <-g.queue:
			batch = append(batch, p)
			continue
		default:
		}
		if len(batch) >= g.expected {
			break
		}
		select {
		case p := <-g.queue:
			batch = append(batch, p)
		case <-enough.C:
			g.expected = 0
		}
	}
	return batch
}

// commit writes a batch. If the database refuses its data, it halves the batch until
// the bad update stands alone.
func (g *Ingester) commit(ctx context.Context, batch []*Pending) {
	err := g.write(ctx, batch)
	if err != nil && !errors.Is(err, univaf.ErrUnavailable) && len(batch) > 1 {
		half := len(batch) / 2
		g.commit(ctx, batch[:half])
		g.commit(ctx, batch[half:])
		return
	}
	for _, p := range batch {
		if err != nil {
			p.result, p.err = Result{}, err
		}
		close(p.done)
	}
}

func (g *Ingester) write(ctx context.Context, batch []*Pending) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	now := univaf.Instant(g.now())
	var picture Picture
	seq, err := g.writer.Write(ctx, func(tx *store.Tx) (err error) {
		if picture, err = g.reader(ctx, tx.Epoch, tx.Seq-1); err != nil {
			return err
		}
		newPlan(batch, picture, now).run(tx)
		return nil
	})
	if err != nil {
		return err
	}
	for _, p := range batch {
		if p.err == nil {
			p.result.Seq = seq
			g.remember(&p.update, picture)
		}
	}
	return nil
}
