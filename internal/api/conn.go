package api

import (
	"context"
	"net"
	"net/http"
)

// Serve answers what comes to the listener with web, whose Handler is a Server.
// It returns when web.Serve does.
func Serve(web *http.Server, listener net.Listener) error {
	web.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, connKey{}, c)
	}
	return web.Serve(conns{listener})
}

// conns gives connections that can send in one piece.
type conns struct{ net.Listener }

func (l conns) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c}, nil
}

type connKey struct{}

// A conn can send an answer in one piece. net/http cuts it where its buffer of 4 kB
// ends, and two packets cost almost twice as much as one, here and at the client.
type conn struct {
	net.Conn
	missing int // bytes that are to come before anything is sent
	held    []byte
}

const (
	// maxHeld is how much may be sent in one piece. From a few parts on it is no gain.
	maxHeld = 32 << 10
	// leastHead is what no head of an answer is shorter than.
	leastHead = 256
)

// inOnePiece says that an answer follows whose body has size bytes. All of them must
// follow, or the connection must end.
func inOnePiece(r *http.Request, size int) {
	if c, ok := r.Context().Value(connKey{}).(*conn); ok && size <= maxHeld {
		c.missing = leastHead + size
	}
}

func (c *conn) Write(b []byte) (int, error) {
	if c.missing -= len(b); c.missing > 0 {
		c.held = append(c.held, b...)
		return len(b), nil
	}
	c.missing = 0
	if len(c.held) == 0 {
		return c.Conn.Write(b)
	}
	c.held = append(c.held, b...)
	_, err := c.Conn.Write(c.held)
	c.held = c.held[:0]
	if err != nil {
		return 0, err
	}
	return len(b), nil
}
