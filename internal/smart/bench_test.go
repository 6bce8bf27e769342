package smart_test

import (
	"bytes"
	"fmt"
	"testing"

	"getmyvax.org/univaf/internal/smart"
)

// slotLines are slots as publishers write them: with a deep link and a capacity.
func slotLines(n int) []byte {
	var out bytes.Buffer
	for i := range n {
		fmt.Fprintf(&out, `{"resourceType":"Slot","id":"slot-%d-%08x","schedule":{"reference":"Schedule/schedule-%d"},"status":"%s",`+
			`"start":"2026-11-%02dT%02d:%02d:00.000-05:00","end":"2026-11-%02dT%02d:%02d:00.000-05:00","extension":[`+
			`{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/slot-capacity","valueInteger":%d},`+
			`{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/booking-deep-link","valueUrl":"https://clinics.example/book?clinic=%d&slot=%d"}]}`+"\n",
			i, i*7919, i/25, []string{"free", "busy"}[i%3/2], i%28+1, 8+i%10, i%4*15, i%28+1, 8+i%10, i%4*15+14, i%5, i/25, i)
	}
	return out.Bytes()
}

func BenchmarkDecodeSlots(b *testing.B) {
	lines := slotLines(1000)
	b.SetBytes(int64(len(lines)))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for _, err := range smart.Decode[smart.Slot](bytes.NewReader(lines)) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != 1000 {
			b.Fatal(n)
		}
	}
}
