package smart

import "testing"

// LimitRecords has a publisher be too large with more than so many records of a type.
func LimitRecords(t *testing.T, resourceType string, most int) {
	old := mostRecords[resourceType]
	mostRecords[resourceType] = most
	t.Cleanup(func() { mostRecords[resourceType] = old })
}
