package cli_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"getmyvax.org/univaf/internal/pgtest"
)

func TestABackupIsRestoredMidLoad(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	env := map[string]string{"DB_URL": "sqlite:" + filepath.Join(folder, "univaf.db")}
	s := startServer(t, env).ready()
	for i := range 20 {
		s.put(place(fmt.Sprint("kept ", i)))
	}
	backup := filepath.Join(folder, "backup.db")
	stop := writers(s, 4)
	eventually(t, "some are written", func() bool { return s.count() > 60 })
	if code, out, errs := run(t, env, "backup", "--to", backup); code != 0 || !strings.Contains(out, "locations, up to entry") {
		t.Fatalf("backup: exit code %d: %s%s", code, out, errs)
	}
	eventually(t, "more are written", func() bool { return s.count() > 400 })
	_, header, body := s.get(changesPath + "?after=0")
	cursor := url.QueryEscape(header.Get("Univaf-Cursor"))
	if cursor == "" {
		t.Fatalf("no cursor: %s", body)
	}
	before := s.count()

	code, out, errs := run(t, env, "restore", "--from", backup)
	if code != 0 || !strings.Contains(out, "before-restore") {
		t.Fatalf("restore: exit code %d: %s%s", code, out, errs)
	}
	eventually(t, "the server has the backup", func() bool {
		status, _, _ := s.get(changesPath + "?after=" + cursor)
		return status == http.StatusGone
	})
	after := s.count()
	eventually(t, "writing goes on", func() bool { return s.count() > after+20 })
	stop()
	if after >= before {
		t.Errorf("%d places before the restore and %d after", before, after)
	}
	for i := range 20 {
		if status, _, _ := s.get(fmt.Sprintf("/api/v1/locations/shop:kept %d", i)); status != http.StatusOK {
			t.Errorf("place %d of the backup: %d", i, status)
		}
	}
	// What was there before is a database like any other, and had all that was written till then.
	aside, err := filepath.Glob(filepath.Join(folder, "univaf.db.before-restore-*"))
	if err != nil || len(aside) != 1 {
		t.Fatalf("files aside: %v, %v", aside, err)
	}
	old := startServer(t, map[string]string{"DB_URL": "sqlite:" + aside[0]}).ready()
	if got := old.count(); got < before {
		t.Errorf("the file aside has %d places, not %d or more", got, before)
	}
	for _, rest := range []string{"univaf.db.restore", "backup.db.part", "univaf.db.restore.lock"} {
		if _, err := os.Stat(filepath.Join(folder, rest)); err == nil {
			t.Errorf("%s is left", rest)
		}
	}
}

// count is how many places the server has.
func (s *server) count() int {
	_, _, body := s.get("/api/v1/locations.ndjson")
	return strings.Count(string(body), "\n")
}

func TestARestoreWhereThereIsNothing(t *testing.T) {
	env := map[string]string{"UNIVAF_DATA_DIR": filepath.Join(t.TempDir(), "data")}
	s := startServer(t, env).ready()
	s.put(place("1"))
	backup := filepath.Join(t.TempDir(), "b.db")
	if code, _, errs := run(t, env, "backup", "--to", backup); code != 0 {
		t.Fatal(errs)
	}
	env = map[string]string{"UNIVAF_DATA_DIR": filepath.Join(t.TempDir(), "data")}
	if code, out, errs := run(t, env, "restore", "--from", backup); code != 0 || strings.Contains(out, "before") {
		t.Fatalf("exit code %d: %s%s", code, out, errs)
	}
	if got := startServer(t, env).ready().count(); got != 1 {
		t.Errorf("%d places", got)
	}
}

func TestBackupsThatCantBe(t *testing.T) {
	folder := t.TempDir()
	env := map[string]string{"DB_URL": "sqlite:" + filepath.Join(folder, "univaf.db")}
	s := startServer(t, env).ready()
	s.put(place("1"))
	backup := filepath.Join(folder, "b.db")
	if code, _, errs := run(t, env, "backup", "--to", backup); code != 0 {
		t.Fatal(errs)
	}
	whole, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, data []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	damaged := append([]byte{}, whole...)
	for i := len(damaged) / 3; i < len(damaged)*2/3; i++ {
		damaged[i] = 0x55
	}
	demo := write("demo.db", whole)
	runSQL(t, "sqlite:"+demo, `UPDATE meta SET value = 'demo' WHERE key = 'purpose'`)
	for _, test := range []struct {
		env  map[string]string
		args []string
		code int
		want string
	}{
		{env, []string{"backup", "--to", filepath.Join(folder, "univaf.db")}, 1, "is the database itself"},
		{env, []string{"backup", "--to", filepath.Join(folder, "nowhere", "b.db")}, 1, "nowhere"},
		{map[string]string{"DB_URL": "sqlite:" + filepath.Join(folder, "none.db")}, []string{"backup", "--to", backup}, 1, "no such file"},
		{env, []string{"restore", "--from", filepath.Join(folder, "none.db")}, 1, "no such file"},
		{env, []string{"restore", "--from", write("text.db", []byte("hello"))}, 1, "is not a whole SQLite database"},
		{env, []string{"restore", "--from", write("half.db", whole[:len(whole)/2])}, 1, "nothing was changed"},
		{env, []string{"restore", "--from", write("damaged.db", damaged)}, 1, "nothing was changed"},
		{env, []string{"restore", "--from", demo}, 1, "holds demo data"},
		{map[string]string{"DB_URL": pgtest.URL(t)}, []string{"backup", "--to", backup}, 2, "pg_dump"},
		{map[string]string{"DB_URL": pgtest.URL(t)}, []string{"restore", "--from", backup}, 2, "pg_restore"},
	} {
		if code, _, errs := run(t, test.env, test.args...); code != test.code || !strings.Contains(errs, test.want) {
			t.Errorf("%v: exit code %d: %s", test.args, code, errs)
		}
	}
	if got := s.count(); got != 1 {
		t.Errorf("%d places", got)
	}
}
