package usa

import (
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// A ZIP is what is known of a ZIP code. Military codes, which are no place on the map,
// have no county, position and time zone; the freely associated states have no counties.
type ZIP struct {
	Code                string  // five digits
	City                string  // that mail should name
	State               string  // USPS code
	County              string  // without "County", "Parish", "Borough"; but "Baltimore city"; "" if unknown
	CountyFIPS          string  // five digits, of the census of 2020; "" if unknown
	Latitude, Longitude float64 // degrees, of the middle of the area or of the town; 0, 0 if unknown
	TimeZone            string  // e.g. "America/New_York"; "" if unknown
}

// zipsFile has a line of text per ZIP code, in their order, below a line of names.
// internal/tools/zips makes it.
//
//go:embed zips.csv.zst
var zipsFile []byte

// ByZIP gives what is known of a ZIP code: five digits, of which ZIP+4 may follow
// ("12345-6789"). It knows codes that are no longer in use, too: places' data is old.
func ByZIP(code string) (ZIP, bool) {
	code, ok := fiveDigits(code)
	if !ok {
		return ZIP{}, false
	}
	t := zips()
	i, ok := slices.BinarySearchFunc(t.lines, code, func(start uint32, code string) int {
		return strings.Compare(t.text[start:][:zipDigits], code)
	})
	if !ok {
		return ZIP{}, false
	}
	return readZIP(t.text[t.lines[i]:]), true
}

func fiveDigits(code string) (string, bool) {
	five, four, plus := strings.Cut(code, "-")
	return five, isDigits(five, zipDigits) && (!plus || isDigits(four, 4))
}

func isDigits(s string, n int) bool {
	return len(s) == n && strings.Trim(s, "0123456789") == ""
}

// A zipTable is the file's text and where each line but the first begins: 3 MB rather than
// the 8 that structs would take, and ready sooner.
type zipTable struct {
	text  string
	lines []uint32
}

var zips = sync.OnceValue(func() zipTable {
	t, err := readZIPs(zipsFile)
	if err != nil {
		panic(fmt.Errorf("zips.csv.zst: %w", err)) // the file is part of the program
	}
	return t
})

func readZIPs(file []byte) (zipTable, error) {
	compressed, err := zstd.NewReader(bytes.NewReader(file), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return zipTable{}, err
	}
	defer compressed.Close()
	var text strings.Builder
	text.Grow(5 * len(file)) // and no more than once
	if _, err := io.Copy(&text, compressed); err != nil {
		return zipTable{}, err
	}
	t := zipTable{text: text.String()}
	t.lines = make([]uint32, 0, strings.Count(t.text, "\n"))
	for i, c := range []byte(t.text) {
		if c == '\n' && i+1 < len(t.text) {
			t.lines = append(t.lines, uint32(i+1))
		}
	}
	return t, nil
}

// readZIP reads the line at the start of text. Nothing in it is quoted.
func readZIP(text string) ZIP {
	line, _, _ := strings.Cut(text, "\n")
	next := func() (field string) {
		field, line, _ = strings.Cut(line, ",")
		return field
	}
	degrees := func() float64 {
		f, _ := strconv.ParseFloat(next(), 64) // what is empty is 0
		return f
	}
	return ZIP{
		Code: next(), City: next(), State: next(), County: next(), CountyFIPS: next(),
		Latitude: degrees(), Longitude: degrees(), TimeZone: next(),
	}
}
