package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	gcaws "gocloud.dev/aws"
	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/blob/s3blob"
	"gocloud.dev/gcerrors"
)

// A Bucket is where an archive is.
type Bucket struct {
	Name string // its address, without what follows a question mark
	blob *blob.Bucket
}

// ErrAddress says that an address names no bucket.
var ErrAddress = errors.New("not the address of an archive")

// OpenBucket opens an archive: file:///FOLDER, a plain FOLDER (both are made if need be)
// or s3://BUCKET/PREFIX, with the parameters of gocloud.dev/blob (region, endpoint,
// use_path_style …). Of the environment it heeds AWS_* as the AWS SDK does.
func OpenBucket(ctx context.Context, address string, getenv func(string) string) (*Bucket, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil || address == "":
		return nil, fmt.Errorf("%w: %q", ErrAddress, address)
	case u.Scheme == "":
		return openFolderBucket(address)
	case u.Scheme == "file":
		if u.Host != "" && u.Host != "." && u.Host != "localhost" {
			return nil, fmt.Errorf("%w: %s: a folder is file:///FOLDER with three slashes, or file://./FOLDER from here", ErrAddress, address)
		}
		path := u.Path
		if u.Host == "." {
			path = strings.TrimPrefix(path, "/")
		}
		return openFolderBucket(filepath.FromSlash(path))
	case u.Scheme == "s3" && u.Host != "":
		return openS3(ctx, u, getenv)
	}
	return nil, fmt.Errorf("%w: %s: it must start with file:// or s3://", ErrAddress, address)
}

func openFolderBucket(path string) (*Bucket, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	// A file that is whole is moved into its place, which works within a file system only.
	b, err := fileblob.OpenBucket(path, &fileblob.Options{
		CreateDir: true, DirFileMode: 0o755, NoTempDir: true, Metadata: fileblob.MetadataDontWrite,
	})
	if err != nil {
		return nil, err
	}
	return &Bucket{Name: "file://" + filepath.ToSlash(path), blob: b}, nil
}

// How long S3 may take to answer, so that a dead connection is found out.
const s3Patience = 2 * time.Minute

func openS3(ctx context.Context, u *url.URL, getenv func(string) string) (*Bucket, error) {
	q := u.Query()
	pathStyle := q.Get("use_path_style") == "true" || q.Get("s3ForcePathStyle") == "true"
	q.Del("use_path_style")
	q.Del("s3ForcePathStyle")
	set := func(parameter string, names ...string) {
		for _, name := range names {
			if value := getenv(name); value != "" && !q.Has(parameter) {
				q.Set(parameter, value)
			}
		}
	}
	set("region", "AWS_REGION", "AWS_DEFAULT_REGION")
	set("endpoint", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
	if q.Has("endpoint") {
		pathStyle = true // others than AWS seldom have a host name for each bucket
	}
	if !q.Has("region") {
		q.Set("region", "us-east-1")
	}
	config, err := gcaws.V2ConfigFromURLParams(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("%w: s3://%s: %w", ErrAddress, u.Host, err)
	}
	if id := getenv("AWS_ACCESS_KEY_ID"); id != "" && !q.Has("anonymous") && !q.Has("profile") {
		config.Credentials = credentials.NewStaticCredentialsProvider(id, getenv("AWS_SECRET_ACCESS_KEY"), getenv("AWS_SESSION_TOKEN"))
	}
	config.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) { t.ResponseHeaderTimeout = s3Patience })
	config.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired // what was written is read back and summed up here
	client := s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = pathStyle })
	b, err := s3blob.OpenBucket(ctx, client, u.Host, &s3blob.Options{RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired})
	if err != nil {
		return nil, err
	}
	name := "s3://" + u.Host
	if prefix := strings.Trim(u.Path, "/"); prefix != "" {
		b = blob.PrefixedBucket(b, prefix+"/")
		name += "/" + prefix
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
