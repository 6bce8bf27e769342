package ingest_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/ingest"
)

// at gives an update of source by for the place a:1, n minutes after noon.
func at(by, state string, latitude, longitude float64, n int) string {
	return fmt.Sprintf(`{"external_ids":[["a","1"]],"provider":"p","name":"N","city":"C","state":%q,"position":{"latitude":%v,"longitude":%v},
		"availability":{"source":%q,"available":"YES","valid_at":%[5]q,"checked_at":%[5]q}}`, state, latitude, longitude, by, univaf.FormatTime(minute(n)))
}

func TestASourceMovesOnlyPlacesThatAreItsOwn(t *testing.T) {
	const camden, trenton, newYork = 39.9448, 40.2206, 40.7128 // Trenton is 47 km off
	for _, test := range []struct {
		name   string
		others bool
		update string
		moves  bool
	}{
		{"a little", true, at("s", "NJ", trenton, -74.7597, 1), true},
		{"far", true, at("s", "NJ", newYork, -74.0060, 1), false},
		{"to another state nearby", true, at("s", "PA", camden, -75.1196, 1), false},
		{"far, when nobody else knows it", false, at("s", "CA", 37.77, -122.42, 1), true},
		{"far, by who corrects facts alone", true, `{"external_ids":[["a","1"]],"state":"CA","position":{"latitude":37.77,"longitude":-122.42}}`, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t)
			first := must(t)(d.submit(t, at("s", "NJ", camden, -75.1196, 0)))
			if test.others {
				must(t)(d.submit(t, at("other", "NJ", camden, -75.1196, 0)))
			}
			before := read(t, d.store)
			got, err := d.correct(t, test.update)
			if test.moves {
				if err != nil || got.Location != ingest.Updated {
					t.Errorf("%+v, %v", got, err)
				}
				return
			}
			if !errors.Is(err, univaf.ErrMisplaced) || !strings.Contains(err.Error(), "it would move location "+first.ID) {
				t.Errorf("%+v, %v", got, err)
			}
			same(t, before, read(t, d.store))
		})
	}
}

// What one batch holds counts as what was there before.
func TestASourceMovesNoPlaceOfItsBatch(t *testing.T) {
	d := newDesk(t)
	must(t)(d.submit(t, at("s", "NJ", 40, -75, 0)))
	both := []string{at("other", "NJ", 40, -75, 1), at("s", "CA", 37, -122, 1)}
	var pending []*ingest.Pending
	for _, text := range both {
		u, err := d.Read([]byte(text), true)
		if err != nil {
			t.Fatal(err)
		}
		p, err := d.Enqueue(patience(t), u)
		if err != nil {
			t.Fatal(err)
		}
		pending = append(pending, p)
	}
	if _, err := pending[0].Wait(patience(t)); err != nil {
		t.Error(err)
	}
	if _, err := pending[1].Wait(patience(t)); !errors.Is(err, univaf.ErrMisplaced) {
		t.Errorf("moved: %v", err)
	}
}
