package smart

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// A Place is a Location with what belongs to it.
type Place struct {
	Location Location
	// Schedules are those for giving vaccines, without ServiceType and Actor, which say no
	// more than that.
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
			byLocation: map[string]int{}, bySchedule: map[string]int{}, slotsKept: newSlotStore(slotMemory),
			yield: yield,
		}
		defer j.slotsKept.close()
		if j.locations() && j.schedules() && j.slots() {
			j.give()
		}
		if j.stopped {
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
	byLocation map[string]int // places by id
	scheduled  []scheduled
	bySchedule map[string]int // scheduled by id
	files      []*File        // that slots are from
	slotsKept  *slotStore

	yield    func(*Place, error) bool
	stopped  bool     // the caller has had enough
	errs     []error  // of files
	withheld []string // states of which a file is missing
}

type scheduled struct {
	schedule  *Schedule
	reference string // to it
	place     int
}

// Each of the three reports whether to go on.

func (j *join) locations() bool {
	return eachRecord(j, typeLocation, func(l Location, _ *File) error {
		if len(j.states) > 0 && !slices.Contains(j.states, stateOf(&l)) {
			return nil
		}
		if i, known := j.byLocation[l.ID]; known {
			j.places[i].Location = l
			return nil
		}
		j.byLocation[l.ID] = len(j.places)
		j.places = append(j.places, &Place{Location: l})
		return nil
	})
}

func (j *join) schedules() bool {
	return eachRecord(j, typeSchedule, func(s Schedule, _ *File) error {
		i, known := j.byLocation[s.Actor[0].ID()]
		if !known {
			return nil
		}
		p := j.places[i]
		if !s.IsImmunization() {
			p.OtherServices++
			return nil
		}
		s.ServiceType, s.Actor, s.Meta = nil, nil, nil // known by now; there may be very many
		p.Schedules = append(p.Schedules, &s)
		j.bySchedule[s.ID] = len(j.scheduled)
		j.scheduled = append(j.scheduled, scheduled{&s, "Schedule/" + s.ID, i})
		return nil
	})
}

func (j *join) slots() bool {
	return eachRecord(j, typeSlot, func(s Slot, f *File) error {
		i, known := j.bySchedule[s.Schedule.ID()]
		if !known {
			return nil
		}
		if n := len(j.files); n == 0 || j.files[n-1] != f {
			j.files = append(j.files, f)
		}
		place := j.scheduled[i].place
		return j.slotsKept.add(j.part(place), &slotRow{place, i, len(j.files) - 1, s})
	})
}

// part is where the slots of a place are kept.
func (j *join) part(place int) int { return place * slotParts / len(j.places) }

// give yields the places with their slots, part by part, and forgets them.
func (j *join) give() {
	for from, part := 0, 0; part < slotParts && !j.stopped; part++ {
		rows, err := j.slotsKept.take(part)
		if err != nil {
			j.errs = append(j.errs, err)
			return
		}
		for _, r := range rows {
			of := j.scheduled[r.schedule]
			r.slot.Schedule.Reference = of.reference
			p := j.places[r.place]
			p.Slots = append(p.Slots, PlacedSlot{r.slot, of.schedule, j.files[r.file]})
		}
		for ; from < len(j.places) && j.part(from) == part; from++ {
			p := j.places[from]
			j.places[from] = nil
			if !slices.Contains(j.withheld, stateOf(&p.Location)) && !j.yield(p, nil) {
				j.stopped = true
				return
			}
		}
	}
}

func stateOf(l *Location) string { return strings.ToUpper(strings.TrimSpace(l.Address.State)) }

// mostRecords is how many records of a type a publisher may have: they are held in memory
// until all is read. The country has some 200,000 places that vaccinate. Slots are packed,
// and bounded by the size of their files.
var mostRecords = map[string]int{typeLocation: 500_000, typeSchedule: 1_000_000}

// eachRecord reads all files of a type.
func eachRecord[T any, P record[T]](j *join, resourceType string, use func(T, *File) error) bool {
	records, most := 0, mostRecords[resourceType]
	for _, f := range j.manifest.Files(resourceType, j.states) {
		for v, err := range readFile[T, P](j.ctx, j.get, f) {
			if records++; records > most && most > 0 {
				file, _, _ := strings.Cut(f.URL, "?") // behind it may be secrets
				j.errs = append(j.errs, fmt.Errorf("%s: more than %d %s records", file, most, resourceType))
				return false
			}
			var bad *RecordError
			switch {
			case err == nil:
				if err := use(v, f); err != nil {
					j.errs = append(j.errs, err)
					return false
				}
			case errors.As(err, &bad):
				if !j.yield(nil, bad) {
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
