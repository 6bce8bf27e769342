package cli

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"

	"getmyvax.org/univaf/internal/load"
)

// A progress keeps a line at the bottom of a terminal that tells how far sources are.
// Where stderr is none, it does nothing.
type progress struct {
	log *slog.Logger

	mu   sync.Mutex
	out  io.Writer // the terminal, or nil
	line string
}

// watch makes a progress whose log shares the terminal with the line.
func watch(h *host) *progress {
	p := &progress{log: h.log}
	if isTerminal(h.stderr) {
		p.out = h.stderr
		p.log = slog.New(slog.NewTextHandler(p, &slog.HandlerOptions{Level: h.level}))
	}
	return p
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}

const clearLine = "\r\x1b[K"

// Write puts log lines above the line.
func (p *progress) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err := fmt.Fprint(p.out, clearLine, string(text), p.line)
	return len(text), err
}

func (p *progress) show(reports []load.Report) {
	if p.out == nil {
		return
	}
	var parts []string
	for _, r := range reports {
		part := fmt.Sprintf("%s %d read, %d sent", r.Source, r.Records, r.Sent+r.OutOfDate)
		if r.Failed > 0 {
			part += fmt.Sprintf(", %d failed", r.Failed)
		}
		parts = append(parts, part)
	}
	p.say(strings.Join(parts, " · "))
}

// say changes the line.
func (p *progress) say(line string) {
	if p.out == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	const most = 100
	p.line = line
	if runes := []rune(p.line); len(runes) > most {
		p.line = string(runes[:most-1]) + "…"
	}
	fmt.Fprint(p.out, clearLine, p.line)
}

func (p *progress) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.line != "" {
		p.line = ""
		fmt.Fprint(p.out, clearLine)
	}
}
