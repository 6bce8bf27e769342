package catalog

import (
	"bytes"
	"strconv"

	"getmyvax.org/univaf"
)

// merged reads the answer that is merged for everybody, of which it gives what it says of
// products and times.
func (r *Record) merged() (a univaf.Availability) {
	const start = `,"availability":`
	if !r.available {
		return a
	}
	text := append(bytes.Clone(r.body[int(r.facts)+len(start):]), '}')
	for name, value := range univaf.Members(text) {
		switch string(name) {
		case "available":
			status, _ := univaf.Text(value)
			a.Available = univaf.Status(status)
		case "available_count":
			if n, ok := readCount(value); ok {
				a.AvailableCount = &n
			}
		case "products":
			a.Products = stringsOf(value)
		case "doses":
			a.Doses = stringsOf(value)
		case "capacity":
			a.Capacity = value
		case "slots":
			a.Slots = value
		}
	}
	return a
}

func stringsOf(list []byte) (all []string) {
	if list == nil {
		return nil
	}
	for one := range univaf.Elements(list) {
		if text, ok := univaf.Text(one); ok {
			all = append(all, string(text))
		}
	}
	return all
}

func readCount(value []byte) (int64, bool) {
	n, err := strconv.ParseInt(string(value), 10, 64)
	return n, err == nil
}
