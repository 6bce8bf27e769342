package feed

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/source"
)

type feed struct {
	config Config
	env    source.Env
}

// mostPlaces bounds what is remembered of a feed.
const mostPlaces = 200_000

// Records yields places as the feed streams in, or at its end where several records tell
// of one place. It fails if there are records and none can be read: the mapping is wrong
// then, or the feed is another.
func (s *feed) Records(ctx context.Context, q source.Query) iter.Seq2[univaf.Update, error] {
	return func(yield func(univaf.Update, error) bool) {
		states, some := s.config.wanted(q.States)
		if !some {
			return // others are asked for
		}
		r := &run{
			config: s.config.prepared(), env: s.env, states: states,
			first: map[string]string{}, places: map[string]*place{}, zones: map[string]*time.Location{}, known: map[string]string{},
		}
		if err := r.whole(ctx, yield); err != nil && !errors.Is(err, errEnough) {
			yield(univaf.Update{}, err)
		}
	}
}

// wanted gives the states whose places are wanted, nil for all, and whether there are any.
func (c *Config) wanted(asked []string) (states []string, some bool) {
	switch {
	case len(c.States) == 0:
		return asked, true
	case len(asked) == 0:
		return c.States, true
	}
	states = slices.DeleteFunc(slices.Clone(asked), func(state string) bool { return !slices.Contains(c.States, state) })
	return states, len(states) > 0
}

// A run reads the feed once.
type run struct {
	config    *Config
	env       source.Env
	states    []string
	published time.Time // when the feed was last changed; zero if it does not say

	zone                *time.Location // the feed's; nil if it is the place's
	zones               map[string]*time.Location
	known               map[string]string // codes by names of products
	slotItems, dayItems path
	quiet               bool // nothing is told

	first  map[string]string // by id of a place, where its first record stands
	places map[string]*place // by id, where records are grouped
	order  []*place          // the same

	records, unread int
	firstBad        *source.RecordError
}

// errEnough says that nobody wants more.
var errEnough = errors.New("no more is wanted")

func (r *run) groups() bool { return r.config.rows() != rowsPlaces }

// whole reads all. An error ends the run.
func (r *run) whole(ctx context.Context, yield func(univaf.Update, error) bool) error {
	if err := r.prepare(); err != nil {
		return err
	}
	in, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer in.Close()
	for rec, err := range in.records(r.config) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var bad *source.RecordError
		if err != nil && !errors.As(err, &bad) {
			return fmt.Errorf("%s: %w", in.name, err)
		}
		r.records++
		var p *place
		if err == nil {
			p, err = r.record(rec)
		}
		if errors.As(err, &bad) {
			if r.unread++; r.firstBad == nil {
				r.firstBad = bad
			}
		} else if err != nil {
			return fmt.Errorf("%s: %w", in.name, err)
		}
		if (err != nil || p != nil) && !r.give(p, err, yield) {
			return errEnough
		}
	}
	if r.records > 0 && r.unread == r.records {
		// The RecordError itself is not wrapped: it would not end a run.
		return fmt.Errorf("%s: none of the %d records can be read; the first: %s: %w", in.name, r.records, r.firstBad.ID, r.firstBad.Err)
	}
	for _, p := range r.order {
		if !r.give(p, nil, yield) {
			return errEnough
		}
	}
	r.tellUnfound()
	return nil
}

// give yields an error, or a place if it is wanted.
func (r *run) give(p *place, err error, yield func(univaf.Update, error) bool) bool {
	if err != nil {
		return yield(univaf.Update{}, err)
	}
	if len(r.states) > 0 && !slices.Contains(r.states, p.update.State) {
		return true
	}
	return yield(r.finish(p), nil)
}

func (r *run) prepare() (err error) {
	c := r.config
	if c.TimeZone != "" {
		if r.zone, err = time.LoadLocation(c.TimeZone); err != nil {
			return fmt.Errorf("time_zone: %w", err)
		}
	}
	r.slotItems, _ = parsePath(c.Availability.Slots.Items)
	r.dayItems, _ = parsePath(c.Availability.Capacity.Items)
	return nil
}

// record reads one. It gives the place if that is whole.
func (r *run) record(rec *record) (*place, error) {
	id, err := r.id(rec)
	if err != nil {
		return nil, err
	}
	first, again := r.first[id]
	switch {
	case again && !r.groups():
		return nil, rec.bad("id of another place", r.config.Location.ID.fault(
			fmt.Errorf("is %q, as in %s, which is taken: give each place its own, or set rows if several records tell of one place", id, first)))
	case again:
		p := r.places[id]
		if err := r.same(rec, p); err != nil {
			return nil, err
		}
		return nil, r.say(rec, p)
	}
	p, err := r.newPlace(rec, id)
	if err != nil {
		return nil, err
	}
	if len(r.first) == mostPlaces {
		return nil, fmt.Errorf("there are more than %d places", mostPlaces)
	}
	r.first[id] = rec.at
	if !r.groups() {
		return p, r.say(rec, p)
	}
	r.places[id] = p
	r.order = append(r.order, p)
	return nil, r.say(rec, p)
}

// tellUnfound tells of fields that no record has: their names may be wrong.
func (r *run) tellUnfound() {
	m := &r.config.Availability
	for key, f := range r.config.fields() {
		if len(f.Fields) == 0 || f.found || r.records == 0 {
			continue
		}
		if strings.HasPrefix(key, "availability.slots.") && m.Slots.Items != "" && !m.Slots.Start.found ||
			strings.HasPrefix(key, "availability.capacity.") && m.Capacity.Items != "" && !m.Capacity.Date.found {
			continue // there were none to have it
		}
		r.env.Warn(source.Warning{Kind: "no " + key, ID: r.config.Name, Sample: "no record has " + listed(f.Fields)})
	}
}
