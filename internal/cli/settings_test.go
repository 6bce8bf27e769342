package cli_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"getmyvax.org/univaf/internal/cli"
	"getmyvax.org/univaf/internal/pgtest"
)

// run runs a command that ends by itself.
func run(t *testing.T, env map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var out, errs syncBuffer
	code = cli.Run(ctx, args, func(name string) string { return env[name] }, &out, &errs)
	if ctx.Err() != nil {
		t.Fatalf("%v does not end", args)
	}
	return code, out.String(), errs.String()
}

func TestHelpNamesEveryCommandAndSetting(t *testing.T) {
	code, out, _ := run(t, nil, "--help")
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	for _, want := range []string{"serve", "load", "$LOG_LEVEL"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %s in:\n%s", want, out)
		}
	}
	if _, bare, _ := run(t, nil); bare != out {
		t.Errorf("without arguments:\n%s", bare)
	}
	_, out, _ = run(t, nil, "serve", "--help")
	for _, want := range []string{
		"--demo", "$PORT", "$PRIMARY_HOST", "$DB_URL", "$DATABASE_URL", "$DB_HOST", "$DB_PORT", "$DB_NAME",
		"$DB_USERNAME", "$DB_POOL_SIZE_DATA", "$UNIVAF_DATA_DIR", "$UNIVAF_ENV", "$API_SUNSET_DATE", "$API_SUNSET_INFO_URL", "API_KEYS", "DB_PASSWORD",
	} {
		if !strings.Contains(strings.Join(strings.Fields(out), " "), want) {
			t.Errorf("no %s in:\n%s", want, out)
		}
	}
}

func TestLinksNameThePublicHost(t *testing.T) {
	next := func(s *server, headers ...string) string {
		s.ready()
		if _, _, body := s.get("/api/v1/locations"); len(names(at(parse(t, body), "data"))) == 0 {
			s.put(place("1"))
			s.put(place("2"))
		}
		_, _, body := s.get("/api/v1/locations?limit=1", headers...)
		link, _ := at(parse(t, body), "links", "next").(string)
		link, _, _ = strings.Cut(link, "?")
		return link
	}
	s := startServer(t, map[string]string{"PRIMARY_HOST": "getmyvax.example"})
	if got, want := next(s, "X-Forwarded-Host", "evil.example"), "https://getmyvax.example/api/v1/locations"; got != want {
		t.Errorf("with PRIMARY_HOST: %s, want %s", got, want)
	}
	s = startServer(t, map[string]string{"PRIMARY_HOST": ""})
	if got, want := next(s), s.url+"/api/v1/locations"; got != want {
		t.Errorf("without: %s, want %s", got, want)
	}
	if got, want := next(s, "X-Forwarded-Host", "p.example, q.example", "X-Forwarded-Proto", "https"), "https://p.example/api/v1/locations"; got != want {
		t.Errorf("behind a proxy: %s, want %s", got, want)
	}
}

func TestTheAPITellsOfItsEnd(t *testing.T) {
	s := startServer(t, map[string]string{"API_SUNSET_DATE": "2030-06-15T00:00:00Z", "API_SUNSET_INFO_URL": "https://example.org/end"}).ready()
	for path, want := range map[string]bool{"/api/edge/locations": true, "/api/v1/locations?limit=x": true, "/health": false} {
		_, header, _ := s.get(path)
		sunset, link := header.Get("Sunset"), header.Get("Link")
		if want && (sunset != "Sat, 15 Jun 2030 00:00:00 GMT" || link != `<https://example.org/end>; rel="sunset"`) {
			t.Errorf("%s: Sunset %q, Link %q", path, sunset, link)
		}
		if !want && sunset+link != "" {
			t.Errorf("%s: Sunset %q, Link %q", path, sunset, link)
		}
	}
}

func TestTheDevelopmentKey(t *testing.T) {
	s := startServer(t, map[string]string{"API_KEYS": ""}).ready()
	write := func(key string) int {
		status, _, _ := s.do(http.MethodPost, "/api/edge/update", strings.NewReader(line(t, place(key))), "X-Api-Key", key)
		return status
	}
	if got := write("dev-key"); got != http.StatusCreated {
		t.Errorf("dev-key: %d", got)
	}
	if !strings.Contains(s.logs.String(), "dev-key may write") {
		t.Errorf("nobody is told of it: %s", s.logs)
	}
	s = startServer(t, map[string]string{"API_KEYS": " a , b,"}).ready()
	for key, want := range map[string]int{"a": 201, "b": 201, "": 403, "dev-key": 403, " a ": 201, "a , b": 403} {
		if got := write(key); got != want {
			t.Errorf("key %q: %d, want %d", key, got, want)
		}
	}
	if logs := s.logs.String(); strings.Contains(logs, "API_KEYS") {
		t.Errorf("the log speaks of keys: %s", logs)
	}
}

func TestEmptySettingsCountAsUnset(t *testing.T) {
	s := startServer(t, map[string]string{"DB_URL": "", "DATABASE_URL": "", "DB_HOST": "", "LOG_LEVEL": "", "UNIVAF_ENV": "", "NODE_ENV": ""})
	s.ready().put(place("1"))
}

func TestPostgresInParts(t *testing.T) {
	whole, err := url.Parse(pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	// The socket's folder stands for the host, as libpq has it.
	env := map[string]string{
		"DB_HOST": whole.Query().Get("host"), "DB_PORT": whole.Query().Get("port"),
		"DB_NAME": strings.TrimPrefix(whole.Path, "/"), "DB_USERNAME": whole.User.Username(), "DB_PASSWORD": "not:asked@for",
		"DB_POOL_SIZE_DATA": "3",
	}
	if env["DB_HOST"] == "" { // a server that listens on a port
		env["DB_HOST"], env["DB_PORT"] = whole.Hostname(), whole.Port()
		env["DB_PASSWORD"], _ = whole.User.Password()
	}
	startServer(t, env).ready().put(place("1"))
	again := startServer(t, env).ready()
	if _, _, body := again.get("/api/v1/locations"); len(names(at(parse(t, body), "data"))) != 1 {
		t.Errorf("%s", body)
	}
}
