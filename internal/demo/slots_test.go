package demo

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAnswersOfOneMinuteAreTheSame(t *testing.T) {
	for _, name := range []string{Manifest, "locations-ny.ndjson", "schedules-ny.ndjson", "slots-ny.ndjson"} {
		first := body(t, noon, name)
		if !bytes.Equal(first, body(t, noon.Add(59*time.Second+time.Nanosecond), name)) {
			t.Errorf("%s changes within a minute", name)
		}
		if len(first) == 0 {
			t.Errorf("%s is empty", name)
		}
	}
}

func TestPlacesStayTheSame(t *testing.T) {
	later := noon.AddDate(0, 3, 0)
	for _, name := range []string{"locations-ny.ndjson", "schedules-ny.ndjson"} {
		if !bytes.Equal(body(t, noon, name), body(t, later, name)) {
			t.Errorf("%s changes as time goes by", name)
		}
	}
}

// changed counts the places that have a slot whose status, or whose list of slots,
// differs between two times.
func changed(a, b map[string]map[string]string) (n int) {
	for place, slots := range a {
		if !cmp.Equal(slots, b[place]) {
			n++
		}
	}
	return n
}

func statuses(t *testing.T, now time.Time) map[string]map[string]string {
	all := map[string]map[string]string{}
	for state := range states {
		for p := range places(state) {
			all[p.id] = map[string]string{}
			for s := range p.slots(now) {
				all[p.id][s.ID] = s.Status
			}
		}
	}
	return all
}

func TestSlotsOpenAndFill(t *testing.T) {
	at3 := noon.Add(11 * time.Hour) // nowhere on the mainland does the time of an appointment pass
	before := statuses(t, at3)
	minute := changed(before, statuses(t, at3.Add(time.Minute)))
	tenMinutes := changed(before, statuses(t, at3.Add(10*time.Minute)))
	total := len(before)
	t.Logf("of %d places %d changed in a minute, %d in ten", total, minute, tenMinutes)
	if minute < total/200 || minute > total/20 {
		t.Errorf("of %d places %d changed in a minute", total, minute)
	}
	if tenMinutes < total/20 || tenMinutes > total/2 {
		t.Errorf("of %d places %d changed in ten minutes", total, tenMinutes)
	}
}

func TestLateSlotsAreFreeMoreOften(t *testing.T) {
	type tally struct{ free, all int }
	var soon, late tally
	full, some := 0, 0
	for _, slots := range byPlace(t, noon) {
		free := 0
		for _, s := range slots {
			start, err := time.Parse(time.RFC3339, s.Start)
			if err != nil {
				t.Fatal(err)
			}
			to := &soon
			if start.Sub(noon) > 72*time.Hour {
				to = &late
			}
			to.all++
			if s.Status == "free" {
				to.free++
				free++
			}
		}
		if free == 0 {
			full++
		} else {
			some++
		}
	}
	t.Logf("soon %v, late %v; %d places are full, %d are not", soon, late, full, some)
	if soon.free*late.all >= late.free*soon.all {
		t.Errorf("free of all: soon %v, late %v", soon, late)
	}
	if full < some/20 || full > some {
		t.Errorf("%d places are full, %d are not", full, some)
	}
}

func TestPlacesHaveEnoughSlots(t *testing.T) {
	n, places := 0, 0
	for id, slots := range byPlace(t, noon) {
		places++
		n += len(slots)
		if len(slots) < 5 || len(slots) > 14 {
			t.Errorf("%s has %d slots", id, len(slots))
		}
	}
	if n < 8*places || n > 14*places {
		t.Errorf("%d slots in %d places", n, places)
	}
}

func byPlace(t *testing.T, now time.Time) map[string][]slot {
	t.Helper()
	all := map[string][]slot{}
	for state := range states {
		for p := range places(state) {
			for s := range p.slots(now) {
				all[p.id] = append(all[p.id], s)
			}
		}
	}
	return all
}

func TestTimesAreOnThePlacesClock(t *testing.T) {
	offsets := func(file string) map[string]map[string]bool { // by date
		all := map[string]map[string]bool{}
		for _, s := range lines[slot](t, body(t, noon, file)) {
			date, clock, offset := s.Start[:10], s.Start[11:16], s.Start[19:]
			if all[date] == nil {
				all[date] = map[string]bool{}
			}
			all[date][offset] = true
			if clock < "09:00" || clock > "17:45" {
				t.Errorf("%s: %s is not in opening hours", s.ID, s.Start)
			}
		}
		return all
	}
	all := func(offset string) map[string]map[string]bool {
		want := map[string]map[string]bool{}
		for _, date := range []string{"2026-10-30", "2026-10-31", "2026-11-01", "2026-11-02", "2026-11-03"} {
			want[date] = map[string]bool{offset: true}
		}
		return want
	}
	newYork := all("-05:00") // the clocks are set back on November 1 at 2:00
	newYork["2026-10-30"] = map[string]bool{"-04:00": true}
	newYork["2026-10-31"] = map[string]bool{"-04:00": true}
	puertoRico := all("-04:00") // without daylight-saving time

	for _, test := range []struct {
		file string
		want map[string]map[string]bool
	}{
		{"slots-nj.ndjson", newYork},
		{"slots-pr.ndjson", puertoRico},
	} {
		t.Run(test.file, func(t *testing.T) {
			if diff := cmp.Diff(test.want, offsets(test.file)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
	if diff := cmp.Diff(map[string]bool{"+10:00": true}, offsets("slots-gu.ndjson")["2026-11-02"]); diff != "" {
		t.Errorf("Guam (-want +got):\n%s", diff)
	}
}
