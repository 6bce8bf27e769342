package keys

import (
	"context"
	"crypto/sha256"
	"sync/atomic"
	"time"

	"getmyvax.org/univaf"
)

// Refresh is how often the keys are read again. A key that was made or revoked counts
// everywhere after that, and what the database takes.
const Refresh = 2 * time.Second

// A Store keeps keys; *store.Store is one.
type Store interface {
	Keys(ctx context.Context) ([]univaf.Key, error)
	KeyUsed(ctx context.Context, name string, day time.Time) error
}

// A Ring holds the keys that are valid. Its methods may be called concurrently.
type Ring struct {
	fixed  []univaf.Key
	now    func() time.Time
	held   atomic.Pointer[map[[sha256.Size]byte]*held]
	loaded chan struct{} // closed when the store's keys are there
}

type held struct {
	univaf.Key
	used atomic.Bool // since the keys were read
}

// NewRing gives a ring that holds the fixed keys, and nothing else until Run has read more.
func NewRing(fixed []univaf.Key, now func() time.Time) *Ring {
	r := &Ring{fixed: fixed, now: now, loaded: make(chan struct{})}
	r.hold(nil)
	return r
}

// Loaded is closed once the store's keys are there. Before, a key that is not found may
// be a good one.
func (r *Ring) Loaded() <-chan struct{} { return r.loaded }

// Find tells whose key that is. It looks for the key's hash, so the time it takes tells
// nothing of how much of a key was right.
func (r *Ring) Find(text string) (key *univaf.Key, ok bool) {
	h, ok := (*r.held.Load())[Hash(text)]
	if !ok {
		return nil, false
	}
	if !h.used.Load() { // so that processors do not take the line from each other each time
		h.used.Store(true)
	}
	return &h.Key, true
}

// Run keeps the ring as the store has it, until ctx ends. While the store can't be read,
// the ring stays as it is. report is told when that begins, and with nil when it ends.
func (r *Ring) Run(ctx context.Context, from Store, report func(error)) {
	failing := false
	for {
		err := r.refresh(ctx, from)
		if ctx.Err() != nil {
			return
		}
		if (err != nil) != failing {
			failing = err != nil
			report(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(Refresh):
		}
	}
}

func (r *Ring) refresh(ctx context.Context, from Store) error {
	list, err := from.Keys(ctx)
	if err != nil {
		return err
	}
	before := *r.held.Load()
	r.hold(list)
	select {
	case <-r.loaded:
	default:
		close(r.loaded)
	}
	// When a key was used is for whoever wonders whether it may go: the day will do.
	today := r.now().UTC().Truncate(24 * time.Hour)
	for _, key := range list {
		if h, was := before[key.Hash]; was && h.used.Load() && (key.UsedOn == nil || key.UsedOn.Before(today)) {
			if err := from.KeyUsed(ctx, key.Name, today); err != nil {
				return err
			}
		}
	}
	return nil
}

// hold puts the fixed keys and those of the list that are valid on the ring.
func (r *Ring) hold(list []univaf.Key) {
	all := map[[sha256.Size]byte]*held{}
	for _, key := range list {
		if key.RevokedAt == nil {
			all[key.Hash] = &held{Key: key}
		}
	}
	for _, key := range r.fixed {
		all[key.Hash] = &held{Key: key}
	}
	r.held.Store(&all)
}
