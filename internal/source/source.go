// Package source says what a source is: something that tells, in the domain's
// words, what an upstream site knows of places and appointments. There is one
// package per provider below it; all lists them.
//
// It must not know of databases, nor of what becomes of the records.
package source

import (
	"context"
	"fmt"
	"iter"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/fetch"
)

// A Source reads one upstream.
type Source interface {
	// Records yields each location that the upstream knows for q.States (all when
	// empty). A *RecordError spoils one record and iteration goes on; any other
	// error is the last yield.
	Records(ctx context.Context, q Query) iter.Seq2[univaf.Update, error]
}

// A Query says what is asked of a source.
type Query struct {
	States []string // USPS codes
}

// A RecordError says that one record could not be read and is skipped.
type RecordError struct {
	Kind   string // a constant by which errors are counted, e.g. "invalid Location"
	ID     string // the upstream's id, or where the record stands
	Err    error  // what is wrong
	Sample string // some of it, short
}

func (e *RecordError) Error() string { return fmt.Sprintf("%s %s: %v", e.Kind, e.ID, e.Err) }
func (e *RecordError) Unwrap() error { return e.Err }

// A Warning says that an upstream gave something unexpected, in a record that is
// of use nevertheless.
type Warning struct {
	Kind   string // a constant by which warnings are counted, e.g. "unknown product"
	ID     string // the upstream's id of the record
	Sample string // what was unexpected, short
}

// An Env is what a source may use of the world. All fields are set.
type Env struct {
	Fetch  *fetch.Client
	Now    func() time.Time
	Getenv func(string) string
	Warn   func(Warning)
}

// A Definition describes a source.
type Definition struct {
	Name string // on the command line, e.g. "cvsSmart"
	Help string // one line: what it reads
	New  func(Env) Source
}
