package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"strconv"
	"syscall"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/store"
)

type logCommand struct {
	Since string `help:"From when on: a time (2026-11-25T08:00:00Z), a day (2026-11-25) or how long ago (90m)." default:"1h" placeholder:"TIME"`

	databaseFlags
}

// Help is what log --help says besides its flags.
func (c *logCommand) Help() string {
	return `Prints what changed, one JSON object a line, oldest first: seq (the entry of the log), time, and one of location or availability (its whole new ` +
		`state) or checks (source, times and ids of the places where it looked again and found nothing new). Private places and notes are among them.`
}

// Run prints the log.
func (c *logCommand) Run(h *host) error {
	since, err := sinceTime(c.Since, time.Now())
	if err != nil {
		return err
	}
	db, err := c.open(h)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	start, trimmed, err := db.LogStart(h.ctx)
	if errors.Is(err, univaf.ErrNotFound) {
		return nil // there is nothing to print
	}
	if err != nil {
		return err
	}
	if trimmed && start.After(since) {
		h.log.Warn("the log begins later than asked for: what is older has been removed", "begins", univaf.FormatTime(start))
	}
	out := bufio.NewWriterSize(h.stdout, 64<<10)
	for batch, err := range db.LogSince(h.ctx, since) {
		if err != nil {
			return err
		}
		for _, entry := range batch.Entries {
			if _, err := out.Write(logLine(batch, entry)); err != nil {
				return printed(err)
			}
		}
	}
	return printed(out.Flush())
}

// printed passes over that nobody reads on: head has seen enough.
func printed(err error) error {
	if errors.Is(err, syscall.EPIPE) {
		return nil
	}
	return err
}

func sinceTime(text string, now time.Time) (time.Time, error) {
	if age, err := time.ParseDuration(text); err == nil && age >= 0 {
		return now.Add(-age), nil
	}
	t, err := univaf.ParseTime(text)
	if err != nil {
		return t, usage("--since must be a time, a day or how long ago (90m, 24h), not %q", text)
	}
	return t, nil
}

func logLine(batch store.Batch, entry store.Entry) []byte {
	b := strconv.AppendInt([]byte(`{"seq":`), batch.Seq, 10)
	b = append(append(append(b, `,"time":"`...), univaf.FormatTime(batch.Time)...), `",`...)
	switch {
	case entry.Location != nil:
		b = append(entry.Location.AppendJSON(append(b, `"location":`...), true), '}') // which it leaves open
	case entry.Availability != nil:
		b = entry.Availability.AppendJSON(append(b, `"availability":`...))
	default:
		checks, _ := json.Marshal(entry.Checks) // strings, times and a bool always encode
		b = append(append(b, `"checks":`...), checks...)
	}
	return append(b, "}\n"...)
}
