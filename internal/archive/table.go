package archive

import (
	"errors"

	"github.com/parquet-go/parquet-go"
)

// A table writes rows both ways: as NDJSON and as Parquet.
type table[Row any] struct {
	lines   *lines
	parquet *draft
	writer  *parquet.GenericWriter[Row]
	rows    []Row
	line    []byte
}

// rowsAtOnce is how many rows are given to the writer of Parquet together.
const rowsAtOnce = 512

// rowGroup is how many rows are put together into a part of a Parquet file, which readers
// skip or read as a whole.
const rowGroup = 50_000

func newParquetWriter[Row any](to *draft, rows int64) *parquet.GenericWriter[Row] {
	return parquet.NewGenericWriter[Row](to, parquet.MaxRowsPerRowGroup(rows), parquet.CreatedBy("univaf", "", ""))
}

func (t *table[Row]) open(folder, name string, day Day) (err error) {
	if t.lines, err = newLines(folder, name, day); err != nil {
		return err
	}
	if t.parquet, err = newDraft(folder, name, parquetFiles, day); err != nil {
		return err
	}
	t.writer = newParquetWriter[Row](t.parquet, rowGroup)
	return nil
}

// add writes a row.
func (t *table[Row]) add(row Row) (err error) {
	if t.line, err = appendJSONLine(t.line[:0], row); err != nil {
		return err
	}
	return t.addWith(t.line, row)
}

// addWith writes a row whose line is made already.
func (t *table[Row]) addWith(line []byte, row Row) error {
	if err := t.lines.add(line); err != nil {
		return err
	}
	t.rows = append(t.rows, row)
	if len(t.rows) < rowsAtOnce {
		return nil
	}
	return t.flush()
}

func (t *table[Row]) flush() error {
	_, err := t.writer.Write(t.rows)
	t.parquet.Rows += int64(len(t.rows))
	clear(t.rows)
	t.rows = t.rows[:0]
	return err
}

// close ends the files and gives them.
func (t *table[Row]) close() ([]file, error) {
	err := errors.Join(t.flush(), t.writer.Close(), t.parquet.close(), t.lines.close())
	return []file{t.lines.file, t.parquet.file}, err
}

// discard lets go of files that are still open.
func (t *table[Row]) discard() {
	if t.parquet != nil {
		_ = t.parquet.disk.Close()
	}
	if t.lines != nil {
		_ = t.lines.disk.Close()
	}
}
