package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"getmyvax.org/univaf/internal/bucket"
)

// A Bucket is where an archive is.
type Bucket struct {
	Name string // its address, without what follows a question mark
	blob *blob.Bucket
}

// OpenBucket opens an archive to write to: see bucket.Open.
func OpenBucket(ctx context.Context, address string, getenv func(string) string) (*Bucket, error) {
	b, name, err := bucket.Open(ctx, address, getenv, bucket.Write)
	if err != nil {
		return nil, err
	}
	return &Bucket{Name: name, blob: b}, nil
}

// Close ends the use of the bucket.
func (b *Bucket) Close() error { return b.blob.Close() }

// An object is what a bucket holds.
type object struct {
	path string
	size int64
}

// list gives all objects of a folder, however many pages they take.
func (b *Bucket) list(ctx context.Context, folder string) (objects []object, err error) {
	for list := b.blob.List(&blob.ListOptions{Prefix: folder}); ; {
		o, err := list.Next(ctx)
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, b.failed("list", folder, err)
		}
		objects = append(objects, object{o.Key, o.Size})
	}
}

// open reads an object; it gives fs.ErrNotExist if there is none.
func (b *Bucket) open(ctx context.Context, path string) (io.ReadCloser, error) {
	r, err := b.blob.NewReader(ctx, path, nil)
	if err != nil {
		return nil, b.failed("read", path, err)
	}
	return r, nil
}

// size gives an object's size; it gives fs.ErrNotExist if there is none.
func (b *Bucket) size(ctx context.Context, path string) (int64, error) {
	a, err := b.blob.Attributes(ctx, path)
	if err != nil {
		return 0, b.failed("look at", path, err)
	}
	return a.Size, nil
}

func (b *Bucket) failed(verb, path string, err error) error {
	if gcerrors.Code(err) == gcerrors.NotFound {
		err = fmt.Errorf("%w: %w", os.ErrNotExist, err)
	}
	return fmt.Errorf("%s %s in %s: %w", verb, path, b.Name, err)
}

// put writes an object and makes sure, by reading it, that it is there whole. What was
// there before stays until then.
func (b *Bucket) put(ctx context.Context, path, contentType string, from io.Reader, sha string) error {
	ctx, cancel := context.WithCancel(ctx) // which keeps a half-written one from counting
	defer cancel()
	w, err := b.blob.NewWriter(ctx, path, &blob.WriterOptions{
		ContentType: contentType, DisableContentTypeDetection: true, BufferSize: 8 << 20, MaxConcurrency: 3,
	})
	if err != nil {
		return b.failed("write", path, err)
	}
	if _, err := io.Copy(w, from); err != nil {
		cancel()
		return b.failed("write", path, errors.Join(err, w.Close()))
	}
	if err := w.Close(); err != nil {
		return b.failed("write", path, err)
	}
	r, err := b.open(ctx, path)
	if err != nil {
		return err
	}
	defer r.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, r); err != nil {
		return b.failed("read", path, err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != sha {
		return fmt.Errorf("%s in %s is not what was written: its SHA-256 is %s, not %s", path, b.Name, got, sha)
	}
	return nil
}

// putText writes a small object.
func (b *Bucket) putText(ctx context.Context, path, contentType string, content []byte) error {
	sum := sha256.Sum256(content)
	return b.put(ctx, path, contentType, bytes.NewReader(content), hex.EncodeToString(sum[:]))
}

// putFile writes a file that was made on the local disk.
func (b *Bucket) putFile(ctx context.Context, f *file) error {
	from, err := os.Open(f.local)
	if err != nil {
		return err
	}
	defer from.Close()
	contentType := "application/gzip"
	if f.Format == parquetFiles {
		contentType = "application/vnd.apache.parquet"
	}
	return b.put(ctx, f.Path, contentType, from, f.SHA256)
}
