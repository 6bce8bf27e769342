package source

import (
	"context"
	"errors"
	"io"
	"io/fs"
)

// A StoreList is a list of a chain's stores that the chain's sources read from Env.Stores
// as NAME.ndjson. It is made by those who run the sources: it is the chain's, not ours.
type StoreList struct {
	Name string // "albertsons"
	Help string // one line: what it holds and where it comes from
	// Import reads the list from a file, as is or in a form that the chain or others
	// publish, and writes each store by yield.
	Import func(r io.Reader, yield func(store any) error) error
	// Update reads the list from the chain's public store locator.
	Update func(ctx context.Context, env Env, yield func(store any) error) error
}

// OpenStores opens a list. It is nil, with a warning that says what to do, if there is none.
func OpenStores(env Env, name string) (io.ReadCloser, error) {
	file, err := env.Stores.Open(name + ".ndjson")
	if errors.Is(err, fs.ErrNotExist) {
		env.Warn(Warning{Kind: "no list of stores", ID: name, Sample: "univaf stores update " + name})
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return file, nil
}
