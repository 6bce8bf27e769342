// Command gen writes made-up updates, one a line, as sources would send them: input
// for benchmarks and for whoever wants a large database to try. The same flags always
// give the same bytes.
//
// It must not know of the server; what it writes goes to POST /api/v1/updates.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"getmyvax.org/univaf"
)

const usage = `gen writes made-up updates as NDJSON: half of the locations are spoken of by two
sources, whose updates follow one another, source by source.

  go run ./internal/tools/gen -n 80000 >updates.ndjson
  curl --data-binary @updates.ndjson -H 'X-Api-Key: dev-key' localhost:3000/api/v1/updates

What there is depends on -n and -seed, what is said of it also on -round and on
the day of -now. So another -now of the same day gives re-checks without change.

Flags:
`

// most keeps the numbers within their width, by which updates are told apart.
const most = 10_000_000

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "gen:", err)
			os.Exit(2)
		}
	}
}

// run writes what the arguments ask for.
func run(args []string, out, help io.Writer) error {
	flags := flag.NewFlagSet("gen", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	n := flags.Int("n", 80_000, "how many `locations`")
	seed := flags.Uint64("seed", 1, "other `number`s give other locations")
	now := flags.String("now", "2026-11-01T12:00:00Z", "the `time` at which the sources look")
	round := flags.Uint64("round", 0, "other `number`s give other availability")
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(help, usage)
		flags.SetOutput(help)
		flags.PrintDefaults()
	}
	switch {
	case err != nil:
		return err
	case flags.NArg() > 0:
		return fmt.Errorf("there is nothing to do with %q: it takes flags only", flags.Arg(0))
	case *n < 1 || *n > most:
		return fmt.Errorf("-n must be from 1 to %d, not %d", most, *n)
	}
	at, err := univaf.ParseTime(*now)
	if err != nil {
		return fmt.Errorf("-now %w, not %q", err, *now)
	}
	return write(out, world{seed: *seed, round: *round, now: univaf.Instant(at)}, *n)
}

// write writes the updates of both sources.
func write(out io.Writer, w world, n int) error {
	lines := bufio.NewWriterSize(out, 1<<20)
	var line []byte
	for source := range sources {
		for i := range n {
			u, speaks := w.update(i, source)
			if !speaks {
				continue
			}
			line = append(u.AppendJSON(line[:0]), '\n')
			if _, err := lines.Write(line); err != nil {
				return err
			}
		}
	}
	return lines.Flush()
}
