package prepmod

import (
	"regexp"
	"strings"
)

var (
	// unitWithoutSpace is "Suite200" or "Ste.#3".
	unitWithoutSpace = regexp.MustCompile(`(?i)\b(suite|ste\.?|unit)(#?)(\d+)`)
	// cityAtEnd is "Townsville, AK 99501" behind a comma, or alone.
	cityAtEnd = regexp.MustCompile(`(^\s*|,\s+)[A-Za-z\s]+,\s+[A-Z]{2}\s*,?\s+(\d{5}(-\d{4})?|USA)\s*$`)
	// lineEnd parts lines for sure.
	lineEnd = regexp.MustCompile(`\s*\n\s*|\s+[|/]\s+`)
	// perhapsLineEnd does if newLine comes behind it.
	perhapsLineEnd = regexp.MustCompile(`\s*,\s+|\s+-\s+`)
	newLine        = regexp.MustCompile(`(?i)^(` +
		`(suite|ste\.?|unit|bldg\.?|building)\s+#?\d+` +
		`|p\.?\s?o\.?\s+box\s+\d+` +
		`|\d+\s+([\w.'-]+\s+)+(` + streetTypes + `)\b)`)
)

const streetTypes = `avenue|ave|drive|dr|road|rd|street|st|boulevard|blvd|lane|ln|circle|cir|court|ct|place|pl|plaza|plz|` +
	`way|parkway|pkwy|causeway|cswy|crossing|xing|square|sq|trail|trl|highway|hwy|terrace|ter`

// addressLines makes lines of those that clinics fill in as they please: several in one,
// or the city among them.
func addressLines(raw []string) (lines []string) {
	for _, line := range raw {
		line = replaceFirst(unitWithoutSpace, line, "$1 $2$3")
		line = cityAtEnd.ReplaceAllString(line, "")
		for _, one := range lineEnd.Split(line, -1) {
			lines = append(lines, splitWhereSure(one)...)
		}
	}
	return lines
}

func replaceFirst(pattern *regexp.Regexp, text, with string) string {
	at := pattern.FindStringSubmatchIndex(text)
	if at == nil {
		return text
	}
	return text[:at[0]] + string(pattern.ExpandString(nil, with, text, at)) + text[at[1]:]
}

// splitWhereSure splits a line at those commas and dashes behind which a line must begin.
func splitWhereSure(line string) (parts []string) {
	start := 0
	for _, at := range perhapsLineEnd.FindAllStringIndex(line, -1) {
		if newLine.MatchString(line[at[1]:]) {
			parts = append(parts, strings.TrimSpace(line[start:at[0]]))
			start = at[1]
		}
	}
	return append(parts, strings.TrimSpace(line[start:]))
}
