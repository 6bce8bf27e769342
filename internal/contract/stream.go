package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// streamFaults says what is wrong with the first of many values. The last one may be
// a part of one, or without an end.
func streamFaults(schema *jsonschema.Schema, parts iter.Seq[[]byte], only func(number int) bool) (faults []string) {
	number := 0
	for part := range parts {
		if number++; number > linesLooked {
			break
		}
		if only != nil && !only(number) || !bytes.HasSuffix(part, []byte("\n")) {
			continue
		}
		for _, fault := range valueFaults(schema, part) {
			faults = append(faults, fmt.Sprintf("line %d: %s", number, fault))
		}
	}
	return faults
}

// events yields the data of Server-Sent Events (HTML standard, section 9.2.6), without
// those that have none.
func events(text []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		var data []byte
		for line := range bytes.Lines(text) {
			if value, ok := bytes.CutPrefix(line, []byte("data:")); ok {
				data = append(data, value...)
				continue
			}
			if len(bytes.TrimSpace(line)) == 0 && data != nil {
				if !yield(data) {
					return
				}
				data = nil
			}
		}
	}
}

// taken tells the lines of a request that were taken, where each is answered by a line
// with its number and a status. It is nil for any other answer.
func taken(answer []byte) func(line int) bool {
	statuses := map[int]int{}
	for line := range bytes.Lines(answer) {
		var result struct{ Line, Status int }
		if json.Unmarshal(line, &result) != nil || result.Line == 0 {
			return nil
		}
		statuses[result.Line] = result.Status
	}
	return func(line int) bool { return statuses[line] >= 200 && statuses[line] < 300 }
}
