package limit

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var start = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func TestTake(t *testing.T) {
	type step struct {
		after time.Duration // since the step before
		id    uint64
		left  int
		ok    bool
	}
	for _, test := range []struct {
		name        string
		rate, burst int
		steps       []step
	}{
		{"a burst, then nothing", 2, 3, []step{{0, 1, 2, true}, {0, 1, 1, true}, {0, 1, 0, true}, {0, 1, 0, false}, {0, 1, 0, false}}},
		{"a token comes in time", 2, 1, []step{{0, 1, 0, true}, {499 * time.Millisecond, 1, 0, false}, {time.Millisecond, 1, 0, true}, {0, 1, 0, false}}},
		{"being refused costs nothing", 1, 1, []step{{0, 1, 0, true}, {900 * time.Millisecond, 1, 0, false}, {100 * time.Millisecond, 1, 0, true}}},
		{"a bucket has a brim", 10, 2, []step{{0, 1, 1, true}, {time.Hour, 1, 1, true}, {0, 1, 0, true}, {0, 1, 0, false}}},
		{"everybody has their own", 1, 1, []step{{0, 1, 0, true}, {0, 2, 0, true}, {0, 1, 0, false}, {0, 2, 0, false}}},
		{"across turns of the shard", 1, 4, []step{{0, 1, 3, true}, {3900 * time.Millisecond, 2, 3, true}, {0, 1, 3, true}, {0, 1, 2, true}, {200 * time.Millisecond, 1, 1, true}, {0, 1, 0, true}, {0, 1, 0, false}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			l, now := New(test.rate, test.burst, start), start
			for i, s := range test.steps {
				now = now.Add(s.after)
				left, ok := l.Take(s.id, now)
				if diff := cmp.Diff(s, step{s.after, s.id, left, ok}, cmp.AllowUnexported(step{})); diff != "" {
					t.Errorf("step %d (-want +got):\n%s", i, diff)
				}
			}
		})
	}
}

// However requests come, in any time t at most burst + rate*t are let through, and never
// fewer than a bucket allows.
func TestItLetsThroughWhatABucketWould(t *testing.T) {
	const rate, burst = 5, 20
	r := rand.New(rand.NewPCG(1, 2))
	l, now, tokens := New(rate, burst, start), start, float64(burst)
	for i := range 20000 {
		wait := time.Duration(r.ExpFloat64() * float64(time.Second) / rate * 0.9)
		if i%500 == 0 {
			wait = 10 * time.Second
		}
		now = now.Add(wait)
		tokens = min(burst, tokens+wait.Seconds()*rate)
		_, ok := l.Take(7, now)
		if distance := tokens - 1; ok != (distance >= 0) && max(distance, -distance) > 1e-6 {
			t.Fatalf("request %d: let through %v, with %f tokens", i, ok, tokens)
		}
		if ok {
			tokens--
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	l := New(50, 200, start)
	buckets := func() (n int) {
		for i := range l.shards {
			n += len(l.shards[i].recent) + len(l.shards[i].older)
		}
		return n
	}
	for id := range uint64(1_200_000) {
		l.Take(id, start)
	}
	if most := 2 * shards * maxBuckets; buckets() > most {
		t.Errorf("%d buckets, more than %d", buckets(), most)
	}
	for range 2 {
		start := start.Add(time.Hour)
		for id := range uint64(10_000) {
			l.Take(id, start)
			l.Take(id, start.Add(5*time.Second))
		}
	}
	if buckets() > 40_000 {
		t.Errorf("%d buckets long after a million were needed", buckets())
	}
}

func TestItMayBeUsedByMany(t *testing.T) {
	l := New(1, 1000, start)
	var group sync.WaitGroup
	var mu sync.Mutex
	let := 0
	for range 8 {
		group.Go(func() {
			n := 0
			for range 500 {
				if _, ok := l.Take(1, start); ok {
					n++
				}
			}
			mu.Lock()
			defer mu.Unlock()
			let += n
		})
	}
	group.Wait()
	if let != 1000 {
		t.Errorf("%d were let through, want 1000", let)
	}
}

func BenchmarkTake(b *testing.B) {
	l := New(50, 200, start)
	b.RunParallel(func(pb *testing.PB) {
		for id := rand.Uint64N(1000); pb.Next(); id++ {
			l.Take(id%1000, start.Add(time.Duration(id)*time.Microsecond))
		}
	})
}
