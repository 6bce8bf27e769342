package storetest

import (
	"context"
	"testing"
	"time"

	"getmyvax.org/univaf"

	"github.com/google/go-cmp/cmp"
)

func keepsRuns(t *testing.T, e Engine) {
	ctx := context.Background()
	s := open(t, e.New(t))
	run := func(source string, minute, records int) univaf.Run {
		at := start.Add(time.Duration(minute) * time.Minute)
		return univaf.Run{
			Source: source, Start: at, End: at.Add(time.Second), Records: records, Error: "404 Not Found",
			Ages: &univaf.RunAges{Min: 1, Median: 2, Max: 3}, StaleAfter: 4, Warnings: []univaf.RunWarning{{Kind: "odd", Count: 2, Sample: "Ω\x00"}},
		}
	}
	for _, r := range []univaf.Run{run("a", 1, 10), run("a", 3, 30), run("a", 2, 20), run("b", 1, 1), run("a", 3, 31)} {
		if err := s.AddRun(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	check := func(most int, want map[string][]univaf.Run) {
		t.Helper()
		got, err := s.Runs(ctx, most)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("runs: %v (-want +got):\n%s", err, diff)
		}
	}
	check(2, map[string][]univaf.Run{"a": {run("a", 3, 31), run("a", 2, 20)}, "b": {run("b", 1, 1)}})
	if n, err := s.TrimRuns(ctx, start.Add(2*time.Minute)); n != 2 || err != nil {
		t.Errorf("trimmed %d, %v", n, err)
	}
	check(10, map[string][]univaf.Run{"a": {run("a", 3, 31), run("a", 2, 20)}})
}

func keepsPauses(t *testing.T, e Engine) {
	ctx := context.Background()
	s := open(t, e.New(t))
	pause := func(source string, hours int, reason string) univaf.Pause {
		return univaf.Pause{Source: source, Since: start, Until: start.Add(time.Duration(hours) * time.Hour), Reason: reason}
	}
	for _, p := range []univaf.Pause{pause("a", 5, "broken"), pause("b", 1, ""), pause("a", 2, "they asked")} {
		if err := s.Pause(ctx, p); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Pauses(ctx, start.Add(time.Hour))
	if diff := cmp.Diff(map[string]univaf.Pause{"a": pause("a", 2, "they asked")}, got); diff != "" || err != nil {
		t.Errorf("pauses: %v (-want +got):\n%s", err, diff)
	}
}
