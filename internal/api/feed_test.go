package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/catalog"
	"getmyvax.org/univaf/internal/store"
)

// A stillLog is a log that holds n places with so long a description, and never grows.
type stillLog struct{ n, size int }

func (l stillLog) ChangedAt(context.Context) (time.Time, error) { return time.Time{}, nil }

func (l stillLog) Snapshot(_ context.Context, to ...func(store.Place)) (string, int64, error) {
	for i := range l.n {
		to[0](store.Place{Seq: 1, ContentSeq: 1, Location: univaf.Location{
			ID: fmt.Sprintf("%08d-0000-4000-8000-000000000000", i), Name: "N", State: "NJ", IsPublic: true,
			Description: strings.Repeat("x", l.size),
		}})
	}
	return "EPOCH", 1, nil
}

func (stillLog) ReadLog(context.Context, string, int64) ([]store.Batch, int64, error) {
	return nil, 1, nil
}

func (stillLog) Watch(context.Context) <-chan struct{} { return nil }

// served gives a server with the places, whose clock is late by so much, and its address.
func served(t *testing.T, l stillLog, late time.Duration) (*Server, string) {
	ctx, cancel := context.WithCancel(context.Background())
	c, ended := catalog.New(time.Now), make(chan struct{})
	go func() { defer close(ended); c.Run(ctx, l, func(error) {}) }()
	c.WaitFor(ctx, 1)
	s := New(Options{Catalog: c, Now: func() time.Time { return time.Now().Add(-late) }, Log: slog.New(slog.DiscardHandler)})
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	web := &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	go func() { _ = Serve(web, listener) }()
	t.Cleanup(func() {
		_ = web.Close()
		cancel()
		<-ended
	})
	return s, listener.Addr().String()
}

func (f *feed) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.listeners
}

func within(t *testing.T, limit time.Duration, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !f(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited %v in vain until %s", limit, what)
		}
	}
}

func TestAListenerThatDoesNotReadIsDropped(t *testing.T) {
	s, address := served(t, stillLog{50, 1 << 20}, writeTimeout-time.Second) // deadlines come after a second
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET /api/v1/changes?after=0 HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n")
	within(t, 30*time.Second, "it listens", func() bool { return s.feed.count() == 1 })
	within(t, 30*time.Second, "it is dropped", func() bool { return s.feed.count() == 0 })
	if s.feed.current != nil {
		t.Error("a view is kept for nobody")
	}
}

func TestTheNumberOfListenersIsLimited(t *testing.T) {
	s, address := served(t, stillLog{1, 1}, 0)
	var leave []func()
	for range mostListeners {
		l, err := s.feed.join()
		if err != nil {
			t.Fatal(err)
		}
		leave = append(leave, l)
	}
	var e apiError
	if _, err := s.feed.join(); !errors.As(err, &e) || e.Status != http.StatusServiceUnavailable {
		t.Errorf("one too many: %v", err)
	}
	get := func(path string) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		return resp.StatusCode, resp.Header.Get("Retry-After")
	}
	if status, after := get("/api/v1/changes?wait=1"); status != http.StatusServiceUnavailable || after == "" {
		t.Errorf("one more that waits: %d, to come again after %q", status, after)
	}
	if status, _ := get("/api/v1/changes?after=0&wait=1"); status != http.StatusOK {
		t.Errorf("one that need not wait: %d", status)
	}
	leave[0]()
	if status, _ := get("/api/v1/changes?wait=1"); status != http.StatusOK {
		t.Errorf("after another has left: %d", status)
	}
	for _, l := range leave[1:] {
		l()
	}
}

func TestFramesAreRenderedOnceForAll(t *testing.T) {
	s, _ := served(t, stillLog{100, 1000}, 0)
	m := s.feed.moment(s.Catalog.View())
	at := changeCursor{"EPOCH", m.view.Start(), "scope"}
	one, two := changeRequest{question: "a"}, changeRequest{question: "b"}
	first := m.after(&one, at)
	if m.after(&one, at) != first {
		t.Error("they are rendered again for the same")
	}
	if m.after(&two, at) == first || m.after(&one, first.next) == first {
		t.Error("others get the same")
	}
	if len(first.text) < framesSize || len(first.text) > framesSize+2000 || !first.more {
		t.Errorf("they have %d bytes, and more is %v", len(first.text), first.more)
	}
}

// A listener hears where it stands even if nothing changes.
func TestAListenerHearsHeartbeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		c := catalog.New(time.Now)
		go c.Run(ctx, stillLog{1, 1}, func(error) {})
		c.WaitFor(ctx, 1)
		s := New(Options{Catalog: c, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
		r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/api/v1/changes", nil)
		r.Header.Set("Accept", "text/event-stream")
		w := httptest.NewRecorder()
		go s.ServeHTTP(w, r)
		time.Sleep(3*heartbeat + time.Second)
		cancel()
		synctest.Wait()
		want := "id: " + changeCursor{"EPOCH", c.View().End(), scopeOf(catalog.ChangeFilter{}, ofContent)}.String() + "\n\n"
		if got := w.Body.String(); got != "retry: 2000\n"+strings.Repeat(want, 4) {
			t.Errorf("it hears\n%s", got)
		}
	})
}
