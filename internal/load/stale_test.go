package load_test

import (
	"encoding/json"
	"testing"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/load"
	"getmyvax.org/univaf/internal/source/sourcetest"
)

var noon = time.Date(2021, 11, 1, 12, 0, 0, 0, time.UTC)

func TestAge(t *testing.T) {
	hour := func(n int) time.Time { return noon.Add(-time.Duration(n) * time.Hour) }
	for _, test := range []struct {
		name string
		a    *univaf.Availability
		want time.Duration // -1: not known
	}{
		{"no availability", nil, -1},
		{"no times", &univaf.Availability{}, -1},
		{"valid two hours ago", &univaf.Availability{ValidAt: hour(2)}, 2 * time.Hour},
		{"valid now, for lack of a time", &univaf.Availability{ValidAt: noon}, -1},
		{"valid in the future", &univaf.Availability{ValidAt: hour(-2)}, 0},
		{"the last slot tells", &univaf.Availability{
			ValidAt: hour(2), Slots: json.RawMessage(`[{"start":"2021-11-09T00:00:00Z"},{"start":"2021-11-01T05:00:00-04:00","products":["a"]}]`),
		}, 3 * time.Hour},
		{"the last day tells", &univaf.Availability{Capacity: json.RawMessage(`[{"date": "2021-10-31"}]`)}, 36 * time.Hour},
		{"slots go before capacity", &univaf.Availability{
			Slots: json.RawMessage(`[{"start":"2021-11-01T11:00:00Z"}]`), Capacity: json.RawMessage(`[{"date":"2021-10-01"}]`),
		}, time.Hour},
		{"no appointments", &univaf.Availability{ValidAt: hour(2), Slots: json.RawMessage(`[]`)}, -1},
		{"no days", &univaf.Availability{ValidAt: hour(2), Capacity: json.RawMessage(" [ ] ")}, -1},
		{"a slot without a time", &univaf.Availability{ValidAt: hour(2), Slots: json.RawMessage(`[{"start":null}]`)}, 2 * time.Hour},
	} {
		got, ok := load.Age(&univaf.Update{Availability: test.a}, noon)
		if !ok {
			got = -1
		}
		if got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func TestSharedAges(t *testing.T) {
	for _, row := range sourcetest.Table(t, "stale_calculateAge") {
		var now int64
		var record struct {
			Availability *struct {
				ValidAt         string `json:"valid_at"`
				Slots, Capacity json.RawMessage
			}
		}
		var want *float64
		for i, v := range map[int]any{0: &now, 1: &record} {
			if err := json.Unmarshal(row.Args[i], v); err != nil {
				t.Fatal(err)
			}
		}
		if err := json.Unmarshal(row.Output, &want); err != nil {
			t.Fatal(err)
		}
		var u univaf.Update
		if a := record.Availability; a != nil {
			u.Availability = &univaf.Availability{Slots: unlessNull(a.Slots), Capacity: unlessNull(a.Capacity)}
			u.Availability.ValidAt, _ = univaf.ParseTime(a.ValidAt)
		}
		got, ok := load.Age(&u, time.UnixMilli(now))
		if ok != (want != nil) || ok && float64(got.Milliseconds()) != *want {
			t.Errorf("%s: %v, %v; want %s", row.Args, got, ok, row.Output)
		}
	}
}

func unlessNull(raw json.RawMessage) json.RawMessage {
	if string(raw) == "null" {
		return nil
	}
	return raw
}
