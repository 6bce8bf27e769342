//go:build unix

package conform_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"getmyvax.org/univaf/internal/smart/conform"
)

// A manifest that came with a folder can't have anything else read, nor wait for ever.
func TestFoldersAreReadNoFurther(t *testing.T) {
	outside := write(t, goodFeed)
	for name, put := range map[string]func(path string) error{
		"a link to the outside": func(path string) error { return os.Symlink(filepath.Join(outside, "slots.ndjson"), path) },
		"a pipe":                func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"a device":              func(path string) error { return os.Symlink("/dev/zero", path) },
		"a folder":              func(path string) error { return os.Mkdir(path, 0o700) },
		"a loop of links":       func(path string) error { return os.Symlink("slots.ndjson", path) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := write(t, goodFeed)
			path := filepath.Join(dir, "slots.ndjson")
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if err := put(path); err != nil {
				t.Fatal(err)
			}
			if r := check(t, conform.Options{Target: dir}); r.Complete || r.Files[2].Resources != 0 {
				t.Errorf("complete %v, %+v", r.Complete, r.Files[2])
			}
		})
	}
	climbing := map[string]string{}
	for name, text := range goodFeed {
		climbing[name] = strings.ReplaceAll(text, "https://clinics.example/slots.ndjson", "https://clinics.example/..%2f..%2f../etc/passwd")
	}
	if r := check(t, conform.Options{Target: write(t, climbing)}); r.Complete || r.Files[2].Resources != 0 {
		t.Errorf("complete %v, %+v", r.Complete, r.Files[2])
	}
}

func TestManifestsOfTooManyFiles(t *testing.T) {
	var files strings.Builder
	const n = 10_001
	for i := range n {
		fmt.Fprintf(&files, `{"type":"Slot","url":"https://clinics.example/empty.ndjson?%d"},`, i)
	}
	feed := map[string]string{"empty.ndjson": ""}
	for name, text := range goodFeed {
		feed[name] = strings.Replace(text, `"output":[`, `"output":[`+files.String(), 1)
	}
	r := check(t, conform.Options{Target: write(t, feed)})
	if r.Complete || len(r.Files) >= n {
		t.Errorf("complete %v, %d files", r.Complete, len(r.Files))
	}
}
