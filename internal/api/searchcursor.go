package api

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"getmyvax.org/univaf/internal/catalog"
)

// A search's cursor is, in URL-safe base64: the hash of what is looked for, the minute at
// which its first page was asked for, if that matters, and the mark of the last match.
const cursorHead = 8 + 8

// cursor writes the cursor of what comes behind the mark.
func (q *search) cursor(m catalog.SortMark) string {
	at := int64(0)
	if q.clocked {
		at = q.Now.Unix()
	}
	b := binary.BigEndian.AppendUint64(nil, q.query)
	b = binary.BigEndian.AppendUint64(b, uint64(at))
	b = binary.AppendVarint(b, m.Key)
	b = append(append(b, m.Text...), 0)
	return base64.RawURLEncoding.EncodeToString(append(b, m.ID...))
}

// after reads where to go on. What depends on the clock stays as it was for the first
// page, or it would give places twice.
func (p *parameterReader) after(q *search) {
	text := p.values.Get("page_next")
	if text == "" {
		return
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) <= cursorHead {
		p.fail("page_next", "must be as links.next gives it")
		return
	}
	if binary.BigEndian.Uint64(b) != q.query {
		p.fail("page_next", "is of another search: begin this one without it")
		return
	}
	mark, ok := readMark(b[cursorHead:])
	if !ok {
		p.fail("page_next", "must be as links.next gives it")
		return
	}
	q.After = &mark
	if !q.clocked {
		return
	}
	at := time.Unix(int64(binary.BigEndian.Uint64(b[8:])), 0).UTC()
	if age := q.Now.Sub(at); age > cursorAge || age < -clockSkew {
		p.fail("page_next", "is older than a day: begin the search again without it")
		return
	}
	q.Now = at
}

const (
	// cursorAge is how long a cursor is good for.
	cursorAge = 24 * time.Hour
	// clockSkew is how far the clocks of replicas may be apart.
	clockSkew = 5 * time.Minute
)

func readMark(b []byte) (m catalog.SortMark, ok bool) {
	key, n := binary.Varint(b)
	if n <= 0 {
		return m, false
	}
	text, id, found := strings.Cut(string(b[n:]), "\x00")
	if _, err := uuid.Parse(id); err != nil || !found || !utf8.ValidString(text) {
		return m, false
	}
	return catalog.SortMark{Key: key, Text: text, ID: id}, true
}
