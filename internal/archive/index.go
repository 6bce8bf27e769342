package archive

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"html/template"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// An index is what a bucket holds, for people and programs that browse it.
type index struct {
	Name          string     `json:"name"`
	About         string     `json:"about"`
	License       string     `json:"license"`
	Citation      string     `json:"citation"`
	SchemaVersion int        `json:"schema_version"`
	Tables        []tableOf  `json:"tables"`
	Days          []indexDay `json:"days"` // the newest first
}

// An indexDay is a day in the index. Of days that were written by others only the files
// are known.
type indexDay struct {
	Date      string      `json:"date"`
	Status    string      `json:"status,omitempty"`
	StateAsOf string      `json:"state_as_of,omitempty"`
	Manifest  string      `json:"manifest,omitempty"`
	Files     []indexFile `json:"files"`
}

type indexFile struct {
	Path  string `json:"path"`
	Bytes int64  `json:"bytes"`
}

// Name is the end of the path, shortened to what tells it from others of the day.
func (f indexFile) Name() string {
	table, rest, _ := strings.Cut(f.Path, "/")
	if strings.HasSuffix(rest, "."+parquetFiles) {
		return table + "." + parquetFiles
	}
	return table + "." + ndjson
}

const (
	archiveName  = "UNIVAF archive"
	archiveAbout = "Where and when vaccine appointments could be had in the United States: the tables at the end of each day (UTC), " +
		"and every update of the day, as gzipped NDJSON and as Parquet."
)

// citation says how a day, or with "" all of them, are cited.
func citation(archive, date string) string {
	text := "UNIVAF, archive of vaccine appointment availability in the United States"
	if date != "" {
		text += ", " + date
	}
	if strings.HasPrefix(archive, "file:") { // which is an address to nobody else
		return text
	}
	return text + ", " + archive
}

const (
	indexJSON = "index.json"
	indexHTML = "index.html"
)

//go:embed index.html
var indexText string

var indexPage = template.Must(template.New(indexHTML).Parse(indexText))

// index renews the list of days, if anything is new.
func (a *Archive) index(ctx context.Context) error {
	var was index
	if err := a.Bucket.readJSON(ctx, indexJSON, &was); err != nil && !isAbsent(err) {
		a.Tell("the index can't be read and is made anew", "err", err)
	}
	now := index{
		Name: archiveName, About: archiveAbout, License: a.License, Citation: citation(a.Bucket.Name, ""),
		SchemaVersion: schemaVersion, Tables: dictionary,
	}
	var err error
	if now.Days, err = a.days(ctx, was.Days); err != nil {
		return err
	}
	text, err := json.MarshalIndent(now, "", "  ")
	if err != nil {
		return err
	}
	var page bytes.Buffer
	if err := indexPage.Execute(&page, now); err != nil {
		return err
	}
	return errors.Join(
		a.Bucket.renew(ctx, indexJSON, "application/json", append(text, '\n')),
		a.Bucket.renew(ctx, indexHTML, "text/html; charset=utf-8", page.Bytes()),
	)
}

// days lists them, the newest first. Manifests of days that are known to be whole are not
// read again.
func (a *Archive) days(ctx context.Context, known []indexDay) ([]indexDay, error) {
	byDate := map[string]*indexDay{}
	at := func(date string) *indexDay {
		if byDate[date] == nil {
			byDate[date] = &indexDay{Date: date}
		}
		return byDate[date]
	}
	for _, t := range dictionary {
		objects, err := a.Bucket.list(ctx, t.Name+"/")
		if err != nil {
			return nil, err
		}
		for _, o := range objects {
			if date, ok := dateOf(o.path, t.Name); ok {
				day := at(date)
				day.Files = append(day.Files, indexFile{o.path, o.size})
			}
		}
	}
	whole := map[string]indexDay{}
	for _, d := range known {
		if d.Status == statusComplete {
			whole[d.Date] = d
		}
	}
	objects, err := a.Bucket.list(ctx, folder)
	if err != nil {
		return nil, err
	}
	for _, o := range objects {
		date, ok := dateOfManifest(o.path)
		if !ok {
			continue
		}
		day := at(date)
		day.Manifest = o.path
		if d, ok := whole[date]; ok {
			day.Status, day.StateAsOf = d.Status, d.StateAsOf
			continue
		}
		m, err := a.Bucket.manifest(ctx, date)
		if err != nil {
			return nil, err
		}
		day.Status, day.StateAsOf = m.Status, m.StateAsOf
	}
	list := make([]indexDay, 0, len(byDate))
	for _, d := range byDate {
		list = append(list, *d)
	}
	slices.SortFunc(list, func(a, b indexDay) int { return cmp.Compare(b.Date, a.Date) })
	return list, nil
}

// dateOf gives the day of a file of a table.
func dateOf(path, table string) (date string, ok bool) {
	rest, ok := strings.CutPrefix(path, table+"/"+table+"-")
	if !ok || len(rest) < len(time.DateOnly) {
		return "", false
	}
	date, format := rest[:len(time.DateOnly)], rest[len(time.DateOnly):]
	_, err := ParseDay(date)
	return date, err == nil && (format == "."+ndjson || format == "."+parquetFiles)
}

// renew writes a small object if it is another one than is there.
func (b *Bucket) renew(ctx context.Context, path, contentType string, content []byte) error {
	r, err := b.open(ctx, path)
	if err == nil {
		defer r.Close()
		there, err := io.ReadAll(io.LimitReader(r, int64(len(content))+1))
		if err == nil && bytes.Equal(there, content) {
			return nil
		}
	}
	return b.putText(ctx, path, contentType, content)
}

// tidy removes what a run that was killed left half-written in a folder; S3 keeps none.
func (b *Bucket) tidy() error {
	root, ok := strings.CutPrefix(b.Name, "file://")
	if !ok {
		return nil
	}
	var failed error
	for _, pattern := range []string{"*.tmp", "*/*.tmp", folder + "*/*.tmp"} {
		left, err := filepath.Glob(filepath.Join(filepath.FromSlash(root), pattern))
		failed = errors.Join(failed, err)
		for _, path := range left {
			if isDraft(filepath.Base(path)) {
				failed = errors.Join(failed, os.Remove(path))
			}
		}
	}
	return failed
}

// isDraft reports whether a file is one of ours that was not finished: NAME.NUMBER.tmp.
func isDraft(name string) bool {
	for _, ours := range []string{indexJSON, indexHTML, "manifest.json"} {
		if strings.HasPrefix(name, ours+".") {
			return true
		}
	}
	for _, t := range dictionary {
		if strings.HasPrefix(name, t.Name+"-") {
			return true
		}
	}
	return false
}
