package usa

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// An Address is a postal address in its parts.
type Address struct {
	Lines []string
	City  string
	State string // two capital letters, whether or not that is a state
	ZIP   string // 5 digits or more, perhaps with a dash and four
}

// Errors of texts that can't be read. What is returned quotes the text.
var (
	ErrAddress = errors.New("could not parse address")
	ErrZIP     = errors.New("invalid ZIP code in address")
	ErrPhone   = errors.New("invalid U.S. phone number")
)

// space is white space as people and spreadsheets have it: no-break spaces, too.
const space = `[\s\v\x{85}\p{Z}\x{FEFF}]`

var addressParts = regexp.MustCompile(
	`^(.*),` + space + `+([^,]+),` + space + `+([A-Za-z]{2}),?` + space + `+(\d+(?:-\d{4})?)` + space + `*$`)

var onlyPunctuation = regexp.MustCompile(`^[\s\pZ\pP]*$`)

// ParseAddress reads an address that stands in one line: "STREET, CITY, ST ZIP", with or
// without a comma behind the state. The street may have commas of its own.
func ParseAddress(text string) (Address, error) {
	found := addressParts.FindStringSubmatch(text)
	if found == nil {
		return Address{}, fmt.Errorf("%w: %q", ErrAddress, text)
	}
	a := Address{Lines: found[1:2:2], City: found[2], State: strings.ToUpper(found[3]), ZIP: found[4]}
	if onlyPunctuation.MatchString(a.Lines[0]) || onlyPunctuation.MatchString(a.City) {
		return Address{}, fmt.Errorf("%w: %q", ErrAddress, text)
	}
	if digits, _, _ := strings.Cut(a.ZIP, "-"); len(digits) < zipDigits {
		return Address{}, fmt.Errorf("%w: %q", ErrZIP, text)
	}
	return a, nil
}

const zipDigits = 5

// FormatZIP gives a ZIP code the zeros that spreadsheets take from its front: "8817" is
// "08817", "817-1" is "00817-0001". It looks at nothing else but the dashes.
func FormatZIP(text string) (string, error) {
	main, more, extended := strings.Cut(text, "-")
	switch {
	case strings.Contains(more, "-"):
		return "", fmt.Errorf("ZIP code has multiple dashes: %q", text)
	case strings.Contains(text, "."):
		return "", fmt.Errorf("ZIP code is not an integer: %q", text)
	}
	out := padLeft(main, zipDigits)
	if extended {
		out += "-" + padLeft(more, len("1234"))
	}
	return out, nil
}

func padLeft(text string, width int) string {
	return strings.Repeat("0", max(0, width-len([]rune(text)))) + text
}

var phoneParts = regexp.MustCompile(
	`^` + space + `*(?:\+?1` + sep + `)?(?:\(([2-9]\d\d)\)|([2-9]\d\d))` + sep + `([2-9]\d\d)` + sep + `(\d{1,4})` + space + `*$`)

const sep = `[\s\v\p{Z}\x{FEFF}.-]`

// ParsePhone reads a U.S. phone number whose parts stand apart and gives it as
// "(213) 456-7890". Zeros that are missing in front of the last part are put there.
func ParsePhone(text string) (string, error) {
	found := phoneParts.FindStringSubmatch(text)
	if found == nil {
		return "", fmt.Errorf("%w: %q", ErrPhone, text)
	}
	return fmt.Sprintf("(%s) %s-%s", found[1]+found[2], found[3], padLeft(found[4], len("7890"))), nil
}
