package client_test

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/client"

	"github.com/google/go-cmp/cmp"
)

var update = univaf.Update{
	Location: univaf.Location{Name: "CVS #1", ExternalIDs: univaf.ExternalIDs{{System: "cvs", Value: "1"}}},
}

func TestSendPostsOneUpdate(t *testing.T) {
	type request struct{ Method, URI, Key, Type, Encoding, Agent, Body string }
	var got request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			t.Error(err)
			return
		}
		body, err := io.ReadAll(z)
		if err != nil {
			t.Error(err)
		}
		got = request{r.Method, r.RequestURI, r.Header.Get("x-api-key"), r.Header.Get("Content-Type"), r.Header.Get("Content-Encoding"), r.UserAgent(), string(body)}
		w.WriteHeader(http.StatusCreated)
		io.WriteString(w, `{"data":{"location":{"action":"created"},"availability":{"locationId":"855b42ea","action":"create"}}}`)
	}))
	defer server.Close()
	for _, test := range []struct {
		name, base     string
		updateLocation bool
		uri            string
	}{
		{"plain", "", false, "/api/edge/update"},
		{"slashes at the end", "//", false, "/api/edge/update"},
		{"below a path, with the location", "/below/", true, "/below/api/edge/update?update_location=true"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := client.New(server.URL+test.base, "topsecret", client.Options{Release: "1.2", Contact: "https://example.org"})
			if err != nil {
				t.Fatal(err)
			}
			u := update
			u.UpdateLocation = test.updateLocation
			result, err := c.Send(t.Context(), u)
			if err != nil {
				t.Fatal(err)
			}
			want := request{
				"POST", test.uri, "topsecret", "application/json", "gzip", "univaf/1.2 (+https://example.org)",
				`{"external_ids":[["cvs","1"]],"name":"CVS #1"}`,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(client.Result{Location: client.Change{Action: "created"}, Availability: client.Change{LocationID: "855b42ea", Action: "create"}}, result); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
		})
	}
}

type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

func TestSendAnswers(t *testing.T) {
	const unreachable = 0
	type reply struct {
		status int
		body   string
	}
	for _, test := range []struct {
		name      string
		replies   []reply
		outOfDate bool
		want      string // error
	}{
		{"good", []reply{{200, `{"data":{"location":{"action":null},"availability":{"action":"update"}}}`}}, false, ""},
		{"good, of an older version", []reply{{200, `{"success":true}`}}, false, ""},
		{"out of date", []reply{{409, `{"error":{"message":"Newer data is known","code":"out_of_date"}}`}}, true, "the API answered 409 out_of_date: Newer data is known"},
		{"invalid", []reply{{422, `{"error":{"message":"Bad data","code":"bad"}}`}}, false, "the API answered 422 bad: Bad data"},
		{"its own failure is not tried again", []reply{{500, `{"error":{"message":"boom"}}`}}, false, "the API answered 500: boom"},
		{"its limit is", []reply{{429, `{"error":{"message":"slow down"}}`}, {200, `{"success":true}`}}, false, ""},
		{"and gateways", []reply{{502, ""}, {524, "<html>"}, {200, `{"success":true}`}}, false, ""},
		{"and the network", []reply{{unreachable, ""}, {200, `{"success":true}`}}, false, ""},
		{"three times at most", []reply{{503, ""}, {504, ""}, {521, "<html>"}}, false, "the API answered 521: POST https://api.example/api/edge/update: 521"},
		{"an error behind a good status", []reply{{200, `{"error":{"message":"no","code":"odd"}}`}}, false, "the API answered 200 odd: no"},
		{"no success behind a good status", []reply{{200, `{"success":false}`}}, false, "the API answered 200: the API says that the update did not succeed"},
		{"not the API", []reply{{200, `<html>Welcome</html>`}}, false, "POST https://api.example/api/edge/update: the answer is not JSON: is this UNIVAF's API?"},
		{"unreachable", []reply{{}, {}, {}}, false, "POST https://api.example/api/edge/update: no route"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tries := 0
				c, err := client.New("https://api.example/", "topsecret", client.Options{Transport: transport(func(r *http.Request) (*http.Response, error) {
					if tries >= len(test.replies) {
						t.Error("one try too many")
						return nil, errors.New("one try too many")
					}
					reply := test.replies[tries]
					tries++
					if _, err := gzip.NewReader(r.Body); err != nil {
						t.Errorf("try %d has another body: %v", tries, err)
					}
					if reply.status == unreachable {
						return nil, errors.New("no route")
					}
					return &http.Response{StatusCode: reply.status, Status: "", Header: http.Header{}, Body: io.NopCloser(strings.NewReader(reply.body)), Request: r}, nil
				})})
				if err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				_, err = c.Send(t.Context(), update)
				got := ""
				if err != nil {
					got = strings.TrimSpace(err.Error())
				}
				if got != test.want || errors.Is(err, univaf.ErrOutOfDate) != test.outOfDate {
					t.Errorf("got %q, out of date %v", got, errors.Is(err, univaf.ErrOutOfDate))
				}
				if strings.Contains(got, "topsecret") {
					t.Errorf("the error tells the key: %s", got)
				}
				if tries != len(test.replies) {
					t.Errorf("%d tries, want %d", tries, len(test.replies))
				}
				if waited := time.Since(start); (waited >= time.Second) != (tries > 1) {
					t.Errorf("waited %v in %d tries", waited, tries)
				}
			})
		})
	}
}

func TestRefused(t *testing.T) {
	for status, want := range map[int]bool{401: true, 403: true, 409: false, 500: false} {
		if got := (&client.Error{Status: status}).Refused(); got != want {
			t.Errorf("%d: %v", status, got)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for _, test := range []struct{ name, url, key, want string }{
		{"no URL", "", "k", `the API's URL must be of the form https://host, not ""`},
		{"no scheme", "getmyvax.org", "k", `the API's URL must be of the form https://host, not "getmyvax.org"`},
		{"another scheme", "ftp://getmyvax.org", "k", `the API's URL must be of the form https://host, not "ftp://getmyvax.org"`},
		{"a query", "https://getmyvax.org?key=topsecret", "k", `the API's URL must be of the form https://host, not "https://getmyvax.org?key=masked"`},
		{"no key", "https://getmyvax.org", "", "the API's key is empty"},
		{"a key with its line break", "https://getmyvax.org", "topsecret\n", "the API's key holds a line break or another control character"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := client.New(test.url, test.key, client.Options{})
			if err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}
