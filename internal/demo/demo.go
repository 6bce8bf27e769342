// Package demo publishes SMART Scheduling Links of places that do not exist: data to
// try the system with, that nobody can take for real. Names say "fictitious", every
// resource has the tag HTEST, sites are under example.org, .com and .net (RFC 2606)
// and phone numbers from the range that is kept free for fiction. Cities and ZIP
// codes are real.
//
// It keeps nothing: what it says is a function of the minute. It must not know of
// the store, or of the source that reads it.
package demo

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/usa"
)

// What the fictitious places are known by.
const (
	IDSystem   = "univaf_demo" // system of external ids; the value is the Location's id
	SourceName = "univaf-demo" // of availability
	Provider   = "demo"
)

// Manifest is the manifest's name, the last part of its URL.
const Manifest = "$bulk-publish"

const maxAge = "public, max-age=60"

type publisher struct {
	baseURL func(*http.Request) string
	now     func() time.Time
}

// NewPublisher gives a handler for the manifest and its files: about 5,000 places in
// all states, with appointments of the next days that fill and open as time goes by.
//
// baseURL gives the URL, for the request's client, of the folder that the handler is
// mounted on, e.g. "https://example.org/demo/smart-scheduling"; nil takes it from the
// request. The handler looks at the last part of the path alone, so a prefix may be
// stripped or not. now is asked once a request. Within one minute the answers are the
// same, byte for byte.
func NewPublisher(baseURL func(*http.Request) string, now func() time.Time) http.Handler {
	if baseURL == nil {
		baseURL = folder
	}
	return &publisher{baseURL, now}
}

// folder is the URL of the folder of what the request asks for.
func folder(r *http.Request) string {
	u := url.URL{Scheme: "http", Host: r.Host, Path: r.URL.Path}
	if r.TLS != nil {
		u.Scheme = "https"
	}
	if asked, err := url.ParseRequestURI(r.RequestURI); err == nil {
		u.Path = asked.Path // as it was before any prefix was stripped
	}
	u.Path = path.Dir(u.Path)
	return u.String()
}

func (p *publisher) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed, "not-supported", r.Method+" is not supported here")
		return
	}
	now := p.now().UTC().Truncate(time.Minute)
	name := path.Base(r.URL.Path)
	if name == Manifest {
		p.manifest(w, r, now)
		return
	}
	resources, ok := file(name, now)
	if !ok {
		refuse(w, http.StatusNotFound, "not-found", "There is no file "+name+" here.")
		return
	}
	w.Header().Set("Content-Type", "application/fhir+ndjson")
	w.Header().Set("Cache-Control", maxAge)
	if r.Method == http.MethodHead {
		return
	}
	out := bufio.NewWriterSize(w, 32<<10)
	if writeLines(out, resources) == nil {
		_ = out.Flush() // it fails where the client has gone
	}
}

// A fileKind is one kind of file, of which each state has one.
type fileKind struct {
	resource string
	stem     string // of the file's name
	of       func(p place, now time.Time) iter.Seq[any]
}

var fileKinds = []fileKind{
	{"Location", "locations", func(p place, _ time.Time) iter.Seq[any] {
		return func(yield func(any) bool) { yield(p.location()) }
	}},
	{"Schedule", "schedules", func(p place, _ time.Time) iter.Seq[any] { return anys(p.schedules()) }},
	{"Slot", "slots", func(p place, now time.Time) iter.Seq[any] { return anys(p.slots(now)) }},
}

func (k fileKind) name(s usa.State) string { return k.stem + "-" + strings.ToLower(s.Code) + ".ndjson" }

// file gives the resources in a file by its name, such as "slots-nj.ndjson".
func file(name string, now time.Time) (iter.Seq[any], bool) {
	for state := range states {
		for _, kind := range fileKinds {
			if kind.name(state) != name {
				continue
			}
			return func(yield func(any) bool) {
				for place := range places(state) {
					for resource := range kind.of(place, now) {
						if !yield(resource) {
							return
						}
					}
				}
			}, true
		}
	}
	return nil, false
}

func anys[T any](seq iter.Seq[T]) iter.Seq[any] {
	return func(yield func(any) bool) {
		for v := range seq {
			if !yield(v) {
				return
			}
		}
	}
}

func (p *publisher) manifest(w http.ResponseWriter, r *http.Request, now time.Time) {
	base := strings.TrimSuffix(p.baseURL(r), "/") + "/"
	m := manifest{
		TransactionTime: univaf.FormatTime(now),
		Request:         base + Manifest,
		Output:          []output{},
		Error:           []output{},
	}
	for state := range states {
		for _, kind := range fileKinds {
			o := output{Type: kind.resource, URL: base + kind.name(state)}
			o.Extension.State = []string{state.Code}
			m.Output = append(m.Output, o)
		}
	}
	w.Header().Set("Cache-Control", maxAge)
	respond(w, http.StatusOK, m)
}

func refuse(w http.ResponseWriter, status int, code, why string) {
	respond(w, status, outcome{
		ResourceType: "OperationOutcome",
		Issue:        []issue{{Severity: "error", Code: code, Diagnostics: why}},
	})
}

func respond(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = encoder(w).Encode(body) // it fails where the client has gone
}

func writeLines(w io.Writer, resources iter.Seq[any]) error {
	enc := encoder(w)
	for resource := range resources {
		if err := enc.Encode(resource); err != nil {
			return fmt.Errorf("resource: %w", err)
		}
	}
	return nil
}

func encoder(w io.Writer) *json.Encoder {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc
}
