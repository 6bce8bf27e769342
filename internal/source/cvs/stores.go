package cvs

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/usa"
)

// Stores is the list of CVS's stores.
var Stores = source.StoreList{
	Name:   provider,
	Help:   "CVS's stores in New Jersey, for cvsApi and cvsScraper, from the store locator of cvs.com.",
	Import: importStores,
	Update: crawlStores,
}

// A known store is a line of the list.
type known struct {
	Number  string `json:"number"`  // five digits
	Address string `json:"address"` // in one line, with city, state and ZIP code
	ZIP     string `json:"zip"`     // five digits
	County  string `json:"county,omitempty"`
	Phone   string `json:"phone,omitempty"`
}

var fiveDigits = regexp.MustCompile(`^\d{5}$`)

// check says what makes a store useless.
func (k *known) check() error {
	switch {
	case !fiveDigits.MatchString(k.Number):
		return fmt.Errorf("the number %q is not of five digits", source.Sample(k.Number))
	case strings.TrimSpace(k.Address) == "":
		return errors.New("the address is missing")
	case !fiveDigits.MatchString(k.ZIP):
		return fmt.Errorf("the ZIP code %q is not of five digits", source.Sample(k.ZIP))
	}
	return nil
}

// county is that of the list, or else that of most of a ZIP code; "" if neither is known.
func (k known) county(zip string) string {
	if k.County != "" {
		return k.County
	}
	place, _ := usa.ByZIP(zip)
	return place.County
}

// padNumber gives a store's number its five digits.
func padNumber(number string) string {
	if number == "" {
		return ""
	}
	return strings.Repeat("0", max(0, len("12345")-len(number))) + number
}

// stores reads the list by number; nil if there is none.
func stores(env source.Env) (map[string]known, error) {
	file, err := source.OpenStores(env, provider)
	if file == nil || err != nil {
		return nil, err
	}
	defer file.Close()
	list := map[string]known{}
	err = readStores(file, func(line int, store known, bad error) error {
		if bad != nil {
			env.Warn(source.Warning{Kind: "invalid store in the list", ID: fmt.Sprintf("line %d", line), Sample: bad.Error()})
			return nil
		}
		list[store.Number] = store
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list of CVS's stores: %w", err)
	}
	return list, nil
}

// readStores gives each line of a list: a store, or what is wrong with it.
func readStores(r io.Reader, yield func(line int, store known, bad error) error) error {
	lines := bufio.NewScanner(r)
	for i := 1; lines.Scan(); i++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var store known
		bad := json.Unmarshal(lines.Bytes(), &store)
		if bad == nil {
			bad = store.check()
		}
		if err := yield(i, store, bad); err != nil {
			return err
		}
	}
	return lines.Err()
}

// importStores reads a list of ours, or one JSON object of stores by number.
func importStores(r io.Reader, yield func(any) error) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	give := func(at string, store known, bad error) error {
		if bad != nil {
			return fmt.Errorf("%s: %w", at, bad)
		}
		return yield(store)
	}
	var byNumber map[string]json.RawMessage
	err = json.Unmarshal(text, &byNumber)
	if _, ours := byNumber["number"]; err == nil && !ours {
		return importObject(byNumber, give)
	}
	return readStores(bytes.NewReader(text), func(line int, store known, bad error) error {
		return give(fmt.Sprintf("line %d", line), store, bad)
	})
}

func importObject(byNumber map[string]json.RawMessage, give func(at string, store known, bad error) error) error {
	for _, number := range slices.Sorted(maps.Keys(byNumber)) {
		var store known
		bad := json.Unmarshal(byNumber[number], &store)
		store.Number = padNumber(number)
		if bad == nil {
			bad = store.check()
		}
		if err := give("store "+source.Sample(number), store, bad); err != nil {
			return err
		}
	}
	return nil
}
