package past

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
)

// The tables of an archive, as they were called.
const (
	locationsTable    = "provider_locations"
	externalIDsTable  = "external_ids"
	availabilityTable = "availability"
	logTable          = "availability_log"
)

// TableNames are the tables in the order in which an import reads them.
var TableNames = []string{externalIDsTable, locationsTable, availabilityTable, logTable}

// A Row is one row of an old table, as a JSON object.
type Row struct {
	Line int    // where it stands, from 1
	JSON []byte // until the next row is read
	Err  error  // what is wrong with the line, if it is not even read
}

// Tables are the old system's tables as they were at one moment.
type Tables interface {
	// Rows gives the rows of a table. An error ends them: fs.ErrNotExist if there is no such
	// table, ErrTruncated if it ends too soon.
	Rows(ctx context.Context, table string) iter.Seq2[Row, error]
	// Name says where rows of the table stand, for messages.
	Name(table string) string
	// Progress says how much of the tables has been read, in bytes or rows of total, which
	// is 0 if it is not known.
	Progress() (done, total int64)
}

// ErrTruncated says that a file ends in the midst.
var ErrTruncated = errors.New("the file is truncated")

// maxLine is the longest line that is read. The longest of the public archive, with the
// slots of weeks, have less than a tenth of that.
const maxLine = 16 << 20

// DayFiles are the files of a day.
type DayFiles struct {
	Files Files
	Date  string // of what is in them, 2006-01-02
	// Places is the day whose locations and external ids are taken, if it has others.
	Places string

	done, total atomic.Int64
}

// FileName is how the file of a table and day is called.
func FileName(table, date string) string { return table + "/" + table + "-" + date + ".ndjson.gz" }

// Name is where rows of the table stand.
func (d *DayFiles) Name(table string) string {
	if d.Places != "" && (table == locationsTable || table == externalIDsTable) {
		return FileName(table, d.Places)
	}
	return FileName(table, d.Date)
}

// Progress gives bytes. The total is that of the file that is being read.
func (d *DayFiles) Progress() (done, total int64) { return d.done.Load(), d.total.Load() }

// Rows gives the lines of a file.
func (d *DayFiles) Rows(ctx context.Context, table string) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		d.done.Store(0)
		d.total.Store(0)
		file, err := openSteady(ctx, d.Files, d.Name(table), func(n int) { d.done.Add(int64(n)) })
		if err != nil {
			yield(Row{}, err)
			return
		}
		defer func() { _ = file.Close() }()
		d.total.Store(max(0, file.size))
		text, err := plain(file)
		if err == nil {
			err = lines(text, func(r Row) bool { return yield(r, nil) })
		}
		if errors.Is(err, errEnough) || err == nil {
			return
		}
		if !errors.Is(err, errCut) && ctx.Err() == nil { // the file is what it is
			err = fmt.Errorf("%w: %w", ErrTruncated, err)
		}
		yield(Row{}, err)
	}
}

// plain undoes gzip, if a server on the way has not.
func plain(file io.Reader) (io.Reader, error) {
	buffered := bufio.NewReaderSize(file, 256<<10)
	start, err := buffered.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if !bytes.Equal(start, []byte{0x1f, 0x8b}) {
		return buffered, nil
	}
	return gzip.NewReader(buffered)
}

var errEnough = errors.New("nobody reads on")

// lines reads lines. One that is too long is told of and left out.
func lines(text io.Reader, yield func(Row) bool) error {
	buffered := bufio.NewReaderSize(text, 64<<10)
	var line []byte
	for number := 1; ; number++ {
		line = line[:0]
		var err error
		long := false
		for {
			var part []byte
			part, err = buffered.ReadSlice('\n')
			if long = long || len(line)+len(part) > maxLine; !long {
				line = append(line, part...)
			}
			if !errors.Is(err, bufio.ErrBufferFull) {
				break
			}
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err // the line is not whole
		}
		row := Row{Line: number, JSON: bytes.TrimSpace(line)}
		if long {
			row.JSON, row.Err = nil, fmt.Errorf("is longer than %d MB", maxLine>>20)
		}
		if (long || len(row.JSON) > 0) && !yield(row) {
			return errEnough
		}
		if err != nil {
			return nil
		}
	}
}

// isMissing reports whether there is no such table.
func isMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
