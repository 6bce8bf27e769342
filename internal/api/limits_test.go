package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"getmyvax.org/univaf/internal/keys"

	"github.com/google/go-cmp/cmp"
)

// limitedServer has limits and a clock that a test moves.
func limitedServer(addressRate, keyRate int) (s *Server, clock *time.Time) {
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	s = New(Options{
		Keys:        keys.NewRing(keys.Fixed([]string{"k1", "k2"}), time.Now),
		AddressRate: addressRate, KeyRate: keyRate, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler),
		Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"), netip.MustParsePrefix("10.0.0.0/8")},
	})
	return s, &now
}

// ask sends a request from an address. Headers are names and values in turn.
func ask(s *Server, from, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, path, nil)
	r.RemoteAddr = from
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

const someone = "203.0.113.7:4000"

func TestAnAddressHasItsLimit(t *testing.T) {
	s, clock := limitedServer(2, 0)
	type answer struct {
		Status                   int
		Policy, Left, RetryAfter string
	}
	got := func() answer {
		w := ask(s, someone, "/docs/")
		h := w.Header()
		return answer{w.Code, h.Get("RateLimit-Policy"), h.Get("RateLimit"), h.Get("Retry-After")}
	}
	for _, step := range []struct {
		after time.Duration
		want  answer
	}{
		{0, answer{200, `"address";q=8;w=4`, `"address";r=7;t=1`, ""}},
		{0, answer{200, `"address";q=8;w=4`, `"address";r=6;t=1`, ""}},
		{500 * time.Millisecond, answer{200, `"address";q=8;w=4`, `"address";r=6;t=1`, ""}},
	} {
		*clock = clock.Add(step.after)
		if diff := cmp.Diff(step.want, got()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	for range 6 {
		got()
	}
	if diff := cmp.Diff(answer{429, `"address";q=8;w=4`, `"address";r=0;t=1`, "1"}, got()); diff != "" {
		t.Errorf("too many (-want +got):\n%s", diff)
	}
	*clock = clock.Add(time.Second) // as Retry-After has it
	if diff := cmp.Diff(answer{200, `"address";q=8;w=4`, `"address";r=1;t=1`, ""}, got()); diff != "" {
		t.Errorf("later (-want +got):\n%s", diff)
	}
}

func TestTheLimitIsNamed(t *testing.T) {
	s, _ := limitedServer(1, 1)
	for range 4 {
		ask(s, someone, "/docs/")
		ask(s, someone, "/docs/", "X-Api-Key", "k1")
	}
	for _, test := range []struct{ name, path, key, kind, body string }{
		{"v1", "/api/v1/locations", "", "application/problem+json", `{"type":"about:blank","title":"Too Many Requests","status":429,` +
			`"detail":"Limit \"address\": an address may make 1 requests a second, and 4 at once; see Retry-After","code":"too_many_requests"}` + "\n"},
		{"edge", "/api/edge/locations", "k1", "application/json; charset=utf-8", `{"error":{"code":"too_many_requests",` +
			`"message":"Limit \"key\": a key may make 1 requests a second, and 4 at once; see Retry-After"}}` + "\n"},
	} {
		w := ask(s, someone, test.path, "X-Api-Key", test.key)
		if diff := cmp.Diff(test.body, w.Body.String()); w.Code != 429 || w.Header().Get("Content-Type") != test.kind || diff != "" {
			t.Errorf("%s: %d %s (-want +got):\n%s", test.name, w.Code, w.Header().Get("Content-Type"), diff)
		}
		if got := w.Header().Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s: others may be given it: %s", test.name, got)
		}
	}
}

// Each case uses up a limit first and then asks once more.
func TestWhoSharesALimit(t *testing.T) {
	key := func(k string) []string { return []string{"X-Api-Key", k} }
	for _, test := range []struct {
		name         string
		first        string
		firstHeaders []string
		then         string
		thenHeaders  []string
		path         string
		want         int
	}{
		{"the same address", someone, nil, "203.0.113.7:5000", nil, "/docs/", 429},
		{"another address", someone, nil, "203.0.113.8:4000", nil, "/docs/", 200},
		{"the same IPv6 network", "[2001:db8:1:2:3::1]:4000", nil, "[2001:db8:1:2:ffff::2]:4000", nil, "/docs/", 429},
		{"another IPv6 network", "[2001:db8:1:2::1]:4000", nil, "[2001:db8:1:3::1]:4000", nil, "/docs/", 200},
		{"an IPv4 address written as IPv6", someone, nil, "[::ffff:203.0.113.7]:4000", nil, "/docs/", 429},
		{"a key at the same address", someone, nil, someone, key("k1"), "/docs/", 200},
		{"a wrong key at the same address", someone, nil, someone, key("wrong"), "/docs/", 429},
		{"wrong keys", someone, key("wrong"), someone, key("wrong2"), "/docs/", 429},
		{"a key elsewhere", someone, key("k1"), "203.0.113.8:4000", key("k1"), "/docs/", 429},
		{"another key", someone, key("k1"), someone, key("k2"), "/docs/", 200},
		{"a key here", "127.0.0.1:4000", key("k1"), "127.0.0.1:4000", key("k1"), "/docs/", 429},
		{"nobody but us", "127.0.0.1:4000", nil, "127.0.0.1:4000", nil, "/docs/", 200},
		{"nobody but us, by IPv6", "[::1]:4000", nil, "[::1]:4000", nil, "/docs/", 200},
		{"health checks", someone, nil, someone, nil, "/health", 200},
		{"a client of a proxy", "10.0.0.1:80", []string{"X-Forwarded-For", "203.0.113.7"}, someone, nil, "/docs/", 429},
		{"another client of the proxy", "10.0.0.1:80", []string{"X-Forwarded-For", "203.0.113.7"}, "10.0.0.1:80", []string{"X-Forwarded-For", "203.0.113.8"}, "/docs/", 200},
		{"one who pretends to be another", someone, nil, someone, []string{"X-Forwarded-For", "198.51.100.1"}, "/docs/", 429},
		{"one who pretends to be one of us", someone, nil, someone, []string{"X-Forwarded-For", "127.0.0.1"}, "/docs/", 429},
		{"a network socket without address", "@", nil, "@", nil, "/docs/", 200},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, _ := limitedServer(1, 1)
			for range 10 {
				ask(s, test.first, "/docs/", test.firstHeaders...)
			}
			if w := ask(s, test.then, test.path, test.thenHeaders...); w.Code != test.want {
				t.Errorf("%d, want %d", w.Code, test.want)
			}
		})
	}
}

func TestTheClientsAddress(t *testing.T) {
	const proxy = "10.0.0.1:80"
	for _, test := range []struct {
		name, peer string
		forwarded  []string
		want       string
	}{
		{"no proxy", someone, nil, "203.0.113.7"},
		{"no proxy, but a header", someone, []string{"198.51.100.1"}, "203.0.113.7"},
		{"a proxy", proxy, []string{"203.0.113.7"}, "203.0.113.7"},
		{"a proxy without the header", proxy, nil, "10.0.0.1"},
		{"several proxies", proxy, []string{"203.0.113.7, 10.0.0.3,10.0.0.2"}, "203.0.113.7"},
		{"a made up address before", proxy, []string{"198.51.100.1, 203.0.113.7"}, "203.0.113.7"},
		{"a made up proxy before", proxy, []string{"10.0.0.9, 203.0.113.7, 10.0.0.2"}, "203.0.113.7"},
		{"several headers", proxy, []string{"198.51.100.1", "203.0.113.7", "10.0.0.2, 10.0.0.3"}, "203.0.113.7"},
		{"somebody within", proxy, []string{"10.1.2.3"}, "10.1.2.3"},
		{"a port", proxy, []string{"203.0.113.7:1234"}, "203.0.113.7"},
		{"IPv6", proxy, []string{"2001:db8::7"}, "2001:db8::7"},
		{"IPv6 in brackets", proxy, []string{"[2001:db8::7]"}, "2001:db8::7"},
		{"IPv6 and a port", proxy, []string{"[2001:db8::7]:1234"}, "2001:db8::7"},
		{"IPv4 as IPv6", proxy, []string{"::ffff:203.0.113.7"}, "203.0.113.7"},
		{"a zone", "[fe80::1%eth0]:80", nil, "fe80::1"},
		{"what is none", proxy, []string{"203.0.113.7, unknown"}, "10.0.0.1"},
		{"an empty one", proxy, []string{""}, "10.0.0.1"},
		{"no address at all", "@", []string{"203.0.113.7"}, "invalid IP"},
	} {
		s, _ := limitedServer(0, 0)
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.RemoteAddr, r.Header["X-Forwarded-For"] = test.peer, test.forwarded
		if got := s.client(r).String(); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

func TestLimitsMayBeOff(t *testing.T) {
	s, _ := limitedServer(0, 1)
	for range 100 {
		if w := ask(s, someone, "/docs/"); w.Code != 200 || w.Header().Get("RateLimit-Policy")+w.Header().Get("RateLimit") != "" {
			t.Fatalf("%d %v", w.Code, w.Header())
		}
	}
}

func TestSecurityText(t *testing.T) {
	now := time.Date(2026, 11, 1, 12, 34, 56, 0, time.UTC)
	o := Options{
		Keys: keys.NewRing(nil, time.Now), SecurityContact: "mailto:security@example.org", Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler),
	}
	const path = "/.well-known/security.txt"
	w := ask(New(o), someone, path)
	want := "Contact: mailto:security@example.org\nExpires: 2027-04-30T00:00:00Z\n"
	if diff := cmp.Diff(want, w.Body.String()); diff != "" || w.Header().Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("%v (-want +got):\n%s", w.Header(), diff)
	}
	o.PrimaryHost = "getmyvax.example"
	want += "Canonical: https://getmyvax.example/.well-known/security.txt\n"
	if diff := cmp.Diff(want, ask(New(o), someone, path).Body.String()); diff != "" {
		t.Errorf("with a public host (-want +got):\n%s", diff)
	}
	o.SecurityContact = ""
	if w := ask(New(o), someone, path); w.Code != http.StatusNotFound {
		t.Errorf("nobody to tell: %d", w.Code)
	}
}
