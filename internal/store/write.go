package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"

	"getmyvax.org/univaf"
)

// errGuard says that a guarded write met a row that was newer than the batch knew.
// It can't happen while all writers keep to the lock.
var errGuard = errors.New("a row changed under the lock")

// A Tx is one batch of writes. What it writes, it also adds to the log.
type Tx struct {
	engine  engine
	ctx     context.Context
	tx      *sql.Tx
	seq     int64 // 0 until something is written
	entries []Entry
}

// Write runs f as one batch, apart from all other batches, and gives the batch's
// seq in the log, 0 if it wrote nothing. If f or the commit fails, nothing was
// written; then the error is univaf.ErrUnavailable if the database can't be
// reached.
func (s *Store) Write(ctx context.Context, f func(*Tx) error) (seq int64, err error) {
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		t := &Tx{engine: s.engine, ctx: ctx, tx: tx}
		if err := f(t); err != nil {
			return err
		}
		if seq = t.seq; seq == 0 {
			return nil
		}
		return s.appendLog(t)
	})
	if err != nil {
		return 0, err
	}
	if seq != 0 {
		s.announce()
	}
	return seq, nil
}

func (s *Store) appendLog(t *Tx) error {
	data, err := encodeEntries(t.entries)
	if err != nil {
		return err
	}
	const insert = `INSERT INTO log (seq, time, entries) VALUES ($1, $2, $3)`
	if _, err := t.tx.ExecContext(t.ctx, insert, t.seq, s.now().UnixMilli(), data); err != nil {
		return err
	}
	if s.engine.notify == "" {
		return nil
	}
	_, err = t.tx.ExecContext(t.ctx, s.engine.notify, strconv.FormatInt(t.seq, 10))
	return err
}

// next gives the batch's seq. Under the lock the counter moves by one, so the log
// has no gap and its order is that of the commits.
func (t *Tx) next() (int64, error) {
	if t.seq == 0 {
		if err := t.tx.QueryRowContext(t.ctx, `UPDATE log_head SET seq = seq + 1 RETURNING seq`).Scan(&t.seq); err != nil {
			return 0, err
		}
	}
	return t.seq, nil
}

// PutLocations writes locations whole. External ids that a location does not have
// yet are added; none is removed.
func (t *Tx) PutLocations(locations []univaf.Location) error {
	if len(locations) == 0 {
		return nil
	}
	seq, err := t.next()
	if err != nil {
		return err
	}
	var rows, ids [][]any
	for i := range locations {
		l := &locations[i]
		rows = append(rows, locationRow(l, seq))
		for position, id := range l.ExternalIDs {
			ids = append(ids, []any{l.ID, id.System, id.Value, position})
		}
		t.entries = append(t.entries, Entry{Location: l})
	}
	if _, err := t.insert(insertLocations, 24, onLocationConflict, rows); err != nil {
		return err
	}
	_, err = t.insert(`INSERT INTO external_ids (location_id, system, value, position) VALUES `, 4,
		` ON CONFLICT (location_id, system, value) DO NOTHING`, ids)
	return err
}

const insertLocations = `INSERT INTO locations (id, provider, location_type, name, address_lines, city, state,
	postal_code, county, longitude, latitude, info_phone, info_url, booking_phone, booking_url, description,
	requires_waitlist, minimum_age_months, meta, is_public, internal_notes, created_at, updated_at, seq) VALUES `

const onLocationConflict = ` ON CONFLICT (id) DO UPDATE SET provider = excluded.provider,
	location_type = excluded.location_type, name = excluded.name, address_lines = excluded.address_lines,
	city = excluded.city, state = excluded.state, postal_code = excluded.postal_code, county = excluded.county,
	longitude = excluded.longitude, latitude = excluded.latitude, info_phone = excluded.info_phone,
	info_url = excluded.info_url, booking_phone = excluded.booking_phone, booking_url = excluded.booking_url,
	description = excluded.description, requires_waitlist = excluded.requires_waitlist,
	minimum_age_months = excluded.minimum_age_months, meta = excluded.meta, is_public = excluded.is_public,
	internal_notes = excluded.internal_notes, updated_at = excluded.updated_at, seq = excluded.seq
	WHERE locations.seq < excluded.seq`

func locationRow(l *univaf.Location, seq int64) []any {
	var longitude, latitude any
	if l.Position != nil {
		longitude, latitude = l.Position.Longitude, l.Position.Latitude
	}
	return []any{
		l.ID, l.Provider, nullText(string(l.LocationType)), l.Name, jsonList(l.AddressLines), nullText(l.City), l.State,
		nullText(l.PostalCode), nullText(l.County), longitude, latitude, nullText(l.InfoPhone), nullText(l.InfoURL),
		nullText(l.BookingPhone), nullText(l.BookingURL), nullText(l.Description),
		l.RequiresWaitlist, l.MinimumAgeMonths, nullText(string(l.Meta)), l.IsPublic, nullText(l.InternalNotes),
		l.CreatedAt.UnixMilli(), l.UpdatedAt.UnixMilli(), seq,
	}
}

// PutAvailability writes records with new content, which supersede those that the
// store has.
func (t *Tx) PutAvailability(records []univaf.Availability) error {
	if len(records) == 0 {
		return nil
	}
	seq, err := t.next()
	if err != nil {
		return err
	}
	var rows [][]any
	for i := range records {
		a := &records[i]
		hash := a.Hash()
		rows = append(rows, []any{
			a.LocationID, a.Source, string(a.Available), a.AvailableCount, nullList(a.Products), nullList(a.Doses),
			nullText(string(a.Capacity)), nullText(string(a.Slots)), nullText(string(a.Meta)), a.IsPublic, hash[:],
			a.ChangedAt.UnixMilli(), seq,
		})
		t.entries = append(t.entries, Entry{Availability: a})
	}
	if _, err := t.insert(insertAvailability, 13, onAvailabilityConflict, rows); err != nil {
		return err
	}
	return t.putTimes(records, seq)
}

const insertAvailability = `INSERT INTO availability (location_id, source, available, available_count, products, doses,
	capacity, slots, meta, is_public, hash, changed_at, seq) VALUES `

const onAvailabilityConflict = ` ON CONFLICT (location_id, source) DO UPDATE SET available = excluded.available,
	available_count = excluded.available_count, products = excluded.products, doses = excluded.doses,
	capacity = excluded.capacity, slots = excluded.slots, meta = excluded.meta, is_public = excluded.is_public,
	hash = excluded.hash, changed_at = excluded.changed_at, seq = excluded.seq
	WHERE availability.seq < excluded.seq`

// PutChecks writes the times of records whose content did not change.
func (t *Tx) PutChecks(records []univaf.Availability) error {
	if len(records) == 0 {
		return nil
	}
	seq, err := t.next()
	if err != nil {
		return err
	}
	type moment struct {
		source             string
		validAt, checkedAt time.Time
	}
	groups := map[moment]*Checks{}
	for i := range records {
		a := &records[i]
		key := moment{a.Source, a.ValidAt, a.CheckedAt}
		group := groups[key]
		if group == nil {
			group = &Checks{Source: a.Source, ValidAt: a.ValidAt, CheckedAt: a.CheckedAt}
			groups[key] = group
			t.entries = append(t.entries, Entry{Checks: group})
		}
		group.IDs = append(group.IDs, a.LocationID)
	}
	return t.putTimes(records, seq)
}

// putTimes writes the small rows, guarded by the rule of Availability.Supersedes.
func (t *Tx) putTimes(records []univaf.Availability, seq int64) error {
	var rows [][]any
	for i := range records {
		a := &records[i]
		rows = append(rows, []any{a.LocationID, a.Source, a.ValidAt.UnixMilli(), a.CheckedAt.UnixMilli(), seq})
	}
	n, err := t.insert(`INSERT INTO checks (location_id, source, valid_at, checked_at, seq) VALUES `, 5,
		` ON CONFLICT (location_id, source) DO UPDATE SET valid_at = excluded.valid_at,
		checked_at = excluded.checked_at, seq = excluded.seq
		WHERE (checks.valid_at = excluded.valid_at AND checks.checked_at < excluded.checked_at)
		   OR (checks.valid_at < excluded.valid_at AND checks.checked_at <= excluded.checked_at)`, rows)
	if err == nil && n != int64(len(rows)) {
		return errGuard
	}
	return err
}

// chunks are the numbers of rows that one statement writes or looks up. A few fixed
// ones keep the number of distinct statements small, so that they stay prepared.
var chunks = []int{100, 10, 1}

// inChunks cuts rows into such chunks.
func inChunks[T any](rows []T, f func([]T) error) error {
	for len(rows) > 0 {
		size := chunks[slices.IndexFunc(chunks, func(n int) bool { return n <= len(rows) })]
		if err := f(rows[:size]); err != nil {
			return err
		}
		rows = rows[size:]
	}
	return nil
}

// insert runs head VALUES tail for all rows and reports how many it wrote.
func (t *Tx) insert(head string, columns int, tail string, rows [][]any) (written int64, err error) {
	err = inChunks(rows, func(chunk [][]any) error {
		args := make([]any, 0, len(chunk)*columns)
		for _, row := range chunk {
			args = append(args, row...)
		}
		result, err := t.tx.ExecContext(t.ctx, head+t.engine.placeholders(len(chunk), columns)+tail, args...)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		written += n
		return err
	})
	return written, err
}

func nullText(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func jsonList(list []string) string {
	if list == nil {
		list = []string{}
	}
	text, _ := json.Marshal(list) // strings always encode
	return string(text)
}

func nullList(list []string) any {
	if list == nil {
		return nil
	}
	return jsonList(list)
}
