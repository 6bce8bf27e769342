package conform

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestParseInstant(t *testing.T) {
	for _, good := range []string{
		"2026-11-02T09:00:00Z", "2026-11-02T09:00:00.1234567891Z", "2024-02-29T23:59:59-05:00", "2026-11-02T09:00:00+14:00", "0001-01-01T00:00:00+00:00",
	} {
		got, ok := parseInstant([]byte(good))
		want, err := time.Parse(time.RFC3339Nano, good)
		if !ok || err != nil || got.second != want.Unix() || got.nano != int64(want.Nanosecond()) || got.isUTC != strings.HasSuffix(good, "Z") {
			t.Errorf("%s: %+v %v, want %v", good, got, ok, want)
		}
	}
	for _, bad := range []string{
		"", "2026-11-02", "2026-11-02T09:00Z", "2026-11-02T09:00:00", "2026-11-02T09:00:00-05", "2026-11-02T09:00:00-0500", "2026-11-02T09:00:00.Z",
		"2026-11-02 09:00:00Z", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-31T00:00:00Z", "2026-11-02T24:00:00Z", "2026-11-02T09:60:00Z",
		"2026-11-02T09:00:00+14:01", "2026-11-02T09:00:00z", "2026-11-02T09:00:00ZZ", "0000-01-01T00:00:00Z", "-026-11-02T09:00:00Z", "2026-11-02T09:00:00-+5:00",
	} {
		if got, ok := parseInstant([]byte(bad)); ok {
			t.Errorf("%s: %+v", bad, got)
		}
	}
}

func TestTexts(t *testing.T) {
	for name, test := range map[string]struct {
		is        func([]byte) bool
		good, bad []string
	}{
		"id": {
			validID,
			[]string{"1", "A-z.9", strings.Repeat("a", 64)},
			[]string{"", "a_b", "a b", "é", strings.Repeat("a", 65), "a/b"},
		},
		"URI": {
			isURI,
			[]string{"https://x.example/y?z", "urn:oid:1.2", "a:b", "http://x/é"},
			[]string{"", "x", ":x", "1a:b", "http:", "a b:c", "http://x/a b", "//x"},
		},
		"web URL": {
			isWebURL,
			[]string{"http://x", "https://x.example:8080/$bulk-publish", "https://[::1]/"},
			[]string{"", "ftp://x", "https:///path", "https://", "http://[::1", "HTTPS//x", "https://x/%zz", "mailto:a@b"},
		},
		"ZIP code": {isZIP, []string{"02114", "02114-1234"}, []string{"", "2114", "021141234", "02114-", "0211a", "02114 1234"}},
	} {
		for _, s := range test.good {
			if !test.is([]byte(s)) {
				t.Errorf("%q is a good %s", s, name)
			}
		}
		for _, s := range test.bad {
			if test.is([]byte(s)) {
				t.Errorf("%q is no good %s", s, name)
			}
		}
	}
}

func TestIDs(t *testing.T) {
	s := newIDs()
	const n = 10_000 // more than there is room for at first
	for i := range n {
		if !s.add([]byte(fmt.Sprint(i)), state(i%50)) {
			t.Fatalf("%d is not new", i)
		}
	}
	for i := range n {
		if in, known := s.lookup([]byte(fmt.Sprint(i))); !known || in != state(i%50) || s.add([]byte(fmt.Sprint(i)), 0) {
			t.Fatalf("%d: known %v, in %d", i, known, in)
		}
	}
	if _, known := s.lookup([]byte("x")); known || s.full {
		t.Errorf("x is known: %v, full: %v", known, s.full)
	}
}

// An endless publisher can't take all memory, nor be called good.
func TestMoreIDsThanAreKept(t *testing.T) {
	c := newChecker(1)
	c.slots.most = 3
	for i := range 5 {
		c.identify(c.slots, "slot", place{id: []byte(fmt.Sprint(i))}, 0)
	}
	c.full(typeSlot)
	if c.slots.n != 3 || c.report.Complete || !c.unread[typeSlot] || len(c.report.Reasons) != 1 {
		t.Errorf("%d kept, %+v", c.slots.n, c.report)
	}
}

func TestLines(t *testing.T) {
	long := strings.Repeat("x", 300<<10) // more than the reader's buffer
	tooLong := strings.Repeat("y", maxLine+1)
	lines := newLineReader()
	lines.in.Reset(strings.NewReader("a\n\r\n" + long + "\n" + tooLong + "\nb\r\nc"))
	var got []string
	for {
		l, err := lines.next()
		if err != nil {
			break
		}
		got = append(got, fmt.Sprintf("%d %.2s ended %v carriage %v long %v", len(l.text), l.text, l.ended, l.carriage, l.tooLong))
	}
	want := []string{
		"1 a ended true carriage false long false", "0  ended true carriage true long false", "307200 xx ended true carriage false long false",
		"1048576 yy ended true carriage false long true", "1 b ended true carriage true long false", "1 c ended false carriage false long false",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
