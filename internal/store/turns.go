package store

import (
	"context"
	"database/sql"
	"time"

	"getmyvax.org/univaf"
)

// A turn is no entry of the log: what readers see now says it already.

// PutTurns writes how statuses turned. Seq is that of the batch.
func (t *Tx) PutTurns(turns []univaf.Turn) {
	rows := make([][]any, len(turns))
	for i := range turns {
		turn := &turns[i]
		var count any
		if turn.Count != nil {
			count = *turn.Count
		}
		rows[i] = []any{
			turn.LocationID, t.Seq, turn.Disease, turn.At.UnixMilli(), nullText(string(turn.From)), string(turn.To), count, turn.Source,
		}
	}
	t.put(&turnTable, rows, false)
}

var turnTable = table{
	name: "status_history",
	columns: []column{
		{"location_id", text},
		{"seq", bigint},
		{"disease", text},
		{"at", bigint},
		{"from_status", text},
		{"to_status", text},
		{"available_count", bigint},
		{"source", text},
	},
}

// An Opening is where and when a place had something to be had again.
type Opening struct {
	Hour, Ahead              int64 // as univaf.Hour gives them
	State, Provider, Disease string
}

// AddOpenings adds openings, by how many there were of each kind.
func (t *Tx) AddOpenings(counts map[Opening]int64) {
	var rows [][]any
	for o, n := range counts {
		rows = append(rows, []any{o.Hour, o.Ahead, o.State, o.Provider, o.Disease, n})
	}
	t.put(&openingTable, rows, false)
}

var openingTable = table{
	name: "openings",
	columns: []column{
		{"hour", bigint}, {"ahead", bigint}, {"state", text}, {"provider", text}, {"disease", text}, {"openings", bigint},
	},
	conflict: ` ON CONFLICT (hour, state, provider, disease, ahead) DO UPDATE SET openings = openings.openings + excluded.openings`,
}

// Turns gives turns of a place, the newest first.
func (s *Store) Turns(ctx context.Context, q univaf.TurnQuery) (turns []univaf.Turn, err error) {
	const query = `SELECT seq, disease, at, from_status, to_status, available_count, source FROM status_history
		WHERE location_id = $1 AND ($2 = '' OR disease = $2) AND at >= $3 AND at < $4
			AND ($5 = 0 OR seq < $5 OR seq = $5 AND disease > $6)
		ORDER BY seq DESC, disease LIMIT $7`
	err = s.each(ctx, func(rows *sql.Rows) error {
		turn := univaf.Turn{LocationID: q.LocationID}
		var at int64
		var from sql.NullString
		if err := rows.Scan(&turn.Seq, &turn.Disease, &at, &from, &turn.To, &turn.Count, &turn.Source); err != nil {
			return err
		}
		turn.At, turn.From = instant(at), univaf.Status(from.String)
		turns = append(turns, turn)
		return nil
	}, query, q.LocationID, q.Disease, q.From.UnixMilli(), q.To.UnixMilli(), q.Before.Seq, q.Before.Disease, q.Most)
	return turns, err
}

// SumTurns sums up all turns that the query asks for, whatever Before and Most are, by
// disease.
func (s *Store) SumTurns(ctx context.Context, q univaf.TurnQuery) (sums []univaf.TurnSum, err error) {
	// What was open before counts from the start, what is still open to the end.
	const query = `WITH turns AS (
			SELECT disease, at, from_status, to_status,
				coalesce(lead(at) OVER (PARTITION BY disease ORDER BY seq), $4) AS until
			FROM status_history WHERE location_id = $1 AND ($2 = '' OR disease = $2) AND at < $4
		)
		SELECT disease, count(CASE WHEN at >= $3 THEN 1 END),
			count(CASE WHEN at >= $3 AND to_status = 'YES' AND from_status IS NOT NULL THEN 1 END),
			CAST(coalesce(sum(CASE WHEN to_status = 'YES' AND until > $3 THEN until - CASE WHEN at < $3 THEN $3 ELSE at END END), 0) AS BIGINT)
		FROM turns GROUP BY disease ORDER BY disease`
	err = s.each(ctx, func(rows *sql.Rows) error {
		var sum univaf.TurnSum
		var open int64
		if err := rows.Scan(&sum.Disease, &sum.Turns, &sum.Openings, &open); err != nil {
			return err
		}
		sum.Open = time.Duration(open) * time.Millisecond
		sums = append(sums, sum)
		return nil
	}, query, q.LocationID, q.Disease, q.From.UnixMilli(), q.To.UnixMilli())
	return sums, err
}

// Openings counts openings by the hour of the week.
func (s *Store) Openings(ctx context.Context, q univaf.OpeningQuery) (counts univaf.OpeningCounts, err error) {
	const week = 168 // hours
	const query = `SELECT (hour + ahead) % $5, CAST(sum(openings) AS BIGINT) FROM openings
		WHERE hour >= $1 AND ($2 = '' OR state = $2) AND ($3 = '' OR provider = $3) AND ($4 = '' OR disease = $4)
		GROUP BY 1`
	from, _ := univaf.Hour(q.From, time.UTC)
	err = s.each(ctx, func(rows *sql.Rows) error {
		var hour, openings int64
		if err := rows.Scan(&hour, &openings); err != nil {
			return err
		}
		counts.Add(hour, openings)
		return nil
	}, query, from, q.State, q.Provider, q.Disease, week)
	return counts, err
}

// TrimTurns removes turns from before the given time and reports how many.
func (s *Store) TrimTurns(ctx context.Context, before time.Time) (int64, error) {
	return s.trim(ctx, `DELETE FROM status_history WHERE at < $1`, before.UnixMilli())
}

// TrimOpenings removes openings from before the given time and reports how many rows.
func (s *Store) TrimOpenings(ctx context.Context, before time.Time) (int64, error) {
	hour, _ := univaf.Hour(before, time.UTC)
	return s.trim(ctx, `DELETE FROM openings WHERE hour < $1`, hour)
}

func (s *Store) trim(ctx context.Context, statement string, limit int64) (int64, error) {
	result, err := s.writer.ExecContext(ctx, statement, limit)
	if err != nil {
		return 0, unavailable(err)
	}
	n, err := result.RowsAffected()
	if err != nil || n == 0 {
		return n, err
	}
	return n, s.reclaim(ctx)
}
