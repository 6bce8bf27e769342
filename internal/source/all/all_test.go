package all_test

import (
	"testing"

	"getmyvax.org/univaf/internal/load"
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/source/all"
	"getmyvax.org/univaf/internal/usa"
)

func TestSourcesAreSound(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range all.Sources {
		if seen[d.Name] || !source.ValidName(d.Name) {
			t.Errorf("%q is no name, or is listed twice", d.Name)
		}
		seen[d.Name] = true
		if d.Help == "" || d.New == nil || len(d.Names) == 0 {
			t.Errorf("%s: not whole: %+v", d.Name, d)
		}
		if _, err := load.ParseSchedule(d.Schedule); d.Schedule != "" && err != nil {
			t.Errorf("%s: %v", d.Name, err)
		}
		for _, state := range d.States {
			if _, ok := usa.StateByCode(state); !ok {
				t.Errorf("%s: there is no state %q", d.Name, state)
			}
		}
	}
	for alias, name := range all.Aliases {
		if seen[alias] || !seen[name] {
			t.Errorf("alias %s of %s", alias, name)
		}
	}
}
