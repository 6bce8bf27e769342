package univaf_test

import (
	"testing"
	"time"

	"getmyvax.org/univaf"

	"pgregory.net/rapid"
)

// noon is a moment for tests.
var noon = time.Date(2021, 11, 1, 12, 0, 0, 0, time.UTC)

func at(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }

func ptr[T any](v T) *T { return &v }

func TestSupersedes(t *testing.T) {
	type times struct{ valid, checked int }
	for _, test := range []struct {
		name     string
		new, old times
		want     bool
	}{
		{"newer valid_at, newer checked_at", times{1, 1}, times{0, 0}, true},
		{"newer valid_at, same checked_at", times{1, 5}, times{0, 5}, true},
		{"newer valid_at, older checked_at", times{1, 4}, times{0, 5}, false},
		{"same valid_at, newer checked_at", times{0, 6}, times{0, 5}, true},
		{"same valid_at, same checked_at", times{0, 5}, times{0, 5}, false},
		{"same valid_at, older checked_at", times{0, 4}, times{0, 5}, false},
		{"older valid_at, newer checked_at", times{-1, 6}, times{0, 5}, false},
		{"older valid_at, same checked_at", times{-1, 5}, times{0, 5}, false},
		{"older valid_at, older checked_at", times{-1, 4}, times{0, 5}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := univaf.Availability{ValidAt: at(test.new.valid), CheckedAt: at(test.new.checked)}
			old := univaf.Availability{ValidAt: at(test.old.valid), CheckedAt: at(test.old.checked)}
			if got := a.Supersedes(old); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestSupersedesLooksAtInstantsNotZones(t *testing.T) {
	east := time.FixedZone("east", 5*3600)
	old := univaf.Availability{ValidAt: at(0), CheckedAt: at(0)}
	same := univaf.Availability{ValidAt: at(0).In(east), CheckedAt: at(0).In(east)}
	if same.Supersedes(old) {
		t.Error("the same times in another zone supersede")
	}
}

// A few moments only, so that times often coincide.
var genTimes = rapid.Custom(func(t *rapid.T) univaf.Availability {
	minute := rapid.IntRange(0, 3)
	return univaf.Availability{ValidAt: at(minute.Draw(t, "valid_at")), CheckedAt: at(minute.Draw(t, "checked_at"))}
})

func TestSupersedesIsAnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := genTimes.Draw(t, "a"), genTimes.Draw(t, "b")
		if a.Supersedes(a) {
			t.Fatal("a record supersedes itself")
		}
		if a.Supersedes(b) && b.Supersedes(a) {
			t.Fatal("two records supersede each other")
		}
	})
}

func TestWhatWasAcceptedInTurnSupersedesAllBefore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var accepted []univaf.Availability
		for _, a := range rapid.SliceOfN(genTimes, 1, 12).Draw(t, "records") {
			if len(accepted) == 0 || a.Supersedes(accepted[len(accepted)-1]) {
				accepted = append(accepted, a)
			}
		}
		for i, newer := range accepted {
			for _, older := range accepted[:i] {
				if !newer.Supersedes(older) || older.Supersedes(newer) {
					t.Fatalf("%v does not stand over %v", newer, older)
				}
			}
		}
	})
}

func TestChangeTime(t *testing.T) {
	a := univaf.Availability{ValidAt: at(10), CheckedAt: at(15)}
	if got := a.ChangeTime(at(5)); !got.Equal(at(10)) {
		t.Errorf("with a newer valid_at: got %v, want valid_at", got)
	}
	if got := a.ChangeTime(at(10)); !got.Equal(at(15)) {
		t.Errorf("with the same valid_at: got %v, want checked_at", got)
	}
}
