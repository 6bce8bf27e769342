package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A publisher has SMART Scheduling Links of many clinics, each with one schedule. It makes
// them up while it sends them.
type publisher struct {
	url           string
	places, slots int
}

// slotFiles is how many files the slots come in.
const slotFiles = 10

func (b *bench) startPublisher() (*publisher, error) {
	listener, err := (&net.ListenConfig{}).Listen(b.ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &publisher{url: "http://" + listener.Addr().String(), places: b.locations, slots: b.slots}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /$bulk-publish", p.manifest)
	mux.HandleFunc("GET /locations.ndjson", p.lines(p.places, appendClinic))
	mux.HandleFunc("GET /schedules.ndjson", p.lines(p.places, appendSchedule))
	mux.HandleFunc("GET /slots/{file}", func(w http.ResponseWriter, r *http.Request) {
		file, _ := strconv.Atoi(r.PathValue("file"))
		n := p.slots / slotFiles
		p.lines(n, func(line []byte, i int) []byte { return appendSlot(line, file*n+i, p.places) })(w, r)
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	b.closers = append(b.closers, server.Close)
	return p, nil
}

func (p *publisher) manifest(w http.ResponseWriter, _ *http.Request) {
	files := fmt.Sprintf(`{"type":"Location","url":"%s/locations.ndjson"},{"type":"Schedule","url":"%[1]s/schedules.ndjson"}`, p.url)
	for i := range slotFiles {
		files += fmt.Sprintf(`,{"type":"Slot","url":"%s/slots/%d"}`, p.url, i)
	}
	fmt.Fprintf(w, `{"transactionTime":%q,"request":"%s/$bulk-publish","output":[%s]}`, time.Now().UTC().Format(time.RFC3339), p.url, files)
}

// lines sends n lines.
func (p *publisher) lines(n int, appendLine func([]byte, int) []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/fhir+ndjson")
		var text []byte
		for i := range n {
			text = append(appendLine(text, i), '\n')
			if len(text) > 64<<10 || i == n-1 {
				if _, err := w.Write(text); err != nil {
					return
				}
				text = text[:0]
			}
		}
	}
}

func appendClinic(b []byte, i int) []byte {
	return fmt.Appendf(b, `{"resourceType":"Location","id":"clinic-%d","identifier":[{"system":"https://cdc.gov/vaccines/programs/vtrcks","value":"NJA%06[1]d"}],`+
		`"name":"Clinic %[1]d","telecom":[{"system":"phone","value":"555-555-%04[2]d"},{"system":"url","value":"https://clinics.example/%[1]d"}],`+
		`"address":{"line":["%[1]d Main Street"],"city":"Trenton","district":"Mercer","state":"NJ","postalCode":"08608"},`+
		`"position":{"latitude":%.5[3]f,"longitude":%.5[4]f}}`, i, i%10000, 40+float64(i%1000)/1000, -74.7+float64(i%999)/2000)
}

func appendSchedule(b []byte, i int) []byte {
	return fmt.Appendf(b, `{"resourceType":"Schedule","id":"schedule-%d","actor":[{"reference":"Location/clinic-%[1]d"}],"serviceType":[{"coding":[`+
		`{"system":"http://terminology.hl7.org/CodeSystem/service-type","code":"57","display":"Immunization"}]}],"extension":[`+
		`{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/vaccine-product","valueCoding":{"system":"http://hl7.org/fhir/sid/cvx","code":"208"}}]}`, i)
}

// appendSlot spreads slots over the places, so that those of a place come from all files.
func appendSlot(b []byte, i, places int) []byte {
	const structures = `http://fhir-registry.smarthealthit.org/StructureDefinition/`
	n := int64(i)
	b = strconv.AppendInt(append(b, `{"resourceType":"Slot","id":"slot-`...), n, 10)
	b = strconv.AppendInt(append(b, `","schedule":{"reference":"Schedule/schedule-`...), n%int64(places), 10)
	start := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC).Add(time.Duration(i/places) * 15 * time.Minute)
	b = start.AppendFormat(append(b, `"},"status":"free","start":"`...), time.RFC3339)
	b = start.Add(15*time.Minute).AppendFormat(append(b, `","end":"`...), time.RFC3339)
	b = strconv.AppendInt(append(b, `","extension":[{"url":"`+structures+`slot-capacity","valueInteger":`...), n%5, 10)
	b = strconv.AppendInt(append(b, `},{"url":"`+structures+`booking-deep-link","valueUrl":"https://clinics.example/book?slot=`...), n, 10)
	return append(b, `"}]}`...)
}

// loading measures how long it takes until all that a large publisher says is in the API,
// and what memory the loader takes.
func (b *bench) loading(e engine, p *publisher) error {
	return b.served(e, func(s *server, _ string) error { return b.loadFrom(e, s, p) })
}

func (b *bench) loadFrom(e engine, s *server, p *publisher) error {
	config := b.path("publisher.yaml")
	text := "publishers: [{name: clinics, provider: clinics, manifest: '" + p.url + "/$bulk-publish'}]\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return err
	}
	loader := exec.CommandContext(b.ctx, b.path("univaf"), "load", "clinics", "--config", config, "--send", "--api-url", s.url)
	loader.Env = []string{"API_KEY=" + apiKey, "HOME=" + b.dir, "TMPDIR=" + b.dir}
	began := time.Now()
	said, err := loader.CombinedOutput()
	if want := fmt.Sprintf(" sent=%d ", p.places); err != nil || !strings.Contains(string(said), want) {
		return fmt.Errorf("the loader: %w, it has not%s: %s", err, want, said)
	}
	last, err := b.get(fmt.Sprintf("%s/api/v1/locations/clinics:clinic-%d", s.url, p.places-1))
	took := time.Since(began)
	if err != nil || strings.Count(string(last), `"start"`) != p.slots/p.places {
		return fmt.Errorf("the last place is not there as it should be: %w, %s", err, last)
	}
	b.add(loaded, e, took.Seconds(), 0)
	most := loader.ProcessState.SysUsage().(*syscall.Rusage).Maxrss * 1024
	b.add(loaderMemory, e, float64(most), 0)
	return nil
}
