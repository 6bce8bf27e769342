package store

import (
	"context"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// Watch gives a channel that receives after each commit, by this process or, with
// PostgreSQL, by another. It is a hint, not a promise: several commits may give one,
// and while the database can't be reached none comes, so read the log now and then
// all the same. It ends with ctx.
func (s *Store) Watch(ctx context.Context) <-chan struct{} {
	wake := make(chan struct{}, 1)
	s.mu.Lock()
	s.listeners[wake] = true
	s.mu.Unlock()
	context.AfterFunc(ctx, func() {
		s.mu.Lock()
		delete(s.listeners, wake)
		s.mu.Unlock()
	})
	if s.engine.config != nil {
		go s.listen(ctx, wake)
	}
	return wake
}

// announce wakes the followers in this process: it has written the log entry.
func (s *Store) announce(at position) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = at
	s.wakeAll()
}

// end is where this process knows the log to end, if it wrote the last entry.
func (s *Store) end() position {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

// writing says that this process is about to write the entry, of which the database
// then notifies its followers sooner than we can announce it.
func (s *Store) writing(at position) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.own = at.seq
}

// notWritten takes back what writing said. The followers may have missed what another
// process wrote.
func (s *Store) notWritten() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.own, s.last = 0, position{}
	s.wakeAll()
}

func (s *Store) wakeAll() {
	for wake := range s.listeners {
		signal(wake)
	}
}

func signal(wake chan struct{}) {
	select {
	case wake <- struct{}{}:
	default:
	}
}

// listen passes PostgreSQL's notifications on. It has a connection of its own: one
// from the pool, or behind a pooler, could not keep its LISTEN.
func (s *Store) listen(ctx context.Context, wake chan struct{}) {
	for ctx.Err() == nil {
		s.listenOnce(ctx, wake)
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

func (s *Store) listenOnce(ctx context.Context, wake chan struct{}) {
	conn, err := pgx.ConnectConfig(ctx, s.engine.config.Copy())
	if err != nil {
		return
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
		return
	}
	signal(wake) // something may have been missed
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return
		}
		if seq, err := strconv.ParseInt(n.Payload, 10, 64); err != nil || !s.isOwn(seq) {
			signal(wake)
		}
	}
}

// isOwn reports whether this process writes the entry, or wrote a later one, and so
// tells its followers itself.
func (s *Store) isOwn(seq int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return seq <= s.own
}
