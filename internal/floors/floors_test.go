// Package floors keeps the order of the packages: imports go only to a lower floor
// (docs/design.md, "Packages"). It holds nothing but this test.
//
// It reads the source rather than ask the go command: so it sees every build tag,
// and go test knows to run it again when a file changes.
package floors

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const module = "getmyvax.org/univaf"

// floors is the table: the floor of each package, by its folder. A package may
// import packages of a lower floor, never one of its own.
var floors = map[string]int{
	".": 0, // the domain: standard library only

	"docs/api/examples": 0, // programs in other languages

	"internal/smart":     1,
	"internal/fetch":     1,
	"internal/vaccine":   1,
	"internal/usa":       1,
	"internal/geo":       1,
	"internal/words":     1,
	"internal/limit":     1,
	"internal/compare":   1,
	"internal/telemetry": 1,
	"internal/openapi":   1,
	"internal/bucket":    1,

	"internal/store":    2,
	"internal/source":   2, // and every package below it: see sameFloor
	"internal/identity": 2,
	"internal/demo":     2,

	"internal/smart/conform": 2,

	"internal/ingest":  3,
	"internal/catalog": 3,
	"internal/keys":    3,
	"internal/publish": 3,
	"client":           3,

	"internal/load":    4,
	"internal/api":     4,
	"internal/archive": 4,
	"internal/past":    4,
	"internal/notify":  4,

	"internal/cli": 5,
	"cmd/univaf":   5, // imports internal/cli and nothing else of the module
}

// support is for tests: only tests, tools and one another import these packages, and
// they import what they like.
var support = []string{
	"internal/contract",
	"internal/floors",
	"internal/needs",
	"internal/pgtest",
	"internal/source/sourcetest",
	"internal/store/storetest",
}

// tools are programs for those who work on the project. Nothing imports them; they
// import of the floors up to the second, which do not change as the server does.
var tools = []string{"internal/tools/bench", "internal/tools/gen", "internal/tools/zips", "scripts/testsum"}

const highestForTools = 2

const sources = "internal/source"

// floor is the floor of the package in a folder. Every source has that of
// internal/source.
func floor(dir string) (int, bool) {
	if within(dir, sources) {
		dir = sources
	}
	n, ok := floors[dir]
	return n, ok
}

// within reports whether dir is parent or a folder below it.
func within(dir, parent string) bool {
	return dir == parent || strings.HasPrefix(dir, parent+"/")
}

// sameFloor reports whether a package may import another of its own floor: the
// program the command line, each its own sub-packages, a source what all sources
// share, and the list the sources.
func sameFloor(dir, imported string) bool {
	switch {
	case dir == "cmd/univaf":
		return imported == "internal/cli"
	case within(imported, dir) && dir != sources:
		return true
	case imported == sources:
		return within(dir, sources)
	case dir == sources+"/all":
		return within(imported, sources)
	}
	return false
}

// faults lists what breaks the order. The imports are those of the packages
// themselves, without their tests, by the folder of the package: a path in the
// module as its folder, any other as it is.
func faults(imports map[string][]string) []string {
	var out []string
	fault := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for _, dir := range slices.Sorted(maps.Keys(imports)) {
		if slices.Contains(support, dir) {
			continue
		}
		own, listed := floor(dir)
		tool := slices.Contains(tools, dir)
		if tool {
			own = highestForTools + 1
		}
		if !listed && !tool {
			fault("%s has no floor: give it one in the table floors of internal/floors, and in docs/design.md", dir)
			continue
		}
		for _, path := range imports[dir] {
			imported, local := strings.CutPrefix(path, module)
			if !local {
				if dir == "." && strings.Contains(strings.Split(path, "/")[0], ".") {
					fault("the root package imports %s: it may use the standard library only", path)
				}
				continue
			}
			if imported = strings.TrimPrefix(imported, "/"); imported == "" {
				imported = "."
			}
			other, ok := floor(imported)
			switch {
			case slices.Contains(support, imported) && tool: // it may
			case slices.Contains(support, imported):
				fault("%s imports %s, which is for tests", dir, imported)
			case slices.Contains(tools, imported):
				fault("%s imports %s, which is a program", dir, imported)
			case !ok: // said where that package is looked at
			case dir == "cmd/univaf" && imported != "internal/cli":
				fault("%s imports %s: it may import internal/cli only", dir, imported)
			case other > own:
				fault("%s (floor %d) imports %s (floor %d): imports go only to a lower floor", dir, own, imported, other)
			case other == own && !sameFloor(dir, imported):
				fault("%s imports %s: packages on one floor (%d) do not import each other", dir, imported, own)
			}
		}
	}
	return out
}

func TestImportsGoOnlyToALowerFloor(t *testing.T) {
	imports, err := readImports("../..")
	if err != nil {
		t.Fatal(err)
	}
	if len(imports) < 2 {
		t.Fatalf("found only %d packages", len(imports))
	}
	for _, fault := range faults(imports) {
		t.Error(fault)
	}
}

// readImports gives the imports of every package of the module, tests left out.
func readImports(root string) (map[string][]string, error) {
	imports := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if path == root {
				return nil
			}
			_, err := os.Stat(filepath.Join(path, "go.mod"))
			if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata" || name == "node_modules" || err == nil {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(name) != ".go" {
			return nil
		}
		dir, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		dir = filepath.ToSlash(dir)
		if _, ok := imports[dir]; !ok {
			imports[dir] = nil // a package of tests alone counts too
		}
		if strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if !slices.Contains(imports[dir], imported) {
				imports[dir] = append(imports[dir], imported)
			}
		}
		return nil
	})
	return imports, err
}

func TestFaults(t *testing.T) {
	for _, tt := range []struct {
		name, dir string
		imports   []string
		want      []string
	}{
		{"lower floors", "internal/api", []string{"net/http", "github.com/rs/cors", module, module + "/internal/catalog"}, nil},
		{"a higher floor", "internal/store", []string{module + "/internal/ingest"}, []string{
			"internal/store (floor 2) imports internal/ingest (floor 3): imports go only to a lower floor",
		}},
		{"the same floor", "internal/load", []string{module + "/internal/api"}, []string{
			"internal/load imports internal/api: packages on one floor (4) do not import each other",
		}},
		{"the root and a dependency", ".", []string{"encoding/json", "github.com/google/uuid"}, []string{
			"the root package imports github.com/google/uuid: it may use the standard library only",
		}},
		{"a source", "internal/source/cvs", []string{module + "/internal/source", module + "/internal/smart", module + "/internal/source/cvs/stores"}, nil},
		{"a source and another", "internal/source/cvs", []string{module + "/internal/source/albertsons"}, []string{
			"internal/source/cvs imports internal/source/albertsons: packages on one floor (2) do not import each other",
		}},
		{"sources in general and one of them", "internal/source", []string{module + "/internal/source/cvs"}, []string{
			"internal/source imports internal/source/cvs: packages on one floor (2) do not import each other",
		}},
		{"the list of sources", "internal/source/all", []string{module + "/internal/source", module + "/internal/source/cvs"}, nil},
		{"a publisher and the sources", "internal/demo", []string{module + "/internal/source"}, []string{
			"internal/demo imports internal/source: packages on one floor (2) do not import each other",
		}},
		{"test support", "internal/cli", []string{module + "/internal/pgtest"}, []string{
			"internal/cli imports internal/pgtest, which is for tests",
		}},
		{"the program", "cmd/univaf", []string{module + "/internal/cli", module + "/internal/store"}, []string{
			"cmd/univaf imports internal/store: it may import internal/cli only",
		}},
		{"a tool", "internal/tools/gen", []string{module, module + "/internal/usa"}, nil},
		{"a tool and the server", "internal/tools/bench", []string{module + "/internal/api"}, []string{
			"internal/tools/bench (floor 3) imports internal/api (floor 4): imports go only to a lower floor",
		}},
		{"a tool and another", "internal/tools/bench", []string{module + "/internal/tools/gen"}, []string{
			"internal/tools/bench imports internal/tools/gen, which is a program",
		}},
		{"a new package", "internal/new", []string{module + "/internal/store"}, []string{
			"internal/new has no floor: give it one in the table floors of internal/floors, and in docs/design.md",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := faults(map[string][]string{tt.dir: tt.imports})
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}
