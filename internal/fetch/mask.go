package fetch

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// masked stands for what must not be shown.
const masked = "masked"

// secretWords are what the names of parameters and headers that carry secrets hold:
// sig and signature of storage links, key and token of APIs, cookies.
var secretWords = []string{"key", "token", "secret", "signature", "password", "credential", "auth", "cookie", "session"}

func secretName(name string) bool {
	name = strings.ToLower(name)
	return name == "sig" || name == "pwd" || slices.ContainsFunc(secretWords, func(word string) bool {
		return strings.Contains(name, word)
	})
}

// MaskURL gives the URL for people to read: the values of query parameters whose
// names speak of secrets, and a password, are masked. The rest stays as it is.
func MaskURL(rawURL string) string {
	rawURL, _, _ = strings.Cut(rawURL, "#")
	base, query, hasQuery := strings.Cut(rawURL, "?")
	if before, rest, found := strings.Cut(base, "://"); found {
		authority, path, _ := strings.Cut(rest, "/")
		if at := strings.LastIndex(authority, "@"); at >= 0 {
			base = before + "://" + masked + "@" + strings.TrimSuffix(authority[at+1:]+"/"+path, "/")
		}
	}
	if !hasQuery {
		return base
	}
	params := strings.Split(query, "&")
	for i, param := range params {
		name, _, hasValue := strings.Cut(param, "=")
		if plain, err := url.QueryUnescape(name); err == nil && hasValue && secretName(plain) {
			params[i] = name + "=" + masked
		}
	}
	return base + "?" + strings.Join(params, "&")
}

// maskHeader gives the headers with lower-case names, one value each, secrets masked.
func maskHeader(header http.Header) map[string]string {
	out := map[string]string{}
	for name, values := range header {
		switch {
		case secretName(name):
			values = []string{masked}
		case name == "Location" && len(values) > 0:
			values = []string{MaskURL(values[0])}
		}
		out[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	return out
}
