package source

import (
	"context"
	"errors"
	"iter"
	"net/url"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/fetch"
	"getmyvax.org/univaf/internal/smart"
)

// FromSMART reads the manifest at a URL and its files and yields what update makes of
// each place, unless it reports false; published is the manifest's transactionTime.
// A bad record is yielded as a *RecordError.
func FromSMART(ctx context.Context, env Env, manifestURL string, q Query,
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
		warnOfHosts(env, manifestURL, m)
		for p, err := range smart.Places(fetch.From(ctx, manifestURL), env.Fetch, m, q.States) {
			var u univaf.Update
			wanted := true
			if err == nil {
				if at := p.Location.Position; at != nil && Position(env, p.Location.ID, at.Latitude, at.Longitude) == nil {
					p.Location.Position = nil
				}
				u, wanted = update(p, published)
			}
			if wanted && !yield(u, recordError(err)) {
				return
			}
		}
	}
}

// warnOfHosts tells of files that lie elsewhere than their manifest, which is allowed but
// seldom: it may be a mistake, or worse.
func warnOfHosts(env Env, manifestURL string, m *smart.Manifest) {
	home, err := url.Parse(manifestURL)
	if err != nil {
		return
	}
	warned := map[string]bool{home.Host: true}
	for _, f := range m.Output {
		if u, err := url.Parse(f.URL); err == nil && !warned[u.Host] {
			warned[u.Host] = true
			env.Warn(Warning{Kind: "file on another host", ID: f.Type, Sample: u.Host})
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
	return &RecordError{
		Kind:   "invalid " + bad.Type,
		ID:     bad.ID,
		Err:    bad,
		Sample: bad.Sample,
	}
}
