package albertsons

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"getmyvax.org/univaf/internal/source/sourcetest"
)

// sharedStores imports the list that goes with the shared cases.
func sharedStores(t *testing.T) fs.FS {
	t.Helper()
	return fstest.MapFS{"albertsons.ndjson": {Data: importList(t, readFile(t, sourcetest.Shared(t, "static/albertsons_stores.ndjson")))}}
}

// importList gives a list as it is kept.
func importList(t *testing.T, list []byte) []byte {
	t.Helper()
	var kept bytes.Buffer
	enc := json.NewEncoder(&kept)
	if err := Stores.Import(bytes.NewReader(list), func(store any) error { return enc.Encode(store) }); err != nil {
		t.Fatal(err)
	}
	return kept.Bytes()
}

func readFile(t *testing.T, path ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func decode(t *testing.T, data []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatal(err)
	}
}

// A record is one of an expected.ndjson, its members free to be changed.
type record map[string]any

func (r record) availability() map[string]any { return r["availability"].(map[string]any) }

// changed gives the expected records of a case with a change to each.
func changed(t *testing.T, dir string, change func(record)) []string {
	t.Helper()
	records := []string{}
	for line := range strings.Lines(string(readFile(t, dir, "expected.ndjson"))) {
		var whole struct {
			Record  record          `json:"record"`
			Options json.RawMessage `json:"options"`
		}
		decode(t, []byte(line), &whole)
		if whole.Record == nil { // of a helper, not of a source
			whole.Options = json.RawMessage(`{"update_location":true}`)
			decode(t, []byte(line), &whole.Record)
		}
		change(whole.Record)
		text, err := json.Marshal(whole)
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, string(text))
	}
	return records
}
