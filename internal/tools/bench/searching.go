package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
)

const geoJSONPath = "/api/v1/locations.geojson"

// Searches are scripts for wrk that look for one place after another.
type searches struct {
	near, words, states string
}

// prepareSearches writes searches that find places of the dump, and makes sure that they do.
func (b *bench) prepareSearches(s *server, dump string) (found searches, err error) {
	near, words, states, err := pickSearches(dump, lookups)
	if err != nil {
		return found, err
	}
	for _, one := range []struct {
		name  string
		paths []string
		to    *string
	}{{"near", near, &found.near}, {"words", words, &found.words}, {"states", states, &found.states}} {
		for _, path := range one.paths[:min(20, len(one.paths))] {
			body, err := b.get(s.url + path)
			if err != nil {
				return found, err
			}
			if !bytes.Contains(body, []byte(`"data":[{`)) {
				return found, fmt.Errorf("%s finds nothing", path)
			}
		}
		if *one.to, err = b.pathsScript(one.name, one.paths); err != nil {
			return found, err
		}
	}
	return found, nil
}

// pickSearches gives the paths of searches for n places spread over the dump that have
// appointments: by where they are and what they have, by words, and by their states.
func pickSearches(dump string, n int) (near, words, states []string, err error) {
	text, err := os.ReadFile(dump)
	if err != nil {
		return nil, nil, nil, err
	}
	path := func(query url.Values) string { return pagePath + "?" + query.Encode() }
	wanted := max(1, bytes.Count(text, []byte("\n"))/n)
	waited := 0
	for line := range bytes.Lines(text) {
		if waited++; waited < wanted || len(near) == n {
			continue
		}
		var place struct {
			Name, City, State string
			Type              string `json:"location_type"`
			Position          *struct{ Longitude, Latitude float64 }
			Availability      struct {
				Available string
				Capacity  []struct {
					Available string
					Products  []string
				}
			}
		}
		if err := json.Unmarshal(line, &place); err != nil {
			return nil, nil, nil, err
		}
		product := ""
		for _, offer := range place.Availability.Capacity {
			if offer.Available == "YES" && len(offer.Products) > 0 {
				product = offer.Products[0]
			}
		}
		if place.Position == nil || place.Availability.Available != "YES" || product == "" {
			continue
		}
		waited = 0
		at := strconv.FormatFloat(place.Position.Latitude, 'f', 4, 64) + "," + strconv.FormatFloat(place.Position.Longitude, 'f', 4, 64)
		near = append(near, path(url.Values{"near": {at}, "radius": {"25"}, "products": {product}, "available": {"yes"}, "limit": {"20"}}))
		words = append(words, path(url.Values{"q": {place.Name + " " + place.City}, "limit": {"20"}}))
		states = append(states, path(url.Values{"state": {place.State}, "location_type": {place.Type}, "products": {product}, "available": {"yes,unknown"}, "limit": {"50"}}))
	}
	if len(near) == 0 {
		return nil, nil, nil, errors.New("no place of the dump has appointments")
	}
	return near, words, states, nil
}

// searching measures searches, and all places as GeoJSON for one client.
func (b *bench) searching(e engine, s *server, dump string) error {
	found, err := b.prepareSearches(s, dump)
	if err != nil {
		return err
	}
	for _, one := range []struct {
		figure *figure
		script string
	}{{nearby, found.near}, {byWords, found.words}, {byState, found.states}} {
		l, err := b.wrk(s.url+pagePath, one.script)
		if err != nil {
			return err
		}
		b.add(one.figure, e, l.rate, 0)
		if one.figure == nearby {
			b.add(nearbyP99, e, l.p99.Seconds(), 0)
		}
	}
	body, err := b.get(s.url + geoJSONPath)
	if err != nil {
		return err
	}
	for range 3 {
		took, err := b.discard(s.url + geoJSONPath)
		if err != nil {
			return err
		}
		b.add(geoJSON, e, float64(len(body))/took.Seconds(), 0)
	}
	return nil
}

// onlySearching measures that alone.
func (b *bench) onlySearching(e engine) error {
	return b.filled(e, func(s *server, _ string) error {
		dump := b.path("dump.ndjson")
		if err := b.save(s.url+dumpPath, dump); err != nil {
			return err
		}
		return b.searching(e, s, dump)
	})
}
