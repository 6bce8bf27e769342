// Package keys makes keys of the API and tells whose a key is. It holds those that are
// valid in memory, so that nobody is locked out while the database is down.
//
// It must not know of HTTP, nor where keys are kept.
package keys

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"

	"getmyvax.org/univaf"
)

// prefix lets those who search files for secrets know one of ours.
const prefix = "univaf_"

// Make makes a key: 256 bits and more from chance, as letters and digits.
func Make() string { return prefix + rand.Text() + rand.Text() }

// Hash is what is kept of a key. Slow hashes are for passwords, which can be guessed;
// there is no guessing a key, and this one costs a request next to nothing.
func Hash(text string) [sha256.Size]byte { return sha256.Sum256([]byte(text)) }

// Fixed are keys that are given, rather than made: those of API_KEYS.
func Fixed(texts []string) (list []univaf.Key) {
	for i, text := range texts {
		list = append(list, univaf.Key{
			Name: fmt.Sprintf("API_KEYS[%d]", i+1), Hash: Hash(text),
			Scopes: []univaf.Scope{univaf.ScopeWrite, univaf.ScopeReadPrivate},
		})
	}
	return list
}
