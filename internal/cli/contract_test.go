package cli_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"getmyvax.org/univaf/internal/contract"
)

var theContract = sync.OnceValues(func() (*contract.Document, error) {
	text, err := os.ReadFile(filepath.Join("..", "api", "openapi.yaml"))
	if err != nil {
		return nil, err
	}
	return contract.Load(text)
})

// ignored is a parameter that there is not, which tests send to see that such are
// ignored.
const ignored = "ignored"

// heldToContract makes a test fail if a request that is taken, or any answer, is not
// as the contract has it.
func heldToContract(t *testing.T) http.RoundTripper {
	t.Helper()
	document, err := theContract()
	if err != nil {
		t.Fatal(err)
	}
	held := &contract.Transport{Document: document, Base: http.DefaultTransport, Ignored: ignored, Report: func(r *http.Request, faults []string) {
		t.Errorf("%s %s is not as the contract has it:\n%s", r.Method, r.URL.RequestURI(), strings.Join(faults, "\n"))
	}}
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		// CORS, an upstream's files, and pages for operators
		if r.Method == http.MethodOptions || strings.HasPrefix(r.URL.Path, "/demo/") || strings.HasPrefix(r.URL.Path, "/operate/") {
			return http.DefaultTransport.RoundTrip(r)
		}
		return held.RoundTrip(r)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestTheContractIsServed(t *testing.T) {
	want, err := os.ReadFile(filepath.Join("..", "api", "openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	s := startServer(t, nil)
	if status, header, body := s.get("/openapi.yaml"); status != http.StatusOK || header.Get("Content-Type") != "application/yaml" || string(body) != string(want) {
		t.Errorf("%d %v: %.200s", status, header, body)
	}
	_, header, page := s.get("/docs/", "X-Forwarded-Host", `a.example"><b>`)
	if !strings.Contains(string(page), "curl &#39;http://a.example&#34;&gt;&lt;b&gt;/api/v1/locations") || strings.Contains(string(page), "univaf.example") {
		t.Errorf("the page does not name the host: %.3000s", page)
	}
	style := sha256.Sum256(page[bytes.Index(page, []byte("<style>"))+len("<style>") : bytes.Index(page, []byte("</style>"))])
	policy := header.Get("Content-Security-Policy")
	if hash := base64.StdEncoding.EncodeToString(style[:]); !strings.HasPrefix(policy, "default-src 'none'; style-src 'sha256-"+hash+"';") {
		t.Errorf("policy %q, and the style's hash is %s", policy, hash)
	}
	seen := map[string]bool{}
	for _, path := range []string{"/openapi.yaml", "/docs/"} {
		_, _, plain := s.get(path)
		for _, encoding := range []string{"identity", "gzip", "zstd"} {
			_, header, body := s.get(path, "Accept-Encoding", encoding)
			if got := decompress(t, header.Get("Content-Encoding"), body); string(got) != string(plain) || header.Get("Content-Length") != strconv.Itoa(len(body)) {
				t.Errorf("%s in %s: %d bytes, want %d", path, encoding, len(got), len(plain))
			}
			tag := header.Get("ETag")
			if seen[tag] {
				t.Errorf("%s in %s has the tag of another answer", path, encoding)
			}
			seen[tag] = true
			if status, _, body := s.get(path, "Accept-Encoding", encoding, "If-None-Match", tag); status != http.StatusNotModified || len(body) != 0 {
				t.Errorf("%s in %s again: %d", path, encoding, status)
			}
			if status, head, body := s.do(http.MethodHead, path, nil, "Accept-Encoding", encoding); status != http.StatusOK || head.Get("ETag") != tag || len(body) != 0 {
				t.Errorf("HEAD %s in %s: %d %v", path, encoding, status, head)
			}
		}
	}
}
