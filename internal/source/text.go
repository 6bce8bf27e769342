package source

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

var digits = regexp.MustCompile(`^[0-9]+$`)

// Unpad takes the zeros from the front of a number: "04259" is "4259", "000" is "0". What
// is not all digits stays as it is.
func Unpad(id string) string {
	if !digits.MatchString(id) {
		return id
	}
	if id = strings.TrimLeft(id, "0"); id == "" {
		return "0"
	}
	return id
}

// TitleCase gives each word, parted by single spaces, a capital and small letters.
func TitleCase(text string) string {
	words := strings.Split(text, " ")
	for i, word := range words {
		first, size := utf8.DecodeRuneInString(word)
		if size > 0 {
			words[i] = string(unicode.ToUpper(first)) + strings.ToLower(word[size:])
		}
	}
	return strings.Join(words, " ")
}

var webAddress = regexp.MustCompile(`^((?i:https?)://)?[^/\s]+\.[^/\s]{2,}(/\S*)?$`)

// CleanURL reads a web address that may lack its scheme. "" is no address and no error.
func CleanURL(text string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", nil
	}
	found := webAddress.FindStringSubmatch(text)
	switch {
	case found == nil:
		return "", fmt.Errorf("text is not a URL: %q", text)
	case found[1] == "":
		return "http://" + text, nil
	}
	return text, nil
}
