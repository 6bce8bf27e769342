package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// day is when the updates are from. The hours tell rounds of them apart.
const day = "2026-11-01T"

// generate writes updates of a round, seen at an hour of the day, and gives the file.
// minute is "" or two digits.
func (b *bench) generate(round, hour int, minute string) (string, error) {
	if minute == "" {
		minute = "00"
	}
	file := b.path(fmt.Sprintf("updates-%d-%d-%s-%d.ndjson", b.locations, round, minute, hour))
	if _, err := os.Stat(file); err == nil {
		return file, nil
	}
	out, err := os.Create(file)
	if err != nil {
		return "", err
	}
	defer out.Close()
	cmd := b.command(b.path("gen"), "-n", strconv.Itoa(b.locations), "-round", strconv.Itoa(round),
		"-now", fmt.Sprintf("%s%02d:%s:00Z", day, hour, minute))
	cmd.Stdout = out
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("gen: %w", err)
	}
	return file, out.Close()
}

// round measures everything once, on one engine: a new database is filled, read,
// changed and checked again.
func (b *bench) round(round int, e engine) error {
	return b.served(e, func(s *server, database string) error {
		last := round == b.rounds-1
		fresh, err := b.generate(0, 0, "")
		if err != nil {
			return err
		}
		added, err := b.send(s, fresh)
		if err != nil {
			return err
		}
		if e == postgres {
			took, err := b.copyRows(database)
			if err != nil {
				return err
			}
			b.copyRate = float64(added.updates) / took.Seconds()
		}
		b.addSent(newLocations, e, added)

		if err := b.restart(s, database); err != nil {
			return err
		}
		took, err := b.ready(s, b.locations)
		if err != nil {
			return err
		}
		b.add(start, e, took.Seconds(), 0)
		if err := b.reading(last, e, s); err != nil {
			return err
		}
		if err := b.writing(e, s); err != nil {
			return err
		}
		stands, err := b.changing(last, e, s)
		if err != nil {
			return err
		}
		if err := b.listening(e, s, database); err != nil {
			return err
		}
		if last {
			return b.rechecking(e, s, database, stands)
		}
		return nil
	})
}

// writing measures single updates, and reads while many arrive.
func (b *bench) writing(e engine, s *server) error {
	lines, err := b.generate(2, 2, "")
	if err != nil {
		return err
	}
	script, err := b.updatesScript("updates", lines)
	if err != nil {
		return err
	}
	theirs, err := b.pgbench()
	if err != nil {
		return err
	}
	ours, err := b.wrk(s.url+"/api/edge/update", script)
	if err != nil {
		return err
	}
	b.add(singleUpdates, e, ours.rate, theirs)

	byID := b.path("by-id.lua")
	rest, err := b.wrk(s.url+pagePath, byID)
	if err != nil {
		return err
	}
	many, err := b.generate(4, 3, "")
	if err != nil {
		return err
	}
	sent := make(chan error, 1)
	go func() { _, err := b.send(s, many); sent <- err }()
	time.Sleep(200 * time.Millisecond)
	busy, err := b.wrk(s.url+pagePath, byID)
	if err != nil {
		return err
	}
	select {
	case err = <-sent:
		b.say("(the updates were all there before the reads ended)")
	default:
		err = <-sent
	}
	b.add(p99, e, busy.p99.Seconds(), rest.p99.Seconds())
	return err
}

// changing measures updates of known places: with other content, and with none. It
// gives the round of updates that stands in the end.
func (b *bench) changing(last bool, e engine, s *server) (stands int, err error) {
	stands = 1
	for _, one := range []struct {
		figure *figure
		hour   int
	}{{changed, 4}, {rechecks, 5}} {
		lines, err := b.generate(stands, one.hour, "")
		if err != nil {
			return 0, err
		}
		var got sent
		send := func() error { got, err = b.send(s, lines); return err }
		if err := send(); err != nil {
			return 0, err
		}
		b.addSent(one.figure, e, got)
		if !last || b.profiles == "" {
			continue
		}
		// Once more, to see where the time goes.
		stands += one.figure.profileRound
		if lines, err = b.generate(stands, one.hour, "30"); err != nil {
			return 0, err
		}
		seconds := max(1, int(got.took.Seconds()*0.8))
		if err := b.profile(s, one.figure.profile+"-"+string(e), seconds, send); err != nil {
			return 0, err
		}
	}
	return stands, nil
}

// rechecking measures how much the database grows while nothing changes.
func (b *bench) rechecking(e engine, s *server, database string, stands int) error {
	before, err := b.size(e, database)
	if err != nil {
		return err
	}
	for i := range b.rechecks {
		lines, err := b.generate(stands, 6, fmt.Sprintf("%02d", i))
		if err != nil {
			return err
		}
		_, err = b.send(s, lines)
		_ = os.Remove(lines) // there are many
		if err != nil {
			return err
		}
	}
	after, err := b.size(e, database)
	if err != nil {
		return err
	}
	b.add(disk, e, after, before)
	return nil
}

// What sent tells of updates that were sent.
type sent struct {
	updates int
	took    time.Duration
}

// send sends a file of updates and waits until all are acknowledged. One that is not
// is an error.
func (b *bench) send(s *server, file string) (sent, error) {
	in, err := os.Open(file)
	if err != nil {
		return sent{}, err
	}
	defer in.Close()
	return b.sendFrom(s, in)
}

func (b *bench) sendFrom(s *server, in io.Reader) (sent, error) {
	req, err := http.NewRequestWithContext(b.ctx, http.MethodPost, s.url+"/api/v1/updates", io.NopCloser(in))
	if err != nil {
		return sent{}, err
	}
	req.Header.Set("X-Api-Key", apiKey)
	began := time.Now()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return sent{}, err
	}
	defer resp.Body.Close()
	out := sent{}
	lines := bufio.NewReaderSize(resp.Body, 1<<20)
	for {
		line, err := lines.ReadSlice('\n')
		if err == io.EOF {
			break
		}
		if err != nil {
			return out, err
		}
		if !bytes.Contains(line, []byte(`"status":20`)) {
			return out, fmt.Errorf("an update failed: %s", line)
		}
		out.updates++
	}
	out.took = time.Since(began)
	return out, nil
}

// newDatabase gives the address of an empty database, and what removes it.
func (b *bench) newDatabase(e engine) (address string, remove func() error, err error) {
	if e == sqlite {
		dir, err := os.MkdirTemp(b.dir, "sqlite-")
		return "sqlite:" + filepath.Join(dir, "univaf.db"), func() error { return os.RemoveAll(dir) }, err
	}
	const name = "univaf_bench"
	if err := b.sql(b.postgres, `CREATE DATABASE `+name); err != nil {
		return "", nil, err
	}
	return inDatabase(b.postgres, name), func() error { return b.sql(b.postgres, `DROP DATABASE `+name+` WITH (FORCE)`) }, nil
}

func inDatabase(server, name string) string {
	u, err := url.Parse(server)
	if err != nil {
		panic(err) // we made it
	}
	u.Path = "/" + name
	return u.String()
}

func (b *bench) connect(database string, f func(ctx context.Context, conn *pgx.Conn) error) error {
	conn, err := pgx.Connect(b.ctx, database)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(b.ctx))
	return f(b.ctx, conn)
}

func (b *bench) sql(database string, statements ...string) error {
	return b.connect(database, func(ctx context.Context, conn *pgx.Conn) error {
		for _, one := range statements {
			if _, err := conn.Exec(ctx, one); err != nil {
				return fmt.Errorf("%s: %w", one, err)
			}
		}
		return nil
	})
}

// copied are the tables that COPY fills as the reference. The log is ours to bear.
var copied = []string{"locations", "external_ids", "availability", "checks"}

// copyRows measures how fast PostgreSQL itself takes the rows that are in a database,
// into empty tables with the same indexes, in one transaction.
func (b *bench) copyRows(database string) (took time.Duration, err error) {
	const name = "univaf_bench_copy"
	if err := b.sql(b.postgres, `CREATE DATABASE `+name); err != nil {
		return 0, err
	}
	defer func() { _ = b.sql(b.postgres, `DROP DATABASE `+name+` WITH (FORCE)`) }()
	to := inDatabase(b.postgres, name)
	s, err := b.serve(to) // makes the tables
	if err != nil {
		return 0, err
	}
	_, err = b.ready(s, 0)
	if stopped := s.stop(); err == nil {
		err = stopped
	}
	if err != nil {
		return 0, err
	}
	err = b.connect(database, func(ctx context.Context, conn *pgx.Conn) error {
		for _, table := range copied {
			file, err := os.Create(b.path(table + ".copy"))
			if err != nil {
				return err
			}
			_, err = conn.PgConn().CopyTo(ctx, file, `COPY `+table+` TO STDOUT (FORMAT binary)`)
			if closed := file.Close(); err == nil {
				err = closed
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	err = b.connect(to, func(ctx context.Context, conn *pgx.Conn) error {
		began := time.Now()
		if _, err := conn.Exec(ctx, `BEGIN`); err != nil {
			return err
		}
		for _, table := range copied {
			file, err := os.Open(b.path(table + ".copy"))
			if err != nil {
				return err
			}
			_, err = conn.PgConn().CopyFrom(ctx, file, `COPY `+table+` FROM STDIN (FORMAT binary)`)
			file.Close()
			if err != nil {
				return fmt.Errorf("COPY %s: %w", table, err)
			}
		}
		_, err := conn.Exec(ctx, `COMMIT`)
		took = time.Since(began)
		return err
	})
	return took, err
}

var tpsLine = regexp.MustCompile(`tps = ([\d.]+) \(without`)

// pgbench measures how many single rows PostgreSQL commits in a second for ten
// clients.
func (b *bench) pgbench() (float64, error) {
	script := b.path("commit.sql")
	const insert = `INSERT INTO bench_commits (text) VALUES ('YES');`
	if err := os.WriteFile(script, []byte(insert+"\n"), 0o600); err != nil {
		return 0, err
	}
	if err := b.sql(b.postgres, `CREATE TABLE IF NOT EXISTS bench_commits (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text TEXT)`); err != nil {
		return 0, err
	}
	out, err := b.command(pgbenchProgram(), "-n", "-f", script, "-c10", "-j2", "-M", "prepared", "-T", strconv.Itoa(b.seconds), b.postgres).Output()
	if err != nil {
		return 0, fmt.Errorf("pgbench: %w", err)
	}
	found := tpsLine.FindSubmatch(out)
	if found == nil {
		return 0, fmt.Errorf("pgbench does not say how fast:\n%s", out)
	}
	return strconv.ParseFloat(string(found[1]), 64)
}

// pgbenchProgram is where Debian keeps it, else in the PATH.
func pgbenchProgram() string {
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pgbench"); len(found) > 0 {
		return found[len(found)-1]
	}
	return "pgbench"
}

// size gives how many bytes the database has on disk.
func (b *bench) size(e engine, database string) (size float64, err error) {
	if e == postgres {
		err = b.connect(database, func(ctx context.Context, conn *pgx.Conn) error {
			return conn.QueryRow(ctx, `SELECT pg_database_size(current_database())`).Scan(&size)
		})
		return size, err
	}
	err = filepath.WalkDir(filepath.Dir(strings.TrimPrefix(database, "sqlite:")), func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			size += float64(info.Size())
		}
		return err
	})
	return size, err
}
