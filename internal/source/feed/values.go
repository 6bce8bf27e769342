package feed

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/usa"
	"getmyvax.org/univaf/internal/vaccine"
)

// The functions here read a text that is not empty. Their errors say what it must be.

func parseStatus(text string) (univaf.Status, error) {
	if strings.EqualFold(text, string(univaf.Unknown)) {
		return univaf.Unknown, nil
	}
	yes, err := parseBool(text)
	switch {
	case err != nil:
		return univaf.Unknown, fmt.Errorf("must be YES, NO or UNKNOWN (use map to say what is which), not %q", text)
	case yes:
		return univaf.Yes, nil
	}
	return univaf.No, nil
}

// parseBool reads what people put for yes and no, a cross in a column too.
func parseBool(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "yes", "y", "true", "1", "x":
		return true, nil
	case "no", "n", "false", "0":
		return false, nil
	}
	return false, fmt.Errorf("must be yes or no, not %q", text)
}

func parseLocationType(text string) (univaf.LocationType, error) {
	kind := univaf.LocationType(strings.ToUpper(strings.ReplaceAll(text, " ", "_")))
	if !slices.Contains(univaf.LocationTypes, kind) {
		return "", fmt.Errorf("must be one of %v, not %q", univaf.LocationTypes, text)
	}
	return kind, nil
}

// number reads a number as spreadsheets show it: with commas between thousands.
func number(text string) (float64, bool) {
	n, err := strconv.ParseFloat(strings.ReplaceAll(text, ",", ""), 64)
	return n, err == nil && !math.IsNaN(n) && !math.IsInf(n, 0)
}

// mostCount is the largest number that every reader of JSON can hold.
const mostCount = 1<<53 - 1

func parseCount(text string) (int64, error) {
	n, ok := number(text)
	if !ok || n != math.Trunc(n) || n < 0 || n > mostCount {
		return 0, fmt.Errorf("must be a whole number of 0 or more, not %q", text)
	}
	return int64(n), nil
}

func parseDegrees(text string) (float64, error) {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, fmt.Errorf("must be a number of degrees, such as 40.7357, not %q", text)
	}
	return n, nil
}

// oldest is more than anybody's age, in months.
const oldest = 150 * 12

func parseMonths(text string) (int, error) { return parseAge(text, 1) }
func parseYears(text string) (int, error)  { return parseAge(text, 12) }

// parseAge reads an age in a unit of so many months: "12", "12+", "0.5".
func parseAge(text string, unit float64) (months int, err error) {
	n, ok := number(strings.TrimSpace(strings.TrimSuffix(text, "+")))
	if n = math.Round(n * unit); !ok || n < 0 || n > oldest {
		return 0, fmt.Errorf("must be an age as a number, such as 12, not %q", text)
	}
	return int(n), nil
}

var (
	shortZIP = regexp.MustCompile(`^\d{1,5}(?:-\d{1,4})?$`) // zeros may be missing in front
	nineZIP  = regexp.MustCompile(`^\d{9}$`)
	zeroRest = regexp.MustCompile(`^(\d+)\.0+$`) // of programs that take a ZIP code for a number
)

func parseZIP(text string) (string, error) {
	text = zeroRest.ReplaceAllString(text, "$1")
	if nineZIP.MatchString(text) {
		text = text[:5] + "-" + text[5:]
	}
	code, err := usa.FormatZIP(text)
	if err != nil || !shortZIP.MatchString(text) || code[:5] == "00000" {
		return "", fmt.Errorf("must be a ZIP code, such as 07102 or 07102-1234, not %q", text)
	}
	return code, nil
}

func parseState(text string) (string, error) {
	code, ok := usa.StateCode(text)
	if !ok {
		return "", fmt.Errorf("must be the code or name of a state, such as NJ, not %q", text)
	}
	return code, nil
}

func parseURL(text string) (string, error) {
	address, err := source.CleanURL(text)
	if err != nil {
		return "", fmt.Errorf("must be a web address, such as https://example.org/book, not %q", text)
	}
	return address, nil
}

var doses = []string{"all_doses", "first_dose_only", "second_dose_only"}

func parseDose(text string) (string, error) {
	dose := strings.ReplaceAll(strings.ToLower(text), " ", "_")
	if !slices.Contains(doses, dose) {
		return "", fmt.Errorf("must be one of %v (use map to say what is which), not %q", doses, text)
	}
	return dose, nil
}

var cvx = regexp.MustCompile(`^(?i:cvx[ :]*)?(\d{1,3})$`)

// parseProduct reads a vaccine: our code for it, its CVX number or a name.
func parseProduct(text string) (string, error) {
	if p, ok := vaccine.ByCode(strings.ToLower(text)); ok {
		return p.Code, nil
	}
	if found := cvx.FindStringSubmatch(text); found != nil {
		if p, ok := vaccine.ByCVX(found[1]); ok {
			return p.Code, nil
		}
	}
	if code, ok := vaccine.Match(text); ok {
		return code, nil
	}
	return "", fmt.Errorf("must be a vaccine's code, such as pfizer_2026, its CVX number or its name, not %q", text)
}

// badID tells what is no id from one.
func badID(id string) error {
	const longest = 512
	switch lower := strings.ToLower(id); {
	case len(id) > longest:
		return fmt.Errorf("must be at most %d bytes, not %d", longest, len(id))
	case lower == "null", lower == "undefined", lower == "nan", lower == "n/a", lower == "none", strings.Trim(id, "-") == "":
		return fmt.Errorf("must be the place's own and stay as it is, not %q", id)
	case rounded.MatchString(id):
		return fmt.Errorf("was rounded by a spreadsheet program, to %q: format the column as text and enter the ids again", id)
	}
	return nil
}

var rounded = regexp.MustCompile(`^\d(\.\d+)?[Ee]\+\d+$`)

// formulaError is what spreadsheets show for a formula that went wrong.
var formulaError = regexp.MustCompile(`^#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!|ERROR!|SPILL!|CALC!|#+)$`)

// separators part what is in a list. A comma before an age is part of a vaccine's name.
var separators = regexp.MustCompile(`[,;|\n]`)

var agesOfName = regexp.MustCompile(`^(?i:ages?\b|\d+ ?(?:-|–|\+|to\b|through\b|and\b|months?\b|mos?\b|years?\b|yrs?\b))`)

// split parts a list in one text at the separator or, if it is "", at commas, semicolons,
// vertical bars and line ends.
func split(text, separator string) (list []string) {
	parts := separators.Split(text, -1)
	if separator != "" {
		parts = strings.Split(text, separator)
	}
	for _, part := range parts {
		part = strings.TrimSpace(part)
		switch {
		case part == "":
		case separator == "" && len(list) > 0 && agesOfName.MatchString(part):
			list[len(list)-1] += ", " + part
		default:
			list = append(list, part)
		}
	}
	return list
}
