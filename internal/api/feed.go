package api

import (
	"context"
	"net/http"
	"sync"
	"time"

	"getmyvax.org/univaf/internal/catalog"
)

// A feed tells those who wait for changes that there is a new view. One of them more
// costs a connection and little else: what they are sent is rendered once for all who ask
// the same and stand at the same place, and who is slow skips what has changed again.
type feed struct {
	catalog *catalog.Catalog
	now     func() time.Time

	mu        sync.Mutex
	listeners int
	current   *moment // nil while nobody listens
	stop      context.CancelFunc
}

// mostListeners is how many may wait at once. Each takes some 25 kB.
const mostListeners = 10_000

var tooManyListeners = apiError{
	Status: http.StatusServiceUnavailable, Code: "unavailable",
	Message: "Too many clients wait for changes here; please try again later, or ask without wait",
}

// join makes room for a listener, until leave is called.
func (f *feed) join() (leave func(), err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.listeners == mostListeners {
		return nil, tooManyListeners
	}
	if f.listeners++; f.listeners == 1 {
		var ctx context.Context
		ctx, f.stop = context.WithCancel(context.Background())
		f.current = f.moment(f.catalog.View())
		go f.follow(ctx, f.current.view)
	}
	return f.leave, nil
}

func (f *feed) leave() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.listeners--; f.listeners == 0 {
		f.stop()
		f.current = nil
	}
}

// Waking many takes time, so it is not done more often than these say together: after a
// quiet time at once, while much changes with so much delay.
const (
	leastPause       = 10 * time.Millisecond
	pauseForListener = 10 * time.Microsecond
)

// lookAgain is how often a view of another epoch is looked for, which may have a lower seq.
const lookAgain = time.Second

// follow makes a moment of each new view.
func (f *feed) follow(ctx context.Context, seen *catalog.View) {
	for ctx.Err() == nil {
		soon, cancel := context.WithTimeout(ctx, lookAgain)
		v := f.catalog.WaitFor(soon, seen.Seq+1)
		cancel()
		if v == seen {
			continue
		}
		seen = v
		select {
		case <-time.After(f.begin(ctx, v)):
		case <-ctx.Done():
		}
	}
}

// begin makes the view the current moment, wakes all, and says how long to leave them
// alone then.
func (f *feed) begin(ctx context.Context, v *catalog.View) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	if ctx.Err() == nil {
		close(f.current.over)
		f.current = f.moment(v)
	}
	return leastPause + time.Duration(f.listeners)*pauseForListener
}

// newest gives the newest moment. Nobody should hold it while waiting for a client: it
// keeps a view in memory. What it gives does not.
func (f *feed) newest() *moment {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.current
}

// A moment is a view, with what listeners were given of it.
type moment struct {
	view *catalog.View
	pick catalog.Pick
	over chan struct{} // closed when there is a newer one

	mu     sync.Mutex
	frames map[stand]*frames
	size   int // of what is kept
}

func (f *feed) moment(v *catalog.View) *moment {
	return &moment{view: v, pick: f.pick(), over: make(chan struct{}), frames: map[stand]*frames{}}
}

// pick is what everybody sees now.
func (f *feed) pick() catalog.Pick { return catalog.Pick{Outlook: f.catalog.Outlook(f.now())} }

// A stand is what a listener asks for, and where it stands.
type stand struct {
	question string
	cursor   changeCursor
}

// frames are some changes as Server-Sent Events.
type frames struct {
	once sync.Once
	text []byte
	next changeCursor // where to go on
	more bool         // there is more to have
}

const (
	// framesSize is how long some frames may get before there are others. It bounds what
	// waits for a slow client.
	framesSize = 32 << 10
	framesMost = 64
	// framesKept is how much of a moment is kept for others. What is not is made again.
	framesKept = 16 << 20
)

// after gives what a listener gets next that has read up to the cursor.
func (m *moment) after(req *changeRequest, at changeCursor) *frames {
	key := stand{req.question, at}
	m.mu.Lock()
	f := m.frames[key]
	if f == nil {
		f = &frames{}
		if m.size < framesKept {
			m.frames[key] = f
		}
	}
	m.mu.Unlock()
	f.once.Do(func() {
		f.render(m, req.query, at)
		m.mu.Lock()
		m.size += len(f.text)
		m.mu.Unlock()
	})
	return f
}

func (f *frames) render(m *moment, q catalog.ChangeQuery, at changeCursor) {
	q.Position, q.Most = at.Position, framesMost
	list, next, more := m.view.Changes(q)
	f.next, f.more = at, more
	for _, c := range list {
		if len(f.text) >= framesSize {
			f.more = true
			return
		}
		f.next.Position = f.next.At(c.Mark, m.view)
		f.text = append(f.next.append(append(f.text, "id: "...)), "\ndata: "...)
		f.text = append(appendChange(f.text, c, m.pick), "\n\n"...)
	}
	f.next.Position = next
}

// appendChange appends the location as it is now, or that it is not there.
func appendChange(b []byte, c catalog.Change, p catalog.Pick) []byte {
	if c.Record == nil {
		return append(append(append(b, `{"id":"`...), c.ID...), `","deleted":true}`...)
	}
	return c.Record.AppendJSON(b, v1.format, p)
}
