// Package smartlinks reads any publisher of SMART Scheduling Links. What it does
// for all of them, sources for publishers with habits of their own use, too.
package smartlinks

import (
	"context"
	"errors"
	"iter"
	"strings"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/smart"
	"getmyvax.org/univaf/internal/source"
)

// Read reads the manifest at a URL and its files and yields what update makes of
// each place, unless it reports false; published is the manifest's transactionTime.
// A bad record is yielded as a *source.RecordError.
func Read(ctx context.Context, env source.Env, manifestURL string, q source.Query,
	update func(p *smart.Place, published time.Time) (univaf.Update, bool),
) iter.Seq2[univaf.Update, error] {
	return func(yield func(univaf.Update, error) bool) {
		m, err := smart.GetManifest(ctx, env.Fetch, manifestURL)
		if err != nil {
			yield(univaf.Update{}, err)
			return
		}
		published, err := m.TransactionTime.Time()
		if err != nil {
			yield(univaf.Update{}, err)
			return
		}
		for p, err := range smart.Places(ctx, env.Fetch, m, q.States) {
			var u univaf.Update
			wanted := true
			if err == nil {
				u, wanted = update(p, published)
			}
			if wanted && !yield(u, recordError(err)) {
				return
			}
		}
	}
}

// recordError gives the error of a bad record in the form of sources, and any
// other error as it is.
func recordError(err error) error {
	var bad *smart.RecordError
	if !errors.As(err, &bad) {
		return err
	}
	return &source.RecordError{
		Kind:   "invalid " + bad.Type,
		ID:     bad.ID,
		Err:    bad,
		Sample: bad.Sample,
	}
}

// Location gives what all publishers say alike: ids, address, county and position.
func Location(l *smart.Location, ids univaf.ExternalIDs) univaf.Location {
	out := univaf.Location{
		ExternalIDs:  ids,
		AddressLines: l.Address.Line,
		City:         l.Address.City,
		State:        l.Address.State,
		PostalCode:   l.Address.PostalCode,
		County:       strings.TrimSpace(l.Address.District),
	}
	if p := l.Position; p != nil {
		out.Position = &univaf.Position{Longitude: p.Longitude, Latitude: p.Latitude}
	}
	return out
}
