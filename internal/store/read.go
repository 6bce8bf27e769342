package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"time"
	"unsafe"

	"getmyvax.org/univaf"
)

// A Key names one source's record of one location.
type Key struct {
	LocationID, Source string
}

// A Place is a location with what each source says of it.
type Place struct {
	Location univaf.Location
	Records  []univaf.Availability // by name of the source
	Seq      int64                 // the log entry that last touched any of it
	// ContentSeq is the one that last changed what everybody sees of it, apart from when
	// sources looked.
	ContentSeq int64
	Left       Departure
}

// A Departure is when a location that everybody saw was last hidden, or went to another
// state or provider. Whoever was told of it while it was there must be told so.
type Departure struct {
	Seq int64 // of the log; 0 if there was none
	At  time.Time
}

// Snapshot gives everything that readers can see as it was at one moment, and the
// epoch and the seq of that moment. Each place goes to one of the functions, which run
// at the same time, each in a goroutine of its own.
func (s *Store) Snapshot(ctx context.Context, to ...func(Place)) (epoch string, seq int64, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	select {
	case s.snapshot <- struct{}{}:
		defer func() { <-s.snapshot }()
	case <-ctx.Done():
		return "", 0, unavailable(ctx.Err())
	}
	var readers []*placeReader
	var at position
	parts := &partition{}
	// Every batch moves the seq, so transactions that see the same one see the same
	// all over. One connection is left for others.
	for i := range max(1, min(len(to), s.reader.Stats().MaxOpenConnections-1)) {
		tx, err := s.reader.BeginTx(ctx, s.engine.snapshot)
		if err != nil {
			return "", 0, unavailable(err)
		}
		defer func() { _ = tx.Rollback() }()
		r := &placeReader{ctx: ctx, tx: tx, parts: parts, to: to[i]}
		sees, err := r.position()
		if err != nil {
			return "", 0, unavailable(err)
		}
		if i == 0 {
			at = sees
		}
		if sees == at {
			readers = append(readers, r)
		}
	}
	failed := make([]error, len(readers))
	var reading sync.WaitGroup
	for i, r := range readers {
		reading.Go(func() {
			if failed[i] = r.read(); failed[i] != nil {
				cancel() // the others need not go on
			}
		})
	}
	reading.Wait()
	for _, err := range failed {
		if err != nil && !errors.Is(err, context.Canceled) {
			return "", 0, unavailable(err)
		}
	}
	return at.epoch, at.seq, unavailable(errors.Join(failed...))
}

// partSize is how many places are read at a time.
const partSize = 500

// A partition divides the places, by their ids, among those who read them.
type partition struct {
	mu   sync.Mutex
	done string // the last id that somebody reads or has read
}

// A placeReader reads parts of the places.
type placeReader struct {
	ctx   context.Context
	tx    *sql.Tx
	parts *partition
	to    func(Place)
}

func (r *placeReader) position() (at position, err error) {
	const where = `SELECT m.value, h.seq FROM meta m JOIN log_head h ON m.key = 'epoch'`
	err = r.tx.QueryRowContext(r.ctx, where).Scan(&at.epoch, &at.seq)
	return at, err
}

func (r *placeReader) read() error {
	for {
		after, last, err := r.nextPart()
		if err != nil || last == "" {
			return err
		}
		if err := r.readPart(after, last); err != nil {
			return err
		}
	}
}

// nextPart takes the next part: the places behind one id up to another, "" if there are
// no more.
func (r *placeReader) nextPart() (after, last string, err error) {
	r.parts.mu.Lock()
	defer r.parts.mu.Unlock()
	var found sql.NullString
	after = r.parts.done
	err = r.tx.QueryRowContext(r.ctx, `SELECT max(id) FROM (SELECT id FROM locations WHERE id > $1 ORDER BY id LIMIT $2) AS part`,
		after, partSize).Scan(&found)
	if found.Valid {
		r.parts.done = found.String
	}
	return after, found.String, err
}

func (r *placeReader) readPart(after, last string) error {
	places := make([]Place, 0, partSize)
	byID := make(map[string]int, partSize)
	err := r.query(`SELECT id, provider, location_type, name, address_lines, city, state, postal_code, county, longitude, latitude,
		info_phone, info_url, booking_phone, booking_url, description, requires_waitlist, minimum_age_months, meta, is_public,
		internal_notes, created_at, updated_at, seq, left_seq, left_at
		FROM locations WHERE id > $1 AND id <= $2`, after, last,
		func(row scanner) error {
			p, err := scanLocation(row)
			byID[p.Location.ID] = len(places)
			places = append(places, p)
			return err
		})
	if err != nil {
		return err
	}
	err = r.query(`SELECT location_id, system, value FROM external_ids
		WHERE location_id > $1 AND location_id <= $2 ORDER BY location_id, position, system, value`, after, last,
		func(row scanner) error {
			var id string
			var e univaf.ExternalID
			err := row.Scan(&id, &e.System, &e.Value)
			if i, ok := byID[id]; ok {
				l := &places[i].Location
				l.ExternalIDs = append(l.ExternalIDs, e)
			}
			return err
		})
	if err != nil {
		return err
	}
	err = r.query(`SELECT a.location_id, a.source, a.available, a.available_count, a.products, a.doses, a.capacity,
		a.slots, a.meta, a.is_public, a.changed_at, a.shown_seq, c.valid_at, c.checked_at, c.seq, c.reordered_seq
		FROM availability a JOIN checks c ON c.location_id = a.location_id AND c.source = a.source
		WHERE a.location_id > $1 AND a.location_id <= $2 AND c.location_id > $1 AND c.location_id <= $2
		ORDER BY a.location_id, a.source`, after, last,
		func(row scanner) error {
			a, seq, content, err := scanAvailability(row)
			if i, ok := byID[a.LocationID]; ok {
				p := &places[i]
				p.Records, p.Seq, p.ContentSeq = append(p.Records, a), max(p.Seq, seq), max(p.ContentSeq, content)
			}
			return err
		})
	if err != nil {
		return err
	}
	for _, p := range places {
		r.to(p)
	}
	return nil
}

type scanner interface{ Scan(...any) error }

// query runs a query for a part and gives each row to f.
func (r *placeReader) query(text, after, last string, f func(scanner) error) error {
	rows, err := r.tx.QueryContext(r.ctx, text, after, last)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func scanLocation(row scanner) (p Place, err error) {
	l := &p.Location
	var (
		kind, city, postal, county, phone, url, bookingPhone, bookingURL, description, meta, notes sql.NullString
		lines                                                                                      string
		longitude, latitude                                                                        sql.NullFloat64
		created, updated                                                                           int64
		leftSeq, leftAt                                                                            sql.NullInt64
	)
	if err := row.Scan(&l.ID, &l.Provider, &kind, &l.Name, &lines, &city, &l.State, &postal, &county, &longitude, &latitude,
		&phone, &url, &bookingPhone, &bookingURL, &description, &l.RequiresWaitlist, &l.MinimumAgeMonths, &meta,
		&l.IsPublic, &notes, &created, &updated, &p.Seq, &leftSeq, &leftAt); err != nil {
		return p, err
	}
	p.ContentSeq = p.Seq
	if leftSeq.Valid {
		p.Left = Departure{leftSeq.Int64, instant(leftAt.Int64)}
	}
	l.LocationType = univaf.LocationType(kind.String)
	l.City, l.PostalCode, l.County, l.Description = city.String, postal.String, county.String, description.String
	l.InfoPhone, l.InfoURL, l.BookingPhone, l.BookingURL = phone.String, url.String, bookingPhone.String, bookingURL.String
	l.InternalNotes, l.Meta = notes.String, rawJSON(meta)
	l.CreatedAt, l.UpdatedAt = instant(created), instant(updated)
	if longitude.Valid && latitude.Valid {
		l.Position = &univaf.Position{Longitude: longitude.Float64, Latitude: latitude.Float64}
	}
	l.AddressLines, err = stringList(lines)
	return p, err
}

// scanAvailability gives a record, the log entry that last touched it, and the one that
// last changed what everybody sees of it.
func scanAvailability(row scanner) (a univaf.Availability, seq, content int64, err error) {
	var (
		status                                 string
		products, doses, capacity, slots, meta sql.NullString
		changed, valid, checked, reordered     int64
	)
	if err := row.Scan(&a.LocationID, &a.Source, &status, &a.AvailableCount, &products, &doses, &capacity, &slots, &meta,
		&a.IsPublic, &changed, &content, &valid, &checked, &seq, &reordered); err != nil {
		return a, 0, 0, err
	}
	content = max(content, reordered)
	a.Available = univaf.Status(status)
	a.Capacity, a.Slots, a.Meta = rawJSON(capacity), rawJSON(slots), rawJSON(meta)
	a.ChangedAt, a.ValidAt, a.CheckedAt = instant(changed), instant(valid), instant(checked)
	if a.Products, err = stringList(products.String); err != nil {
		return a, 0, 0, err
	}
	a.Doses, err = stringList(doses.String)
	return a, seq, content, err
}

// stringList reads a JSON list of strings, nil from "". It is as json.Marshal writes it,
// so that what has no escapes only needs to be split.
func stringList(text string) (list []string, err error) {
	if inner, ok := strings.CutPrefix(text, `["`); ok && !strings.Contains(inner, `\`) {
		return strings.Split(strings.TrimSuffix(inner, `"]`), `","`), nil
	}
	if text != "" {
		err = json.Unmarshal([]byte(text), &list)
	}
	return list, err
}

// rawJSON gives the text without a copy: nobody writes into raw JSON.
func rawJSON(text sql.NullString) json.RawMessage {
	if !text.Valid {
		return nil
	}
	return unsafe.Slice(unsafe.StringData(text.String), len(text.String))
}

func instant(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
