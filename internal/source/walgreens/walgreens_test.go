package walgreens_test

import (
	"testing"

	"getmyvax.org/univaf/internal/source/sourcetest"
	"getmyvax.org/univaf/internal/source/walgreens"
)

func TestSmart(t *testing.T) {
	for name, dir := range sourcetest.Cases(t, "testdata") {
		t.Run(name, func(t *testing.T) { sourcetest.Run(t, dir, walgreens.Smart) })
	}
}

func TestSmartShared(t *testing.T) {
	for name, dir := range sourcetest.SharedCases(t, "walgreensSmart") {
		t.Run(name, func(t *testing.T) { sourcetest.RunAs(t, dir, walgreens.Smart, sourcetest.Outcome{}) })
	}
}
