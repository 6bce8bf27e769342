package conform

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"getmyvax.org/univaf/internal/fetch"
	"getmyvax.org/univaf/internal/smart"
)

// A web is a publisher on the web.
type web struct {
	get    smart.Getter
	own    string // the manifest's URL
	probed map[string]bool
}

func newWeb(o Options) (*web, error) {
	u, err := url.Parse(o.Target)
	if err != nil || u.Hostname() == "" {
		return nil, fmt.Errorf("%s is not a URL of the form https://host/path", fetch.MaskURL(o.Target))
	}
	own := o.Target
	// A manifest elsewhere than it should be is most often a .json file.
	if !strings.HasSuffix(u.Path, manifestName) && !strings.HasSuffix(u.Path, ".json") {
		u.Path, u.RawPath = strings.TrimSuffix(u.Path, "/")+"/"+manifestName, ""
		own = u.String()
	}
	return &web{o.Get, own, map[string]bool{}}, nil
}

func (w *web) name(address string) string {
	if u, err := url.Parse(address); err != nil || u.Scheme == "" {
		return short([]byte(address))
	}
	return short([]byte(fetch.MaskURL(address)))
}

func (w *web) names() (target, manifest string) { return w.name(w.own), w.name(w.own) }

// origin is whose page may want to read the manifest. Many servers speak of access only
// to who names one.
const origin = "https://example.org"

func (w *web) manifest(ctx context.Context, c *checker) ([]byte, error) {
	at := place{file: c.own}
	u, _ := url.Parse(w.own) // newWeb has
	if !strings.HasSuffix(u.Path, manifestName) {
		c.breach("manifest.url", at, "it ends in %q", short([]byte(u.Path[strings.LastIndex(u.Path, "/")+1:])))
	}
	data, header, err := w.whole(ctx, nil)
	c.open(err, at)
	asJSON := http.Header{"Accept": {"application/json"}, "Origin": {origin}}
	again, headerAgain, errAgain := w.whole(ctx, asJSON)
	switch {
	case err != nil && errAgain != nil:
		return nil, err
	case err != nil:
		c.breach("http.manifest-accept", at, "with no Accept header: %v", err)
		data, header = again, headerAgain
	case errAgain != nil:
		c.breach("http.manifest-accept", at, "with Accept: application/json: %v", errAgain)
	case !isManifest(again):
		c.breach("http.manifest-accept", at, "with Accept: application/json it is %s", short(again))
	}
	if kind := mediaType(header); kind != "application/json" && kind != "application/fhir+json" {
		c.breach("http.manifest-type", at, "Content-Type is %q", short([]byte(header.Get("Content-Type"))))
	}
	if cache := header.Get("Cache-Control"); !strings.Contains(strings.ToLower(cache), "max-age=") {
		c.breach("http.cache-control", at, "Cache-Control is %q", short([]byte(cache)))
	}
	if header.Get("Access-Control-Allow-Origin") == "" && headerAgain.Get("Access-Control-Allow-Origin") == "" {
		c.breach("http.cors", at, "there is no Access-Control-Allow-Origin")
	}
	w.secure(c, w.own, at)
	w.revalidate(ctx, c, w.own, header, at)
	var doc document
	if m, ok := doc.parse(data); ok {
		if request := string(m.get("request").text()); request != "" && !sameURL(request, w.own) {
			c.breach("manifest.request-is-own", at, "request is %s", w.name(request))
		}
	}
	return data, nil
}

// whole reads the manifest.
func (w *web) whole(ctx context.Context, header http.Header) ([]byte, http.Header, error) {
	resp, err := w.get.Get(ctx, w.own, header)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	data, err := readManifest(resp.Body)
	return data, resp.Header, err
}

func isManifest(data []byte) bool {
	var doc document
	m, ok := doc.parse(data)
	return ok && m.get("output").kind() == list
}

func (w *web) open(ctx context.Context, c *checker, l listed) (io.ReadCloser, error) {
	at := place{file: w.name(l.url)}
	address := w.absolute(l.url)
	w.secure(c, address, at)
	ctx = fetch.From(ctx, w.own) // whoever writes a manifest is not to look into our network
	resp, err := w.get.Get(ctx, address, nil)
	c.open(err, at)
	if err != nil {
		return nil, err
	}
	if kind := mediaType(resp.Header); kind != "application/fhir+ndjson" {
		c.breach("http.file-type", at, "Content-Type is %q", short([]byte(resp.Header.Get("Content-Type"))))
	}
	if !w.probed[l.resourceType] { // once for each type: a guest does not fetch all twice
		w.probed[l.resourceType] = true
		again, err := w.get.Get(ctx, address, http.Header{"Accept": {"application/fhir+ndjson"}})
		if err != nil {
			c.breach("http.file-accept", at, "with Accept: application/fhir+ndjson: %s", short([]byte(err.Error())))
		} else {
			_ = again.Body.Close()
			if one, other := mediaType(resp.Header), mediaType(again.Header); one != other {
				c.breach("http.file-accept", at, "it is %q, and with Accept: application/fhir+ndjson %q", short([]byte(one)), short([]byte(other)))
			}
		}
		w.revalidate(ctx, c, address, resp.Header, at)
	}
	return resp.Body, nil
}

// absolute: where a URL is not the full one that it must be, clients see what is meant.
func (w *web) absolute(address string) string {
	base, err := url.Parse(w.own)
	if err != nil {
		return address
	}
	u, err := base.Parse(address)
	if err != nil {
		return address
	}
	if u.Host == "" || !slices.Contains([]string{"http", "https"}, u.Scheme) {
		return address
	}
	return u.String()
}

// open notes an answer that asks for leave.
func (c *checker) open(err error, at place) {
	var status *fetch.StatusError
	if errors.As(err, &status) && (status.Code == http.StatusUnauthorized || status.Code == http.StatusForbidden) {
		c.breach("http.open", at, "the answer is %s", short([]byte(status.Status)))
	}
}

func (w *web) secure(c *checker, address string, at place) {
	if !strings.HasPrefix(strings.ToLower(address), "https:") {
		c.breach("http.https", at, "it is not an https URL")
	}
}

// revalidate asks again, as clients do who have an answer already.
func (w *web) revalidate(ctx context.Context, c *checker, address string, header http.Header, at place) {
	ask := http.Header{}
	if tag := header.Get("ETag"); tag != "" {
		ask.Set("If-None-Match", tag)
	} else if modified := header.Get("Last-Modified"); modified != "" {
		ask.Set("If-Modified-Since", modified)
	} else {
		c.breach("http.revalidation", at, "there is no ETag nor Last-Modified")
		return
	}
	resp, err := w.get.Get(ctx, address, ask)
	var status *fetch.StatusError
	switch {
	case err == nil:
		_ = resp.Body.Close()
		c.breach("http.revalidation", at, "asked again, the answer is %d, not 304", resp.StatusCode)
	case !errors.As(err, &status):
		c.breach("http.revalidation", at, "asked again: %s", short([]byte(err.Error())))
	case status.Code != http.StatusNotModified:
		c.breach("http.revalidation", at, "asked again, the answer is %d, not 304", status.Code)
	}
}

func mediaType(header http.Header) string {
	kind, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
	return kind
}
