package api

import (
	"bytes"
	"container/list"
	"context"
	"errors"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// gzipLevel is the fastest: places are so alike that a page shrinks to a tenth at any
// level.
const gzipLevel = gzip.BestSpeed

var (
	gzips = sync.Pool{New: func() any {
		z, _ := gzip.NewWriterLevel(io.Discard, gzipLevel)
		return z
	}}
	zstds = sync.Pool{New: func() any {
		// One goroutine and a small window: there may be many at once.
		z, _ := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20), zstd.WithEncoderLevel(zstd.SpeedFastest))
		return z
	}}
)

// A compressor compresses what is written to it. Close ends the stream and gives the
// machinery back.
type compressor struct {
	io.Writer
	close func() error
}

func (c compressor) Close() error { return c.close() }

func newCompressor(w io.Writer, encoding string) compressor {
	if encoding == "gzip" {
		z := gzips.Get().(*gzip.Writer)
		z.Reset(w)
		return compressor{z, func() error { defer gzips.Put(z); return z.Close() }}
	}
	z := zstds.Get().(*zstd.Encoder)
	z.Reset(w)
	return compressor{z, func() error { defer zstds.Put(z); return z.Close() }}
}

// compress gives what write writes, compressed.
func compress(write func(io.Writer) error, encoding string) ([]byte, error) {
	var out bytes.Buffer
	zip := newCompressor(&out, encoding)
	if err := write(zip); err != nil {
		return nil, err
	}
	err := zip.Close()
	return bytes.Clone(out.Bytes()), err
}

// mostKept is how many bytes of bodies are kept: some fifty pages of 2,000.
const mostKept = 32 << 20

// keptBodies are bodies that took long to make, by their tags. Those that were asked
// for last stay, up to mostKept bytes. The zero value is empty.
type keptBodies struct {
	mu    sync.Mutex
	size  int
	byTag map[string]*list.Element
	order list.List // of *keptBody, the last asked for first
}

// A keptBody is there once made is closed.
type keptBody struct {
	tag  string
	made chan struct{}
	body []byte
	err  error
}

// get gives the body with the tag. Whoever is the first to ask makes it, the others
// wait.
func (k *keptBodies) get(ctx context.Context, tag string, create func() ([]byte, error)) (body []byte, err error) {
	k.mu.Lock()
	if e, ok := k.byTag[tag]; ok {
		k.order.MoveToFront(e)
		k.mu.Unlock()
		one := e.Value.(*keptBody)
		select {
		case <-one.made:
			return one.body, one.err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	one := &keptBody{tag: tag, made: make(chan struct{})}
	if k.byTag == nil {
		k.byTag = map[string]*list.Element{}
	}
	e := k.order.PushFront(one)
	k.byTag[tag] = e
	k.mu.Unlock()

	err = errNotMade
	defer func() { // also if create panics
		k.mu.Lock()
		defer k.mu.Unlock()
		one.body, one.err = body, err
		close(one.made)
		if err != nil {
			k.remove(e)
			return
		}
		k.size += len(body)
		k.trim()
	}()
	body, err = create()
	return body, err
}

var errNotMade = errors.New("the body could not be made")

// trim lets go of what was asked for the longest ago.
func (k *keptBodies) trim() {
	for e := k.order.Back(); e != nil && k.size > mostKept; {
		before := e.Prev()
		if one := e.Value.(*keptBody); one.body != nil { // none yet while it is being made
			k.size -= len(one.body)
			k.remove(e)
		}
		e = before
	}
}

func (k *keptBodies) remove(e *list.Element) {
	k.order.Remove(e)
	delete(k.byTag, e.Value.(*keptBody).tag)
}
