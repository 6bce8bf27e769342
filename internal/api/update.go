package api

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/ingest"
)

// maxUpdate is the most bytes of one update, decompressed.
const maxUpdate = 2_500_000

// catchUpTime is how long an acknowledgement waits for the catalog, so that who reads
// what they wrote finds it.
const catchUpTime = 2 * time.Second

var (
	notWriter = apiError{Status: http.StatusForbidden, Code: "error_403", Message: "Not authorized to update data"}
	tooLarge  = apiError{
		Status: http.StatusRequestEntityTooLarge, Code: "too_large",
		Message: "An update may have at most " + strconv.Itoa(maxUpdate) + " bytes",
	}
)

// update takes one update and answers in the old protocol's form.
func (s *Server) update(d *dialect) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		body, updateLocation, err := s.openUpdate(r)
		if err != nil {
			return err
		}
		data, err := io.ReadAll(http.MaxBytesReader(w, io.NopCloser(body), maxUpdate))
		if err != nil {
			return unreadable(err)
		}
		u, err := s.Ingest.Read(data, updateLocation)
		warn(w, u.Warnings)
		if err != nil {
			return err
		}
		pending, err := s.Ingest.Enqueue(r.Context(), u)
		if err != nil {
			return err
		}
		result, err := pending.Wait(r.Context())
		if err != nil {
			return err
		}
		warn(w, result.Warnings)
		s.waitForCatalog(r.Context(), result.Seq)
		if result.Availability == ingest.OutOfDate {
			return univaf.ErrOutOfDate
		}
		return writeResult(w, u.Update, result)
	}
}

// openUpdate checks that the request may write, and gives its body, decompressed, and
// whether the facts of known locations are to be changed, too.
func (s *Server) openUpdate(r *http.Request) (body io.Reader, updateLocation bool, err error) {
	if err := s.authorize(r, univaf.ScopeWrite, notWriter); err != nil {
		return nil, false, err
	}
	values, err := parameters(r)
	if err != nil {
		return nil, false, err
	}
	if updateLocation, err = readBool(values, "update_location"); err != nil {
		return nil, false, err
	}
	body, err = decompressed(r)
	return body, updateLocation, err
}

// writeResult writes the old protocol's answer. It says "create" and "update" of
// availability, and null of a location whose facts nobody meant to change.
func writeResult(w http.ResponseWriter, u univaf.Update, result ingest.Result) error {
	type part struct {
		LocationID string  `json:"locationId,omitempty"`
		Action     *string `json:"action"`
	}
	action := func(s string) *string { return &s }
	data := map[string]part{"location": {}}
	status := http.StatusOK
	switch {
	case result.Location == ingest.Created:
		data["location"] = part{Action: action("created")}
		status = http.StatusCreated
	case u.UpdateLocation && u.Given != 0:
		data["location"] = part{Action: action("updated")}
	}
	switch result.Availability {
	case ingest.Created:
		data["availability"] = part{LocationID: result.ID, Action: action("create")}
	case ingest.Updated, ingest.Unchanged:
		data["availability"] = part{LocationID: result.ID, Action: action("update")}
	}
	text, err := marshal(map[string]any{"data": data})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", jsonType[0])
	w.Header().Set("Vary", "Accept-Encoding")
	w.WriteHeader(status)
	_, err = w.Write(append(text, '\n'))
	return err
}

func (s *Server) waitForCatalog(ctx context.Context, seq int64) {
	ctx, cancel := context.WithTimeout(ctx, catchUpTime)
	defer cancel()
	s.Catalog.WaitFor(ctx, seq)
}

// warn tells the sender what was let pass. Header values are ASCII.
func warn(w http.ResponseWriter, warnings []string) {
	const most = 20
	for i, text := range warnings {
		if i == most {
			text = fmt.Sprintf("and %d more", len(warnings)-most)
		}
		quoted := strconv.QuoteToASCII(text)
		w.Header().Add("Univaf-Warning", strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`))
		if i == most {
			return
		}
	}
}

// decompressed gives the body as it was before Content-Encoding.
func decompressed(r *http.Request) (io.Reader, error) {
	switch coding := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding"))); coding {
	case "", "identity":
		return r.Body, nil
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			return nil, unreadable(err)
		}
		return z, nil
	case "zstd":
		z, err := zstd.NewReader(r.Body, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(64<<20))
		if err != nil {
			return nil, unreadable(err)
		}
		return z.IOReadCloser(), nil
	default:
		return nil, apiError{
			Status: http.StatusUnsupportedMediaType, Code: "unsupported_encoding",
			Message: "Content-Encoding must be gzip, zstd or none, not " + strconv.Quote(coding),
		}
	}
}

// unreadable is the error for a body that can't be read to its end.
func unreadable(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return tooLarge
	}
	return apiError{Status: http.StatusBadRequest, Code: "bad_request", Message: "The body can't be read: " + err.Error()}
}
