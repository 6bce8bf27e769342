package univaf_test

import (
	"testing"

	"getmyvax.org/univaf"
)

func TestAKeyIsGoodForItsScopes(t *testing.T) {
	write, admin := univaf.Key{Scopes: []univaf.Scope{univaf.ScopeWrite}}, univaf.Key{Scopes: []univaf.Scope{univaf.ScopeAdmin}}
	for _, test := range []struct {
		name  string
		key   univaf.Key
		scope univaf.Scope
		want  bool
	}{
		{"its own scope", write, univaf.ScopeWrite, true},
		{"another", write, univaf.ScopeReadPrivate, false},
		{"more", write, univaf.ScopeAdmin, false},
		{"an admin anything", admin, univaf.ScopeReadPrivate, true},
		{"no scope", univaf.Key{}, univaf.ScopeWrite, false},
	} {
		if got := test.key.May(test.scope); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}
