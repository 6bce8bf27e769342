//go:build unix

package pgtest

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"getmyvax.org/univaf/internal/needs"
)

// TestMain lets a test run this program a second time as a test process to end.
func TestMain(m *testing.M) {
	switch os.Getenv("PGTEST_CHILD") {
	case "":
		os.Exit(m.Run())
	case "exit":
		startAndTell()
		os.Exit(1)
	case "panic":
		startAndTell()
		panic("as a test might")
	default:
		startAndTell()
		select {}
	}
}

func startAndTell() {
	c, err := newCluster()
	if err != nil {
		panic(err)
	}
	fmt.Println(c.dir, c.server.Process.Pid)
}

func TestServerEndsWithItsTestProcess(t *testing.T) {
	needs.More(t, "not on PostgreSQL")
	if _, err := programs(); err != nil {
		giveUp(t, err)
	}
	for _, end := range []string{"exit", "panic", "kill", "interrupt"} {
		t.Run(end, func(t *testing.T) {
			t.Parallel()
			child := exec.Command(os.Args[0])
			child.Env = append(os.Environ(), "PGTEST_CHILD="+end)
			out, err := child.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := child.Start(); err != nil {
				t.Fatal(err)
			}
			line, err := bufio.NewReader(out).ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			dir, text, _ := strings.Cut(strings.TrimSpace(line), " ")
			pid, err := strconv.Atoi(text)
			if err != nil {
				t.Fatal(err)
			}
			switch end {
			case "kill":
				err = child.Process.Kill()
			case "interrupt":
				err = child.Process.Signal(os.Interrupt)
			}
			if err != nil {
				t.Fatal(err)
			}
			_ = child.Wait() // it ended badly, as it was told to

			for range 1500 {
				if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) && !running(pid) {
					return
				}
				time.Sleep(20 * time.Millisecond)
			}
			t.Errorf("30 s later: server runs: %v, folder %s", running(pid), dir)
		})
	}
}

// running reports whether a process runs; one that ended but that nobody waited for
// does not.
func running(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err != nil || !strings.Contains(string(stat), ") Z ")
}

func TestServerLeavesNothingBehind(t *testing.T) {
	var dir string
	t.Run("a test with a server", func(t *testing.T) {
		dir = NewServer(t).cluster.dir
	})
	if dir == "" {
		t.Skip("no server")
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("folder %s is still there", dir)
	}
}

func TestSweepRemovesOnlyFoldersOfTheDead(t *testing.T) {
	ended := exec.Command("true")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	dead := filepath.Join(folders, "univaf-pgtest-"+strconv.Itoa(ended.Process.Pid)+"-test")
	alive := filepath.Join(folders, "univaf-pgtest-"+strconv.Itoa(os.Getpid())+"-test")
	other := filepath.Join(folders, "univaf-pgtest-x")
	for _, dir := range []string{dead, alive, other} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(dir) })
	}
	sweep()
	for dir, want := range map[string]bool{dead: false, alive: true, other: true} {
		if _, err := os.Stat(dir); (err == nil) != want {
			t.Errorf("%s is there: %v, want %v", dir, err == nil, want)
		}
	}
}
