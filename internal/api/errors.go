package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"getmyvax.org/univaf"
)

// An apiError is what a client is told.
type apiError struct {
	Status  int
	Code    string // as the old API had them
	Message string
	Errors  []fieldProblem
}

func (e apiError) Error() string { return e.Message }

// A fieldProblem names what is wrong: a member of the body or a query parameter.
type fieldProblem struct {
	Pointer   string `json:"pointer,omitempty"` // JSON Pointer (RFC 6901)
	Parameter string `json:"parameter,omitempty"`
	Message   string `json:"message"`
}

var internalError = apiError{
	Status: http.StatusInternalServerError, Code: "internal_error",
	Message: "Something went wrong here; it has been logged",
}

// badParameter is the error for a query parameter that can't be read.
func badParameter(name, message string) error {
	return apiError{
		Status: http.StatusUnprocessableEntity, Code: "value_error", Message: message,
		Errors: []fieldProblem{{Parameter: name, Message: message}},
	}
}

// describe says what a client is told of err.
func describe(err error) apiError {
	var (
		known  apiError
		syntax *univaf.SyntaxError
		fields univaf.FieldErrors
		large  *http.MaxBytesError
	)
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &syntax):
		return apiError{Status: http.StatusBadRequest, Code: "bad_request", Message: syntax.Error()}
	case errors.As(err, &fields):
		return describeFields(fields)
	case errors.As(err, &large):
		return tooLarge
	case errors.Is(err, univaf.ErrOutOfDate):
		return apiError{Status: http.StatusConflict, Code: "out_of_date", Message: "Newer availability has already been recorded"}
	case errors.Is(err, univaf.ErrMisplaced):
		return apiError{Status: http.StatusConflict, Code: "misplaced", Message: err.Error()}
	case errors.Is(err, univaf.ErrUnavailable), errors.Is(err, context.DeadlineExceeded):
		return apiError{
			Status: http.StatusServiceUnavailable, Code: "unavailable",
			Message: "The database can't be reached now; nothing was changed, please try again",
		}
	}
	return internalError
}

func describeFields(fields univaf.FieldErrors) apiError {
	e := apiError{Status: http.StatusUnprocessableEntity, Code: "value_error", Message: fields.Error()}
	for _, f := range fields {
		e.Errors = append(e.Errors, fieldProblem{Pointer: f.Pointer, Message: f.Message})
		// The old API had another code for these.
		if f.Pointer == "/id" || strings.HasPrefix(f.Pointer, "/address_lines") {
			e.Code = "error_422"
		}
	}
	return e
}

// fail writes err. What is our own fault is logged.
func (s *Server) fail(d *dialect, w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // nobody listens any more
	}
	e := describe(err)
	switch {
	case e.Status == http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "5")
		setHeader(w.Header(), "Cache-Control", cacheNever)
		s.Log.WarnContext(r.Context(), "unavailable", "path", r.URL.Path, "err", err)
	case e.Status >= 500:
		setHeader(w.Header(), "Cache-Control", cacheNever)
		s.Log.ErrorContext(r.Context(), "request failed", "path", r.URL.Path, "err", err)
	case e.Status == http.StatusTooManyRequests:
		w.Header().Set("Retry-After", "1")
		setHeader(w.Header(), "Cache-Control", cacheNever)
	case e.Status == http.StatusUnauthorized:
		setHeader(w.Header(), "Cache-Control", cacheNever)
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		setHeader(w.Header(), "Cache-Control", cacheData)
	}
	d.fail(w, e)
}

// writeEdgeError writes the old API's form.
func writeEdgeError(w http.ResponseWriter, e apiError) {
	writeErrorBody(w, e.Status, "application/json; charset=utf-8", map[string]any{
		"error": map[string]string{"message": e.Message, "code": e.Code},
	})
}

// writeProblem writes problem details (RFC 9457).
func writeProblem(w http.ResponseWriter, e apiError) {
	writeErrorBody(w, e.Status, "application/problem+json", problem{
		Type: "about:blank", Title: http.StatusText(e.Status), Status: e.Status, Detail: e.Message, Code: e.Code, Errors: e.Errors,
	})
}

type problem struct {
	Type   string         `json:"type"`
	Title  string         `json:"title"`
	Status int            `json:"status"`
	Detail string         `json:"detail"`
	Code   string         `json:"code"`
	Errors []fieldProblem `json:"errors,omitempty"`
}

func writeErrorBody(w http.ResponseWriter, status int, contentType string, body any) {
	h := w.Header()
	for _, name := range []string{"ETag", "Content-Encoding", "Last-Modified"} {
		h.Del(name)
	}
	h.Set("Content-Type", contentType)
	setHeader(h, "Vary", varyEncoding)
	if status == http.StatusForbidden { // the next one may have a key
		setHeader(h, "Vary", varyEncodingAndKey)
	}
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(body) // the client is gone if this fails
}
