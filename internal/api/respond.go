package api

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"getmyvax.org/univaf/internal/catalog"
)

// writeTimeout is how long a client may take to read a part of an answer.
const writeTimeout = time.Minute

// part is how much is written at once. Parts of a hundred kilobytes and more cost the
// least; several parts let a slow client show that it still reads.
const part = 128 << 10

// An answer is a body that a client may have already.
type answer struct {
	contentType []string
	private     bool
	// What the body depends on, besides the address. Every change makes another seq,
	// or, where something goes, another count or last.
	view  *catalog.View
	seq   int64
	count int
	last  string // id of the last, or only, location that it shows
	links bool   // whether it has links, which start as the request's host has it
	trust uint64 // what it shows besides, of how far to rely on it: see dialect.addTrust
	// weak: equal tags mean the same to clients, but for when sources looked.
	weak bool
	// modified is when what it shows last changed, the zero Time if that is not said.
	modified time.Time
	// size is how many bytes write writes, -1 if that is not known.
	size int
	// keep: many clients ask for it, and it takes long to compress.
	keep  bool
	write func(w io.Writer) error
}

// respond writes the answer, or 304 if the client has it.
func (s *Server) respond(w http.ResponseWriter, r *http.Request, d *dialect, a answer) error {
	h := w.Header()
	encoding := negotiate(r.Header.Get("Accept-Encoding"))
	tag := s.etag(r, d, &a, encoding)
	shown := tag
	if a.weak {
		shown = "W/" + tag
	}
	setHeader(h, "Etag", []string{shown})
	if !a.modified.IsZero() {
		h.Set("Last-Modified", a.modified.UTC().Format(http.TimeFormat))
	}
	s.setAsOf(h)
	if a.private {
		setHeader(h, "Vary", varyEncodingAndKey)
		setHeader(h, "Cache-Control", cachePrivate)
	} else {
		setHeader(h, "Vary", varyEncoding)
		setHeader(h, "Cache-Control", cacheData)
	}
	if matches(r.Header.Get("If-None-Match"), tag) || unmodified(r, a.modified) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	setHeader(h, "Content-Type", a.contentType)
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	} else if a.size >= 0 {
		setLength(h, a.size)
	}
	if r.Method == http.MethodHead {
		return nil
	}
	if err := s.writeBody(w, r, tag, encoding, &a); err != nil {
		panic(http.ErrAbortHandler) // half an answer must not look like a whole one
	}
	return nil
}

func setLength(h http.Header, n int) {
	setHeader(h, "Content-Length", []string{strconv.Itoa(n)})
}

func (s *Server) writeBody(w http.ResponseWriter, r *http.Request, tag, encoding string, a *answer) error {
	switch {
	case encoding != "" && a.keep && !a.private:
		body, err := s.kept.get(r.Context(), tag, func() ([]byte, error) { return compress(a.write, encoding) })
		if err != nil {
			return err
		}
		setLength(w.Header(), len(body))
		_, err = s.patient(w).Write(body)
		return err
	case encoding != "":
		zip := newCompressor(s.patient(w), encoding)
		if err := a.write(zip); err != nil {
			return err
		}
		return zip.Close()
	case a.size >= 0 && a.size <= part: // it goes at once
		inOnePiece(r, a.size)
		return a.write(w)
	}
	return a.write(s.patient(w))
}

// etag is a strong validator (RFC 9110, section 8.8.3): equal tags mean equal bytes,
// on every replica.
func (s *Server) etag(r *http.Request, d *dialect, a *answer, encoding string) string {
	var space [512]byte
	b := space[:0]
	add := func(part string) {
		b = append(strconv.AppendInt(b, int64(len(part)), 10), ':')
		b = append(b, part...)
	}
	for _, part := range [...]string{a.view.Epoch, s.Build, d.prefix, a.last, r.URL.EscapedPath(), r.URL.RawQuery, encoding} {
		add(part)
	}
	if a.links {
		add(s.Base(r))
	}
	for _, flag := range [...]bool{s.Demo != nil, a.private, a.links} {
		b = strconv.AppendBool(b, flag)
	}
	b = append(strconv.AppendInt(b, a.seq, 10), ',')
	b = strconv.AppendInt(b, int64(a.count), 10)
	b = strconv.AppendUint(append(b, ','), a.trust, 10)
	sum := sha256.Sum256(b)
	tag := append(space[:0], '"')
	tag = base64.RawURLEncoding.AppendEncode(tag, sum[:16])
	return string(append(tag, '"'))
}

// matches reads If-None-Match (RFC 9110, section 13.1.2).
func matches(header, tag string) bool {
	for header != "" {
		var one string
		one, header, _ = strings.Cut(header, ",")
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
	if header == "" {
		return ""
	}
	best, bestWeight := "", 0.0
	for _, coding := range [...]string{"zstd", "gzip"} {
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

// maxWrite is the most that one deadline is for. 1 MB in a minute is a slow telephone.
const maxWrite = 1 << 20

func (p *patientWriter) Write(b []byte) (n int, err error) {
	for {
		_ = p.control.SetWriteDeadline(p.now().Add(writeTimeout)) // not all servers have deadlines
		wrote, err := p.w.Write(b[n:min(n+maxWrite, len(b))])
		if n += wrote; err != nil || n == len(b) {
			return n, err
		}
	}
}
