package archive

import (
	"bufio"
	"os"

	"github.com/klauspost/compress/s2"
)

// A spool keeps texts on disk, compressed, so that memory needs to know no more than where
// they are.
type spool struct {
	file *os.File
	out  *bufio.Writer
	size int64
	work []byte
}

// A ref says where in a spool a text is. The zero value is none.
type ref struct {
	end  int64 // past its last byte
	size int32
}

func (r ref) isNone() bool { return r.size == 0 }

// newSpool makes a spool in a file of a folder.
func newSpool(folder string) (*spool, error) {
	file, err := os.CreateTemp(folder, "spool")
	if err != nil {
		return nil, err
	}
	return &spool{file: file, out: bufio.NewWriterSize(file, 1<<18)}, nil
}

func (s *spool) close() error { return s.file.Close() }

// add keeps a text.
func (s *spool) add(text []byte) (ref, error) {
	s.work = s2.Encode(s.work[:cap(s.work)], text)
	if _, err := s.out.Write(s.work); err != nil {
		return ref{}, err
	}
	s.size += int64(len(s.work))
	return ref{s.size, int32(len(s.work))}, nil
}

// get gives a text; it holds until the next call.
func (s *spool) get(r ref, into []byte) ([]byte, error) {
	if err := s.out.Flush(); err != nil {
		return nil, err
	}
	if cap(s.work) < int(r.size) {
		s.work = make([]byte, r.size)
	}
	s.work = s.work[:r.size]
	if _, err := s.file.ReadAt(s.work, r.end-int64(r.size)); err != nil {
		return nil, err
	}
	return s2.Decode(into[:cap(into)], s.work)
}
