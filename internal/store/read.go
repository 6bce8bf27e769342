package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"time"

	"getmyvax.org/univaf"
)

// A Key names one source's record of one location.
type Key struct {
	LocationID, Source string
}

const selectLocations = `SELECT id, provider, location_type, name, address_lines, city, state, postal_code, county,
	longitude, latitude, info_phone, info_url, booking_phone, booking_url, description, requires_waitlist,
	minimum_age_months, meta, is_public, internal_notes, created_at, updated_at, seq FROM locations`

// A Loader receives a snapshot. Locations come before availability, and what is said of
// one location comes together.
type Loader interface {
	Location(l univaf.Location, seq int64)
	Availability(a univaf.Availability, seq int64)
}

// Snapshot gives everything that readers can see as it was at one moment, and the
// epoch and the seq of that moment.
func (s *Store) Snapshot(ctx context.Context, to Loader) (epoch string, seq int64, err error) {
	tx, err := s.reader.BeginTx(ctx, s.engine.snapshot)
	if err != nil {
		return "", 0, unavailable(err)
	}
	defer func() { _ = tx.Rollback() }()
	const where = `SELECT m.value, h.seq FROM meta m JOIN log_head h ON m.key = 'epoch'`
	if err := tx.QueryRowContext(ctx, where).Scan(&epoch, &seq); err != nil {
		return "", 0, unavailable(err)
	}
	ids := map[string]univaf.ExternalIDs{}
	err = query(ctx, tx, `SELECT location_id, system, value FROM external_ids ORDER BY location_id, position, system, value`,
		nil, func(row scanner) error {
			var id string
			var e univaf.ExternalID
			err := row.Scan(&id, &e.System, &e.Value)
			ids[id] = append(ids[id], e)
			return err
		})
	if err != nil {
		return "", 0, unavailable(err)
	}
	err = query(ctx, tx, selectLocations, nil, func(row scanner) error {
		l, seq, err := scanLocation(row)
		l.ExternalIDs = slices.Clip(ids[l.ID])
		to.Location(l, seq)
		return err
	})
	if err != nil {
		return "", 0, unavailable(err)
	}
	err = query(ctx, tx, `SELECT a.location_id, a.source, a.available, a.available_count, a.products, a.doses, a.capacity,
		a.slots, a.meta, a.is_public, a.changed_at, c.valid_at, c.checked_at, c.seq
		FROM availability a JOIN checks c ON c.location_id = a.location_id AND c.source = a.source
		ORDER BY a.location_id, a.source`, nil,
		func(row scanner) error {
			a, seq, err := scanAvailability(row)
			to.Availability(a, seq)
			return err
		})
	return epoch, seq, unavailable(err)
}

type scanner interface{ Scan(...any) error }

// query runs a query and gives each row to f.
func query(ctx context.Context, tx *sql.Tx, text string, args []any, f func(scanner) error) error {
	rows, err := tx.QueryContext(ctx, text, args...)
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

func scanLocation(row scanner) (l univaf.Location, seq int64, err error) {
	var (
		kind, city, postal, county, phone, url, bookingPhone, bookingURL, description, meta, notes sql.NullString
		lines                                                                                      string
		longitude, latitude                                                                        sql.NullFloat64
		created, updated                                                                           int64
	)
	if err := row.Scan(&l.ID, &l.Provider, &kind, &l.Name, &lines, &city, &l.State, &postal, &county, &longitude, &latitude,
		&phone, &url, &bookingPhone, &bookingURL, &description, &l.RequiresWaitlist, &l.MinimumAgeMonths, &meta,
		&l.IsPublic, &notes, &created, &updated, &seq); err != nil {
		return l, 0, err
	}
	l.LocationType = univaf.LocationType(kind.String)
	l.City, l.PostalCode, l.County, l.Description = city.String, postal.String, county.String, description.String
	l.InfoPhone, l.InfoURL, l.BookingPhone, l.BookingURL = phone.String, url.String, bookingPhone.String, bookingURL.String
	l.InternalNotes, l.Meta = notes.String, rawJSON(meta)
	l.CreatedAt, l.UpdatedAt = instant(created), instant(updated)
	if longitude.Valid && latitude.Valid {
		l.Position = &univaf.Position{Longitude: longitude.Float64, Latitude: latitude.Float64}
	}
	if err := json.Unmarshal([]byte(lines), &l.AddressLines); err != nil {
		return l, 0, err
	}
	return l, seq, nil
}

func scanAvailability(row scanner) (a univaf.Availability, seq int64, err error) {
	var (
		status                                 string
		products, doses, capacity, slots, meta sql.NullString
		changed, valid, checked                int64
	)
	if err := row.Scan(&a.LocationID, &a.Source, &status, &a.AvailableCount, &products, &doses, &capacity, &slots, &meta,
		&a.IsPublic, &changed, &valid, &checked, &seq); err != nil {
		return a, 0, err
	}
	a.Available = univaf.Status(status)
	a.Capacity, a.Slots, a.Meta = rawJSON(capacity), rawJSON(slots), rawJSON(meta)
	a.ChangedAt, a.ValidAt, a.CheckedAt = instant(changed), instant(valid), instant(checked)
	for _, list := range []struct {
		text sql.NullString
		to   *[]string
	}{{products, &a.Products}, {doses, &a.Doses}} {
		if list.text.Valid {
			if err := json.Unmarshal([]byte(list.text.String), list.to); err != nil {
				return a, 0, err
			}
		}
	}
	return a, seq, nil
}

func rawJSON(text sql.NullString) json.RawMessage {
	if !text.Valid {
		return nil
	}
	return json.RawMessage(text.String)
}

func instant(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
