// Package cli is the command line: one file per subcommand. It alone wires the
// parts together, reads the clock and the environment, and decides exit codes.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"strings"

	"github.com/alecthomas/kong"
)

// Exit codes. A loader whose sources failed ends with one of the last three, so that
// whoever runs it on a timer can tell them apart.
const (
	exitOK         = 0
	exitError      = 1
	exitUsage      = 2
	exitLoadError  = 90
	exitSomeFailed = 91
	exitAllFailed  = 92
)

// commands is the whole command line. Every setting is a flag; the tag fallback
// names the environment variables that stand in for it, the first one set wins and
// an empty one counts as unset.
type commands struct {
	LogLevel slog.Level `help:"Least level that is logged: debug, info, warn or error." default:"info" fallback:"LOG_LEVEL"`
	Release  string     `help:"Name of this release, shown in logs and sent to sources." fallback:"RELEASE,COMMIT_REF,COMMIT_SHA,COMMIT_HASH,RENDER_GIT_COMMIT,GITHUB_SHA"`

	Serve    serveCommand    `cmd:"" help:"Serve the API and the pages."`
	Load     loadCommand     `cmd:"" help:"Read sources and print or send what they say."`
	Work     workCommand     `cmd:"" help:"Run sources on their schedules, as one of many workers."`
	Sources  sourcesCommand  `cmd:"" help:"List the sources."`
	Source   sourceCommand   `cmd:"" help:"Pause a source, or let it go on."`
	Compare  compareCommand  `cmd:"" help:"Tell in what the places of two servers differ."`
	Keys     keysCommand     `cmd:"" help:"Make, list and revoke keys of the API."`
	Import   importCommand   `cmd:"" help:"Bring an archive's day, or an old database, into this one."`
	Log      logCommand      `cmd:"" help:"Print the log of changes as NDJSON."`
	Backup   backupCommand   `cmd:"" help:"Copy the embedded database while it is used."`
	Restore  restoreCommand  `cmd:"" help:"Put a backup in the place of the embedded database."`
	Stores   storesCommand   `cmd:"" help:"Keep lists of chains' stores, which some sources read."`
	Snapshot snapshotCommand `cmd:"" help:"Write what is known to an archive, day by day."`
	Smart    smartCommand    `cmd:"" help:"Check publishers of SMART Scheduling Links."`
}

// A host is what a command may use of the world.
type host struct {
	ctx            context.Context
	getenv         func(string) string
	stdout, stderr io.Writer
	log            *slog.Logger
	level          *slog.LevelVar // of log
	release        string
}

// gcPercent is how much the heap may grow before the collector runs. Nearly all of it are
// the records of the catalog, or the places and slots of a large publisher, which hold few
// pointers and so are soon marked: it is cheaper to look more often than to have twice the
// memory.
const gcPercent = 28

// collectOften has the garbage collected sooner, unless somebody says otherwise.
func (h *host) collectOften() {
	if h.getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}

// An exitCode is an error that only sets the exit code: what went wrong has been
// said already.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// A failure is an error with the exit code that it ends in.
type failure struct {
	error
	code int
}

func (f failure) Unwrap() error { return f.error }

// usage says that the command line, or the environment, asks for what can't be.
func usage(format string, args ...any) error {
	return failure{fmt.Errorf(format, args...), exitUsage}
}

// Run runs one command and gives its exit code. It ends when ctx does.
func Run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) (code int) {
	defer func() { // the parser ends the program after --help by calling exit
		if r := recover(); r != nil {
			ended, ok := r.(exitCode)
			if !ok {
				panic(r)
			}
			code = int(ended)
		}
	}()
	var c commands
	parser, err := kong.New(&c,
		kong.Name("univaf"),
		kong.Description("Vaccine appointment availability: gathered, kept true, given away."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { panic(exitCode(code)) }),
		kong.Resolvers(fromEnvironment(getenv)),
		kong.ValueFormatter(helpWithFallback),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true}),
	)
	if err != nil {
		return fail(stderr, err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return fail(stderr, failure{err, exitUsage})
	}
	level := &slog.LevelVar{}
	level.Set(c.LogLevel)
	h := &host{
		ctx: ctx, getenv: getenv, stdout: stdout, stderr: stderr, release: c.Release, level: level,
		log: slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level})),
	}
	if err := parsed.Run(h); err != nil {
		if ended := exitCode(0); errors.As(err, &ended) {
			return int(ended)
		}
		return fail(stderr, err)
	}
	return exitOK
}

func fail(stderr io.Writer, err error) int {
	fmt.Fprintf(stderr, "univaf: %v\n", err)
	if f := (failure{}); errors.As(err, &f) {
		return f.code
	}
	return exitError
}

func fallbacks(value *kong.Value) []string {
	names := value.Tag.Get("fallback")
	if names == "" {
		return nil
	}
	return strings.Split(names, ",")
}

func fromEnvironment(getenv func(string) string) kong.Resolver {
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		for _, name := range fallbacks(flag.Value) {
			if text := getenv(name); text != "" {
				return text, nil
			}
		}
		return nil, nil
	})
}

func helpWithFallback(value *kong.Value) string {
	names := fallbacks(value)
	if len(names) == 0 {
		return value.Help
	}
	return fmt.Sprintf("%s ($%s)", value.Help, strings.Join(names, ", $"))
}
