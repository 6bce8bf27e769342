package conform

import (
	"fmt"
	"slices"
	"strings"
)

// A Status says how a publisher does by a rule.
type Status string

// What they are.
const (
	Kept          Status = "kept"
	Broken        Status = "broken"
	NotChecked    Status = "not_checked"    // e.g. nothing to hold it to could be read
	NotApplicable Status = "not_applicable" // e.g. headers of files in a folder
)

// A Report says how a publisher keeps to the rules.
type Report struct {
	Target string `json:"target"` // what was checked, without secrets
	// Complete says that all files were read to their ends. Without that nothing is known
	// of what could not be read, so no report is a good one.
	Complete bool     `json:"complete"`
	Reasons  []string `json:"reasons,omitempty"` // why it is not complete
	Files    []File   `json:"files"`
	Rules    []Result `json:"rules"`
}

// A File is one that the manifest lists.
type File struct {
	Type      string `json:"type"`
	Name      string `json:"name"` // its URL, without secrets
	Resources int64  `json:"resources"`
	Bytes     int64  `json:"bytes"` // decompressed
	Complete  bool   `json:"complete"`
}

// A Result is what came of a rule.
type Result struct {
	Rule
	Status   Status    `json:"status"`
	Count    int64     `json:"count"`              // how often it is broken
	Examples []Example `json:"examples,omitempty"` // the first of them
}

// An Example is one breach of a rule.
type Example struct {
	File    string `json:"file,omitempty"`
	Line    int64  `json:"line,omitempty"` // counts all lines of the file, from 1
	ID      string `json:"id,omitempty"`   // of the resource
	Message string `json:"message"`
}

// Worst gives the greatest severity of which a rule is broken, or "".
func (r *Report) Worst() Severity {
	for _, s := range []Severity{Error, Warning, Hint} {
		if slices.ContainsFunc(r.Rules, func(one Result) bool { return one.Status == Broken && one.Severity == s }) {
			return s
		}
	}
	return ""
}

// Count gives how many rules of a severity are in that state.
func (r *Report) Count(s Severity, status Status) int {
	n := 0
	for i := range r.Rules {
		if r.Rules[i].Severity == s && r.Rules[i].Status == status {
			n++
		}
	}
	return n
}

// maxReasons keeps a manifest of thousands of dead files from filling the report.
const maxReasons = 20

// incomplete notes that something was not read.
func (r *Report) incomplete(format string, args ...any) {
	r.Complete = false
	if len(r.Reasons) < maxReasons {
		r.Reasons = append(r.Reasons, fmt.Sprintf(format, args...))
	}
}

// A place is where something stands.
type place struct {
	file string
	line int64
	id   []byte
}

// breach counts that a rule is broken, and keeps the first examples.
func (c *checker) breach(rule string, at place, format string, args ...any) {
	i, known := ruleIndex[rule]
	if !known {
		panic("conform: no rule " + rule)
	}
	result := &c.report.Rules[i]
	result.Status = Broken
	if result.Count++; len(result.Examples) < c.examples {
		result.Examples = append(result.Examples, Example{at.file, at.line, short(at.id), fmt.Sprintf(format, args...)})
	}
}

// set gives rules a state that is neither kept nor broken.
func (c *checker) set(status Status, rules ...string) {
	for _, name := range rules {
		if result := &c.report.Rules[ruleIndex[name]]; result.Status == Kept {
			result.Status = status
		}
	}
}

// family gives the rules whose names begin with prefix.
func family(prefix string) (names []string) {
	for _, r := range Rules {
		if strings.HasPrefix(r.Name, prefix) {
			names = append(names, r.Name)
		}
	}
	return names
}

// short shows a value in a message: cut short, and with nothing in it that could do
// something to a terminal.
func short(b []byte) string {
	const most = 100 // bytes
	more := ""
	if len(b) > most {
		b, more = b[:most], "…"
	}
	printable := strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u2028' || r == '\u2029' {
			return '\uFFFD'
		}
		return r
	}, strings.ToValidUTF8(string(b), "\uFFFD"))
	return printable + more
}

// String shows a value of any kind. Messages are given values, not their texts, as most
// are of no breach that is among the first.
func (v value) String() string {
	switch v.kind() {
	case absent:
		return "missing"
	case text:
		return fmt.Sprintf("%q", short(v.raw()))
	}
	return short(v.raw())
}
