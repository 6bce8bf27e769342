// Package words finds documents by the words in them, whatever their case, accents and
// punctuation. A document is a number to it.
//
// It must not know of places.
package words

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// longest is how many bytes of a word count.
const longest = 64

// Split gives the words of a text as they are compared: in lower case and without accents
// ("Cañón" is "canon"). Punctuation parts words, but for apostrophes, which are left out
// ("Children's" is "childrens"), and between single letters ("H-E-B" is "heb").
func Split(text string) []string {
	var list []string
	each(text, func(word []byte) { list = append(list, string(word)) })
	return list
}

// Fold gives the words of a text with a space between them.
func Fold(text string) string { return strings.Join(Split(text), " ") }

// Plain gives the text in lower case and without accents, as people look names up.
func Plain(text string) string {
	if isASCII(text) {
		return strings.ToLower(text)
	}
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(text))
}

// each calls f with one word after another. The bytes are only lent.
func each(text string, f func(word []byte)) {
	if !isASCII(text) {
		text = norm.NFKD.String(text)
	}
	s := splitter{f: f}
	for _, r := range text {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			s.add(r)
		case r >= 'A' && r <= 'Z':
			s.add(r + 'a' - 'A')
		case isApostrophe(r) || r >= utf8.RuneSelf && unicode.Is(unicode.Mn, r):
		case r >= utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			s.add(unicode.ToLower(r))
		default:
			s.part(r)
		}
	}
	s.part(' ')
	s.pass()
}

// A splitter holds a word back until it knows that no more letters join it.
type splitter struct {
	f        func(word []byte)
	held     []byte // single letters, or a word
	initials bool   // whether held is single letters
	tight    bool   // whether nothing but one punctuation mark stood between it and word
	word     []byte // that is being read
	letters  int    // of word
	gap      int    // characters since the last word
	space    [2 * (longest + utf8.UTFMax)]byte
}

func (s *splitter) add(r rune) {
	if s.letters == 0 {
		s.tight = s.tight && s.gap == 1
		if s.word == nil {
			s.word = s.space[: 0 : len(s.space)/2]
		}
	}
	s.letters, s.gap = s.letters+1, 0
	if len(s.word) < longest {
		s.word = utf8.AppendRune(s.word, r)
	}
}

// part ends a word.
func (s *splitter) part(by rune) {
	if s.gap++; s.letters == 0 {
		return
	}
	single := s.letters == 1 && !unicode.IsDigit(rune(s.word[0]))
	if single && s.initials && s.tight && len(s.held) < longest {
		s.held = append(s.held, s.word...)
	} else {
		s.pass()
		s.held, s.initials = append(s.space[len(s.space)/2:][:0], s.word...), single
	}
	s.word, s.letters, s.tight = s.word[:0], 0, !unicode.IsSpace(by)
}

// pass gives the word that was held.
func (s *splitter) pass() {
	if len(s.held) > 0 {
		s.f(s.held)
	}
	s.held = s.held[:0]
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// isApostrophe takes the typewriter's, the printer's and the Hawaiian ʻokina.
func isApostrophe(r rune) bool {
	switch r {
	case '\'', '’', '‘', 'ʻ', 'ʼ', '`':
		return true
	}
	return false
}
