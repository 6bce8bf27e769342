package past

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"
)

// How often reading goes on where the network was cut, and how long it waits first.
const (
	readTries = 6
	firstWait = 500 * time.Millisecond
)

// A steadyReader reads a file to its end, over cuts of the network.
type steadyReader struct {
	ctx   context.Context
	files Files
	name  string

	body   io.ReadCloser
	at     int64 // bytes read
	size   int64 // -1 if not known
	failed int   // times since the last byte came
	read   func(n int)
}

// openSteady opens a file from its start. read is told how much was read.
func openSteady(ctx context.Context, files Files, name string, read func(n int)) (*steadyReader, error) {
	r := &steadyReader{ctx: ctx, files: files, name: name, size: -1, read: read}
	for {
		err := r.open()
		if err == nil {
			return r, nil
		}
		if err := r.again(err); err != nil {
			return nil, err
		}
	}
}

func (r *steadyReader) open() error {
	body, size, err := r.files.OpenAt(r.ctx, r.name, r.at)
	if err != nil {
		return err
	}
	if r.size >= 0 && size >= 0 && r.size != size {
		_ = body.Close()
		return fmt.Errorf("%w: it had %d bytes and has %d now", errChanged, r.size, size)
	}
	r.body, r.size = body, size
	return nil
}

var errChanged = errors.New("the file changed while it was read")

// again waits before the next try. It gives the error if there is to be none.
func (r *steadyReader) again(err error) error {
	if r.failed++; r.failed >= readTries || errors.Is(err, fs.ErrNotExist) || errors.Is(err, errChanged) || r.ctx.Err() != nil {
		return err
	}
	select {
	case <-r.ctx.Done():
		return r.ctx.Err()
	case <-time.After(firstWait << (r.failed - 1)):
		return nil
	}
}

// Read reads on.
func (r *steadyReader) Read(p []byte) (n int, err error) {
	for {
		if r.body == nil {
			if err := r.open(); err != nil {
				if err := r.again(err); err != nil {
					return 0, err
				}
				continue
			}
		}
		n, err = r.body.Read(p)
		if r.at += int64(n); n > 0 {
			r.failed = 0
			r.read(n)
		}
		if err == nil || n > 0 {
			return n, nil // an error comes again
		}
		if errors.Is(err, io.EOF) && (r.size < 0 || r.at >= r.size) {
			return 0, io.EOF
		}
		_ = r.body.Close()
		r.body = nil
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if err := r.again(err); err != nil {
			return 0, fmt.Errorf("%w: %w", errCut, err)
		}
	}
}

// errCut says that a file could not be read to its end, which is no fault of the file.
var errCut = errors.New("reading was cut short")

// Close closes the file.
func (r *steadyReader) Close() error {
	if r.body == nil {
		return nil
	}
	return r.body.Close()
}
