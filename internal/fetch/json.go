package fetch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
)

// MaxJSON is the largest body, in bytes, that JSON and Text take: it is held whole.
const MaxJSON = 64 << 20

// JSON makes a request as Do does and decodes the JSON of its answer into v. It gives
// the headers of the answer. A web page (a login, an excuse) is an error that says so.
func (c *Client) JSON(ctx context.Context, method, rawURL string, header http.Header, body []byte, v any) (http.Header, error) {
	if header = header.Clone(); header == nil {
		header = http.Header{}
	}
	if header.Get("Accept") == "" {
		header.Set("Accept", "application/json")
	}
	text, got, err := c.whole(ctx, method, rawURL, header, body)
	if err != nil {
		return got, err
	}
	if err := RefuseHTML(got, text); err != nil {
		return got, fmt.Errorf("%s %s: %w", method, MaskURL(rawURL), err)
	}
	if err := json.Unmarshal(text, v); err != nil {
		return got, fmt.Errorf("%s %s: the answer is not the JSON that was expected: %w", method, MaskURL(rawURL), err)
	}
	return got, nil
}

// Text makes a request as Get does and gives the whole body of its answer.
func (c *Client) Text(ctx context.Context, rawURL string, header http.Header) (string, http.Header, error) {
	text, got, err := c.whole(ctx, http.MethodGet, rawURL, header, nil)
	return string(text), got, err
}

func (c *Client) whole(ctx context.Context, method, rawURL string, header http.Header, body []byte) ([]byte, http.Header, error) {
	resp, err := c.Do(ctx, method, rawURL, header, body)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, MaxJSON+1))
	if err == nil && len(text) > MaxJSON {
		err = fmt.Errorf("%s %s: %w: more than %d bytes", method, MaskURL(rawURL), ErrTooLarge, MaxJSON)
	}
	return text, resp.Header, err
}

// ErrHTML says that a web page came where data was asked for.
var ErrHTML = errors.New("the answer is a web page, not data")

// RefuseHTML gives ErrHTML if an answer with these headers, whose body begins like this,
// is a web page.
func RefuseHTML(header http.Header, start []byte) error {
	kind, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
	if kind == "text/html" || bytes.HasPrefix(bytes.TrimSpace(start[:min(len(start), 1024)]), []byte("<")) {
		return ErrHTML
	}
	return nil
}
