// Package past reads back what was: archives and databases of the old system, in the forms
// that they had over the years.
//
// It must not know of HTTP handlers, nor how rows are kept.
package past

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/ingest"
)

// A Sink takes updates, in order; *ingest.Ingester is one.
type Sink interface {
	Enqueue(ctx context.Context, u ingest.Update) (*ingest.Pending, error)
}

// A Count says what became of the rows of a table.
type Count struct {
	Read, Created, Updated, Unchanged int
	Skipped                           int  // lines that are no record
	Truncated                         bool // the table ends too soon
}

// An Import brings tables of the old form in.
type Import struct {
	Tables Tables
	Sink   Sink
	// Warn is told what is wrong with a line, 0 for a whole file.
	Warn func(file string, line int, err error)

	mu      sync.Mutex
	current string
	counts  map[string]*Count
	room    *semaphore.Weighted           // for what is being read and written, in bytes
	ids     map[string]univaf.ExternalIDs // of the archive's locations
}

// Counts gives what became of the rows so far, by table, and which table is at hand.
func (m *Import) Counts() (all map[string]Count, current string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	all = map[string]Count{}
	for table, c := range m.counts {
		all[table] = *c
	}
	return all, m.current
}

func (m *Import) begin(table string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.current = table; m.counts[table] == nil {
		m.counts[table] = &Count{}
	}
}

// count changes the count of the table at hand.
func (m *Import) count(f func(*Count)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f(m.counts[m.current])
}

func (m *Import) skip(table string, line int, err error) {
	m.count(func(c *Count) { c.Skipped++ })
	m.Warn(m.Tables.Name(table), line, err)
}

// mostIDs bounds the external ids that are held until their locations come: some forty
// times as many as there ever were.
const mostIDs = 20_000_000

// Run brings everything in: external ids, locations, and what sources last said. It may be
// run again at any time, after any end: what stands already is left as it is.
func (m *Import) Run(ctx context.Context) error {
	m.counts, m.ids, m.room = map[string]*Count{}, map[string]univaf.ExternalIDs{}, semaphore.NewWeighted(mostWaiting)
	if err := m.readIDs(ctx); err != nil {
		return err
	}
	seen := map[string]bool{}
	var mu sync.Mutex
	archive := &ingest.Archive{Holds: func(id string) bool {
		mu.Lock()
		defer mu.Unlock()
		return m.ids[id] != nil || seen[id]
	}}
	err := m.send(ctx, locationsTable, func(row []byte) (u ingest.Update, warnings []string, err error) {
		id := locationID(row)
		if u, warnings, err = readLocation(row, m.ids[id]); err == nil {
			u.Archive = archive
			if m.ids[id] == nil { // its ids are in the row
				mu.Lock()
				seen[id] = true
				mu.Unlock()
			}
		}
		return u, warnings, err
	})
	if err != nil {
		return err
	}
	return m.availability(ctx, archive)
}

// locationID gives the id in a row, if the row is worth reading at all.
func locationID(row []byte) string {
	if univaf.ValidateJSON(row) != nil || row[0] != '{' {
		return ""
	}
	for name, value := range univaf.Members(row) {
		if string(name) == "id" {
			return strings.ToLower(text(value))
		}
	}
	return ""
}

// readIDs reads the table of external ids, if there is one.
func (m *Import) readIDs(ctx context.Context) error {
	m.begin(externalIDsTable)
	systems := map[string]string{} // of which there are few
	n := 0
	for row, err := range m.Tables.Rows(ctx, externalIDsTable) {
		if isMissing(err) {
			return nil // they are in the rows of the locations
		}
		if err := m.ended(externalIDsTable, err); err != nil {
			return err
		}
		if err != nil {
			break
		}
		m.count(func(c *Count) { c.Read++ })
		location, id, err := readRow(row)
		if err != nil {
			m.skip(externalIDsTable, row.Line, err)
			continue
		}
		if n++; n > mostIDs {
			return fmt.Errorf("%s: there are more than %d external ids", m.Tables.Name(externalIDsTable), mostIDs)
		}
		system, known := systems[id.System]
		if !known {
			system = id.System
			systems[system] = system
		}
		m.ids[location] = append(m.ids[location], univaf.ExternalID{System: system, Value: id.Value})
	}
	return nil
}

func readRow(row Row) (location string, id univaf.ExternalID, err error) {
	if row.Err != nil {
		return "", id, row.Err
	}
	return readExternalID(row.JSON)
}

// ended tells of a table that ends too soon, and gives other errors.
func (m *Import) ended(table string, err error) error {
	if err == nil || !errors.Is(err, ErrTruncated) {
		if err != nil {
			return fmt.Errorf("%s: %w", m.Tables.Name(table), err)
		}
		return nil
	}
	m.count(func(c *Count) { c.Truncated = true })
	line := 0
	m.count(func(c *Count) { line = c.Read + 1 })
	m.Warn(m.Tables.Name(table), line, err)
	return nil
}

// A chunk is some rows that one processor reads.
type chunk struct {
	text    []byte // of all rows
	rows    []Row
	records []record
	read    chan struct{} // closed when there are records
}

// chunkRows and chunkBytes bound a chunk.
const (
	chunkRows  = 200
	chunkBytes = 1 << 20
)

// A wait is for an update that is being written.
type wait struct {
	record
	pending *ingest.Pending
}

// mostWaiting bounds the text of rows that are being written: those with the slots of weeks
// are long.
const mostWaiting = 64 << 20

// send reads a table on all processors and sends what it says, in its order.
func (m *Import) send(ctx context.Context, table string, read func(row []byte) (ingest.Update, []string, error)) error {
	m.begin(table)
	group, ctx := errgroup.WithContext(ctx)
	readers := runtime.GOMAXPROCS(0)
	toRead, inOrder := make(chan *chunk, readers), make(chan *chunk, 2*readers)
	waits := make(chan wait, 20000)
	group.Go(func() error {
		defer close(toRead)
		defer close(inOrder)
		return m.chunks(ctx, table, toRead, inOrder)
	})
	for range readers {
		group.Go(func() error {
			for c := range toRead {
				c.readAll(read)
			}
			return nil
		})
	}
	group.Go(func() error {
		defer close(waits)
		return m.enqueue(ctx, table, inOrder, waits)
	})
	group.Go(func() error {
		var failed error
		for w := range waits { // to the end, so that nobody is left waiting to tell
			if failed == nil {
				failed = m.await(ctx, table, w)
			}
		}
		return failed
	})
	return group.Wait()
}

// chunks reads a table and hands chunks of it to those who read rows and, in order, to
// those who send them.
func (m *Import) chunks(ctx context.Context, table string, toRead, inOrder chan<- *chunk) error {
	c := &chunk{read: make(chan struct{})}
	flush := func() error {
		for _, to := range []chan<- *chunk{toRead, inOrder} {
			select {
			case to <- c:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		c = &chunk{read: make(chan struct{})}
		return nil
	}
	for row, err := range m.Tables.Rows(ctx, table) {
		if isMissing(err) {
			return fmt.Errorf("%s: %w", m.Tables.Name(table), err)
		}
		if err := m.ended(table, err); err != nil {
			return err
		}
		if err != nil {
			break
		}
		m.count(func(n *Count) { n.Read++ })
		start := len(c.text)
		c.text = append(c.text, row.JSON...)
		row.JSON = c.text[start:] // what it was before is kept where it stood
		c.rows = append(c.rows, row)
		if len(c.rows) >= chunkRows || len(c.text) >= chunkBytes {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

func (c *chunk) readAll(read func(row []byte) (ingest.Update, []string, error)) {
	for _, row := range c.rows {
		r := record{line: row.Line, size: int64(len(row.JSON)), err: row.Err}
		if r.err == nil {
			r.update, r.warnings, r.err = read(row.JSON)
		}
		c.records = append(c.records, r)
	}
	close(c.read)
}

func (m *Import) enqueue(ctx context.Context, table string, inOrder <-chan *chunk, waits chan<- wait) error {
	for c := range inOrder {
		select {
		case <-c.read:
		case <-ctx.Done():
			return ctx.Err()
		}
		for _, r := range c.records {
			if r.err != nil {
				m.skip(table, r.line, r.err)
				continue
			}
			if err := m.room.Acquire(ctx, r.size); err != nil {
				return err
			}
			pending, err := m.Sink.Enqueue(ctx, r.update)
			if err != nil {
				return err
			}
			r.update = ingest.Update{} // nobody needs it any more
			select {
			case waits <- wait{r, pending}:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return nil
}

// await counts what became of an update.
func (m *Import) await(ctx context.Context, table string, w wait) error {
	result, err := w.pending.Wait(ctx)
	m.room.Release(w.size)
	switch {
	case errors.Is(err, univaf.ErrUnavailable) || ctx.Err() != nil:
		return err
	case err != nil:
		m.skip(table, w.line, asRow(table, err))
		return nil
	}
	for _, warning := range append(w.warnings, result.Warnings...) {
		m.Warn(m.Tables.Name(table), w.line, errors.New(warning))
	}
	action := result.Location
	if table != locationsTable {
		action = result.Availability
	}
	m.count(func(c *Count) {
		switch action {
		case ingest.Created:
			c.Created++
		case ingest.Updated:
			c.Updated++
		default:
			c.Unchanged++
		}
	})
	return nil
}

var errNoLocation = errors.New("there is no such location, neither in the archive nor in the database")

// asRow says what is wrong with a row rather than with the update that it became.
func asRow(table string, err error) error {
	faults := univaf.FieldErrors(nil)
	if table != locationsTable && errors.As(err, &faults) {
		for _, fault := range faults {
			if fault.Pointer == "/name" {
				return errNoLocation
			}
		}
	}
	return err
}

// availability brings in what sources last said, from the table or, on days that have none,
// from the log.
func (m *Import) availability(ctx context.Context, archive *ingest.Archive) error {
	past := func(row []byte) (ingest.Update, []string, error) {
		u, warnings, err := readAvailability(row)
		u.Archive = archive
		return u, warnings, err
	}
	err := m.send(ctx, availabilityTable, past)
	if !isMissing(err) {
		return err
	}
	m.Warn(m.Tables.Name(availabilityTable), 0, errors.New("is not there: what sources said is taken from the log of the day"))
	return m.sendLog(ctx, past)
}
