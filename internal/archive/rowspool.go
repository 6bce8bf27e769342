package archive

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"os"

	"github.com/klauspost/compress/s2"
)

// An update is a row of the log: of a re-check there is no content, and valid is 0 if it
// did not move.
type update struct {
	recordKey
	valid, checked moment
	content        ref
}

// A rowSpool keeps updates on disk, in their order.
type rowSpool struct {
	file *os.File
	out  *s2.Writer
	work []byte
	rows []int64 // by place
}

const updateSize = 4 + 4 + 8 + 8 + 8 + 4

func newRowSpool(folder string) (*rowSpool, error) {
	file, err := os.CreateTemp(folder, "rows")
	if err != nil {
		return nil, err
	}
	return &rowSpool{file: file, out: s2.NewWriter(file, s2.WriterConcurrency(1))}, nil
}

func (s *rowSpool) close() error { return s.file.Close() }

func (s *rowSpool) add(u update) error {
	for len(s.rows) <= int(u.place) {
		s.rows = append(s.rows, 0)
	}
	s.rows[u.place]++
	b := binary.LittleEndian.AppendUint32(s.work[:0], uint32(u.place))
	b = binary.LittleEndian.AppendUint32(b, uint32(u.source))
	b = binary.LittleEndian.AppendUint64(b, uint64(u.valid))
	b = binary.LittleEndian.AppendUint64(b, uint64(u.checked))
	b = binary.LittleEndian.AppendUint64(b, uint64(u.content.end))
	b = binary.LittleEndian.AppendUint32(b, uint32(u.content.size))
	s.work = b
	_, err := s.out.Write(b)
	return err
}

// each gives the updates in the order in which they were added.
func (s *rowSpool) each(f func(update) error) error {
	if err := s.out.Flush(); err != nil {
		return err
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	in := bufio.NewReaderSize(s2.NewReader(s.file), 1<<18)
	var b [updateSize]byte
	for {
		if _, err := io.ReadFull(in, b[:]); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		err := f(update{
			recordKey: recordKey{int32(binary.LittleEndian.Uint32(b[0:])), int32(binary.LittleEndian.Uint32(b[4:]))},
			valid:     moment(binary.LittleEndian.Uint64(b[8:])),
			checked:   moment(binary.LittleEndian.Uint64(b[16:])),
			content:   ref{int64(binary.LittleEndian.Uint64(b[24:])), int32(binary.LittleEndian.Uint32(b[32:]))},
		})
		if err != nil {
			return err
		}
	}
}

// of tells how many rows there are of a place.
func (s *rowSpool) of(place int32) int64 {
	if int(place) < len(s.rows) {
		return s.rows[place]
	}
	return 0
}
