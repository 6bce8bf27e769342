package feed

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// A splitter reads a text in pieces: rows or lines.
type splitter struct {
	in    *bufio.Reader // whose size is the most that a piece may have
	quote bool          // line ends in quotation marks are no ends, as in CSV
	comma byte          // behind which, too, a quotation mark opens
	n     int           // the pieces so far, empty ones too
}

// Errors of a piece after which others can be read.
var (
	errTooLong  = fmt.Errorf("is longer than %d MB: is a quotation mark missing?", mostOfRecord>>20)
	errQuote    = errors.New(`has a quotation mark inside a cell in quotation marks: it must be doubled, ""`)
	errUnclosed = errors.New("has a quotation mark that opens a cell and is not closed")
)

func isOfPiece(err error) bool {
	return errors.Is(err, errTooLong) || errors.Is(err, errQuote) || errors.Is(err, errUnclosed)
}

// next gives the next piece without its line end; it is good until the one after it. It is
// io.EOF at the end. One of the errors above comes with the first line of a bad piece, and
// goes on with the line after that.
func (s *splitter) next() ([]byte, error) {
	for size := 4 << 10; ; size *= 2 {
		size = min(size, s.in.Size())
		text, err := s.in.Peek(size)
		whole := errors.Is(err, io.EOF)
		if whole && len(text) == 0 {
			return nil, io.EOF
		}
		end, width, bad := s.end(text, whole)
		if end < 0 && bad == nil {
			switch {
			case err != nil:
				return nil, err
			case size < s.in.Size():
				continue
			}
			bad = errTooLong
		}
		s.n++
		if bad == nil {
			_, err = s.in.Discard(end + width)
			return text[:end], err
		}
		return s.skipLine(text, bad)
	}
}

// skipLine passes over a line that is no good.
func (s *splitter) skipLine(text []byte, bad error) ([]byte, error) {
	if end := bytes.IndexAny(text, "\r\n"); end >= 0 {
		width := 1
		if bytes.HasPrefix(text[end:], []byte("\r\n")) {
			width = 2
		}
		_, _ = s.in.Discard(end + width)
		return text[:end], bad
	}
	begin := slices.Clone(text[:min(len(text), 1024)])
	for {
		if _, err := s.in.ReadSlice('\n'); !errors.Is(err, bufio.ErrBufferFull) {
			return begin, bad // if reading failed, it fails again
		}
	}
}

// end finds the end of the first piece and how wide its line end is; it is negative if the
// text does not hold it. whole says that there is no more text.
func (s *splitter) end(text []byte, whole bool) (end, width int, err error) {
	open, opening := false, s.quote
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case open && c != '"':
		case open: // the mark closes, or is the first of two
			switch {
			case i+1 == len(text) && !whole:
				return -1, 0, nil
			case i+1 < len(text) && text[i+1] == '"':
				i++
			case i+1 == len(text) || text[i+1] == s.comma || text[i+1] == '\n' || text[i+1] == '\r':
				open = false
			default:
				return -1, 0, errQuote
			}
		case opening && c == '"':
			open, opening = true, false
		case c == '\n':
			return i, 1, nil
		case c == '\r' && s.quote: // alone, it ends lines of old Macs
			switch {
			case i+1 < len(text) && text[i+1] == '\n':
				return i, 2, nil
			case i+1 == len(text) && !whole:
				return -1, 0, nil
			}
			return i, 1, nil
		default:
			opening = s.quote && c == s.comma
		}
	}
	switch {
	case !whole:
		return -1, 0, nil
	case open:
		return -1, 0, errUnclosed
	}
	return len(text), 0, nil
}

// cells parts a row.
func (s *splitter) cells(row []byte) (cells []string) {
	text := string(row)
	for {
		if !strings.HasPrefix(text, `"`) {
			cell, rest, more := strings.Cut(text, string(rune(s.comma)))
			if cells = append(cells, cell); !more {
				return cells
			}
			text = rest
			continue
		}
		end := 1
		for end < len(text) && (text[end] != '"' || strings.HasPrefix(text[end+1:], `"`)) {
			if text[end] == '"' {
				end++
			}
			end++
		}
		cells = append(cells, strings.ReplaceAll(text[1:min(end, len(text))], `""`, `"`))
		if end+1 >= len(text) {
			return cells
		}
		text = text[end+2:] // behind the mark and the comma
	}
}

// toUTF8 gives text that is not UTF-8 as Windows-1252, which older programs write. The
// bytes of Latin-1 mean the same in it.
func toUTF8(text []byte) (utf []byte, was bool) {
	if utf8.Valid(text) {
		return text, true
	}
	utf, _ = charmap.Windows1252.NewDecoder().Bytes(text)
	return utf, false
}
