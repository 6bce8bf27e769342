package cli_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// line is an update as one line.
func line(t *testing.T, update any) string {
	t.Helper()
	text, err := json.Marshal(update)
	if err != nil {
		t.Fatal(err)
	}
	return string(text) + "\n"
}

// results reads the lines of an answer.
func results(t *testing.T, body []byte) (list []map[string]any) {
	t.Helper()
	for text := range bytes.Lines(body) {
		list = append(list, parse(t, text).(map[string]any))
	}
	return list
}

func TestAStreamOfUpdatesIsAnsweredLineByLine(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		body := line(t, place("1")) +
			"{oops\n" +
			"\n" +
			line(t, map[string]any{"external_ids": [][]string{{"shop", "1"}}, "name": 5}) +
			line(t, place("1")) +
			strings.Repeat("x", 3_000_000) + "\n" +
			strings.TrimSpace(line(t, place("2"))) + "\r\n" +
			strings.TrimSpace(line(t, place("3"))) // no line end
		status, header, answer := s.post("/api/v1/updates", body)
		if status != http.StatusOK || header.Get("Content-Type") != "application/x-ndjson" {
			t.Fatalf("%d %v", status, header)
		}
		type outcome struct {
			Line, Status           float64
			Location, Availability any
			Code                   any
		}
		var got []outcome
		for _, r := range results(t, answer) {
			got = append(got, outcome{r["line"].(float64), r["status"].(float64), r["location"], r["availability"], r["code"]})
			if r["status"].(float64) < 300 && r["id"] == nil {
				t.Errorf("no id: %v", r)
			}
		}
		want := []outcome{
			{1, 201, "created", "created", nil},
			{2, 400, nil, nil, "bad_request"},
			{3, 400, nil, nil, "bad_request"},
			{4, 422, nil, nil, "value_error"},
			{5, 409, "unchanged", "out_of_date", "out_of_date"},
			{6, 413, nil, nil, "too_large"},
			{7, 201, "created", "created", nil},
			{8, 201, "created", "created", nil},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		_, _, body2 := s.get("/api/v1/locations")
		if diff := cmp.Diff([]string{"Shop 1", "Shop 2", "Shop 3"}, slices.Sorted(slices.Values(names(at(parse(t, body2), "data"))))); diff != "" {
			t.Errorf("places (-want +got):\n%s", diff)
		}
		status, _, answer = s.post("/api/v1/updates?update_location=true",
			line(t, map[string]any{"external_ids": [][]string{{"shop", "1"}}, "name": "New Shop"}))
		if r := results(t, answer); status != 200 || len(r) != 1 || r[0]["location"] != "updated" {
			t.Errorf("update_location: %d %s", status, answer)
		}
		if status, _, _ := s.do(http.MethodPost, "/api/v1/updates", strings.NewReader(body)); status != http.StatusForbidden {
			t.Errorf("without a key: %d", status)
		}
		if status, _, answer := s.post("/api/v1/updates", ""); status != 200 || len(answer) != 0 {
			t.Errorf("nothing: %d %q", status, answer)
		}
	})
}

// A sender sees results while it is still sending.
func TestAStreamIsAnsweredAsItGoes(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		in, out := io.Pipe()
		req, err := http.NewRequest(http.MethodPost, s.url+"/api/v1/updates", in)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Api-Key", testKey)
		go func() { _, _ = io.WriteString(out, line(t, place("0"))) }()
		resp, err := s.client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		lines := bufio.NewScanner(resp.Body)
		for i := range 5 {
			if !lines.Scan() || !strings.Contains(lines.Text(), fmt.Sprintf(`"line":%d,"status":201`, i+1)) {
				t.Fatalf("line %d: %q %v", i+1, lines.Text(), lines.Err())
			}
			if i < 4 {
				_, _ = io.WriteString(out, line(t, place(fmt.Sprint(i+1))))
			}
		}
		_ = out.Close()
		if lines.Scan() {
			t.Errorf("one more: %q", lines.Text())
		}
	})
}

// Many clients read nothing before they have sent everything, however long that is.
func TestAStreamNeedNotBeReadBeforeItIsSent(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		const lines = 60_000 // their results are some 10 MB, more than any socket holds
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(2 * time.Minute))
		bad := `{"external_ids": [["shop", "1"]], "` + strings.Repeat("x", 60) + `": 1}` + "\n"
		out := bufio.NewWriter(conn)
		fmt.Fprintf(out, "POST /api/v1/updates HTTP/1.1\r\nHost: x\r\nX-Api-Key: %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n",
			testKey, lines*len(bad))
		for range lines {
			_, _ = out.WriteString(bad)
		}
		if err := out.Flush(); err != nil {
			t.Fatalf("sending: %v", err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		n := 0
		size := 0
		for in := bufio.NewScanner(resp.Body); in.Scan(); n++ {
			size += len(in.Bytes())
		}
		if n != lines {
			t.Errorf("%d results, want %d", n, lines)
		}
		t.Logf("%d bytes of results", size)
	})
}

func TestACompressedStream(t *testing.T) {
	onEngines(t, func(t *testing.T, s *server) {
		s.ready()
		var body strings.Builder
		for i := range 3000 {
			body.WriteString(line(t, place(fmt.Sprint(i))))
		}
		status, _, answer := s.do(http.MethodPost, "/api/v1/updates", strings.NewReader(gzipped(t, body.String())),
			"X-Api-Key", testKey, "Content-Encoding", "gzip")
		list := results(t, answer)
		if status != 200 || len(list) != 3000 {
			t.Fatalf("%d with %d results", status, len(list))
		}
		for i, r := range list {
			if r["line"] != float64(i+1) || r["status"] != 201.0 {
				t.Fatalf("result %d: %v", i, r)
			}
		}
		_, _, page := s.get("/api/v1/locations")
		if got := len(names(at(parse(t, page), "data"))); got != 2000 {
			t.Errorf("a page has %d entries, want 2,000", got)
		}
		// Cut off in the middle: what came whole is kept, the rest is told of.
		cut := gzipped(t, strings.Repeat(line(t, place("0")), 100))
		_, _, answer = s.do(http.MethodPost, "/api/v1/updates", strings.NewReader(cut[:len(cut)-8]),
			"X-Api-Key", testKey, "Content-Encoding", "gzip")
		list = results(t, answer)
		if len(list) == 0 || list[len(list)-1]["status"] != 400.0 {
			t.Errorf("%s", answer)
		}
	})
}
