package cli_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
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

// A hearer is a follower that hears of changes by events.
type hearer struct {
	*follower
	*listener
}

// connect makes it listen to a server from where it stands.
func (h *hearer) connect(s *server) {
	if h.listener != nil {
		h.close()
		h.hear()
	}
	h.listener = s.listen("?"+h.query.Encode()+"&after=0", "Last-Event-ID", h.cursor)
}

// hear takes what has come, and waits a moment for more.
func (h *hearer) hear() {
	for {
		select {
		case e := <-h.events:
			if e.id != "" {
				h.cursor = e.id
			}
			if e.data != "" {
				h.apply(h.t, e.data)
			}
			if e.ended {
				return
			}
		case <-time.After(10 * time.Millisecond):
			return
		}
	}
}

// Clients go from one server to another, and servers end and begin anew. In the end all
// clients have what there is.
func TestClientsOfSeveralServersHaveWhatThereIs(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			env := map[string]string{"DB_URL": e.url(t)}
			servers := []*server{startServer(t, env).ready(), startServer(t, env).ready()}
			seed := uint64(time.Now().UnixNano())
			t.Logf("seed %d", seed)
			random := rand.New(rand.NewPCG(seed, 0))
			of := func(values ...string) string { return values[random.IntN(len(values))] }
			one := func() *server { return servers[random.IntN(len(servers))] }
			for i := range 5 {
				servers[0].put(place(fmt.Sprint(i)))
			}
			ids := servers[0].id("0") + "," + servers[0].id("1")
			var followers []*follower
			var hearers []*hearer
			for _, query := range []string{"", "checks=true", "state=NJ", "provider=shop&checks=true", "id=" + ids, "state=NY&id=" + ids} {
				followers = append(followers, newFollower(query))
				hearers = append(hearers, &hearer{follower: newFollower(query)})
			}
			for _, h := range hearers {
				h.connect(servers[0])
			}
			for step := range 120 {
				if step%30 == 29 {
					n := random.IntN(len(servers))
					servers[n].stop()
					servers[n] = startServer(t, env).ready()
				}
				s := one()
				if shop := of("0", "1", "2", "3", "4"); random.IntN(3) == 0 {
					s.correct(shop, "state", of("NJ", "NY"), "provider", of("shop", "other"), "is_public", random.IntN(3) > 0)
				} else {
					s.put(place(shop, "availability", map[string]any{
						"source": of("s", "t"), "available": of("YES", "NO", "UNKNOWN"),
						"checked_at": time.Date(2022, 3, 1, 13, step, 0, 0, time.UTC).Format(time.RFC3339),
					}))
				}
				for _, f := range followers {
					if random.IntN(2) == 0 {
						f.page(one(), "&limit="+of("1", "2", "100"))
					}
				}
				h := hearers[random.IntN(len(hearers))]
				h.hear()
				if random.IntN(3) == 0 {
					h.connect(one())
				}
			}
			last := one()
			last.put(place("last")) // who has written last has everything
			for _, f := range followers {
				f.catchUp(last, "")
				f.compare(last)
			}
			for _, h := range hearers {
				h.connect(last)
				end := time.Now().Add(30 * time.Second)
				for h.hear(); h.differs(last) != "" && time.Now().Before(end); h.hear() {
				}
				h.compare(last)
			}
		})
	}
}
