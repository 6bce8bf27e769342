package smart

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"mime"
	"net/http"
	"strings"

	"getmyvax.org/univaf"
)

// A Getter makes requests. The body of the answer streams, and an answer that is
// not 2xx is an error.
type Getter interface {
	Get(ctx context.Context, url string, header http.Header) (*http.Response, error)
}

// maxManifest is the most that is read of a manifest, in bytes.
const maxManifest = 16 << 20

// GetManifest reads and checks the manifest at url.
func GetManifest(ctx context.Context, get Getter, url string) (*Manifest, error) {
	resp, err := get.Get(ctx, url, http.Header{"Accept": {"application/json"}})
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if err := refuseHTML(resp); err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxManifest+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxManifest {
		return nil, fmt.Errorf("%s: the manifest is larger than %d bytes", where(resp), maxManifest)
	}
	m, err := ParseManifest(data)
	if err != nil {
		return nil, fmt.Errorf("%s: not a manifest of SMART Scheduling Links: %w", where(resp), err)
	}
	return m, nil
}

// refuseHTML finds out the pages (a login, an excuse) that some servers give with
// status 200.
func refuseHTML(resp *http.Response) error {
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if kind == "text/html" {
		return fmt.Errorf("%s: the answer is a web page, not data", where(resp))
	}
	return nil
}

// where names what answered, after redirects, without its query, which may hold
// secrets.
func where(resp *http.Response) string {
	if resp.Request == nil || resp.Request.URL == nil {
		return "the answer"
	}
	u := *resp.Request.URL
	u.RawQuery, u.User = "", nil
	return u.String()
}

// A RecordError says that a line of a file is no valid record. All others come.
type RecordError struct {
	Type string // Location, Schedule or Slot
	File string // its name, without the query
	*LineError
}

func (e *RecordError) Error() string {
	return fmt.Sprintf("%s record in %s, line %d: %v", e.Type, e.File, e.Line, e.Err)
}

// Unwrap gives the *LineError.
func (e *RecordError) Unwrap() error { return e.LineError }

// errNoRecords says that a body is of the wrong shape altogether.
var errNoRecords = errors.New("not NDJSON: no line of it is JSON")

// readFile streams one file. It yields a *RecordError for a bad record and goes on;
// any other error is the last.
func readFile[T any, P record[T]](ctx context.Context, get Getter, f *File) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		resp, err := get.Get(ctx, f.URL, nil)
		if err != nil {
			yield(none, err)
			return
		}
		defer resp.Body.Close()
		if err := refuseHTML(resp); err != nil {
			yield(none, err)
			return
		}
		lines, notJSON := 0, 0
		markup := false
		for v, err := range Decode[T, P](resp.Body) {
			lines++
			var line *LineError
			if errors.As(err, &line) {
				var syntax *univaf.SyntaxError
				if errors.As(line.Err, &syntax) {
					notJSON++
					markup = markup || lines == 1 && strings.HasPrefix(line.Sample, "<")
				}
				err = &RecordError{Type: f.Type, File: where(resp), LineError: line}
			}
			if markup {
				yield(none, fmt.Errorf("%s: the answer is markup, not data", where(resp)))
				return
			}
			if !yield(v, err) {
				return
			}
		}
		if lines > 0 && notJSON == lines {
			yield(none, fmt.Errorf("%s: %w", where(resp), errNoRecords))
		}
	}
}
