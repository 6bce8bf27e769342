package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"getmyvax.org/univaf"
)

// Keys of the API are for operators, not for readers: they go by no log.

// AddKey keeps a key. The error is univaf.ErrTaken if there is, or was, one of its name.
func (s *Store) AddKey(ctx context.Context, k univaf.Key) error {
	scopes := make([]string, len(k.Scopes))
	for i, scope := range k.Scopes {
		scopes[i] = string(scope)
	}
	const insert = `INSERT INTO api_keys (name, hash, scopes, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO NOTHING`
	added, err := s.changes(ctx, insert, k.Name, k.Hash[:], strings.Join(scopes, ","), k.CreatedAt.UnixMilli())
	if err == nil && !added {
		err = fmt.Errorf("key %s: %w", k.Name, univaf.ErrTaken)
	}
	return err
}

// RevokeKey ends a key. One that was revoked before stays so since then. The error is
// univaf.ErrNotFound if there is none of the name.
func (s *Store) RevokeKey(ctx context.Context, name string, at time.Time) error {
	const update = `UPDATE api_keys SET revoked_at = COALESCE(revoked_at, $2) WHERE name = $1`
	found, err := s.changes(ctx, update, name, at.UnixMilli())
	if err == nil && !found {
		err = fmt.Errorf("key %s: %w", name, univaf.ErrNotFound)
	}
	return err
}

// KeyUsed notes that a key was used on the day that begins at the given time.
func (s *Store) KeyUsed(ctx context.Context, name string, day time.Time) error {
	const update = `UPDATE api_keys SET used_on = $2 WHERE name = $1 AND (used_on IS NULL OR used_on < $2)`
	_, err := s.changes(ctx, update, name, day.UnixMilli())
	return err
}

// changes runs a statement and reports whether it changed anything.
func (s *Store) changes(ctx context.Context, statement string, args ...any) (bool, error) {
	result, err := s.writer.ExecContext(ctx, statement, args...)
	if err != nil {
		return false, unavailable(err)
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// Keys gives all keys, those that were revoked too, by name.
func (s *Store) Keys(ctx context.Context) ([]univaf.Key, error) {
	keys := []univaf.Key{}
	err := s.each(ctx, func(rows *sql.Rows) error {
		var k univaf.Key
		var hash []byte
		var scopes string
		var created int64
		var used, revoked sql.NullInt64
		if err := rows.Scan(&k.Name, &hash, &scopes, &created, &used, &revoked); err != nil {
			return err
		}
		if len(hash) != len(k.Hash) {
			return fmt.Errorf("key %s: its hash has %d bytes, not %d", k.Name, len(hash), len(k.Hash))
		}
		copy(k.Hash[:], hash)
		for scope := range strings.SplitSeq(scopes, ",") {
			k.Scopes = append(k.Scopes, univaf.Scope(scope))
		}
		k.CreatedAt, k.UsedOn, k.RevokedAt = instant(created), instantOrNil(used), instantOrNil(revoked)
		keys = append(keys, k)
		return nil
	}, `SELECT name, hash, scopes, created_at, used_on, revoked_at FROM api_keys ORDER BY name`)
	return keys, err
}

func instantOrNil(ms sql.NullInt64) *time.Time {
	if !ms.Valid {
		return nil
	}
	at := instant(ms.Int64)
	return &at
}
