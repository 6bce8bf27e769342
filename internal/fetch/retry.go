package fetch

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Retry says which requests are tried again. Network errors always are.
type Retry struct {
	// Statuses are those after which another try may help.
	Statuses []int
	// Methods are those that may be sent twice.
	Methods []string
}

// DefaultRetry tries idempotent methods (RFC 9110, section 9.2.2) again after what
// passes: time-outs, overload and the failures of gateways. 521, 522 and 524 are
// Cloudflare's for an origin that is down, can't be reached or is slow.
var DefaultRetry = Retry{
	Statuses: []int{408, 413, 429, 500, 502, 503, 504, 521, 522, 524},
	Methods:  []string{"GET", "PUT", "HEAD", "DELETE", "OPTIONS", "TRACE"},
}

// WithPost is for the sources whose POST only asks.
func (r Retry) WithPost() Retry {
	r.Methods = append(slices.Clip(r.Methods), http.MethodPost)
	return r
}

const (
	maxTries  = 3
	maxJitter = 100 * time.Millisecond
	// longestWait is the most that we wait because a server asked for it. Who asks
	// for more is left alone till the next run.
	longestWait = 2 * time.Minute
)

// do calls try up to three times: about one second after the first failure and two
// after the second, or when the server says (Retry-After, RFC 9110, section 10.2.3).
func (r Retry) do(ctx context.Context, noWait bool, method string, try func() (*http.Response, error)) (*http.Response, error) {
	waits := &waits{none: noWait}
	return backoff.Retry(ctx, func() (*http.Response, error) {
		resp, err := try()
		if err == nil {
			return resp, nil
		}
		if !slices.Contains(r.Methods, method) || ctx.Err() != nil || !r.passes(err) {
			return nil, backoff.Permanent(err)
		}
		waits.asked = retryAfter(err)
		return nil, err
	}, backoff.WithBackOff(waits), backoff.WithMaxTries(maxTries), backoff.WithMaxElapsedTime(0))
}

// passes reports whether another try may help.
func (r Retry) passes(err error) bool {
	var status *StatusError
	if errors.As(err, &status) {
		return slices.Contains(r.Statuses, status.Code)
	}
	return !errors.Is(err, ErrNotRecorded) && !errors.Is(err, ErrPrivateAddress)
}

// retryAfter is how long the server asked us to wait; 0 if it did not.
func retryAfter(err error) time.Duration {
	var status *StatusError
	if !errors.As(err, &status) {
		return 0
	}
	text := status.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil {
		return min(max(0, time.Duration(seconds)), 2*longestWait/time.Second) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		// The server's own clock tells how far off that is.
		if now, err := http.ParseTime(status.Header.Get("Date")); err == nil {
			return max(0, at.Sub(now))
		}
	}
	return 0
}

// waits gives the waits between tries.
type waits struct {
	none  bool
	asked time.Duration
	next  time.Duration
}

func (w *waits) Reset() { w.next = time.Second }

func (w *waits) NextBackOff() time.Duration {
	wait := max(w.asked, w.next+rand.N(maxJitter)) //nolint:gosec // jitter may be guessed
	w.next *= 2
	switch {
	case w.none:
		return 0
	case w.asked > longestWait:
		return backoff.Stop
	}
	return wait
}
