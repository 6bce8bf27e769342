package api

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"time"

	"getmyvax.org/univaf"
)

// A Source is what is known of a source before it runs.
type Source struct {
	Name        string   `json:"name"`              // e.g. "cvsSmart"
	Description string   `json:"description"`       // one line
	RecordsAs   []string `json:"records_as"`        // the names in availability
	States      []string `json:"states"`            // USPS codes; empty for all
	Schedule    string   `json:"schedule"`          // "" if nobody here has it run
	Retired     string   `json:"retired,omitempty"` // why its upstream answers no more
	// Every is how often it runs, 0 if nobody here has it run.
	Every time.Duration `json:"-"`
}

// Runs tells how runs of sources went; *store.Store is one.
type Runs interface {
	Runs(ctx context.Context, most int) (map[string][]univaf.Run, error)
	Pauses(ctx context.Context, now time.Time) (map[string]univaf.Pause, error)
	AddRun(ctx context.Context, r univaf.Run) error
}

// sourceStatus is how a source does.
type sourceStatus struct {
	Source
	State       univaf.Health `json:"state"`
	LastRun     *univaf.Run   `json:"last_run"`
	LastSuccess *time.Time    `json:"last_success"`  // when the last run began that succeeded
	Usual       int           `json:"usual_records"` // of runs before the last
	Pause       *univaf.Pause `json:"pause,omitempty"`
}

// runsLooked is how many of the last runs are looked at, to tell what is usual.
const runsLooked = 20

// sources tells how each source does.
func (s *Server) sources(w http.ResponseWriter, r *http.Request) error {
	if _, err := parameters(r); err != nil {
		return err
	}
	list, err := s.sourceStatuses(r.Context())
	if err != nil {
		return err
	}
	text, err := marshal(map[string]any{"data": list})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", jsonType[0])
	setHeader(w.Header(), "Cache-Control", cacheData)
	_, err = w.Write(append(text, '\n'))
	return err
}

// sourceStatuses tells how each source does.
func (s *Server) sourceStatuses(ctx context.Context) ([]sourceStatus, error) {
	now := s.Now()
	runs, err := s.Runs.Runs(ctx, runsLooked)
	if err != nil {
		return nil, err
	}
	pauses, err := s.Runs.Pauses(ctx, now)
	if err != nil {
		return nil, err
	}
	list := []sourceStatus{}
	for _, source := range s.allSources(runs) {
		status := sourceStatus{Source: source}
		if p, paused := pauses[source.Name]; paused {
			status.Pause = &p
		}
		of := runs[source.Name]
		status.State = univaf.SourceHealth(of, status.Pause, source.Every, now)
		if len(of) > 0 {
			status.LastRun, status.Usual = &of[0], univaf.UsualRecords(of[1:])
		}
		for i := range of {
			if of[i].Error == "" {
				status.LastSuccess = &of[i].Start
				break
			}
		}
		list = append(list, status)
	}
	return list, nil
}

// allSources gives those that this server knows and those that others ran.
func (s *Server) allSources(runs map[string][]univaf.Run) []Source {
	list := slices.Clone(s.Sources)
	for _, name := range slices.Sorted(maps.Keys(runs)) {
		if !slices.ContainsFunc(list, func(known Source) bool { return known.Name == name }) {
			list = append(list, Source{Name: name})
		}
	}
	for i := range list {
		list[i].RecordsAs = orEmpty(list[i].RecordsAs)
		list[i].States = orEmpty(list[i].States)
	}
	return list
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// mostOfRun is the largest report that is taken, in bytes.
const mostOfRun = 256 << 10

// addRun takes the report of a run that somebody else made.
func (s *Server) addRun(w http.ResponseWriter, r *http.Request) error {
	if err := s.authorize(r, univaf.ScopeWrite, notWriter); err != nil {
		return err
	}
	if _, err := parameters(r); err != nil {
		return err
	}
	body, err := decompressed(r)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(body, mostOfRun+1))
	if err != nil {
		return unreadable(err)
	}
	if len(text) > mostOfRun {
		return tooLarge
	}
	run := univaf.Run{}
	if err := json.Unmarshal(text, &run); err != nil {
		return &univaf.SyntaxError{Err: err}
	}
	run.Source = r.PathValue("name")
	if faults := faultsOf(&run); faults != nil {
		return faults
	}
	if err := s.Runs.AddRun(r.Context(), run); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// faultsOf says what is wrong with a report.
func faultsOf(r *univaf.Run) error {
	var faults univaf.FieldErrors
	if r.Start.IsZero() {
		faults = append(faults, univaf.FieldError{Pointer: "/start", Message: "is required: an ISO 8601 date and time"})
	}
	if r.End.Before(r.Start) {
		faults = append(faults, univaf.FieldError{Pointer: "/end", Message: "must not be before start"})
	}
	if least := min(r.Records, r.Sent, r.Created, r.Changed, r.Unchanged, r.OutOfDate, r.Failed, r.Skipped, r.Stale, r.Hidden); least < 0 {
		faults = append(faults, univaf.FieldError{Message: "counts must not be negative"})
	}
	return faults.Err()
}
