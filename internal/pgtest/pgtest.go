// Package pgtest lends PostgreSQL to tests: a database of its own for each test,
// and a server of its own for a test that stops it. It is for tests only and knows
// nothing of what they keep in the database.
//
// The databases are on the server that UNIVAF_TEST_DATABASE_URL names. Where that
// is not set, the first test of a process that asks starts a throw-away server from
// the programs of an installed PostgreSQL. That server listens on a socket in a
// folder of its own and nowhere else. A small watchdog process stops it and removes
// the folder when the test process is gone, however it ended.
//
// A test that cannot have PostgreSQL is skipped, or fails where CI=true. With
// UNIVAF_TEST_QUICK=1 it is skipped in any case.
package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"getmyvax.org/univaf/internal/needs"
)

// patience is how long one step on the server may take.
const patience = time.Minute

// errMissing says that there is no PostgreSQL to be had; it is wrapped with what is
// missing.
var errMissing = errors.New("PostgreSQL is missing (on Debian: apt-get install postgresql, or name a server in UNIVAF_TEST_DATABASE_URL)")

// shared is the server of this test process.
//
// It is kept here: were the cluster collected as garbage, its pipe to the watchdog
// would close.
var shared = sync.OnceValues(func() (*server, error) {
	if given := os.Getenv("UNIVAF_TEST_DATABASE_URL"); given != "" {
		return &server{url: given}, nil
	}
	c, err := newCluster()
	if err != nil {
		return nil, err
	}
	return &server{url: c.url("postgres"), cluster: c}, nil
})

// A server is one that tests share.
type server struct {
	url     string
	cluster *cluster // nil where it was there before
}

// URL makes an empty database for a test and gives its URL. The database is dropped
// when the test ends, together with any connection still open.
func URL(t testing.TB) string {
	t.Helper()
	needs.More(t, "not on PostgreSQL")
	at, err := shared()
	if err != nil {
		giveUp(t, err)
	}
	server := at.url
	name := "univaf_test_" + rand.Text()[:16]
	if err := execute(server, `CREATE DATABASE "`+name+`"`); err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(func() {
		if err := execute(server, `DROP DATABASE "`+name+`" WITH (FORCE)`); err != nil {
			t.Errorf("pgtest: %v", err)
		}
	})
	made, err := withDatabase(server, name)
	if err != nil {
		t.Fatalf("pgtest: UNIVAF_TEST_DATABASE_URL: %v", err)
	}
	return made
}

// A Server is a PostgreSQL server of one test, which may stop and start it.
type Server struct {
	t       testing.TB
	cluster *cluster
}

// NewServer starts a server that the test alone uses, with one empty database. It
// is gone when the test ends.
func NewServer(t testing.TB) *Server {
	t.Helper()
	needs.More(t, "not on PostgreSQL")
	c, err := newCluster()
	if err != nil {
		giveUp(t, err)
	}
	t.Cleanup(func() {
		if err := c.remove(); err != nil {
			t.Errorf("pgtest: %v", err)
		}
	})
	return &Server{t: t, cluster: c}
}

// URL is the URL of the server's database. It stays the same over Stop and Start.
func (s *Server) URL() string { return s.cluster.url("postgres") }

// Stop ends the server at once, as a crash would: every connection breaks, and what
// was not committed is lost. It returns when the server is gone.
func (s *Server) Stop() {
	s.t.Helper()
	if err := s.cluster.stop(); err != nil {
		s.t.Fatalf("pgtest: %v", err)
	}
}

// Start starts a stopped server and returns when it takes connections.
func (s *Server) Start() {
	s.t.Helper()
	if err := s.cluster.start(); err != nil {
		s.t.Fatalf("pgtest: %v", err)
	}
}

// Start starts a server for a program rather than a test, with settings of its own as
// postgres -c takes them, and gives the URL of its empty database. stop ends it and
// removes everything.
func Start(settings ...string) (url string, stop func() error, err error) {
	c, err := newCluster(settings...)
	if err != nil {
		return "", nil, err
	}
	return c.url("postgres"), c.remove, nil
}

// giveUp skips a test for want of PostgreSQL. It fails the test if PostgreSQL is
// there but broken, or if this is CI, where a skipped test would go unseen.
func giveUp(t testing.TB, err error) {
	t.Helper()
	if errors.Is(err, errMissing) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	t.Fatalf("pgtest: %v", err)
}

func withDatabase(server, name string) (string, error) {
	u, err := url.Parse(server)
	if err != nil {
		return "", err
	}
	if u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return "", fmt.Errorf("want a URL like postgres://user@host/name, got %q", u.Redacted())
	}
	u.Path = "/" + name
	return u.String(), nil
}

func execute(server, sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, sql); err != nil {
		return fmt.Errorf("%s: %w", sql, err)
	}
	return nil
}
