package fetch

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// ErrTooLarge says that a body was larger than the client takes.
var ErrTooLarge = errors.New("the body is too large")

// A limitedBody fails once more than most bytes are read, and names the request in
// whatever goes wrong.
type limitedBody struct {
	io.ReadCloser
	name       string // method and masked URL
	left, most int64
}

func (b *limitedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, b.tooLarge()
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return n - 1, b.tooLarge()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%s: reading the body: %w", b.name, err)
	}
	return n, err
}

func (b *limitedBody) tooLarge() error {
	return fmt.Errorf("%s: %w: more than %d bytes", b.name, ErrTooLarge, b.most)
}

// A StatusError is an answer whose status is not 2xx.
type StatusError struct {
	Method string
	URL    string // as asked for, its secrets masked
	Final  string // where redirects led, its secrets masked; empty without any
	Code   int    // e.g. 404
	Status string // e.g. "404 Not Found"
	Header http.Header
	Body   []byte // its first 64 KiB
}

// Error gives, e.g., "GET https://example.org/a: 404 Not Found".
func (e *StatusError) Error() string {
	if e.Final != "" {
		return fmt.Sprintf("%s %s (redirected to %s): %s", e.Method, e.URL, e.Final, e.Status)
	}
	return fmt.Sprintf("%s %s: %s", e.Method, e.URL, e.Status)
}

func newStatusError(method, rawURL string, resp *http.Response) *StatusError {
	const mostOfBody = 64 << 10
	e := &StatusError{
		Method: method, URL: MaskURL(rawURL), Code: resp.StatusCode, Status: resp.Status, Header: resp.Header,
	}
	// Servers word it as they like; Cloudflare's own codes have no words.
	if text := http.StatusText(e.Code); text != "" || e.Status == "" {
		e.Status = strings.TrimSpace(fmt.Sprintf("%d %s", e.Code, text))
	}
	if final := MaskURL(resp.Request.URL.String()); resp.Request.Response != nil && final != e.URL {
		e.Final = final
	}
	// What can be had of the body helps to explain; that it breaks off does not matter.
	e.Body, _ = io.ReadAll(io.LimitReader(resp.Body, mostOfBody))
	return e
}
