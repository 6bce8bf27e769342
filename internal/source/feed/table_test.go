package feed

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"

	"getmyvax.org/univaf/internal/fetch"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// What encoding/csv writes is read as it was, whatever the size of what comes at once.
func TestTablesAreReadAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		comma := rapid.SampledFrom([]byte(delimiters)).Draw(t, "comma")
		cell := rapid.OneOf(
			rapid.StringOfN(rapid.RuneFrom([]rune(" \"\n\r,;\t|aé€")), 0, 8, -1),
			rapid.Map(rapid.IntRange(4000, 5000), func(n int) string { return strings.Repeat("\"x", n) }),
		)
		rows := rapid.SliceOfN(rapid.SliceOfN(cell, 1, 4), 1, 5).Draw(t, "rows")
		var text bytes.Buffer
		w := csv.NewWriter(&text)
		w.Comma, w.UseCRLF = rune(comma), false
		if err := w.WriteAll(rows); err != nil {
			t.Fatal(err)
		}
		s := &splitter{in: bufio.NewReaderSize(&text, mostOfRecord), quote: true, comma: comma}
		var got [][]string
		for {
			raw, err := s.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, s.cells(raw))
		}
		if diff := cmp.Diff(rows, got); diff != "" || s.n != len(rows) {
			t.Errorf("%d rows (-written +read):\n%s", s.n, diff)
		}
	})
}

func TestLimit(t *testing.T) {
	for left, want := range map[int64]string{4: "1234", 5: "12345", 6: "12345"} {
		got, err := io.ReadAll(&limited{strings.NewReader("12345"), left})
		if string(got) != want || (left < 5) != errors.Is(err, fetch.ErrTooLarge) {
			t.Errorf("at most %d: %q, %v", left, got, err)
		}
	}
}

func TestLinesThatAreTooLong(t *testing.T) {
	long := strings.Repeat("x", mostOfRecord)
	text := "a\n" + long + "y\nb\r\n" + long[1:] + "\n" + long + long
	s := &splitter{in: bufio.NewReaderSize(strings.NewReader(text), mostOfRecord)}
	var got []string
	for {
		raw, err := s.next()
		if errors.Is(err, io.EOF) {
			break
		}
		line := string(raw[:min(len(raw), 2)])
		if err != nil {
			line += ": " + err.Error()
		}
		got = append(got, line)
	}
	want := []string{"a", "xx: is longer than 4 MB: is a quotation mark missing?", "b\r", "xx", "xx: is longer than 4 MB: is a quotation mark missing?"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
