package usa

import (
	"runtime"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // to load the zones wherever the tests run

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestByZIP(t *testing.T) {
	near := cmpopts.EquateApprox(0, 0.02) // degrees: 2 km
	for _, want := range []ZIP{
		{"10001", "New York", "NY", "New York", "36061", 40.75, -73.99, "America/New_York"},
		{"00501", "Holtsville", "NY", "Suffolk", "36103", 40.81, -73.04, "America/New_York"},
		{"08608", "Trenton", "NJ", "Mercer", "34021", 40.22, -74.76, "America/New_York"},
		{"06103", "Hartford", "CT", "Hartford", "09003", 41.76, -72.67, "America/New_York"},
		{"20001", "Washington", "DC", "District of Columbia", "11001", 38.91, -77.01, "America/New_York"},
		{"21201", "Baltimore", "MD", "Baltimore city", "24510", 39.29, -76.62, "America/New_York"},
		{"70112", "New Orleans", "LA", "Orleans", "22071", 29.95, -90.07, "America/Chicago"},
		{"46201", "Indianapolis", "IN", "Marion", "18097", 39.77, -86.10, "America/Indiana/Indianapolis"},
		{"79901", "El Paso", "TX", "El Paso", "48141", 31.75, -106.47, "America/Denver"},
		{"85001", "Phoenix", "AZ", "Maricopa", "04013", 33.44, -112.07, "America/Phoenix"},
		{"86004", "Flagstaff", "AZ", "Coconino", "04005", 35.40, -111.37, "America/Phoenix"},
		{"83646", "Meridian", "ID", "Ada", "16001", 43.65, -116.42, "America/Boise"},
		{"89701", "Carson City", "NV", "Carson City", "32510", 39.14, -119.73, "America/Los_Angeles"},
		{"99501", "Anchorage", "AK", "Anchorage", "02020", 61.21, -149.87, "America/Anchorage"},
		{"99574", "Cordova", "AK", "Chugach", "02063", 60.54, -145.76, "America/Anchorage"},
		{"96813", "Honolulu", "HI", "Honolulu", "15003", 21.31, -157.85, "Pacific/Honolulu"},
		{"00601", "Adjuntas", "PR", "Adjuntas", "72001", 18.18, -66.75, "America/Puerto_Rico"},
		{"00802", "St Thomas", "VI", "St. Thomas", "78030", 18.34, -64.93, "America/St_Thomas"},
		{"96799", "Pago Pago", "AS", "Western", "60050", -14.32, -170.75, "Pacific/Pago_Pago"},
		{"96910", "Hagatna", "GU", "Guam", "66010", 13.45, 144.74, "Pacific/Guam"},
		{"96950", "Saipan", "MP", "Saipan", "69110", 15.18, 145.75, "Pacific/Saipan"},
		{"96941", "Pohnpei", "FM", "", "", 6.85, 158.26, "Pacific/Pohnpei"},
		{"96960", "Majuro", "MH", "", "", 7.11, 171.23, "Pacific/Majuro"},
		{"96940", "Palau", "PW", "", "", 7.5, 134.5, "Pacific/Palau"},
		{"09001", "APO", "AE", "", "", 0, 0, ""},
		{"34002", "DPO", "AA", "", "", 0, 0, ""},
		{"96349", "FPO", "AP", "", "", 0, 0, ""},
	} {
		for _, code := range []string{want.Code, want.Code + "-0001"} {
			got, ok := ByZIP(code)
			if diff := cmp.Diff(want, got, near); diff != "" || !ok {
				t.Errorf("ByZIP(%q): %v (-want +got):\n%s", code, ok, diff)
			}
		}
	}
}

func TestByZIPKnowsNoOther(t *testing.T) {
	for _, code := range []string{
		"", "-", "00000", "00001", "99999", "1001", "010001", "10001-", "10001-1", "10001-00011", "10001-000a", "10001-1-2", "-10001",
		" 10001", "10001 ", "1000l", "+1001", "zip,c", "１０００１", "100\xff1",
	} {
		if got, ok := ByZIP(code); ok || got != (ZIP{}) {
			t.Errorf("ByZIP(%q) = %+v, %v; want none", code, got, ok)
		}
	}
}

func FuzzByZIP(f *testing.F) {
	f.Add("10001-0001")
	f.Fuzz(func(t *testing.T, code string) {
		if z, ok := ByZIP(code); ok != (z != ZIP{}) || ok && !strings.HasPrefix(code, z.Code) {
			t.Errorf("ByZIP(%q) = %+v, %v", code, z, ok)
		}
	})
}

// TestZIPsAreSound reads every line.
func TestZIPsAreSound(t *testing.T) {
	table := zips()
	counties, states, last := map[string]string{}, map[string]string{}, ""
	for _, start := range table.lines {
		line, _, _ := strings.Cut(table.text[start:], "\n")
		z := readZIP(line)
		state, ok := StateByCode(z.State)
		switch {
		case strings.Count(line, ",") != 7 || !isDigits(z.Code, zipDigits) || z.Code <= last:
			t.Errorf("%q after %q", line, last)
		case !ok || z.City == "":
			t.Errorf("%s: no such state, or no city", line)
		case !state.HasPlaces():
			if z != (ZIP{Code: z.Code, City: z.City, State: z.State}) {
				t.Errorf("%s: a military code has a place", line)
			}
		case z.Latitude == 0 || z.Longitude == 0 || z.Latitude < -15 || z.Latitude > 72 || z.Longitude > -64 && z.Longitude < 130:
			t.Errorf("%s: outside of the country", line)
		case z.TimeZone == "":
			t.Errorf("%s: no time zone", line)
		case state.Kind == FreelyAssociated:
			if z.County != "" || z.CountyFIPS != "" {
				t.Errorf("%s: a county abroad", line)
			}
		case !isDigits(z.CountyFIPS, 5) || z.County == "" || strings.HasSuffix(z.County, " County") || strings.HasSuffix(z.County, ")"):
			t.Errorf("%s: no county", line)
		default:
			if name := counties[z.CountyFIPS]; name != "" && name != z.County {
				t.Errorf("%s: county is %s elsewhere", line, name)
			}
			if code := states[z.CountyFIPS[:2]]; code != "" && code != z.State {
				t.Errorf("%s: county is of %s", line, code)
			}
			counties[z.CountyFIPS], states[z.CountyFIPS[:2]] = z.County, z.State
		}
		last = z.Code
	}
	if n := len(table.lines); n < 42_000 {
		t.Errorf("%d ZIP codes", n)
	}
	if n := len(counties); n < 3_200 { // of 3,234
		t.Errorf("%d counties", n)
	}
	if n := len(states); n != 56 {
		t.Errorf("%d states with counties", n)
	}
}

func TestZIPsHaveKnownTimeZones(t *testing.T) {
	table := zips()
	seen := map[string]bool{"": true}
	for _, start := range table.lines {
		zone := readZIP(table.text[start:]).TimeZone
		if seen[zone] {
			continue
		}
		seen[zone] = true
		if _, err := time.LoadLocation(zone); err != nil {
			t.Error(err)
		}
	}
	if len(seen) < 40 {
		t.Errorf("%d time zones", len(seen))
	}
}

func TestZIPsTakeLittleMemory(t *testing.T) {
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	table, err := readZIPs(zipsFile)
	if err != nil {
		t.Fatal(err)
	}
	grown := heap() - before
	runtime.KeepAlive(table)
	t.Logf("file %d bytes, heap %d bytes", len(zipsFile), grown)
	if grown > 4<<20 || len(zipsFile) > 700<<10 {
		t.Errorf("file %d bytes, heap %d bytes", len(zipsFile), grown)
	}
}

func TestReadZIPsRefusesADamagedFile(t *testing.T) {
	if _, err := readZIPs(zipsFile[:len(zipsFile)-1]); err == nil {
		t.Error("a cut file is read")
	}
}

func BenchmarkByZIP(b *testing.B) {
	codes := []string{"00501", "10001", "46201", "79901-1234", "99501", "99999"}
	zips()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		ByZIP(codes[i%len(codes)])
	}
}

func BenchmarkReadZIPs(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := readZIPs(zipsFile); err != nil {
			b.Fatal(err)
		}
	}
}
