package catalog

import (
	"bytes"
	"runtime"
	"sync"

	"getmyvax.org/univaf"
	"getmyvax.org/univaf/internal/words"
)

// texts are where words are looked for.
func texts(l *univaf.Location) []string {
	return append([]string{l.Name, l.Provider, l.City, l.State, l.PostalCode}, l.AddressLines...)
}

// texts are those of the record's location.
func (r *Record) texts() []string {
	var l univaf.Location
	for name, value := range univaf.Members(append(bytes.Clone(r.body[:r.facts]), '}')) {
		text, _ := univaf.Text(value)
		switch string(name) {
		case "name":
			l.Name = string(text)
		case "address_lines":
			l.AddressLines = stringsOf(value)
		case "city":
			l.City = string(text)
		case "postal_code":
			l.PostalCode = string(text)
			l.Provider, l.State = r.Provider, r.State
			return texts(&l)
		}
	}
	return nil
}

// chunk is how many places are entered at once: few, since words take much more room before
// they are in an index.
const chunk = 4096

// wordsOf makes an index of all records, on all processors.
func wordsOf(records []*Record) words.Index {
	parts := make([]words.Index, runtime.GOMAXPROCS(0))
	each := (len(records) + len(parts) - 1) / len(parts)
	var working sync.WaitGroup
	for i := range parts {
		share := records[min(i*each, len(records)):min((i+1)*each, len(records))]
		working.Go(func() {
			var list words.List
			for len(share) > 0 {
				some := share[:min(chunk, len(share))]
				share = share[len(some):]
				documents := make([]words.Document, len(some))
				for j, r := range some {
					documents[j] = words.Document{Number: r.number, List: &list, At: list.Add(r.texts()...)}
				}
				parts[i] = parts[i].With(documents)
				list.Clear()
			}
		})
	}
	working.Wait()
	var all words.Index
	for _, part := range parts {
		all = all.Join(part)
	}
	return all
}
