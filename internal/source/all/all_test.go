package all_test

import (
	"testing"

	"getmyvax.org/univaf/internal/source/all"
)

func TestSourcesAreFoundByName(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range all.Names() {
		if seen[name] {
			t.Errorf("%s is listed twice", name)
		}
		seen[name] = true
		if d, ok := all.Find(name); !ok || d.Name != name || d.Help == "" || d.New == nil {
			t.Errorf("%s: found %v, %+v", name, ok, d)
		}
	}
	if _, ok := all.Find("nobody"); ok {
		t.Error("a source that is not there was found")
	}
}
