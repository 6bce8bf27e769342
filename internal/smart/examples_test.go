package smart_test

import (
	"context"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"testing"

	"getmyvax.org/univaf/internal/smart"
)

// examples serves the standard's own sample feed from a folder.
type examples struct{ fs.FS }

func (e examples) Get(_ context.Context, address string, _ http.Header) (*http.Response, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	file, err := e.Open(path.Base(u.Path))
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: 200, Body: file, Request: &http.Request{URL: u}}, nil
}

// The sample feed has ten clinics in Massachusetts, each with one slot of 100
// appointments a day.
func TestExamplesOfTheStandard(t *testing.T) {
	const dir = "../../../shared/smart/examples"
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the standard's examples are not here: %v", err)
	}
	feed := examples{os.DirFS(dir)}
	m, err := smart.GetManifest(t.Context(), feed, "https://example.org/$bulk-publish")
	if err != nil {
		t.Fatal(err)
	}
	m.Output = present(m.Output, dir)
	places := 0
	for p, err := range smart.Places(t.Context(), feed, m, []string{"MA"}) {
		if err != nil {
			t.Fatal(err)
		}
		places++
		if len(p.Schedules) == 0 || len(p.Slots) == 0 {
			t.Errorf("%s has %d schedules and %d slots", p.Location.Name, len(p.Schedules), len(p.Slots))
		}
		for _, s := range p.Slots {
			if n, ok := s.Capacity(); n != 100 || !ok {
				t.Errorf("slot %s stands for %d, %v", s.ID, n, ok)
			}
			if coding, ok := smart.Find(s.Schedule.Extension, smart.ExtVaccineProduct).Coding(); !ok || coding.System != smart.SystemCVX {
				t.Errorf("schedule %s is for %v", s.Schedule.ID, coding)
			}
		}
	}
	if places != 10 {
		t.Errorf("%d places", places)
	}
}

// present leaves out the files of which there is no copy.
func present(files []smart.File, dir string) (here []smart.File) {
	for _, f := range files {
		if _, err := os.Stat(path.Join(dir, path.Base(f.URL))); err == nil {
			here = append(here, f)
		}
	}
	return here
}
