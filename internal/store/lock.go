package store

import (
	"context"
	"time"

	"github.com/gofrs/flock"
)

// lockClass is the first half of the keys of these locks in PostgreSQL ("lock"); the
// second is made of the lock's name.
const lockClass = 0x6c6f636b

// Lock takes a lock that one process at a time has, of all that use the database, and
// gives what lets it go. It is not ok if another has it. A process that dies leaves it.
func (s *Store) Lock(ctx context.Context, name string) (unlock func(), ok bool, err error) {
	if s.engine.config == nil {
		file := flock.New(s.engine.path + "." + name + ".lock")
		if ok, err = file.TryLock(); err != nil || !ok {
			return nil, false, err
		}
		return func() { _ = file.Unlock() }, true, nil
	}
	conn, err := s.writer.Conn(ctx)
	if err != nil {
		return nil, false, unavailable(err)
	}
	err = conn.QueryRowContext(ctx, `SELECT pg_try_advisory_lock($1, hashtext($2))`, lockClass, name).Scan(&ok)
	if err != nil || !ok {
		_ = conn.Close()
		return nil, false, unavailable(err)
	}
	return func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		_, _ = conn.ExecContext(ctx, `SELECT pg_advisory_unlock($1, hashtext($2))`, lockClass, name)
		_ = conn.Close()
	}, true, nil
}
