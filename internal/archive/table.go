package archive

import (
	"errors"

	"github.com/parquet-go/parquet-go"
)

// A table writes rows both ways: as NDJSON and as Parquet.
type table[Row any] struct {
	lines   *lineFile
	columns *columns[Row]
	line    []byte
}

func (t *table[Row]) open(folder, name string, day Day) (err error) {
	if t.lines, err = newLineFile(folder, name, day); err != nil {
		return err
	}
	t.columns, err = newColumns[Row](folder, name, day, rowGroup)
	return err
}

// add writes a row.
func (t *table[Row]) add(row Row) (err error) {
	if t.line, err = appendJSONLine(t.line[:0], row); err == nil {
		t.addWith(t.line, row)
	}
	return err
}

// addWith writes a row whose line is made already.
func (t *table[Row]) addWith(line []byte, row Row) {
	t.lines.add(line)
	t.columns.add(row)
}

// close ends the files and gives them.
func (t *table[Row]) close() ([]file, error) {
	err := errors.Join(t.columns.close(), t.lines.close())
	return []file{t.lines.file, t.columns.file}, err
}

// discard lets go of files that are not wanted any more.
func (t *table[Row]) discard() {
	t.lines.discard()
	t.columns.discard()
}

// A columns is a draft of Parquet. It is written in a goroutine of its own.
type columns[Row any] struct {
	*draft
	writer *parquet.GenericWriter[Row]
	rows   []Row
	full   chan []Row // rows to be written
	free   chan []Row // room for more
	done   chan error
}

const (
	// rowsAtOnce is how many rows are given to the writer together.
	rowsAtOnce = 256
	// rowGroup is how many rows are put together into a part of the file, which readers
	// skip or read as a whole.
	rowGroup = 20_000
)

func newColumns[Row any](folder, table string, day Day, group int64) (*columns[Row], error) {
	d, err := newDraft(folder, table, parquetFiles, day)
	if err != nil {
		return nil, err
	}
	c := &columns[Row]{
		draft: d, full: make(chan []Row, 1), free: make(chan []Row, 3), done: make(chan error, 1),
		writer: parquet.NewGenericWriter[Row](d, parquet.MaxRowsPerRowGroup(group), parquet.CreatedBy("univaf", "", "")),
	}
	go c.write()
	return c, nil
}

func (c *columns[Row]) write() {
	var failed error
	for rows := range c.full {
		if failed == nil {
			_, failed = c.writer.Write(rows)
		}
		clear(rows)
		select {
		case c.free <- rows[:0]:
		default:
		}
	}
	c.done <- failed
}

func (c *columns[Row]) add(row Row) {
	c.Rows++
	c.rows = append(c.rows, row)
	if len(c.rows) < rowsAtOnce {
		return
	}
	c.full <- c.rows
	select {
	case c.rows = <-c.free:
	default:
		c.rows = make([]Row, 0, rowsAtOnce)
	}
}

// close ends the file. Errors of writing are told here.
func (c *columns[Row]) close() error {
	c.full <- c.rows
	close(c.full)
	return errors.Join(<-c.done, c.writer.Close(), c.draft.close())
}

// discard lets go of a file that is not wanted any more.
func (c *columns[Row]) discard() {
	if c != nil && c.SHA256 == "" {
		_ = c.close()
	}
}
