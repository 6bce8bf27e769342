// Package vts reads the last state of Vaccinate the States, which gathered places of all
// kinds until 2021 and tells how others name them.
package vts

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/fetch"
	"getmyvax.org/univaf/internal/source"
)

const file = "https://univaf-data-snapshots.s3.us-west-2.amazonaws.com/vts/vts-final-output-locations.geojson.gz"

// Geo is the source of the positions of Rite Aid's and CVS's stores. It has no availability.
var Geo = source.Definition{
	Name:    "vtsGeo",
	Help:    "Positions of CVS and Rite Aid stores, by the last data of Vaccinate the States.",
	New:     func(env source.Env) source.Source { return &geo{env} },
	Names:   []string{"univaf-vts-geo"},
	Retired: "Vaccinate the States ended in 2021; this is its last data",
	Unsafe: "it overwrites names and ids of places with what was known in 2021, some of it wrong: " +
		"see https://github.com/usdigitalresponse/univaf/issues/433",
}

type geo struct{ env source.Env }

// A feature is a place.
type feature struct {
	ID         string
	Properties *struct {
		Name         string
		State        string
		Provider     *struct{ Name string }
		Concordances []string // SYSTEM:ID
	}
	Geometry *struct{ Coordinates []float64 }
}

// Records reads the file as it comes: it has all places of the country.
func (s *geo) Records(ctx context.Context, q source.Query) iter.Seq2[univaf.Update, error] {
	return func(yield func(univaf.Update, error) bool) {
		resp, err := s.env.Fetch.Get(ctx, file, http.Header{"Accept": {"application/json"}})
		if err != nil {
			yield(univaf.Update{}, err)
			return
		}
		defer resp.Body.Close()
		text := bufio.NewReader(resp.Body)
		start, _ := text.Peek(512) // an error comes again
		if err := fetch.RefuseHTML(resp.Header, start); err != nil {
			yield(univaf.Update{}, fmt.Errorf("%s: %w", file, err))
			return
		}
		for raw, err := range features(json.NewDecoder(text)) {
			var u *univaf.Update
			if err == nil {
				u, err = s.update(raw, q)
			} else {
				err = fmt.Errorf("%s: %w", file, err)
			}
			if err != nil && !yield(univaf.Update{}, err) || u != nil && !yield(*u, nil) {
				return
			}
		}
	}
}

// features gives the members of a GeoJSON FeatureCollection (RFC 7946, section 3.3). An
// error is the last.
func features(d *json.Decoder) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		if err := findFeatures(d); err != nil {
			yield(nil, err)
			return
		}
		for d.More() {
			var raw json.RawMessage
			err := d.Decode(&raw)
			if !yield(raw, err) || err != nil {
				return
			}
		}
		if _, err := d.Token(); err != nil { // the end of the list
			yield(nil, err)
		}
	}
}

var errNoFeatures = errors.New("no GeoJSON with features")

// findFeatures reads up to the first member of features.
func findFeatures(d *json.Decoder) error {
	if err := begin(d, '{'); err != nil {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		if name == "features" {
			return begin(d, '[')
		}
		var other json.RawMessage
		if err := d.Decode(&other); err != nil {
			return err
		}
	}
	return errNoFeatures
}

func begin(d *json.Decoder, with json.Delim) error {
	start, err := d.Token()
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", errNoFeatures, err)
	case start != with:
		return errNoFeatures
	}
	return nil
}

// update makes an update of a feature. It is nil if the feature is not asked for or says
// too little.
func (s *geo) update(raw json.RawMessage, q source.Query) (*univaf.Update, error) {
	var f feature
	err := json.Unmarshal(raw, &f)
	if err == nil && f.Properties == nil {
		err = errors.New("properties are missing")
	}
	if err != nil {
		return nil, &source.RecordError{Kind: "invalid feature", ID: f.ID, Err: err, Sample: source.Sample(raw)}
	}
	if len(q.States) > 0 && !slices.Contains(q.States, f.Properties.State) {
		return nil, nil
	}
	return s.place(&f), nil
}

// providers are those whose places are of use, by the name that the data has: ours, the
// names that are a brand and a number, and how we write them.
var providers = map[string]struct {
	code   string
	number *regexp.Regexp
	name   string
}{
	"Rite-Aid": {"rite_aid", regexp.MustCompile(`(?i)RITE AID PHARMACY #?(\d+)`), "Rite Aid #"},
	"CVS":      {"cvs", regexp.MustCompile(`(?i)CVS Pharmacy, Inc\. #?(\d+)`), "CVS #"},
}

// systems are those of ids that are of use, by the name that the data has.
var systems = map[string]string{
	"cvs": "cvs", "rite_aid": "rite_aid", "vaccinespotter_org": "vaccinespotter",
	"vaccinefinder": "vaccines_gov", "vaccinefinder_org": "vaccines_gov",
}

// notRiteAids are numbers of Rite Aid's that are no store's.
var notRiteAids = regexp.MustCompile(`^1\d{5}$`)

// place makes an update of a feature, or nil if it says too little.
func (s *geo) place(f *feature) *univaf.Update {
	p := f.Properties
	if p.Provider == nil || f.Geometry == nil || len(f.Geometry.Coordinates) < 2 {
		return nil
	}
	provider, known := providers[p.Provider.Name]
	ids := externalIDs(p.Concordances)
	if !known || len(ids) == 0 {
		return nil
	}
	position := source.Position(s.env, f.ID, f.Geometry.Coordinates[1], f.Geometry.Coordinates[0])
	if position == nil {
		return nil
	}
	name := p.Name
	if found := provider.number.FindStringSubmatch(name); found != nil {
		name = provider.name + source.Unpad(found[1])
	}
	return &univaf.Update{
		Location:       univaf.Location{Name: name, Provider: provider.code, ExternalIDs: ids, Position: position},
		UpdateLocation: true,
	}
}

// externalIDs gives those of the concordances, SYSTEM:ID, that are of use.
func externalIDs(concordances []string) (ids univaf.ExternalIDs) {
	for _, c := range concordances {
		system, id, _ := strings.Cut(c, ":")
		system, useful := systems[system]
		if useful && id != "" && (system != "rite_aid" || !notRiteAids.MatchString(id)) {
			ids, _ = ids.With(univaf.ExternalIDs{{System: system, Value: id}})
		}
	}
	return ids
}
