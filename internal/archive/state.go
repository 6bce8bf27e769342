package archive

import (
	"context"
	"errors"

	"getmyvax.org/univaf"
)

// writeState writes the tables of a picture.
func writeState(ctx context.Context, p *picture, folder string, day Day, private bool) ([]file, error) {
	w := &stateWriter{picture: p, private: private}
	defer w.discard()
	if err := errors.Join(w.locations.open(folder, locationsTable, day), w.externalIDs.open(folder, externalIDsTable, day),
		w.mergedIDs.open(folder, mergedIDsTable, day), w.availability.open(folder, availabilityTable, day)); err != nil {
		return nil, err
	}
	order := p.inOrder()
	for _, n := range order {
		if err := errors.Join(ctx.Err(), w.location(&p.places[n])); err != nil {
			return nil, err
		}
	}
	if err := w.merged(); err != nil {
		return nil, err
	}
	for _, n := range p.recordsInOrder() {
		if err := errors.Join(ctx.Err(), w.record(&p.records[n])); err != nil {
			return nil, err
		}
	}
	var files []file
	for _, t := range []interface{ close() ([]file, error) }{&w.locations, &w.externalIDs, &w.availability, &w.mergedIDs} {
		made, err := t.close()
		if err != nil {
			return nil, err
		}
		files = append(files, made...)
	}
	return files, nil
}

// A stateWriter writes the tables of state.
type stateWriter struct {
	picture *picture
	private bool

	locations    table[locationRow]
	externalIDs  table[externalIDRow]
	mergedIDs    table[mergedIDRow]
	availability table[availabilityRow]

	former []mergedIDRow
	line   []byte
}

func (w *stateWriter) discard() {
	w.locations.discard()
	w.externalIDs.discard()
	w.mergedIDs.discard()
	w.availability.discard()
}

// shows reports whether a place is known and may be shown.
func (w *stateWriter) shows(at *place) bool {
	return !at.location.isNone() && (at.isPublic || w.private)
}

func (w *stateWriter) location(at *place) error {
	if !w.shows(at) {
		return nil
	}
	l, err := w.picture.location(at)
	if err != nil {
		return err
	}
	if err := w.locations.add(newLocationRow(&l, w.private)); err != nil {
		return err
	}
	for _, id := range l.ExternalIDs {
		if err := w.externalIDs.add(externalIDRow{LocationID: l.ID, System: id.System, Value: id.Value}); err != nil {
			return err
		}
		if id.System == univaf.SystemFormerID && id.Value != l.ID {
			w.former = append(w.former, mergedIDRow{FormerID: id.Value, CurrentID: l.ID})
		}
	}
	return nil
}

func (w *stateWriter) record(r *statement) error {
	at := &w.picture.places[r.place]
	if r.content.isNone() || !w.shows(at) || !r.isPublic && !w.private {
		return nil
	}
	a, err := w.picture.availability(r)
	if err != nil {
		return err
	}
	w.line = appendRecord(w.line[:0], &a)
	w.availability.addWith(w.line, newAvailabilityRow(&a, at.state))
	return nil
}

// merged writes which places were merged into which. One that was merged into a place
// which then was merged itself now is the last one.
func (w *stateWriter) merged() error {
	current := make(map[string]string, len(w.former))
	for _, m := range w.former {
		current[m.FormerID] = m.CurrentID
	}
	written := map[string]bool{}
	for _, m := range w.former {
		if written[m.FormerID] {
			continue
		}
		written[m.FormerID] = true
		for range 100 { // a ring has no last one
			next, ok := current[m.CurrentID]
			if !ok || next == m.FormerID {
				break
			}
			m.CurrentID = next
		}
		if err := w.mergedIDs.add(m); err != nil {
			return err
		}
	}
	return nil
}
