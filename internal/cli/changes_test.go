package cli_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"getmyvax.org/univaf/internal/pgtest"
)

const changesPath = "/api/v1/changes"

// A follower keeps a copy of what there is by the changes, as a client does.
type follower struct {
	query  url.Values // filters and checks
	cursor string
	copy   map[string]string // lines by id
}

func newFollower(query string) *follower {
	values, err := url.ParseQuery(query)
	if err != nil {
		panic(err)
	}
	return &follower{query: values, cursor: "0", copy: map[string]string{}}
}

func (f *follower) path(more string) string {
	return changesPath + "?" + f.query.Encode() + "&after=" + url.QueryEscape(f.cursor) + more
}

// page reads the next page and gives the names of the places that it tells of, with a minus
// before the ids of those that are gone, and whether there is more to have.
func (f *follower) page(s *server, more string) (told []string, again bool) {
	s.t.Helper()
	status, header, body := s.get(f.path(more))
	if status != http.StatusOK || header.Get("Content-Type") != "application/x-ndjson" || header.Get("Univaf-Cursor") == "" {
		s.t.Fatalf("%s: %d %v %s", f.path(more), status, header, body)
	}
	for text := range strings.Lines(string(body)) {
		told = append(told, f.apply(s.t, strings.TrimSpace(text)))
	}
	f.cursor = header.Get("Univaf-Cursor")
	link := header.Get("Link")
	if link != "" && !strings.Contains(link, url.QueryEscape(f.cursor)) {
		s.t.Errorf("the link %s does not go on from %s", link, f.cursor)
	}
	return told, link != ""
}

func (f *follower) apply(t *testing.T, text string) (told string) {
	t.Helper()
	var change struct {
		ID, Name string
		Deleted  bool
	}
	if err := json.Unmarshal([]byte(text), &change); err != nil {
		t.Fatalf("%v: %.200s", err, text)
	}
	if change.Deleted {
		delete(f.copy, change.ID)
		return "-" + change.ID
	}
	f.copy[change.ID] = text
	return change.Name
}

// catchUp reads all there is and gives what it was told.
func (f *follower) catchUp(s *server, more string) (told []string) {
	s.t.Helper()
	for again := true; again; {
		var page []string
		page, again = f.page(s, more)
		told = append(told, page...)
	}
	return told
}

var timesOfChecks = regexp.MustCompile(`"(valid_at|checked_at|stale_at|confidence)":"[^"]*"`)

// compare checks the copy against what the server has.
func (f *follower) compare(s *server) {
	s.t.Helper()
	if diff := f.differs(s); diff != "" {
		s.t.Errorf("the copy of %v (-want +got):\n%s", f.query, diff)
	}
}

// differs tells how the copy differs from what the server has, but for times of checks if it
// does not ask for these.
func (f *follower) differs(s *server) string {
	s.t.Helper()
	_, _, body := s.get("/api/v1/locations.ndjson")
	want, got := map[string]string{}, map[string]string{}
	plain := func(text string) string {
		if f.query.Get("checks") == "" {
			return timesOfChecks.ReplaceAllString(text, "$1")
		}
		return text
	}
	for text := range strings.Lines(string(body)) {
		one := parse(s.t, []byte(text))
		passes := true
		for _, name := range []string{"state", "provider", "id"} {
			list := f.query.Get(name)
			passes = passes && (list == "" || slices.Contains(strings.Split(strings.ToLower(list), ","), strings.ToLower(at(one, name).(string))))
		}
		if passes {
			want[at(one, "id").(string)] = plain(strings.TrimSpace(text))
		}
	}
	for id, text := range f.copy {
		got[id] = plain(text)
	}
	return cmp.Diff(want, got)
}

// seen is an update of a place, at a minute of an hour, with a count.
func seen(id string, minute, count int, more ...any) map[string]any {
	return place(id, append([]any{"availability", map[string]any{
		"source": "s", "checked_at": fmt.Sprintf("2022-03-01T13:%02d:00Z", minute), "available": "YES", "available_count": count,
	}}, more...)...)
}

// correct changes facts of a place.
func (s *server) correct(id string, facts ...any) {
	s.t.Helper()
	update := map[string]any{"external_ids": [][]string{{"shop", id}}}
	for i := 0; i < len(facts); i += 2 {
		update[facts[i].(string)] = facts[i+1]
	}
	if status, _, body := s.post("/api/v1/update?update_location=true", update); status != http.StatusOK {
		s.t.Fatalf("correction: %d %s", status, body)
	}
}

// id gives the id of a place.
func (s *server) id(shop string) string {
	s.t.Helper()
	_, _, body := s.get("/api/v1/locations/shop:" + shop)
	id, _ := at(parse(s.t, body), "data", "id").(string)
	return id
}

func TestChangesAreToldOnceAndInOrder(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		for i := range 5 {
			s.put(place(fmt.Sprint(i)))
		}
		all, checks, ny := newFollower(""), newFollower("checks=true"), newFollower("state=NY&provider=shop,other")
		told := func(f *follower, what string, want ...string) {
			t.Helper()
			if diff := cmp.Diff(want, f.catchUp(s, "&limit=2")); diff != "" {
				t.Errorf("%s: %v (-want +got):\n%s", what, f.query, diff)
			}
		}
		told(all, "the start", "Shop 0", "Shop 1", "Shop 2", "Shop 3", "Shop 4")
		told(checks, "the start", "Shop 0", "Shop 1", "Shop 2", "Shop 3", "Shop 4")
		told(ny, "the start")

		s.put(seen("3", 1, 3))
		s.put(seen("1", 1, 1))
		s.put(seen("3", 2, 4))
		told(all, "changes of two", "Shop 1", "Shop 3")
		told(checks, "changes of two", "Shop 1", "Shop 3")
		told(all, "nothing")

		s.put(seen("3", 3, 4))
		told(all, "a check")
		told(checks, "a check", "Shop 3")

		id := s.id("2")
		s.correct("2", "state", "NY")
		told(all, "a move", "Shop 2")
		told(ny, "a move", "Shop 2")
		s.correct("2", "state", "NJ")
		told(ny, "a move back", "-"+id)
		told(all, "a move back", "Shop 2")

		s.correct("2", "is_public", false)
		told(all, "one hidden", "-"+id)
		told(checks, "changes since", "-"+id)
		s.put(place("5", "is_public", false))
		told(all, "one that was never seen")
		s.correct("2", "is_public", true)
		told(all, "one shown again", "Shop 2")
		told(newFollower("id="+strings.ToUpper(id)), "one place alone", "Shop 2")

		all.compare(s)
		checks.catchUp(s, "")
		checks.compare(s)
		ny.compare(s)
	})
}

func TestChangesGoOnFromADump(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		s.put(place("1"))
		s.put(place("2", "state", "NY"))
		minute := 0
		for _, query := range []string{"", "state=NJ", "provider=shop&state=nj"} {
			dump := "/api/v1/locations.ndjson?" + query
			for _, checks := range []string{"", "&checks=true"} {
				f := newFollower(query + checks)
				_, header, body := s.get(dump)
				for text := range strings.Lines(string(body)) {
					f.apply(t, strings.TrimSpace(text))
				}
				f.cursor = header.Get("Univaf-Cursor")
				if told := f.catchUp(s, ""); told != nil {
					t.Errorf("%s: it is told %v again", dump, told)
				}
				minute++
				s.put(seen("1", minute, minute))
				s.correct("2", "state", "NJ", "name", fmt.Sprint("Shop ", time.Now()))
				f.catchUp(s, "")
				f.compare(s)
				s.correct("2", "state", "NY")
			}
			_, header, _ := s.get(dump)
			_, again, _ := s.get(dump, "If-None-Match", header.Get("ETag"))
			if again.Get("Univaf-Cursor") != header.Get("Univaf-Cursor") {
				t.Errorf("%s: cursors %s and, with 304, %s", dump, header.Get("Univaf-Cursor"), again.Get("Univaf-Cursor"))
			}
		}
		for _, path := range []string{
			"/api/edge/locations.ndjson", "/api/v1/locations.ndjson?sources=s", "/api/v1/locations.ndjson?include_private=true",
			"/api/v1/locations.ndjson?page_next=2020-01-01T00:00:00Z," + s.id("1"),
		} {
			if _, header, _ := s.get(path, "X-Api-Key", testKey); header.Get("Univaf-Cursor") != "" {
				t.Errorf("%s is not all that the changes are of, but has a cursor", path)
			}
		}
	})
}

func TestChangesCanBeWaitedFor(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		_, header, body := s.get(changesPath) // without after: from now on
		f := newFollower("")
		f.cursor = header.Get("Univaf-Cursor")
		if len(body) > 0 {
			t.Errorf("there is nothing new, not %s", body)
		}
		began := time.Now()
		if told, _ := f.page(s, "&wait=1"); told != nil || time.Since(began) < time.Second {
			t.Errorf("told %v after %v", told, time.Since(began))
		}
		put := time.AfterFunc(300*time.Millisecond, func() { s.put(place("1")) })
		defer put.Stop()
		began = time.Now()
		told, _ := f.page(s, "&wait=60")
		if diff := cmp.Diff([]string{"Shop 1"}, told); diff != "" || time.Since(began) > 30*time.Second {
			t.Errorf("after %v (-want +got):\n%s", time.Since(began), diff)
		}
		// The end of the server ends the wait, and the client goes on elsewhere.
		ended := make(chan []string)
		go func() {
			told, _ := f.page(s, "&wait=60")
			ended <- told
		}()
		time.Sleep(300 * time.Millisecond)
		began = time.Now()
		if code := s.stop(); code != 0 || time.Since(began) > 10*time.Second {
			t.Errorf("exit code %d after %v", code, time.Since(began))
		}
		if told := <-ended; told != nil {
			t.Errorf("told %v", told)
		}
	})
}

// A cursor is good on every replica, and after a restart.
func TestCursorsOutliveServers(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			env := map[string]string{"DB_URL": e.url(t)}
			one, two := startServer(t, env).ready(), startServer(t, env).ready()
			f, checks := newFollower("state=NJ"), newFollower("checks=1")
			for i := range 4 {
				one.put(seen(fmt.Sprint(i), i, i))
			}
			other := map[string]any{"source": "t", "checked_at": "2022-03-01T13:30:00Z", "available": "NO"}
			one.put(place("0", "availability", other))
			eventually(t, "the other has them", func() bool { return two.has("Shop 3", "NO") })
			f.page(one, "&limit=1")
			f.page(two, "&limit=1")
			checks.page(two, "&limit=3")
			// By this check the other source comes first; nothing else tells so.
			two.put(seen("0", 40, 0))
			two.correct("1", "is_public", false)
			eventually(t, "the first has it", func() bool { return !one.has("Shop 1", "") })
			one.stop()
			one = startServer(t, env).ready()
			for _, s := range []*server{one, two, one} {
				f.page(s, "&limit=1")
				checks.page(s, "&limit=1")
			}
			for _, s := range []*server{two, one} {
				f.catchUp(s, "")
				f.compare(s)
				checks.catchUp(s, "")
				checks.compare(s)
			}
		})
	}
}

func TestChangesAreThereWhileTheDatabaseIsDown(t *testing.T) {
	database := pgtest.NewServer(t)
	s := startServer(t, map[string]string{"DB_URL": database.URL()}).ready()
	s.put(place("1"))
	l := s.listen("")
	l.next()
	database.Stop()
	if told := newFollower("").catchUp(s, ""); len(told) != 1 {
		t.Errorf("told %v", told)
	}
	if again := s.listen("?after=0"); again.change().name != "Shop 1" {
		t.Error("a listener does not get what there is")
	}
	database.Start()
	eventually(t, "the write is taken", func() bool {
		status, _, _ := s.post("/api/v1/update", place("2"))
		return status == http.StatusCreated
	})
	if e := l.change(); e.name != "Shop 2" {
		t.Errorf("the listener hears %+v", e)
	}
}

// run runs SQL behind the server's back.
func runSQL(t *testing.T, address, statement string) {
	t.Helper()
	driver := "pgx"
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok {
		driver, address = "sqlite", "file:"+path+"?_pragma=busy_timeout(20000)"
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

func TestACursorFromWhichNobodyCanGoOnSaysWhereToStart(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			address := e.url(t)
			env := map[string]string{"DB_URL": address}
			s := startServer(t, env).ready()
			for i := range 4 {
				s.put(place(fmt.Sprint(i)))
			}
			old, begun := newFollower(""), newFollower("")
			old.catchUp(s, "")
			s.correct("0", "is_public", false)
			late := newFollower("")
			late.catchUp(s, "")
			s.stop()
			days := func(n int) string {
				at := time.Now().Add(-time.Duration(n)*24*time.Hour - time.Minute).UnixMilli()
				return fmt.Sprintf(`UPDATE locations SET left_at = %d WHERE left_seq IS NOT NULL`, at)
			}
			runSQL(t, address, days(6))
			s = startServer(t, env).ready()
			if told := (&follower{query: old.query, cursor: old.cursor, copy: map[string]string{}}).catchUp(s, ""); len(told) != 1 || told[0][0] != '-' {
				t.Errorf("after 6 days it is told %v", told)
			}
			s.stop()
			runSQL(t, address, days(7))
			s = startServer(t, env).ready()
			gone := func(path string, header ...string) {
				t.Helper()
				status, _, body := s.get(path, header...)
				text := string(body)
				if status != http.StatusGone || !strings.Contains(text, "after=0") || !strings.Contains(text, s.url+"/api/v1/locations.ndjson") ||
					at(parse(t, body), "errors", 0, "parameter") != "after" {
					t.Errorf("%s: %d %s", path, status, body)
				}
			}
			gone(old.path(""))
			gone(changesPath, "Accept", "text/event-stream", "Last-Event-ID", old.cursor)
			if told := late.catchUp(s, ""); told != nil {
				t.Errorf("one who knows that it is gone is told %v", told)
			}
			// Who begins now needs not hear of it, however long it takes.
			begun.page(s, "&limit=1")
			begun.page(s, "&limit=1")
			begun.catchUp(s, "")
			begun.compare(s)

			// The epoch is another one after a restore.
			l := s.listen("")
			l.next()
			runSQL(t, address, `UPDATE meta SET value = 'RESTORED' WHERE key = 'epoch'`)
			if e := l.change(); !e.ended {
				t.Errorf("a listener hears %+v after a restore", e)
			}
			gone(late.path(""))
			gone(late.path("&wait=10"))
		})
	}
}

func TestWhatChangesAreNotAskedFor(t *testing.T) {
	s := startServer(t, nil).ready()
	s.put(place("1"))
	_, header, _ := s.get(changesPath + "?state=NJ")
	cursor := header.Get("Univaf-Cursor")
	parts := strings.Split(cursor, ".")
	id := s.id("1")
	var ids []string
	for i := range 10_000 {
		ids = append(ids, fmt.Sprintf("%08d-0000-4000-8000-000000000000", i))
	}
	for _, test := range []struct {
		query, parameter, want string
		status                 int
	}{
		{"available=YES", "available", "state, provider", 422},
		{"products=pfizer", "products", "state, provider", 422},
		{"near=40,-74&radius=5", "near", "state, provider", 422},
		{"sources=s", "sources", "state, provider", 422},
		{"include_private=true", "include_private", "state, provider", 422},
		{"state=Ontario", "state", `\"Ontario\"`, 422},
		{"state=NJ,XX", "state", `\"XX\"`, 422},
		{"id=17", "id", `\"17\"`, 422},
		{"id=shop:1", "id", "UUIDs", 422},
		{"id=" + strings.Join(ids, ","), "id", "at most 200, not 10000", 422},
		{"provider=" + strings.Join(ids[:51], ","), "provider", "at most 50, not 51", 422},
		{"checks=maybe", "checks", "true or false", 422},
		{"wait=61", "wait", "from 0 to 60 seconds", 422},
		{"wait=-1", "wait", "from 0 to 60 seconds", 422},
		{"wait=soon", "wait", "from 0 to 60 seconds", 422},
		{"limit=0", "limit", "> 0", 422},
		{"after=1", "after", "0 or a cursor", 422},
		{"after=" + strings.Repeat("x", 5000), "after", "0 or a cursor", 422},
		{"after=" + cursor, "after", "another question", 422},
		{"state=NY&after=" + cursor, "after", "another question", 422},
		{"state=NJ&checks=true&after=" + cursor, "after", "another question", 422},
		{"state=NJ&after=" + strings.Join([]string{parts[0], "-1", parts[2], parts[3]}, "."), "after", "0 or a cursor", 422},
		{"state=NJ&after=" + strings.Join([]string{parts[0], "1", "x", parts[3]}, "."), "after", "0 or a cursor", 422},
		{"state=NJ&after=" + cursor + ".x", "after", "0 or a cursor", 422},
		{"state=NJ&after=" + cursor + ".5.5", "after", "0 or a cursor", 422},
		{"state=NJ&after=" + strings.Replace(cursor, parts[0], "OTHER", 1), "after", "after=0", 410},
		{"state=NJ;NY", "", "can't be read", 400},
	} {
		for _, accept := range []string{"*/*", "text/event-stream"} {
			if accept != "*/*" && test.parameter == "limit" {
				continue // it means nothing there
			}
			status, header, body := s.get(changesPath+"?"+test.query, "Accept", accept)
			parameter, _ := at(parse(t, body), "errors", 0, "parameter").(string)
			if status != test.status || parameter != test.parameter || !strings.Contains(string(body), test.want) ||
				header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%.60s (%s): %d %.300s, want %d of %q with %q", test.query, accept, status, body, test.status, test.parameter, test.want)
			}
		}
	}
	for query, want := range map[string]string{
		"after=0&state=nj,New%20York,nj": "Shop 1", "after=0&id=" + id + "&provider=,shop,": "Shop 1", "after=0&ignored=blue&wait=0&checks=false": "Shop 1",
		"after=0&limit=99999": "Shop 1", "after=0&provider=none": "", "after=0&id=" + ids[0]: "",
		// A replica that lags behind has nothing new.
		"state=NJ&after=" + strings.Join([]string{parts[0], "999999999", id, parts[3]}, "."): "",
	} {
		status, _, body := s.get(changesPath + "?" + query)
		if status != http.StatusOK || want == "" && len(body) > 0 || !strings.Contains(string(body), want) {
			t.Errorf("%s: %d %s", query, status, body)
		}
	}
	if status, header, body := s.do(http.MethodHead, changesPath+"?after=0&wait=60", nil); status != 200 || header.Get("Univaf-Cursor") == "" || len(body) > 0 {
		t.Errorf("HEAD: %d %v", status, header)
	}
	for _, coding := range []string{"gzip", "zstd"} {
		_, header, body := s.get(changesPath+"?after=0", "Accept-Encoding", coding)
		if text := decompress(t, header.Get("Content-Encoding"), body); !strings.Contains(string(text), "Shop 1") {
			t.Errorf("%s: %s", coding, text)
		}
	}
}
