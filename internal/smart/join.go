package smart

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
)

// A Place is a Location with what belongs to it.
type Place struct {
	Location Location
	// Schedules are those for giving vaccines.
	Schedules []*Schedule
	// Slots are those of Schedules, in the order of the files.
	Slots []PlacedSlot
	// OtherServices is how many schedules for something else the place has.
	OtherServices int
}

// A PlacedSlot is a slot with its schedule, which says what it is for, and the file
// that it came from, which may say when it was true.
type PlacedSlot struct {
	Slot
	Schedule *Schedule
	File     *File
}

// Places reads all files of a manifest, the Locations first, then the Schedules,
// then the Slots, and joins them: the places whose address is in the wanted states
// (all if none are named), in the order in which they first stand in the files.
// What belongs to no known place is left out.
//
// It yields a *RecordError for each bad record as it is met, and goes on. When a
// file that is known to be about certain states can't be read, the places in those
// are withheld, since they would seem to have no appointments, the others are
// yielded, and the error comes last; any other file ends it all.
func Places(ctx context.Context, get Getter, m *Manifest, states []string) iter.Seq2[*Place, error] {
	return func(yield func(*Place, error) bool) {
		j := &join{
			ctx: ctx, get: get, manifest: m, states: states,
			byLocation: map[string]*Place{}, bySchedule: map[string]scheduled{},
			bad: func(err error) bool { return yield(nil, err) },
		}
		if j.locations() && j.schedules() && j.slots() {
			for _, p := range j.places {
				if !slices.Contains(j.withheld, stateOf(&p.Location)) && !yield(p, nil) {
					return
				}
			}
		} else if j.stopped {
			return
		}
		if err := errors.Join(j.errs...); err != nil {
			yield(nil, err)
		}
	}
}

// A join is one run of Places.
type join struct {
	ctx      context.Context
	get      Getter
	manifest *Manifest
	states   []string

	places     []*Place
	byLocation map[string]*Place
	bySchedule map[string]scheduled

	bad      func(error) bool // yields the error of a record
	stopped  bool             // the caller has had enough
	errs     []error          // of files
	withheld []string         // states of which a file is missing
}

type scheduled struct {
	schedule *Schedule
	place    *Place
}

// Each of the three reports whether to go on.

func (j *join) locations() bool {
	return eachRecord(j, typeLocation, func(l Location, _ *File) {
		if len(j.states) > 0 && !slices.Contains(j.states, stateOf(&l)) {
			return
		}
		if known := j.byLocation[l.ID]; known != nil {
			known.Location = l
			return
		}
		p := &Place{Location: l}
		j.places = append(j.places, p)
		j.byLocation[l.ID] = p
	})
}

func (j *join) schedules() bool {
	return eachRecord(j, typeSchedule, func(s Schedule, _ *File) {
		p := j.byLocation[s.Actor[0].ID()]
		if p == nil {
			return
		}
		if !s.IsImmunization() {
			p.OtherServices++
			return
		}
		p.Schedules = append(p.Schedules, &s)
		j.bySchedule[s.ID] = scheduled{&s, p}
	})
}

func (j *join) slots() bool {
	return eachRecord(j, typeSlot, func(s Slot, f *File) {
		if of, found := j.bySchedule[s.Schedule.ID()]; found {
			of.place.Slots = append(of.place.Slots, PlacedSlot{s, of.schedule, f})
		}
	})
}

func stateOf(l *Location) string { return strings.ToUpper(strings.TrimSpace(l.Address.State)) }

// eachRecord reads all files of a type.
func eachRecord[T any, P record[T]](j *join, resourceType string, use func(T, *File)) bool {
	for _, f := range j.manifest.Files(resourceType, j.states) {
		for v, err := range readFile[T, P](j.ctx, j.get, f) {
			var bad *RecordError
			switch {
			case err == nil:
				use(v, f)
			case errors.As(err, &bad):
				if !j.bad(bad) {
					j.stopped = true
					return false
				}
			default:
				j.errs = append(j.errs, err)
				about := f.States()
				if len(about) == 0 || j.ctx.Err() != nil {
					return false
				}
				j.withheld = append(j.withheld, about...)
			}
		}
	}
	return true
}
