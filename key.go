package univaf

import (
	"crypto/sha256"
	"slices"
	"time"
)

// A Scope is something that a key of the API is good for.
type Scope string

// The scopes.
const (
	ScopeWrite       Scope = "write"        // updates, and reports of runs
	ScopeReadPrivate Scope = "read-private" // hidden places and reports
	ScopeAdmin       Scope = "admin"        // everything, and the pages for operators
)

// A Key is what is kept of a key of the API. The key itself is known to its holder alone.
type Key struct {
	Name      string
	Hash      [sha256.Size]byte
	Scopes    []Scope
	CreatedAt time.Time
	UsedOn    *time.Time // the day, in UTC, on which it was last used; nil if it never was
	RevokedAt *time.Time // nil while it is valid
}

// May reports whether the key is good for that.
func (k *Key) May(scope Scope) bool {
	return slices.Contains(k.Scopes, scope) || slices.Contains(k.Scopes, ScopeAdmin)
}
