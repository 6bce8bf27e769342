package cli_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"getmyvax.org/univaf/internal/pgtest"

	"github.com/google/go-cmp/cmp"
)

// createKey makes a key on the database of env.
func createKey(t *testing.T, env map[string]string, name, scopes string) string {
	t.Helper()
	got := runCommand(t, env, "keys", "create", name, "--scope", scopes)
	if got.code != 0 || !regexp.MustCompile(`^univaf_[A-Z2-7]{52}\n$`).MatchString(got.stdout) {
		t.Fatalf("exit code %d, printed %q, said %s", got.code, got.stdout, got.stderr)
	}
	return strings.TrimSpace(got.stdout)
}

const privatePath = "/api/v1/locations?include_private=true"

// access is what the server answers to one who shows a key.
type access struct{ Update, Report, Private, Read, Operate int }

func (s *server) accessOf(key string) access {
	s.t.Helper()
	ask := func(method, path, body string) int {
		status, header, answer := s.do(method, path, strings.NewReader(body), "X-Api-Key", key)
		if status >= 400 && method == http.MethodGet && header.Get("Cache-Control") != "no-store" && !strings.Contains(header.Get("Vary"), "X-Api-Key") {
			s.t.Errorf("%s: %d may be kept for others: %v", path, status, header)
		}
		if key != "" && strings.Contains(string(answer), key) {
			s.t.Errorf("%s tells the key: %s", path, answer)
		}
		return status
	}
	return access{
		Update:  ask(http.MethodPost, "/api/v1/update", "{}"), // 422 for those who may
		Report:  ask(http.MethodPost, "/api/v1/sources/x/runs", `{"start":"2026-01-01T00:00:00Z","end":"2026-01-01T00:00:00Z"}`),
		Private: ask(http.MethodGet, privatePath, ""),
		Read:    ask(http.MethodGet, "/api/v1/locations", ""),
		Operate: ask(http.MethodGet, "/operate/", ""),
	}
}

func TestKeysOpenWhatTheirScopesSay(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			env := map[string]string{"DB_URL": e.url(t)}
			writer, reader := createKey(t, env, "writer", "write"), createKey(t, env, "reader", "read-private")
			s := startServer(t, env).ready()
			for _, test := range []struct {
				name, key string
				want      access
			}{
				{"write", writer, access{422, 204, 403, 200, 401}},
				{"read-private", reader, access{403, 403, 200, 200, 401}},
				{"one of API_KEYS", testKey, access{422, 204, 200, 200, 401}},
				{"a wrong key", writer[:len(writer)-1] + "_", access{403, 403, 403, 200, 401}},
				{"no key", "", access{403, 403, 403, 200, 401}},
			} {
				if diff := cmp.Diff(test.want, s.accessOf(test.key)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", test.name, diff)
				}
			}

			// Keys that are made while the server runs are known soon.
			admin, both := createKey(t, env, "admin", "admin"), createKey(t, env, "both", "write,read-private")
			eventually(t, "the new keys are known", func() bool { return s.accessOf(both).Private == 200 })
			if diff := cmp.Diff(access{422, 204, 200, 200, 200}, s.accessOf(admin)); diff != "" {
				t.Errorf("admin (-want +got):\n%s", diff)
			}

			revoked := runCommand(t, env, "keys", "revoke", "both")
			if revoked.code != 0 || !strings.Contains(revoked.stdout, "both is revoked: within 10s") {
				t.Errorf("exit code %d, %s%s", revoked.code, revoked.stdout, revoked.stderr)
			}
			eventually(t, "the key is refused", func() bool { return s.accessOf(both).Private == 403 })
			if diff := cmp.Diff(access{403, 403, 403, 200, 401}, s.accessOf(both)); diff != "" {
				t.Errorf("a revoked key (-want +got):\n%s", diff)
			}
			eventually(t, "it is noted when keys were used", func() bool {
				list := runCommand(t, env, "keys", "list").stdout
				return regexp.MustCompile(`(?m)^writer +write +20\S+Z +20\d\d-\d\d-\d\d +-$`).MatchString(list) &&
					regexp.MustCompile(`(?m)^both +write,read-private +20\S+Z +20\d\d-\d\d-\d\d +20\S+Z$`).MatchString(list)
			})
			if all := s.logs.String() + runCommand(t, env, "keys", "list").stdout; strings.Contains(all, "univaf_") {
				t.Errorf("keys are told:\n%s", all)
			}
		})
	}
}

func TestKeysWorkWhileTheDatabaseIsDown(t *testing.T) {
	database := pgtest.NewServer(t)
	env := map[string]string{"DB_URL": database.URL()}
	reader, writer := createKey(t, env, "reader", "read-private"), createKey(t, env, "writer", "write")
	s := startServer(t, env).ready()

	database.Stop()
	eventually(t, "the server knows", func() bool { return strings.Contains(s.logs.String(), "keys can't be read") })
	want := access{Update: 403, Report: 403, Private: 200, Read: 200, Operate: 401}
	if diff := cmp.Diff(want, s.accessOf(reader)); diff != "" {
		t.Errorf("a key that was known (-want +got):\n%s", diff)
	}
	want = access{Update: 422, Report: 503, Private: 403, Read: 200, Operate: 401}
	if diff := cmp.Diff(want, s.accessOf(writer)); diff != "" {
		t.Errorf("a key that may write (-want +got):\n%s", diff)
	}
	want = access{Update: 403, Report: 403, Private: 403, Read: 200, Operate: 401}
	if diff := cmp.Diff(want, s.accessOf("univaf_WRONG")); diff != "" {
		t.Errorf("a wrong key (-want +got):\n%s", diff)
	}

	// One that starts now can't tell a good key from a wrong one, and does not say that it
	// is wrong: loaders would give up.
	late := startServer(t, env)
	want = access{Update: 503, Report: 503, Private: 503, Read: 503, Operate: 503}
	if diff := cmp.Diff(want, late.accessOf(reader)); diff != "" {
		t.Errorf("before keys are read (-want +got):\n%s", diff)
	}
	if status, header, _ := late.do(http.MethodGet, "/operate/", nil, basic(reader)...); status != 503 || header.Get("Retry-After") == "" {
		t.Errorf("the pages for operators: %d", status)
	}
	want = access{Update: 403, Report: 403, Private: 403, Read: 503, Operate: 401}
	if diff := cmp.Diff(want, late.accessOf("")); diff != "" {
		t.Errorf("no key (-want +got):\n%s", diff)
	}
	database.Start()
	late.ready()
	if got := late.accessOf(reader).Private; got != 200 {
		t.Errorf("when the database is up: %d", got)
	}
}

func TestKeysCommandSaysWhatIsWrong(t *testing.T) {
	env := map[string]string{"UNIVAF_DATA_DIR": t.TempDir()}
	createKey(t, env, "taken", "write")
	for _, test := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"a name that is taken", []string{"create", "taken", "--scope", "write"}, 1, "there is, or was, a key taken"},
		{"a name that was revoked", []string{"create", "old", "--scope", "write"}, 1, "there is, or was, a key old"},
		{"a name with a space", []string{"create", "a b", "--scope", "write"}, 2, `not "a b"`},
		{"no name", []string{"create", "", "--scope", "write"}, 2, "the name must be"},
		{"no scope", []string{"create", "a"}, 2, "--scope"},
		{"a scope that is none", []string{"create", "a", "--scope", "write,root"}, 2, `"read-private"`},
		{"one that is not there", []string{"revoke", "nobody"}, 1, "there is no key nobody"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.args[1] == "old" {
				createKey(t, env, "old", "write")
				runCommand(t, env, "keys", "revoke", "old")
			}
			got := runCommand(t, env, append([]string{"keys"}, test.args...)...)
			if got.code != test.code || got.stdout != "" || !strings.Contains(got.stderr, test.want) {
				t.Errorf("exit code %d, printed %q, said %s", got.code, got.stdout, got.stderr)
			}
		})
	}
}
