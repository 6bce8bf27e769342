package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"getmyvax.org/univaf/internal/pgtest"
)

// startPostgres starts a cluster as careful as one that holds real data.
func (b *bench) startPostgres() error {
	url, stop, err := pgtest.Start("fsync=on", "full_page_writes=on", "wal_level=replica", "wal_compression=lz4",
		"shared_buffers=512MB", "max_wal_size=4GB", "min_wal_size=2GB")
	if err != nil {
		return err
	}
	b.postgres = url
	b.closers = append(b.closers, stop)
	return nil
}

// A nginx serves files, as the reference for what is read.
type nginx struct {
	url  string
	root string
}

// nginxConfig is nginx at its best: files kept open, no log, as many workers as there
// are processors. The page lies beside the folder of the places of one address.
const nginxConfig = `
worker_processes auto;
daemon off;
pid %[1]s/pid;
error_log %[1]s/error.log;
events { worker_connections 512; }
http {
	access_log off;
	sendfile on;
	tcp_nopush on;
	keepalive_requests 1000000000;
	gzip_static on;
	default_type application/json;
	client_body_temp_path %[1]s/t1;
	proxy_temp_path %[1]s/t2;
	fastcgi_temp_path %[1]s/t3;
	uwsgi_temp_path %[1]s/t4;
	scgi_temp_path %[1]s/t5;
	server {
		listen 127.0.0.1:%[2]d;
		root %[1]s/root;
		open_file_cache max=5000 inactive=60s;
		open_file_cache_valid 1s;
		location = /api/v1/locations { alias %[1]s/root/page; }
	}
}
`

func (b *bench) startNginx() error {
	port, err := b.freePort()
	if err != nil {
		return err
	}
	n := &nginx{url: fmt.Sprintf("http://127.0.0.1:%d", port), root: b.path("nginx", "root")}
	if err := os.MkdirAll(filepath.Join(n.root, "api/v1/locations"), 0o755); err != nil {
		return err
	}
	// Its workers may run as another user.
	for _, dir := range []string{b.dir, b.path("nginx")} {
		if err := os.Chmod(dir, 0o755); err != nil {
			return err
		}
	}
	config := b.path("nginx", "nginx.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, nginxConfig, b.path("nginx"), port), 0o600); err != nil {
		return err
	}
	cmd := exec.CommandContext(context.WithoutCancel(b.ctx), "nginx", "-c", config, "-p", b.path("nginx"), "-e", b.path("nginx", "error.log"))
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return err
	}
	b.nginx = n
	b.closers = append(b.closers, func() error { return end(cmd, syscall.SIGTERM) })
	return b.until(10*time.Second, "nginx answers", func() bool { _, err := b.get(n.url + "/none"); return err == nil })
}

// A server is UNIVAF while it runs.
type server struct {
	url, pprof string
	cmd        *exec.Cmd
	started    time.Time
	log        *os.File
}

const apiKey = "bench"

// serve starts the server on a database.
func (b *bench) serve(database string) (*server, error) {
	port, err := b.freePort()
	if err != nil {
		return nil, err
	}
	profiles, err := b.freePort()
	if err != nil {
		return nil, err
	}
	s := &server{url: fmt.Sprintf("http://127.0.0.1:%d", port), pprof: fmt.Sprintf("127.0.0.1:%d", profiles)}
	if s.log, err = os.OpenFile(b.path("univaf.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
		return nil, err
	}
	// It ends by a signal of ours, not with ctx, so that it can close its database.
	s.cmd = exec.CommandContext(context.WithoutCancel(b.ctx), b.path("univaf"), "serve", "--db", database, "--host", "127.0.0.1", "--port", strconv.Itoa(port), "--pprof", s.pprof)
	s.cmd.Dir = b.dir
	s.cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + b.dir, "API_KEYS=" + apiKey,
		"UNIVAF_RATE_LIMIT=0", "UNIVAF_KEY_RATE_LIMIT=0",
	}
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	s.started = time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	return s, nil
}

// served measures with a new, empty database and a server on it.
func (b *bench) served(e engine, measure func(s *server, database string) error) (err error) {
	database, remove, err := b.newDatabase(e)
	if err != nil {
		return err
	}
	defer func() {
		if removed := remove(); err == nil {
			err = removed
		}
	}()
	s, err := b.serve(database)
	if err != nil {
		return err
	}
	defer func() {
		if stopped := s.stop(); err == nil {
			err = stopped
		}
	}()
	if _, err := b.ready(s, 0); err != nil {
		return err
	}
	return measure(s, database)
}

// restart ends a server and starts it again on the same database.
func (b *bench) restart(s *server, database string) error {
	if err := s.stop(); err != nil {
		return err
	}
	again, err := b.serve(database)
	if err == nil {
		*s = *again
	}
	return err
}

// ready waits until the server has n locations, and gives how long it took since it
// started.
func (b *bench) ready(s *server, n int) (time.Duration, error) {
	err := b.until(5*time.Minute, "the server is ready", func() bool {
		body, err := b.get(s.url + "/ready")
		var state struct {
			Ready     bool
			Locations int
		}
		return err == nil && json.Unmarshal(body, &state) == nil && state.Ready && state.Locations >= n
	})
	return time.Since(s.started), err
}

func (s *server) stop() error {
	return errors.Join(end(s.cmd, syscall.SIGTERM), s.log.Close())
}

// memory gives a value of /proc/PID/status in bytes: VmRSS or VmHWM.
func (s *server) memory(name string) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			kB, err := strconv.Atoi(strings.Fields(rest)[0])
			return float64(kB) * 1024, err
		}
	}
	return 0, fmt.Errorf("no %s of process %d", name, s.cmd.Process.Pid)
}

// profile writes a text of where the server's time goes in the next seconds. f keeps
// it busy meanwhile; what it measures does not count.
func (b *bench) profile(s *server, name string, seconds int, f func() error) error {
	if b.profiles == "" {
		return nil
	}
	if err := os.MkdirAll(b.profiles, 0o755); err != nil {
		return err
	}
	done := make(chan error, 1)
	raw := b.path(name + ".pprof")
	go func() {
		body, err := b.get(fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", s.pprof, seconds))
		if err == nil {
			err = os.WriteFile(raw, body, 0o600)
		}
		done <- err
	}()
	err := errors.Join(f(), <-done)
	if err != nil {
		return err
	}
	text, err := b.command("go", "tool", "pprof", "-top", "-nodecount=45", b.path("univaf"), raw).Output()
	if err != nil {
		return fmt.Errorf("profile %s: %w", name, err)
	}
	if i := bytes.Index(text, []byte("Type:")); i >= 0 { // the lines before name paths
		text = text[i:]
	}
	return os.WriteFile(filepath.Join(b.profiles, name+".txt"), text, 0o644)
}

// end ends a process that we started.
func end(cmd *exec.Cmd, by syscall.Signal) error {
	if err := cmd.Process.Signal(by); err != nil {
		return err
	}
	timer := time.AfterFunc(30*time.Second, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(cmd.Path), err)
	}
	return nil
}

// until waits until f holds.
func (b *bench) until(most time.Duration, what string, f func() bool) error {
	ctx, cancel := context.WithTimeout(b.ctx, most)
	defer cancel()
	for !f() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting until %s: %w", what, ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
	return nil
}

func (b *bench) freePort() (int, error) {
	l, err := (&net.ListenConfig{}).Listen(b.ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

// get fetches an address as it is, uncompressed.
func (b *bench) get(url string, headers ...string) ([]byte, error) {
	req, err := http.NewRequestWithContext(b.ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept-Encoding", "identity")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var body bytes.Buffer
	_, err = body.ReadFrom(resp.Body)
	return body.Bytes(), err
}
