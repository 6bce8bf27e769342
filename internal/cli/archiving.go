package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"getmyvax.org/univaf/internal/archive"
	"getmyvax.org/univaf/internal/store"
)

// servedArchive says to which archive a server writes the days.
type servedArchive struct {
	Archive string `help:"Archive to write each day to, as univaf snapshot does: file:///FOLDER or s3://BUCKET/PREFIX; else $DATA_SNAPSHOT_S3_BUCKET." fallback:"UNIVAF_ARCHIVE" placeholder:"URL"`
	Private bool   `name:"archive-private" help:"Keep private places, records and notes in the archive." fallback:"UNIVAF_ARCHIVE_PRIVATE"`

	archiveFlags
}

// open opens the archive, or gives nil if none is set.
func (s servedArchive) open(h *host) (*archive.Bucket, error) {
	address := archiveAddress(s.Archive, h.getenv)
	if address == "" {
		return nil, nil
	}
	bucket, err := archive.OpenBucket(h.ctx, address, h.getenv)
	if err != nil {
		return nil, usage("--archive (UNIVAF_ARCHIVE, %s): %w", oldBucket, err)
	}
	return bucket, nil
}

// When a server writes the day that is over: after what may still be on its way into the
// log, and again if that fails. As a server may sleep, and its clock may be set, it looks
// more often than it has something to do.
const (
	archiveAfter = 10 * time.Minute // midnight UTC
	archiveLook  = time.Minute
	archiveRetry = 15 * time.Minute
)

// keepArchive writes each day to the archive once it is over. Of several servers that share
// a database, one does.
func (s servedArchive) keepArchive(ctx context.Context, h *host, db *store.Store, bucket *archive.Bucket) {
	a := archive.New(s.options(h, db, bucket, s.Private))
	var done archive.Day // up to which all is there
	var failed time.Time
	for {
		now := time.Now()
		due := archive.DayOf(now.Add(-archiveAfter)).Plus(-1)
		if due.After(done.Time) && now.Sub(failed) > archiveRetry {
			switch err := a.Run(ctx); {
			case ctx.Err() != nil:
				return
			case errors.Is(err, archive.ErrBusy):
				failed = now
			case err != nil:
				failed = now
				h.log.Error("the archive can't be written; the log stays, and it is tried again", "archive", bucket.Name, "wait", archiveRetry, "err", err)
			default:
				done = due
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(archiveLook):
		}
	}
}

// trimLog gives what removes old rows of the log: with an archive, only those that are
// there.
func trimLog(db *store.Store, bucket *archive.Bucket) func(context.Context, time.Time) (int64, error) {
	if bucket == nil {
		return db.TrimLog
	}
	return func(ctx context.Context, before time.Time) (int64, error) {
		through, err := db.Archived(ctx, bucket.Name)
		if err != nil {
			return 0, fmt.Errorf("what is archived: %w", err)
		}
		return db.TrimLogThrough(ctx, through, before)
	}
}
