package api

import (
	"context"
	"sync"
	"time"

	"getmyvax.org/univaf/internal/catalog"
)

const (
	// mostRecent is how many bodies are kept.
	mostRecent = 64
	// recentAge is how long a body is good though the data has changed.
	recentAge = time.Second
)

// recentBodies are bodies that take long to make and little room. One is made again when
// the data has changed, but not more often than each second. The zero value is empty.
type recentBodies struct {
	mu    sync.Mutex
	byKey map[bodyKey]*recentBody
}

type bodyKey struct {
	query   string
	private bool
	minute  time.Time // zero where the body does not depend on the clock
}

// A recentBody is there once made is closed.
type recentBody struct {
	epoch string
	seq   int64
	at    time.Time
	made  chan struct{}
	text  []byte
	err   error
}

// get gives the body of a key. Whoever is the first to need it makes it, the others wait.
func (k *recentBodies) get(ctx context.Context, key bodyKey, view *catalog.View, now time.Time, create func() ([]byte, error)) (*recentBody, error) {
	k.mu.Lock()
	one := k.byKey[key]
	if one != nil && one.epoch == view.Epoch && (one.seq == view.Seq || now.Sub(one.at) < recentAge) {
		k.mu.Unlock()
		select {
		case <-one.made:
			return one, one.err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	one = &recentBody{epoch: view.Epoch, seq: view.Seq, at: now, made: make(chan struct{}), err: errNotMade}
	k.put(key, one)
	k.mu.Unlock()

	defer func() { // also if create panics
		close(one.made)
		if one.err != nil {
			k.remove(key, one)
		}
	}()
	one.text, one.err = create()
	return one, one.err
}

func (k *recentBodies) put(key bodyKey, one *recentBody) {
	if k.byKey == nil {
		k.byKey = map[bodyKey]*recentBody{}
	}
	for len(k.byKey) >= mostRecent {
		oldest := key
		for other, body := range k.byKey {
			if oldest == key || body.at.Before(k.byKey[oldest].at) {
				oldest = other
			}
		}
		delete(k.byKey, oldest)
	}
	k.byKey[key] = one
}

func (k *recentBodies) remove(key bodyKey, one *recentBody) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.byKey[key] == one {
		delete(k.byKey, key)
	}
}
