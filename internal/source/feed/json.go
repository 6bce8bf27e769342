package feed

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"

	"getmyvax.org/univaf/internal/fetch"
)

// ndjson reads lines that are objects.
func (in *input) ndjson() iter.Seq2[*record, error] {
	return func(yield func(*record, error) bool) {
		s := &splitter{in: in.text}
		for {
			raw, err := s.next()
			switch {
			case errors.Is(err, io.EOF):
				return
			case err != nil && !isOfPiece(err):
				yield(nil, err)
				return
			case err == nil && len(bytes.TrimSpace(raw)) == 0:
				continue
			}
			rec := &record{at: fmt.Sprintf("line %d", s.n), raw: raw}
			if err == nil {
				err = rec.decode()
			}
			if err != nil {
				err = rec.bad("invalid record", err)
			}
			if !yield(rec, err) {
				return
			}
		}
	}
}

// json reads the list at items in a document. The document is held as text and its
// records are decoded one by one, since they take much more room.
func (in *input) json(items string) iter.Seq2[*record, error] {
	return func(yield func(*record, error) bool) {
		text, err := io.ReadAll(io.LimitReader(in.text, fetch.MaxJSON+1))
		if err == nil && len(text) > fetch.MaxJSON {
			err = fmt.Errorf("%w: JSON of more than %d MB; NDJSON and CSV may be larger", fetch.ErrTooLarge, fetch.MaxJSON>>20)
		}
		if err == nil {
			text, _ = toUTF8(text)
			text, err = listAt(text, items)
		}
		if err != nil {
			yield(nil, err)
			return
		}
		list := json.NewDecoder(bytes.NewReader(text))
		_, err = list.Token() // the bracket
		for n := 1; err == nil && list.More(); n++ {
			var raw json.RawMessage
			if err = list.Decode(&raw); err != nil {
				break
			}
			rec := &record{at: fmt.Sprintf("item %d", n), raw: raw}
			bad := rec.decode()
			if bad != nil {
				bad = rec.bad("invalid record", bad)
			}
			if !yield(rec, bad) {
				return
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

// listAt gives the text of the list at items in a document that is JSON.
func listAt(text []byte, items string) (json.RawMessage, error) {
	list := json.RawMessage(text)
	if !json.Valid(text) {
		err := json.Unmarshal(text, &list)
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) && syntax.Offset > 0 && bytes.HasPrefix(bytes.TrimSpace(text[syntax.Offset-1:]), []byte("{")) {
			return nil, fmt.Errorf("is not JSON: %w; if each line is a record of its own, set format: ndjson", err)
		}
		return nil, fmt.Errorf("is not JSON: %w", err)
	}
	var p path
	if items != "" {
		var err error
		if p, err = parsePath(items); err != nil {
			return nil, fmt.Errorf("items: %w", err)
		}
	}
	for _, s := range p.steps {
		var members map[string]json.RawMessage
		var elements []json.RawMessage
		switch {
		case s.index < 0 && json.Unmarshal(list, &members) == nil && members[s.name] != nil:
			list = members[s.name]
		case s.index >= 0 && json.Unmarshal(list, &elements) == nil && s.index < len(elements):
			list = elements[s.index]
		default:
			return nil, fmt.Errorf("items: there is nothing at %s: %s", items, inside(list))
		}
	}
	if list = bytes.TrimSpace(list); list[0] != '[' {
		return nil, fmt.Errorf("items must lead to the list of records, and there is %s", inside(list))
	}
	return list, nil
}

// inside says what a document is where a list was expected.
func inside(text json.RawMessage) string {
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) == nil && members != nil {
		return "an object with " + listed(slices.Sorted(maps.Keys(members)))
	}
	if text = bytes.TrimSpace(text); len(text) > 0 && text[0] == '[' {
		return "a list"
	}
	return "a single value"
}

// decode reads the text of a record.
func (rec *record) decode() error {
	if len(rec.raw) > mostOfRecord {
		return fmt.Errorf("is larger than %d MB", mostOfRecord>>20)
	}
	text, _ := toUTF8(rec.raw)
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if text = bytes.TrimSpace(text); !bytes.HasPrefix(text, []byte("{")) {
		return fmt.Errorf("must be a JSON object, and is %s", inside(text))
	}
	var members map[string]any
	if err := dec.Decode(&members); err != nil {
		return fmt.Errorf("must be a whole JSON object: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("has something behind its JSON object")
	}
	rec.data = object{members}
	return nil
}
