package contract

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// A Transport sends requests on and checks each against the document once its answer
// was read or closed.
type Transport struct {
	Document *Document
	Base     http.RoundTripper
	// Ignored is a query parameter that need not be in the document.
	Ignored string
	// Report is told of faults. It may be called from several goroutines.
	Report func(r *http.Request, faults []string)
}

// RoundTrip is (http.RoundTripper).RoundTrip.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	sent := r
	request := &recorded{ReadCloser: http.NoBody, size: r.ContentLength}
	if r.Body != nil {
		sent = r.Clone(r.Context())
		request.ReadCloser = r.Body
		sent.Body = request
	}
	resp, err := t.Base.RoundTrip(sent)
	if err != nil {
		return nil, err
	}
	answer := &recorded{ReadCloser: resp.Body, size: resp.ContentLength}
	answer.ended = func() {
		at := *r.URL
		query := at.Query()
		query.Del(t.Ignored)
		at.RawQuery = query.Encode()
		e := &Exchange{
			Method: r.Method, URL: &at, RequestHeader: r.Header, RequestBody: request.body(r.Header),
			Status: resp.StatusCode, Header: resp.Header, Body: answer.body(resp.Header),
		}
		if faults := t.Document.Faults(e); len(faults) > 0 {
			t.Report(r, faults)
		}
	}
	resp.Body = answer
	return resp, nil
}

// mostRecorded is how many bytes of a body are kept, before and after decompression.
const mostRecorded = 8 << 20

// A recorded keeps the beginning of what is read.
type recorded struct {
	io.ReadCloser
	size  int64  // how long it is, -1 if that is not known
	ended func() // called by the first Close

	mu    sync.Mutex // a request is still sent while its answer is read
	text  []byte
	whole bool // whether the end was read
	once  sync.Once
}

func (b *recorded) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.mu.Lock()
	b.text = append(b.text, p[:min(n, mostRecorded-len(b.text))]...)
	b.whole = b.whole || err == io.EOF
	b.mu.Unlock()
	return n, err
}

func (b *recorded) Close() error {
	if b.ended != nil {
		b.once.Do(b.ended)
	}
	return b.ReadCloser.Close()
}

// body gives what was recorded, decompressed.
func (b *recorded) body(h http.Header) Body {
	b.mu.Lock()
	defer b.mu.Unlock()
	whole := b.whole || int64(len(b.text)) == b.size
	body := Body{Text: bytes.Clone(b.text), Cut: !whole || len(b.text) == mostRecorded}
	var in io.Reader = bytes.NewReader(body.Text)
	var err error
	switch h.Get("Content-Encoding") {
	case "gzip", "x-gzip":
		in, err = gzip.NewReader(in)
	case "zstd":
		in, err = zstd.NewReader(in, zstd.WithDecoderConcurrency(1))
	default:
		return body
	}
	if err != nil {
		return Body{Cut: true}
	}
	text, err := io.ReadAll(io.LimitReader(in, mostRecorded))
	return Body{Text: text, Cut: body.Cut || err != nil || len(text) == mostRecorded}
}
