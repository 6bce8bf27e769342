package cli

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/source/all"
)

type sourcesCommand struct{}

// Run lists the sources.
func (c *sourcesCommand) Run(h *host) error {
	out := tabwriter.NewWriter(h.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "SOURCE\tSCHEDULE (UTC)\tSTATES\tCREDENTIALS\tWHAT IT READS")
	for _, d := range all.Sources {
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\n", d.Name, or(d.Schedule, "-"), or(strings.Join(d.States, " "), "all"), credentials(h, d), about(d))
	}
	return out.Flush()
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// credentials tells which environment variables a source needs and whether they are set.
func credentials(h *host, d source.Definition) string {
	var list []string
	for _, names := range d.Credentials {
		state := "missing"
		for name := range strings.SplitSeq(names, "|") {
			if h.getenv(name) != "" {
				state = "set"
			}
		}
		list = append(list, strings.ReplaceAll(names, "|", " or ")+": "+state)
	}
	return or(strings.Join(list, ", "), "-")
}

func about(d source.Definition) string {
	text := d.Help
	if d.Retired != "" {
		text += " RETIRED: " + d.Retired
	}
	if d.Unsafe != "" {
		text += " UNSAFE: " + d.Unsafe
	}
	return text
}
