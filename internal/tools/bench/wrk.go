package main

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// connections is how many clients there are at once.
const connections = 16

// A load is what wrk measured.
type load struct {
	rate float64 // answers a second
	p99  time.Duration
}

// wrk runs it for some seconds on an address, with a script and headers if there are.
func (b *bench) wrk(url, script string, headers ...string) (load, error) {
	args := []string{"-t2", "-c" + strconv.Itoa(connections), "-d" + strconv.Itoa(b.seconds) + "s", "--latency", "--timeout", "10s"}
	if script != "" {
		args = append(args, "-s", script)
	}
	for _, h := range headers {
		args = append(args, "-H", h)
	}
	out, err := b.command("wrk", append(args, url)...).Output()
	if err != nil {
		return load{}, fmt.Errorf("wrk %s: %w", url, err)
	}
	l, err := readWrk(string(out))
	if err != nil {
		return load{}, fmt.Errorf("wrk %s: %w\n%s", url, err, out)
	}
	return l, nil
}

var (
	rateLine   = regexp.MustCompile(`Requests/sec:\s+([\d.]+)`)
	p99Line    = regexp.MustCompile(`99%\s+([\d.]+(?:us|ms|s|m))`)
	faultsLine = regexp.MustCompile(`(Non-2xx or 3xx responses|Socket errors): .*`)
)

// readWrk reads what wrk --latency prints. An answer that is none is an error.
func readWrk(text string) (l load, err error) {
	rate, p99 := rateLine.FindStringSubmatch(text), p99Line.FindStringSubmatch(text)
	switch {
	case faultsLine.MatchString(text):
		return l, fmt.Errorf("it says: %s", faultsLine.FindString(text))
	case rate == nil || p99 == nil:
		return l, fmt.Errorf("it does not say how fast")
	}
	if l.rate, err = strconv.ParseFloat(rate[1], 64); err != nil {
		return l, err
	}
	l.p99, err = time.ParseDuration(p99[1])
	return l, err
}

// pathsScript writes a script that asks for one path after another.
func (b *bench) pathsScript(name string, paths []string) (string, error) {
	var s strings.Builder
	s.WriteString("local paths = {\n")
	for _, p := range paths {
		fmt.Fprintf(&s, "%q,\n", p)
	}
	s.WriteString(`}
local requests, i = {}, 0
function init(args)
	for n, path in ipairs(paths) do requests[n] = wrk.format("GET", path) end
	i = math.random(#requests)
end
function request()
	i = i % #requests + 1
	return requests[i]
end
`)
	file := b.path(name + ".lua")
	return file, os.WriteFile(file, []byte(s.String()), 0o600)
}

// updatesScript writes a script that posts the lines of a file, each once, and ends
// when there are no more. Every thread takes its share of them.
func (b *bench) updatesScript(name, lines string) (string, error) {
	file := b.path(name + ".lua")
	return file, os.WriteFile(file, fmt.Appendf(nil, `
local threads = 0
function setup(thread)
	thread:set("share", threads)
	threads = threads + 1
end
local lines, headers, line
function init(args)
	lines = io.open(%q)
	headers = {["X-Api-Key"] = %q, ["Content-Type"] = "application/json"}
	if share == 1 then lines:read() end
end
function request()
	local following = lines:read()
	lines:read()
	if following then line = following else wrk.thread:stop() end
	return wrk.format("POST", nil, headers, line)
end
`, lines, apiKey), 0o600)
}
