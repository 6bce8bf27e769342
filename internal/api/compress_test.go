package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
)

func TestKeptBodiesAreMadeOnceAndInBounds(t *testing.T) {
	var k keptBodies
	made := map[string]int{}
	get := func(tag string, size int) {
		t.Helper()
		body, err := k.get(context.Background(), tag, func() ([]byte, error) {
			made[tag]++
			return bytes.Repeat([]byte(tag[:1]), size), nil
		})
		if err != nil || len(body) != size || body[0] != tag[0] {
			t.Fatalf("%s: %d bytes, error %v", tag, len(body), err)
		}
	}
	const quarter = mostKept / 4
	for _, tag := range []string{"a", "b", "c", "d", "a", "e", "a", "b"} { // e drives out b, then b drives out c
		get(tag, quarter)
	}
	want := map[string]int{"a": 1, "b": 2, "c": 1, "d": 1, "e": 1}
	if fmt.Sprint(made) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", made, want)
	}
	if k.size != mostKept || len(k.byTag) != 4 || k.order.Len() != 4 {
		t.Errorf("it keeps %d bytes of %d bodies", k.size, len(k.byTag))
	}
	get("huge", mostKept+1)
	if k.size > mostKept || k.order.Len() != len(k.byTag) {
		t.Errorf("it keeps %d bytes", k.size)
	}
}

func TestABodyThatCannotBeMadeIsNotKept(t *testing.T) {
	var k keptBodies
	failure := errors.New("no")
	if _, err := k.get(context.Background(), "a", func() ([]byte, error) { return nil, failure }); !errors.Is(err, failure) {
		t.Errorf("got error %v", err)
	}
	func() {
		defer func() { _ = recover() }()
		_, _ = k.get(context.Background(), "a", func() ([]byte, error) { panic("no") })
	}()
	body, err := k.get(context.Background(), "a", func() ([]byte, error) { return []byte("yes"), nil })
	if err != nil || string(body) != "yes" || k.size != 3 {
		t.Errorf("got %q, error %v", body, err)
	}
}

func TestWhoAsksMeanwhileWaits(t *testing.T) {
	var k keptBodies
	var made atomic.Int32
	started, finish := make(chan struct{}), make(chan struct{})
	slow := func() ([]byte, error) {
		if made.Add(1) == 1 {
			close(started)
		}
		<-finish
		return []byte("x"), nil
	}
	var group sync.WaitGroup
	for i := range 4 {
		if i == 1 {
			<-started
		}
		group.Go(func() {
			if body, err := k.get(context.Background(), "a", slow); err != nil || string(body) != "x" {
				t.Errorf("got %q, error %v", body, err)
			}
		})
	}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	<-started
	if _, err := k.get(gone, "a", slow); !errors.Is(err, context.Canceled) {
		t.Errorf("who went away: got error %v", err)
	}
	close(finish)
	group.Wait()
	if made.Load() != 1 {
		t.Errorf("made %d times", made.Load())
	}
}
