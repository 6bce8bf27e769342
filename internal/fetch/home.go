package fetch

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// ErrPrivateAddress says that an address which somebody else gave us leads into a private
// network.
var ErrPrivateAddress = errors.New("the address is private")

type homeKey struct{}

// From gives a context for requests to addresses that come from what the one at rawURL
// said: a manifest, say. They may lead to its own host and port, and else to public
// addresses only, or whoever writes a manifest could have us look into our network. So
// do redirects.
func From(ctx context.Context, rawURL string) context.Context {
	return context.WithValue(ctx, homeKey{}, hostPort(rawURL))
}

// hostPort gives the host of a URL with the port that it stands for.
func hostPort(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		return ""
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// guarded makes a transport like the default one that keeps to From.
func guarded() http.RoundTripper {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	open := &net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}
	public := &net.Dialer{Timeout: open.Timeout, KeepAlive: open.KeepAlive, Control: refusePrivate}
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if home, ok := ctx.Value(homeKey{}).(string); ok && home != address {
			return public.DialContext(ctx, network, address)
		}
		return open.DialContext(ctx, network, address)
	}
	return transport
}

// refusePrivate is called with each address that a name stands for, so that a name can't
// lead elsewhere than it seemed.
func refusePrivate(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%s: %w", address, err)
	}
	ip := at.Addr().Unmap()
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || sharedRange.Contains(ip) {
		return fmt.Errorf("%s: %w", ip, ErrPrivateAddress)
	}
	return nil
}

// sharedRange is between carriers and their customers (RFC 6598); some clouds have their
// metadata there.
var sharedRange = netip.MustParsePrefix("100.64.0.0/10")
