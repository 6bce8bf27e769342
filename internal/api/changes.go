package api

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"getmyvax.org/univaf/internal/catalog"
	"getmyvax.org/univaf/internal/usa"
)

// tombstonesKept is how long it is told that a place is gone.
const tombstonesKept = 7 * 24 * time.Hour

// longestWait is the most that wait may ask for.
const longestWait = time.Minute

// A changeRequest is what is asked of the changes.
type changeRequest struct {
	query    catalog.ChangeQuery
	question string // all of it but where to start
	cursor   changeCursor
	wait     time.Duration
}

// changes tells which places have changed, as lines or as Server-Sent Events.
func (s *Server) changes(w http.ResponseWriter, r *http.Request) error {
	view, err := s.view()
	if err != nil {
		return err
	}
	values, err := parameters(r)
	if err != nil {
		return err
	}
	after := values.Get("after")
	events := asksForEvents(r)
	if last := r.Header.Get("Last-Event-ID"); events && last != "" {
		after = last
	}
	req, err := s.readChangeRequest(r, values, after, view)
	if err != nil {
		return err
	}
	w.Header().Set("Vary", "Accept, Accept-Encoding")
	setHeader(w.Header(), "Cache-Control", cacheNever)
	if events {
		return s.listen(w, r, req)
	}
	if req.query.Most, err = readLimit(values); err != nil {
		return err
	}
	return s.changesNDJSON(w, r, req, view)
}

// asksForEvents reports whether the client wants Server-Sent Events (HTML standard,
// section 9.2).
func asksForEvents(r *http.Request) bool {
	for one := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		name, _, _ := strings.Cut(one, ";")
		if strings.EqualFold(strings.TrimSpace(name), eventsType[0]) {
			return true
		}
	}
	return false
}

// changesNDJSON answers with what has changed, one a line, and waits for it if asked to.
func (s *Server) changesNDJSON(w http.ResponseWriter, r *http.Request, req changeRequest, view *catalog.View) error {
	list, more, err := s.awaitChanges(w, r, &req, view)
	if err != nil {
		return err
	}
	h := w.Header()
	s.setAsOf(h)
	setHeader(h, "Content-Type", ndjsonType)
	h.Set("Univaf-Cursor", req.cursor.String())
	if more {
		h.Set("Link", fmt.Sprintf("<%s>; rel=\"next\"", s.linkWith(r, "after", req.cursor.String())))
	}
	encoding := negotiate(r.Header.Get("Accept-Encoding"))
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	if r.Method == http.MethodHead {
		return nil
	}
	a := answer{size: -1, write: func(w io.Writer) error {
		g := gather(w)
		defer g.done()
		pick := s.feed.pick()
		for _, c := range list {
			if g.b = append(appendChange(g.b, c, pick), '\n'); !g.passOn() {
				break
			}
		}
		return g.flush()
	}}
	if err := s.writeBody(w, r, "", encoding, &a); err != nil {
		panic(http.ErrAbortHandler) // half an answer must not look like a whole one
	}
	return nil
}

// awaitChanges gives what has changed and moves the cursor behind it. If there is nothing
// it waits for as long as asked.
func (s *Server) awaitChanges(w http.ResponseWriter, r *http.Request, req *changeRequest, view *catalog.View) (list []catalog.Change, more bool, err error) {
	look := func(v *catalog.View) bool {
		q := req.query
		q.Position = req.cursor.Position
		list, req.cursor.Position, more = v.Changes(q)
		return len(list) > 0 || more
	}
	if look(view) || req.wait == 0 || r.Method == http.MethodHead {
		return list, more, nil
	}
	leave, err := s.feed.join()
	if err != nil {
		return nil, false, err
	}
	defer leave()
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{}) // it would end the wait
	defer func() { _ = control.SetWriteDeadline(s.Now().Add(writeTimeout)) }()
	enough := time.NewTimer(req.wait)
	defer enough.Stop()
	for {
		m := s.feed.newest()
		if m.view.Epoch != req.cursor.epoch {
			return nil, false, s.startAgain(r, "the data was restored or replaced")
		}
		if look(m.view) {
			return list, more, nil
		}
		select {
		case <-m.over:
		case <-enough.C:
			return nil, false, nil
		case <-s.draining:
			return nil, false, nil
		case <-r.Context().Done():
			return nil, false, r.Context().Err()
		}
	}
}

// notForChanges are parameters of other lists that changes can't be filtered by.
var notForChanges = []string{
	"near", "zip", "radius", "bbox", "county", "city", "location_type", "products", "diseases", "doses", "available", "age",
	"from", "to", "walk_in", "q", "updated_since", "max_age", "sort", "fields", "sources", "include_private", "page_next",
}

const (
	mostIDs       = 200
	mostProviders = 50
)

// readChangeRequest reads what is asked for. after is where to start.
func (s *Server) readChangeRequest(r *http.Request, values url.Values, after string, view *catalog.View) (req changeRequest, err error) {
	for _, name := range notForChanges {
		if values.Get(name) != "" {
			return req, badParameter(name, "Changes can't be filtered by '"+name+"': nobody could tell you when a place stops to match. "+
				"Take those of a state, provider or id, which hardly change, and pick from them")
		}
	}
	q := &req.query
	for _, text := range listParameter(values, "state") {
		code, ok := usa.StateCode(text)
		if !ok {
			return req, badParameter("state", "The 'state' query param must be USPS codes or names of US states or territories, not "+strconv.Quote(text))
		}
		q.States = append(q.States, code)
	}
	q.States = sorted(q.States)
	if q.Providers = listParameter(values, "provider"); len(q.Providers) > mostProviders {
		return req, badParameter("provider", fmt.Sprintf("The 'provider' query param takes at most %d, not %d", mostProviders, len(q.Providers)))
	}
	if q.IDs = listParameter(values, "id"); len(q.IDs) > mostIDs {
		return req, badParameter("id", fmt.Sprintf("The 'id' query param takes at most %d, not %d", mostIDs, len(q.IDs)))
	}
	for i, text := range q.IDs {
		id, err := uuid.Parse(text)
		if err != nil {
			return req, badParameter("id", "The 'id' query param must be UUIDs of places, not "+strconv.Quote(text))
		}
		q.IDs[i] = id.String()
	}
	q.IDs = sorted(q.IDs)
	if q.Checks, err = readBool(values, "checks"); err != nil {
		return req, err
	}
	if req.wait, err = readWait(values); err != nil {
		return req, err
	}
	req.question = questionOf(q.ChangeFilter, knowledgeOf(q.Checks))
	req.cursor, err = s.startOfChanges(r, after, *q, view)
	return req, err
}

// listParameter reads a comma-separated list, sorted, each once.
func listParameter(values url.Values, name string) (list []string) {
	for one := range strings.SplitSeq(strings.Join(values[name], ","), ",") {
		if one = strings.TrimSpace(one); one != "" {
			list = append(list, one)
		}
	}
	return sorted(list)
}

func sorted(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

func readWait(values url.Values) (time.Duration, error) {
	text := values.Get("wait")
	if text == "" {
		return 0, nil
	}
	most := int(longestWait / time.Second)
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > most {
		return 0, badParameter("wait", fmt.Sprintf("The 'wait' query param must be from 0 to %d seconds, not %q", most, text))
	}
	return time.Duration(n) * time.Second, nil
}

// startOfChanges reads the cursor that a client gives: "" is now, 0 the start.
func (s *Server) startOfChanges(r *http.Request, text string, q catalog.ChangeQuery, view *catalog.View) (c changeCursor, err error) {
	scope := scopeOf(q.ChangeFilter, knowledgeOf(q.Checks))
	switch text {
	case "":
		return changeCursor{view.Epoch, view.End(), scope}, nil
	case "0":
		return changeCursor{view.Epoch, view.Start(), scope}, nil
	}
	if c, err = parseChangeCursor(text); err != nil {
		return c, badParameter("after", "The 'after' query param (or Last-Event-ID) must be 0 or a cursor as Univaf-Cursor gives it, not "+strconv.Quote(text))
	}
	if c.epoch != view.Epoch {
		return c, s.startAgain(r, "the data was restored or replaced since")
	}
	if c.scope != scope && c.scope != scopeOf(q.ChangeFilter, ofAll) {
		return c, badParameter("after", "The cursor was given for another question: state, provider, id and checks must be as they were; "+
			"for another question start with after=0")
	}
	c.scope = scope
	if view.Forgotten(c.Position, s.Now().Add(-tombstonesKept)) {
		return c, s.startAgain(r, "it is older than the tombstones that are kept, 7 days")
	}
	return c, nil
}

// startAgain is the error for a cursor from which nobody can go on.
func (s *Server) startAgain(r *http.Request, why string) error {
	message := "The cursor can't be gone on from: " + why + ". Forget what you have and start again: with after=0, " +
		"or with " + s.Base(r) + v1.prefix + "/locations.ndjson and then the cursor in its header Univaf-Cursor"
	return apiError{Status: http.StatusGone, Code: "gone", Message: message, Errors: []fieldProblem{{Parameter: "after", Message: message}}}
}
