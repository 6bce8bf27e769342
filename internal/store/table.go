package store

import (
	"strconv"
	"strings"
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
		b.WriteString(parameter(i) + "::" + string(c.kind) + "[]")
	}
	b.WriteByte(')')
	return b.String()
}

// parameter gives $1 for the first.
func parameter(i int) string { return "$" + strconv.Itoa(i+1) }
