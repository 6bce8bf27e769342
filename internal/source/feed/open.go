package feed

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"getmyvax.org/univaf/internal/fetch"
	"getmyvax.org/univaf/internal/source"
)

const (
	// mostBytes is how large a feed may be.
	mostBytes = 256 << 20
	// mostOfRecord is how large a row or record may be. It is held whole.
	mostOfRecord = 4 << 20
)

// An input is an open feed.
type input struct {
	name   string // for messages: what was asked for
	format string
	text   *bufio.Reader // in UTF-8, for the most part
	body   io.Closer
	warn   func(source.Warning)
}

func (in *input) Close() { _ = in.body.Close() }

// open opens the feed and finds out its format and when it was changed.
func (r *run) open(ctx context.Context) (*input, error) {
	c := r.config
	if c.File != "" {
		return r.openFile(ctx)
	}
	address := c.address()
	resp, err := r.env.Fetch.Get(fetch.From(ctx, address), address, http.Header{"Accept": {accept}}) //nolint:bodyclose // input.Close does
	if err != nil {
		return nil, withHint(address, err)
	}
	if at, err := http.ParseTime(resp.Header.Get("Last-Modified")); err == nil {
		r.changed(at)
	}
	in := &input{name: "GET " + fetch.MaskURL(address), body: resp.Body, warn: r.env.Warn}
	if err := in.begin(c, address, resp.Header, resp.Body, resp.ContentLength); err != nil {
		in.Close()
		return nil, withHint(address, fmt.Errorf("%s: %w", in.name, err))
	}
	return in, nil
}

// accept asks those for data who would give people a page.
const accept = "text/csv, application/json, application/x-ndjson, */*;q=0.1"

func (r *run) openFile(ctx context.Context) (*input, error) {
	name := r.config.File
	if !filepath.IsAbs(name) {
		name = filepath.Join(r.config.Dir, name)
	}
	info, err := os.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: is not a file", name)
	}
	if err != nil {
		return nil, fmt.Errorf("file: %w", err)
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("file: %w", err)
	}
	r.changed(info.ModTime())
	in := &input{name: "file " + name, body: file, warn: r.env.Warn}
	if err := in.begin(r.config, name, nil, file, info.Size()); err != nil {
		in.Close()
		return nil, fmt.Errorf("%s: %w", in.name, err)
	}
	return in, ctx.Err()
}

// changed notes when the feed was changed last. A time to come is none.
func (r *run) changed(at time.Time) {
	now := r.env.Now()
	if at.After(now) {
		return
	}
	r.published = at.UTC()
	if r.config.Availability.ValidAt.given() {
		return
	}
	if stale := r.config.staleAfter(); now.Sub(at) > stale {
		r.env.Warn(source.Warning{
			Kind: "the feed is old", ID: r.config.Name,
			Sample: fmt.Sprintf("not changed since %s, which is longer than stale_after, %v: scheduled runs leave its records out",
				r.published.Format(time.RFC3339), stale),
		})
	}
}

// begin looks at how a body begins, whose size is not known if it is negative.
func (in *input) begin(c *Config, address string, header http.Header, body io.Reader, size int64) error {
	if size > mostBytes {
		return errTooLarge
	}
	start := bufio.NewReader(&limited{body, mostBytes})
	head, err := start.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	for _, other := range notText {
		if bytes.HasPrefix(head, []byte(other.start)) {
			return errors.New(other.what)
		}
	}
	// Other than with a mark for UTF-16, bytes stay as they are.
	decoded := transform.NewReader(start, unicode.BOMOverride(encoding.Nop.NewDecoder()))
	in.text = bufio.NewReaderSize(decoded, mostOfRecord)
	head, _ = in.text.Peek(1024) // if it fails, it will again
	if in.format = c.Format; in.format == "" {
		in.format = guessFormat(address, header, head)
	}
	return fetch.RefuseHTML(header, head)
}

// notText are beginnings of what people take for CSV.
var notText = []struct{ start, what string }{
	{"PK\x03\x04", "is an Excel workbook or a ZIP archive, not CSV: save it as CSV (UTF-8)"},
	{"\xD0\xCF\x11\xE0", "is an old Excel workbook, not CSV: save it as CSV (UTF-8)"},
	{"%PDF", "is a PDF document, not data"},
	{"\x1F\x8B", "is compressed: give the file as it was before"},
}

const (
	formatCSV    = "csv"
	formatJSON   = "json"
	formatNDJSON = "ndjson"
)

var byExtension = map[string]string{
	".csv": formatCSV, ".tsv": formatCSV, ".tab": formatCSV, ".json": formatJSON, ".geojson": formatJSON,
	".ndjson": formatNDJSON, ".jsonl": formatNDJSON,
}

var byContentType = map[string]string{
	"text/csv": formatCSV, "text/tab-separated-values": formatCSV, "application/csv": formatCSV,
	"application/json": formatJSON, "application/geo+json": formatJSON, "text/json": formatJSON,
	"application/x-ndjson": formatNDJSON, "application/ndjson": formatNDJSON, "application/jsonl": formatNDJSON,
	"application/x-jsonlines": formatNDJSON, "application/fhir+ndjson": formatNDJSON,
}

// formatByName tells the format by the extension, "" if that says nothing.
func formatByName(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		address = u.Path
	}
	return byExtension[strings.ToLower(filepath.Ext(address))]
}

// guessFormat tells the format by the name, the type that the server gives and the first
// character.
func guessFormat(address string, header http.Header, head []byte) string {
	if format := formatByName(address); format != "" {
		return format
	}
	kind, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
	if format := byContentType[kind]; format != "" {
		return format
	}
	if head = bytes.TrimSpace(head); len(head) > 0 && (head[0] == '{' || head[0] == '[') {
		return formatJSON
	}
	return formatCSV
}

var errTooLarge = fmt.Errorf("%w: more than %d MB", fetch.ErrTooLarge, mostBytes>>20)

// limited fails once more than so many bytes are read.
type limited struct {
	io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left < 0 {
		return 0, errTooLarge
	}
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.Reader.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return n - 1, errTooLarge
	}
	return n, err
}
