package vts_test

import (
	"strings"
	"testing"

	"getmyvax.org/univaf/internal/source/sourcetest"
	"getmyvax.org/univaf/internal/source/vts"
)

func TestGeo(t *testing.T) {
	for name, dir := range sourcetest.Cases(t, "testdata") {
		t.Run(name, func(t *testing.T) { sourcetest.Run(t, dir, vts.Geo) })
	}
}

func TestShared(t *testing.T) {
	for name, dir := range sourcetest.SharedCases(t, "vtsGeo") {
		t.Run(name, func(t *testing.T) {
			if name == "extra-vts-geo-always-refuses-to-run" {
				// It is not the source that refuses, but whoever runs it.
				if !strings.Contains(vts.Geo.Unsafe, "https://github.com/usdigitalresponse/univaf/issues/433") {
					t.Errorf("the definition does not tell why it is unsafe, but %q", vts.Geo.Unsafe)
				}
				return
			}
			sourcetest.RunAs(t, dir, vts.Geo, sourcetest.Outcome{})
		})
	}
}
