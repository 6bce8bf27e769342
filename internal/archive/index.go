package archive

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// citation says how a day is cited.
func citation(archive, date string) string {
	return "UNIVAF: vaccine appointment availability in the United States, " + date + ". " + archive + "/" + manifestPath(date)
}

// index renews the list of days.
func (a *Archive) index(ctx context.Context) error { return nil }

// tidy removes what a run that was killed left half-written in a folder; S3 keeps none.
func (b *Bucket) tidy() error {
	root, ok := strings.CutPrefix(b.Name, "file://")
	if !ok {
		return nil
	}
	var failed error
	for _, table := range []string{locationsTable, externalIDsTable, availabilityTable, logTable, mergedIDsTable} {
		left, err := filepath.Glob(filepath.Join(filepath.FromSlash(root), table, table+"-*.tmp"))
		failed = errors.Join(failed, err)
		for _, path := range left {
			failed = errors.Join(failed, os.Remove(path))
		}
	}
	return failed
}
