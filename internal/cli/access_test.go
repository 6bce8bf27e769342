package cli_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestServeLimitsWhatOneMayAskFor(t *testing.T) {
	env := map[string]string{"UNIVAF_RATE_LIMIT": "1", "UNIVAF_KEY_RATE_LIMIT": "1", "UNIVAF_TRUSTED_PROXIES": "198.51.100.0/24,192.0.2.1"}
	s := startServer(t, env).ready()
	refused := func(headers ...string) (n int) {
		for range 30 {
			status, header, body := s.get("/api/v1/locations", headers...)
			switch {
			case status == http.StatusTooManyRequests:
				n++
				if header.Get("Retry-After") != "1" || !strings.Contains(string(body), `"code":"too_many_requests"`) {
					t.Errorf("%v: %s", header, body)
				}
			case status != http.StatusOK:
				t.Errorf("%v: %d %s", headers, status, body)
			}
		}
		return n
	}
	for _, test := range []struct {
		name    string
		headers []string
		want    bool
	}{
		{"an address", []string{"X-Forwarded-For", "203.0.113.7"}, true},
		{"a key", []string{"X-Api-Key", testKey}, true},
		{"this machine", nil, false},
		{"an address behind proxies of ours", []string{"X-Forwarded-For", "203.0.113.8, 192.0.2.1, 198.51.100.9"}, true},
		{"the proxies themselves", []string{"X-Forwarded-For", "192.0.2.1, 198.51.100.9"}, false},
	} {
		if n := refused(test.headers...); n > 0 != test.want {
			t.Errorf("%s: %d of 30 were refused", test.name, n)
		}
	}
	s = startServer(t, map[string]string{"UNIVAF_RATE_LIMIT": "0", "UNIVAF_KEY_RATE_LIMIT": "0"}).ready()
	if n := refused("X-Forwarded-For", "203.0.113.7") + refused("X-Api-Key", testKey); n > 0 {
		t.Errorf("%d were refused without limits", n)
	}
}

func TestServeTellsWhomToTellOfWeaknesses(t *testing.T) {
	const path = "/.well-known/security.txt"
	s := startServer(t, map[string]string{"UNIVAF_SECURITY_CONTACT": "https://example.org/report", "PRIMARY_HOST": "getmyvax.example"})
	status, _, body := s.get(path)
	if text := string(body); status != http.StatusOK || !strings.HasPrefix(text, "Contact: https://example.org/report\nExpires: 20") ||
		!strings.Contains(text, "\nCanonical: https://getmyvax.example/.well-known/security.txt\n") {
		t.Errorf("%d %s", status, text)
	}
	if status, _, _ := startServer(t, nil).get(path); status != http.StatusNotFound {
		t.Errorf("without a contact: %d", status)
	}
}

func TestAccessSettingsAreChecked(t *testing.T) {
	for _, test := range []struct{ name, value, want string }{
		{"UNIVAF_RATE_LIMIT", "-1", "--rate-limit (UNIVAF_RATE_LIMIT) must be from 0 to"},
		{"UNIVAF_RATE_LIMIT", "few", "--rate-limit"},
		{"UNIVAF_KEY_RATE_LIMIT", "9999999", "--key-rate-limit (UNIVAF_KEY_RATE_LIMIT) must be from 0 to"},
		{"UNIVAF_TRUSTED_PROXIES", "198.51.100.0/24,proxy.example", `not "proxy.example"`},
		{"UNIVAF_SECURITY_CONTACT", "security@example.org", "mailto:security@example.org"},
		{"UNIVAF_SECURITY_CONTACT", "https:", "must be a URI"},
		{"UNIVAF_SECURITY_CONTACT", "mailto:a@example.org\nExpires: never", "must be a URI"},
	} {
		env := map[string]string{"PORT": "0", "UNIVAF_DATA_DIR": t.TempDir(), test.name: test.value}
		if got := runCommand(t, env, "serve"); got.code != 2 || !strings.Contains(got.stderr, test.want) {
			t.Errorf("%s=%s: exit code %d, said %s", test.name, test.value, got.code, got.stderr)
		}
	}
}
