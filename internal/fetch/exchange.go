package fetch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
)

// An Exchange is one request and its answer as recordings hold them: a JSON array
// of these. Bodies are text, decompressed. Secrets are masked.
type Exchange struct {
	Method         string            `json:"method"`
	URL            string            `json:"url"`
	IgnoreQuery    []string          `json:"ignore_query,omitempty"` // parameters that differ each time
	RequestHeaders map[string]string `json:"request_headers"`
	RequestBody    *string           `json:"request_body,omitempty"` // nil: not compared
	Served         string            `json:"served"`                 // once (also if empty) or repeatedly
	Status         int               `json:"status"`
	Headers        map[string]string `json:"response_headers"`
	Body           string            `json:"body"`
}

const (
	servedOnce       = "once"
	servedRepeatedly = "repeatedly"
)

// ParseExchanges reads a recording. Its errors say which exchange is wrong.
func ParseExchanges(data []byte) ([]Exchange, error) {
	var list []Exchange
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("a recording must be a JSON array of exchanges: %w", err)
	}
	if list == nil {
		return nil, errors.New("a recording must be a JSON array of exchanges, not null")
	}
	for i, e := range list {
		if err := e.check(); err != nil {
			return nil, fmt.Errorf("exchange %d: %w", i+1, err)
		}
	}
	return list, nil
}

func (e *Exchange) check() error {
	if e.Method == "" {
		return errors.New("method is missing")
	}
	if u, err := url.Parse(e.URL); err != nil || u.Path+u.Host == "" {
		return errors.New("url is missing or not a URL")
	}
	if e.Status < 100 || e.Status > 599 {
		return fmt.Errorf("status must be from 100 to 599, not %d", e.Status)
	}
	switch e.Served {
	case "", servedOnce, servedRepeatedly:
		return nil
	}
	return fmt.Errorf("served must be %s or %s, not %q", servedOnce, servedRepeatedly, e.Served)
}

// answers reports whether this is the answer to req, whose body is given apart.
// Secrets play no part, nor do headers, nor the order of query parameters.
func (e *Exchange) answers(req *http.Request, body []byte) bool {
	if e.Method != req.Method {
		return false
	}
	listed, err := url.Parse(MaskURL(e.URL))
	if err != nil {
		return false
	}
	asked, err := url.Parse(MaskURL(req.URL.String()))
	if err != nil || asked.Host != listed.Host || asked.Scheme != listed.Scheme || asked.Path != listed.Path {
		return false
	}
	if e.query(asked) != e.query(listed) {
		return false
	}
	return e.RequestBody == nil || sameBody([]byte(*e.RequestBody), body)
}

func (e *Exchange) query(u *url.URL) string {
	values := u.Query()
	for _, name := range e.IgnoreQuery {
		values.Del(name)
	}
	for name := range values {
		if secretName(name) {
			values[name] = []string{masked}
		}
	}
	return values.Encode()
}

// sameBody compares JSON by what it says and anything else by its bytes.
func sameBody(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

func (e *Exchange) response(req *http.Request) *http.Response {
	header := http.Header{}
	for name, value := range e.Headers {
		switch strings.ToLower(name) {
		case "content-length", "content-encoding", "transfer-encoding":
			// Of the body as it travelled, not of the text at hand.
		default:
			header.Set(name, value)
		}
	}
	return &http.Response{
		Status:     fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status)),
		StatusCode: e.Status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        header,
		Body:          io.NopCloser(strings.NewReader(e.Body)),
		ContentLength: int64(len(e.Body)),
		Request:       req,
	}
}
