package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"getmyvax.org/univaf"
)

// Runs and pauses are what operators see, not readers: they go by no log.

// AddRun keeps the report of a run. Of two of one source that began in the same
// millisecond, the later one counts.
func (s *Store) AddRun(ctx context.Context, r univaf.Run) error {
	report, err := json.Marshal(r)
	if err != nil {
		return err
	}
	const insert = `INSERT INTO source_runs (source, started_at, ended_at, report) VALUES ($1, $2, $3, $4)
		ON CONFLICT (source, started_at) DO UPDATE SET ended_at = excluded.ended_at, report = excluded.report`
	_, err = s.writer.ExecContext(ctx, insert, r.Source, r.Start.UnixMilli(), r.End.UnixMilli(), string(report))
	return unavailable(err)
}

// Runs gives the last runs of each source, at most so many, the newest first.
func (s *Store) Runs(ctx context.Context, most int) (map[string][]univaf.Run, error) {
	// Three months of runs are many: names and bounds are read from the index alone.
	const query = `WITH RECURSIVE names (source) AS (
			SELECT min(source) FROM source_runs
			UNION ALL
			SELECT (SELECT min(r.source) FROM source_runs r WHERE r.source > names.source) FROM names WHERE names.source IS NOT NULL
		), bounds (source, oldest) AS (
			SELECT source, (SELECT min(started_at) FROM (
				SELECT started_at FROM source_runs r WHERE r.source = names.source ORDER BY started_at DESC LIMIT $1
			) AS newest) FROM names WHERE source IS NOT NULL
		)
		SELECT r.source, r.report FROM bounds JOIN source_runs r ON r.source = bounds.source AND r.started_at >= bounds.oldest
		ORDER BY r.source, r.started_at DESC`
	runs := map[string][]univaf.Run{}
	err := s.each(ctx, func(rows *sql.Rows) error {
		var source, report string
		if err := rows.Scan(&source, &report); err != nil {
			return err
		}
		var r univaf.Run
		if err := json.Unmarshal([]byte(report), &r); err != nil {
			return fmt.Errorf("run of %s: %w", source, err)
		}
		runs[source] = append(runs[source], r)
		return nil
	}, query, most)
	return runs, err
}

// TrimRuns removes runs from before the given time and reports how many.
func (s *Store) TrimRuns(ctx context.Context, before time.Time) (int64, error) {
	return s.trim(ctx, `DELETE FROM source_runs WHERE started_at < $1`, before.UnixMilli())
}

// Pause keeps a source from being run until a time, or lets it go on if that is past.
func (s *Store) Pause(ctx context.Context, p univaf.Pause) error {
	const insert = `INSERT INTO source_pauses (source, since, until, reason) VALUES ($1, $2, $3, $4)
		ON CONFLICT (source) DO UPDATE SET since = excluded.since, until = excluded.until, reason = excluded.reason`
	_, err := s.writer.ExecContext(ctx, insert, p.Source, p.Since.UnixMilli(), p.Until.UnixMilli(), p.Reason)
	return unavailable(err)
}

// Pauses gives those that last longer than now, by source.
func (s *Store) Pauses(ctx context.Context, now time.Time) (map[string]univaf.Pause, error) {
	pauses := map[string]univaf.Pause{}
	err := s.each(ctx, func(rows *sql.Rows) error {
		var p univaf.Pause
		var since, until int64
		if err := rows.Scan(&p.Source, &since, &until, &p.Reason); err != nil {
			return err
		}
		p.Since, p.Until = time.UnixMilli(since).UTC(), time.UnixMilli(until).UTC()
		pauses[p.Source] = p
		return nil
	}, `SELECT source, since, until, reason FROM source_pauses WHERE until > $1`, now.UnixMilli())
	return pauses, err
}

// each calls f with each row of a query.
func (s *Store) each(ctx context.Context, f func(*sql.Rows) error, query string, args ...any) error {
	rows, err := s.reader.QueryContext(ctx, query, args...)
	if err != nil {
		return unavailable(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return unavailable(rows.Err())
}
