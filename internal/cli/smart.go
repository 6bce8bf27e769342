package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"getmyvax.org/univaf/internal/fetch"
	"getmyvax.org/univaf/internal/smart/conform"
)

type smartCommand struct {
	Check smartCheckCommand `cmd:"" help:"Check a publisher of SMART Scheduling Links, any at all."`
	Rules smartRulesCommand `cmd:"" help:"List what is checked."`
}

type smartCheckCommand struct {
	Target   string `arg:"" name:"url-or-dir" help:"The URL of a manifest ($$bulk-publish), the URL that it is below, or a folder that has it."`
	Examples int    `help:"How many examples are shown of each rule that is broken." default:"3"`
	JSON     bool   `name:"json" help:"Print the report as JSON."`
	Contact  string `help:"URL that tells the publisher who is asking." fallback:"UNIVAF_CONTACT" placeholder:"URL"`
}

// Exit codes of smart check. The rest are those of all commands.
const exitOnlyWarnings = 3

// Help is what smart check --help says besides its flags.
func (c *smartCheckCommand) Help() string {
	return "Reads all files of the publisher and checks each line; see smart rules for what is checked. " +
		"The exit code is 0 if all rules are kept but hints, 1 if a rule of severity error is broken (MUST), 3 if only warnings are (SHOULD), " +
		"and 2 if something could not be read whole, so that nobody can tell."
}

const (
	// checkTimeout is how long one file may take.
	checkTimeout = 15 * time.Minute
	// checkMaxBytes is the largest file that is read, decompressed.
	checkMaxBytes = 16 << 30
)

// Run checks.
func (c *smartCheckCommand) Run(h *host) error {
	if c.Examples < 0 {
		return usage("--examples must not be less than 0")
	}
	report, err := conform.Check(h.ctx, conform.Options{
		Target: c.Target, Examples: c.Examples,
		Get: fetch.New(fetch.Options{Release: h.release, Contact: c.Contact, Timeout: checkTimeout, MaxBytes: checkMaxBytes}),
	})
	if err != nil {
		return usage("%w", err)
	}
	if c.JSON {
		err = printJSON(h.stdout, report)
	} else {
		err = printCheck(h.stdout, report)
	}
	if err != nil {
		return err
	}
	switch worst := report.Worst(); {
	case !report.Complete:
		return exitCode(exitUsage)
	case worst == conform.Error:
		return exitCode(exitError)
	case worst == conform.Warning:
		return exitCode(exitOnlyWarnings)
	}
	return nil
}

// printJSON writes v, indented.
func printJSON(w io.Writer, v any) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(v)
}

// printCheck writes the report for people.
func printCheck(w io.Writer, r *conform.Report) error {
	var b strings.Builder
	type total struct{ files, resources, bytes int64 }
	totals := map[string]total{}
	for _, f := range r.Files {
		t := totals[f.Type]
		totals[f.Type] = total{t.files + 1, t.resources + f.Resources, t.bytes + f.Bytes}
	}
	fmt.Fprintf(&b, "%s\n", r.Target)
	for _, name := range []string{"Location", "Schedule", "Slot"} {
		t := totals[name]
		fmt.Fprintf(&b, "    %-9s %10d in %d files, %.1f MB\n", name, t.resources, t.files, float64(t.bytes)/1e6)
	}
	for _, severity := range []conform.Severity{conform.Error, conform.Warning, conform.Hint} {
		for i := range r.Rules {
			if one := &r.Rules[i]; one.Status == conform.Broken && one.Severity == severity {
				fmt.Fprintf(&b, "\n%s  %s, %s: %s (%s)\n", severity, one.Name, times(one.Count), one.Requires, one.Section)
				for _, e := range one.Examples {
					fmt.Fprintf(&b, "    %s\n", exampleLine(e))
				}
			}
		}
	}
	b.WriteByte('\n')
	for _, s := range []struct {
		severity conform.Severity
		word     string
	}{{conform.Error, "MUST"}, {conform.Warning, "SHOULD"}, {conform.Hint, "RECOMMENDED"}} {
		fmt.Fprintf(&b, "%-11s  %d rules kept, %d broken", s.word, r.Count(s.severity, conform.Kept), r.Count(s.severity, conform.Broken))
		if n := r.Count(s.severity, conform.NotChecked) + r.Count(s.severity, conform.NotApplicable); n > 0 {
			fmt.Fprintf(&b, ", %d not checked", n)
		}
		b.WriteByte('\n')
	}
	if !r.Complete {
		b.WriteString("\nNot all could be read, so this is no report on the whole:\n")
		for _, reason := range r.Reasons {
			fmt.Fprintf(&b, "    %s\n", reason)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func times(n int64) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

func exampleLine(e conform.Example) string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File)
		if e.Line > 0 {
			fmt.Fprintf(&b, ":%d", e.Line)
		}
		if e.ID != "" {
			fmt.Fprintf(&b, " (%s)", e.ID)
		}
		b.WriteString(": ")
	}
	return b.String() + e.Message
}

type smartRulesCommand struct {
	JSON bool `name:"json" help:"Print the rules as JSON."`
}

// Run lists the rules.
func (c *smartRulesCommand) Run(h *host) error {
	if c.JSON {
		return printJSON(h.stdout, conform.Rules)
	}
	for _, r := range conform.Rules {
		if _, err := fmt.Fprintf(h.stdout, "%-8s %-27s %s (%s)\n", r.Severity, r.Name, r.Requires, r.Section); err != nil {
			return err
		}
	}
	return nil
}
