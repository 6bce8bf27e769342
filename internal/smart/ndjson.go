package smart

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
)

// MaxLine is the longest line that is read, in bytes.
const MaxLine = 1 << 20

// ErrLineTooLong says that a line is longer than MaxLine.
var ErrLineTooLong = fmt.Errorf("the line is longer than %d bytes", MaxLine)

// A LineError says what is wrong with one line of an NDJSON file. The lines after
// it can still be read.
type LineError struct {
	Line   int    // counts from 1, empty lines left out
	ID     string // of the record, where it can be made out
	Err    error  // a *univaf.SyntaxError, univaf.FieldErrors or ErrLineTooLong
	Sample string // how the line begins
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v: %s", e.Line, e.Err, e.Sample) }
func (e *LineError) Unwrap() error { return e.Err }

// Decode reads an NDJSON file of Locations, Schedules or Slots as it streams in and
// checks each record. Lines end with LF or CRLF; empty ones are skipped. It yields
// a *LineError for a line that is no valid record, and goes on; any other error is
// one of r and comes last.
func Decode[T any, P record[T]](r io.Reader) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		number := 0
		for line, err := range lines(r) {
			if err != nil && !errors.Is(err, ErrLineTooLong) {
				yield(none, err)
				return
			}
			number++
			var v T
			if err == nil {
				v, err = parse[T, P](line)
			}
			if err != nil {
				err = &LineError{Line: number, ID: idOf(line), Err: err, Sample: sample(line)}
			}
			if !yield(v, err) {
				return
			}
		}
	}
}

// idOf makes out the id of a record that is no good otherwise.
func idOf(line []byte) string {
	var r struct{ ID json.RawMessage }
	if _, err := unmarshalTabs(line, &r); err != nil {
		return ""
	}
	var id string
	if json.Unmarshal(r.ID, &id) != nil {
		id = string(r.ID)
	}
	return sample([]byte(id))
}

// lines yields the lines that are not empty, without their ends. A line is good
// until the next one. One that is too long comes cut, with ErrLineTooLong.
func lines(r io.Reader) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		in := bufio.NewReaderSize(r, 64<<10)
		if mark, _ := in.Peek(len(byteOrderMark)); string(mark) == byteOrderMark {
			_, _ = in.Discard(len(byteOrderMark))
		}
		var line []byte
		tooLong := false
		for {
			part, err := in.ReadSlice('\n')
			if tooLong = tooLong || len(line)+len(part) > MaxLine+len("\r\n"); !tooLong || len(line) == 0 {
				line = append(line, part...)
			}
			if errors.Is(err, bufio.ErrBufferFull) {
				continue
			}
			line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
			// What stands before a failure is no whole line.
			if len(line) > 0 && (err == nil || err == io.EOF) {
				var lineErr error
				if tooLong || len(line) > MaxLine {
					lineErr = ErrLineTooLong
				}
				if !yield(line, lineErr) {
					return
				}
			}
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(nil, err)
				return
			}
			line, tooLong = line[:0], false
		}
	}
}

// byteOrderMark is what some Windows programs put in front of UTF-8.
const byteOrderMark = "\uFEFF"

// An Encoder writes an NDJSON file.
type Encoder struct{ enc *json.Encoder }

// NewEncoder writes to w.
func NewEncoder(w io.Writer) *Encoder {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return &Encoder{enc}
}

// Encode writes one line: a Location, Schedule or Slot.
func (e *Encoder) Encode(record any) error { return e.enc.Encode(record) }
