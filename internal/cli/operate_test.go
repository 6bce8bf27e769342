package cli_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// basic gives the header with a password.
func basic(password string) []string {
	return []string{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte("anybody:"+password))}
}

func TestOperatorsPauseSources(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			env := map[string]string{"DB_URL": e.url(t)}
			key := createKey(t, env, "opal", "admin")
			s := startServer(t, env, "--host", "127.0.0.1").ready()

			status, header, _ := s.get("/operate/")
			if status != http.StatusUnauthorized || header.Get("WWW-Authenticate") != `Basic realm="UNIVAF", charset="UTF-8"` {
				t.Errorf("without a key: %d, %q", status, header.Get("WWW-Authenticate"))
			}
			for _, wrong := range []string{"", "univaf_WRONG", testKey} {
				if status, _, _ := s.get("/operate/", basic(wrong)...); status != http.StatusUnauthorized {
					t.Errorf("with the password %q: %d", wrong, status)
				}
			}
			page := func() string {
				status, _, body := s.get("/operate/", basic(key)...)
				if status != http.StatusOK {
					t.Fatalf("the page: %d %s", status, body)
				}
				return string(body)
			}
			if text := page(); !strings.Contains(text, "the key <code>opal</code>") || !strings.Contains(text, `<li id="cvsSmart">`) ||
				!strings.Contains(text, "<td>opal</td><td>admin</td>") || strings.Contains(text, key) {
				t.Errorf("the page:\n%s", text)
			}

			post := func(path string, form url.Values, headers ...string) (int, http.Header) {
				headers = append(append(headers, "Content-Type", "application/x-www-form-urlencoded"), basic(key)...)
				status, header, _ := s.do(http.MethodPost, path, strings.NewReader(form.Encode()), headers...)
				return status, header
			}
			const pause = "/operate/sources/cvsSmart/pause"
			good := url.Values{"for": {"6h"}, "reason": {"<b>they asked</b>"}}
			for _, test := range []struct {
				name, path string
				form       url.Values
				headers    []string
				want       int
			}{
				{"another site's page", pause, good, []string{"Sec-Fetch-Site", "cross-site"}, http.StatusForbidden},
				{"another site's page in an old browser", pause, good, []string{"Origin", "https://evil.example"}, http.StatusForbidden},
				{"a source that is none", "/operate/sources/nope/pause", good, nil, http.StatusNotFound},
				{"no time", pause, url.Values{}, nil, http.StatusUnprocessableEntity},
				{"less than no time", pause, url.Values{"for": {"-1h"}}, nil, http.StatusUnprocessableEntity},
				{"too long", pause, url.Values{"for": {"9000h"}}, nil, http.StatusUnprocessableEntity},
				{"too many words", pause, url.Values{"for": {"1h"}, "reason": {strings.Repeat("a", 501)}}, nil, http.StatusUnprocessableEntity},
				{"a huge form", pause, url.Values{"for": {"1h"}, "reason": {strings.Repeat("a", 100_000)}}, nil, http.StatusRequestEntityTooLarge},
			} {
				if status, _ := post(test.path, test.form, test.headers...); status != test.want {
					t.Errorf("%s: %d, want %d", test.name, status, test.want)
				}
			}
			if got := s.source("cvsSmart"); got.Pause != nil {
				t.Fatalf("it was paused by what must not: %+v", got)
			}

			status, header = post(pause, good, "Origin", s.url, "Sec-Fetch-Site", "same-origin")
			if status != http.StatusSeeOther || header.Get("Location") != "/operate/#cvsSmart" {
				t.Errorf("%d, Location %s", status, header.Get("Location"))
			}
			if got := s.source("cvsSmart"); got.State != "paused" || got.Pause.Reason != "<b>they asked</b>" {
				t.Errorf("%+v", got)
			}
			if text := page(); !strings.Contains(text, ": &lt;b&gt;they asked&lt;/b&gt;.") || !strings.Contains(text, "Let cvsSmart go on") {
				t.Errorf("the page:\n%s", text)
			}
			if !strings.Contains(s.logs.String(), "by=opal") {
				t.Errorf("the log does not say who did it:\n%s", s.logs)
			}
			if status, _ := post("/operate/sources/cvsSmart/resume", nil); status != http.StatusSeeOther {
				t.Errorf("to resume: %d", status)
			}
			if got := s.source("cvsSmart"); got.Pause != nil {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestThePageForOperatorsIsClosed(t *testing.T) {
	env := map[string]string{"DB_URL": engines[0].url(t)}
	key := createKey(t, env, "opal", "admin")
	s := startServer(t, env).ready()
	_, header, body := s.get("/operate/", basic(key)...)
	_, rest, _ := strings.Cut(string(body), "<style>")
	style, _, _ := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(style))
	policy := header.Get("Content-Security-Policy")
	if want := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(policy, want) ||
		!strings.HasPrefix(policy, "default-src 'none';") || strings.Contains(policy, "unsafe") {
		t.Errorf("the policy is %s, which needs %s", policy, want)
	}
	if header.Get("Cache-Control") != "no-store" || header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("others may read it: %v", header)
	}
	if text := string(body); strings.Contains(text, "<script") || strings.Contains(text, "http://") || strings.Contains(text, "https://") {
		t.Errorf("it does more than it needs:\n%s", text)
	}
	// The API takes no passwords, which browsers add to what any page sends.
	if status, _, _ := s.do(http.MethodPost, "/api/v1/update", strings.NewReader("{}"), basic(key)...); status != http.StatusForbidden {
		t.Errorf("an update with a password: %d", status)
	}
}
