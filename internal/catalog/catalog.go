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
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/store"
)

// A Log is what a catalog follows; *store.Store is one.
type Log interface {
	Snapshot(ctx context.Context, to store.Loader) (epoch string, seq int64, err error)
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
	now  func() time.Time
	view atomic.Pointer[View]
	asOf atomic.Int64 // milliseconds since 1970

	mu      sync.Mutex
	changed chan struct{} // closed when there is a new view
}

// New gives an empty catalog, that Run fills.
func New(now func() time.Time) *Catalog {
	return &Catalog{now: now, changed: make(chan struct{})}
}

// View gives the newest view, nil before the first load.
func (c *Catalog) View() *View { return c.view.Load() }

// AsOf is when the catalog last knew that it was current.
func (c *Catalog) AsOf() time.Time { return time.UnixMilli(c.asOf.Load()).UTC() }

// WaitFor waits until the view holds the log entry, or ctx ends.
func (c *Catalog) WaitFor(ctx context.Context, seq int64) {
	for {
		c.mu.Lock()
		changed := c.changed
		c.mu.Unlock()
		if v := c.View(); v != nil && v.Seq >= seq {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
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
		if c.View() == nil {
			err = c.load(ctx, log)
		} else {
			err = c.catchUp(ctx, log)
		}
		if errors.Is(err, store.ErrGap) {
			err = c.load(ctx, log)
		}
		tell(err)
		select {
		case <-ctx.Done():
		case <-wake:
		case <-time.After(poll):
		}
	}
}

// load builds a view from the tables.
func (c *Catalog) load(ctx context.Context, log Log) error {
	ctx, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	at := c.now()
	var l loader
	epoch, seq, err := log.Snapshot(ctx, &l)
	if err != nil {
		return fmt.Errorf("load the catalog: %w", err)
	}
	v := newView(epoch, seq)
	for _, r := range l.records {
		v.put(r)
	}
	c.publish(v)
	c.asOf.Store(at.UnixMilli())
	return nil
}

// A loader gathers a snapshot.
type loader struct {
	records map[string]*Record
}

func (l *loader) Location(location univaf.Location, seq int64) {
	if l.records == nil {
		l.records = map[string]*Record{}
	}
	l.records[location.ID] = &Record{Location: location, Seq: seq}
}

func (l *loader) Availability(a univaf.Availability, seq int64) {
	if r := l.records[a.LocationID]; r != nil {
		r.setSource(a)
		r.Seq = max(r.Seq, seq)
	}
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
			next := v.clone()
			for _, b := range batches {
				if err := next.apply(b); err != nil {
					return err
				}
			}
			c.publish(next)
			v = next
		}
		if v.Seq >= head {
			c.asOf.Store(at.UnixMilli())
			return nil
		}
	}
}

// apply changes the view as the batch says. It gives store.ErrGap if the batch
// speaks of what the view does not know.
func (v *View) apply(b store.Batch) error {
	touched := map[string]*Record{}
	var order []string
	// edit gives a copy of the record that can be changed.
	edit := func(id string) (*Record, error) {
		if r := touched[id]; r != nil {
			return r, nil
		}
		old, ok := v.byID.Get(id)
		if !ok {
			return nil, fmt.Errorf("%w: it speaks of location %s, which nobody created", store.ErrGap, id)
		}
		r := &Record{Location: old.Location, Sources: slices.Clone(old.Sources), Seq: b.Seq}
		touched[id] = r
		order = append(order, id)
		return r, nil
	}
	for _, e := range b.Entries {
		switch {
		case e.Location != nil:
			r, err := edit(e.Location.ID)
			if err != nil { // a new one
				r = &Record{Seq: b.Seq}
				touched[e.Location.ID] = r
				order = append(order, e.Location.ID)
			}
			r.Location = *e.Location
		case e.Availability != nil:
			r, err := edit(e.Availability.LocationID)
			if err != nil {
				return err
			}
			r.setSource(*e.Availability)
		case e.Checks != nil:
			for _, id := range e.Checks.IDs {
				r, err := edit(id)
				if err != nil {
					return err
				}
				r.recheck(*e.Checks)
			}
		default:
			return fmt.Errorf("%w: an entry of a kind that this program does not know", store.ErrGap)
		}
	}
	for _, id := range order {
		v.put(touched[id])
	}
	v.Seq = b.Seq
	return nil
}

// recheck moves the times of what the source said.
func (r *Record) recheck(c store.Checks) {
	for i := range r.Sources {
		if r.Sources[i].Source == c.Source {
			r.Sources[i].ValidAt, r.Sources[i].CheckedAt = c.ValidAt, c.CheckedAt
		}
	}
}
