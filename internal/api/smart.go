package api

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"getmyvax.org/univaf/internal/catalog"
	"getmyvax.org/univaf/internal/publish"
	"getmyvax.org/univaf/internal/smart"
	"getmyvax.org/univaf/internal/usa"
)

// fhir is how SMART Scheduling Links speak.
var fhir = &dialect{prefix: "/smart-scheduling", fail: writeOutcome}

var (
	manifestType = []string{"application/json; charset=utf-8"}
	fhirType     = []string{"application/fhir+ndjson"}
)

// smartFiles are the files of a state, in the order in which the manifest has them.
var smartFiles = []struct {
	kind, folder string
	append       func(*publish.Writer, []byte, *publish.Place) []byte
}{
	{"Location", "locations", (*publish.Writer).AppendLocation},
	{"Schedule", "schedules", (*publish.Writer).AppendSchedules},
	{"Slot", "slots", (*publish.Writer).AppendSlots},
}

func (s *Server) smartRoutes() {
	s.handle(fhir, "GET /smart-scheduling/$bulk-publish", s.smartManifest)
	for i := range smartFiles {
		s.handle(fhir, "GET /smart-scheduling/"+smartFiles[i].folder+"/states/{file}", s.smartFile(i))
	}
}

// published keeps what the manifest is made of until something changes.
type published struct {
	mu            sync.Mutex
	epoch         string
	at            time.Time
	content, left int64
	catalog.Published
}

func (p *published) of(view *catalog.View) catalog.Published {
	p.mu.Lock()
	defer p.mu.Unlock()
	content, left := view.Change()
	if p.States == nil || p.epoch != view.Epoch || p.content != content || p.left != left || !p.at.Equal(view.ChangedAt()) {
		p.epoch, p.at, p.content, p.left, p.Published = view.Epoch, view.ChangedAt(), content, left, view.Published()
	}
	return p.Published
}

// smartManifest answers with the list of files.
func (s *Server) smartManifest(w http.ResponseWriter, r *http.Request) error {
	view, err := s.view()
	if err != nil {
		return err
	}
	now := s.published.of(view)
	base := s.Base(r) + fhir.prefix
	m := smart.Manifest{TransactionTime: smart.InstantOf(now.ChangedAt), Request: base + "/$bulk-publish"}
	if now.ChangedAt.IsZero() {
		m.TransactionTime = smart.InstantOf(time.Unix(0, 0))
	}
	for _, f := range smartFiles {
		for _, state := range usa.States {
			if _, has := now.States[state.Code]; !has {
				continue
			}
			m.Output = append(m.Output, smart.File{
				Type: f.kind, URL: base + "/" + f.folder + "/states/" + state.Code + ".ndjson",
				Extension: &smart.FileExtension{State: smart.States{state.Code}},
			})
		}
	}
	content, left := view.Change()
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	text = append(text, '\n')
	a := answer{
		contentType: manifestType, view: view, seq: content, count: int(left), links: true,
		modified: now.ChangedAt, size: len(text),
	}
	a.write = func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	}
	return s.respond(w, r, fhir, a)
}

// smartFile answers with all resources of a kind in a state.
func (s *Server) smartFile(i int) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		name := r.PathValue("file")
		code, isFile := strings.CutSuffix(name, ".ndjson")
		state, known := usa.StateByCode(code)
		if !isFile || !known {
			return apiError{
				Status: http.StatusNotFound, Code: "not_found",
				Message: "There is no file " + name + ": they are named for US states and territories, such as NJ.ndjson",
			}
		}
		view, err := s.view()
		if err != nil {
			return err
		}
		now := s.published.of(view)
		version := now.States[state.Code]
		a := answer{
			contentType: fhirType, view: view, seq: version.Seq, count: version.Count, links: true, size: -1,
			modified: now.ChangedAt, weak: true, trust: lastLooked(view, state.Code),
		}
		page := s.Base(r) + v1.prefix + "/locations/"
		a.write = func(w io.Writer) error {
			g := gather(w)
			defer g.done()
			writer := publishers.Get().(*publish.Writer)
			defer publishers.Put(writer)
			for record := range view.OfState(state.Code) {
				g.b = smartFiles[i].append(writer, g.b, &publish.Place{
					ID: record.ID, State: record.State, Facts: record.Facts(), Answer: record.Answer(), Contact: s.Contact, Page: page + record.ID,
				})
				if !g.passOn() {
					break
				}
			}
			return g.flush()
		}
		return s.respond(w, r, fhir, a)
	}
}

var publishers = sync.Pool{New: func() any { return new(publish.Writer) }}

// looked is how fine the times are at which sources looked, as far as they make another
// version of a file: what changes with every check is of little use to clients.
const looked = time.Hour

// lastLooked is when a source last looked at a place of the state.
func lastLooked(view *catalog.View, state string) uint64 {
	var last time.Time
	for record := range view.OfState(state) {
		if at, ok := record.ValidAt(); ok && at.After(last) {
			last = at
		}
	}
	return uint64(last.Truncate(looked).Unix())
}

// An outcome is an OperationOutcome (FHIR R4).
type outcome struct {
	ResourceType string  `json:"resourceType"`
	Issue        []issue `json:"issue"`
}

type issue struct {
	Severity    string `json:"severity"`
	Code        string `json:"code"` // of the value set issue-type
	Diagnostics string `json:"diagnostics"`
}

// issueTypes are those of the statuses that there are.
var issueTypes = map[int]string{
	http.StatusNotFound: "not-found", http.StatusMethodNotAllowed: "not-supported", http.StatusForbidden: "forbidden",
	http.StatusTooManyRequests: "throttled", http.StatusServiceUnavailable: "transient",
	http.StatusInternalServerError: "exception",
}

// writeOutcome writes an OperationOutcome.
func writeOutcome(w http.ResponseWriter, e apiError) {
	code := issueTypes[e.Status]
	if code == "" {
		code = "invalid"
	}
	writeErrorBody(w, e.Status, "application/fhir+json; charset=utf-8", outcome{
		ResourceType: "OperationOutcome", Issue: []issue{{Severity: "error", Code: code, Diagnostics: e.Message}},
	})
}

// unmodified reads If-Modified-Since (RFC 9110, section 13.1.3), which holds only without
// If-None-Match.
func unmodified(r *http.Request, modified time.Time) bool {
	if modified.IsZero() || r.Header.Get("If-None-Match") != "" {
		return false
	}
	since, err := http.ParseTime(r.Header.Get("If-Modified-Since"))
	return err == nil && !modified.Truncate(time.Second).After(since)
}
