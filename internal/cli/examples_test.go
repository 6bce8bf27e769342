package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"getmyvax.org/univaf/docs/api/examples"
	"getmyvax.org/univaf/internal/needs"
	"getmyvax.org/univaf/internal/openapi"
)

// interpreters run the programs in docs/api/examples, which need the tools named.
var interpreters = map[string]struct{ program, tools string }{
	".sh": {"sh", "curl jq"}, ".py": {"python3", ""}, ".mjs": {"node", ""},
}

// interpreter gives the program that runs what ends in suffix.
func interpreter(t *testing.T, suffix string) string {
	t.Helper()
	needs.More(t, "the examples are not run")
	with := interpreters[suffix]
	needs.Programs(t, append(strings.Fields(with.tools), with.program)...)
	return with.program
}

// runExample runs a program and gives what it prints.
func runExample(t *testing.T, s *server, program, file string, env ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), program, filepath.Join("..", "..", "docs", "api", "examples", file))
	command.Env = append(append(os.Environ(), "UNIVAF_URL="+s.url), env...)
	var log bytes.Buffer
	command.Stderr = &log
	out, err := command.Output()
	if err != nil {
		t.Errorf("%s: %v: %s", file, err, log.String())
	}
	return string(out)
}

func TestExamplesRun(t *testing.T) {
	s := startServer(t, nil).ready()
	// Three pages of 500 in New Jersey, every other place with appointments.
	var lines, open strings.Builder
	for i := range 1100 {
		p := place(fmt.Sprint(i))
		if i%2 == 0 {
			fmt.Fprintln(&open, p["name"])
		} else {
			p["availability"].(map[string]any)["available"] = "NO"
		}
		lines.WriteString(line(t, p))
	}
	lines.WriteString(line(t, place("silent", "availability", nil)) + line(t, place("far", "state", "AK")))
	if status, _, answer := s.post("/api/v1/updates", lines.String()); status != http.StatusOK || strings.Count(string(answer), `"status":201`) != 1102 {
		t.Fatalf("%d %.300s", status, answer)
	}
	want := map[string]string{
		"openings":   open.String(),
		"stream":     "AK 1\nNJ 1101\n",
		"revalidate": "first time: here it is\nsecond time: nothing has changed\n",
	}
	for _, language := range examples.Languages {
		t.Run(language.Name, func(t *testing.T) {
			program := interpreter(t, language.Suffix)
			for _, task := range examples.Tasks {
				if task.Name == "update" {
					continue
				}
				if diff := cmp.Diff(want[task.Name], runExample(t, s, program, task.Name+language.Suffix)); diff != "" {
					t.Errorf("%s%s (-want +got):\n%s", task.Name, language.Suffix, diff)
				}
			}

			empty := startServer(t, nil).ready()
			var answer any
			if err := json.Unmarshal([]byte(runExample(t, empty, program, "update"+language.Suffix, "UNIVAF_KEY="+testKey)), &answer); err != nil {
				t.Fatal(err)
			}
			if at(answer, "data", "location", "action") != "created" || at(answer, "data", "availability", "action") != "create" {
				t.Errorf("update: %v", answer)
			}
			if status, _, body := empty.get("/api/v1/locations/my_clinics:17"); status != http.StatusOK || at(parse(t, body), "data", "name") != "Main Street Clinic" {
				t.Errorf("after update: %d %s", status, body)
			}
		})
	}
}

// Each operation has an example of a request, which works.
func TestExampleRequestsInTheContract(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "api", "openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	root, err := openapi.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	for path, item := range root.Get("paths").Members() {
		for method, operation := range item.Members() {
			t.Run(strings.ToUpper(method)+" "+path, func(t *testing.T) {
				t.Parallel()
				s := startServer(t, map[string]string{"UNIVAF_SECURITY_CONTACT": "mailto:security@univaf.example"}).ready()
				s.put(place("2004", "external_ids", [][]string{{"cvs", "2004"}}))
				var body strings.Builder
				for _, content := range operation.Get("requestBody", "content").Members() {
					for _, example := range content.Examples() {
						fmt.Fprintln(&body, example.JSON())
					}
				}
				want := ""
				for status := range operation.Get("responses").Members() {
					if want == "" || status == "201" {
						want = status
					}
				}
				status, _, answer := s.do(strings.ToUpper(method), operation.Get("x-example-request").Text(), strings.NewReader(body.String()), "X-Api-Key", testKey)
				if fmt.Sprint(status) != want {
					t.Errorf("%d %.300s, want %s", status, answer, want)
				}
				if strings.Contains(string(answer), `"status":4`) {
					t.Errorf("a line was refused: %s", answer)
				}
			})
		}
	}
}
