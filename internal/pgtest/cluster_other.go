//go:build !unix

package pgtest

import "fmt"

// A cluster cannot be had on this system: tests need UNIVAF_TEST_DATABASE_URL.
type cluster struct{}

func newCluster(...string) (*cluster, error) {
	return nil, fmt.Errorf("%w: cannot start one on this system", errMissing)
}

func (*cluster) start() error      { return errMissing }
func (*cluster) stop() error       { return errMissing }
func (*cluster) remove() error     { return errMissing }
func (*cluster) url(string) string { return "" }
