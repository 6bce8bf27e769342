package keys_test

import (
	"context"
	"errors"
	"regexp"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/keys"

	"github.com/google/go-cmp/cmp"
)

func TestKeysAreLongAndNeverTheSame(t *testing.T) {
	form := regexp.MustCompile(`^univaf_[A-Z2-7]{52}$`)
	seen := map[string]bool{}
	for range 100 {
		key := keys.Make()
		if !form.MatchString(key) || seen[key] {
			t.Errorf("%s, made before: %v", key, seen[key])
		}
		seen[key] = true
	}
}

// A database holds keys for a test, and may be down.
type database struct {
	mu   sync.Mutex
	keys []univaf.Key
	used map[string]time.Time
	down error
}

func (d *database) Keys(context.Context) ([]univaf.Key, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]univaf.Key(nil), d.keys...), d.down
}

func (d *database) KeyUsed(_ context.Context, name string, day time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.used[name] = day
	return d.down
}

func (d *database) change(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f()
}

func TestTheRingFollowsTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := &database{
			keys: []univaf.Key{{Name: "a", Hash: keys.Hash("A"), Scopes: []univaf.Scope{univaf.ScopeWrite}}, {Name: "b", Hash: keys.Hash("B")}},
			used: map[string]time.Time{},
		}
		ring := keys.NewRing(keys.Fixed([]string{"F", "G"}), time.Now)
		check := func(when string, want map[string]string) {
			t.Helper()
			got := map[string]string{}
			for _, text := range []string{"", "a", "A", "B", "C", "F", "G"} {
				if key, ok := ring.Find(text); ok {
					got[text] = key.Name
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", when, diff)
			}
		}
		loaded := func() bool {
			select {
			case <-ring.Loaded():
				return true
			default:
				return false
			}
		}
		fixed := map[string]string{"F": "API_KEYS[1]", "G": "API_KEYS[2]"}
		check("at the start", fixed)
		db.down = errors.New("down")
		var reports []error
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			ring.Run(ctx, db, func(err error) { reports = append(reports, err) })
		}()
		wait := func() {
			time.Sleep(keys.Refresh + time.Millisecond)
			synctest.Wait()
		}
		wait()
		check("while the database is down", fixed)
		if loaded() {
			t.Error("nothing is loaded yet")
		}
		db.change(func() { db.down = nil })
		wait()
		all := map[string]string{"A": "a", "B": "b", "F": "API_KEYS[1]", "G": "API_KEYS[2]"}
		check("when it is up", all)
		if !loaded() {
			t.Error("everything is loaded")
		}
		wait()
		today := time.Now().UTC().Truncate(24 * time.Hour)
		if diff := cmp.Diff(map[string]time.Time{"a": today, "b": today}, db.used); diff != "" {
			t.Errorf("when keys were used (-want +got):\n%s", diff)
		}

		revoked := time.Now()
		db.change(func() {
			db.keys[1].RevokedAt = &revoked
			db.keys = append(db.keys, univaf.Key{Name: "c", Hash: keys.Hash("C")})
		})
		wait()
		all["C"] = "c"
		delete(all, "B")
		check("after one was revoked and another made", all)
		db.change(func() { db.keys, db.down = nil, errors.New("down again") })
		wait()
		wait()
		check("while the database is down again", all)
		stop()
		<-done
		var told []string
		for _, err := range reports {
			told = append(told, errText(err))
		}
		if diff := cmp.Diff([]string{"down", "", "down again"}, told); diff != "" {
			t.Errorf("reports (-want +got):\n%s", diff)
		}
	})
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestKeysAreNotNotedAsUsedTwiceADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		today := time.Now().UTC().Truncate(24 * time.Hour)
		db := &database{keys: []univaf.Key{{Name: "a", Hash: keys.Hash("A"), UsedOn: &today}}, used: map[string]time.Time{}}
		ring := keys.NewRing(nil, time.Now)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			ring.Run(ctx, db, func(error) {})
		}()
		<-ring.Loaded()
		ring.Find("A")
		time.Sleep(2 * keys.Refresh)
		stop()
		<-done
		if len(db.used) > 0 {
			t.Errorf("noted again: %v", db.used)
		}
	})
}
