package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A crowd is listeners who wait for the changes of one place, each on a connection of its
// own.
type crowd struct {
	conns []net.Conn
	ready atomic.Int64 // how many stand
	done  atomic.Int64 // how many have heard the last change
	first int          // number of the first change
	sent  []atomic.Int64
	ended sync.WaitGroup

	mu    sync.Mutex
	times []time.Duration // from sending to hearing
	err   error
}

const (
	// heardProvider is that of the place.
	heardProvider = "bench_heard"
	heardCount    = `"available_count":`
)

// gatherCrowd connects n listeners, who will hear so many changes.
func (b *bench) gatherCrowd(url string, n, changes int) (*crowd, error) {
	c := &crowd{first: int(time.Now().UnixMilli() % 1e12), sent: make([]atomic.Int64, changes)}
	address := strings.TrimPrefix(url, "http://")
	for range n {
		conn, err := (&net.Dialer{}).DialContext(b.ctx, "tcp", address)
		if err != nil {
			return nil, fmt.Errorf("listener %d: %w", len(c.conns), err)
		}
		c.conns = append(c.conns, conn)
		c.ended.Go(func() { c.listen(conn, address) })
	}
	return c, b.until(time.Minute, "all listen", func() bool { return c.ready.Load() == int64(n) })
}

func (c *crowd) listen(conn net.Conn, address string) {
	in := bufio.NewReaderSize(conn, 8<<10)
	var times []time.Duration // a change that came with a later one was heard with it
	_, err := fmt.Fprintf(conn, "GET /api/v1/changes?provider=%s HTTP/1.1\r\nHost: %s\r\nAccept: text/event-stream\r\n\r\n", heardProvider, address)
	for err == nil {
		var line []byte
		if line, err = in.ReadSlice('\n'); err != nil {
			break
		}
		now := time.Now()
		if bytes.HasPrefix(line, []byte("retry: ")) {
			c.ready.Add(1)
		}
		_, rest, found := bytes.Cut(line, []byte(heardCount))
		if !found {
			continue
		}
		digits, _, _ := bytes.Cut(rest, []byte(","))
		number, _ := strconv.Atoi(string(digits))
		for i := len(times); i <= number-c.first && i < len(c.sent); i++ {
			times = append(times, now.Sub(time.Unix(0, c.sent[i].Load())))
			if len(times) == len(c.sent) {
				c.done.Add(1)
			}
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.times = append(c.times, times...)
	if !errors.Is(err, io.EOF) && !strings.Contains(err.Error(), "closed") {
		c.err = err
	}
}

// hear sends a change each time, and gives how long it took that all heard of it: the 99th
// percentile, from sending the update on.
func (b *bench) hear(s *server, c *crowd, each time.Duration) (time.Duration, error) {
	began := time.Now()
	for i := range c.sent {
		now := time.Now()
		update := fmt.Sprintf(`{"external_ids":[["bench","heard"]],"provider":%q,"name":"Heard","state":"WY","availability":`+
			`{"source":"bench","checked_at":%q,"available":"YES","available_count":%d,"products":["jj"]}}`,
			heardProvider, now.UTC().Format("2006-01-02T15:04:05.000Z"), c.first+i)
		c.sent[i].Store(now.UnixNano())
		if err := b.post(s.url+"/api/v1/update", strings.NewReader(update)); err != nil {
			return 0, err
		}
		time.Sleep(time.Until(began.Add(time.Duration(i+1) * each)))
	}
	err := b.until(10*time.Second, "all have heard all", func() bool { return c.done.Load() == int64(len(c.conns)) })
	for _, conn := range c.conns {
		_ = conn.Close()
	}
	c.ended.Wait()
	if err = errors.Join(err, c.err); err != nil {
		return 0, fmt.Errorf("%d of %d have heard all: %w", c.done.Load(), len(c.conns), err)
	}
	slices.Sort(c.times)
	return c.times[len(c.times)*99/100], nil
}

// listening measures how soon a change is heard by one listener, here and on another
// replica, and by many while others change, too.
func (b *bench) listening(e engine, s *server, database string) error {
	one := func(f *figure, at *server) error {
		c, err := b.gatherCrowd(at.url, 1, 100)
		if err != nil {
			return err
		}
		took, err := b.hear(s, c, 50*time.Millisecond)
		if err == nil {
			b.add(f, e, took.Seconds(), 0)
		}
		return err
	}
	if err := one(heard, s); err != nil {
		return err
	}
	if e == postgres { // processes that share a file of SQLite look every second
		replica, err := b.serve(database)
		if err != nil {
			return err
		}
		if _, err = b.ready(replica, 1); err == nil {
			err = one(heardElse, replica)
		}
		if stopped := replica.stop(); err == nil {
			err = stopped
		}
		if err != nil {
			return err
		}
	}
	before, err := s.memory("VmRSS")
	if err != nil {
		return err
	}
	c, err := b.gatherCrowd(s.url, b.listeners, 2*b.seconds)
	if err != nil {
		return err
	}
	after, err := s.memory("VmRSS")
	if err != nil {
		return err
	}
	b.say("  %d listeners take %.0f MB", b.listeners, (after-before)/1e6)
	lines, err := b.generate(6, 7, "")
	if err != nil {
		return err
	}
	text, err := os.ReadFile(lines)
	if err != nil {
		return err
	}
	stop := make(chan struct{})
	var others sync.WaitGroup
	var failed error
	others.Go(func() {
		_, failed = b.trickle(s, strings.SplitAfter(strings.TrimSuffix(string(text), "\n"), "\n"), stop)
	})
	took, err := b.hear(s, c, time.Second)
	close(stop)
	others.Wait()
	if err = errors.Join(err, failed); err != nil {
		return err
	}
	b.add(heardByMany, e, took.Seconds(), 0)
	return nil
}

// onlyListening measures that alone.
func (b *bench) onlyListening(e engine) error {
	return b.filled(e, func(s *server, database string) error { return b.listening(e, s, database) })
}

// filled measures with a new database that holds the places.
func (b *bench) filled(e engine, measure func(s *server, database string) error) error {
	return b.served(e, func(s *server, database string) error {
		fresh, err := b.generate(0, 0, "")
		if err != nil {
			return err
		}
		if _, err := b.send(s, fresh); err != nil {
			return err
		}
		return measure(s, database)
	})
}
