package storetest

import (
	"context"
	"crypto/sha256"
	"errors"
	"testing"
	"time"

	"getmyvax.org/univaf"

	"github.com/google/go-cmp/cmp"
)

func keepsKeys(t *testing.T, e Engine) {
	ctx := context.Background()
	s := open(t, e.New(t))
	key := func(name string, scopes ...univaf.Scope) univaf.Key {
		return univaf.Key{Name: name, Hash: sha256.Sum256([]byte(name)), Scopes: scopes, CreatedAt: start}
	}
	check := func(want ...univaf.Key) {
		t.Helper()
		got, err := s.Keys(ctx)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("keys: %v (-want +got):\n%s", err, diff)
		}
	}
	do := func(err, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
	check([]univaf.Key{}...)
	b, a := key("b", univaf.ScopeWrite, univaf.ScopeReadPrivate), key("a", univaf.ScopeAdmin)
	do(s.AddKey(ctx, b), nil)
	do(s.AddKey(ctx, a), nil)
	do(s.AddKey(ctx, key("b", univaf.ScopeAdmin)), univaf.ErrTaken)
	check(a, b)

	day := start.Truncate(24 * time.Hour)
	do(s.KeyUsed(ctx, "a", day), nil)
	do(s.KeyUsed(ctx, "a", day.Add(-24*time.Hour)), nil) // another server, late
	revoked := start.Add(time.Hour)
	do(s.RevokeKey(ctx, "b", revoked), nil)
	do(s.RevokeKey(ctx, "b", revoked.Add(time.Hour)), nil)
	do(s.RevokeKey(ctx, "c", revoked), univaf.ErrNotFound)
	a.UsedOn, b.RevokedAt = &day, &revoked
	check(a, b)
	do(s.AddKey(ctx, key("b", univaf.ScopeWrite)), univaf.ErrTaken)
}
