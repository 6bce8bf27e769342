package past

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"

	"getmyvax.org/univaf/internal/bucket"
)

// ErrNoList says that an archive can't tell which files it has.
var ErrNoList = errors.New("the files of this archive can't be listed")

// Files are those of an archive, to read.
type Files interface {
	// OpenAt opens a file at an offset and gives the size of the whole, -1 if it is not
	// known. The error is fs.ErrNotExist if there is no such file.
	OpenAt(ctx context.Context, name string, offset int64) (body io.ReadCloser, size int64, err error)
	// List gives the names that begin with prefix. It may give ErrNoList.
	List(ctx context.Context, prefix string) ([]string, error)
	Close() error
}

// OpenFiles opens an archive: an http(s) address to which names are added, or what
// bucket.Open knows (with &anonymous=true for a public bucket of S3).
func OpenFiles(ctx context.Context, address string, getenv func(string) string) (Files, error) {
	base, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	switch base.Scheme {
	case "http", "https":
		if base.Host == "" {
			return nil, errors.New("the address names no host")
		}
		return &webFiles{base, &http.Client{Transport: webTransport()}}, nil
	case "", "file", "s3":
	default:
		return nil, fmt.Errorf("an archive is at file://, s3://, https:// or in a folder, not at %s://", base.Scheme)
	}
	b, _, err := bucket.Open(ctx, address, getenv, bucket.Read)
	if err != nil {
		return nil, err
	}
	return bucketFiles{b}, nil
}

// bucketFiles are in a folder or in object storage.
type bucketFiles struct{ bucket *blob.Bucket }

func (b bucketFiles) OpenAt(ctx context.Context, name string, offset int64) (io.ReadCloser, int64, error) {
	r, err := b.bucket.NewRangeReader(ctx, name, offset, -1, nil)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil, 0, fs.ErrNotExist
	}
	if err != nil {
		return nil, 0, err
	}
	return r, r.Size(), nil
}

func (b bucketFiles) List(ctx context.Context, prefix string) (names []string, err error) {
	for list := b.bucket.List(&blob.ListOptions{Prefix: prefix}); ; {
		file, err := list.Next(ctx)
		if errors.Is(err, io.EOF) {
			return names, nil
		}
		if err != nil {
			return nil, err
		}
		names = append(names, file.Key)
	}
}

func (b bucketFiles) Close() error { return b.bucket.Close() }

// webFiles are behind a web server.
type webFiles struct {
	base   *url.URL
	client *http.Client
}

func webTransport() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.ResponseHeaderTimeout = time.Minute
	return t
}

func (w *webFiles) OpenAt(ctx context.Context, name string, offset int64) (io.ReadCloser, int64, error) {
	at := *w.base
	at.Path = strings.TrimSuffix(at.Path, "/") + "/" + name
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, 0, err
	}
	// The file as it is: some servers would undo its compression, or add one.
	req.Header.Set("Accept-Encoding", "identity")
	if offset > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", offset))
	}
	resp, err := w.client.Do(req)
	if err != nil {
		return nil, 0, err
	}
	size := resp.ContentLength
	switch {
	case resp.StatusCode == http.StatusPartialContent && offset > 0 && size >= 0:
		return resp.Body, offset + size, nil
	case resp.StatusCode == http.StatusPartialContent && offset > 0:
		return resp.Body, -1, nil
	case resp.StatusCode == http.StatusOK:
		if _, err := io.CopyN(io.Discard, resp.Body, offset); err != nil { // it knows no ranges
			_ = resp.Body.Close()
			return nil, 0, err
		}
		return resp.Body, size, nil
	}
	_ = resp.Body.Close()
	switch resp.StatusCode {
	// S3 says 403 of what is not there to those who may not list.
	case http.StatusNotFound, http.StatusForbidden, http.StatusGone:
		return nil, 0, fs.ErrNotExist
	}
	return nil, 0, fmt.Errorf("%s: %s", at.Redacted(), resp.Status)
}

func (w *webFiles) List(context.Context, string) ([]string, error) { return nil, ErrNoList }

func (w *webFiles) Close() error {
	w.client.CloseIdleConnections()
	return nil
}
