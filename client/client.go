// Package client sends updates to UNIVAF's API.
package client

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/fetch"
)

// Options say more of how a Client behaves. The zero value is of use.
type Options struct {
	// Release and Contact (a URL) name this program in the User-Agent.
	Release, Contact string
	// Timeout is for one try: 60 s if 0.
	Timeout time.Duration
	// Transport carries the requests: the network if nil.
	Transport http.RoundTripper
}

// A Client speaks to one API. It may be used by several goroutines at once.
type Client struct {
	fetch *fetch.Client
	base  string // without a slash at its end
	key   string
}

const defaultTimeout = 60 * time.Second

// maxAnswer is the largest answer, in bytes, that is read: a page of 2,000 places with
// their slots is some megabytes.
const maxAnswer = fetch.MaxJSON

// retry tries again what did not get past a gateway and what the API asks to be sent
// later: an update that it refused is not better a second later.
var retry = fetch.Retry{
	Statuses: []int{429, 502, 503, 504, 521, 522, 524},
	Methods:  []string{http.MethodPost, http.MethodGet},
}

// New makes a client of the API at apiURL (http or https, a slash at its end does
// not matter), to which it shows key.
func New(apiURL, key string, o Options) (*Client, error) {
	if key == "" {
		return nil, errors.New("the API's key is empty")
	}
	return newClient(apiURL, key, o)
}

// NewReader makes a client that has no key: it reads what everybody may.
func NewReader(apiURL string, o Options) (*Client, error) { return newClient(apiURL, "", o) }

func newClient(apiURL, key string, o Options) (*Client, error) {
	u, err := url.Parse(apiURL)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.RawQuery != "" {
		return nil, fmt.Errorf("the API's URL must be of the form https://host, not %q", fetch.MaskURL(apiURL))
	}
	if strings.ContainsFunc(key, func(c rune) bool { return c < ' ' || c == 0x7f }) {
		return nil, errors.New("the API's key holds a line break or another control character")
	}
	return &Client{
		fetch: fetch.New(fetch.Options{
			Release: o.Release, Contact: o.Contact, Transport: o.Transport,
			Timeout: cmp.Or(o.Timeout, defaultTimeout), Retry: retry, MaxBytes: maxAnswer,
		}),
		base: strings.TrimRight(apiURL, "/"),
		key:  key,
	}, nil
}

// A Result says what the API did with an update.
type Result struct {
	Location     Change `json:"location"`
	Availability Change `json:"availability"`
}

// A Change says what became of one half of an update.
type Change struct {
	LocationID string `json:"locationId"` // where the API gives it
	Action     string `json:"action"`     // as the API names it, e.g. "created"; "" for nothing
}

// Send posts one update. Errors of the API are an *Error; one that says that newer
// availability is known is univaf.ErrOutOfDate.
func (c *Client) Send(ctx context.Context, u univaf.Update) (Result, error) {
	address := c.base + "/api/edge/update"
	if u.UpdateLocation {
		address += "?update_location=true"
	}
	header := http.Header{
		"X-Api-Key": {c.key}, "Content-Type": {"application/json"}, "Content-Encoding": {"gzip"}, "Accept": {"application/json"},
	}
	resp, err := c.fetch.Do(ctx, http.MethodPost, address, header, compress(u.AppendJSON(nil)))
	if err != nil {
		return Result{}, apiError(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return Result{}, err
	}
	return parseAnswer(resp.StatusCode, address, body)
}

func compress(data []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(data) // to memory, which does not fail
	_ = z.Close()
	return out.Bytes()
}

// parseAnswer reads what came with a good status: {"data": {…}}, or the same
// without data from older versions. They could also say success false.
func parseAnswer(code int, address string, body []byte) (Result, error) {
	var answer struct {
		Result
		Data    *Result
		Success *bool
		Error   *struct{ Message, Code string }
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return Result{}, fmt.Errorf("POST %s: the answer is not JSON: is this UNIVAF's API?", address)
	}
	if e := answer.Error; e != nil {
		return Result{}, &Error{Status: code, Code: e.Code, Message: e.Message}
	}
	if answer.Success != nil && !*answer.Success {
		return Result{}, &Error{Status: code, Message: "the API says that the update did not succeed"}
	}
	if answer.Data != nil {
		return *answer.Data, nil
	}
	return answer.Result, nil
}

// An Error is an error that the API gave.
type Error struct {
	Status  int    // of HTTP
	Code    string // e.g. "out_of_date"; "" if the answer had none
	Message string
}

func (e *Error) Error() string {
	text := fmt.Sprintf("the API answered %d", e.Status)
	if e.Code != "" {
		text += " " + e.Code
	}
	if e.Message != "" {
		text += ": " + e.Message
	}
	return text
}

// Is tells univaf.ErrOutOfDate and univaf.ErrMisplaced by the code.
func (e *Error) Is(target error) bool {
	return target == univaf.ErrOutOfDate && e.Code == "out_of_date" || target == univaf.ErrMisplaced && e.Code == "misplaced"
}

// Refused reports whether the API takes nothing with this key, so that it makes no
// sense to go on.
func (e *Error) Refused() bool {
	return e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden
}

// IsUnknown tells of an API that is older than what was asked of it.
func IsUnknown(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Status == http.StatusNotFound || e.Status == http.StatusMethodNotAllowed)
}

// Temporary reports whether the same update may be taken later: the API, or what stands
// before it, is in trouble, or the key is not in order.
func (e *Error) Temporary() bool {
	return e.Status >= 500 || e.Status == http.StatusTooManyRequests || e.Status == http.StatusRequestTimeout || e.Refused()
}

// apiError makes an *Error of an answer of the API's.
func apiError(err error) error {
	var status *fetch.StatusError
	if !errors.As(err, &status) {
		return err
	}
	var answer struct {
		Error struct{ Message, Code string }
	}
	if json.Unmarshal(status.Body, &answer) != nil || answer.Error.Message == "" && answer.Error.Code == "" {
		return &Error{Status: status.Code, Message: status.Error()}
	}
	return &Error{Status: status.Code, Code: answer.Error.Code, Message: answer.Error.Message}
}
