package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// lookups is how many places are asked for by id.
const lookups = 1000

const (
	pagePath = "/api/v1/locations"
	dumpPath = "/api/v1/locations.ndjson"
)

// A sight is what the server holds: what nginx is given to serve as well.
type sight struct {
	dump       float64 // bytes
	byID       string  // scripts for wrk
	byExternal string
}

// look fetches what the server serves and lays it out for nginx.
func (b *bench) look(s *server) (sight, error) {
	var v sight
	file := filepath.Join(b.nginx.root, dumpPath)
	if err := b.save(s.url+dumpPath, file); err != nil {
		return v, err
	}
	info, err := os.Stat(file)
	if err != nil {
		return v, err
	}
	v.dump = float64(info.Size())
	if err := b.savePage(s); err != nil {
		return v, err
	}
	ids, externals, err := pick(file, lookups)
	if err != nil {
		return v, err
	}
	for _, path := range append(ids, externals...) {
		if err := b.save(s.url+path, filepath.Join(b.nginx.root, path)); err != nil {
			return v, err
		}
	}
	time.Sleep(2 * time.Second) // nginx looks at its open files again every second
	if v.byID, err = b.pathsScript("by-id", ids); err != nil {
		return v, err
	}
	v.byExternal, err = b.pathsScript("by-external-id", externals)
	return v, err
}

// savePage has nginx serve the page as it is now, and the same bytes compressed.
func (b *bench) savePage(s *server) error {
	if err := b.save(s.url+pagePath, filepath.Join(b.nginx.root, "page")); err != nil {
		return err
	}
	return b.save(s.url+pagePath, filepath.Join(b.nginx.root, "page.gz"), "Accept-Encoding", "gzip")
}

func (b *bench) save(from, file string, headers ...string) error {
	body, err := b.get(from, headers...)
	if err != nil {
		return err
	}
	// Another file, as nginx keeps the old one open.
	next := file + ".next"
	if err := os.WriteFile(next, body, 0o644); err != nil {
		return err
	}
	return os.Rename(next, file)
}

// pick gives the paths of n places spread over the dump, by id and by external id.
func pick(dump string, n int) (ids, externals []string, err error) {
	text, err := os.ReadFile(dump)
	if err != nil {
		return nil, nil, err
	}
	step := max(1, bytes.Count(text, []byte("\n"))/n)
	i := 0
	for line := range bytes.Lines(text) {
		if i++; i%step != 0 || len(ids) == n {
			continue
		}
		var place struct {
			ID  string      `json:"id"`
			IDs [][2]string `json:"external_ids"`
		}
		if err := json.Unmarshal(line, &place); err != nil {
			return nil, nil, err
		}
		ids = append(ids, pagePath+"/"+place.ID)
		externals = append(externals, pagePath+"/"+url.PathEscape(place.IDs[0][0]+":"+place.IDs[0][1]))
	}
	return ids, externals, nil
}

// reading measures the figures of reading.
func (b *bench) reading(last bool, e engine, s *server) error {
	v, err := b.look(s)
	if err != nil {
		return err
	}
	peak, err := b.watchMemory(s)
	if err != nil {
		return err
	}
	for _, one := range []struct {
		figure  *figure
		path    string
		script  string
		headers []string
	}{
		{pageIdentity, pagePath, "", nil},
		{pageGzip, pagePath, "", []string{"Accept-Encoding: gzip"}},
		{byID, pagePath, v.byID, nil},
		{byExternal, pagePath, v.byExternal, nil},
	} {
		theirs, err := b.wrk(b.nginx.url+one.path, one.script, one.headers...)
		if err != nil {
			return err
		}
		ours, err := b.wrk(s.url+one.path, one.script, one.headers...)
		if err != nil {
			return err
		}
		b.add(one.figure, e, ours.rate, theirs.rate)
		if last && e == sqlite {
			if err := b.profile(s, one.figure.profile, b.seconds-1, func() error {
				_, err := b.wrk(s.url+one.path, one.script, one.headers...)
				return err
			}); err != nil {
				return err
			}
		}
	}
	if err := b.dumps(last, e, s, v.dump); err != nil {
		return err
	}
	if err := b.searching(e, s, filepath.Join(b.nginx.root, dumpPath)); err != nil {
		return err
	}
	if err := b.publishing(e, s); err != nil {
		return err
	}
	if err := b.churn(e, s); err != nil {
		return err
	}
	most, err := peak()
	if err != nil {
		return err
	}
	b.add(memory, e, most, v.dump)
	return nil
}

// dumps measures the whole dump, for one client.
func (b *bench) dumps(last bool, e engine, s *server, size float64) error {
	for range 3 {
		theirs, err := b.discard(b.nginx.url + dumpPath)
		if err != nil {
			return err
		}
		ours, err := b.discard(s.url + dumpPath)
		if err != nil {
			return err
		}
		b.add(dump, e, size/ours.Seconds(), size/theirs.Seconds())
	}
	if !last || e != sqlite {
		return nil
	}
	return b.profile(s, dump.profile, 2, func() error {
		for end := time.Now().Add(2 * time.Second); time.Now().Before(end); {
			if _, err := b.discard(s.url + dumpPath); err != nil {
				return err
			}
		}
		return nil
	})
}

// discard times how long an answer takes to its end.
func (b *bench) discard(url string) (time.Duration, error) {
	req, err := http.NewRequestWithContext(b.ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Accept-Encoding", "identity")
	began := time.Now()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%s: %s", url, resp.Status)
	}
	_, err = io.CopyBuffer(struct{ io.Writer }{io.Discard}, resp.Body, make([]byte, 256<<10))
	return time.Since(began), err
}

// churnRate is how many updates a second arrive while pages are read.
const churnRate = 200

// churn measures the compressed page while places all over change.
func (b *bench) churn(e engine, s *server) error {
	lines, err := b.generate(3, 1, "")
	if err != nil {
		return err
	}
	text, err := os.ReadFile(lines)
	if err != nil {
		return err
	}
	updates := strings.SplitAfter(strings.TrimSuffix(string(text), "\n"), "\n")
	stop := make(chan struct{})
	var sender sync.WaitGroup
	var sent int
	var failed error
	sender.Go(func() { sent, failed = b.trickle(s, updates, stop) })
	ours, err := b.wrk(s.url+pagePath, "", "Accept-Encoding: gzip")
	close(stop)
	sender.Wait()
	if err != nil || failed != nil {
		return fmt.Errorf("page while updates arrive: %w %w", err, failed)
	}
	if rate := float64(sent) / float64(b.seconds); rate < 0.9*churnRate {
		return fmt.Errorf("only %.0f updates a second arrived, not %d", rate, churnRate)
	}
	if err := b.savePage(s); err != nil {
		return err
	}
	time.Sleep(2 * time.Second)
	theirs, err := b.wrk(b.nginx.url+pagePath, "", "Accept-Encoding: gzip")
	if err != nil {
		return err
	}
	b.add(pageChurn, e, ours.rate, theirs.rate)
	return nil
}

// trickle sends updates of places all over at an even rate, whether or not those
// before have been answered, as so many sources would. It gives how many were written.
func (b *bench) trickle(s *server, updates []string, stop <-chan struct{}) (written int, err error) {
	const every = 20 * time.Millisecond
	const each = int(churnRate * every / time.Second)
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	var senders sync.WaitGroup
	var mu sync.Mutex
	for next := 0; ; next += each {
		select {
		case <-stop:
			mu.Lock()
			count := written
			mu.Unlock()
			senders.Wait()
			return count, err
		case <-ticks.C:
		}
		for i := range each {
			// A prime step goes all over without repeating one.
			update := updates[(next+i)*7919%len(updates)]
			senders.Go(func() {
				failed := b.post(s.url+"/api/v1/update", strings.NewReader(update))
				mu.Lock()
				defer mu.Unlock()
				if failed != nil {
					err = failed
				} else {
					written++
				}
			})
		}
	}
}

func (b *bench) post(url string, body io.Reader) error {
	req, err := http.NewRequestWithContext(b.ctx, http.MethodPost, url, body)
	if err != nil {
		return err
	}
	req.Header.Set("X-Api-Key", apiKey)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode >= http.StatusMultipleChoices {
		err = fmt.Errorf("%s: %s %s", url, resp.Status, text)
	}
	return err
}

// watchMemory looks at the server's memory until the function is called, which gives
// the most that it saw.
func (b *bench) watchMemory(s *server) (func() (float64, error), error) {
	if _, err := s.memory("VmRSS"); err != nil {
		return nil, err
	}
	stop := make(chan struct{})
	most := make(chan float64)
	go func() {
		peak := 0.0
		for {
			if now, err := s.memory("VmRSS"); err == nil {
				peak = max(peak, now)
			}
			select {
			case <-stop:
				most <- peak
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	}()
	return func() (float64, error) { close(stop); return <-most, nil }, nil
}
