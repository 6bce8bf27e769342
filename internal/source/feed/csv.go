package feed

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"getmyvax.org/univaf/internal/source"
)

// records yields what is in the feed, or for a row that can't be read a
// *source.RecordError. Any other error is the last.
func (in *input) records(c *Config) iter.Seq2[*record, error] {
	nested := c.Availability.Slots.Items != "" || c.Availability.Capacity.Items != ""
	switch {
	case in.format == formatCSV && (c.Items != "" || nested):
		return failed(errors.New("items is for JSON, and this is CSV; if each row is an appointment, a day or a vaccine, set rows"))
	case in.format == formatNDJSON && c.Items != "":
		return failed(errors.New("items is for JSON that is one whole, and here each line is a record: leave it out"))
	case in.format == formatCSV:
		return in.csv(c)
	case in.format == formatNDJSON:
		return in.ndjson()
	}
	return in.json(c.Items)
}

func failed(err error) iter.Seq2[*record, error] {
	return func(yield func(*record, error) bool) { yield(nil, err) }
}

// csv reads a table whose rows are counted as spreadsheet programs do, the header included.
func (in *input) csv(c *Config) iter.Seq2[*record, error] {
	return func(yield func(*record, error) bool) {
		s := &splitter{in: in.text, quote: true, comma: delimiter(c, in.text)}
		h, err := readHeader(s, c)
		if err != nil {
			yield(nil, err)
			return
		}
		toldEncoding := false
		for {
			raw, err := s.next()
			if errors.Is(err, io.EOF) {
				return
			}
			raw, isUTF8 := toUTF8(raw)
			if !isUTF8 && !toldEncoding {
				toldEncoding = true
				in.warn(source.Warning{Kind: "not UTF-8", ID: fmt.Sprintf("row %d", s.n), Sample: "taken for Windows-1252: " + source.Sample(raw)})
			}
			rec := &record{at: fmt.Sprintf("row %d", s.n), raw: raw}
			var cells []string
			switch {
			case err == nil:
				cells = s.cells(raw)
				err = h.fits(cells)
			case !isOfPiece(err):
				yield(nil, err)
				return
			}
			if isBlank(cells) && err == nil {
				continue
			}
			if err != nil {
				err = rec.bad("invalid row", err)
			}
			rec.data = row(cells)
			if !yield(rec, err) {
				return
			}
		}
	}
}

func isBlank(cells []string) bool {
	for _, cell := range cells {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}

// delimiters may stand between cells, the likeliest first.
const delimiters = ",;\t|"

// delimiter gives the one that is set, or the one with which the header has most of the
// columns that are mapped.
func delimiter(c *Config, in *bufio.Reader) byte {
	if set := c.delimiter(); set != 0 {
		return set
	}
	head, _ := in.Peek(64 << 10)
	best, most, cells := byte(','), -1, 0
	for _, comma := range []byte(delimiters) {
		s := &splitter{in: bufio.NewReaderSize(bytes.NewReader(head), 64<<10), quote: true, comma: comma}
		h, err := headerRow(s, c)
		if err != nil {
			continue
		}
		found := 0
		for _, f := range c.fields() {
			for _, name := range f.Fields {
				if _, err := h.find(name); err == nil {
					found++
				}
			}
		}
		if found > most || found == most && len(h.names) > cells {
			best, most, cells = comma, found, len(h.names)
		}
	}
	return best
}

// A header names the columns.
type header struct {
	names []string
	row   int
}

func headerRow(s *splitter, c *Config) (h header, err error) {
	for {
		raw, err := s.next()
		switch {
		case errors.Is(err, io.EOF) && s.n == 0:
			return h, errors.New("is empty: there is no header")
		case errors.Is(err, io.EOF) && c.HeaderRow > 0:
			return h, fmt.Errorf("header_row: there is no row %d", c.HeaderRow)
		case errors.Is(err, io.EOF):
			return h, errors.New("there is no header: all rows are empty")
		case err != nil && !isOfPiece(err):
			return h, err
		case c.HeaderRow > 0 && s.n < c.HeaderRow:
			continue
		case err != nil:
			return h, fmt.Errorf("row %d, the header, %w", s.n, err)
		}
		raw, _ = toUTF8(raw)
		cells := s.cells(raw)
		if c.HeaderRow == 0 && len(bytes.Trim(raw, delimiters+"\" ")) == 0 {
			continue
		}
		h.row = s.n
		for i, cell := range cells {
			if cells[i] = strings.Join(strings.Fields(cell), " "); cells[i] != "" {
				h.names = cells[:i+1]
			}
		}
		return h, nil
	}
}

// readHeader finds the columns of all fields.
func readHeader(s *splitter, c *Config) (header, error) {
	h, err := headerRow(s, c)
	if err != nil {
		return h, err
	}
	var missing []string
	for key, f := range c.fields() {
		f.columns = make([]int, len(f.Fields))
		for i, name := range f.Fields {
			f.columns[i], err = h.find(name)
			switch {
			case errors.Is(err, errNoColumn):
				missing = append(missing, fmt.Sprintf("%q (%s)", name, key))
			case err != nil:
				return h, fmt.Errorf("%s: %w", key, err)
			}
		}
	}
	if len(missing) > 0 {
		return h, fmt.Errorf("there is no column %s; those in row %d are %s. If the header is in another row, set header_row",
			strings.Join(missing, ", "), h.row, listed(h.names))
	}
	return h, nil
}

var errNoColumn = errors.New("there is no such column")

// find gives the column of that name, whose case matters only where several differ by it.
func (h header) find(name string) (int, error) {
	name = strings.Join(strings.Fields(name), " ")
	for _, same := range []func(a, b string) bool{func(a, b string) bool { return a == b }, strings.EqualFold} {
		column, times := 0, 0
		for i, one := range h.names {
			if one != "" && same(one, name) {
				column = i
				times++
			}
		}
		switch {
		case times == 1:
			return column, nil
		case times > 1:
			return 0, fmt.Errorf("%d columns are called %q: give each a name of its own", times, name)
		}
	}
	return 0, errNoColumn
}

// fits checks that a row has the header's columns: others may stand elsewhere than they
// seem.
func (h header) fits(cells []string) error {
	switch {
	case isBlank(cells):
		return nil
	case len(cells) < len(h.names):
		return fmt.Errorf("has %d cells, and the header has %d: every column must have a cell, if an empty one", len(cells), len(h.names))
	case !isBlank(cells[len(h.names):]):
		return fmt.Errorf("has %d cells, and the header has %d: a cell with the delimiter in it must stand in quotation marks", len(cells), len(h.names))
	}
	return nil
}
