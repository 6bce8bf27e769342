package load

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"
)

// River takes a run for dead when its time is up, which may be hours. A worker that was
// killed is found out sooner: each holds a lock of PostgreSQL's in its own name, which goes
// with its connection.

// lockClass is the first half of these locks' keys ("univ"); the second is made of the
// worker's name.
const lockClass = 0x756e6976

// A presence shows that a worker lives.
type presence struct {
	id   string
	conn *pgx.Conn
}

// appear makes this worker known under a new name.
func appear(ctx context.Context, pool *pgxpool.Pool) (*presence, error) {
	config := pool.Config().ConnConfig.Copy()
	// The server finds out within half a minute that a machine is gone.
	config.RuntimeParams["tcp_keepalives_idle"] = "10"
	config.RuntimeParams["tcp_keepalives_interval"] = "5"
	config.RuntimeParams["tcp_keepalives_count"] = "4"
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	p := &presence{id: rand.Text(), conn: conn}
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1, hashtext($2))`, lockClass, p.id); err != nil {
		p.leave()
		return nil, err
	}
	return p, nil
}

func (p *presence) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = p.conn.Close(ctx)
}

// isPresent tells whether the worker of that name lives.
func isPresent(ctx context.Context, pool *pgxpool.Pool, id string) (bool, error) {
	var gone bool
	err := pool.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock($1, hashtext($2))`, lockClass, id).Scan(&gone)
	return !gone, err
}

// putBack lets another worker run what the one of that name had begun, as River's own
// rescuer would later.
func (q *queue) putBack(ctx context.Context, client *river.Client[pgx.Tx], job *rivertype.JobRow, by string) error {
	now := q.Now().UTC()
	why, err := json.Marshal(rivertype.AttemptError{At: now, Attempt: job.Attempt, Error: "the worker " + by + " is gone"})
	if err != nil {
		return err
	}
	driver := client.Driver().(*riverpgxv5.Driver)
	_, err = driver.GetExecutor().JobRescueMany(ctx, &riverdriver.JobRescueManyParams{
		ID: []int64{job.ID}, Error: [][]byte{why}, FinalizedAt: []*time.Time{nil}, ScheduledAt: []time.Time{now},
		State:        []string{string(rivertype.JobStateAvailable)},
		StuckHorizon: job.AttemptedAt.Add(time.Millisecond), // so that a later attempt is left alone
	})
	if err == nil {
		q.Log.WarnContext(ctx, "a worker died while it ran a source; another takes over", "kind", job.Kind, "worker", by)
	}
	return err
}
