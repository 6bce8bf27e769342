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

// A lineFile is a draft of gzipped NDJSON. It is packed in a goroutine of its own.
type lineFile struct {
	*draft
	gzip *gzip.Writer
	text []byte
	full chan []byte // texts to be packed
	free chan []byte // those that were
	done chan error
}

// textSize is about how much is packed at a time, in bytes.
const textSize = 1 << 17

func newLineFile(folder, table string, day Day) (*lineFile, error) {
	d, err := newDraft(folder, table, ndjson, day)
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewWriterLevel(d, 5)
	if err != nil {
		return nil, err
	}
	l := &lineFile{draft: d, gzip: z, full: make(chan []byte, 2), free: make(chan []byte, 4), done: make(chan error, 1)}
	go l.pack()
	return l, nil
}

func (l *lineFile) pack() {
	var failed error
	for text := range l.full {
		if failed == nil {
			_, failed = l.gzip.Write(text)
		}
		select {
		case l.free <- text[:0]:
		default:
		}
	}
	l.done <- failed
}

// add takes a line, which ends as lines do.
func (l *lineFile) add(line []byte) {
	l.Rows++
	l.text = append(l.text, line...)
	if len(l.text) < textSize {
		return
	}
	l.full <- l.text
	select {
	case l.text = <-l.free:
	default:
		l.text = make([]byte, 0, textSize+textSize/8)
	}
}

// close ends the file. Errors of writing are told here.
func (l *lineFile) close() error {
	l.full <- l.text
	close(l.full)
	return errors.Join(<-l.done, l.gzip.Close(), l.draft.close())
}

// discard lets go of a file that is not wanted any more.
func (l *lineFile) discard() {
	if l != nil && l.SHA256 == "" {
		_ = l.close()
	}
}
