package feed_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"getmyvax.org/univaf/internal/fetch"
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/source/feed"
	"getmyvax.org/univaf/internal/vaccine"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

const guide = "../../../docs/guides/feeds.md"

var namedBlock = regexp.MustCompile("(?s)<!-- (\\S+) -->\n```[a-z]+\n(.*?)```\n")

// blocks gives the guide's texts in fences by the names in front of them.
func blocks(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, found := range namedBlock.FindAllStringSubmatch(string(text), -1) {
		all[found[1]] = found[2]
	}
	return all
}

// What the guide shows is what happens.
func TestGuideIsTrue(t *testing.T) {
	now := time.Date(2026, time.November, 2, 15, 0, 0, 0, time.UTC)
	text := blocks(t)
	for _, test := range []struct {
		mapping, data, record string
		asked                 string
		places                int
		warnings              map[string]int
	}{
		{"clinics.yaml", "clinics.csv", "clinics.json", "https://docs.google.com/spreadsheets/d/1fEEDexample/export?format=csv&gid=0", 3, nil},
		{"api.yaml", "api.json", "api.out.json", "https://api.trenton.example/sites?key=${TRENTON_KEY}", 2, nil},
		{"slots.yaml", "slots.csv", "slots.json", "", 3, nil},
	} {
		t.Run(test.mapping, func(t *testing.T) {
			var file struct{ Feeds []feed.Config }
			if err := yaml.UnmarshalWithOptions([]byte(text[test.mapping]), &file, yaml.Strict()); err != nil {
				t.Fatal(err)
			}
			c := &file.Feeds[0]
			if errs := c.Check(); errs != nil || len(file.Feeds) != 1 {
				t.Fatal(errors.Join(errs...))
			}
			if c.File != "" {
				c.Dir = t.TempDir()
				name, changed := filepath.Join(c.Dir, c.File), now.Add(-time.Hour)
				if err := errors.Join(os.WriteFile(name, []byte(text[test.data]), 0o600), os.Chtimes(name, changed, changed)); err != nil {
					t.Fatal(err)
				}
			}
			replay := fetch.NewReplay([]fetch.Exchange{{Method: "GET", URL: test.asked, Status: 200, Body: text[test.data]}})
			d := c.Definition()
			warnings := map[string]int{}
			src := d.New(source.Env{
				Fetch: fetch.New(d.Client(fetch.Options{Transport: replay, NoWait: true})), Now: func() time.Time { return now },
				Warn: func(w source.Warning) { warnings[w.Kind]++ },
			})
			var want map[string]any
			if err := json.Unmarshal([]byte(text[test.record]), &want); err != nil {
				t.Fatal(err)
			}
			places, shown := 0, false
			for u, err := range src.Records(t.Context(), source.Query{}) {
				if err != nil {
					t.Fatal(err)
				}
				var got map[string]any
				if err := json.Unmarshal(u.AppendJSON(nil), &got); err != nil {
					t.Fatal(err)
				}
				if places++; !reflect.DeepEqual(got["external_ids"], want["external_ids"]) {
					continue
				}
				shown = true
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("the record is another (-guide +got):\n%s", diff)
				}
			}
			if places != test.places || !shown || len(warnings) > 0 {
				t.Errorf("%d places, shown %v, warnings %v", places, shown, warnings)
			}
		})
	}
}

// Every key is told of, and no code that there is not.
func TestGuideIsWhole(t *testing.T) {
	data, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	_, keys, _ := strings.Cut(text, "## All keys")
	keys, _, _ = strings.Cut(keys, "## What becomes of your data")
	for _, config := range []any{feed.Config{}, feed.Location{}, feed.Availability{}, feed.Slots{}, feed.Capacity{}} {
		for i := range reflect.TypeOf(config).NumField() {
			key := reflect.TypeOf(config).Field(i).Tag.Get("yaml")
			if key != "-" && !strings.Contains(keys, "`"+key+"`") {
				t.Errorf("the guide does not tell of %s", key)
			}
		}
	}
	_, codes, _ := strings.Cut(text, "use a code, such as")
	codes, _, _ = strings.Cut(codes, "A vaccine that is")
	found := regexp.MustCompile("`([a-z0-9_]+)`").FindAllStringSubmatch(codes, -1)
	for _, code := range found {
		if _, known := vaccine.ByCode(code[1]); !known && code[1] != "map" {
			t.Errorf("there is no vaccine %s", code[1])
		}
	}
	if len(found) < 10 {
		t.Errorf("the codes are not where they were: %v", found)
	}
	for _, link := range regexp.MustCompile(`\]\(#([^)]+)\)`).FindAllStringSubmatch(text, -1) {
		heading := regexp.MustCompile(`(?im)^#+ ` + strings.ReplaceAll(link[1], "-", " ") + `$`)
		if !heading.MatchString(text) {
			t.Errorf("there is no heading for #%s", link[1])
		}
	}
}
