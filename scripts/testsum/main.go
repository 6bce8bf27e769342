// Command testsum reads what go test -json writes and prints what a person wants of
// it: a line for each package, all of what failed, why tests were skipped, and the
// count. It ends with an error if a test failed or none passed.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
)

// An event is a line of go test -json: see go doc test2json, and go help buildjson.
type event struct {
	Action     string
	Package    string
	ImportPath string // in place of Package while it is built
	Test       string
	Output     string
}

func main() {
	ok, err := summarize(os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testsum:", err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

// A tally is what is known so far.
type tally struct {
	out     io.Writer
	output  map[[2]string][]string // package and test: what it printed, until it ends
	bad     map[string]bool        // packages in which a test failed
	reasons map[string]int         // why tests were skipped

	passed, failed, skipped int
}

// summarize reports whether tests passed and none failed.
func summarize(in io.Reader, out io.Writer) (bool, error) {
	t := tally{out: out, output: map[[2]string][]string{}, bad: map[string]bool{}, reasons: map[string]int{}}
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			t.add(line)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return false, err
		}
	}
	for _, reason := range slices.Sorted(maps.Keys(t.reasons)) {
		fmt.Fprintf(out, "skipped %d: %s\n", t.reasons[reason], reason)
	}
	fmt.Fprintf(out, "%d passed, %d failed", t.passed, t.failed)
	if t.skipped > 0 {
		fmt.Fprintf(out, ", %d skipped", t.skipped)
	}
	fmt.Fprintln(out)
	return t.passed > 0 && t.failed == 0, nil
}

func (t *tally) add(line string) {
	var e event
	if !strings.HasPrefix(line, "{") || json.Unmarshal([]byte(line), &e) != nil {
		fmt.Fprint(t.out, line) // the go command itself said something
		return
	}
	key := [2]string{e.Package, e.Test}
	switch e.Action {
	case "build-output":
		fmt.Fprint(t.out, e.Output)
	case "output":
		if e.Test == "" && packageLine.MatchString(e.Output) {
			fmt.Fprint(t.out, e.Output)
			return
		}
		t.output[key] = append(t.output[key], e.Output)
	case "pass", "skip", "fail":
		if e.Test == "" {
			t.endPackage(e)
		} else {
			t.endTest(e, key)
		}
	}
}

func (t *tally) endTest(e event, key [2]string) {
	switch e.Action {
	case "pass":
		t.passed++
	case "skip":
		t.skipped++
		t.reasons[reason(t.output[key])]++
	case "fail":
		t.failed++
		t.bad[e.Package] = true
		t.print(key)
	}
	delete(t.output, key)
}

// endPackage prints, of a package that failed, what no test that ended has said: a
// panic or a time-out leaves tests without an end. A package that failed with no
// test to blame, as when it was not built, counts as one failure.
func (t *tally) endPackage(e event) {
	keys := slices.SortedFunc(maps.Keys(t.output), func(a, b [2]string) int { return strings.Compare(a[1], b[1]) })
	for _, key := range keys {
		if key[0] != e.Package {
			continue
		}
		if e.Action == "fail" {
			t.print(key)
		}
		delete(t.output, key)
	}
	if e.Action == "fail" && !t.bad[e.Package] {
		t.failed++
	}
}

func (t *tally) print(key [2]string) {
	for _, line := range t.output[key] {
		if !noise.MatchString(line) {
			fmt.Fprint(t.out, line)
		}
	}
}

var (
	// packageLine is the last line of a package: "ok  \tgetmyvax.org/univaf\t0.2s".
	packageLine = regexp.MustCompile(`^(ok  |FAIL|\?   )\t`)
	noise       = regexp.MustCompile(`^\s*=== (RUN|PAUSE|CONT|NAME) |^(PASS|FAIL)\n$`)
	place       = regexp.MustCompile(`^\s+[\w.]+\.go:\d+: `)
)

// reason is why a test was skipped: the last thing that it said.
func reason(output []string) string {
	for _, line := range slices.Backward(output) {
		if at := place.FindString(line); at != "" {
			return strings.TrimSpace(line[len(at):])
		}
	}
	return "no reason given"
}
