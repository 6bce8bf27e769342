package archive

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/store"
)

// readPresent fills a picture with what the database holds, and gives the last entry of
// the log that is in it.
func (a *Archive) readPresent(ctx context.Context, p *picture) (seq int64, err error) {
	var mu sync.Mutex
	var failed error
	set := func(place store.Place) {
		mu.Lock()
		defer mu.Unlock()
		if failed == nil {
			failed = p.setPlace(&place)
		}
	}
	_, seq, err = a.Store.Snapshot(ctx, set, set)
	return seq, errors.Join(err, failed)
}

func (p *picture) setPlace(place *store.Place) error {
	if err := p.setLocation(&place.Location); err != nil {
		return err
	}
	for i := range place.Records {
		if err := p.setRecord(&place.Records[i]); err != nil {
			return err
		}
	}
	return nil
}

// readBase fills a picture with the state that a day of the archive has.
func (a *Archive) readBase(ctx context.Context, p *picture, m *manifest) error {
	ids := map[string]univaf.ExternalIDs{}
	err := a.Bucket.eachLine(ctx, m, externalIDsTable, func(line []byte) error {
		var row externalIDRow
		err := json.Unmarshal(line, &row)
		ids[row.LocationID] = append(ids[row.LocationID], univaf.ExternalID{System: row.System, Value: row.Value})
		return err
	})
	if err != nil {
		return err
	}
	err = a.Bucket.eachLine(ctx, m, locationsTable, func(line []byte) error {
		var l univaf.Location
		if err := l.UnmarshalJSON(line); err != nil {
			return err
		}
		l.ExternalIDs = ids[l.ID]
		return p.setLocation(&l)
	})
	if err != nil {
		return err
	}
	return a.Bucket.eachLine(ctx, m, availabilityTable, func(line []byte) error {
		var r univaf.Availability
		if err := r.UnmarshalJSON(line); err != nil {
			return err
		}
		return p.setRecord(&r)
	})
}

// maxLineSize is the longest that a line of a file may be, in bytes.
const maxLineSize = 64 << 20

// eachLine reads a table of a day, and makes sure that the file is the one that the
// manifest means.
func (b *Bucket) eachLine(ctx context.Context, m *manifest, table string, f func(line []byte) error) error {
	meant, ok := m.file(table, ndjson)
	if !ok {
		return fmt.Errorf("%s: the manifest of %s names no %s", b.Name, m.Date, table)
	}
	r, err := b.open(ctx, meant.Path)
	if err != nil {
		return err
	}
	defer r.Close()
	sum := sha256.New()
	in := io.TeeReader(bufio.NewReaderSize(r, 1<<16), sum)
	n := int64(0)
	err = eachLine(in, func(line []byte) error {
		n++
		if err := f(line); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		return nil
	})
	if err != nil {
		return b.failed("read", meant.Path, err)
	}
	if _, err := io.Copy(io.Discard, in); err != nil {
		return b.failed("read", meant.Path, err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != meant.SHA256 {
		return fmt.Errorf("%s in %s is not the file that its manifest tells of", meant.Path, b.Name)
	}
	return nil
}

// eachLine reads gzipped NDJSON.
func eachLine(r io.Reader, f func(line []byte) error) error {
	z, err := gzip.NewReader(r)
	if err != nil {
		return err
	}
	scanner := bufio.NewScanner(z)
	scanner.Buffer(make([]byte, 0, 1<<16), maxLineSize)
	for scanner.Scan() {
		if line := bytes.TrimSpace(scanner.Bytes()); len(line) > 0 {
			if err := f(line); err != nil {
				return err
			}
		}
	}
	return scanner.Err()
}

// describe looks at a file that is in the place of another.
func (b *Bucket) describe(ctx context.Context, f *file) (there file, err error) {
	there = file{Path: f.Path, Table: f.Table, Format: f.Format, Kept: true}
	r, err := b.open(ctx, f.Path)
	if err != nil {
		return there, err
	}
	defer r.Close()
	sum := sha256.New()
	in := io.TeeReader(&counter{r, &there.Bytes}, sum)
	if f.Format == ndjson {
		err = eachLine(in, func([]byte) error { there.Rows++; return nil })
		if err != nil && ctx.Err() == nil {
			err = nil // it is larger and stays, whatever it is
		}
	}
	if err == nil {
		_, err = io.Copy(io.Discard, in)
	}
	there.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return there, err
}

// A counter counts the bytes that are read.
type counter struct {
	io.Reader
	n *int64
}

// Read reads.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	*c.n += int64(n)
	return n, err
}

// reveal completes what the archive of the day before does not tell of places that were
// not public then: what the sources say of them, if that has not changed since the day's
// end.
func (a *Archive) reveal(ctx context.Context, p *picture, l *logPass, s span, m *manifest) error {
	if len(l.revealed) == 0 {
		return nil
	}
	unsure := 0
	var failed error
	_, _, err := a.Store.Snapshot(ctx, func(place store.Place) {
		if !l.revealed[place.Location.ID] || failed != nil {
			return
		}
		for i := range place.Records {
			r := &place.Records[i]
			at := p.record(recordKey{p.place(r.LocationID), p.source(r.Source)})
			switch {
			case !at.content.isNone():
			case place.Seq <= s.last:
				failed = errors.Join(failed, p.setRecord(r))
			default:
				unsure++
			}
		}
	})
	if unsure > 0 {
		m.KnownGaps = append(m.KnownGaps, gap{
			[]string{availabilityTable}, fmt.Sprintf("%d records of places that became public on this day are missing", unsure),
		})
	}
	return errors.Join(err, failed)
}
