package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// slotsPath is the largest file of SMART Scheduling Links.
const slotsPath = "/smart-scheduling/slots/states/CA.ndjson"

// publishing measures how fast the Slots of a state are written, for one client.
func (b *bench) publishing(e engine, s *server) error {
	for range 3 {
		first, size, took, err := b.stream(s.url + slotsPath)
		if err != nil {
			return err
		}
		b.add(slots, e, float64(size)/took.Seconds(), 0)
		b.add(firstSlots, e, first.Seconds(), 0)
	}
	return nil
}

// stream times how long an answer takes to its first byte and to its end.
func (b *bench) stream(url string) (first time.Duration, size int64, took time.Duration, err error) {
	req, err := http.NewRequestWithContext(b.ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, 0, 0, err
	}
	req.Header.Set("Accept-Encoding", "identity")
	began := time.Now()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, 0, 0, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return 0, 0, 0, fmt.Errorf("%s: %s", url, resp.Status)
	}
	buffer := make([]byte, 256<<10)
	n, err := resp.Body.Read(buffer)
	first = time.Since(began)
	if err == nil {
		size, err = io.CopyBuffer(struct{ io.Writer }{io.Discard}, resp.Body, buffer)
	}
	if errors.Is(err, io.EOF) { // all in one piece
		err = nil
	}
	return first, size + int64(n), time.Since(began), err
}
