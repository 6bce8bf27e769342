// Package fetch makes outgoing HTTP requests the way a good guest does: it names
// itself, waits its turn, tries again where that helps, never takes in more than it
// can hold, and never tells a key to those who need not know it. It also records
// exchanges and replays them.
//
// It must not know of any one source.
package fetch

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/time/rate"
)

// Defaults of Options.
const (
	DefaultTimeout  = 150 * time.Second
	DefaultMaxBytes = 1 << 30
)

// Options say how a Client behaves. The zero value is of use.
type Options struct {
	// Release and Contact (a URL) name this program in the User-Agent.
	Release, Contact string
	// RateLimit is the most requests per second, tries included; 0 is no limit.
	RateLimit float64
	// Timeout is for one try, its body included: DefaultTimeout if 0.
	Timeout time.Duration
	// MaxBytes is the largest body, decompressed, that is read: DefaultMaxBytes if 0.
	MaxBytes int64
	// Retry says what is tried again: DefaultRetry if it has no Statuses.
	Retry Retry
	// Transport carries the requests: the network if nil. See Recorder and Replay.
	Transport http.RoundTripper
	// Header is sent to the host (and port) of HeaderFor alone, e.g. a key of its API.
	Header    map[string]string
	HeaderFor string // a URL
	// NoWait leaves out the rate limit and the waits between tries, as fits a Replay.
	NoWait bool
}

// A Client makes requests. It may be used by several goroutines at once.
type Client struct {
	http      http.Client
	userAgent string
	limiter   *rate.Limiter
	maxBytes  int64
	retry     Retry
	noWait    bool
	header    map[string]string
	headerFor string // host and port
}

// New makes a client.
func New(o Options) *Client {
	if o.Transport == nil {
		o.Transport = guarded()
	}
	c := &Client{
		http:      http.Client{Transport: o.Transport, Timeout: cmp.Or(o.Timeout, DefaultTimeout)},
		userAgent: userAgent(o.Release, o.Contact),
		limiter:   rate.NewLimiter(rate.Inf, 1),
		maxBytes:  cmp.Or(o.MaxBytes, DefaultMaxBytes),
		retry:     o.Retry,
		noWait:    o.NoWait,
		header:    o.Header,
		headerFor: hostPort(o.HeaderFor),
	}
	c.http.CheckRedirect = c.checkRedirect
	if o.RateLimit > 0 && !o.NoWait {
		c.limiter.SetLimit(rate.Limit(o.RateLimit))
	}
	if len(c.retry.Statuses) == 0 {
		c.retry = DefaultRetry
	}
	return c
}

func userAgent(release, contact string) string {
	agent := "univaf/" + cmp.Or(release, "dev")
	if contact != "" {
		agent += " (+" + contact + ")"
	}
	return agent
}

// Get asks for rawURL. The body of the answer streams; the caller closes it. An
// answer other than 2xx is a *StatusError.
func (c *Client) Get(ctx context.Context, rawURL string, header http.Header) (*http.Response, error) {
	return c.Do(ctx, http.MethodGet, rawURL, header, nil)
}

// Do makes any request, with body as its body unless it is nil, as Get does.
func (c *Client) Do(ctx context.Context, method, rawURL string, header http.Header, body []byte) (*http.Response, error) {
	u, err := url.Parse(rawURL)
	if err != nil || u.Host == "" {
		// The error of url.Parse would show the URL with its secrets.
		return nil, fmt.Errorf("%s %s: not a URL of the form https://host/path", method, MaskURL(rawURL))
	}
	resp, err := c.retry.do(ctx, c.noWait, method, func() (*http.Response, error) {
		return c.try(ctx, method, rawURL, header, body)
	})
	if err != nil {
		var status *StatusError
		if errors.As(err, &status) || errors.Is(err, ErrNotRecorded) {
			return nil, err // names the request already
		}
		return nil, fmt.Errorf("%s %s: %w", method, MaskURL(rawURL), err)
	}
	return resp, nil
}

// try makes one request. Its errors say nothing of the URL, save a *StatusError.
func (c *Client) try(ctx context.Context, method, rawURL string, header http.Header, body []byte) (*http.Response, error) {
	if err := c.limiter.Wait(ctx); err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, method, rawURL, reader(body))
	if err != nil {
		return nil, errors.New("the request can't be made")
	}
	if header != nil {
		req.Header = header.Clone()
	}
	req.Header.Set("User-Agent", c.userAgent)
	if hostPort(rawURL) == c.headerFor {
		for name, value := range c.header {
			req.Header.Set(name, value)
		}
	}
	resp, err := c.http.Do(req)
	if err != nil {
		var wrapped *url.Error // repeats the URL, secrets and all
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		return nil, err
	}
	resp.Body = &limitedBody{ReadCloser: resp.Body, name: method + " " + MaskURL(rawURL), left: c.maxBytes, most: c.maxBytes}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		defer resp.Body.Close()
		return nil, newStatusError(method, rawURL, resp)
	}
	return resp, nil
}

// reader keeps "no body" apart from an empty one.
func reader(body []byte) io.Reader {
	if body == nil {
		return nil
	}
	return bytes.NewReader(body)
}

// maxRedirects is how many redirects are followed.
const maxRedirects = 10

// checkRedirect sees to it that keys go only to the host that they were meant for,
// and not in the clear if they were not before. net/http does so for the headers
// that it knows, but not for x-api-key and its like.
func (c *Client) checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) >= maxRedirects {
		return fmt.Errorf("more than %d redirects", maxRedirects)
	}
	first := via[0].URL
	if req.URL.Host == first.Host && (req.URL.Scheme == first.Scheme || req.URL.Scheme == "https") {
		return nil
	}
	for name := range req.Header {
		if secretName(name) {
			req.Header.Del(name)
		}
	}
	for name := range c.header {
		req.Header.Del(name)
	}
	req.Header.Del("Referer") // would hold the query of the URL before
	return nil
}
