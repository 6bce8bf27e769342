package conform

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"getmyvax.org/univaf/internal/smart"
)

// Options say what is checked, and how.
type Options struct {
	// Target is the URL of a manifest, the URL below which $bulk-publish is, or a folder
	// that has $bulk-publish and the files in it.
	Target string
	// Get makes requests where Target is a URL. Its errors for answers other than 2xx are
	// *fetch.StatusError.
	Get smart.Getter
	// Examples is how many are kept for each rule.
	Examples int
}

// A publisher is where files come from.
type publisher interface {
	// manifest gives the whole manifest, and checks how it is served.
	manifest(context.Context, *checker) ([]byte, error)
	// open gives a file, by the URL that the manifest has.
	open(context.Context, *checker, listed) (io.ReadCloser, error)
	// name is how the report calls a file, without secrets.
	name(url string) string
	// names are how it calls the publisher and its manifest.
	names() (target, manifest string)
}

// maxFiles is how many files of a manifest are read.
const maxFiles = 10_000

type checker struct {
	report   *Report
	examples int
	own      string // the manifest's name
	lines    *lineReader
	doc      document // of the line at hand

	locations, schedules, slots *ids
	hasVTrckS, hasBusy          bool
	unread                      map[string]bool // by type: some resources were not read
}

// Check holds a publisher to the rules. It gives an error only where Target can't be
// one; whatever a publisher does wrong is in the report.
func Check(ctx context.Context, o Options) (*Report, error) {
	from, err := publisherAt(o)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closer, ok := from.(io.Closer); ok {
			_ = closer.Close() // it was only read
		}
	}()
	c := newChecker(o.Examples)
	c.report.Target, c.own = from.names()
	if _, isFolder := from.(*folder); isFolder {
		c.set(NotApplicable, append(family("http."), "manifest.url", "manifest.request-is-own")...)
	}
	c.publisher(ctx, from)
	return c.report, nil
}

func newChecker(examples int) *checker {
	c := &checker{
		report:   &Report{Complete: true, Files: []File{}, Rules: make([]Result, len(Rules))},
		examples: examples, lines: newLineReader(), unread: map[string]bool{},
		locations: newIDs(), schedules: newIDs(), slots: newIDs(),
	}
	for i, r := range Rules {
		c.report.Rules[i] = Result{Rule: r, Status: Kept}
	}
	return c
}

func (c *checker) publisher(ctx context.Context, from publisher) {
	data, err := from.manifest(ctx, c)
	if err != nil {
		c.report.incomplete("the manifest can't be read: %v", err)
		c.set(NotChecked, allRules()...)
		return
	}
	files, ok := c.manifest(data)
	if !ok {
		c.report.incomplete("the manifest is not one")
		c.set(NotChecked, allRules()...)
		return
	}
	if len(files) > maxFiles {
		c.report.incomplete("the manifest lists %d files, of which %d were read", len(files), maxFiles)
		for _, f := range files[maxFiles:] {
			c.unread[f.resourceType] = true
		}
		files = files[:maxFiles]
	}
	// What others refer to comes first, so that each reference is judged where it stands.
	order := []string{typeLocation, typeSchedule, typeSlot}
	slices.SortStableFunc(files, func(a, b listed) int {
		return cmp.Compare(slices.Index(order, a.resourceType), slices.Index(order, b.resourceType))
	})
	for _, f := range files {
		if ctx.Err() != nil {
			c.report.incomplete("stopped: %v", context.Cause(ctx))
			c.unread[f.resourceType] = true
			break
		}
		c.report.Files = append(c.report.Files, File{Type: f.resourceType, Name: from.name(f.url)})
		out := &c.report.Files[len(c.report.Files)-1]
		if out.Complete = c.read(ctx, from, f, out); !out.Complete {
			c.unread[f.resourceType] = true
		}
		c.full(f.resourceType)
	}
	c.wholeFeed()
}

func (c *checker) read(ctx context.Context, from publisher, f listed, out *File) bool {
	body, err := from.open(ctx, c, f)
	if err != nil {
		c.breach("file.whole", place{file: out.Name}, "it can't be read: %s", short([]byte(err.Error())))
		c.report.incomplete("%s can't be read: %s", out.Name, short([]byte(err.Error())))
		return false
	}
	defer body.Close()
	return c.file(ctx, body, f, out)
}

// full notes when a type has more resources than are kept.
func (c *checker) full(resourceType string) {
	kept := map[string]*ids{typeLocation: c.locations, typeSchedule: c.schedules, typeSlot: c.slots}[resourceType]
	if kept.full && !c.unread[resourceType] {
		c.unread[resourceType] = true
		c.report.incomplete("there are more than %d resources of type %s: ids of the rest were not compared", maxIDs, resourceType)
	}
}

// wholeFeed checks what can be told only at the end.
func (c *checker) wholeFeed() {
	none := map[string]bool{}
	for _, kind := range []struct {
		resourceType, family string
	}{{typeLocation, "location."}, {typeSchedule, "schedule."}, {typeSlot, "slot."}} {
		var n int64
		for _, f := range c.report.Files {
			if f.Type == kind.resourceType {
				n += f.Resources
			}
		}
		if n == 0 {
			none[kind.resourceType] = true
			c.set(NotChecked, family(kind.family)...)
		}
	}
	if len(c.report.Files) == 0 {
		c.set(NotChecked, append(family("file."), append(family("resource."), "http.file-accept", "http.file-type", "http.open")...)...)
	}
	if c.unread[typeLocation] {
		c.set(NotChecked, "schedule.actor-known", "location.some-vtrcks")
	} else if !c.hasVTrckS && !none[typeLocation] {
		c.breach("location.some-vtrcks", place{}, "none of them has one")
	}
	if c.unread[typeSchedule] {
		c.set(NotChecked, "slot.schedule-known")
	}
	if c.unread[typeSlot] {
		c.set(NotChecked, "slot.busy-listed")
	} else if !c.hasBusy && !none[typeSlot] {
		c.breach("slot.busy-listed", place{}, "all Slots are free")
	}
	for i := range c.report.Rules {
		if r := &c.report.Rules[i]; !c.report.Complete && r.Status == Kept && r.Name == "file.whole" {
			r.Status = NotChecked
		}
	}
}

func allRules() (names []string) { return family("") }

// errTooLarge says that a manifest is larger than any that is one.
var errTooLarge = errors.New("it is larger than 16 MiB")

// readManifest reads a manifest whole.
func readManifest(r io.Reader) ([]byte, error) {
	const most = 16 << 20
	data, err := io.ReadAll(io.LimitReader(r, most+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading stopped: %w", err)
	case len(data) > most:
		return nil, errTooLarge
	}
	return data, nil
}
