package store

import (
	"context"
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

func (s *Store) announce() {
	s.mu.Lock()
	defer s.mu.Unlock()
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
	for {
		signal(wake) // also after (re)connecting: something may have been missed
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return
		}
	}
}
