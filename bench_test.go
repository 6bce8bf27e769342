package univaf_test

import (
	"fmt"
	"strings"
	"testing"

	"getmyvax.org/univaf"
)

// facts is the part of a typical update that says what the place is.
const facts = `{"external_ids":[["rite_aid","116"],["vtrcks","RA1009013"],["npi_usa","1234567890"]],
	"provider":"rite_aid","location_type":"PHARMACY","name":"Rite Aid #116 – Main Street",
	"address_lines":["2 Main Street","Suite 5"],"city":"Camden","state":"NJ","postal_code":"08102","county":"Camden",
	"position":{"longitude":-75.119523,"latitude":39.944812},"info_phone":"(856) 555-0100",
	"info_url":"https://www.riteaid.example/locations/116.html","booking_phone":"(856) 555-0101",
	"booking_url":"https://www.riteaid.example/covid-vaccine-apt?store=116&from=map",
	"description":"Next to \"the library\".\nRing twice.","requires_waitlist":false,"minimum_age_months":60,
	"meta":{"store_number":116,"timezone":"America/New_York","hours":{"mon":"9-17","sat":null}},"is_public":true,
	"internal_notes":null,`

// benchUpdates gives typical updates of about 4 kB and more: one that sums up days, and
// one that lists appointments.
func benchUpdates() map[string][]byte {
	const report = `"availability":{"source":"univaf-rite-aid-scraper","valid_at":"2021-11-01T11:58:12.345-04:00",
		"checked_at":"2021-11-01T15:59:01Z","available":"YES","is_public":true,"meta":{"version":3,"raw":"ok"},`
	var days, slots []string
	for i := range 30 {
		days = append(days, fmt.Sprintf(`{"date":"2021-11-%02d","available":"YES","available_count":%d,"unavailable_count":7,
			"products":["pfizer","moderna_bivalent"],"dose":"%s"}`, i/3+1, i+2, []string{"first", "second", "booster"}[i%3]))
	}
	for i := range 100 {
		slots = append(slots, fmt.Sprintf(`{"start":"2021-11-%02dT%02d:%02d:00-04:00","end":"2021-11-%02dT%02d:%02d:00-04:00",
			"available":"YES","products":["pfizer"],"dose":"booster","booking_url":"https://a.example/%d"}`,
			i/25+1, 9+i%25/4, i%4*15, i/25+1, 9+i%25/4, i%4*15+14, 1000+i))
	}
	return map[string][]byte{
		"facts": []byte(strings.TrimSuffix(strings.TrimSpace(facts), ",") + "}"),
		"days":  []byte(facts + report + `"capacity":[` + strings.Join(days, ",") + `]}}`),
		"slots": []byte(facts + report + `"slots":[` + strings.Join(slots, ",") + `]}}`),
	}
}

func BenchmarkDecodeUpdate(b *testing.B) {
	for name, text := range benchUpdates() {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := univaf.DecodeUpdate(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkRecord(b *testing.B) {
	u, _, err := univaf.DecodeUpdate(benchUpdates()["slots"])
	if err != nil {
		b.Fatal(err)
	}
	location, record := u.Location, *u.Availability
	location.ID, location.CreatedAt, location.UpdatedAt = "855b42ea-e952-4121-8a56-1f153498de4f", noon, noon
	record.LocationID, record.ChangedAt = location.ID, noon
	locationText, content := append(location.AppendJSON(nil, true), '}'), record.AppendContent(nil)
	recordText := record.AppendJSON(nil)
	var out []byte
	for _, bench := range []struct {
		name string
		size int
		do   func() error
	}{
		{"AppendLocation", len(locationText), func() error { out = location.AppendJSON(out[:0], true); return nil }},
		{"ReadLocation", len(locationText), func() error { return new(univaf.Location).UnmarshalJSON(locationText) }},
		{"AppendRecord", len(recordText), func() error { out = record.AppendJSON(out[:0]); return nil }},
		{"ReadRecord", len(recordText), func() error { return new(univaf.Availability).UnmarshalJSON(recordText) }},
		{"AppendContent", len(content), func() error { out = record.AppendContent(out[:0]); return nil }},
		{"DecodeContent", len(content), func() error { return new(univaf.Availability).DecodeContent(content) }},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.SetBytes(int64(bench.size))
			b.ReportAllocs()
			for b.Loop() {
				if err := bench.do(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
