package cli_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const goodClinic = `{"resourceType":"Location","id":"7","identifier":[{"system":"https://a.example","value":"1"}],"name":"A","telecom":[{"system":"phone","value":"1"}],` +
	`"address":{"line":["1 Elm St"],"city":"Camden","state":"NJ","postalCode":"08102"},"position":{"latitude":39.9,"longitude":-75.1}}`

// Whatever an upstream sends, a run ends soon, with a clear error or warning, and gives no
// wrong record.
func TestHostileUpstreams(t *testing.T) {
	slot := func(start string) string {
		return `{"resourceType":"Slot","id":"1","schedule":{"reference":"Schedule/7"},"status":"free","start":"` + start + `","end":"2026-11-02T09:10:00Z"}`
	}
	const schedule = `{"resourceType":"Schedule","id":"7","serviceType":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/service-type","code":"57","display":"x"}]}],"actor":[{"reference":"Location/7"}]}`
	text := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) }
	}
	endless := func(text string) http.HandlerFunc {
		block := []byte(strings.Repeat(text, 1+(64<<10)/len(text)))
		return func(w http.ResponseWriter, r *http.Request) {
			for sent := 0; sent < 10<<30; sent += len(block) {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		}
	}
	for _, test := range []struct {
		name      string
		locations string           // what the manifest says of where the locations are; "" for /l
		answer    http.HandlerFunc // of locations
		slots     string
		code      int
		want      string
		records   int
	}{
		{"all well", "", text(goodClinic), slot("2026-11-02T09:00:00Z"), 0, "", 1},
		{"a page", "", text("<!DOCTYPE html><p>Please sign in"), "", 92, "the answer is a web page, not data", 0},
		{"gzip that breaks off", "", func(w http.ResponseWriter, _ *http.Request) {
			var body bytes.Buffer
			z := gzip.NewWriter(&body)
			for i := range 5000 {
				fmt.Fprintln(z, strings.Replace(goodClinic, `"7"`, fmt.Sprintf(`"%d"`, i), 1))
			}
			_ = z.Close()
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(body.Bytes()[:body.Len()/2])
		}, "", 92, "unexpected EOF", 0},
		{"a line without end", "", endless("x"), "", 92, "/l", 0},
		{"redirects in a circle", "", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/l", http.StatusFound) }, "", 92, "more than 10 redirects", 0},
		{"a redirect into the private network", "", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusFound)
		}, "", 92, "the address is private", 0},
		{"a file of ours", "file:///etc/passwd", nil, "", 92, "must be the URL of a file, not ", 0},
		{"a private address", "http://10.0.0.1/l", nil, "", 92, "the address is private", 0},
		{"another port of this machine", "http://127.0.0.1:1/l", nil, "", 92, "the address is private", 0},
		{"a certificate that is not trusted", "TLS", nil, "", 92, "certificate", 0},
		{"a date that is none", "", text(goodClinic), slot("0000-00-00T00:00:00Z"), 0, `/start must be`, 1},
		{"NaN for a latitude", "", text(strings.Replace(goodClinic, "39.9", "NaN", 1) + "\n" + strings.ReplaceAll(goodClinic, `"7"`, `"8"`)), "", 0, "invalid Location", 1},
		{"a latitude beyond the pole", "", text(strings.Replace(goodClinic, "39.9", "399", 1)), "", 0, "invalid position", 1},
		{"an id twice", "", text(goodClinic + "\n" + goodClinic), "", 0, "", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var server *httptest.Server
			mux := http.NewServeMux()
			mux.HandleFunc("/$bulk-publish", func(w http.ResponseWriter, _ *http.Request) {
				locations := test.locations
				switch locations {
				case "":
					locations = server.URL + "/l"
				case "TLS":
					locations = strings.Replace(server.URL, "http:", "https:", 1) + "/l"
				}
				fmt.Fprintf(w, `{"transactionTime":"2026-11-01T11:50:00Z","request":"%s","output":[{"type":"Location","url":%q},
					{"type":"Schedule","url":"%[1]s/c"},{"type":"Slot","url":"%[1]s/s"}]}`, server.URL, locations)
			})
			if test.answer != nil {
				mux.HandleFunc("/l", test.answer)
			}
			mux.HandleFunc("/c", text(schedule))
			mux.HandleFunc("/s", text(test.slots))
			if test.locations == "TLS" {
				server = httptest.NewTLSServer(mux)
			} else {
				server = httptest.NewServer(mux)
			}
			defer server.Close()
			file := configFile(t, "publishers:\n  - {name: clinics, provider: clinics, manifest: '"+server.URL+"/$bulk-publish'}\n")
			began := time.Now()
			got := runLoad(t, nil, "clinics", "--config", file)
			if records := strings.Count(got.stdout, "\n"); got.code != test.code || records != test.records || !strings.Contains(got.stderr, test.want) {
				t.Errorf("exit code %d, %d records, said %s; want %d, %d, %q", got.code, records, got.stderr, test.code, test.records, test.want)
			}
			if took := time.Since(began); took > time.Minute {
				t.Errorf("it took %v", took)
			}
			if strings.Contains(got.stderr, "panic") {
				t.Error("it panicked")
			}
		})
	}
}
