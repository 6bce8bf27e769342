// Package needs says what becomes of tests that ask programs of others: they are skipped
// where these are not there, but never where CI=true, where nobody would see it.
package needs

import (
	"os"
	"os/exec"
	"testing"
)

// More skips the test, with the reason, where nothing but Go may be asked for (make quick).
func More(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("UNIVAF_TEST_QUICK") == "1" {
		t.Skip(reason + ": UNIVAF_TEST_QUICK=1")
	}
}

// Missing ends a test that lacks something.
func Missing(t testing.TB, err error) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%v (scripts/install installs what is missing)", err)
	}
	t.Skipf("%v (scripts/install installs what is missing)", err)
}

// Programs ends the test if one of the programs is missing.
func Programs(t testing.TB, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			Missing(t, err)
		}
	}
}

// Folder ends the test if the folder is missing.
func Folder(t testing.TB, path string) {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		Missing(t, err)
	}
}
