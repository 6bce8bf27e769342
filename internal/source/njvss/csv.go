package njvss

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"slices"
	"strings"

	"getmyvax.org/univaf/internal/source"
)

// A row is a line of the report: its cells by column.
type row map[string]string

// The columns that are read.
const (
	colID        = "res_id"
	colProvider  = "provider_id"
	colName      = "name"
	colAddress   = "vras_provideraddress"
	colLatitude  = "vras_latitude"
	colLongitude = "vras_longitude"
	colText      = "vras_typetext"
	colCounty    = "county"
	colAvailable = "available"
)

var columns = []string{
	colID, colProvider, colName, colAddress, colLatitude, colLongitude, colText, colCounty, colAvailable,
}

// rows reads the report. A row that can't be read is a *source.RecordError; any other
// error is the last.
func rows(text string) iter.Seq2[row, error] {
	text = strings.TrimPrefix(text, "\uFEFF")
	t := table{parts: []string{text}}
	if hasStrayQuotes(text) {
		t.repair = true
		t.parts = splitRows(text)
	}
	return t.rows
}

// hasStrayQuotes reports whether quotes are anywhere but around cells or doubled inside
// of them.
func hasStrayQuotes(text string) bool {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = -1
	r.ReuseRecord = true
	for {
		_, err := r.Read()
		switch {
		case errors.Is(err, io.EOF):
			return false
		case err != nil:
			return true
		}
	}
}

// rowStart is a line break before what looks like the first two cells of a row.
var rowStart = regexp.MustCompile(`\n"?[^",\s<>]*\d[^",\s<>]*"?,"?[^",\s<>]*"?,`)

// splitRows parts a text before what looks like rows. So a quote that is never closed does
// not take along the rows behind it.
func splitRows(text string) (parts []string) {
	from := 0
	for _, found := range rowStart.FindAllStringIndex(text, -1) {
		parts = append(parts, text[from:found[0]+1])
		from = found[0] + 1
	}
	return append(parts, text[from:])
}

// A table is a CSV text in parts, each of whole rows.
type table struct {
	parts  []string
	repair bool
	names  []string // of the columns
}

func (t *table) rows(yield func(row, error) bool) {
	line := 0 // lines before the part
	for _, part := range t.parts {
		text := part
		if t.repair {
			text = doubleQuotes(text)
		}
		r := csv.NewReader(strings.NewReader(text))
		r.LazyQuotes = t.repair // cells without quotes around them may have some inside
		r.FieldsPerRecord = len(t.names)
		for {
			start := r.InputOffset()
			cells, err := r.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			if t.names == nil {
				if t.names, err = header(cells, err); err != nil {
					yield(nil, err)
					return
				}
				continue
			}
			if err != nil {
				err = badRow(err, line, text[start:r.InputOffset()])
			}
			if !yield(t.row(cells, err), err) {
				return
			}
		}
		line += strings.Count(part, "\n")
	}
	if t.names == nil {
		yield(nil, errors.New("njvss: the report is empty"))
	}
}

func (t *table) row(cells []string, err error) row {
	if err != nil {
		return nil
	}
	r := row{}
	for i, name := range t.names {
		r[name] = cells[i]
	}
	return r
}

func header(cells []string, err error) ([]string, error) {
	if err != nil {
		return nil, fmt.Errorf("njvss: the report is no CSV: %w", err)
	}
	for _, name := range columns {
		if !slices.Contains(cells, name) {
			return nil, fmt.Errorf("njvss: the report has no column %s: %s", name, source.Sample(strings.Join(cells, ",")))
		}
	}
	return cells, nil
}

func badRow(err error, linesBefore int, text string) error {
	bad := &source.RecordError{Kind: "invalid row", Err: err, Sample: source.Sample(strings.TrimSpace(text))}
	var where *csv.ParseError
	if errors.As(err, &where) {
		bad.Err = where.Err
		bad.ID = fmt.Sprintf("line %d", linesBefore+where.StartLine)
	}
	return bad
}

// doubleQuotes doubles the quotes inside of quoted cells. The state's system does not: it
// puts a cell that has a comma between quotes, whatever else there is in it. So a quote
// before a comma or the end of a line is the end of a cell, and any other is not.
func doubleQuotes(text string) string {
	var out strings.Builder
	start := true // of a cell
	for i := 0; i < len(text); i++ {
		if start && text[i] == '"' {
			if end := cellEnd(text, i+1); end > 0 {
				out.WriteString(`"` + strings.ReplaceAll(text[i+1:end], `"`, `""`) + `"`)
				i, start = end, false
				continue
			}
		}
		start = text[i] == ',' || text[i] == '\n'
		out.WriteByte(text[i])
	}
	return out.String()
}

// cellEnd gives the index of the quote that ends the cell that begins at from, or -1.
func cellEnd(text string, from int) int {
	for i := from; i < len(text); i++ {
		if text[i] == '"' && (i+1 == len(text) || strings.IndexByte(",\r\n", text[i+1]) >= 0) {
			return i
		}
	}
	return -1
}
