package conform

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// maxLine is the longest line that is checked, in bytes.
const maxLine = 1 << 20

// A lineReader takes one file after another apart into lines; in.Reset begins with one.
type lineReader struct {
	in   *bufio.Reader
	long []byte // a line that is longer than the buffer of in
}

func newLineReader() *lineReader { return &lineReader{in: bufio.NewReaderSize(nil, 256<<10)} }

// A line is good until the next one.
type line struct {
	text     []byte // without its end
	ended    bool   // by a line feed
	carriage bool   // which a carriage return stands before
	tooLong  bool   // then text is but its beginning
}

// next gives the next line, or an error: io.EOF at the end of the file. What stands
// before any other error is no whole line.
func (r *lineReader) next() (line, error) {
	var l line
	r.long = r.long[:0]
	for {
		part, err := r.in.ReadSlice('\n')
		full := errors.Is(err, bufio.ErrBufferFull)
		if full || len(r.long) > 0 {
			if len(r.long)+len(part) > maxLine {
				l.tooLong = true
				part = part[:max(0, maxLine-len(r.long))]
			}
			r.long = append(r.long, part...)
			l.text = r.long
		} else {
			l.text = part
		}
		if full {
			continue
		}
		if err != nil && (!errors.Is(err, io.EOF) || len(l.text) == 0) {
			return line{}, err
		}
		l.ended = err == nil
		l.text = bytes.TrimSuffix(l.text, []byte("\n"))
		if n := len(l.text); l.ended && n > 0 && l.text[n-1] == '\r' {
			l.text, l.carriage = l.text[:n-1], true
		}
		return l, nil
	}
}

// A countingReader knows how much has been read.
type countingReader struct {
	r io.Reader
	n int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
