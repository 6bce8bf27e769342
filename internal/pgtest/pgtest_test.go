package pgtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"getmyvax.org/univaf/internal/needs"
)

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func run(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func ask[T any](t *testing.T, conn *pgx.Conn, sql string) (got T) {
	t.Helper()
	if err := conn.QueryRow(t.Context(), sql).Scan(&got); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return got
}

func TestEachURLIsADatabaseOfItsOwn(t *testing.T) {
	a, b := connect(t, URL(t)), connect(t, URL(t))
	run(t, a, "CREATE TABLE clinics (name text)")
	run(t, b, "CREATE TABLE clinics (name text)")
	if got := ask[string](t, a, "SHOW server_encoding"); got != "UTF8" {
		t.Errorf("encoding is %s, want UTF8", got)
	}
}

func TestDatabaseIsDroppedWithItsConnections(t *testing.T) {
	here := connect(t, URL(t))
	var name string
	t.Run("a test that leaves a connection open", func(t *testing.T) {
		conn, err := pgx.Connect(t.Context(), URL(t))
		if err != nil {
			t.Fatal(err)
		}
		name = ask[string](t, conn, "SELECT current_database()")
	})
	if got := ask[int](t, here, "SELECT count(*) FROM pg_database WHERE datname = '"+name+"'"); got != 0 {
		t.Errorf("database %s is still there", name)
	}
}

func TestServerKeepsWhatWasCommittedOverStopAndStart(t *testing.T) {
	s := NewServer(t)
	before := connect(t, s.URL())
	run(t, before, "CREATE TABLE doses (n int)")
	for i := range 50 {
		run(t, before, fmt.Sprintf("INSERT INTO doses VALUES (%d)", i))
	}

	s.Stop()
	if err := before.Ping(t.Context()); err == nil {
		t.Error("a connection outlived the server")
	}
	if _, err := pgx.Connect(t.Context(), s.URL()); err == nil {
		t.Error("a stopped server took a connection")
	}

	s.Start()
	if got := ask[int](t, connect(t, s.URL()), "SELECT count(*) FROM doses"); got != 50 {
		t.Errorf("%d rows after the restart, want 50", got)
	}
}

// recorder takes down how a test ended.
type recorder struct {
	testing.TB
	end string
}

func (r *recorder) Helper()                   {}
func (r *recorder) Skip(args ...any)          { r.stop("skip: " + fmt.Sprint(args...)) }
func (r *recorder) Fatalf(f string, a ...any) { r.stop("fail: " + fmt.Sprintf(f, a...)) }
func (r *recorder) stop(end string)           { r.end = end; panic(r) }

func TestWithoutPostgreSQL(t *testing.T) {
	missing := fmt.Errorf("%w: found no initdb", errMissing)
	for _, tt := range []struct {
		name, ci, quick string
		err             error
		want            string
	}{
		{"on a laptop", "", "", missing, "skip: PostgreSQL is missing (on Debian: apt-get install postgresql"},
		{"in CI", "true", "", missing, "fail: pgtest: PostgreSQL is missing (on Debian: apt-get install postgresql"},
		{"quick", "true", "1", missing, "skip: not on PostgreSQL: UNIVAF_TEST_QUICK=1"},
		{"there but broken", "", "", errors.New("initdb: exit status 1"), "fail: pgtest: initdb: exit status 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("CI", tt.ci)
			t.Setenv("UNIVAF_TEST_QUICK", tt.quick)
			r := &recorder{}
			func() {
				defer func() { _ = recover() }()
				needs.More(r, "not on PostgreSQL")
				giveUp(r, tt.err)
			}()
			if !strings.HasPrefix(r.end, tt.want) {
				t.Errorf("got %q, want %q…", r.end, tt.want)
			}
		})
	}
}

func TestWithDatabase(t *testing.T) {
	for _, tt := range []struct{ server, want string }{
		{"postgres://ann:secret@db.example:6432/postgres?sslmode=disable", "postgres://ann:secret@db.example:6432/new?sslmode=disable"},
		{"postgresql://localhost", "postgresql://localhost/new"},
		{"postgres://postgres@/postgres?host=%2Ftmp%2Fx&port=5432", "postgres://postgres@/new?host=%2Ftmp%2Fx&port=5432"},
		{"host=localhost dbname=postgres", ""},
	} {
		got, err := withDatabase(tt.server, "new")
		if got != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("withDatabase(%q) = %q, %v, want %q", tt.server, got, err, tt.want)
		}
	}
}
