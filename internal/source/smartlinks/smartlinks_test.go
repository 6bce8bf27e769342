package smartlinks_test

import (
	"testing"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/source/smartlinks"
	"getmyvax.org/univaf/internal/source/sourcetest"
)

var clinics = source.Definition{New: func(env source.Env) source.Source {
	return smartlinks.New(smartlinks.Options{
		ManifestURL:  "https://clinics.example/$bulk-publish",
		Source:       "univaf-clinics",
		IDSystem:     "clinics",
		Provider:     "clinics_of_nj",
		LocationType: univaf.Clinic,
	}, env)
}}

func TestPublisher(t *testing.T) {
	for name, dir := range sourcetest.Cases(t, "testdata") {
		t.Run(name, func(t *testing.T) { sourcetest.Run(t, dir, clinics) })
	}
}
