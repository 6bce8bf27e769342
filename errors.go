package univaf

import (
	"errors"
	"strings"
)

// Errors that callers test for with errors.Is.
var (
	// ErrNotFound says that nothing has the id, or the name, that was asked for.
	ErrNotFound = errors.New("not found")
	// ErrOutOfDate says that newer availability is already known.
	ErrOutOfDate = errors.New("newer availability has already been recorded")
	// ErrMisplaced says that an update would move a location far away, or to another
	// state, from where others know it to be.
	ErrMisplaced = errors.New("the update seems to be of another place")
	// ErrTaken says that another has the name already.
	ErrTaken = errors.New("the name is taken")
	// ErrUnavailable says that the database can't be reached now; the same call
	// may succeed later.
	ErrUnavailable = errors.New("the database is unavailable")
)

// A SyntaxError says that input is not JSON at all.
type SyntaxError struct {
	Err error
}

func (e *SyntaxError) Error() string { return "not valid JSON: " + e.Err.Error() }
func (e *SyntaxError) Unwrap() error { return e.Err }

// A FieldError says what is wrong with one member of an input document.
type FieldError struct {
	Pointer string `json:"pointer"` // JSON Pointer (RFC 6901) to the member; "" is the document
	Message string `json:"message"` // what was expected
}

func (e FieldError) Error() string {
	if e.Pointer == "" {
		return e.Message
	}
	return e.Pointer + " " + e.Message
}

// FieldErrors is everything that is wrong with an input document, by name
// of the members.
type FieldErrors []FieldError

func (e FieldErrors) Error() string {
	texts := make([]string, len(e))
	for i, one := range e {
		texts[i] = one.Error()
	}
	return strings.Join(texts, "; ")
}

// Err returns e as an error, or nil if nothing is wrong.
func (e FieldErrors) Err() error {
	if len(e) == 0 {
		return nil
	}
	return e
}
