package cli

import (
	"cmp"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"getmyvax.org/univaf/client"
	"getmyvax.org/univaf/internal/source"
)

type sourcesCommand struct {
	APIURL string `name:"api-url" help:"Where the API is that knows when sources worked last." fallback:"API_URL" placeholder:"URL"`

	configFlags
}

// Run lists the sources.
func (c *sourcesCommand) Run(h *host) error {
	sources, err := c.read(h.getenv)
	if err != nil {
		return err
	}
	worked := map[string]client.SourceStatus{}
	if c.APIURL != "" {
		api, err := client.New(c.APIURL, cmp.Or(h.getenv("API_KEY"), "none"), client.Options{Release: h.release})
		if err != nil {
			return usage("%w", err)
		}
		if worked, err = api.Sources(h.ctx); err != nil {
			return err
		}
	}
	out := tabwriter.NewWriter(h.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "SOURCE\tSTATE\tWORKED LAST\tSCHEDULE (UTC)\tSTATES\tCREDENTIALS\tWHAT IT READS")
	for _, d := range sources.definitions {
		status := worked[d.Name]
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", d.Name, cmp.Or(status.State, "-"), moment(status.LastSuccess),
			cmp.Or(status.Schedule, d.Schedule, "-"), stateList(d.States), credentials(h, d), about(d))
	}
	return out.Flush()
}

func moment(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

// stateList names a few states, or says how many there are.
func stateList(states []string) string {
	const most = 4
	switch {
	case len(states) == 0:
		return "all"
	case len(states) > most:
		return fmt.Sprintf("%s and %d more", strings.Join(states[:most-1], " "), len(states)-most+1)
	}
	return strings.Join(states, " ")
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
	return cmp.Or(strings.Join(list, ", "), "-")
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
