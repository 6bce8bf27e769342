package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// An engine is a database.
type engine string

const (
	sqlite   engine = "SQLite"
	postgres engine = "PostgreSQL"
)

// engines are in this order, as the figures of SQLite refer to those of PostgreSQL.
var engines = []engine{postgres, sqlite}

// A figure is something that is measured.
type figure struct {
	name      string
	unit      string
	reference string // what it is measured against; "" if against a fixed number
	target    float64
	atMost    bool   // the target is the most, not the least
	profile   string // name of its profile, "" if there is none
	// profileRound makes the updates of the profile differ from those before.
	profileRound int
	only         engine // on which it is judged, "" for both
}

const (
	perSecond = "/s"
	bytesRate = "B/s"
	inBytes   = "B"
	inSeconds = "s"
)

var (
	pageIdentity  = &figure{name: "page of 2,000, identity", unit: perSecond, reference: "nginx, the same bytes", target: 1.2, profile: "page"}
	pageGzip      = &figure{name: "page of 2,000, gzip, while nothing changes", unit: perSecond, reference: "nginx, the same bytes", target: 0.9, profile: "page-gzip"}
	pageChurn     = &figure{name: "page of 2,000, gzip, while 200 updates a second arrive", unit: perSecond, reference: "nginx, the same bytes", target: 0.3}
	byID          = &figure{name: "location by id", unit: perSecond, reference: "nginx, the same bytes", target: 0.7, profile: "by-id"}
	byExternal    = &figure{name: "location by external id", unit: perSecond, reference: "nginx, the same bytes", target: 0.7, profile: "by-external-id"}
	dump          = &figure{name: "whole NDJSON dump, one client", unit: bytesRate, reference: "nginx, the same bytes", target: 0.9, profile: "dump"}
	slots         = &figure{name: "Slots of California, one client", unit: bytesRate, target: 350e6}
	firstSlots    = &figure{name: "their first byte", unit: inSeconds, target: 0.05, atMost: true}
	singleUpdates = &figure{name: "`POST /api/edge/update`, one record a request, 16 clients", unit: perSecond, reference: "pgbench, single-row commits, 10 clients", target: 1, only: postgres}
	newLocations  = &figure{name: "`POST /api/v1/updates`, new locations with availability", unit: perSecond, reference: "COPY of the same rows", target: 0.4}
	changed       = &figure{name: "`POST /api/v1/updates`, changed availability", unit: perSecond, reference: "COPY of the same rows", target: 0.5, profile: "changed", profileRound: 5}
	rechecks      = &figure{name: "`POST /api/v1/updates`, re-checks without change", unit: perSecond, reference: "COPY of the same rows", target: 1.5, profile: "re-checks"}
	start         = &figure{name: "start to ready", unit: inSeconds, target: 5, atMost: true}
	memory        = &figure{name: "resident memory under the read load", unit: inBytes, reference: "size of the identity dump", target: 2, atMost: true}
	disk          = &figure{name: "disk after rounds of re-checks of everything", unit: inBytes, reference: "before them", target: 1.1, atMost: true}
	p99           = &figure{name: "p99 of a read by id while 100,000 updates are loaded", unit: inSeconds, reference: "at rest", target: 5, atMost: true}
	loaded        = &figure{name: "a publisher with 25 slots a location: read, joined, sent and visible", unit: inSeconds, target: 60, atMost: true}
	loaderMemory  = &figure{name: "memory of the loader meanwhile", unit: inBytes, target: 400e6, atMost: true}
	nearby        = &figure{name: "places within 25 miles that have a vaccine, the nearest 20", unit: perSecond, target: 3000}
	nearbyP99     = &figure{name: "the same, p99", unit: inSeconds, target: 0.03, atMost: true}
	byWords       = &figure{name: "places by words of name and city (`q`)", unit: perSecond, target: 1000}
	byState       = &figure{name: "50 places of a state by type and vaccine", unit: perSecond, target: 1000}
	geoJSON       = &figure{name: "all as GeoJSON, one client", unit: bytesRate, target: 300e6}
	heard         = &figure{name: "a change reaches who waits for it, p99", unit: inSeconds, target: 0.1, atMost: true}
	heardElse     = &figure{name: "a change reaches who waits at another replica, p99", unit: inSeconds, target: 0.3, atMost: true}
	heardByMany   = &figure{name: "a change a second reaches each of 5,000 who wait, while 200 others a second arrive, p99", unit: inSeconds, target: 1, atMost: true}

	figures = []*figure{
		pageIdentity, pageGzip, pageChurn, byID, byExternal, dump, slots, firstSlots, singleUpdates, newLocations, changed, rechecks, start, memory, disk, p99,
		nearby, nearbyP99, byWords, byState, geoJSON, heard, heardElse, heardByMany, loaded, loaderMemory,
	}
)

// A sample is one measurement.
type sample struct{ ours, reference float64 }

// ratio is what is judged.
func (s sample) ratio() float64 {
	if s.reference == 0 {
		return s.ours
	}
	return s.ours / s.reference
}

type resultKey struct {
	figure *figure
	engine engine
}

// results are all samples of the run.
type results map[resultKey][]sample

// add records a sample and shows it.
func (b *bench) add(f *figure, e engine, ours, reference float64) {
	s := sample{ours, reference}
	key := resultKey{f, e}
	b.results[key] = append(b.results[key], s)
	if reference == 0 {
		b.say("  %-60s %s", f.name, show(f.unit, ours))
		return
	}
	b.say("  %-60s %12s %12s %6.2f", f.name, show(f.unit, ours), show(f.unit, reference), s.ratio())
}

// addSent records how fast updates were taken. PostgreSQL is measured against its own
// COPY, SQLite against PostgreSQL in the same round.
func (b *bench) addSent(f *figure, e engine, s sent) {
	reference := b.copyRate
	if e == sqlite {
		list := b.results[resultKey{f, postgres}]
		reference = list[len(list)-1].ours
	}
	b.add(f, e, float64(s.updates)/s.took.Seconds(), reference)
}

func show(unit string, x float64) string {
	switch unit {
	case inBytes:
		return fmt.Sprintf("%.0f MB", x/1e6)
	case bytesRate:
		return fmt.Sprintf("%.0f MB/s", x/1e6)
	case inSeconds:
		return time.Duration(x * float64(time.Second)).Round(10 * time.Microsecond).String()
	}
	if x < 1000 {
		return fmt.Sprintf("%.1f/s", x)
	}
	return fmt.Sprintf("%.0f/s", x)
}

func median(list []float64) float64 {
	slices.Sort(list)
	n := len(list)
	return (list[(n-1)/2] + list[n/2]) / 2
}

// row gives the medians of a figure on an engine.
func (r results) row(f *figure, e engine) (ours, reference, ratio float64, ok bool) {
	var a, b, c []float64
	for _, s := range r[resultKey{f, e}] {
		a, b, c = append(a, s.ours), append(b, s.reference), append(c, s.ratio())
	}
	if len(a) == 0 {
		return 0, 0, 0, false
	}
	return median(a), median(b), median(c), true
}

// judge gives the target and whether it is met.
func (f *figure) judge(e engine, ratio float64) (target, verdict string) {
	goal := f.target
	if e == sqlite && (f == newLocations || f == changed || f == rechecks) {
		goal = 1
	}
	switch {
	case f.only != "" && f.only != e:
		return "", ""
	case f.reference == "" && !f.atMost:
		target = "≥ " + show(f.unit, goal)
	case f.reference == "":
		target = "≤ " + show(f.unit, goal)
	case f.atMost:
		target = fmt.Sprintf("≤ %v", goal)
	default:
		target = fmt.Sprintf("≥ %v", goal)
	}
	if f.atMost && ratio <= goal || !f.atMost && ratio >= goal {
		return target, "met"
	}
	return target, "missed"
}

// table gives the figures as a table in Markdown.
func (b *bench) table() string {
	var t strings.Builder
	t.WriteString("| figure | engine | UNIVAF | reference | ratio | target | |\n|---|---|---:|---:|---:|---|---|\n")
	for _, f := range figures {
		for _, e := range engines {
			ours, reference, ratio, ok := b.results.row(f, e)
			if !ok {
				continue
			}
			what := f.reference
			if e == sqlite && reference > 0 && (f == newLocations || f == changed || f == rechecks) {
				what = "on PostgreSQL"
			}
			against, factor := "", ""
			if reference > 0 {
				against, factor = show(f.unit, reference)+" ("+what+")", fmt.Sprintf("%.2f", ratio)
			}
			target, verdict := f.judge(e, ratio)
			fmt.Fprintf(&t, "| %s | %s | %s | %s | %s | %s | %s |\n", f.name, e, show(f.unit, ours), against, factor, target, verdict)
		}
	}
	return t.String()
}

// report prints the table and, after a full run, renews the document.
func (b *bench) report() error {
	text := b.table()
	if len(b.growths) > 0 {
		text += "\n" + b.growthTable()
	}
	fmt.Fprintln(b.out, "\n"+text)
	if b.document == "" {
		return nil
	}
	head, err := b.circumstances()
	if err != nil {
		return err
	}
	return renew(b.document, head+"\n"+text+"\n"+b.profileLinks())
}

// circumstances says when, of what and where the figures are.
func (b *bench) circumstances() (string, error) {
	commit, err := b.command("git", "rev-parse", "--short=10", "HEAD").Output()
	if err != nil {
		return "", err
	}
	changes, err := b.command("git", "status", "--porcelain", "--untracked-files=no").Output()
	if err != nil {
		return "", err
	}
	state := ""
	if len(bytes.TrimSpace(changes)) > 0 {
		state = ", with changes"
	}
	return fmt.Sprintf("%s, commit %s%s, %s on %d processors (%s), %d locations, medians of %d rounds.\n",
		time.Now().UTC().Format(time.DateOnly), bytes.TrimSpace(commit), state, runtime.Version(), runtime.NumCPU(), processor(), b.locations, b.rounds), nil
}

// processor gives the name of the machine's processor, where the system tells it.
func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

func (b *bench) profileLinks() string {
	entries, _ := os.ReadDir(b.profiles)
	var links []string
	for _, e := range entries {
		links = append(links, fmt.Sprintf("[%s](benchmarks/%s)", strings.TrimSuffix(e.Name(), ".txt"), e.Name()))
	}
	return "Where the server's time goes: " + strings.Join(links, ", ") + ".\n"
}

// What stands between these lines is the run's; the rest of the document is written
// by hand.
const (
	beginFigures = "<!-- figures: make bench writes these -->\n"
	endFigures   = "<!-- end of figures -->\n"
)

// renew puts the text between the document's marks.
func renew(file, text string) error {
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(old), beginFigures)
	_, after, ended := strings.Cut(rest, endFigures)
	if !found || !ended {
		return fmt.Errorf("%s has no place for figures: between %q and %q", file, beginFigures, endFigures)
	}
	return os.WriteFile(file, []byte(before+beginFigures+"\n"+text+"\n"+endFigures+after), 0o644)
}
