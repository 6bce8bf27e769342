package smart

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/klauspost/compress/zstd"
)

// A slotStore holds slots until all files are read, since those of a place may stand
// anywhere. It packs them, some 200 bytes each, and puts what is more than memory should
// hold into a temporary file: publishers have millions.
type slotStore struct {
	most  int // bytes in memory
	size  int // bytes in memory now
	parts []slotPart
	file  *os.File // has no name any more; nil until there is something to put there
	end   int64    // of file
}

// A slotPart holds the slots of places that stand next to one another.
type slotPart struct {
	rows   []byte
	frames []frame // of earlier rows, in the file
}

// A frame is a part of the file: compressed rows.
type frame struct {
	offset       int64
	length, rows int
}

const (
	slotParts = 64
	// slotMemory is how many bytes of packed slots are kept in memory.
	slotMemory = 64 << 20
)

func newSlotStore(most int) *slotStore {
	return &slotStore{most: most, parts: make([]slotPart, slotParts)}
}

// A slotRow is a slot with the numbers of its place, schedule and file.
type slotRow struct {
	place, schedule, file int
	slot                  Slot // without its reference to the schedule
}

// add keeps a row in a part. The rows of a part come out in the order of add.
func (s *slotStore) add(part int, r *slotRow) error {
	p := &s.parts[part]
	before := len(p.rows)
	p.rows = r.append(p.rows)
	if s.size += len(p.rows) - before; s.size > s.most {
		return s.spill()
	}
	return nil
}

// spill moves all rows to the file.
func (s *slotStore) spill() error {
	if s.file == nil {
		file, err := os.CreateTemp("", "univaf-slots-*")
		if err != nil {
			return fmt.Errorf("keeping slots: %w", err)
		}
		s.file = file
		_ = os.Remove(file.Name()) // where that fails, the system cleans up
	}
	for i := range s.parts {
		p := &s.parts[i]
		if len(p.rows) == 0 {
			continue
		}
		packed := slotEncoder.EncodeAll(p.rows, nil)
		if _, err := s.file.WriteAt(packed, s.end); err != nil {
			return fmt.Errorf("keeping slots: %w", err)
		}
		p.frames = append(p.frames, frame{s.end, len(packed), len(p.rows)})
		s.end += int64(len(packed))
		p.rows = p.rows[:0]
	}
	s.size = 0
	return nil
}

var (
	slotEncoder, _ = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	slotDecoder, _ = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
)

// take gives the rows of a part and forgets them.
func (s *slotStore) take(part int) ([]slotRow, error) {
	p := &s.parts[part]
	total := len(p.rows)
	for _, f := range p.frames {
		total += f.rows
	}
	rows := make([]byte, 0, total)
	var packed []byte
	for _, f := range p.frames {
		packed = slices.Grow(packed[:0], f.length)[:f.length]
		if _, err := s.file.ReadAt(packed, f.offset); err != nil {
			return nil, fmt.Errorf("slots that were kept: %w", err)
		}
		var err error
		if rows, err = slotDecoder.DecodeAll(packed, rows); err != nil {
			return nil, fmt.Errorf("slots that were kept: %w", err)
		}
	}
	rows = append(rows, p.rows...)
	*p = slotPart{}
	return unpackRows(rows)
}

func (s *slotStore) close() {
	if s.file != nil {
		_ = s.file.Close()
	}
}

func (r *slotRow) append(b []byte) []byte {
	for _, n := range []int{r.place, r.schedule, r.file, len(r.slot.Extension)} {
		b = binary.AppendUvarint(b, uint64(n))
	}
	s := &r.slot
	for _, text := range []string{s.ResourceType, s.ID, s.Status, string(s.Start), string(s.End)} {
		b = appendText(b, text)
	}
	for i := range s.Extension {
		e := &s.Extension[i]
		b = appendText(appendText(b, e.URL), e.Name)
		b = binary.AppendUvarint(b, uint64(len(e.Value)))
		b = append(b, e.Value...)
	}
	return b
}

// appendText packs a text: twice its length before it, or its number among those that
// come all the time.
func appendText(b []byte, text string) []byte {
	if i, found := knownNumbers[text]; found {
		return binary.AppendUvarint(b, uint64(i)<<1|1)
	}
	b = binary.AppendUvarint(b, uint64(len(text))<<1)
	return append(b, text...)
}

var (
	knownTexts   = sortedNames()
	knownNumbers = numbered(knownTexts)
)

func sortedNames() []string {
	var names []string
	for name := range knownNames {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func numbered(texts []string) map[string]int {
	numbers := map[string]int{}
	for i, text := range texts {
		numbers[text] = i
	}
	return numbers
}

// An unpacker reads packed rows. Texts are parts of text, which is the same as rows, so
// that none need be copied.
type unpacker struct {
	rows []byte
	text string
	i    int
	bad  bool
}

var errBadRows = errors.New("slots that were kept: they are not as they were")

func unpackRows(rows []byte) (list []slotRow, err error) {
	u := &unpacker{rows: rows, text: string(rows)}
	for u.i < len(rows) && !u.bad {
		var r slotRow
		r.place, r.schedule, r.file = u.number(), u.number(), u.number()
		extensions := u.number()
		s := &r.slot
		s.ResourceType, s.ID, s.Status = u.string(), u.string(), u.string()
		s.Start, s.End = Instant(u.string()), Instant(u.string())
		for range extensions {
			if u.bad {
				break
			}
			e := Extension{URL: u.string(), Name: u.string()}
			if start, end := u.span(u.number()); end > start {
				e.Value = u.rows[start:end:end]
			}
			s.Extension = append(s.Extension, e)
		}
		list = append(list, r)
	}
	if u.bad {
		return nil, errBadRows
	}
	return list, nil
}

func (u *unpacker) number() int {
	n, size := binary.Uvarint(u.rows[u.i:])
	if size <= 0 {
		u.bad = true
		return 0
	}
	u.i += size
	return int(n)
}

func (u *unpacker) string() string {
	n := u.number()
	if n&1 == 1 {
		if n >>= 1; n < len(knownTexts) {
			return knownTexts[n]
		}
		u.bad = true
		return ""
	}
	start, end := u.span(n >> 1)
	return u.text[start:end]
}

// span takes the next n bytes.
func (u *unpacker) span(n int) (start, end int) {
	if u.bad || n < 0 || n > len(u.rows)-u.i {
		u.bad = true
		return 0, 0
	}
	start = u.i
	u.i += n
	return start, u.i
}
