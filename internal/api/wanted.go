package api

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/catalog"
	"getmyvax.org/univaf/internal/vaccine"
)

// offers reads what there must be to be had.
func (p *parameterReader) offers(q *search) {
	for _, text := range p.list("products") {
		q.Products = append(q.Products, p.product(text)...)
	}
	for _, text := range p.list("diseases") {
		d := vaccine.Disease(strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(text)))
		if !slices.Contains(vaccine.Diseases, d) {
			p.fail("diseases", "must be of %s; not %s", joined(vaccine.Diseases), quote(text))
			break
		}
		q.Diseases = append(q.Diseases, d)
	}
	for _, text := range p.list("doses") {
		if code := strings.ToLower(text); catalog.KnowsDose(code) {
			text = code
		}
		if !catalog.KnowsDose(text) {
			p.fail("doses", "must be doses as places name them, such as all_doses, first_dose_only or second_dose_only; not %s", quote(text))
			break
		}
		q.Doses = append(q.Doses, text)
	}
	for _, text := range p.list("available") {
		status := univaf.Status(strings.ToUpper(text))
		if status != univaf.Yes && status != univaf.No && status != univaf.Unknown {
			p.fail("available", "must be of yes, no and unknown; not %s", quote(text))
			break
		}
		q.Statuses = append(q.Statuses, status)
	}
	if text := p.text("age"); text != "" {
		q.Age = p.age(text)
	}
	q.From, q.To = p.date("from"), p.date("to")
	if !q.From.IsZero() && !q.To.IsZero() && q.To.Before(q.From) {
		p.fail("to", "must not be before 'from', which is %s", q.From.Format(time.DateOnly))
	}
	if text := p.text("max_age"); text != "" {
		q.MaxAge = p.duration("max_age", text)
	}
}

// product reads a code of a product, or a CVX number, which several may have.
func (p *parameterReader) product(text string) (codes []string) {
	if strings.Trim(text, "0123456789") == "" {
		for _, one := range vaccine.WithCVX(text) {
			codes = append(codes, one.Code)
		}
		if codes != nil {
			return codes
		}
	}
	for _, code := range []string{text, strings.ToLower(text)} {
		if catalog.KnowsProduct(code) {
			return []string{code}
		}
	}
	var known []string
	for _, one := range vaccine.Products {
		known = append(known, one.Code)
	}
	p.fail("products", "must be CVX numbers, or codes that some source names or of the catalogue (%s); not %s", joined(known), quote(text))
	return nil
}

const mostYears = 130

// age reads years, or months with a suffix, and gives months.
func (p *parameterReader) age(text string) *int {
	digits := strings.TrimRight(strings.ToLower(text), "abcdefghijklmnopqrstuvwxyz ")
	n, err := strconv.Atoi(digits)
	switch strings.TrimSpace(strings.ToLower(text)[len(digits):]) {
	case "", "y", "year", "years":
		n *= 12
	case "m", "mo", "month", "months":
	default:
		n = -1
	}
	if err != nil || n < 0 || n > 12*mostYears {
		p.fail("age", "must be years from 0 to %d, or months with a suffix, such as 5 or 6m; not %s", mostYears, quote(text))
		return nil
	}
	return &n
}

func (p *parameterReader) date(name string) time.Time {
	text := p.text(name)
	if text == "" {
		return time.Time{}
	}
	t, err := univaf.ParseTime(text)
	if err != nil || len(text) != len(time.DateOnly) {
		p.fail(name, "must be a date, such as 2026-11-01; not %s", quote(text))
	}
	return t
}

// longestTime is the most that a duration may be.
const longestTime = 365 * 24 * time.Hour

// duration reads minutes, hours or days.
func (p *parameterReader) duration(name, text string) time.Duration {
	units := map[byte]time.Duration{'m': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}
	last := len(text) - 1
	n, err := strconv.Atoi(text[:last])
	unit := units[text[last]]
	if err != nil || unit == 0 || n < 1 || n > int(longestTime/unit) {
		p.fail(name, "must be minutes, hours or days from 1m to 365d, such as 30m or 6h; not %s", quote(text))
		return 0
	}
	return time.Duration(n) * unit
}
