package njvss_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"getmyvax.org/univaf/internal/fetch"
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/source/njvss"
	"getmyvax.org/univaf/internal/source/sourcetest"

	"github.com/google/go-cmp/cmp"
)

func TestSource(t *testing.T) {
	for name, dir := range sourcetest.Cases(t, "testdata") {
		t.Run(name, func(t *testing.T) { sourcetest.Run(t, dir, njvss.Source) })
	}
}

func TestShared(t *testing.T) {
	for name, dir := range sourcetest.SharedCases(t, "njvss") {
		t.Run(name, func(t *testing.T) {
			var want sourcetest.Outcome
			if name == "extra-njvss-missing-credentials" {
				want.Error = "set NJVSS_AWS_KEY_ID (or AWS_ACCESS_KEY_ID) and NJVSS_AWS_SECRET_KEY (or AWS_SECRET_ACCESS_KEY)"
			}
			sourcetest.RunAs(t, dir, njvss.Source, want)
		})
	}
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// answer runs the source once against a server that gives the answer, and tells the
// request's headers and the error with which the run ends.
func answer(t *testing.T, env map[string]string, status int, body string) (got http.Header, failure error) {
	t.Helper()
	src := njvss.Source.New(source.Env{
		Fetch: fetch.New(fetch.Options{NoWait: true, Transport: transport(func(r *http.Request) (*http.Response, error) {
			got = r.Header.Clone()
			return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
		})}),
		Now:    func() time.Time { return time.Date(2026, 11, 2, 7, 0, 0, 0, time.FixedZone("EST", -5*60*60)) },
		Getenv: func(name string) string { return env[name] },
		Warn:   func(source.Warning) {},
	})
	for _, err := range src.Records(t.Context(), source.Query{}) {
		failure = err
	}
	return got, failure
}

// The signatures were made from the keys by another program.
func TestSignature(t *testing.T) {
	const (
		algorithm = "AWS4-HMAC-SHA256 Credential="
		scope     = "/20261102/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date"
	)
	common := map[string]string{
		"AWS_ACCESS_KEY_ID": "AKIDCOMMON", "AWS_SECRET_ACCESS_KEY": "common-secret", "AWS_SESSION_TOKEN": "for-an-hour",
	}
	both := map[string]string{"NJVSS_AWS_KEY_ID": "AKIDOWN", "NJVSS_AWS_SECRET_KEY": "own-secret"}
	for name, value := range common {
		both[name] = value
	}
	for name, c := range map[string]struct {
		env                  map[string]string
		authorization, token string
	}{
		"its own keys before the common ones": {
			both, algorithm + "AKIDOWN" + scope + ", Signature=bbe8b293c9a9c39862e21e921fe8b79a1a9810d8e24c1dc0eab3fb980e776f06", "",
		},
		"the common keys with their token": {
			common, algorithm + "AKIDCOMMON" + scope + ";x-amz-security-token, Signature=12538b29c20dec951db29c50ed453735c498c9ae92113db5d7e711565472915f", "for-an-hour",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := answer(t, c.env, http.StatusOK, "")
			want := http.Header{
				"Authorization":        {c.authorization},
				"User-Agent":           {"univaf/dev"},
				"X-Amz-Content-Sha256": {"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
				"X-Amz-Date":           {"20261102T120000Z"},
			}
			if c.token != "" {
				want.Set("X-Amz-Security-Token", c.token)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("headers (-want +got):\n%s", diff)
			}
		})
	}
}

func TestErrorsShowNoKeys(t *testing.T) {
	env := map[string]string{"NJVSS_AWS_KEY_ID": "AKIDOWN", "NJVSS_AWS_SECRET_KEY": "own-secret"}
	for _, body := range []string{
		"<Error><Code>InvalidAccessKeyId</Code><AWSAccessKeyId>AKIDOWN</AWSAccessKeyId></Error>",
		"AKIDOWN own-secret",
	} {
		got, err := answer(t, env, http.StatusForbidden, body)
		_, signature, _ := strings.Cut(got.Get("Authorization"), "Signature=")
		if err == nil || signature == "" {
			t.Fatalf("got error %v, signature %q", err, signature)
		}
		for _, secret := range []string{"AKIDOWN", "own-secret", signature} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error shows %s: %v", secret, err)
			}
		}
	}
}
