//go:build unix

package pgtest

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// folders holds the folder of every cluster. It is not os.TempDir(): that can be
// too long for the path of a socket, or closed to the user postgres.
const folders = "/tmp"

// A cluster is the data folder of one throw-away server, and the server while it
// runs.
type cluster struct {
	dir        string // data, log and socket; its name holds the id of the test process
	bin        string // folder of PostgreSQL's programs
	credential *syscall.Credential
	server     *exec.Cmd // nil while stopped
	watchdog   *exec.Cmd
	alive      *os.File // the watchdog acts when this closes
	settings   []string // as postgres -c takes them, over those for tests
}

// watch is the watchdog: its input ends when the test process does, or closes it.
// The server removes postmaster.pid as the last thing that it does.
const watch = `
read -r _
pid=$(head -n 1 data/postmaster.pid 2>/dev/null)
if [ -n "$pid" ] && kill -QUIT "$pid" 2>/dev/null; then
	n=0
	while [ $n -lt 200 ] && [ -e data/postmaster.pid ]; do sleep 0.05; n=$((n + 1)); done
fi
cd / && rm -rf "$1"
`

// newCluster makes a cluster and starts its server, with settings over those that tests
// have. The error wraps errMissing
// where PostgreSQL, or a user to run it as, is not there.
func newCluster(settings ...string) (*cluster, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	c := &cluster{bin: bin, settings: settings}
	if os.Getuid() == 0 { // PostgreSQL refuses to run as root
		if c.credential, err = unprivileged(); err != nil {
			return nil, err
		}
	}
	sweep()
	if c.dir, err = os.MkdirTemp(folders, fmt.Sprintf("univaf-pgtest-%d-", os.Getpid())); err != nil {
		return nil, err
	}
	if c.credential != nil {
		if err := os.Chown(c.dir, int(c.credential.Uid), int(c.credential.Gid)); err != nil {
			return nil, err
		}
	}
	if err := c.guard(); err != nil {
		os.RemoveAll(c.dir)
		return nil, err
	}
	initdb := c.command(filepath.Join(bin, "initdb"), "--pgdata", "data", "--username", "postgres",
		"--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync")
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("initdb: %w\n%s", err, out), c.remove())
	}
	if err := c.start(); err != nil {
		return nil, errors.Join(err, c.remove())
	}
	return c, nil
}

// command prepares a program to run in the cluster's folder, as the user who owns
// it. It gets its own process group, so that Ctrl-C on a test does not reach it,
// and none of the environment, so that no PG… variable leads it astray.
func (c *cluster) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = c.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + c.dir, "PWD=" + c.dir, "LC_ALL=C"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: c.credential}
	return cmd
}

// guard starts the watchdog.
func (c *cluster) guard() error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	c.watchdog = c.command("/bin/sh", "-c", watch, "watchdog", c.dir)
	c.watchdog.Stdin = r
	if err := c.watchdog.Start(); err != nil {
		w.Close()
		return err
	}
	c.alive = w
	return nil
}

// start starts the server and waits until it takes connections.
func (c *cluster) start() error {
	if c.server != nil {
		return errors.New("the server is running already")
	}
	logPath := filepath.Join(c.dir, "log")
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	// Without fsync a commit still reaches the system before it is acknowledged, so
	// it survives the end of the server, if not that of the machine.
	args := []string{"-D", "data"}
	for _, setting := range slices.Concat([]string{
		"listen_addresses=", "unix_socket_directories=" + c.dir, "port=5432", "max_connections=60", "shared_buffers=64MB",
		"fsync=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0",
	}, c.settings) {
		args = append(args, "-c", setting)
	}
	server := c.command(filepath.Join(c.bin, "postgres"), args...)
	server.Stdout, server.Stderr = log, log
	if err := server.Start(); err != nil {
		return err
	}
	c.server = server
	for range int(patience / (20 * time.Millisecond)) {
		if err = execute(c.url("postgres"), "SELECT 1"); err == nil {
			return nil
		}
		if c.ended() {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	said, _ := os.ReadFile(logPath)
	return fmt.Errorf("postgres did not start: %w\n%s", err, said)
}

// ended reports whether the server ended by itself. It looks, rather than to wait
// in a goroutine, so that tests may check that they leave none behind.
func (c *cluster) ended() bool {
	pid, err := syscall.Wait4(c.server.Process.Pid, nil, syscall.WNOHANG, nil)
	if err != nil || pid == 0 {
		return false
	}
	c.server = nil
	return true
}

// stop ends the server at once, without a checkpoint.
func (c *cluster) stop() error {
	if c.server == nil {
		return errors.New("the server is not running")
	}
	if err := c.server.Process.Signal(syscall.SIGQUIT); err != nil {
		return err
	}
	err := c.server.Wait()
	c.server = nil
	if failed := (*exec.ExitError)(nil); err != nil && !errors.As(err, &failed) {
		return err
	}
	return nil
}

// remove ends the server and has the watchdog remove the folder.
func (c *cluster) remove() error {
	var err error
	if c.server != nil {
		err = c.stop()
	}
	return errors.Join(err, c.alive.Close(), c.watchdog.Wait())
}

func (c *cluster) url(database string) string {
	return "postgres://postgres@/" + database + "?host=" + url.QueryEscape(c.dir) + "&port=5432"
}

// programs finds the folder of PostgreSQL's server programs: in the PATH, else the
// newest where systems put them that keep several versions.
func programs() (string, error) {
	if found, err := exec.LookPath("initdb"); err == nil {
		if found, err = filepath.EvalSymlinks(found); err == nil {
			return filepath.Dir(found), nil
		}
	}
	newest, dir := -1, ""
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin/initdb",              // Debian
		"/usr/pgsql-*/bin/initdb",                       // Red Hat
		"/opt/homebrew/opt/postgresql@*/bin/initdb",     // macOS
		"/Applications/Postgres.app/C*/V*/*/bin/initdb", // macOS
	} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return "", err
		}
		for _, path := range found {
			bin := filepath.Dir(path)
			name := filepath.Base(filepath.Dir(bin))
			version, err := strconv.Atoi(name[strings.LastIndexAny(name, "-@")+1:])
			if err == nil && version > newest {
				newest, dir = version, bin
			}
		}
	}
	if dir == "" {
		return "", fmt.Errorf("%w: found no initdb", errMissing)
	}
	return dir, nil
}

// unprivileged is the user who runs the server in place of root.
func unprivileged() (*syscall.Credential, error) {
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errMissing, err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// sweep removes what is left of clusters whose test process and watchdog both died,
// as when a machine stops.
func sweep() {
	entries, err := os.ReadDir(folders)
	if err != nil {
		return
	}
	for _, entry := range entries {
		if pid, ok := owner(entry); ok && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			os.RemoveAll(filepath.Join(folders, entry.Name()))
		}
	}
}

// owner is the id of the test process whose cluster is in a folder.
func owner(entry fs.DirEntry) (pid int, ok bool) {
	rest, ok := strings.CutPrefix(entry.Name(), "univaf-pgtest-")
	if !ok || !entry.IsDir() {
		return 0, false
	}
	text, _, _ := strings.Cut(rest, "-")
	pid, err := strconv.Atoi(text)
	return pid, err == nil && pid > 0
}
