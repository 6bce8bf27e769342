package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"getmyvax.org/univaf/internal/catalog"
	"getmyvax.org/univaf/internal/ingest"
	"getmyvax.org/univaf/internal/past"
	"getmyvax.org/univaf/internal/store"
)

type importCommand struct {
	From string `arg:"" name:"url" help:"An archive (folder, file://, s3://BUCKET?region=…, https://) or a PostgreSQL database of the old UNIVAF (postgres://…; the password may be in $PGPASSWORD)."`
	Date string `help:"Day of the archive; by default the newest, where the archive can be listed." placeholder:"YYYY-MM-DD"`

	databaseFlags
}

// Help is what import --help says besides its flags.
func (c *importCommand) Help() string {
	return "Places keep their ids and when they were made and changed; those that are known and newer stay as they are. " +
		"It may be stopped at any moment, and run again: what is there already is left alone. Servers on the same database may go on. " +
		"Lines that can't be read are told of, by file and line, and left out; the exit code is 1 if a file ends too soon."
}

// errIncomplete ends an import of files that end too soon.
var errIncomplete = errors.New("a file ended too soon: what it lacks is missing. Get it again and run the same command")

// Run imports.
func (c *importCommand) Run(h *host) error {
	if _, err := time.Parse(time.DateOnly, c.Date); c.Date != "" && err != nil {
		return usage("--date must be a day as 2006-01-02, not %q", c.Date)
	}
	p := watch(h)
	tables, closeTables, err := c.tables(h, p.log)
	if err != nil {
		return err
	}
	defer closeTables()
	db, err := c.open(h)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	start := time.Now()
	warnings := &lineWarnings{log: p.log}
	run := &past.Import{Tables: tables, Warn: warnings.add}
	err = writing(h, db, func(ctx context.Context, writer *ingest.Ingester) error {
		run.Sink = writer
		return showing(ctx, p, run, func() error { return run.Run(ctx) })
	})
	p.stop()
	warnings.end()
	if err != nil {
		return fmt.Errorf("import stopped, and goes on from there when it is run again: %w", err)
	}
	return c.summary(h, run, time.Since(start))
}

// tables opens what is imported.
func (c *importCommand) tables(h *host, log *slog.Logger) (past.Tables, func(), error) {
	if strings.HasPrefix(c.From, "postgres://") || strings.HasPrefix(c.From, "postgresql://") {
		if c.Date != "" {
			return nil, nil, usage("--date is for archives: a database tells of now alone")
		}
		old, err := past.OpenLegacy(h.ctx, c.From)
		if err != nil {
			return nil, nil, err
		}
		return old, old.Close, nil
	}
	files, err := past.OpenFiles(h.ctx, c.From, h.getenv)
	if err != nil {
		return nil, nil, usage("%s: %w", c.From, err)
	}
	day, err := past.OpenDay(h.ctx, files, c.Date)
	if err != nil {
		_ = files.Close()
		if errors.Is(err, past.ErrNoList) {
			return nil, nil, usage("%w: name a day with --date", err)
		}
		return nil, nil, err
	}
	log.Info("importing", "day", day.Date)
	if day.Places != "" {
		log.Warn("the archive has only a log of that day: the places are those of a later one", "day", day.Date, "places", day.Places)
	}
	return day, func() { _ = files.Close() }, nil
}

// writing runs f with what writes to a database, as a server does.
func writing(h *host, db *store.Store, f func(context.Context, *ingest.Ingester) error) error {
	ctx, cancel := context.WithCancel(h.ctx)
	defer cancel()
	reader := catalog.New(time.Now)
	writer := ingest.NewBulk(db, pictures(reader), time.Now)
	// As in a server, what was taken is written before what it is written by ends.
	parts, stop := context.WithCancel(context.WithoutCancel(h.ctx))
	defer stop()
	var following, running sync.WaitGroup
	following.Go(func() { reader.Run(parts, db, func(err error) { reportCatalog(h.log, err) }) })
	running.Go(func() { writer.Run(ctx) })
	var err error
	if reader.WaitFor(ctx, 0) == nil {
		err = ctx.Err()
	} else {
		err = f(ctx, writer)
	}
	cancel()
	running.Wait()
	stop()
	following.Wait()
	return err
}

// showing runs f and shows how far the import is.
func showing(ctx context.Context, p *progress, run *past.Import, f func() error) error {
	ctx, cancel := context.WithCancel(ctx)
	var shown sync.WaitGroup
	shown.Go(func() {
		for tick := time.NewTicker(200 * time.Millisecond); ; {
			select {
			case <-ctx.Done():
				tick.Stop()
				return
			case <-tick.C:
				p.say(importLine(run))
			}
		}
	})
	err := f()
	cancel()
	shown.Wait()
	return err
}

// importLine tells how far the import is, as "provider_locations [=====     ] 50% 50000 read".
func importLine(run *past.Import) string {
	counts, table := run.Counts()
	if table == "" {
		return ""
	}
	line, n := table, counts[table]
	if done, total := run.Tables.Progress(); total > 0 {
		const width = 20
		part := min(float64(done)/float64(total), 1)
		filled := int(part * width)
		line += fmt.Sprintf(" [%s%s] %3.0f%%", strings.Repeat("=", filled), strings.Repeat(" ", width-filled), 100*part)
	}
	line += fmt.Sprintf(" %d read", n.Read)
	for _, more := range []struct {
		n    int
		what string
	}{{n.Created, "new"}, {n.Updated, "updated"}, {n.Unchanged, "known"}, {n.Skipped, "skipped"}} {
		if more.n > 0 {
			line += fmt.Sprintf(", %d %s", more.n, more.what)
		}
	}
	return line
}

// summary prints what became of the rows.
func (c *importCommand) summary(h *host, run *past.Import, took time.Duration) error {
	counts, _ := run.Counts()
	out := tabwriter.NewWriter(h.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "TABLE\tREAD\tNEW\tUPDATED\tKNOWN\tSKIPPED")
	incomplete := false
	for _, table := range past.TableNames {
		n, read := counts[table]
		if !read {
			continue
		}
		incomplete = incomplete || n.Truncated
		fmt.Fprintf(out, "%s\t%d\t%d\t%d\t%d\t%d\n", table, n.Read, n.Created, n.Updated, n.Unchanged, n.Skipped)
	}
	if err := out.Flush(); err != nil {
		return err
	}
	h.log.Info("imported", "took", took.Round(10*time.Millisecond))
	if incomplete {
		return errIncomplete
	}
	return nil
}

// lineWarnings tell what is wrong with lines: the first ones of each file, and then how many
// there were.
type lineWarnings struct {
	log *slog.Logger

	mu    sync.Mutex
	files map[string]int
}

// warningsShown is how many are shown of each file.
const warningsShown = 20

func (w *lineWarnings) add(file string, line int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.files == nil {
		w.files = map[string]int{}
	}
	w.files[file]++
	if w.files[file] <= warningsShown {
		w.log.Warn(err.Error(), "at", cmp.Or(strings.TrimSuffix(fmt.Sprintf("%s:%d", file, line), ":0"), file))
	}
}

func (w *lineWarnings) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for file, n := range w.files {
		if n > warningsShown {
			w.log.Warn("more was wrong than is shown", "file", file, "warnings", n)
		}
	}
}
