// Package catalog is the read model: every location with its availability, in
// memory, ready rendered. It follows the store's log and can be rebuilt from the
// store at any time; while the store is away it goes on with what it knows, and says
// how old that is.
//
// It must not know of HTTP, nor change anything.
package catalog

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/store"
	"getmyvax.org/univaf/internal/words"
)

// A Log is what a catalog follows; *store.Store is one.
type Log interface {
	Snapshot(ctx context.Context, to ...func(store.Place)) (epoch string, seq int64, err error)
	ChangedAt(ctx context.Context) (time.Time, error)
	ReadLog(ctx context.Context, epoch string, after int64) (batches []store.Batch, head int64, err error)
	Watch(ctx context.Context) <-chan struct{}
}

// poll is how often the log is read when nobody says that it grew.
const poll = time.Second

// readTimeout bounds a look at the log, loadTimeout a load of everything.
const (
	readTimeout = 10 * time.Second
	loadTimeout = 5 * time.Minute
)

// Catalog holds the newest View. Its methods may be called concurrently.
type Catalog struct {
	now     func() time.Time
	behind  chan struct{} // says that somebody waits for what is in the log
	view    atomic.Pointer[View]
	asOf    atomic.Int64 // milliseconds since 1970
	packers []packer     // Run's: one for each processor

	judgement atomic.Pointer[judgement]

	mu      sync.Mutex
	changed chan struct{} // closed when there is a new view
}

// New gives an empty catalog, that Run fills.
func New(now func() time.Time) *Catalog {
	c := &Catalog{now: now, behind: make(chan struct{}, 1), changed: make(chan struct{}), packers: make([]packer, runtime.GOMAXPROCS(0))}
	c.SetStale(nil)
	for i := range c.packers {
		c.packers[i].words = &words.List{}
	}
	return c
}

// View gives the newest view, nil before the first load.
func (c *Catalog) View() *View { return c.view.Load() }

// AsOf is when the catalog last knew that it was current.
func (c *Catalog) AsOf() time.Time { return time.UnixMilli(c.asOf.Load()).UTC() }

// onItsWay is how long a batch that this process wrote may take to reach the view.
const onItsWay = 20 * time.Millisecond

// WaitFor waits until the view holds the log entry, or ctx ends, and gives the view.
func (c *Catalog) WaitFor(ctx context.Context, seq int64) *View {
	for {
		c.mu.Lock()
		changed := c.changed
		c.mu.Unlock()
		v := c.View()
		if v != nil && v.Seq >= seq {
			return v
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return v
		}
	}
}

// At gives the view as of the log entry, which is the last one there is. It waits for
// it, and gives univaf.ErrUnavailable if it does not come before ctx ends, or if the
// catalog knows of later ones or another epoch: then it is about to load anew.
func (c *Catalog) At(ctx context.Context, epoch string, seq int64) (*View, error) {
	v := c.View()
	if v == nil || v.Seq < seq {
		// What this process wrote is on its way. What another one wrote must be asked for.
		soon, cancel := context.WithTimeout(ctx, onItsWay)
		v = c.WaitFor(soon, seq)
		cancel()
	}
	if v == nil || v.Seq < seq {
		c.look()
		v = c.WaitFor(ctx, seq)
	}
	if v == nil || v.Seq != seq || v.Epoch != epoch {
		c.look()
		return nil, fmt.Errorf("%w: the data in memory is not that of log entry %d", univaf.ErrUnavailable, seq)
	}
	return v, nil
}

// look has the log read at once.
func (c *Catalog) look() {
	select {
	case c.behind <- struct{}{}:
	default: // it has been said
	}
}

func (c *Catalog) publish(v *View) {
	c.view.Store(v)
	c.mu.Lock()
	close(c.changed)
	c.changed = make(chan struct{})
	c.mu.Unlock()
}

// Run loads the catalog and keeps it current until ctx ends. What goes wrong is told
// to report, once until it is mended (then with nil), and tried again.
func (c *Catalog) Run(ctx context.Context, log Log, report func(error)) {
	wake := log.Watch(ctx)
	failing := false
	tell := func(err error) {
		if ctx.Err() == nil && (err != nil) != failing {
			report(err)
		}
		failing = err != nil
	}
	for ctx.Err() == nil {
		var err error
		loads := c.View() == nil
		if !loads {
			err = c.catchUp(ctx, log)
			loads = errors.Is(err, store.ErrGap)
		}
		if loads {
			err = c.load(ctx, log)
			debug.FreeOSMemory() // reading everything leaves room behind that is not soon needed
		}
		tell(err)
		select {
		case <-ctx.Done():
		case <-wake:
		case <-c.behind:
		case <-time.After(poll):
		}
	}
}

// load builds a view from the tables.
func (c *Catalog) load(ctx context.Context, log Log) error {
	ctx, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	at := c.now()
	// Twice as many as there are processors, as each waits for the database now and then.
	loaders := make([]loader, 2*len(c.packers))
	to := make([]func(store.Place), len(loaders))
	for i := range loaders {
		loaders[i].packer.stale = c.packers[0].stale
		to[i] = loaders[i].place
	}
	epoch, seq, err := log.Snapshot(ctx, to...)
	if err != nil {
		return fmt.Errorf("load the catalog: %w", err)
	}
	changed, err := log.ChangedAt(ctx)
	if err != nil {
		return fmt.Errorf("load the catalog: %w", err)
	}
	v := collect(loaders)
	v.Epoch, v.Seq, v.changedAt = epoch, seq, changed
	c.publish(v)
	c.asOf.Store(at.UnixMilli())
	return nil
}

// catchUp applies what the log has that the view has not.
func (c *Catalog) catchUp(ctx context.Context, log Log) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	for {
		at, v := c.now(), c.View()
		batches, head, err := log.ReadLog(ctx, v.Epoch, v.Seq)
		if errors.Is(err, store.ErrGap) {
			return err
		}
		if err != nil {
			return fmt.Errorf("follow the log: %w", err)
		}
		if len(batches) > 0 {
			next := v.edit(c.packers)
			for _, b := range batches {
				if err := next.apply(b); err != nil {
					return err
				}
			}
			c.publish(next.View)
			v = next.View
			// What this process has just written was the newest when it wrote it.
			if written := batches[len(batches)-1].Time; written.Before(at) {
				at = written
			}
		}
		if v.Seq >= head {
			c.asOf.Store(max(at.UnixMilli(), c.asOf.Load()))
			return nil
		}
	}
}

// apply changes the view as the batch says. It gives store.ErrGap if the batch
// speaks of what the view does not know.
func (e *edit) apply(b store.Batch) error {
	for _, entry := range b.Entries {
		switch {
		case entry.Location != nil:
			d := e.draft(entry.Location.ID)
			if d == nil {
				d = e.begin(entry.Location.ID, &draft{})
			}
			d.set(entry.Location)
		case entry.Availability != nil:
			d := e.draft(entry.Availability.LocationID)
			if d == nil {
				return unknownLocation(entry.Availability.LocationID)
			}
			d.say(entry.Availability)
		case entry.Checks != nil:
			for _, id := range entry.Checks.IDs {
				d := e.draft(id)
				if d == nil {
					return unknownLocation(id)
				}
				d.recheck(entry.Checks)
			}
		default:
			return fmt.Errorf("%w: an entry of a kind that this program does not know", store.ErrGap)
		}
	}
	if b.ChangesContent() && b.Time.After(e.changedAt) {
		e.changedAt = b.Time
	}
	e.finish(b.Seq)
	return nil
}

func unknownLocation(id string) error {
	return fmt.Errorf("%w: it speaks of location %s, which nobody created", store.ErrGap, id)
}

func instant(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
