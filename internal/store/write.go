package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"getmyvax.org/univaf"
)

// errGuard says that a guarded write met a row that was newer than the batch knew.
// It can't happen while all writers keep to the lock.
var errGuard = errors.New("a row changed under the lock")

// A Tx is one batch of writes. What it writes, it also adds to the log. Nothing is
// written before the function that fills it ends.
type Tx struct {
	// Epoch and Seq are the database's, and the batch's in the log. The batch sees
	// everything up to the entry before.
	Epoch string
	Seq   int64

	puts    []put
	entries []Entry
}

// A put is rows that go to a table.
type put struct {
	to   *table
	rows [][]any
	all  bool // every row must be written; else the guard may keep some out
}

// errNothing ends a batch that wrote nothing.
var errNothing = errors.New("nothing to write")

// Write runs f as one batch, apart from all other batches, and gives the batch's
// seq in the log, 0 if it wrote nothing. If f or the commit fails, nothing was
// written; then the error is univaf.ErrUnavailable if the database can't be
// reached.
//
// f may run twice: again if another process wrote meanwhile.
func (s *Store) Write(ctx context.Context, f func(*Tx) error) (seq int64, err error) {
	var t *Tx
	at := s.now()
	run := func(w session) error {
		where, certain, err := w.next()
		if err != nil {
			return err
		}
		t = &Tx{Seq: where.seq, Epoch: where.epoch}
		if err := f(t); err != nil {
			if !certain {
				return errMoved // it may have, and then f had nothing to decide on
			}
			return err
		}
		switch {
		case len(t.entries) == 0 && !certain:
			return errMoved // it may have, and then there may be something to write
		case len(t.entries) == 0:
			return errNothing
		}
		t.putChanged(at)
		s.writing(where)
		return w.write(t.puts, logRow{where.seq, at.UnixMilli(), encodeEntries(t.entries)})
	}
	err = s.engine.session(ctx, s.writer, s.end(), run)
	if errors.Is(err, errMoved) {
		s.notWritten()
		err = s.engine.session(ctx, s.writer, position{}, run)
	}
	if errors.Is(err, errNothing) {
		return 0, nil
	}
	if err != nil {
		s.notWritten()
		return 0, unavailable(err)
	}
	s.recent.add(t.Epoch, Batch{Seq: t.Seq, Time: time.UnixMilli(at.UnixMilli()).UTC(), Entries: t.entries})
	s.announce(position{t.Seq, t.Epoch})
	return t.Seq, nil
}

func (t *Tx) put(to *table, rows [][]any, all bool) {
	if len(rows) > 0 {
		t.puts = append(t.puts, put{to, rows, all})
	}
}

// PutLocations writes locations whole. External ids that a location does not have
// yet are added; none is removed.
func (t *Tx) PutLocations(locations []univaf.Location) {
	var rows, ids [][]any
	for i := range locations {
		l := &locations[i]
		rows = append(rows, locationRow(l, t.Seq))
		for position, id := range l.ExternalIDs {
			ids = append(ids, []any{l.ID, id.System, id.Value, int64(position)})
		}
		t.entries = append(t.entries, Entry{Version: entryVersion, Location: l})
	}
	t.put(&locationTable, rows, false)
	t.put(&externalIDTable, ids, false)
}

var locationTable = table{
	name: "locations",
	columns: []column{
		{"id", text},
		{"provider", text},
		{"location_type", text},
		{"name", text},
		{"address_lines", text},
		{"city", text},
		{"state", text},
		{"postal_code", text},
		{"county", text},
		{"longitude", double},
		{"latitude", double},
		{"info_phone", text},
		{"info_url", text},
		{"booking_phone", text},
		{"booking_url", text},
		{"description", text},
		{"requires_waitlist", boolean},
		{"minimum_age_months", bigint},
		{"meta", text},
		{"is_public", boolean},
		{"internal_notes", text},
		{"created_at", bigint},
		{"updated_at", bigint},
		{"seq", bigint},
	},
	conflict: ` ON CONFLICT (id) DO UPDATE SET provider = excluded.provider,
	location_type = excluded.location_type, name = excluded.name, address_lines = excluded.address_lines,
	city = excluded.city, state = excluded.state, postal_code = excluded.postal_code, county = excluded.county,
	longitude = excluded.longitude, latitude = excluded.latitude, info_phone = excluded.info_phone,
	info_url = excluded.info_url, booking_phone = excluded.booking_phone, booking_url = excluded.booking_url,
	description = excluded.description, requires_waitlist = excluded.requires_waitlist,
	minimum_age_months = excluded.minimum_age_months, meta = excluded.meta, is_public = excluded.is_public,
	internal_notes = excluded.internal_notes, updated_at = excluded.updated_at, seq = excluded.seq,
	left_seq = CASE WHEN ` + leaves + ` THEN excluded.seq ELSE locations.left_seq END,
	left_at = CASE WHEN ` + leaves + ` THEN excluded.updated_at ELSE locations.left_at END
	WHERE locations.seq < excluded.seq`,
}

// leaves is the rule of univaf.Location.Leaves.
const leaves = `locations.is_public AND (NOT excluded.is_public OR locations.state <> excluded.state
	OR locations.provider <> excluded.provider)`

var externalIDTable = table{
	name:     "external_ids",
	columns:  []column{{"location_id", text}, {"system", text}, {"value", text}, {"position", bigint}},
	conflict: ` ON CONFLICT (location_id, system, value) DO NOTHING`,
}

func locationRow(l *univaf.Location, seq int64) []any {
	var longitude, latitude, months any
	if l.Position != nil {
		longitude, latitude = l.Position.Longitude, l.Position.Latitude
	}
	if l.MinimumAgeMonths != nil {
		months = int64(*l.MinimumAgeMonths)
	}
	return []any{
		l.ID, l.Provider, nullText(string(l.LocationType)), l.Name, jsonList(l.AddressLines), nullText(l.City), l.State,
		nullText(l.PostalCode), nullText(l.County), longitude, latitude, nullText(l.InfoPhone), nullText(l.InfoURL),
		nullText(l.BookingPhone), nullText(l.BookingURL), nullText(l.Description),
		l.RequiresWaitlist, months, nullText(string(l.Meta)), l.IsPublic, nullText(l.InternalNotes),
		l.CreatedAt.UnixMilli(), l.UpdatedAt.UnixMilli(), seq,
	}
}

// PutAvailability writes records with new content, which supersede those that the
// store has.
func (t *Tx) PutAvailability(records []univaf.Availability) {
	rows := make([][]any, len(records))
	for i := range records {
		a := &records[i]
		var count any
		if a.AvailableCount != nil {
			count = *a.AvailableCount
		}
		rows[i] = []any{
			a.LocationID, a.Source, string(a.Available), count, nullList(a.Products), nullList(a.Doses),
			nullText(string(a.Capacity)), nullText(string(a.Slots)), nullText(string(a.Meta)), a.IsPublic,
			a.ChangedAt.UnixMilli(), t.Seq, t.seqIf(a.IsPublic),
		}
		t.entries = append(t.entries, Entry{Version: entryVersion, Availability: a})
	}
	t.put(&availabilityTable, rows, false)
	t.putTimes(records, false)
}

// seqIf gives the batch's seq if so, else 0.
func (t *Tx) seqIf(so bool) int64 {
	if so {
		return t.Seq
	}
	return 0
}

var availabilityTable = table{
	name: "availability",
	columns: []column{
		{"location_id", text},
		{"source", text},
		{"available", text},
		{"available_count", bigint},
		{"products", text},
		{"doses", text},
		{"capacity", text},
		{"slots", text},
		{"meta", text},
		{"is_public", boolean},
		{"changed_at", bigint},
		{"seq", bigint},
		{"shown_seq", bigint},
	},
	conflict: ` ON CONFLICT (location_id, source) DO UPDATE SET available = excluded.available,
	available_count = excluded.available_count, products = excluded.products, doses = excluded.doses,
	capacity = excluded.capacity, slots = excluded.slots, meta = excluded.meta, is_public = excluded.is_public,
	changed_at = excluded.changed_at, seq = excluded.seq,
	shown_seq = CASE WHEN availability.is_public OR excluded.is_public THEN excluded.seq ELSE availability.shown_seq END
	WHERE availability.seq < excluded.seq`,
}

// PutChecks writes the times of records whose content did not change.
func (t *Tx) PutChecks(records []univaf.Availability) { t.putChecks(records, false) }

// PutReorderings is PutChecks of records whose times bring the sources of their location
// into another order, by which what everybody sees of it changes.
func (t *Tx) PutReorderings(records []univaf.Availability) { t.putChecks(records, true) }

func (t *Tx) putChecks(records []univaf.Availability, reordered bool) {
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
			group = &Checks{Source: a.Source, ValidAt: a.ValidAt, CheckedAt: a.CheckedAt, Reordered: reordered}
			groups[key] = group
			t.entries = append(t.entries, Entry{Version: entryVersion, Checks: group})
		}
		group.IDs = append(group.IDs, a.LocationID)
	}
	t.putTimes(records, reordered)
}

// putTimes writes the small rows, guarded by the rule of Availability.Supersedes.
func (t *Tx) putTimes(records []univaf.Availability, reordered bool) {
	rows := make([][]any, len(records))
	for i := range records {
		a := &records[i]
		rows[i] = []any{a.LocationID, a.Source, a.ValidAt.UnixMilli(), a.CheckedAt.UnixMilli(), t.Seq, t.seqIf(reordered)}
	}
	t.put(&checkTable, rows, true)
}

var checkTable = table{
	name: "checks",
	columns: []column{
		{"location_id", text},
		{"source", text},
		{"valid_at", bigint},
		{"checked_at", bigint},
		{"seq", bigint},
		{"reordered_seq", bigint},
	},
	conflict: ` ON CONFLICT (location_id, source) DO UPDATE SET valid_at = excluded.valid_at,
	checked_at = excluded.checked_at, seq = excluded.seq,
	reordered_seq = CASE WHEN excluded.reordered_seq > 0 THEN excluded.reordered_seq ELSE checks.reordered_seq END
	WHERE (checks.valid_at = excluded.valid_at AND checks.checked_at < excluded.checked_at)
	   OR (checks.valid_at < excluded.valid_at AND checks.checked_at <= excluded.checked_at)`,
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
