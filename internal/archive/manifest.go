package archive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"getmyvax.org/univaf"
)

// schemaVersion is that of the files: it moves when fields change.
const schemaVersion = 1

// What may be said of a day.
const (
	statusWriting  = "writing"  // it was begun; files may be missing or half-written
	statusSoFar    = "so_far"   // whole up to a moment of the day
	statusComplete = "complete" // the day is over
)

// A manifest describes a day. It is written last: a day without, or one that is being
// written, does not count.
type manifest struct {
	SchemaVersion int       `json:"schema_version"`
	Date          string    `json:"date"`
	Status        string    `json:"status"`
	Private       bool      `json:"private,omitempty"` // private rows and notes are in it
	GeneratedAt   time.Time `json:"generated_at"`
	Generator     string    `json:"generator"`
	License       string    `json:"license"`
	Citation      string    `json:"citation"`
	// StateAsOf is when the tables of state were as they are here: the end of the day, or a
	// later moment if they could not be told any more.
	StateAsOf string `json:"state_as_of"`
	// The database and the entries of its log: those of the day, and the last one that is
	// in the state.
	Epoch    string `json:"epoch"`
	FirstSeq int64  `json:"first_seq"`
	LastSeq  int64  `json:"last_seq"`
	StateSeq int64  `json:"state_seq"`

	Files         []file   `json:"files"`
	KnownGaps     []gap    `json:"known_gaps"`
	SourceOutages []outage `json:"source_outages"`
}

// A gap is what is not as it should be.
type gap struct {
	Tables []string `json:"tables"`
	Reason string   `json:"reason"`
}

// An outage is when runs of a source failed, one after the other.
type outage struct {
	Source string `json:"source"`
	From   string `json:"from"` // the start of the first run that failed
	To     string `json:"to"`   // the end of the last
	Runs   int    `json:"runs"`
	Error  string `json:"error"` // of the last
}

// outages finds them in runs that are ordered by source and time.
func outages(runs []univaf.Run) []outage {
	list := []outage{}
	for i := 0; i < len(runs); i++ {
		if runs[i].Error == "" {
			continue
		}
		first := i
		for i+1 < len(runs) && runs[i+1].Source == runs[i].Source && runs[i+1].Error != "" {
			i++
		}
		list = append(list, outage{
			Source: runs[i].Source, From: univaf.FormatTime(runs[first].Start), To: univaf.FormatTime(runs[i].End),
			Runs: i - first + 1, Error: runs[i].Error,
		})
	}
	return list
}

// folder is that of the manifests: days/2021-11-01/manifest.json.
const folder = "days/"

func manifestPath(date string) string { return folder + date + "/manifest.json" }

// dateOfManifest gives the day of a manifest's path.
func dateOfManifest(path string) (date string, ok bool) {
	date, ok = strings.CutPrefix(path, folder)
	if !ok {
		return "", false
	}
	return strings.CutSuffix(date, "/manifest.json")
}

// maxManifest is the most that is read of a manifest, in bytes.
const maxManifest = 16 << 20

// manifest reads that of a day; it gives os.ErrNotExist if there is none.
func (b *Bucket) manifest(ctx context.Context, date string) (m manifest, err error) {
	err = b.readJSON(ctx, manifestPath(date), &m)
	return m, err
}

func (b *Bucket) readJSON(ctx context.Context, path string, into any) error {
	r, err := b.open(ctx, path)
	if err != nil {
		return err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, maxManifest))
	if err != nil {
		return b.failed("read", path, err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%s in %s: %w", path, b.Name, err)
	}
	return nil
}

func (b *Bucket) putManifest(ctx context.Context, m *manifest) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return b.putText(ctx, manifestPath(m.Date), "application/json", append(text, '\n'))
}

// file finds one of the day by table and format.
func (m *manifest) file(table, format string) (file, bool) {
	for _, f := range m.Files {
		if f.Table == table && f.Format == format {
			return f, true
		}
	}
	return file{}, false
}

// isAbsent reports whether the error says that there is no such object.
func isAbsent(err error) bool { return errors.Is(err, os.ErrNotExist) }
