package smart

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// A Manifest lists the files that a publisher has. It is found at a URL whose path
// ends in $bulk-publish.
type Manifest struct {
	TransactionTime Instant `json:"transactionTime"` // when the data was published
	Request         string  `json:"request"`         // the manifest's own URL
	Output          []File  `json:"output"`
	Error           []File  `json:"error"`
}

// A File is an entry of a manifest.
type File struct {
	Type      string         `json:"type"` // Location, Schedule or Slot
	URL       string         `json:"url"`
	Extension *FileExtension `json:"extension,omitempty"`
}

// A FileExtension says of what and when a file speaks.
type FileExtension struct {
	State       States  `json:"state,omitempty"`
	CurrentAsOf Instant `json:"currentAsOf,omitempty"`
}

// States are USPS codes. In JSON they are a list; some publishers have one string.
type States []string

// UnmarshalJSON reads a list or a string.
func (s *States) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		*s = make(States, 1)
		return json.Unmarshal(data, &(*s)[0])
	}
	return json.Unmarshal(data, (*[]string)(s))
}

// MarshalJSON renders the manifest with its lists even if empty.
func (m Manifest) MarshalJSON() ([]byte, error) {
	type plain Manifest
	m.Output, m.Error = orEmpty(m.Output), orEmpty(m.Error)
	return json.Marshal(plain(m))
}

// ParseManifest reads and checks a manifest. Its errors are a *univaf.SyntaxError
// or univaf.FieldErrors.
func ParseManifest(data []byte) (*Manifest, error) {
	var m struct {
		Manifest
		// What publishers put here is of no use to anyone, so it can't be wrong.
		Error json.RawMessage `json:"error"`
	}
	data = []byte(strings.TrimPrefix(string(data), byteOrderMark))
	if _, err := unmarshalTabs(data, &m); err != nil {
		return nil, err
	}
	if err := m.validate(); err != nil {
		return nil, err
	}
	return &m.Manifest, nil
}

var stateCode = regexp.MustCompile(`^[A-Z]{2}$`)

func (m *Manifest) validate() error {
	var c check
	c.instant("/transactionTime", m.TransactionTime)
	c.uri("/request", m.Request)
	if m.Output == nil {
		c.fail("/output", "is required: a list")
	}
	for i, f := range m.Output {
		at := fmt.Sprintf("/output/%d", i)
		if !slices.Contains([]string{typeLocation, typeSchedule, typeSlot}, f.Type) {
			c.fail(at+"/type", "must be Location, Schedule or Slot, not %q", sample([]byte(f.Type)))
		}
		if u, err := url.Parse(f.URL); err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
			c.fail(at+"/url", "must be the URL of a file, not %q", sample([]byte(f.URL)))
		}
		if f.Extension == nil {
			continue
		}
		for _, state := range f.Extension.State {
			if !stateCode.MatchString(state) {
				c.fail(at+"/extension/state", "must hold two capital letters each, not %q", sample([]byte(state)))
			}
		}
		if f.Extension.CurrentAsOf != "" {
			c.instant(at+"/extension/currentAsOf", f.Extension.CurrentAsOf)
		}
	}
	return c.errs.Err()
}

// stateFile matches a URL whose last segment is a state: …/AK, …/AK.ndjson?x.
var stateFile = regexp.MustCompile(`/(A[AEKLPRSZ]|C[AOT]|D[CE]|F[LM]|G[AU]|HI|I[ADLN]|K[SY]|LA|M[ADEHINOPST]|N[CDEHJMVY]|O[HKR]|P[ARW]|RI|S[CD]|T[NX]|UT|V[AIT]|W[AIVY])(\.ndjson)?(\?|$)`)

// States gives the states that the file is about, as its publisher or else its
// name says; none if that is not known.
func (f *File) States() []string {
	if f.Extension != nil && len(f.Extension.State) > 0 {
		return f.Extension.State
	}
	if found := stateFile.FindStringSubmatch(f.URL); found != nil {
		return []string{found[1]}
	}
	return nil
}

// Files gives the files of a type in the manifest's order, without those that are
// known to hold none of the wanted states (all if none are named).
func (m *Manifest) Files(resourceType string, states []string) []*File {
	var files []*File
	for i := range m.Output {
		f := &m.Output[i]
		if f.Type == resourceType && (len(states) == 0 || len(f.States()) == 0 || overlap(f.States(), states)) {
			files = append(files, f)
		}
	}
	return files
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}
