package kroger_test

import (
	"testing"

	"getmyvax.org/univaf/internal/source/kroger"
	"getmyvax.org/univaf/internal/source/sourcetest"
)

func TestSmart(t *testing.T) {
	for name, dir := range sourcetest.Cases(t, "testdata") {
		t.Run(name, func(t *testing.T) { sourcetest.Run(t, dir, kroger.Smart) })
	}
}

func TestSmartShared(t *testing.T) {
	for name, dir := range sourcetest.SharedCases(t, "krogerSmart") {
		t.Run(name, func(t *testing.T) { sourcetest.RunAs(t, dir, kroger.Smart, sourcetest.Outcome{}) })
	}
}
