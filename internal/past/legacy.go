package past

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
)

// A Legacy is the old system's PostgreSQL database, as it was at the moment when it was
// opened.
type Legacy struct {
	conn *pgx.Conn
	tx   pgx.Tx
	name string

	done, total atomic.Int64
}

// OpenLegacy opens the database, whose address is as libpq reads it. It writes nothing.
func OpenLegacy(ctx context.Context, address string) (*Legacy, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, err // it leaves the password out
	}
	config.RuntimeParams["timezone"] = "UTC"
	config.RuntimeParams["application_name"] = "univaf import"
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	l := &Legacy{conn: conn, name: config.Database}
	if l.tx, err = conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}); err != nil {
		l.Close()
		return nil, err
	}
	columns, err := l.columns(ctx, locationsTable)
	if err == nil && len(columns) == 0 {
		err = errors.New("it has no table " + locationsTable + ": it is no database of the old UNIVAF")
	}
	if err != nil {
		l.Close()
		return nil, fmt.Errorf("database %s: %w", l.name, err)
	}
	return l, nil
}

// Close closes the database.
func (l *Legacy) Close() {
	ctx := context.Background()
	if l.tx != nil {
		_ = l.tx.Rollback(ctx)
	}
	_ = l.conn.Close(ctx)
}

// Name is where rows of the table stand.
func (l *Legacy) Name(table string) string { return l.name + "." + table }

// Progress gives rows.
func (l *Legacy) Progress() (done, total int64) { return l.done.Load(), l.total.Load() }

// columns gives those of a table on the search path, none if there is no such table.
func (l *Legacy) columns(ctx context.Context, table string) ([]string, error) {
	rows, err := l.tx.Query(ctx, `SELECT attname::text FROM pg_attribute
		WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped`, table)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// orders are columns by one of which rows of a table are read: as they were made.
var orders = map[string][]string{
	locationsTable:    {"created_at", "id"},
	externalIDsTable:  {"id"},
	availabilityTable: {"id"},
}

// Rows gives the rows as row_to_json shows them: a geography comes as EWKB.
func (l *Legacy) Rows(ctx context.Context, table string) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		rows, err := l.query(ctx, table)
		if err != nil {
			yield(Row{}, err)
			return
		}
		defer rows.Close()
		for line := 1; rows.Next(); line++ {
			l.done.Add(1)
			if text := rows.RawValues()[0]; !yield(Row{Line: line, JSON: text}, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(Row{}, err)
		}
	}
}

func (l *Legacy) query(ctx context.Context, table string) (pgx.Rows, error) {
	columns, err := l.columns(ctx, table)
	if err != nil {
		return nil, err
	}
	if len(columns) == 0 {
		return nil, fs.ErrNotExist
	}
	var by []string
	for _, column := range orders[table] {
		if slices.Contains(columns, column) {
			by = append(by, column)
		}
	}
	from := pgx.Identifier{table}.Sanitize()
	var total int64
	if err := l.tx.QueryRow(ctx, "SELECT count(*) FROM "+from).Scan(&total); err != nil {
		return nil, err
	}
	l.done.Store(0)
	l.total.Store(total)
	text := "SELECT row_to_json(t)::text FROM " + from + " t"
	if len(by) > 0 {
		text += " ORDER BY " + strings.Join(by, ", ")
	}
	return l.tx.Query(ctx, text)
}
