package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"getmyvax.org/univaf/internal/archive"
	"getmyvax.org/univaf/internal/store"
)

// archiveFlags say where the archive is and what goes there.
type archiveFlags struct {
	Keep    keepTime `help:"How long log rows stay, with an archive only once they are there: days, or a time such as 36h (7d)." default:"7d" fallback:"UNIVAF_LOG_KEEP" placeholder:"TIME"`
	License string   `name:"archive-license" help:"Licence of the data, as manifests name it (CC0-1.0)." default:"CC0-1.0" fallback:"UNIVAF_ARCHIVE_LICENSE" placeholder:"SPDX"`
}

// keepTime is a time that may be given in days: 7, 7d or 168h.
type keepTime time.Duration

// UnmarshalText reads it.
func (k *keepTime) UnmarshalText(text []byte) error {
	const day = 24 * time.Hour
	if days, err := strconv.ParseUint(strings.TrimSuffix(string(text), "d"), 10, 16); err == nil {
		*k = keepTime(time.Duration(days) * day)
		return nil
	}
	d, err := time.ParseDuration(string(text))
	if err != nil || d < 0 {
		return fmt.Errorf("must be days, such as 7d, or a time such as 36h, not %q", text)
	}
	*k = keepTime(d)
	return nil
}

// oldBucket is the setting by which the old deployment named its bucket of S3.
const oldBucket = "DATA_SNAPSHOT_S3_BUCKET"

// archiveAddress gives the archive that is set, or "".
func archiveAddress(to string, getenv func(string) string) string {
	if bucket := getenv(oldBucket); to == "" && bucket != "" {
		return "s3://" + bucket
	}
	return to
}

type snapshotCommand struct {
	To       string `help:"Archive: file:///FOLDER, a folder, or s3://BUCKET/PREFIX; else $DATA_SNAPSHOT_S3_BUCKET, else the folder archive beside the database." fallback:"UNIVAF_ARCHIVE" placeholder:"URL"`
	Date     string `help:"Day (UTC) to write; of today, what there is so far. By default all days that are missing, up to yesterday." placeholder:"YYYY-MM-DD"`
	Private  bool   `help:"Keep private places, records and notes, in an archive that nobody else reads." fallback:"UNIVAF_ARCHIVE_PRIVATE"`
	ClearLog bool   `help:"Remove log rows that are archived and older than --keep, as servers with an archive do by themselves."`
	WriteS3  bool   `name:"write-to-s3" help:"Write to the bucket in $DATA_SNAPSHOT_S3_BUCKET, as in the old system."`

	archiveFlags
	databaseFlags
}

// Help is what snapshot --help says besides its flags.
func (c *snapshotCommand) Help() string {
	return "Writes the tables as they were at the end of a day and all updates of the day, as gzipped NDJSON and as Parquet: docs/guides/archive.md. " +
		"S3 is reached by the AWS SDK's own settings ($AWS_ACCESS_KEY_ID, $AWS_SECRET_ACCESS_KEY, $AWS_REGION, $AWS_ENDPOINT_URL …)."
}

// Run writes snapshots.
func (c *snapshotCommand) Run(h *host) error {
	var day *archive.Day
	if c.Date != "" {
		d, err := archive.ParseDay(c.Date)
		if err != nil {
			return usage("--date %w", err)
		}
		day = &d
	}
	address := archiveAddress(c.To, h.getenv)
	switch {
	case c.WriteS3 && c.To == "" && address == "":
		return usage("--write-to-s3 needs the bucket's name in %s", oldBucket)
	case address == "":
		address = filepath.Join(c.DataDir, "archive")
	}
	bucket, err := archive.OpenBucket(h.ctx, address, h.getenv)
	if err != nil {
		return usage("--to (UNIVAF_ARCHIVE, %s): %w", oldBucket, err)
	}
	defer func() { _ = bucket.Close() }()
	db, err := c.open(h)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	defer h.limitMemory()()
	a := archive.New(c.options(h, db, bucket, c.Private))
	if day != nil {
		err = a.RunDay(h.ctx, *day)
	} else {
		err = a.Run(h.ctx)
	}
	if errors.Is(err, archive.ErrUnknown) {
		return usage("--date: %w", err)
	}
	if err != nil {
		return err
	}
	if c.ClearLog {
		return clearLog(h.ctx, h.log, db, bucket.Name, time.Duration(c.Keep))
	}
	return nil
}

// snapshotMemory is beyond which the garbage is collected more often. Much of what a
// snapshot uses passes through.
const snapshotMemory = 220 << 20

// limitMemory sets that, and gives what undoes it.
func (h *host) limitMemory() (undo func()) {
	if h.getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	before := debug.SetMemoryLimit(snapshotMemory)
	return func() { debug.SetMemoryLimit(before) }
}

func (f archiveFlags) options(h *host, db *store.Store, bucket *archive.Bucket, private bool) archive.Options {
	return archive.Options{
		Store: db, Bucket: bucket, Private: private, License: f.License, Generator: strings.TrimSpace("univaf " + h.release),
		TempDir: os.TempDir(), Now: time.Now, Tell: func(message string, args ...any) { h.log.InfoContext(h.ctx, message, args...) },
	}
}

// clearLog removes log rows that are in the archive and older than they are to be kept.
func clearLog(ctx context.Context, log *slog.Logger, db *store.Store, name string, keep time.Duration) error {
	through, err := db.Archived(ctx, name)
	if err != nil {
		return err
	}
	n, err := db.TrimLogThrough(ctx, through, time.Now().Add(-keep))
	if n > 0 {
		log.InfoContext(ctx, "old rows removed", "table", "log", "rows", n)
	}
	return err
}
