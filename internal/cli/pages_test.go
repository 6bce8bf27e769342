package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// putMany sends places whose JSON is so long that a list of them takes several writes.
func (s *server) putMany(n int) {
	s.t.Helper()
	var lines bytes.Buffer
	for i := range n {
		text, err := json.Marshal(place(fmt.Sprintf("many-%d", i), "description", strings.Repeat(fmt.Sprintf("é %d ", i), 500)))
		if err != nil {
			s.t.Fatal(err)
		}
		lines.Write(append(text, '\n'))
	}
	status, _, body := s.do(http.MethodPost, "/api/v1/updates", &lines, "X-Api-Key", testKey)
	if status != http.StatusOK || bytes.Count(body, []byte(`"status":201`)) != n {
		s.t.Fatalf("%d %.200s", status, body)
	}
}

func TestAnswersSayHowLongTheyAre(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		s.put(place("none", "availability", nil))
		p := place("age")
		p["availability"].(map[string]any)["products"] = []string{"jj"}
		s.put(p)
		s.putMany(120)
		for _, path := range []string{
			"/api/v1/locations", "/api/edge/locations", "/api/v1/locations?limit=2", "/api/v1/locations?state=WY",
			"/api/v1/locations.ndjson", "/api/edge/locations.ndjson?state=NJ", "/api/v1/locations/shop:age", "/api/edge/locations/shop:age",
			"/api/v1/locations/shop:none",
		} {
			_, header, body := s.get(path)
			if got := header.Get("Content-Length"); got != strconv.Itoa(len(body)) || len(body) == 0 {
				t.Errorf("%s: %q, and %d bytes", path, got, len(body))
			}
			status, head, _ := s.do(http.MethodHead, path, nil)
			if status != http.StatusOK || head.Get("Content-Length") != header.Get("Content-Length") || head.Get("ETag") != header.Get("ETag") {
				t.Errorf("HEAD %s: %d %v", path, status, head)
			}
			for _, encoding := range []string{"gzip", "zstd"} {
				for range 2 { // the second may be a kept one
					_, _, zipped := s.get(path, "Accept-Encoding", encoding)
					if diff := cmp.Diff(string(body), string(decompress(t, encoding, zipped))); diff != "" {
						t.Fatalf("%s in %s (-want +got):\n%s", path, encoding, diff)
					}
				}
			}
		}
	})
}

func TestAPageStaysAsItIsWhileOthersChange(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		for i := range 5 {
			s.put(place(fmt.Sprint(i)))
		}
		const first = "/api/v1/locations?limit=2"
		look := func(path string) (tag string, shops []string, next string) {
			_, header, body := s.get(path, "Accept-Encoding", "gzip")
			list := parse(t, decompress(t, "gzip", body))
			next, _ = at(list, "links", "next").(string)
			return header.Get("ETag"), names(at(list, "data")), strings.TrimPrefix(next, s.url)
		}
		tag, shops, next := look(first)
		if diff := cmp.Diff([]string{"Shop 0", "Shop 1"}, shops); diff != "" {
			t.Fatalf("-want +got:\n%s", diff)
		}
		nextTag, _, _ := look(next)

		s.put(place("4", "availability", map[string]any{"source": "s", "checked_at": "2022-03-01T13:00:00Z", "available": "NO"}))
		if again, _, _ := look(first); again != tag {
			t.Error("a change behind the page changes its tag")
		}
		s.put(place("0", "availability", map[string]any{"source": "s", "checked_at": "2022-03-01T13:00:00Z", "available": "YES"}))
		changed, _, _ := look(first)
		if changed == tag {
			t.Error("a re-check of a place on the page leaves its tag")
		}
		if again, _, _ := look(next); again != nextTag {
			t.Error("a re-check on the page before changes the tag")
		}
		// One that goes takes its changes along.
		hide := func(id string) {
			if status, _, body := s.post("/api/v1/update?update_location=true", map[string]any{
				"external_ids": [][]string{{"shop", id}}, "is_public": false,
			}); status != http.StatusOK {
				t.Fatalf("%d %s", status, body)
			}
		}
		hide("0")
		gone, shops, _ := look(first)
		if diff := cmp.Diff([]string{"Shop 1", "Shop 2"}, shops); diff != "" || gone == changed {
			t.Errorf("tags %s, %s (-want +got):\n%s", changed, gone, diff)
		}
		last, _, _ := look("/api/v1/locations?limit=4")
		hide("4")
		if again, shops, _ := look("/api/v1/locations?limit=4"); again == last || len(shops) != 3 {
			t.Errorf("the last one goes, and the tag stays: %q", shops)
		}
	})
}

func TestHiddenPlacesAreNotKeptForOthers(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		s.put(place("1"))
		s.put(place("2", "is_public", false, "internal_notes", "behind the counter"))
		const all = "/api/v1/locations?include_private=true"
		for range 2 {
			_, header, body := s.get(all, "X-Api-Key", testKey, "Accept-Encoding", "gzip")
			if got := string(decompress(t, "gzip", body)); !strings.Contains(got, "behind the counter") || header.Get("Cache-Control") != "private, max-age=10" {
				t.Fatalf("%v\n%s", header, got)
			}
			if status, _, _ := s.get(all, "Accept-Encoding", "gzip"); status != http.StatusForbidden {
				t.Errorf("without a key: %d", status)
			}
			_, _, body = s.get("/api/v1/locations", "X-Api-Key", testKey, "Accept-Encoding", "gzip")
			if got := string(decompress(t, "gzip", body)); strings.Contains(got, "Shop 2") {
				t.Error(got)
			}
		}
	})
}

// Many ask at once for what has to be compressed first, while it changes.
func TestReadersShareCompressedPages(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		s.putMany(60)
		var readers sync.WaitGroup
		for range 8 {
			readers.Go(func() {
				for range 20 {
					_, header, zipped := s.get("/api/v1/locations", "Accept-Encoding", "zstd")
					body := decompress(t, "zstd", zipped)
					if !json.Valid(body) || header.Get("Content-Length") != strconv.Itoa(len(zipped)) {
						t.Errorf("%v: %d bytes", header, len(zipped))
					}
				}
			})
		}
		for i := range 20 {
			s.put(place("many-0", "availability", map[string]any{
				"source": "s", "checked_at": fmt.Sprintf("2022-03-02T12:00:%02dZ", i), "available": "YES",
			}))
		}
		readers.Wait()
	})
}
