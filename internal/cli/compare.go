package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"getmyvax.org/univaf/client"
	"getmyvax.org/univaf/internal/compare"
	"getmyvax.org/univaf/internal/usa"
)

type compareCommand struct {
	Old      string        `arg:"" name:"old-url" help:"The server that is used now, e.g. https://getmyvax.org."`
	New      string        `arg:"" name:"new-url" help:"The one that is to take its place."`
	States   []string      `help:"States to compare, by their USPS codes or names. By default all." placeholder:"STATE"`
	Within   time.Duration `help:"How far apart two servers may be in time without that being a difference." default:"15m"`
	Ignore   []string      `help:"Fields not to compare, such as id or availability.checked_at." placeholder:"FIELD"`
	Examples int           `help:"How many examples are shown of each difference." default:"3"`
	JSON     bool          `name:"json" help:"Print the report as JSON."`
}

// Help is what compare --help says besides its flags.
func (c *compareCommand) Help() string {
	return "Reads /api/edge/locations of both, and finds places of the one in the other by id, else by their ids in other systems. " +
		"The exit code is 0 if nothing differs, 1 if something does and 2 if that can't be told."
}

// comparePage is how many places are asked for at once.
const comparePage = 1000

// Run compares.
func (c *compareCommand) Run(h *host) error {
	states, err := c.states()
	if err != nil {
		return err
	}
	if c.Within < 0 || c.Examples < 0 {
		return usage("--within and --examples must not be less than 0")
	}
	var servers [2]*client.Client
	for i, address := range []string{c.Old, c.New} {
		if servers[i], err = client.NewReader(address, client.Options{Release: h.release}); err != nil {
			return usage("%w", err)
		}
	}
	comparison := compare.New(compare.Options{Within: c.Within, Ignore: c.Ignore, Examples: c.Examples})
	for _, state := range states { // one at a time, so that it fits into memory
		old, now, err := placesIn(h.ctx, servers, state)
		if err == nil {
			err = comparison.Add(old, now)
		}
		if err != nil {
			return failure{fmt.Errorf("%s: %w", state, err), exitUsage}
		}
		h.log.Debug("compared", "state", state, "old", len(old), "new", len(now))
	}
	report := comparison.Report()
	if c.JSON {
		out := json.NewEncoder(h.stdout)
		out.SetEscapeHTML(false)
		out.SetIndent("", "  ")
		err = out.Encode(report)
	} else {
		err = c.print(h.stdout, report)
	}
	if err == nil && !report.Equal() {
		return exitCode(exitError)
	}
	return err
}

func (c *compareCommand) states() (codes []string, err error) {
	for _, text := range c.States {
		code, ok := usa.StateCode(text)
		if !ok {
			return nil, usage("--states must be USPS codes or names of states, such as NJ, not %q", text)
		}
		codes = append(codes, code)
	}
	if len(codes) == 0 {
		for _, state := range usa.States {
			codes = append(codes, state.Code)
		}
	}
	return codes, nil
}

// placesIn gives what both servers have in a state. They are asked at the same time, as
// what they say changes all the time.
func placesIn(ctx context.Context, servers [2]*client.Client, state string) (old, now []json.RawMessage, err error) {
	query := url.Values{"state": {state}, "limit": {fmt.Sprint(comparePage)}}
	read := func(from *client.Client) (all []json.RawMessage, err error) {
		for one, err := range from.RawLocations(ctx, query) {
			if err != nil {
				return nil, err
			}
			all = append(all, one)
		}
		return all, nil
	}
	var oldErr error
	done := make(chan struct{})
	go func() {
		defer close(done)
		old, oldErr = read(servers[0])
	}()
	now, err = read(servers[1])
	<-done
	switch {
	case oldErr != nil:
		return nil, nil, fmt.Errorf("the old server: %w", oldErr)
	case err != nil:
		return nil, nil, fmt.Errorf("the new server: %w", err)
	}
	return old, now, nil
}

// print writes the report for people.
func (c *compareCommand) print(w io.Writer, r *compare.Report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "old: %s has %d places\nnew: %s has %d places\n", c.Old, r.Old, c.New, r.New)
	fmt.Fprintf(&b, "both have %d, found by id, and %d, found by an id of another system\n", r.ByID, r.ByExternal)
	for _, only := range []struct {
		name string
		compare.Missing
	}{{"old", r.OnlyOld}, {"new", r.OnlyNew}} {
		if only.Count == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n%d are only in the %s one:\n", only.Count, only.name)
		for _, p := range only.Examples {
			fmt.Fprintf(&b, "    %s %s in %s", p.ID, p.Name, p.State)
			for _, id := range p.ExternalIDs {
				fmt.Fprintf(&b, ", %s:%s", id.System, id.Value)
			}
			b.WriteByte('\n')
		}
	}
	for _, f := range r.Fields {
		fmt.Fprintf(&b, "\n%s differs in %d", f.Name, f.Differ)
		if f.Moved > 0 {
			fmt.Fprintf(&b, ", and in %d of which one server has a later report", f.Moved)
		}
		b.WriteString(":\n")
		for _, e := range f.Examples {
			id := e.OldID
			if e.NewID != id {
				id += ", now " + e.NewID
			}
			fmt.Fprintf(&b, "    %s\n        old: %s\n        new: %s\n", id, short(e.Old), short(e.New))
		}
	}
	switch {
	case r.Equal() && len(r.Fields) > 0:
		b.WriteString("\nNothing differs but by later reports.\n")
	case r.Equal():
		b.WriteString("\nNothing differs.\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// short gives the beginning of a value.
func short(value json.RawMessage) string {
	const most = 160 // bytes
	text := cmp.Or(string(value), "absent")
	if len(text) <= most {
		return text
	}
	end := most
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}
