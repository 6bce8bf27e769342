package api

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/catalog"
)

// writeTimeout is how long a client may take to read a part of an answer.
const writeTimeout = time.Minute

// An answer is a body that a client may have already.
type answer struct {
	contentType string
	private     bool
	// What the body depends on, besides the address: seq and count are those of
	// catalog.View.Version.
	view  *catalog.View
	seq   int64
	count int
	id    string // of the one location that it shows
	write func(w io.Writer) error
}

// respond writes the answer, or 304 if the client has it.
func (s *Server) respond(w http.ResponseWriter, r *http.Request, d *dialect, a answer) error {
	h := w.Header()
	encoding := negotiate(r.Header.Get("Accept-Encoding"))
	tag := s.etag(r, d, a, encoding)
	h.Set("Vary", "Accept-Encoding")
	h.Set("ETag", tag)
	h.Set("Univaf-As-Of", univaf.FormatTime(s.Catalog.AsOf()))
	scope := "public"
	if a.private {
		scope = "private"
		h.Add("Vary", "X-Api-Key")
	}
	setCache(w, scope, dataAge)
	if matches(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", a.contentType)
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	if r.Method == http.MethodHead {
		return nil
	}
	zip := newCompressor(s.patient(w), encoding)
	if err := a.write(zip); err != nil {
		panic(http.ErrAbortHandler) // half an answer must not look like a whole one
	}
	if err := zip.Close(); err != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}

// etag is a strong validator (RFC 9110, section 8.8.3): equal tags mean equal bytes,
// on every replica.
func (s *Server) etag(r *http.Request, d *dialect, a answer, encoding string) string {
	sum := sha256.New()
	for _, part := range []string{
		a.view.Epoch, s.Build, s.Base(r), strconv.FormatBool(s.Demo != nil), d.prefix,
		strconv.FormatInt(a.seq, 10), strconv.Itoa(a.count), a.id,
		r.URL.EscapedPath(), r.URL.RawQuery, strconv.FormatBool(a.private), encoding,
	} {
		fmt.Fprintf(sum, "%d:%s,", len(part), part)
	}
	return `"` + base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:16]) + `"`
}

// matches reads If-None-Match (RFC 9110, section 13.1.2).
func matches(header, tag string) bool {
	for one := range strings.SplitSeq(header, ",") {
		one = strings.TrimSpace(one)
		if one == "*" || strings.TrimPrefix(one, "W/") == tag {
			return true
		}
	}
	return false
}

// negotiate chooses a content coding (RFC 9110, section 12.5.3): of those that the
// client likes best zstd, then gzip, then none.
func negotiate(header string) string {
	best, bestWeight := "", 0.0
	for _, coding := range []string{"zstd", "gzip"} {
		if weight := weightOf(header, coding); weight > bestWeight {
			best, bestWeight = coding, weight
		}
	}
	return best
}

func weightOf(header, coding string) float64 {
	rest := 0.0
	for one := range strings.SplitSeq(header, ",") {
		name, parameter, _ := strings.Cut(one, ";")
		weight := 1.0
		if q, found := strings.CutPrefix(strings.TrimSpace(parameter), "q="); found {
			w, err := strconv.ParseFloat(strings.TrimSpace(q), 64)
			if err != nil {
				w = 0
			}
			weight = w
		}
		switch strings.ToLower(strings.TrimSpace(name)) {
		case coding, "x-" + coding:
			return weight
		case "*":
			rest = weight
		}
	}
	return rest
}

var (
	gzips = sync.Pool{New: func() any { return gzip.NewWriter(io.Discard) }}
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
	switch encoding {
	case "gzip":
		z := gzips.Get().(*gzip.Writer)
		z.Reset(w)
		return compressor{z, func() error { defer gzips.Put(z); return z.Close() }}
	case "zstd":
		z := zstds.Get().(*zstd.Encoder)
		z.Reset(w)
		return compressor{z, func() error { defer zstds.Put(z); return z.Close() }}
	}
	return compressor{w, func() error { return nil }}
}

// A patientWriter gives the client time for each part, not for the whole: a long
// stream to a slow reader is fine, a reader that stopped is not.
type patientWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
	now     func() time.Time
}

func (s *Server) patient(w http.ResponseWriter) *patientWriter {
	return &patientWriter{w: w, control: http.NewResponseController(w), now: s.Now}
}

func (p *patientWriter) Write(b []byte) (int, error) {
	_ = p.control.SetWriteDeadline(p.now().Add(writeTimeout)) // not all servers have deadlines
	return p.w.Write(b)
}
