package api

import (
	"context"
	"crypto/sha256"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/vaccine"
)

// History tells how statuses turned; *store.Store is one.
type History interface {
	Turns(ctx context.Context, q univaf.TurnQuery) ([]univaf.Turn, error)
	SumTurns(ctx context.Context, q univaf.TurnQuery) ([]univaf.TurnSum, error)
	Openings(ctx context.Context, q univaf.OpeningQuery) (univaf.OpeningCounts, error)
}

// mostAsking is how many questions the database is asked at a time, of the connections that
// writers and followers need too; askingTime is how long one may wait and take.
const (
	mostAsking = 3
	askingTime = 10 * time.Second
)

// ask waits until the database may be asked, which ends with done.
func (s *Server) ask(from context.Context) (ctx context.Context, done func(), err error) {
	ctx, cancel := context.WithTimeout(from, askingTime)
	select {
	case s.asking <- struct{}{}:
		return ctx, func() { <-s.asking; cancel() }, nil
	case <-ctx.Done():
		cancel()
		return nil, nil, ctx.Err()
	}
}

// turnForm is a turn as the API shows it.
type turnForm struct {
	At             string         `json:"at"`
	Disease        string         `json:"disease"`
	From           *univaf.Status `json:"from"`
	To             univaf.Status  `json:"to"`
	AvailableCount *int64         `json:"available_count"`
	Source         string         `json:"source"`
}

func formOf(t *univaf.Turn) turnForm {
	form := turnForm{univaf.FormatTime(t.At), t.Disease, nil, t.To, t.Count, t.Source}
	if t.From != "" {
		form.From = &t.From
	}
	return form
}

// sumForm sums up the turns for a disease.
type sumForm struct {
	Disease     string `json:"disease"`
	Turns       int64  `json:"turns"`
	Openings    int64  `json:"openings"`
	OpenSeconds int64  `json:"open_seconds"`
}

// historyForm is the answer.
type historyForm struct {
	Links      map[string]string `json:"links"`
	LocationID string            `json:"location_id"`
	From       *string           `json:"from"` // as asked for
	To         *string           `json:"to"`
	Summary    []sumForm         `json:"summary"`
	Data       []turnForm        `json:"data"`
}

// history answers with the turns of a place's status.
func (s *Server) history(w http.ResponseWriter, r *http.Request) error {
	pick, values, err := s.pick(r)
	if err != nil {
		return err
	}
	q, form, err := s.turnQuery(values)
	if err != nil {
		return err
	}
	view, err := s.view()
	if err != nil {
		return err
	}
	record, moved, err := findLocation(view, r, pick)
	if err != nil {
		return err
	}
	if moved {
		movedTo(w, r, v1.prefix+"/locations/"+record.ID+"/history")
		return nil
	}
	q.LocationID, form.LocationID = record.ID, record.ID
	turns, more, err := s.askTurns(r.Context(), q, &form)
	if err != nil {
		return err
	}
	if more {
		last := &turns[len(turns)-1]
		form.Links["next"] = s.nextLink(r, strconv.FormatInt(last.Seq, 10)+","+last.Disease)
	}
	for i := range turns {
		form.Data = append(form.Data, formOf(&turns[i]))
	}
	text, err := marshal(form)
	if err != nil {
		return err
	}
	return s.respondText(w, r, answer{private: pick.Private, view: view}, append(text, '\n'))
}

// askTurns asks the database for a page of turns, and puts what all of them come to into
// form. more reports whether another page follows.
func (s *Server) askTurns(ctx context.Context, q univaf.TurnQuery, form *historyForm) (turns []univaf.Turn, more bool, err error) {
	ctx, done, err := s.ask(ctx)
	if err != nil {
		return nil, false, err
	}
	defer done()
	sums, err := s.History.SumTurns(ctx, q)
	if err != nil {
		return nil, false, err
	}
	for _, sum := range sums {
		form.Summary = append(form.Summary, sumForm{sum.Disease, sum.Turns, sum.Openings, int64(sum.Open / time.Second)})
	}
	limit := q.Most
	q.Most++ // to see whether there are more
	turns, err = s.History.Turns(ctx, q)
	return turns[:min(limit, len(turns))], len(turns) > limit, err
}

// turnQuery reads which turns are asked for.
func (s *Server) turnQuery(values url.Values) (q univaf.TurnQuery, form historyForm, err error) {
	form = historyForm{Links: map[string]string{}, Summary: []sumForm{}, Data: []turnForm{}}
	q.From, q.To = time.UnixMilli(0), s.Now().Add(time.Millisecond) // what was written just now, too
	for _, one := range []struct {
		name string
		to   *time.Time
		form **string
	}{{"from", &q.From, &form.From}, {"to", &q.To, &form.To}} {
		text := values.Get(one.name)
		if text == "" {
			continue
		}
		if *one.to, err = univaf.ParseTime(text); err != nil {
			return q, form, badParameter(one.name, "The '"+one.name+"' query param "+err.Error()+", not "+strconv.Quote(text))
		}
		shown := univaf.FormatTime(*one.to)
		*one.form = &shown
	}
	if !q.From.Before(q.To) {
		return q, form, badParameter("from", "The 'from' query param must be before 'to', which is now if it is not given")
	}
	if q.Disease, err = readDisease(values); err != nil {
		return q, form, err
	}
	if q.Before, err = readTurnCursor(values.Get("page_next")); err != nil {
		return q, form, err
	}
	q.Most, err = readLimit(values)
	return q, form, err
}

func readTurnCursor(text string) (c univaf.TurnCursor, err error) {
	if text == "" {
		return c, nil
	}
	seq, disease, _ := strings.Cut(text, ",")
	c.Disease = disease
	if c.Seq, err = strconv.ParseInt(seq, 10, 64); err != nil || c.Seq < 1 || !vaccine.IsDisease(disease) {
		return c, badParameter("page_next", "malformed pagination key")
	}
	return c, nil
}

// readDisease reads which disease is asked for, "" for all.
func readDisease(values url.Values) (string, error) {
	name := values.Get("disease")
	if name == "" || vaccine.IsDisease(name) {
		return name, nil
	}
	var names []string
	for _, d := range vaccine.Diseases {
		names = append(names, string(d))
	}
	slices.Sort(names)
	return "", badParameter("disease", "The 'disease' query param must be one of "+strings.Join(names, ", ")+", not "+strconv.Quote(name))
}

// respondText writes JSON that does not come from the catalog alone. Its tag is made of what
// it says.
func (s *Server) respondText(w http.ResponseWriter, r *http.Request, a answer, text []byte) error {
	sum := sha256.Sum256(text)
	a.contentType, a.last, a.size = jsonType, string(sum[:]), len(text)
	a.write = func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	}
	return s.respond(w, r, v1, a)
}
