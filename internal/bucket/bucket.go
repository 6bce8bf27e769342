// Package bucket opens places for files: folders and object storage.
//
// It must not know what is in them.
package bucket

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
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
)

// ErrAddress says that an address names no bucket.
var ErrAddress = errors.New("not the address of an archive")

// A Use is what a bucket is opened for.
type Use bool

// What a bucket is opened for.
const (
	Read  Use = false // a folder must be there
	Write Use = true  // a folder is made if need be
)

// Open opens a bucket: file:///FOLDER, a plain FOLDER or s3://BUCKET/PREFIX, with the
// parameters of gocloud.dev/blob (region, endpoint, use_path_style, anonymous …). Of the
// environment it heeds AWS_* as the AWS SDK does. name is the address without parameters.
func Open(ctx context.Context, address string, getenv func(string) string, use Use) (b *blob.Bucket, name string, err error) {
	u, err := url.Parse(address)
	switch {
	case err != nil || address == "":
		return nil, "", fmt.Errorf("%w: %q", ErrAddress, address)
	case u.Scheme == "":
		return openFolder(address, use)
	case u.Scheme == "file":
		if u.Host != "" && u.Host != "." && u.Host != "localhost" {
			return nil, "", fmt.Errorf("%w: %s: a folder is file:///FOLDER with three slashes, or file://./FOLDER from here", ErrAddress, address)
		}
		path := u.Path
		if u.Host == "." {
			path = strings.TrimPrefix(path, "/")
		}
		return openFolder(filepath.FromSlash(path), use)
	case u.Scheme == "s3" && u.Host != "":
		return openS3(ctx, u, getenv)
	}
	return nil, "", fmt.Errorf("%w: %s: it must start with file:// or s3://", ErrAddress, address)
}

func openFolder(path string, use Use) (b *blob.Bucket, name string, err error) {
	if path, err = filepath.Abs(path); err != nil {
		return nil, "", err
	}
	// A file that is whole is moved into its place, which works within a file system only.
	b, err = fileblob.OpenBucket(path, &fileblob.Options{
		CreateDir: bool(use), DirFileMode: 0o755, NoTempDir: true, Metadata: fileblob.MetadataDontWrite,
	})
	return b, "file://" + filepath.ToSlash(path), err
}

// How long S3 may take to answer, so that a dead connection is found out.
const s3Patience = 2 * time.Minute

func openS3(ctx context.Context, u *url.URL, getenv func(string) string) (b *blob.Bucket, name string, err error) {
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
		return nil, "", fmt.Errorf("%w: s3://%s: %w", ErrAddress, u.Host, err)
	}
	if id := getenv("AWS_ACCESS_KEY_ID"); id != "" && !q.Has("anonymous") && !q.Has("profile") {
		config.Credentials = credentials.NewStaticCredentialsProvider(id, getenv("AWS_SECRET_ACCESS_KEY"), getenv("AWS_SESSION_TOKEN"))
	}
	config.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) { t.ResponseHeaderTimeout = s3Patience })
	config.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired // what matters is checked by sums of our own
	client := s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = pathStyle })
	b, err = s3blob.OpenBucket(ctx, client, u.Host, &s3blob.Options{RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired})
	if err != nil {
		return nil, "", err
	}
	name = "s3://" + u.Host
	if prefix := strings.Trim(u.Path, "/"); prefix != "" {
		b = blob.PrefixedBucket(b, prefix+"/")
		name += "/" + prefix
	}
	return b, name, nil
}
