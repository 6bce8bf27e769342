package fetch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
)

// A Recorder is a transport that writes each exchange to a file, which a Replay
// can read once the recorder is closed. Secrets in headers and in queries are
// masked; those that an upstream puts into a body are not known and stay.
type Recorder struct {
	next http.RoundTripper

	mu    sync.Mutex
	file  *os.File
	count int
	err   error
}

// NewRecorder records what next (the network if nil) answers to the named file.
func NewRecorder(name string, next http.RoundTripper) (*Recorder, error) {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	if next == nil {
		next = guarded()
	}
	return &Recorder{next: next, file: file}, nil
}

// RoundTrip passes the request on. The exchange is written when the body of its
// answer is closed, with as much of the body as was read.
func (r *Recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	e := Exchange{
		Method: req.Method, URL: MaskURL(req.URL.String()), RequestHeaders: maskHeader(req.Header), Served: servedOnce,
	}
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		req.Body.Close()
		if err != nil {
			return nil, err
		}
		text := string(body)
		e.RequestBody = &text
		req = req.Clone(req.Context())
		req.Body = io.NopCloser(bytes.NewReader(body))
	}
	resp, err := r.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	e.Status, e.Headers = resp.StatusCode, maskHeader(resp.Header)
	resp.Body = &recordedBody{ReadCloser: resp.Body, recorder: r, exchange: e}
	return resp, nil
}

type recordedBody struct {
	io.ReadCloser
	recorder *Recorder
	exchange Exchange
	text     bytes.Buffer
	once     sync.Once
}

func (b *recordedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.text.Write(p[:n])
	return n, err
}

func (b *recordedBody) Close() error {
	b.once.Do(func() {
		b.exchange.Body = b.text.String()
		b.recorder.write(b.exchange)
	})
	return b.ReadCloser.Close()
}

func (r *Recorder) write(e Exchange) {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent(" ", " ")
	err := enc.Encode(e)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return
	}
	lead := "[\n "
	if r.count > 0 {
		lead = ",\n "
	}
	r.count++
	if err == nil {
		_, err = fmt.Fprintf(r.file, "%s%s", lead, bytes.TrimSpace(text.Bytes()))
	}
	r.err = err
}

// Close ends the recording and says if any of it could not be written.
func (r *Recorder) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	end := "\n]\n"
	if r.count == 0 {
		end = "[]\n"
	}
	_, err := io.WriteString(r.file, end)
	closeErr := r.file.Close()
	for _, err := range []error{r.err, err, closeErr} {
		if err != nil {
			return fmt.Errorf("record: %w", err)
		}
	}
	return nil
}
