package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"

	"getmyvax.org/univaf"
)

// ErrGap says that the log no longer reaches back to where a follower stands, or
// that the database is not the one it followed: it must load anew.
var ErrGap = errors.New("the log has a gap")

// entryVersion is the form of log entries that this program writes. It reads this
// one and older ones.
const entryVersion = 1

// An Entry is one thing that readers can see and that a batch changed. Exactly one
// of its parts is set.
type Entry struct {
	Version      int                  `json:"v"`
	Location     *univaf.Location     `json:"location,omitempty"`     // its full new state
	Availability *univaf.Availability `json:"availability,omitempty"` // its full new state
	Checks       *Checks              `json:"checks,omitempty"`
}

// Checks says that a source looked again at some locations and found nothing new.
type Checks struct {
	Source    string    `json:"source"`
	ValidAt   time.Time `json:"valid_at"`
	CheckedAt time.Time `json:"checked_at"`
	// Reordered says that the sources of the locations now stand in another order, by
	// which what everybody sees of them changes.
	Reordered bool     `json:"reordered,omitempty"`
	IDs       []string `json:"ids"` // of the locations
}

// A Batch is one row of the log: what one transaction changed.
type Batch struct {
	Seq     int64
	Time    time.Time
	Entries []Entry
}

var (
	// Ids repeat nothing but are of few letters, so literals are always worth coding.
	encoder, _ = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithAllLitEntropyCompression(true))
	decoder, _ = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
)

// logTexts lends encodeEntries its buffer: a batch is megabytes of text, too much to
// make anew each time, or whenever the garbage was collected.
var logTexts = make(chan []byte, 1)

// encodeEntries gives the entries as zstd-compressed NDJSON.
func encodeEntries(entries []Entry) []byte {
	var b []byte
	select {
	case b = <-logTexts:
	default:
	}
	b = b[:0]
	for _, e := range entries {
		b = append(strconv.AppendInt(append(b, `{"v":`...), entryVersion, 10), ',')
		switch {
		case e.Location != nil:
			b = append(e.Location.AppendJSON(append(b, `"location":`...), true), '}')
		case e.Availability != nil:
			b = e.Availability.AppendJSON(append(b, `"availability":`...))
		default:
			b = e.Checks.appendJSON(append(b, `"checks":`...))
		}
		b = append(b, "}\n"...)
	}
	out := encoder.EncodeAll(b, make([]byte, 0, len(b)/8))
	select {
	case logTexts <- b:
	default:
	}
	return out
}

func (c *Checks) appendJSON(b []byte) []byte {
	text, _ := json.Marshal(c) // strings and times of years that have four digits always encode
	return append(b, text...)
}

func decodeEntries(data []byte) ([]Entry, error) {
	text, err := decoder.DecodeAll(data, nil)
	if err != nil {
		return nil, err
	}
	var entries []Entry
	for line := range bytes.Lines(text) {
		var e Entry
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, err
		}
		if e.Version > entryVersion {
			return nil, fmt.Errorf("entry of version %d, this program knows %d", e.Version, entryVersion)
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// recent holds the last batches that this process wrote, for followers in it: what
// was just encoded need not be read and decoded again.
type recent struct {
	mu      sync.Mutex
	epoch   string // of the database that has them: a restore gives it another one
	batches []Batch
}

// recentKept is how many they are. Who falls further behind reads the log.
const recentKept = 4

func (r *recent) add(epoch string, b Batch) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.batches); n > 0 && (r.batches[n-1].Seq+1 != b.Seq || r.epoch != epoch) { // another process wrote between
		r.batches = nil
	}
	r.epoch, r.batches = epoch, append(r.batches, b)
	r.batches = r.batches[max(0, len(r.batches)-recentKept):]
}

// after gives the batches behind seq, if the next one is here, and lets go of those
// before.
func (r *recent) after(epoch string, seq int64) []Batch {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.epoch != epoch {
		return nil
	}
	i := slices.IndexFunc(r.batches, func(b Batch) bool { return b.Seq == seq+1 })
	if i < 0 {
		if n := len(r.batches); n > 0 && r.batches[n-1].Seq <= seq {
			r.batches = nil
		}
		return nil
	}
	r.batches = slices.Clone(r.batches[i:])
	return slices.Clone(r.batches)
}

// ReadLog gives the batches after seq, oldest first, up to a page of them, and the
// greatest seq that is known. It gives ErrGap if the next batch is gone or if the
// database is not in the given epoch.
func (s *Store) ReadLog(ctx context.Context, epoch string, after int64) (batches []Batch, head int64, err error) {
	if own := s.recent.after(epoch, after); own != nil {
		return own, own[len(own)-1].Seq, nil
	}
	var now string
	const where = `SELECT h.seq, m.value FROM log_head h JOIN meta m ON m.key = 'epoch'`
	if err := s.reader.QueryRowContext(ctx, where).Scan(&head, &now); err != nil {
		return nil, 0, unavailable(err)
	}
	if now != epoch || head < after {
		return nil, head, ErrGap
	}
	if head == after {
		return nil, head, nil
	}
	rows, err := s.reader.QueryContext(ctx, `SELECT seq, time, entries FROM log WHERE seq > $1 ORDER BY seq LIMIT 50`, after)
	if err != nil {
		return nil, head, unavailable(err)
	}
	defer rows.Close()
	for rows.Next() {
		var (
			b    Batch
			at   int64
			data []byte
		)
		if err := rows.Scan(&b.Seq, &at, &data); err != nil {
			return nil, head, unavailable(err)
		}
		if b.Seq != after+1 {
			return nil, head, ErrGap
		}
		after, b.Time = b.Seq, time.UnixMilli(at).UTC()
		if b.Entries, err = decodeEntries(data); err != nil {
			return nil, head, fmt.Errorf("log row %d: %w", b.Seq, err)
		}
		batches = append(batches, b)
	}
	if err := rows.Err(); err != nil {
		return nil, head, unavailable(err)
	}
	if len(batches) == 0 {
		return nil, head, ErrGap
	}
	return batches, head, nil
}
