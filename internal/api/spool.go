package api

import (
	"errors"
	"io"
	"os"
	"sync"
)

// spoolMemory is how much a spool keeps in memory before it uses a file.
const spoolMemory = 1 << 20

// A spool is a pipe that never makes its writer wait: what the reader has not taken
// yet is kept, in memory while it is little, else in a temporary file.
type spool struct {
	mu     sync.Mutex
	more   *sync.Cond
	memory []byte // written after the file's end
	file   *os.File
	read   int64 // how much of the file was read
	size   int64 // of the file
	closed bool
}

func newSpool() *spool {
	s := &spool{}
	s.more = sync.NewCond(&s.mu)
	return s
}

// Write keeps b.
func (s *spool) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.memory = append(s.memory, b...)
	defer s.more.Signal()
	if len(s.memory) < spoolMemory {
		return len(b), nil
	}
	if s.file == nil {
		file, err := os.CreateTemp("", "univaf-results-*")
		if err != nil {
			return len(b), nil //nolint:nilerr // without a place for files memory must do
		}
		_ = os.Remove(file.Name()) // it lives while it is open
		s.file = file
	}
	n, err := s.file.WriteAt(s.memory, s.size)
	if err != nil {
		return 0, err
	}
	s.size += int64(n)
	s.memory = s.memory[:0]
	return len(b), nil
}

// Close says that nothing more is coming.
func (s *spool) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.more.Signal()
}

// WriteTo passes on what was written, until Close.
func (s *spool) WriteTo(w io.Writer) (total int64, err error) {
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.file != nil {
			err = errors.Join(err, s.file.Close())
		}
	}()
	for {
		part, err := s.next()
		if err != nil || part == nil {
			return total, err
		}
		n, err := w.Write(part)
		total += int64(n)
		if err != nil {
			return total, err
		}
	}
}

// next gives the next part, nil at the end.
func (s *spool) next() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.read == s.size && len(s.memory) == 0 {
		if s.closed {
			return nil, nil
		}
		s.more.Wait()
	}
	if s.read < s.size {
		part := make([]byte, min(s.size-s.read, 64<<10))
		n, err := s.file.ReadAt(part, s.read)
		s.read += int64(n)
		return part[:n], err
	}
	part := s.memory
	s.memory = nil
	return part, nil
}
