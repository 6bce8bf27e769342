package api

import (
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// counting counts what is written to its connections.
type counting struct {
	net.Listener
	writes atomic.Int64
}

func (l *counting) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return countingConn{c, l}, err
}

type countingConn struct {
	net.Conn
	l *counting
}

func (c countingConn) Write(b []byte) (int, error) {
	c.l.writes.Add(1)
	return c.Conn.Write(b)
}

func TestAnAnswerInOnePiece(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	counted := &counting{Listener: listener}
	web := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		size, _ := strconv.Atoi(strings.TrimLeft(r.URL.Path, "/half"))
		setLength(w.Header(), size)
		setHeader(w.Header(), "Etag", []string{strings.Repeat("x", 300)})
		inOnePiece(r, size)
		if strings.HasPrefix(r.URL.Path, "/half") {
			size /= 2
		}
		_, _ = io.WriteString(w, strings.Repeat("a", size))
	})}
	done := make(chan error, 1)
	go func() { done <- Serve(web, counted) }()
	defer func() {
		_ = web.Close()
		<-done
	}()
	client := &http.Client{Timeout: 10 * time.Second}
	get := func(path string) (size int, writes int64, err error) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+listener.Addr().String()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		before := counted.writes.Load()
		resp, err := client.Do(req)
		if err != nil {
			return 0, 0, err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		return len(body), counted.writes.Load() - before, err
	}
	for _, size := range []int{0, 1, 2000, 3000, 3900, 4096, 4700, 8192, 20_000, maxHeld, maxHeld + 1, 200_000} {
		got, writes, err := get("/" + strconv.Itoa(size))
		if err != nil || got != size {
			t.Errorf("%d bytes of %d, error %v", got, size, err)
		}
		if size > 0 && size <= maxHeld && writes != 1 {
			t.Errorf("%d bytes took %d writes", size, writes)
		}
	}
	if got, _, err := get("/half6000"); err == nil {
		t.Errorf("%d bytes of 6,000 passed for a whole answer", got)
	}
	if got, _, err := get("/5000"); err != nil || got != 5000 {
		t.Errorf("after that %d bytes of 5,000, error %v", got, err)
	}
}
