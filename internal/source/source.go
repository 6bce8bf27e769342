// Package source says what a source is: something that tells, in the domain's
// words, what an upstream site knows of places and appointments. There is one
// package per provider below it; all lists them.
//
// It must not know of databases, nor of what becomes of the records.
package source

import (
	"context"
	"fmt"
	"io/fs"
	"iter"
	"slices"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/fetch"
	"getmyvax.org/univaf/internal/usa"
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

// StatesOf gives the states that are asked for, or all that sources know by default: the
// 50 states, the District of Columbia, the Marshall Islands, Puerto Rico and the Virgin
// Islands.
func StatesOf(q Query) []string {
	if len(q.States) > 0 {
		return q.States
	}
	var all []string
	for _, s := range usa.States {
		if s.Kind == usa.Full || s.Kind == usa.District || slices.Contains([]string{"MH", "PR", "VI"}, s.Code) {
			all = append(all, s.Code)
		}
	}
	return all
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
	// Stores holds the lists of stores that were made for sources, each as NAME.ndjson.
	// One that is not there leaves a source with less detail.
	Stores fs.FS
}

// A Contact is how whoever is behind a source can be reached.
type Contact struct {
	Phone string // e.g. 800-746-7287; "" if there is none
	URL   string // e.g. https://www.cvs.com/immunizations; "" if there is none
}

// A Definition describes a source.
type Definition struct {
	Name string // on the command line, e.g. "cvsSmart"
	Help string // one line: what it reads
	New  func(Env) Source
	// Names are those in availability by which its records are known, e.g. "univaf-cvs-smart".
	Names []string
	// Schedule is when to run it where nobody says otherwise, in the syntax of cron (UTC);
	// "" if it is not worth a schedule.
	Schedule string
	// States are the USPS codes of those it knows; nil if all or any.
	States []string
	// Credentials are the environment variables without which it can't run. Any of those
	// that are parted by "|" does.
	Credentials []string
	// Retired says why its upstream is known to answer no more; "" if it may.
	Retired string
	// Unsafe says why it must not run unless somebody insists; "" if it may.
	Unsafe string
	// Authoritative is the provider all of whose places the source knows, so that one
	// that it no longer names is gone; "" if there is no such provider.
	Authoritative string
	// StaleAfter is how old its data may be before that is reported: a day if 0.
	StaleAfter time.Duration
	// RateLimit is the most requests per second, if nobody says otherwise; 0 is no limit.
	RateLimit float64
	// Timeout is for each request: that of fetch if 0.
	Timeout time.Duration
	// RetryPost says that its POST requests only ask, so that they may be sent again.
	RetryPost bool
	// Contact is whom to ask about places that tell no contact of their own.
	Contact Contact
	// Header is sent to the host of HeaderFor, a URL, alone.
	Header    map[string]string
	HeaderFor string
}

// Client gives the options for the source's own client: o, with what it asks for itself.
func (d *Definition) Client(o fetch.Options) fetch.Options {
	if o.RateLimit == 0 {
		o.RateLimit = d.RateLimit
	}
	o.Timeout = d.Timeout
	o.Header, o.HeaderFor = d.Header, d.HeaderFor
	if d.RetryPost {
		o.Retry = fetch.DefaultRetry.WithPost()
	}
	return o
}
