package usa

import (
	"testing"
	"time"
)

func TestZone(t *testing.T) {
	for _, test := range []struct{ postalCode, state, want string }{
		{"79901", "TX", "America/Denver"}, // El Paso
		{"79901-1234", "TX", "America/Denver"},
		{"77002", "TX", "America/Chicago"},
		{"", "TX", "America/Chicago"},
		{"nonsense", "TN", "America/Chicago"},
		{"", "PR", "America/Puerto_Rico"},
		{"96799", "AS", "Pacific/Pago_Pago"},
		{"09001", "AE", "UTC"}, // mail to the forces is sorted nowhere on the map
		{"", "", "UTC"},
	} {
		if got := Zone(test.postalCode, test.state).String(); got != test.want {
			t.Errorf("Zone(%q, %q) = %s, want %s", test.postalCode, test.state, got, test.want)
		}
	}
}

func TestEveryStateHasAMainZoneThatSomeOfItLivesBy(t *testing.T) {
	now := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	offsets := map[string]map[int]bool{}
	table := zips()
	for _, line := range table.lines {
		z := readZIP(table.text[line:])
		if z.TimeZone == "" {
			continue
		}
		zone, err := time.LoadLocation(z.TimeZone)
		if err != nil {
			t.Fatal(err)
		}
		_, offset := now.In(zone).Zone()
		if offsets[z.State] == nil {
			offsets[z.State] = map[int]bool{}
		}
		offsets[z.State][offset] = true
	}
	for _, s := range States {
		if !s.HasPlaces() {
			continue
		}
		zone := Zone("", s.Code)
		if _, offset := now.In(zone).Zone(); !offsets[s.Code][offset] {
			t.Errorf("no ZIP code of %s has the time of %s", s.Code, zone)
		}
	}
}
