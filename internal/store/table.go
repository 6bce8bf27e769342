package store

import (
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"
)

// A table is what batches write to.
type table struct {
	name    string
	columns []column
	// conflict says what becomes of a row whose key is there already.
	conflict string
}

// A column is a name and the type of its values, as PostgreSQL calls it. The values
// are nil or of the Go type beside it.
type column struct {
	name string
	kind kind
}

type kind string

const (
	text    kind = "text"             // string
	bigint  kind = "bigint"           // int64
	double  kind = "double precision" // float64
	boolean kind = "boolean"          // bool
)

// insert gives the beginning of a statement that writes rows, up to where they stand.
func (t *table) insert() string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	return "INSERT INTO " + t.name + " (" + strings.Join(names, ", ") + ") "
}

// chunks are the numbers of rows that one statement writes to SQLite. A few fixed
// ones keep the number of distinct statements small, so that they stay prepared.
var chunks = []int{100, 10, 1}

// put writes the rows and reports how many were written.
func (t *Tx) put(to *table, rows [][]any) (written int64, err error) {
	if len(rows) == 0 {
		return 0, nil
	}
	if t.engine.arrays {
		return t.exec(to.insert()+to.unnest()+to.conflict, to.arrays(rows))
	}
	for len(rows) > 0 {
		size := chunks[slices.IndexFunc(chunks, func(n int) bool { return n <= len(rows) })]
		n, err := t.exec(to.insert()+to.values(size)+to.conflict, slices.Concat(rows[:size]...))
		if err != nil {
			return written, err
		}
		rows, written = rows[size:], written+n
	}
	return written, nil
}

func (t *Tx) exec(statement string, args []any) (int64, error) {
	result, err := t.tx.ExecContext(t.ctx, statement, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// values gives VALUES (?,?),(?,?) for two rows of two columns.
func (t *table) values(rows int) string {
	row := "(" + strings.Repeat(",?", len(t.columns))[1:] + ")"
	return "VALUES " + strings.Repeat(","+row, rows)[1:]
}

// unnest gives SELECT * FROM unnest($1::text[],$2::bigint[]) for two columns: one
// statement of one text, however many rows there are.
func (t *table) unnest() string {
	var b strings.Builder
	b.WriteString("SELECT * FROM unnest(")
	for i, c := range t.columns {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("$" + strconv.Itoa(i+1) + "::" + string(c.kind) + "[]")
	}
	b.WriteByte(')')
	return b.String()
}

// arrays turns rows into one list a column.
func (t *table) arrays(rows [][]any) []any {
	lists := make([]any, len(t.columns))
	for i, c := range t.columns {
		switch c.kind {
		case text:
			lists[i] = list(rows, i, func(s string) pgtype.Text { return pgtype.Text{String: s, Valid: true} })
		case bigint:
			lists[i] = list(rows, i, func(n int64) pgtype.Int8 { return pgtype.Int8{Int64: n, Valid: true} })
		case double:
			lists[i] = list(rows, i, func(f float64) pgtype.Float8 { return pgtype.Float8{Float64: f, Valid: true} })
		case boolean:
			lists[i] = list(rows, i, func(b bool) pgtype.Bool { return pgtype.Bool{Bool: b, Valid: true} })
		}
	}
	return lists
}

// list gives the values of one column; nil is the zero value, which is NULL.
func list[From, To any](rows [][]any, column int, of func(From) To) pgtype.FlatArray[To] {
	out := make(pgtype.FlatArray[To], len(rows))
	for i, row := range rows {
		if v := row[column]; v != nil {
			out[i] = of(v.(From))
		}
	}
	return out
}
