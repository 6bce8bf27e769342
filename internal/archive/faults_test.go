package archive_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/archive"
	"getmyvax.org/univaf/internal/store"
)

// filesOf gives what an archive holds, by path; the moments at which it was written are
// left out.
func filesOf(t *testing.T, b *archive.Bucket) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := b.Each(context.Background(), func(path string, content []byte) {
		if !strings.HasPrefix(path, "days/") {
			files[path] = string(content)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// What can go wrong between us and S3, from one request on.
var faults = map[string]func(w http.ResponseWriter, r *http.Request){
	"the credentials have expired": func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusForbidden, "ExpiredToken")
	},
	"the bucket is full": func(w http.ResponseWriter, r *http.Request) {
		refuse(w, http.StatusBadRequest, "QuotaExceeded")
	},
	"the network is cut": func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.CopyN(io.Discard, r.Body, 1) // in the middle of what is sent
		panic(http.ErrAbortHandler)
	},
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, `<?xml version="1.0"?><Error><Code>%s</Code><Message>no</Message></Error>`, code)
}

func TestWhateverFailsTheNextRunFinishes(t *testing.T) {
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, engines[0].url(t))
			twoDays(w)
			w.write(on(2, "00:10"), func(tx *store.Tx) {
				tx.PutChecks([]univaf.Availability{check("a", on(1, "08:00"), on(2, "00:10"))})
			})
			s := newS3(t)
			whole := newS3(t)
			w.open("s3://days/some/where", whole.env())
			w.run(on(2, "00:20"))
			want := filesOf(t, w.bucket)
			if len(want) != 22 {
				t.Fatalf("%d files", len(want))
			}
			w.open("s3://days/some/where", s.env())
			if err := w.db.SetArchived(context.Background(), w.bucket.Name, 0); err != nil {
				t.Fatal(err)
			}
			for n := 0; ; n += 3 { // it fails from the nth request on
				var requests atomic.Int64 // several parts of a file go at once
				spoil := func(rw http.ResponseWriter, r *http.Request) bool {
					if requests.Add(1) <= int64(n) {
						return false
					}
					fault(rw, r)
					return true
				}
				s.spoil.Store(&spoil)
				ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
				err := w.archive().Run(ctx)
				cancel()
				s.spoil.Store(nil)
				if err == nil {
					break
				}
				if n > 200 {
					t.Fatalf("still: %v", err)
				}
				// Of the archive, only what is whole counts.
				through := w.archived()
				if removed, err := w.db.TrimLogThrough(context.Background(), through, w.now().Add(-7*24*time.Hour)); removed != 0 || err != nil {
					t.Fatalf("%d rows removed, %v", removed, err)
				}
				if n == 0 && through != 0 {
					t.Fatalf("archived up to %d without having written", through)
				}
			}
			if diff := cmp.Diff(keysOf(want), keysOf(filesOf(t, w.bucket))); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
			if got := w.archived(); got != 5 {
				t.Errorf("archived up to %d", got)
			}
		})
	}
}

func keysOf(m map[string]string) map[string]bool {
	keys := map[string]bool{}
	for k := range m {
		keys[k] = true
	}
	return keys
}

func TestOneRunsAtATime(t *testing.T) {
	onEngines(t, func(t *testing.T, w *world) {
		twoDays(w)
		w.at(on(2, "00:20"))
		other, err := store.Open(context.Background(), store.Options{URL: w.url, Now: w.now})
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		var second error
		first := w.archive(func(o *archive.Options) {
			o.Tell = func(string, ...any) { // while it is under way
				second = w.archive(func(o *archive.Options) { o.Store = other }).Run(context.Background())
			}
		}).Run(context.Background())
		if first != nil || !errors.Is(second, archive.ErrBusy) {
			t.Errorf("the first: %v, the second: %v", first, second)
		}
		if err := w.archive(func(o *archive.Options) { o.Store = other }).Run(context.Background()); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

func TestRunningAgainChangesNothing(t *testing.T) {
	w := newWorld(t, engines[0].url(t))
	twoDays(w)
	w.run(on(2, "00:20"))
	read := func() map[string]string {
		all := map[string]string{}
		if err := w.bucket.Each(context.Background(), func(path string, content []byte) { all[path] = string(content) }); err != nil {
			t.Fatal(err)
		}
		return all
	}
	want := read()
	w.run(on(2, "05:20"))
	if diff := cmp.Diff(want, read()); diff != "" {
		t.Errorf("(-first +second):\n%s", diff)
	}
}

func TestAClockThatIsSetBackLosesNothing(t *testing.T) {
	onEngines(t, func(t *testing.T, w *world) {
		twoDays(w)
		w.run(on(2, "00:20"))
		w.run(on(1, "12:00")) // nothing is over then
		// What comes now bears times of Tuesday, which is archived: it is told of on Wednesday.
		w.write(on(1, "23:00"), func(tx *store.Tx) {
			tx.PutAvailability([]univaf.Availability{record("b", on(1, "23:00"), univaf.Yes)})
		})
		w.write(on(2, "08:00"), func(tx *store.Tx) {
			tx.PutAvailability([]univaf.Availability{record("b", on(2, "08:00"), univaf.No)})
		})
		w.run(on(3, "00:20"))
		if got := len(w.lines("availability_log", 1)); got != 2 {
			t.Errorf("Tuesday has %d updates", got)
		}
		if got := len(w.lines("availability_log", 2)); got != 2 {
			t.Errorf("Wednesday has %d updates", got)
		}
		if diff := cmp.Diff([]string{"a", "b", "a YES Tue 09:00", "b NO Wed 08:00"}, w.state(2)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestALargerFileStays(t *testing.T) {
	w := newWorld(t, engines[0].url(t))
	path := w.path("availability_log", 0)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	var there bytes.Buffer
	z, _ := gzip.NewWriterLevel(&there, gzip.NoCompression)
	fmt.Fprint(z, strings.Repeat("{\"location_id\":\"a\"}\n", 100))
	if err := errors.Join(z.Close(), os.WriteFile(path, there.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	twoDays(w)
	if got := len(w.lines("availability_log", 0)); got != 100 {
		t.Errorf("now it has %d rows", got)
	}
	kept := false
	for _, f := range w.manifest(0).Files {
		kept = kept || f.Kept && f.Rows == 100 && f.Bytes == int64(there.Len())
	}
	if !kept {
		t.Errorf("the manifest says %+v", w.manifest(0))
	}
}

func TestALargerFileWithLessInItStopsTheDay(t *testing.T) {
	w := newWorld(t, engines[0].url(t))
	path := w.path("availability_log", 0)
	junk := bytes.Repeat([]byte("x"), 10_000)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, junk, 0o600)); err != nil {
		t.Fatal(err)
	}
	w.write(on(0, "08:00"), func(tx *store.Tx) {
		tx.PutLocations([]univaf.Location{place("a", on(0, "08:00"))})
		tx.PutAvailability([]univaf.Availability{record("a", on(0, "08:00"), univaf.No)})
	})
	w.at(on(1, "00:20"))
	err := w.archive().Run(context.Background())
	if err == nil || !strings.Contains(err.Error(), "availability_log-2026-11-02.ndjson.gz is there and larger") {
		t.Errorf("error %v", err)
	}
	if got, _ := os.ReadFile(path); !bytes.Equal(got, junk) || w.archived() != 0 {
		t.Errorf("the file is another one, or the log counts as archived (%d)", w.archived())
	}
}

func TestADayBeforeThatIsNotWhatItWasIsNotBuiltOn(t *testing.T) {
	w := newWorld(t, engines[0].url(t))
	twoDays(w)
	if err := os.WriteFile(filepath.Join(w.folder, "availability", "availability-2026-11-02.ndjson.gz"), []byte("truncated"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.write(on(2, "00:10"), func(tx *store.Tx) {
		tx.PutChecks([]univaf.Availability{check("a", on(1, "08:00"), on(2, "00:10"))})
	})
	w.run(on(2, "00:20"))
	if m := w.manifest(1); m.StateAsOf != "2026-11-04T00:20:00.000Z" || len(m.KnownGaps) != 1 {
		t.Errorf("the manifest says %+v", m)
	}
}

func TestTheLogGoesOnceItIsArchivedAndOld(t *testing.T) {
	onEngines(t, func(t *testing.T, w *world) {
		twoDays(w)
		trim := func(keep time.Duration) int64 {
			n, err := w.db.TrimLogThrough(context.Background(), w.archived(), w.now().Add(-keep))
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		w.at(on(9, "12:00"))
		if n := trim(7 * 24 * time.Hour); n != 3 { // Tuesday's is not archived
			t.Errorf("%d rows went", n)
		}
		w.run(on(9, "12:00"))
		if n := trim(9 * 24 * time.Hour); n != 0 { // not old enough
			t.Errorf("%d rows went", n)
		}
		if n := trim(7 * 24 * time.Hour); n != 2 {
			t.Errorf("%d rows went", n)
		}
		w.run(on(10, "12:00")) // the days go on without
		if diff := cmp.Diff([]string{"a", "b", "a YES Tue 09:00"}, w.state(9)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestAllPagesAreListed(t *testing.T) {
	s := newS3(t)
	w := newWorld(t, engines[0].url(t))
	w.open("s3://days", s.env())
	twoDays(w)
	// More than the thousand of a page, that come before.
	for i := range 1_200 {
		day := time.Date(2021, 5, 19, 0, 0, 0, 0, time.UTC).AddDate(0, 0, i)
		req, err := http.NewRequest(http.MethodPut, s.url+"/days/availability_log/availability_log-"+day.Format(time.DateOnly)+".ndjson.gz", strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
	}
	w.run(on(2, "00:20"))
	index := filesOf(t, w.bucket)["index.json"]
	if got := strings.Count(index, `"date"`); got != 1_202 {
		t.Errorf("the index has %d days", got)
	}
	for _, want := range []string{"2021-05-19", "2024-08-30", date(0), date(1)} {
		if !strings.Contains(index, `"date": "`+want+`"`) {
			t.Errorf("the index has no %s", want)
		}
	}
}
