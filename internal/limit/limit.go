// Package limit counts what somebody does and tells when it is too much.
//
// It must not know who that is or what they do, and it reads no clock.
package limit

import (
	"sync"
	"time"
)

// A Limiter has a bucket of tokens for everybody, which fills at a constant rate. Its
// methods may be called concurrently.
//
// A bucket is one number: when it will be full (the generic cell rate algorithm, ITU-T
// I.371). One that is full is the same as none, so those that nobody has touched for as
// long as it takes to fill one are let go.
type Limiter struct {
	interval time.Duration // in which a token comes
	fills    time.Duration // in which an empty bucket is full
	start    time.Time
	shards   [shards]shard
}

const (
	shardBits = 6
	shards    = 1 << shardBits
	// maxBuckets is how many buckets a shard lets come before it lets old ones go. All
	// shards, with their old ones, hold a million at most, in some 40 MB.
	maxBuckets = 1 << 13
)

// A shard has the buckets of some, so that processors seldom wait for each other.
type shard struct {
	mu sync.Mutex
	// When buckets will be full, since the limiter's start: those that were touched since
	// the turn, and those that were touched in the time before.
	recent, older map[uint64]time.Duration
	turned        time.Duration
}

// New makes a limiter that lets through rate a second of each, or burst at once. Both are
// greater than 0. now is the time of its start.
func New(rate, burst int, now time.Time) *Limiter {
	interval := time.Second / time.Duration(rate)
	return &Limiter{interval: interval, fills: time.Duration(burst) * interval, start: now}
}

// Take takes a token from the bucket of id. It tells how many are left, or that there was
// none.
func (l *Limiter) Take(id uint64, now time.Time) (left int, ok bool) {
	at := now.Sub(l.start)
	s := &l.shards[(id*0x9E3779B97F4A7C15)>>(64-shardBits)] // Fibonacci hashing: ids may be alike
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.recent == nil || at-s.turned >= l.fills || len(s.recent) >= maxBuckets {
		s.older, s.recent, s.turned = s.recent, map[uint64]time.Duration{}, at
	}
	full, found := s.recent[id]
	if !found {
		full = s.older[id]
	}
	full = max(full, at) + l.interval
	if full-at > l.fills {
		return 0, false
	}
	s.recent[id] = full
	return int((l.fills - (full - at)) / l.interval), true
}
