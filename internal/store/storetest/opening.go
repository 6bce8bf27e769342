package storetest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"getmyvax.org/univaf/internal/store"
)

func concurrentOpens(t *testing.T, e Engine) {
	url := e.New(t)
	var running sync.WaitGroup
	for range 4 {
		running.Go(func() {
			s, err := store.Open(context.Background(), store.Options{URL: url, Now: time.Now})
			if err != nil {
				t.Error(err)
				return
			}
			_ = s.Close()
		})
	}
	running.Wait()
}

func newerRelease(t *testing.T, e Engine) {
	url := e.New(t)
	_ = open(t, url).Close()
	db := e.Raw(t, url)
	if _, err := db.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, TRUE)`); err != nil {
		t.Fatal(err)
	}
	_, err := store.Open(context.Background(), store.Options{URL: url, Now: time.Now})
	if !errors.Is(err, store.ErrRefused) || !strings.Contains(err.Error(), "newer release") {
		t.Errorf("error %v", err)
	}
}

func otherPurpose(t *testing.T, e Engine) {
	url := e.New(t)
	_ = open(t, url).Close()
	_, err := store.Open(context.Background(), store.Options{URL: url, Purpose: "demo", Now: time.Now})
	if !errors.Is(err, store.ErrRefused) || !strings.Contains(err.Error(), "holds real data, not demo") {
		t.Errorf("error %v", err)
	}
}
