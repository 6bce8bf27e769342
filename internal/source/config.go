package source

import (
	"fmt"
	"regexp"
	"time"
)

var validName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,63}$`)

// ValidName reports whether a source may be called so.
func ValidName(name string) bool { return validName.MatchString(name) }

// ParseAge reads how old data may be, such as "36h"; "" is 0, the usual.
func ParseAge(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	age, err := time.ParseDuration(text)
	if err != nil || age <= 0 {
		return 0, fmt.Errorf("must be a duration greater than 0, such as 36h, not %q", text)
	}
	return age, nil
}
