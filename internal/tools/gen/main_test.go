package main

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/usa"
)

// generate gives the updates that the command writes.
func generate(t *testing.T, args ...string) []univaf.Update {
	t.Helper()
	var out bytes.Buffer
	if err := run(args, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	var list []univaf.Update
	for line := range bytes.Lines(out.Bytes()) {
		u, ignored, err := univaf.DecodeUpdate(line)
		if err != nil || ignored != nil {
			t.Fatalf("error %v, ignored %q\n%s", err, ignored, line)
		}
		list = append(list, u)
	}
	return list
}

func share(t *testing.T, what string, part, whole int, want float64) {
	t.Helper()
	if got := float64(part) / float64(whole); got < want-0.03 || got > want+0.03 {
		t.Errorf("%s: %.3f of all, want %.3f", what, got, want)
	}
}

func TestUpdatesAreAsTheirShareSays(t *testing.T) {
	const n = 4000
	updates := generate(t, "-n", "4000")
	places, second, days, slots, size := map[string]bool{}, 0, 0, 0, 0
	byState := map[string]int{}
	for _, u := range updates {
		if ids := len(u.ExternalIDs); ids < 1 || ids > 4 {
			t.Errorf("%d external ids", ids)
		}
		a := u.Availability
		if a.Source == sources[1] {
			second++
		} else {
			byState[u.State]++
		}
		places[u.ExternalIDs[0].String()] = true
		size += len(u.AppendJSON(nil))
		switch {
		case a.Slots != nil:
			slots++
			if got := bytes.Count(a.Slots, []byte(`"start"`)); got < 20 || got > 200 {
				t.Errorf("%d slots", got)
			}
		case a.Capacity != nil:
			days++
			dates := map[string]bool{}
			for part := range strings.SplitSeq(string(a.Capacity), `"date":"`) {
				dates[part[:min(10, len(part))]] = true
			}
			if got := len(dates) - 1; got < 7 || got > 14 { // before the first there is a bracket
				t.Errorf("%d days", got)
			}
		}
	}
	if len(places) != n || len(updates) != n+second {
		t.Errorf("%d places, %d updates, %d of the second source", len(places), len(updates), second)
	}
	share(t, "of the second source", second, n, 0.5)
	share(t, "with capacity", days, len(updates), 0.6)
	share(t, "with slots", slots, len(updates), 0.15)
	if mean := size / len(updates); mean < 3000 || mean > 5000 {
		t.Errorf("an update has %d bytes", mean)
	}
	people := 0
	for _, thousands := range usa.Population {
		people += thousands
	}
	for _, state := range []string{"CA", "NJ", "WY"} {
		share(t, state, byState[state], n, float64(usa.Population[state])/float64(people))
	}
	for _, s := range usa.States {
		if !slices.ContainsFunc(areas, func(a area) bool { return a.state == s.Code }) && s.HasPlaces() {
			t.Errorf("%s has no area", s.Code)
		}
	}
}

func TestTheSameFlagsGiveTheSameBytes(t *testing.T) {
	text := func(args ...string) string {
		var out bytes.Buffer
		if err := run(args, &out, io.Discard); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	first := text("-n", "50", "-seed", "3")
	if text("-n", "50", "-seed", "3") != first {
		t.Error("it differs")
	}
	if text("-n", "50", "-seed", "4") == first {
		t.Error("another seed gives the same")
	}
	line, _, _ := strings.Cut(first, "\n")
	if more, _, _ := strings.Cut(text("-n", "60", "-seed", "3"), "\n"); more != line {
		t.Error("the first update depends on how many there are")
	}
}

func content(list []univaf.Update) (out []string) {
	for _, u := range list {
		out = append(out, string(u.Availability.AppendContent(nil)))
	}
	return out
}

func TestAnotherTimeSaysTheSameAgain(t *testing.T) {
	first := generate(t, "-n", "100", "-now", "2026-11-01T12:00:00Z")
	later := generate(t, "-n", "100", "-now", "2026-11-01T13:00:00Z")
	if diff := cmp.Diff(content(first), content(later)); diff != "" {
		t.Errorf("-first +later:\n%s", diff)
	}
	for i := range later {
		if got := later[i].Availability.ValidAt.Sub(first[i].Availability.ValidAt); got != time.Hour {
			t.Fatalf("valid_at is %v later", got)
		}
		if got := later[i].Availability.CheckedAt.Sub(first[i].Availability.CheckedAt); got != time.Hour {
			t.Fatalf("checked_at is %v later", got)
		}
	}
}

func TestAnotherRoundChangesWhatIsSaidAlone(t *testing.T) {
	first, next := generate(t, "-n", "400"), generate(t, "-n", "400", "-round", "1")
	if diff := cmp.Diff(first, next, cmpopts.IgnoreFields(univaf.Update{}, "Availability")); diff != "" {
		t.Errorf("-first +next:\n%s", diff)
	}
	a, b := content(first), content(next)
	same := 0
	for i := range a {
		if a[i] == b[i] {
			same++
		}
	}
	if same > len(a)/20 { // some say NO again
		t.Errorf("%d of %d say the same", same, len(a))
	}
}

func TestAPlaceKeepsItsVaccines(t *testing.T) {
	products := func(list []univaf.Update) map[string][]string {
		of := map[string][]string{}
		for _, u := range list {
			id := u.ExternalIDs[0].String()
			if other, spoken := of[id]; spoken {
				if diff := cmp.Diff(other, u.Availability.Products); diff != "" {
					t.Errorf("%s: -one source +the other:\n%s", id, diff)
				}
			}
			of[id] = u.Availability.Products
		}
		return of
	}
	if diff := cmp.Diff(products(generate(t, "-n", "200")), products(generate(t, "-n", "200", "-round", "1"))); diff != "" {
		t.Errorf("-first +next:\n%s", diff)
	}
}

func TestBadFlags(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"-n", "0"}, "-n must be from 1 to 10000000, not 0"},
		{[]string{"-n", "x"}, `invalid value "x" for flag -n: parse error`},
		{[]string{"-now", "noon"}, `-now must be an ISO 8601 date and time, such as 2021-11-01T12:00:00Z, not "noon"`},
		{[]string{"80000"}, `there is nothing to do with "80000": it takes flags only`},
		{[]string{"-rounds", "2"}, "flag provided but not defined: -rounds"},
	} {
		var out bytes.Buffer
		err := run(tt.args, &out, io.Discard)
		if err == nil || err.Error() != tt.want || out.Len() > 0 {
			t.Errorf("%q: got error %v, %d bytes", tt.args, err, out.Len())
		}
	}
}

func TestHelp(t *testing.T) {
	var out, help bytes.Buffer
	if err := run([]string{"-h"}, &out, &help); err == nil || out.Len() > 0 || !strings.Contains(help.String(), "-round number") {
		t.Errorf("got error %v\n%s", err, help.String())
	}
}
