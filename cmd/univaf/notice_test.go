package main

import (
	"os"
	"regexp"
	"runtime/debug"
	"strings"
	"testing"
)

// Every module that is part of the program is named in NOTICE, with its licence.
func TestNoticeNamesTheModules(t *testing.T) {
	text, err := os.ReadFile("../../NOTICE")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 1 {
			named[fields[0]] = true
		}
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || len(info.Deps) < 10 {
		t.Fatalf("the program does not know what it is made of: %+v", info)
	}
	major := regexp.MustCompile(`/v\d+$`)
	for _, m := range info.Deps {
		name := major.ReplaceAllString(m.Path, "")
		for _, repository := range []string{"github.com/riverqueue/river", "github.com/aws/aws-sdk-go-v2", "go.opentelemetry.io/otel"} {
			if strings.HasPrefix(name, repository+"/") { // one of several modules
				name = repository
			}
		}
		if !named[name] {
			t.Errorf("NOTICE does not name %s", m.Path)
		}
	}
}
