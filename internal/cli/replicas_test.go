package cli_test

import (
	"fmt"
	"strings"
	"testing"
)

// has reports whether the dump has the text of both.
func (s *server) has(a, b string) bool {
	_, _, body := s.get("/api/v1/locations.ndjson")
	return strings.Contains(string(body), `"`+a+`"`) && strings.Contains(string(body), b)
}

// Two servers on one database take turns in writing: each finds the log longer than it
// left it.
func TestReplicasTakeTurnsInWriting(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			env := map[string]string{"DB_URL": e.url(t)}
			one, two := startServer(t, env).ready(), startServer(t, env).ready()
			for i := range 6 {
				one.put(place(fmt.Sprint("one-", i)))
				two.put(place(fmt.Sprint("two-", i)))
				eventually(t, "the first has it", func() bool { return one.has(fmt.Sprint("Shop two-", i), "") })
			}
		})
	}
}
