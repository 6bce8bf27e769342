package archive

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"os"

	"github.com/klauspost/compress/gzip"
)

// A file of a day, as the manifest lists it.
type file struct {
	Path   string `json:"path"`
	Table  string `json:"table"`
	Format string `json:"format"` // ndjson.gz or parquet
	Rows   int64  `json:"rows"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
	// Kept says that the file was there already, larger than what would have been written.
	Kept bool `json:"kept,omitempty"`

	local string // where it was made
}

// pathOf is where a file of a day is in the bucket.
func pathOf(table, format string, day Day) string {
	return table + "/" + table + "-" + day.String() + "." + format
}

const (
	ndjson       = "ndjson.gz"
	parquetFiles = "parquet"
)

// A draft is a file of a day while it is made, on the local disk.
type draft struct {
	file
	disk *os.File
	sum  hash.Hash
	out  *bufio.Writer // to disk and sum
}

func newDraft(folder, table, format string, day Day) (*draft, error) {
	disk, err := os.CreateTemp(folder, table)
	if err != nil {
		return nil, err
	}
	d := &draft{file: file{Path: pathOf(table, format, day), Table: table, Format: format, local: disk.Name()}, disk: disk, sum: sha256.New()}
	d.out = bufio.NewWriterSize(io.MultiWriter(disk, d.sum), 1<<17)
	return d, nil
}

// Write adds to the file.
func (d *draft) Write(p []byte) (int, error) {
	n, err := d.out.Write(p)
	d.Bytes += int64(n)
	return n, err
}

// close ends the file.
func (d *draft) close() error {
	d.SHA256 = ""
	err := errors.Join(d.out.Flush(), d.disk.Close())
	d.SHA256 = hex.EncodeToString(d.sum.Sum(nil))
	return err
}

// A lines is a draft of gzipped NDJSON.
type lines struct {
	*draft
	gzip *gzip.Writer
	text []byte
}

func newLines(folder, table string, day Day) (*lines, error) {
	d, err := newDraft(folder, table, ndjson, day)
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewWriterLevel(d, 5)
	return &lines{draft: d, gzip: z}, err
}

// add writes a line, which ends as lines do.
func (l *lines) add(line []byte) error {
	l.Rows++
	l.text = append(l.text, line...)
	if len(l.text) < 1<<16 {
		return nil
	}
	return l.flush()
}

func (l *lines) flush() error {
	_, err := l.gzip.Write(l.text)
	l.text = l.text[:0]
	return err
}

func (l *lines) close() error {
	return errors.Join(l.flush(), l.gzip.Close(), l.draft.close())
}
