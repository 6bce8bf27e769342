package storetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/store"
)

// writeMany commits n batches of one location each.
func writeMany(s *store.Store, prefix string, n int) error {
	for i := range n {
		id := fmt.Sprintf("%s-%03d", prefix, i)
		_, err := s.Write(context.Background(), func(tx *store.Tx) error {
			tx.PutLocations([]univaf.Location{location(id, start)})
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// checkLog reads the log from its start and compares it with the tables.
func checkLog(t *testing.T, s *store.Store, want int) {
	t.Helper()
	logged := map[string]bool{}
	for after, head := int64(0), int64(1); after < head; {
		batches, h, err := s.ReadLog(context.Background(), s.Epoch(), after)
		if err != nil {
			t.Fatalf("log after %d: %v", after, err)
		}
		for _, b := range batches {
			if b.Seq != after+1 {
				t.Fatalf("seq %d follows %d", b.Seq, after)
			}
			after = b.Seq
			for _, entry := range b.Entries {
				logged[entry.Location.ID] = true
			}
		}
		head = h
	}
	got, seq := snapshot(t, s)
	if len(logged) != want || len(got.Locations) != want || seq != int64(want) {
		t.Errorf("%d locations in the log, %d in the table, seq %d; want %d", len(logged), len(got.Locations), seq, want)
	}
}

func concurrentWriters(t *testing.T, e Engine) {
	url := e.New(t)
	const writers, each = 6, 20
	var running sync.WaitGroup
	for i := range writers {
		s := open(t, url) // connections of its own, as another process has
		running.Go(func() {
			if err := writeMany(s, fmt.Sprint("writer-", i), each); err != nil {
				t.Error(err)
			}
		})
	}
	running.Wait()
	checkLog(t, open(t, url), writers*each)
}

// childURL tells a child process of the test which database it shall write to.
const childURL = "UNIVAF_STORETEST_URL"

// Child is what the second process runs. A test of the package that calls Run calls
// it first in its TestMain.
func Child() {
	url := os.Getenv(childURL)
	if url == "" {
		return
	}
	s, err := store.Open(context.Background(), store.Options{URL: url, Now: time.Now})
	if err == nil {
		err = errors.Join(writeMany(s, "child", 30), s.Close())
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	os.Exit(0)
}

func twoProcesses(t *testing.T, e Engine) {
	url := e.New(t)
	s := open(t, url)
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childURL+"="+url)
	var said strings.Builder
	child.Stdout, child.Stderr = &said, &said
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if err := writeMany(s, "parent", 30); err != nil {
		t.Error(err)
	}
	if err := child.Wait(); err != nil {
		t.Fatalf("the other process: %v: %s", err, said.String())
	}
	checkLog(t, s, 60)
}

// snapshots takes many at once. After the first batch each adds one place, so the number of
// places tells the moment.
func snapshots(t *testing.T, e Engine) {
	s := open(t, e.New(t))
	const first, more = 1200, 40
	var locations []univaf.Location
	for i := range first {
		locations = append(locations, location(fmt.Sprintf("first-%04d", i), start))
	}
	write(t, s, func(tx *store.Tx) error { tx.PutLocations(locations); return nil })
	var running sync.WaitGroup
	running.Go(func() {
		if err := writeMany(s, "more", more); err != nil {
			t.Error(err)
		}
	})
	for range 6 {
		running.Go(func() {
			for seq := int64(0); seq < 1+more; {
				var got contents
				got, seq = snapshot(t, s)
				if len(got.Locations) != first-1+int(seq) {
					t.Errorf("%d places at seq %d", len(got.Locations), seq)
					return
				}
			}
		})
	}
	running.Wait()
}

func wakes(t *testing.T, e Engine) {
	url := e.New(t)
	reader, writer := open(t, url), open(t, url)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	own, other := writer.Watch(ctx), reader.Watch(ctx)
	// The listening connection says hello once it stands, where there is one.
	if strings.HasPrefix(url, "postgres") {
		<-own
		<-other
	}
	write(t, writer, func(tx *store.Tx) error { tx.PutLocations([]univaf.Location{location("a", start)}); return nil })
	channels := map[string]<-chan struct{}{"the writer itself": own}
	if strings.HasPrefix(url, "postgres") {
		channels["another process"] = other
	}
	for who, c := range channels {
		select {
		case <-c:
		case <-time.After(10 * time.Second):
			t.Errorf("%s was not woken", who)
		}
	}
}

func trims(t *testing.T, e Engine) {
	url := e.New(t)
	s := open(t, url)
	if err := writeMany(open(t, url), "old", 3); err != nil {
		t.Fatal(err)
	}
	n, err := s.TrimLog(context.Background(), time.Now().Add(time.Minute))
	if err != nil || n != 3 {
		t.Fatalf("%d rows trimmed, error %v", n, err)
	}
	if _, _, err := s.ReadLog(context.Background(), s.Epoch(), 1); !errors.Is(err, store.ErrGap) {
		t.Errorf("a follower behind the gap: error %v", err)
	}
	if _, head, err := s.ReadLog(context.Background(), s.Epoch(), 3); err != nil || head != 3 {
		t.Errorf("a follower that is current: head %d, error %v", head, err)
	}
	if err := writeMany(open(t, url), "new", 1); err != nil {
		t.Fatal(err)
	}
	if batches, head, err := s.ReadLog(context.Background(), s.Epoch(), 3); err != nil || head != 4 || len(batches) != 1 {
		t.Errorf("after the next write: %d batches, head %d, error %v", len(batches), head, err)
	}
}

func epochs(t *testing.T, e Engine) {
	url := e.New(t)
	one, again, other := open(t, url), open(t, url), open(t, e.New(t))
	if one.Epoch() == "" || one.Epoch() != again.Epoch() || one.Epoch() == other.Epoch() {
		t.Errorf("epochs %q, %q and of another database %q", one.Epoch(), again.Epoch(), other.Epoch())
	}
	if _, _, err := one.ReadLog(context.Background(), other.Epoch(), 0); !errors.Is(err, store.ErrGap) {
		t.Errorf("a follower of another epoch: error %v", err)
	}
}
