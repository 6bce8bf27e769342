// Command bench measures how fast the server reads and writes, each figure beside a
// reference in the same run: nginx with the same bytes for what is read, PostgreSQL's
// own COPY and pgbench for what is written. Machines differ and are shared, so what
// counts is the ratio.
//
//	make bench          all figures, three rounds, and how they grow; renews docs/benchmarks.md
//	… -loading          those of a large publisher alone
//	… -listening        those of clients who wait for changes alone
//	… -searching        those of searches alone
//	… -growing          how figures grow with the number of places
//	make bench-quick    a tenth of the places, one round, in three minutes
//
// It needs nginx, wrk and PostgreSQL's programs; scripts/install --bench installs them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// document is what a full run renews.
const document = "docs/benchmarks.md"

// An options value says how much is measured.
type options struct {
	locations int
	slots     int // of a publisher with so many locations
	rounds    int
	seconds   int // of each measurement with wrk
	rechecks  int // rounds of re-checks for the figure of disk use
	growth    []int
	document  string // "": only print
	listeners int    // who wait for changes at once
	// only is what alone is measured, all if empty.
	only part
}

// A part is figures that can be measured alone.
type part string

const (
	loadingPart   part = "loading"
	listeningPart part = "listening"
	searchingPart part = "searching"
	growingPart   part = "growing"
)

var (
	full  = options{locations: 80_000, slots: 2_000_000, rounds: 3, seconds: 5, rechecks: 10, listeners: 5000, growth: []int{8_000, 80_000, 800_000}, document: document}
	quick = options{locations: 8_000, slots: 200_000, rounds: 1, seconds: 2, rechecks: 3, listeners: 500}
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) (err error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	isQuick := flags.Bool("quick", false, "a tenth of the places, one round, nothing written")
	onlyLoading := flags.Bool(string(loadingPart), false, "the figures of a large publisher alone, nothing written")
	onlyListening := flags.Bool(string(listeningPart), false, "the figures of clients who wait for changes alone, nothing written")
	onlySearching := flags.Bool(string(searchingPart), false, "the figures of searches alone, nothing written")
	onlyGrowing := flags.Bool(string(growingPart), false, "how figures grow with the number of places, nothing written")
	keep := flags.String("keep", "", "a `folder` for profiles, beside those of the document")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("there is nothing to do with %q: it takes flags only", flags.Arg(0))
	}
	o := full
	if *isQuick {
		o = quick
	}
	for part, asked := range map[part]bool{
		loadingPart: *onlyLoading, listeningPart: *onlyListening, searchingPart: *onlySearching, growingPart: *onlyGrowing,
	} {
		if asked {
			o.only, o.document = part, ""
		}
	}
	switch {
	case o.only == growingPart:
		o.rounds = 0
	case o.only != "":
		o.growth = nil
	}
	b, err := newBench(ctx, o, *keep, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	began := time.Now()
	if err := b.all(); err != nil {
		return err
	}
	b.say("took %v", time.Since(began).Round(time.Second))
	return b.report()
}

// A bench is a run: where it works, what it has started and what it found.
type bench struct {
	options
	ctx      context.Context
	out      io.Writer
	dir      string // for everything that it writes, but the report
	profiles string // the folder for profiles, or ""
	nginx    *nginx
	postgres string // URL of the cluster
	closers  []func() error

	results  results
	copyRate float64 // updates a second by COPY, in this round
	growths  []growth
}

func newBench(ctx context.Context, o options, profiles string, out io.Writer) (*bench, error) {
	for _, name := range []string{"nginx", "wrk"} {
		if _, err := exec.LookPath(name); err != nil {
			return nil, fmt.Errorf("%w (scripts/install --bench installs it)", err)
		}
	}
	if o.document != "" && profiles == "" {
		profiles = filepath.Join(filepath.Dir(o.document), "benchmarks")
	}
	dir, err := os.MkdirTemp("", "univaf-bench-")
	if err != nil {
		return nil, err
	}
	b := &bench{options: o, ctx: ctx, out: out, dir: dir, profiles: profiles, results: results{}}
	b.closers = append(b.closers, func() error { return os.RemoveAll(dir) })
	return b, nil
}

func (b *bench) close() error {
	var err error
	for i := len(b.closers) - 1; i >= 0; i-- {
		err = errors.Join(err, b.closers[i]())
	}
	return err
}

func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(b.out, "%s %s\n", time.Now().Format(time.TimeOnly), fmt.Sprintf(format, args...))
}

func (b *bench) path(name ...string) string {
	return filepath.Join(append([]string{b.dir}, name...)...)
}

// all does everything, in order.
func (b *bench) all() error {
	for _, one := range []string{"cmd/univaf", "internal/tools/gen"} {
		if err := b.command("go", "build", "-buildvcs=false", "-o", b.dir+"/", "./"+one).Run(); err != nil {
			return fmt.Errorf("build %s: %w", one, err)
		}
	}
	if err := b.startPostgres(); err != nil {
		return err
	}
	if err := b.startNginx(); err != nil {
		return err
	}
	p, err := b.startPublisher()
	if err != nil {
		return err
	}
	for round := range b.rounds {
		for _, e := range engines {
			b.say("round %d of %d, %s", round+1, b.rounds, e)
			switch b.only {
			case listeningPart:
				err = b.onlyListening(e)
			case searchingPart:
				err = b.onlySearching(e)
			case loadingPart:
				err = b.loading(e, p)
			default:
				if err = b.round(round, e); err == nil {
					err = b.loading(e, p)
				}
			}
			if err != nil {
				return fmt.Errorf("%s: %w", e, err)
			}
		}
	}
	for _, n := range b.growth {
		if err := b.grow(n); err != nil {
			return fmt.Errorf("%d locations: %w", n, err)
		}
	}
	return nil
}

// command prepares a program that ends with the run; what it says on stderr is shown.
func (b *bench) command(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(b.ctx, name, args...)
	cmd.Stderr = os.Stderr
	return cmd
}
